//! The reconciler: all that one process keeps for its reconciles, and the three moments at which it is called.
//!
//! What calls it is the controller of kube's runtime ([`super::run`]), or a program that wants to decide itself when what
//! happens, such as a proof.

use std::sync::Arc;

use kube::Client;
use tokio::sync::Semaphore;

use crate::aws::Ecs;

use super::clock::Clock;
use super::context::{Context, Error, Metadata};
use super::gate::Gate;
use super::head_start::HeadStarts;
use super::metrics::Metrics;
use super::recollection::Recollections;
use super::requeue::{self, NextLook};
use super::settings::Settings;
use super::{look, reconcile};

/// The reconciler of one process. Clones are the same one. Whatever it knows by itself may be lost at any moment: the objects
/// and ECS hold the truth.
#[derive(Clone)]
pub struct Reconciler {
    context: Arc<Context>,
}

impl Reconciler {
    /// One that knows nothing yet.
    #[must_use]
    pub fn new(client: Client, ecs: Ecs, settings: Settings, metrics: Arc<Metrics>, gate: Gate, clock: Clock) -> Self {
        let workers = Semaphore::new(usize::from(settings.concurrency));
        let context = Context {
            client,
            ecs,
            settings,
            metrics,
            clock,
            recollections: Recollections::default(),
            workers,
            head_starts: HeadStarts::default(),
            gate,
        };
        Self { context: Arc::new(context) }
    }

    /// The watch has told of an object: what can be read before its reconcile is begun to be read.
    pub fn has_seen(&self, metadata: &Metadata) {
        look::begin(metadata, &self.context);
    }

    /// What has not begun to be reconciled does not begin any more.
    pub fn begins_no_more(&self) {
        self.context.workers.close();
    }

    /// Reconciles an object once.
    ///
    /// # Errors
    /// When what was seen could not be told: Kubernetes failed, or the time limit passed.
    pub async fn reconcile(&self, metadata: Arc<Metadata>) -> Result<NextLook, Error> {
        reconcile::reconcile(metadata, Arc::clone(&self.context)).await
    }

    /// When a reconcile that failed is tried again.
    pub fn after_error(&self, metadata: Arc<Metadata>, error: &Error) -> NextLook {
        requeue::after_error(metadata, error, Arc::clone(&self.context))
    }
}
