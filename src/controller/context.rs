//! What every reconcile works with, and what it may fail with.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, PartialObjectMeta};
use tokio::sync::Semaphore;

use crate::api::ExpressGatewayService;
use crate::aws::Ecs;

use super::clock::Clock;
use super::gate::{Closed, Gate, Pass, Write};
use super::head_start::HeadStarts;
use super::look::Reading;
use super::metrics::{Metrics, WriteOutcome};
use super::object::{self, LiveObject};
use super::recollection::{Key, Recollections};
use super::refusal;
use super::settings::Settings;

/// Metadata of an `ExpressGatewayService`: all that the watch carries.
pub type Metadata = PartialObjectMeta<ExpressGatewayService>;

/// What every reconcile works with.
pub struct Context {
    /// The Kubernetes client.
    pub client: Client,
    /// The ECS client.
    pub ecs: Ecs,
    /// Settings.
    pub settings: Settings,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// The time.
    pub clock: Clock,
    /// What earlier reconciles left.
    pub recollections: Recollections,
    /// The workers. Who waits for one longest is next.
    pub workers: Semaphore,
    /// Readings that were begun before their reconcile.
    pub head_starts: HeadStarts<Reading>,
    /// What every write passes.
    pub gate: Gate,
}

impl Context {
    /// The objects of a namespace, as the API server gives them.
    pub fn objects(&self, namespace: &str) -> Api<DynamicObject> {
        let resource = ApiResource::erase::<ExpressGatewayService>(&());
        Api::namespaced_with(self.client.clone(), namespace, &resource)
    }

    /// Understands an object.
    pub fn understand(&self, object: &DynamicObject) -> LiveObject {
        object::read(object, &self.settings.cluster_id, self.ecs.region(), &self.settings.pace)
    }

    /// Sends a write to Kubernetes through the gate, and counts it.
    pub async fn write<T, F>(&self, write: Write, send: impl FnOnce(Pass) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, kube::Error>>,
    {
        let answer = self.gate.pass(write, send).await?;
        self.metrics.wrote(write, WriteOutcome::of(&answer));
        Ok(answer?)
    }

    /// Forgets an object that is gone.
    pub fn forget(&self, key: &Key) {
        self.recollections.forget(key);
        self.metrics.object_gone(&key.0, &key.1);
    }
}

/// Why a reconcile could not tell what it saw. Failures of AWS are no errors: the status tells them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Kubernetes could not be read or written.
    #[error("Kubernetes: {}", refusal::said(.0))]
    Kubernetes(#[from] kube::Error),
    /// The time limit of a reconcile passed.
    #[error("gave up after {0:?}: a call hangs")]
    TimeLimit(Duration),
    /// This process may not write any more.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// A defect of ours.
    #[error("panicked; this is a defect of Expressway")]
    Panicked,
}
