//! One life of the controller: the real reconciler, and the queue that calls it when the watch or its own word says so.

use std::sync::Arc;
use std::time::Duration;

use expressway::controller::clock::Clock;
use expressway::controller::gate::Gate;
use expressway::controller::metrics::Metrics;
use expressway::controller::settings::{Pace, Settings};
use expressway::controller::{Metadata, Reconciler};
use prometheus_client::registry::Registry;
use serde_json::Value;
use tokio::time::Instant;

use super::state::Shared;
use super::store::Change;
use super::{ecs, kubernetes};

/// Identity of the Kubernetes cluster of every world.
pub const CLUSTER_ID: &str = "cluster-1";

/// One life of the controller.
pub struct Life {
    reconciler: Reconciler,
    metadata: Option<Arc<Metadata>>,
    seen: Option<Value>,
    due: Option<Instant>,
}

/// How a pass of the queue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The reconcile ended, and the next is due after this.
    Done(Option<Duration>),
    /// The reconcile failed as a whole, and the next is due after this.
    Failed(Option<Duration>),
    /// The process died.
    Died,
}

/// The controller's settings: what ships.
pub fn settings() -> Settings {
    Settings { namespace: None, cluster_id: CLUSTER_ID.to_owned(), concurrency: 8, pace: Pace::default() }
}

impl Life {
    /// A controller starts in this world, and is told of what there is.
    pub fn begin(world: &Shared) -> Self {
        let life = world.is_born();
        let told = world.clone();
        let clock = Clock::telling(move || told.state().controllers_now());
        let metrics = Arc::new(Metrics::new(&mut Registry::default()));
        let client = kubernetes::connect(world, life);
        let reconciler = match ecs::connect(world, life) {
            Ok(ecs) => Reconciler::new(client, ecs, settings(), metrics, Gate::new(Arc::new(world.clone())), clock),
            Err(error) => unreachable!("every world has a region: {error}"),
        };
        let mut begun = Self { reconciler, metadata: None, seen: None, due: None };
        let listed = world.state().store.object(super::user::NAME).map(|object| object["metadata"].clone());
        if let Some(metadata) = listed {
            begun.is_told(&Change { name: super::user::NAME.to_owned(), metadata: Some(metadata) });
        }
        begun
    }

    /// The watch tells of a change. Only another generation or other annotations are a reason to look.
    pub fn is_told(&mut self, change: &Change) {
        let Some(metadata) = &change.metadata else {
            (self.metadata, self.seen, self.due) = (None, None, None);
            return;
        };
        let Ok(parsed) = serde_json::from_value::<Metadata>(serde_json::json!({
            "apiVersion": "expressway.dev/v1alpha1", "kind": "ExpressGatewayService", "metadata": metadata,
        })) else {
            return;
        };
        self.metadata = Some(Arc::new(parsed));
        let key = serde_json::json!([metadata.get("uid"), metadata.get("generation"), metadata.get("annotations")]);
        if self.seen.as_ref() != Some(&key) {
            self.seen = Some(key);
            self.due = Some(Instant::now());
            if let Some(metadata) = &self.metadata {
                self.reconciler.has_seen(metadata);
            }
        }
    }

    /// When the next reconcile is due.
    pub fn due(&self) -> Option<Instant> {
        self.due.filter(|_| self.metadata.is_some())
    }

    /// One reconcile, until it ends or the process dies.
    pub async fn pass(&mut self, world: &Shared) -> Ending {
        self.due = None;
        let Some(metadata) = self.metadata.clone() else { return Ending::Done(None) };
        let ended = tokio::select! {
            biased;
            () = world.death() => return Ending::Died,
            ended = self.reconciler.reconcile(Arc::clone(&metadata)) => ended,
        };
        let ending = match ended {
            Ok(next) => Ending::Done(next),
            Err(error) => Ending::Failed(self.reconciler.after_error(metadata, &error)),
        };
        if let Ending::Done(Some(next)) | Ending::Failed(Some(next)) = ending {
            // No answer takes no time: what is tried again at once for as long as it fails would never end.
            self.due = Some(Instant::now() + next.max(Duration::from_millis(5)));
        }
        ending
    }
}
