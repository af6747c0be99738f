//! One reconcile: read the object and ECS, decide, act once, tell.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::api::{Api, ApiResource, DynamicObject, PartialObjectMeta};
use kube::runtime::controller::Action;
use kube::{Client, Resource, ResourceExt};
use tracing::Instrument;

use crate::api::ExpressGatewayService;
use crate::aws::Ecs;
use crate::core::events::Note;
use crate::core::failure::Failure;
use crate::core::memory::Memory;
use crate::core::observed::{Known, Observed, Place};
use crate::core::plan::{Plan, Requeue, plan, plan_unseen};
use crate::core::report::{Again, Report, Situation, report};
use crate::core::retry::Backoff;
use crate::core::step::{Effect, Step};

use super::metrics::{AwsWrite, KubernetesWrite, Metrics, ReconcileOutcome, WriteOutcome};
use super::object::{self, LiveObject};
use super::recollection::{Key, Recollection, Recollections};
use super::settings::{Pace, Settings};
use super::{announce, finalizer, status, transitions};

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
    /// What earlier reconciles left.
    pub recollections: Recollections,
}

/// How long the look at a settled service waits for those that are due at the same moment (see [`Pace::batch_window`]).
/// An edit that comes meanwhile waits no longer than this.
const GLANCE_PATIENCE: Duration = Duration::from_millis(20);

/// Why a reconcile could not tell what it saw. Failures of AWS are no errors: the status tells them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Kubernetes could not be read or written.
    #[error("Kubernetes: {0}")]
    Kubernetes(#[from] kube::Error),
    /// The time limit of a reconcile passed.
    #[error("gave up after {0:?}: a call hangs")]
    TimeLimit(Duration),
    /// A defect of ours.
    #[error("panicked; this is a defect of Expressway")]
    Panicked,
}

/// Reconciles the object that `metadata` names.
pub async fn reconcile(metadata: Arc<Metadata>, context: Arc<Context>) -> Result<Action, Error> {
    let key: Key = (metadata.namespace().unwrap_or_default(), metadata.name_any());
    let span = tracing::info_span!("reconcile", object = format!("{}/{}", key.0, key.1), step = tracing::field::Empty);
    let limit = context.settings.pace.reconcile_time_limit;
    let timer = context.metrics.reconcile_started();
    let work = std::panic::AssertUnwindSafe(once(&metadata, &key, &context)).catch_unwind();
    let ended = match tokio::time::timeout(limit, work.instrument(span)).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(_)) => Err(Error::Panicked),
        Err(_) => Err(Error::TimeLimit(limit)),
    };
    match ended {
        Ok((action, outcome)) => {
            timer.ended(outcome);
            Ok(action)
        }
        Err(error) => {
            if matches!(error, Error::Kubernetes(_)) {
                timer.ended(ReconcileOutcome::KubernetesFailed);
            }
            Err(error)
        }
    }
}

async fn once(metadata: &Metadata, key: &Key, context: &Context) -> Result<(Action, ReconcileOutcome), Error> {
    let resource = ApiResource::erase::<ExpressGatewayService>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(context.client.clone(), &key.0, &resource);
    let Some((object, live, observed, full_at)) = look(&api, metadata, key, context).await? else {
        context.recollections.forget(key);
        context.metrics.object_gone(&key.0, &key.1);
        return Ok((Action::await_change(), ReconcileOutcome::Settled));
    };
    if let Err(failure) = &observed {
        log_failure(failure, live.before.retry.is_some());
    }
    let memory = Memory::of(&live.before);
    let repeated = live.before.retry.is_some();
    let (object, live, decided) = decide(&api, object, live, observed.as_ref().ok(), &memory, context).await?;
    let outcome = act(&api, &object, decided.as_ref(), repeated, context).await?;
    let situation = Situation {
        desired: &live.desired,
        before: &live.before,
        observed: observed.as_ref(),
        plan: decided.as_ref(),
        outcome: outcome.as_ref().map(Result::as_ref),
        region: context.ecs.region(),
    };
    let told = report(&situation, &backoff(&context.settings.pace), Timestamp::now());
    let released = decided.as_ref().is_some_and(|plan| matches!(plan.step, Step::Release));
    tell(&api, &object, &live, &told, released, context).await?;
    if released {
        context.recollections.forget(key);
        context.metrics.object_gone(&key.0, &key.1);
        return Ok((Action::await_change(), ReconcileOutcome::Acted));
    }
    recollect(key, &live, &told, full_at, context);
    let ended = outcome_word(decided.as_ref(), observed.is_err() || matches!(outcome, Some(Err(_))));
    Ok((action(told.again, &live, &context.settings.pace), ended))
}

type Looked = (DynamicObject, LiveObject, Result<Observed, Failure>, Instant);

/// Reads the object and ECS. Where the last reconcile left word of the service, both at the same time.
async fn look(
    api: &Api<DynamicObject>,
    metadata: &Metadata,
    key: &Key,
    context: &Context,
) -> Result<Option<Looked>, Error> {
    let generation = metadata.metadata.generation.unwrap_or_default();
    let uid = metadata.uid().unwrap_or_default();
    let Some(left) = context.recollections.of(key, &uid) else {
        let Some(object) = api.get_opt(&key.1).await? else { return Ok(None) };
        let live = object::read(&object, &context.settings.cluster_id, context.ecs.region());
        let observed = observe(&live, true, context).await;
        return Ok(Some((object, live, observed, Instant::now())));
    };
    let full = generation != left.generation || left.is_due(context.settings.pace.full_observe);
    let known = Known { full: full || left.known.full, ..left.known.clone() };
    let patience = if known.settled_revision.is_some() && !full { GLANCE_PATIENCE } else { Duration::ZERO };
    let (object, observed) = tokio::join!(api.get_opt(&key.1), context.ecs.observe(&left.place, &known, patience));
    let Some(object) = object? else { return Ok(None) };
    let live = object::read(&object, &context.settings.cluster_id, context.ecs.region());
    let memory = Memory::of(&live.before);
    // The object may have moved on between the watch and the reading.
    let still = live.desired.generation == generation
        && live.desired.place.as_ref() == Some(&left.place)
        && live.desired.owner.uid == uid
        && (known.full || memory.known(generation, false) == left.known);
    let full_at = if known.full { Instant::now() } else { left.full_at };
    if still {
        let observed = observed.or_else(|failure| live.desired.read_of_a_missing_cluster(failure));
        return Ok(Some((object, live, observed, full_at)));
    }
    let observed = observe(&live, true, context).await;
    Ok(Some((object, live, observed, Instant::now())))
}

async fn observe(live: &LiveObject, full: bool, context: &Context) -> Result<Observed, Failure> {
    let Some(place) = live.desired.place.clone().or_else(|| remembered_place(live)) else {
        return Ok(Observed::Absent);
    };
    let known = Memory::of(&live.before).known(live.desired.generation, full);
    let observed = context.ecs.observe(&place, &known, Duration::ZERO).await;
    observed.or_else(|failure| live.desired.read_of_a_missing_cluster(failure))
}

/// Where the service of an object is whose spec can no longer be read: `arn:…:service/<cluster>/<name>`.
fn remembered_place(live: &LiveObject) -> Option<Place> {
    let mut parts = live.before.service_arn.as_deref()?.rsplit('/');
    let service_name = parts.next()?.to_owned();
    Some(Place { service_name, cluster: parts.next()?.to_owned() })
}

/// Decides. The finalizer is written on the way, so that the same reconcile goes on with what needs it.
async fn decide(
    api: &Api<DynamicObject>,
    object: DynamicObject,
    live: LiveObject,
    observed: Option<&Observed>,
    memory: &Memory,
    context: &Context,
) -> Result<(DynamicObject, LiveObject, Option<Plan>), Error> {
    let Some(observed) = observed else {
        let decided = plan_unseen(&live.desired);
        return Ok((object, live, decided));
    };
    let decided = plan(&live.desired, observed, memory, Timestamp::now());
    if decided.step != Step::AddFinalizer {
        return Ok((object, live, Some(decided)));
    }
    let written = finalizer::add(api, &object).await;
    context.metrics.wrote_to_kubernetes(KubernetesWrite::Finalizer, ended(&written));
    let object = written?;
    let live = object::read(&object, &context.settings.cluster_id, context.ecs.region());
    let decided = plan(&live.desired, observed, memory, Timestamp::now());
    Ok((object, live, Some(decided)))
}

async fn act(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    decided: Option<&Plan>,
    repeated: bool,
    context: &Context,
) -> Result<Option<Result<Effect, Failure>>, Error> {
    let Some(decided) = decided else { return Ok(None) };
    tracing::Span::current().record("step", decided.step.as_ref());
    if decided.step == Step::Release {
        let written = finalizer::remove(api, object).await;
        context.metrics.wrote_to_kubernetes(KubernetesWrite::Finalizer, ended(&written));
        written?;
        return Ok(None);
    }
    let Some(write) = decided.step.aws_write() else { return Ok(None) };
    let done = context.ecs.act(write).await;
    let kind = match decided.step {
        Step::Create(_) => AwsWrite::Create,
        Step::Update(_) => AwsWrite::Update,
        Step::Delete { .. } => AwsWrite::Delete,
        _ => AwsWrite::Retag,
    };
    context.metrics.wrote_to_aws(kind, ended(&done));
    match &done {
        Ok(_) => tracing::info!("{kind:?} was accepted by ECS"),
        Err(failure) => log_failure(failure, repeated),
    }
    Ok(Some(done))
}

/// The first failure in a row is a warning; the status tells of those that follow.
fn log_failure(failure: &Failure, repeated: bool) {
    let Failure { operation, code, message, request_id, .. } = failure;
    match repeated {
        false => tracing::warn!(%operation, code, request_id, "{message}"),
        true => tracing::debug!(%operation, code, request_id, "{message}"),
    }
}

/// Writes the status if it changed, and publishes the events.
async fn tell(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    live: &LiveObject,
    told: &Report,
    released: bool,
    context: &Context,
) -> Result<(), Error> {
    let owner = &live.desired.owner;
    if !released && told.status != live.before {
        let written = status::write(api, &owner.name, &owner.uid, &told.status).await;
        context.metrics.wrote_to_kubernetes(KubernetesWrite::Status, ended(&written));
        written?;
    }
    transitions::count(&context.metrics, owner, &live.before, &told.status);
    let about = object.object_ref(&ApiResource::erase::<ExpressGatewayService>(&()));
    for note in &told.events {
        announce(context, &about, note).await;
    }
    Ok(())
}

async fn announce(context: &Context, about: &ObjectReference, note: &Note) {
    tracing::info!(event = %note.reason, "{}", note.text);
    let published = announce::publish(&context.client, about, note).await;
    context.metrics.wrote_to_kubernetes(KubernetesWrite::Event, ended(&published));
    if let Err(error) = published {
        tracing::warn!("an event was lost: {error}");
    }
}

fn recollect(key: &Key, live: &LiveObject, told: &Report, full_at: Instant, context: &Context) {
    let Some(place) = live.desired.place.clone() else { return };
    let generation = live.desired.generation;
    let known = Memory::of(&told.status).known(generation, false);
    let uid = live.desired.owner.uid.clone();
    context.recollections.keep(key.clone(), Recollection { uid, generation, place, known, full_at });
}

fn backoff(pace: &Pace) -> Backoff {
    Backoff { base: pace.retry_base, cap: pace.retry_cap }
}

fn action(again: Again, live: &LiveObject, pace: &Pace) -> Action {
    match again {
        Again::After(delay) => Action::requeue(delay),
        Again::For(Requeue::Now) => Action::requeue(Duration::ZERO),
        Again::For(Requeue::Rollout) => Action::requeue(pace.rollout),
        Again::For(Requeue::Drain) => Action::requeue(pace.drain),
        Again::For(Requeue::Settled) => Action::requeue(spread(pace, &live.desired.owner.uid)),
        Again::For(Requeue::Never) => Action::await_change(),
    }
}

/// Up to a tenth more or less, so that objects that were applied together are not looked at together for ever; then on
/// to the next mark of a grid, so that those of one mark share their calls.
fn spread(pace: &Pace, uid: &str) -> Duration {
    let now = Timestamp::now().as_nanosecond().unsigned_abs();
    let seed = uid.bytes().fold(now, |sum, byte| sum.wrapping_mul(31).wrapping_add(u128::from(byte)));
    let share = f64::from(u32::try_from(seed % 2_000).unwrap_or(0)) / 10_000.0;
    let wait = pace.observe.mul_f64(0.9 + share);
    let grid = pace.batch_window.min(pace.observe / 4).as_nanos().max(1);
    let past = u64::try_from((now + wait.as_nanos()) % grid).unwrap_or(0);
    let grid = u64::try_from(grid).unwrap_or(past);
    wait + Duration::from_nanos(grid.saturating_sub(past))
}

/// What follows an error: another try, soon, but never in a tight loop.
pub fn after_error(_metadata: Arc<Metadata>, error: &Error, context: Arc<Context>) -> Action {
    match error {
        Error::Panicked => Action::requeue(context.settings.pace.retry_cap),
        Error::Kubernetes(_) | Error::TimeLimit(_) => Action::requeue(context.settings.pace.retry_base.mul_f64(2.0)),
    }
}

fn ended<T, E>(result: &Result<T, E>) -> WriteOutcome {
    if result.is_ok() { WriteOutcome::Succeeded } else { WriteOutcome::Failed }
}

fn outcome_word(decided: Option<&Plan>, aws_failed: bool) -> ReconcileOutcome {
    match decided.map(|plan| &plan.step) {
        _ if aws_failed => ReconcileOutcome::AwsFailed,
        None | Some(Step::Nothing) => ReconcileOutcome::Settled,
        Some(Step::Wait) => ReconcileOutcome::Waiting,
        Some(Step::Refuse) => ReconcileOutcome::Refused,
        Some(_) => ReconcileOutcome::Acted,
    }
}
