//! The live object, read leniently: what cannot be parsed becomes a problem with a path, never a lost object.

use std::time::Duration;

use jiff::SignedDuration;
use kube::ResourceExt;
use kube::api::DynamicObject;
use serde::Deserialize;
use serde_json::Value;

use crate::api::management::Management;
use crate::api::spec::ExpressGatewayServiceSpec;
use crate::api::status::{ExpressGatewayServiceStatus, NEVER_OBSERVED};
use crate::core::checks::Problem;
use crate::core::desired::{Desired, ObjectFacts};
use crate::core::observed::Observed;
use crate::core::ownership::Owner;
use crate::core::policy::Unreadable;
use crate::core::redaction::Redaction;
use crate::core::shape;

use super::settings::Pace;

/// What is wanted, and what the status said before.
pub struct LiveObject {
    /// What is wanted.
    pub desired: Desired,
    /// The status as it stands.
    pub before: ExpressGatewayServiceStatus,
    /// Strikes out the values of its environment, whether or not the rest of it can be read.
    pub redaction: Redaction,
}

impl LiveObject {
    /// Strikes out what may be secret of a reading, too: what an earlier spec had may still run.
    pub fn redaction_of(&self, observed: Option<&Observed>, region: &str) -> Redaction {
        let redaction =
            observed.map_or_else(|| self.redaction.clone(), |observed| self.redaction.clone().and_of(observed));
        let (owner, place) = (&self.desired.owner, self.desired.place.iter());
        let names = place.flat_map(|place| [place.cluster.as_str(), place.service_name.as_str()]);
        redaction.but([region, &owner.namespace, &owner.name].into_iter().chain(names))
    }
}

/// Reads an object that came from the API server.
pub fn read(object: &DynamicObject, cluster_id: &str, region: &str, pace: &Pace) -> LiveObject {
    let facts = ObjectFacts {
        owner: Owner {
            cluster_id: cluster_id.to_owned(),
            namespace: object.namespace().unwrap_or_default(),
            name: object.name_any(),
            uid: object.uid().unwrap_or_default(),
        },
        generation: object.metadata.generation.unwrap_or_default(),
        deleting: object.metadata.deletion_timestamp.is_some(),
        finalizers: object.finalizers().to_vec(),
        annotations: object.annotations().clone(),
        management: parse_management(object),
        region: region.to_owned(),
        creation_limit: signed(pace.creation_limit),
        visibility_grace: signed(pace.visibility_grace),
    };
    let spec = parse_spec(object);
    let shape = object.data.get("spec").map(shape::problems).unwrap_or_default();
    LiveObject {
        desired: Desired::parse(facts, spec.as_ref().map_err(Clone::clone)).refused_for(shape),
        before: parse_status(object),
        redaction: Redaction::new(environment(object).iter().map(String::as_str)),
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// Every value of the environment, however it is written.
fn environment(object: &DynamicObject) -> Vec<String> {
    let mut values = Vec::new();
    if let Some(environment) = object.data.pointer("/spec/primaryContainer/environment") {
        collect_values(environment, &mut values);
    }
    values
}

fn collect_values(environment: &Value, values: &mut Vec<String>) {
    match environment {
        Value::Null | Value::Bool(_) => {}
        Value::String(text) => values.push(text.clone()),
        Value::Number(number) => values.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect_values(item, values)),
        Value::Object(members) => {
            members.iter().filter(|(name, _)| *name != "name").for_each(|(_, value)| collect_values(value, values));
        }
    }
}

fn parse_spec(object: &DynamicObject) -> Result<ExpressGatewayServiceSpec, Problem> {
    let spec = object.data.get("spec").ok_or_else(|| Problem::at("spec", "is missing"))?;
    serde_path_to_error::deserialize(spec).map_err(|error| {
        let inside = error.path().to_string();
        let path = if inside == "." { "spec".to_owned() } else { format!("spec.{inside}") };
        Problem::at(path, format!("cannot be read: {}", without_values(&error.inner().to_string())))
    })
}

/// The policy by itself: what the rest of the spec holds does not make it unreadable.
fn parse_management(object: &DynamicObject) -> Result<Management, Unreadable> {
    match object.data.get("spec").and_then(|spec| spec.get("management")) {
        Some(management) => Management::deserialize(management).map_err(|_| Unreadable),
        None => Ok(Management::default()),
    }
}

/// serde says what it found before what it expected, and what it found may be a password.
fn without_values(error: &str) -> String {
    match error.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if error.starts_with("missing field") => error.to_owned(),
        None => "it is not what the CRD says".to_owned(),
    }
}

/// A status that cannot be read was written by somebody else, or by another version: AWS tells what it should say.
fn parse_status(object: &DynamicObject) -> ExpressGatewayServiceStatus {
    let status = object.data.get("status").cloned();
    status.and_then(|status| serde_json::from_value(status).ok()).unwrap_or(ExpressGatewayServiceStatus {
        observed_generation: NEVER_OBSERVED,
        ..ExpressGatewayServiceStatus::default()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use kube::api::ApiResource;
    use serde_json::json;

    use super::*;
    use crate::api::ExpressGatewayService;

    fn problem(spec: &Value) -> String {
        let mut object = DynamicObject::new("web", &ApiResource::erase::<ExpressGatewayService>(&()));
        object.data = json!({ "spec": spec });
        parse_spec(&object).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_read_is_said_by_its_path_and_never_by_its_value() {
        let environment =
            |list| json!({"infrastructureRoleArn": "a", "primaryContainer": {"image": "b", "environment": list}});
        for (list, said) in [
            (json!("hunter2"), "spec.primaryContainer.environment: cannot be read: expected a sequence"),
            (
                json!([{"name": "A", "value": 42}]),
                "spec.primaryContainer.environment[0].value: cannot be read: expected a string",
            ),
            (
                json!([{"value": "hunter2"}]),
                "spec.primaryContainer.environment[0]: cannot be read: missing field `name`",
            ),
        ] {
            assert_eq!(problem(&environment(list)), said);
        }
        assert_eq!(
            problem(&json!("hunter2, expected")),
            "spec: cannot be read: expected struct ExpressGatewayServiceSpec"
        );
    }

    #[test]
    fn the_values_of_an_environment_are_struck_out_however_malformed_it_is() {
        let mut object = DynamicObject::new("web", &ApiResource::erase::<ExpressGatewayService>(&()));
        for environment in [
            json!([{"name": "PASSWORD", "value": "hunter2-a"}]),
            json!({"PASSWORD": "hunter2-a"}),
            json!(["PASSWORD", {"value": ["hunter2-a"]}]),
            json!("hunter2-a"),
        ] {
            object.data = json!({"spec": {"primaryContainer": {"environment": environment}}});
            let read = read(&object, "c-1", "eu-central-1", &Pace::default());
            assert_eq!(read.redaction_of(None, "eu-central-1").text("is hunter2-a"), "is <redacted>");
        }
        object.data =
            json!({"spec": {"primaryContainer": {"environment": [{"name": "PASSWORD", "value": 12_345_678}]}}});
        assert_eq!(
            read(&object, "c-1", "eu-central-1", &Pace::default()).redaction.text("is 12345678"),
            "is <redacted>"
        );
    }
}
