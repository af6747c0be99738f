//! `expressway run`: puts the process together, and takes it apart again in order.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;

use super::arguments::RunArguments;
use super::failure::Failure;
use super::kubernetes::{self, Absence};
use super::leadership::{self, Candidate, Leadership};
use super::lease::SharedLease;
use super::signals::Signals;
use super::{endpoints, logs};
use crate::aws::{Ecs, EcsSettings};
use crate::controller;
use crate::controller::fence::Fence;
use crate::controller::gate::Gate;
use crate::controller::metrics::Metrics;
use crate::controller::readiness::Readiness;
use crate::controller::settings::Settings;

/// The work is waiting for others; a thread for each core of a large node would only hold memory.
const WORKER_THREADS: usize = 2;

/// Runs the controller until a signal, or until it cannot go on.
pub fn run(arguments: RunArguments) -> Result<(), Failure> {
    logs::start(arguments.log_format, &arguments.log_level);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(WORKER_THREADS).enable_all().build().map_err(Failure::Runtime)?;
    let ended = runtime.block_on(async {
        let stop = CancellationToken::new();
        let signals = Signals::catch().map_err(Failure::Runtime)?;
        tokio::select! {
            ended = process(arguments, stop.clone()) => ended,
            () = signals.second(stop) => Err(Failure::SecondSignal),
        }
    });
    // Without this, a name lookup that hangs in a blocking thread would hold up the end of the process.
    runtime.shutdown_background();
    if ended.is_ok() {
        tracing::info!("stopped");
    }
    ended
}

async fn process(arguments: RunArguments, stop: CancellationToken) -> Result<(), Failure> {
    let readiness = Readiness::default();
    let mut registry = Registry::default();
    register_build(&mut registry);
    let metrics = Arc::new(Metrics::new(&mut registry));

    let listener = endpoints::listen(arguments.listen).await?;
    let address = listener.local_addr().map_err(Failure::Runtime)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, "expressway is listening");
    let client = kubernetes::client().await?;
    let (gate, candidate) = stand(&arguments, &mut registry).await?;

    let ecs = connect(&arguments).await?;
    ecs.register(&mut registry);

    let endpoints = endpoints::serve(listener, readiness.clone(), Arc::new(registry));
    let work = async {
        let Some(settings) = prepare(&client, &arguments, &readiness, &stop).await? else {
            return Ok(());
        };
        let leadership = match candidate {
            None => None,
            Some(candidate) => match candidate.wins(&readiness, &stop).await {
                None => return Ok(()),
                won => won,
            },
        };
        tracing::info!(
            cluster_id = settings.cluster_id,
            namespace = settings.namespace.as_deref().unwrap_or("(all)"),
            concurrency = settings.concurrency,
            "the controller starts"
        );
        readiness.waits_for("the objects are being listed");
        let work = controller::run(client, ecs, settings, metrics, readiness.clone(), gate, stop.clone());
        let work = until_stopped(work, &readiness, &stop, arguments.waits.shutdown_grace);
        as_leader(work, leadership).await
    };
    tokio::select! {
        ended = work => ended,
        () = endpoints => Err(Failure::ControllerReturned),
    }
}

/// The gate that every write has to pass, and who opens the fence in it; nobody has to where there is no election.
async fn stand(arguments: &RunArguments, registry: &mut Registry) -> Result<(Gate, Option<Candidate>), Failure> {
    let election = &arguments.election;
    let fence = if election.leader_election { Fence::shut() } else { Fence::open_for_ever() };
    fence.register(registry);
    let gate = Gate::new(Arc::new(fence.clone()));
    if !election.leader_election {
        return Ok((gate, None));
    }
    let client = kubernetes::client_of_the_lease().await?;
    let namespace = election.lease_namespace.clone().unwrap_or_else(|| client.default_namespace().to_owned());
    // Controllers that watch different namespaces do not compete.
    let name = match &arguments.namespace {
        Some(watched) => format!("expressway-{watched}"),
        None => "expressway".to_owned(),
    };
    let identity = leadership::identity();
    let lease = SharedLease::new(client, &namespace, name, identity.clone(), election.lease_duration);
    let candidate = Candidate::new(lease, identity, election.terms(), fence);
    Ok((gate, Some(candidate)))
}

/// Lets `work` run to its end as long as it is the leader's, and then lets another lead.
async fn as_leader(
    work: impl Future<Output = Result<(), Failure>>,
    leadership: Option<Leadership>,
) -> Result<(), Failure> {
    let Some(mut leadership) = leadership else { return work.await };
    let ended = tokio::select! {
        biased;
        failure = leadership.lost() => return Err(failure),
        // What is left of the work when its time is over ends with it here.
        ended = work => ended,
    };
    leadership.ends().await;
    ended
}

/// Waits until the cluster has what the controller needs. `None`: it was told to stop before.
async fn prepare(
    client: &kube::Client,
    arguments: &RunArguments,
    readiness: &Readiness,
    stop: &CancellationToken,
) -> Result<Option<Settings>, Failure> {
    let pause = arguments.waits.retry_base;
    let limit = arguments.waits.reconcile_timeout;
    let cluster_id = match &arguments.cluster_id {
        Some(id) => Some(id.clone()),
        None => insist(readiness, stop, pause, limit, || kubernetes::cluster_id(client)).await?,
    };
    let Some(cluster_id) = cluster_id else {
        return Ok(None);
    };
    let namespace = arguments.namespace.as_deref();
    let served = insist(readiness, stop, pause, limit, || kubernetes::is_served(client, namespace));
    Ok(served.await?.map(|()| Settings {
        namespace: arguments.namespace.clone(),
        cluster_id,
        concurrency: arguments.concurrency,
        pace: arguments.waits.pace(),
    }))
}

/// Asks until it is there, and meanwhile tells `/readyz`, and the log once for each reason, what is missing.
async fn insist<T, F>(
    readiness: &Readiness,
    stop: &CancellationToken,
    pause: Duration,
    limit: Duration,
    ask: impl Fn() -> F,
) -> Result<Option<T>, Failure>
where
    F: Future<Output = Result<T, Absence>>,
{
    loop {
        let answer = tokio::select! {
            () = stop.cancelled() => return Ok(None),
            answer = tokio::time::timeout(limit, ask()) => answer,
        };
        let missing = match answer {
            Ok(Ok(found)) => return Ok(Some(found)),
            Ok(Err(Absence::ForGood(failure))) => return Err(failure),
            Ok(Err(Absence::Yet(missing))) => missing,
            Err(_) => format!("the Kubernetes API server has not answered for {limit:?}"),
        };
        if readiness.waits_for(missing.clone()) {
            tracing::warn!("waiting: {missing}");
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Lets `work` run until it is told to stop, and then finish what is in flight, for `grace` at most.
async fn until_stopped(
    work: impl Future<Output = ()>,
    readiness: &Readiness,
    stop: &CancellationToken,
    grace: Duration,
) -> Result<(), Failure> {
    tokio::pin!(work);
    tokio::select! {
        biased;
        () = &mut work => return if stop.is_cancelled() { Ok(()) } else { Err(Failure::ControllerReturned) },
        () = stop.cancelled() => readiness.is_stopping(),
    }
    tokio::time::timeout(grace, work).await.map_err(|_| Failure::GraceOver(grace))
}

async fn connect(arguments: &RunArguments) -> Result<Ecs, Failure> {
    let settings = EcsSettings {
        region: arguments.region.clone(),
        operation_timeout: arguments.waits.aws_timeout,
        ..EcsSettings::default()
    };
    Ecs::connect(&settings).await.map_err(|error| Failure::AwsClient(error.to_string()))
}

fn register_build(registry: &mut Registry) {
    let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("expressway_build", "The program that runs", build);
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
