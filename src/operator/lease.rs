//! The Lease in the API server: an election's calls, made, and their answers, understood.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{Api, ObjectMeta, Patch, PatchParams, PostParams};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};

use super::election::{Answer, Call, Found, Record};
use super::kubernetes::said;
use crate::api::names::FIELD_MANAGER;

/// How long a Lease that was given back keeps others away, in seconds: as short as the API takes. client-go writes the same.
const GIVEN_BACK: u64 = 1;

/// The Lease that the replicas share, and who asks for it.
#[derive(Clone)]
pub struct SharedLease {
    api: Api<Lease>,
    namespace: String,
    name: String,
    holder: String,
    duration: Duration,
}

impl SharedLease {
    /// The Lease of this name, for a replica with this identity.
    pub fn new(client: Client, namespace: &str, name: String, holder: String, duration: Duration) -> Self {
        let api = Api::namespaced(client, namespace);
        Self { api, namespace: namespace.to_owned(), name, holder, duration }
    }

    /// Its namespace and name.
    pub fn place(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Makes the call, and gives up after `limit`.
    pub async fn ask(&self, call: &Call, limit: Duration) -> Answer {
        let answer = async {
            match call {
                Call::Read => self.read().await,
                Call::Create => self.create().await,
                Call::Hold { version, transitions, anew } => {
                    let mut spec = self.held(*transitions);
                    if !anew {
                        spec.acquire_time = None;
                    }
                    self.write(version, &spec).await
                }
                Call::Release { version, transitions } => {
                    let spec = LeaseSpec {
                        holder_identity: Some(String::new()),
                        lease_duration_seconds: Some(seconds(Duration::from_secs(GIVEN_BACK))),
                        ..self.held(*transitions)
                    };
                    self.write(version, &spec).await
                }
            }
        };
        match tokio::time::timeout(limit, answer).await {
            Ok(answer) => answer,
            Err(_) => Answer::Failed(format!("the Kubernetes API server has not answered for {limit:?}")),
        }
    }

    async fn read(&self) -> Answer {
        match self.api.get(&self.name).await {
            Ok(lease) => Answer::Is(found(&lease)),
            Err(error) if is_status(&error, 404) => Answer::IsAbsent,
            Err(error) => self.failed("read", &error),
        }
    }

    async fn create(&self) -> Answer {
        let labels = [("app.kubernetes.io/name", "expressway")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let metadata =
            ObjectMeta { name: Some(self.name.clone()), labels: Some(labels.into()), ..ObjectMeta::default() };
        let lease = Lease { metadata, spec: Some(self.held(0)) };
        let parameters = PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
        match self.api.create(&parameters, &lease).await {
            Ok(lease) => Answer::Is(found(&lease)),
            Err(error) if is_status(&error, 409) => Answer::IsAnother,
            // A 404 here is about the namespace.
            Err(error) => self.failed("create", &error),
        }
    }

    /// Only the fields of the election: whatever others put on the Lease stays.
    async fn write(&self, version: &str, spec: &LeaseSpec) -> Answer {
        let patch: Value = json!({"metadata": {"resourceVersion": version}, "spec": spec});
        let parameters = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        match self.api.patch(&self.name, &parameters, &Patch::Merge(&patch)).await {
            Ok(lease) => Answer::Is(found(&lease)),
            Err(error) if is_status(&error, 409) => Answer::IsAnother,
            Err(error) if is_status(&error, 404) => Answer::IsAbsent,
            Err(error) => self.failed("write", &error),
        }
    }

    /// Held by us, from now on.
    fn held(&self, transitions: i32) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        LeaseSpec {
            holder_identity: Some(self.holder.clone()),
            lease_duration_seconds: Some(seconds(self.duration)),
            acquire_time: Some(now.clone()),
            renew_time: Some(now),
            lease_transitions: Some(transitions),
            ..LeaseSpec::default()
        }
    }

    fn failed(&self, verb: &str, error: &kube::Error) -> Answer {
        let hint = match error {
            kube::Error::Api(status) if status.code == 403 => "; deploy/ holds the permissions that are needed",
            kube::Error::Api(status) if status.code == 404 => "; --lease-namespace names one that exists",
            _ => "",
        };
        Answer::Failed(format!("cannot {verb} the lease {}: {}{hint}", self.place(), said(error)))
    }
}

fn is_status(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}

/// Whole seconds are all that the API takes: rounded up, for others may wait longer but not shorter.
fn seconds(duration: Duration) -> i32 {
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(whole).unwrap_or(i32::MAX)
}

fn found(lease: &Lease) -> Found {
    let spec = lease.spec.clone().unwrap_or_default();
    let seconds = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
    let record = Record {
        holder: spec.holder_identity.filter(|holder| !holder.is_empty()),
        duration: seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs),
        renewed: spec.renew_time.map(|time| time.0),
        transitions: spec.lease_transitions.unwrap_or(0),
    };
    Found { record, version: lease.resource_version().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(spec: Value) -> Record {
        let lease = json!({"metadata": {"resourceVersion": "7"}, "spec": spec});
        found(&serde_json::from_value(lease).unwrap()).record
    }

    #[test]
    fn a_lease_of_client_go_is_understood() {
        let record = read(json!({
            "holderIdentity": "pod-1_2f", "leaseDurationSeconds": 15, "leaseTransitions": 3,
            "acquireTime": "2026-11-28T05:00:00.000000Z", "renewTime": "2026-11-28T05:00:04.500000Z",
        }));
        let expected = Record {
            holder: Some("pod-1_2f".to_owned()),
            duration: Some(Duration::from_secs(15)),
            renewed: Some("2026-11-28T05:00:04.5Z".parse().unwrap()),
            transitions: 3,
        };
        assert_eq!(record, expected);
    }

    #[test]
    fn what_people_may_write_into_a_lease_is_taken_for_what_it_can_mean() {
        let nothing = Record { holder: None, duration: None, renewed: None, transitions: 0 };
        assert_eq!(read(json!({"holderIdentity": ""})), nothing);
        assert_eq!(read(json!({"leaseDurationSeconds": 0})), nothing);
        assert_eq!(read(json!({"leaseDurationSeconds": -5})), nothing);
        assert_eq!(read(Value::Null), nothing);
    }

    #[test]
    fn others_wait_rather_longer_than_shorter() {
        assert_eq!(seconds(Duration::from_millis(1500)), 2);
        assert_eq!(seconds(Duration::from_secs(15)), 15);
    }
}
