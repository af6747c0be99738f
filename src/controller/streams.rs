//! The watch, the queue, and the end: what drives the reconciles.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use kube::runtime::controller::{self, Action, Controller};
use kube::runtime::{Predicate, PredicateConfig, WatchStreamExt, predicates, reflector, watcher};
use kube::{Api, Client, ResourceExt};
use tokio_util::sync::CancellationToken;

use crate::api::names;
use crate::aws::Ecs;

use super::clock::Clock;
use super::context::{Error, Metadata};
use super::gate::Gate;
use super::metrics::Metrics;
use super::readiness::Readiness;
use super::reconciler::Reconciler;
use super::requeue::NextLook;
use super::settings::Settings;

/// Watches and reconciles until `stop`; then what is in flight is finished.
pub async fn run(
    client: Client,
    ecs: Ecs,
    settings: Settings,
    metrics: Arc<Metrics>,
    readiness: Readiness,
    gate: Gate,
    stop: CancellationToken,
) {
    let api: Api<Metadata> = match &settings.namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    };
    let (reader, writer) = reflector::store();
    // The queue of kube takes any of those that are due, and on a busy machine the same one may be passed over for ever: it
    // starts them all, and they wait for a worker in the order in which they came.
    let config = controller::Config::default().concurrency(0);
    let reconciler = Reconciler::new(client, ecs, settings, metrics, gate, Clock::wall());
    let (seen, waiting) = (reconciler.clone(), reconciler.clone());
    let reconcile =
        |metadata, reconciler: Arc<Reconciler>| async move { reconciler.reconcile(metadata).await.map(action) };
    let after_error =
        |metadata, error: &Error, reconciler: Arc<Reconciler>| action(reconciler.after_error(metadata, error));
    let changes = watcher(api, watcher::Config::default())
        .default_backoff()
        .modify(slim)
        .reflect(writer)
        .applied_objects()
        .predicate_filter(predicates::generation.combine(predicates::annotations), PredicateConfig::default())
        .inspect_ok(move |metadata| seen.has_seen(metadata));
    let listed = reader.clone();
    let reconciles = Controller::for_stream(changes, reader)
        .with_config(config)
        .graceful_shutdown_on(async move {
            stop.cancelled().await;
            // What has not begun does not begin any more.
            waiting.begins_no_more();
        })
        .run(reconcile, after_error, Arc::new(reconciler))
        .for_each(|result| async move { log(result) });
    let ready = async move {
        if listed.wait_until_ready().await.is_ok() {
            readiness.is_ready();
        }
    };
    futures::join!(reconciles, ready);
}

/// The watch's cache holds what the queue needs and no more. `kubectl apply` keeps the whole object in an annotation, with
/// every value of its environment.
fn slim(metadata: &mut Metadata) {
    metadata.managed_fields_mut().clear();
    metadata.labels_mut().clear();
    let is_ours = |key: &str| key.starts_with(names::GROUP) || key == names::FLUX_RECONCILE_REQUESTED_AT;
    metadata.annotations_mut().retain(|key, _| is_ours(key));
}

/// The queue's word for it.
fn action(next: NextLook) -> Action {
    next.map_or_else(Action::await_change, Action::requeue)
}

fn log<A, O>(result: Result<A, controller::Error<Error, O>>)
where
    O: std::error::Error + 'static,
{
    match result {
        Ok(_) | Err(controller::Error::ObjectNotFound(_)) => {}
        Err(controller::Error::ReconcilerFailed(error, object)) => {
            tracing::warn!(namespace = object.namespace, name = object.name, "reconcile failed: {error}");
        }
        Err(error) => tracing::warn!("watch or queue: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use kube::core::ObjectMeta;
    use kube::core::PartialObjectMetaExt;

    use super::*;

    #[test]
    fn only_annotations_that_we_read_are_kept_in_memory() {
        let applied = "kubectl.kubernetes.io/last-applied-configuration";
        let annotations = [applied, names::RETRY_REQUESTED_AT, names::FLUX_RECONCILE_REQUESTED_AT]
            .map(|key| (key.to_owned(), "value".to_owned()));
        let metadata = ObjectMeta { annotations: Some(annotations.into()), ..ObjectMeta::default() };
        let mut metadata: Metadata = metadata.into_response_partial();

        slim(&mut metadata);

        let kept: Vec<_> = metadata.annotations().keys().map(String::as_str).collect();
        assert_eq!(kept, [names::RETRY_REQUESTED_AT, names::FLUX_RECONCILE_REQUESTED_AT]);
    }
}
