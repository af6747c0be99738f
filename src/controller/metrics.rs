//! What the controller counts. Labels have few values: an object's name is never one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use crate::api::Reason;

use super::gate::Write;

/// How a reconcile ended.
#[derive(Clone, Copy, Debug, EnumIter, Eq, IntoStaticStr, PartialEq)]
#[strum(serialize_all = "snake_case")]
pub enum ReconcileOutcome {
    /// Nothing to do: the service is as the spec says.
    Settled,
    /// Something was written to AWS, or to the object's finalizer.
    Acted,
    /// Something is under way; it is looked at again later.
    Waiting,
    /// Nothing is done until a person or the spec changes something.
    Refused,
    /// A call to AWS failed; the status says so and it is tried again.
    AwsFailed,
    /// Kubernetes could not be read or written; it is tried again.
    KubernetesFailed,
    /// It was given up: the time limit, a panic or the end of the process.
    Abandoned,
}

/// A step that writes to AWS.
#[derive(Clone, Copy, Debug, EnumIter, Eq, IntoStaticStr, PartialEq)]
#[strum(serialize_all = "snake_case")]
pub enum AwsWrite {
    /// `CreateExpressGatewayService`.
    Create,
    /// `UpdateExpressGatewayService`: one canary.
    Update,
    /// `TagResource` or `UntagResource`.
    Retag,
    /// `StopServiceDeployment`, with a rollback.
    Stop,
    /// `DeleteExpressGatewayService`.
    Delete,
}

/// A write to Kubernetes.
#[derive(Clone, Copy, Debug, EnumIter, Eq, IntoStaticStr, PartialEq)]
#[strum(serialize_all = "snake_case")]
pub enum KubernetesWrite {
    /// The object's status.
    Status,
    /// The object's finalizer, added or removed.
    Finalizer,
    /// An event.
    Event,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, EnumIter, Eq, IntoStaticStr, PartialEq)]
#[strum(serialize_all = "snake_case")]
pub enum WriteOutcome {
    /// It was accepted.
    Succeeded,
    /// It was refused, or its answer was lost.
    Failed,
}

impl WriteOutcome {
    /// How a write with this answer ended.
    pub fn of<T, E>(answer: &Result<T, E>) -> Self {
        if answer.is_ok() { Self::Succeeded } else { Self::Failed }
    }
}

/// How a rollout ended.
#[derive(Clone, Copy, Debug, EnumIter, Eq, IntoStaticStr, PartialEq)]
#[strum(serialize_all = "snake_case")]
pub enum RolloutOutcome {
    /// `SUCCESSFUL`.
    Succeeded,
    /// `ROLLBACK_SUCCESSFUL`.
    RolledBack,
    /// `ROLLBACK_FAILED`.
    RollbackFailed,
    /// It failed and there was nothing to go back to.
    Failed,
    /// `STOPPED`, by somebody else.
    Stopped,
    /// `STOPPED`, because a newer edit overtook it.
    Superseded,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ByOutcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ByKind {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct ByReason {
    namespace: String,
    reason: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct ByNamespace {
    namespace: String,
}

type Histograms = Family<ByOutcome, Histogram, fn() -> Histogram>;

/// The controller's counters, gauges and histograms.
#[derive(Clone, Debug)]
pub struct Metrics {
    reconciles: Family<ByOutcome, Counter>,
    reconcile_seconds: Histogram,
    reconciles_in_flight: Gauge,
    aws_writes: Family<ByKind, Counter>,
    kubernetes_writes: Family<ByKind, Counter>,
    rollouts: Histograms,
    time_to_ready: Histogram,
    objects: Arc<Objects>,
}

impl Metrics {
    /// Metrics that `registry` shows.
    #[must_use]
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            reconciles: Family::default(),
            reconcile_seconds: Histogram::new(RECONCILE_SECONDS),
            reconciles_in_flight: Gauge::default(),
            aws_writes: Family::default(),
            kubernetes_writes: Family::default(),
            rollouts: Family::new_with_constructor(|| Histogram::new(ROLLOUT_SECONDS)),
            time_to_ready: Histogram::new(ROLLOUT_SECONDS),
            objects: Arc::default(),
        };
        metrics.start_at_zero();
        metrics.register(registry);
        metrics
    }

    /// A reconcile starts. It counts as abandoned unless [`Reconcile::ended`] is called.
    #[must_use]
    pub fn reconcile_started(&self) -> Reconcile<'_> {
        self.reconciles_in_flight.inc();
        Reconcile { metrics: self, started: Instant::now(), outcome: ReconcileOutcome::Abandoned }
    }

    /// Something was written to AWS or to Kubernetes, or tried to be.
    pub fn wrote(&self, write: Write, outcome: WriteOutcome) {
        let to_aws = |kind| self.aws_writes.get_or_create(&by_kind(kind, outcome)).inc();
        let to_kubernetes = |kind| self.kubernetes_writes.get_or_create(&by_kind(kind, outcome)).inc();
        match write {
            Write::CreateService => to_aws(AwsWrite::Create),
            Write::UpdateService => to_aws(AwsWrite::Update),
            Write::Tag | Write::Untag => to_aws(AwsWrite::Retag),
            Write::StopDeployment => to_aws(AwsWrite::Stop),
            Write::DeleteService => to_aws(AwsWrite::Delete),
            Write::AddFinalizer | Write::RemoveFinalizer => to_kubernetes(KubernetesWrite::Finalizer),
            Write::Intention | Write::Status => to_kubernetes(KubernetesWrite::Status),
            Write::Event => to_kubernetes(KubernetesWrite::Event),
        };
    }

    /// A rollout was seen to end, `duration` after ECS started it.
    pub fn rollout_ended(&self, outcome: RolloutOutcome, duration: Duration) {
        self.rollouts.get_or_create(&by_outcome(outcome)).observe(duration.as_secs_f64());
    }

    /// A spec became `Ready`, `duration` after it was sent to ECS.
    pub fn became_ready(&self, duration: Duration) {
        self.time_to_ready.observe(duration.as_secs_f64());
    }

    /// The object shows this reason in its `Ready` condition, and is suspended or not.
    pub fn object_shows(&self, namespace: &str, name: &str, reason: Reason, suspended: bool) {
        self.objects.set(namespace, name, Shown { reason, suspended });
    }

    /// The object is gone.
    pub fn object_gone(&self, namespace: &str, name: &str) {
        self.objects.remove(namespace, name);
    }

    /// A rate over a counter is right from its first increment only if it was seen at zero before.
    fn start_at_zero(&self) {
        for outcome in ReconcileOutcome::iter() {
            drop(self.reconciles.get_or_create(&by_outcome(outcome)));
        }
        for outcome in RolloutOutcome::iter() {
            drop(self.rollouts.get_or_create(&by_outcome(outcome)));
        }
        for outcome in WriteOutcome::iter() {
            for kind in AwsWrite::iter() {
                drop(self.aws_writes.get_or_create(&by_kind(kind, outcome)));
            }
            for kind in KubernetesWrite::iter() {
                drop(self.kubernetes_writes.get_or_create(&by_kind(kind, outcome)));
            }
        }
    }

    fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("expressway");
        registry.register("reconciles", "Reconciles that ended, by outcome", self.reconciles.clone());
        registry.register_with_unit(
            "reconcile_duration",
            "Time that a reconcile took, all its calls included",
            Unit::Seconds,
            self.reconcile_seconds.clone(),
        );
        registry.register("reconciles_in_flight", "Reconciles under way", self.reconciles_in_flight.clone());
        registry.register("aws_writes", "Steps that wrote to AWS, by kind and outcome", self.aws_writes.clone());
        registry.register(
            "kubernetes_writes",
            "Writes to Kubernetes, by kind and outcome",
            self.kubernetes_writes.clone(),
        );
        registry.register_with_unit(
            "rollout_duration",
            "Time from the start to the end of a rollout, by outcome; its count is the number of rollouts",
            Unit::Seconds,
            self.rollouts.clone(),
        );
        registry.register_with_unit(
            "time_to_ready",
            "Time from sending a spec to ECS until the object was Ready",
            Unit::Seconds,
            self.time_to_ready.clone(),
        );
        registry.register_collector(Box::new(Arc::clone(&self.objects)));
    }
}

/// A reconcile under way.
#[derive(Debug)]
pub struct Reconcile<'a> {
    metrics: &'a Metrics,
    started: Instant,
    outcome: ReconcileOutcome,
}

impl Reconcile<'_> {
    /// It ended like this.
    pub fn ended(mut self, outcome: ReconcileOutcome) {
        self.outcome = outcome;
    }
}

impl Drop for Reconcile<'_> {
    fn drop(&mut self) {
        let metrics = self.metrics;
        metrics.reconciles_in_flight.dec();
        metrics.reconcile_seconds.observe(self.started.elapsed().as_secs_f64());
        metrics.reconciles.get_or_create(&by_outcome(self.outcome)).inc();
    }
}

/// What each object shows, counted when it is asked for: a gauge that went up and down with every change would be wrong
/// for ever after one that was missed.
#[derive(Debug, Default)]
struct Objects(Mutex<HashMap<Box<str>, ShownByName>>);

type ShownByName = HashMap<Box<str>, Shown>;

#[derive(Clone, Copy, Debug)]
struct Shown {
    reason: Reason,
    suspended: bool,
}

impl Objects {
    fn set(&self, namespace: &str, name: &str, now: Shown) {
        let mut namespaces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !namespaces.contains_key(namespace) {
            namespaces.insert(namespace.into(), HashMap::new());
        }
        if let Some(objects) = namespaces.get_mut(namespace) {
            match objects.get_mut(name) {
                Some(shown) => *shown = now,
                None => drop(objects.insert(name.into(), now)),
            }
        }
    }

    fn remove(&self, namespace: &str, name: &str) {
        let mut namespaces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(objects) = namespaces.get_mut(namespace) {
            objects.remove(name);
            if objects.is_empty() {
                namespaces.remove(namespace);
            }
        }
    }

    fn counts(&self) -> std::collections::BTreeMap<ByReason, i64> {
        let mut counts = std::collections::BTreeMap::new();
        let namespaces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (namespace, objects) in namespaces.iter() {
            for shown in objects.values() {
                let label = ByReason { namespace: namespace.to_string(), reason: shown.reason.into() };
                *counts.entry(label).or_default() += 1;
            }
        }
        counts
    }

    fn suspended(&self) -> std::collections::BTreeMap<ByNamespace, i64> {
        let namespaces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = namespaces.iter().map(|(namespace, objects)| {
            let count = objects.values().filter(|shown| shown.suspended).count();
            (ByNamespace { namespace: namespace.to_string() }, i64::try_from(count).unwrap_or(i64::MAX))
        });
        counts.filter(|(_, count)| *count > 0).collect()
    }
}

impl Collector for Objects {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let mut family = encoder.encode_descriptor(
            "objects",
            "Objects, by namespace and by the reason of their Ready condition",
            None,
            MetricType::Gauge,
        )?;
        for (label, count) in self.counts() {
            ConstGauge::new(count).encode(family.encode_family(&label)?)?;
        }
        let mut family = encoder.encode_descriptor(
            "suspended_objects",
            "Objects whose writes to AWS are stopped, by namespace",
            None,
            MetricType::Gauge,
        )?;
        for (label, count) in self.suspended() {
            ConstGauge::new(count).encode(family.encode_family(&label)?)?;
        }
        Ok(())
    }
}

/// From a settled object's one read to the time limit.
const RECONCILE_SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 60.0];

/// From seconds (a simulator) over the ten minutes of a canary to a rollout that hangs for hours.
const ROLLOUT_SECONDS: [f64; 12] =
    [10.0, 30.0, 60.0, 180.0, 300.0, 480.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0, 10800.0];

fn by_outcome(outcome: impl Into<&'static str>) -> ByOutcome {
    ByOutcome { outcome: outcome.into() }
}

fn by_kind(kind: impl Into<&'static str>, outcome: WriteOutcome) -> ByKind {
    ByKind { kind: kind.into(), outcome: outcome.into() }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
