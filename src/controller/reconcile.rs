//! One reconcile: read the object and ECS, decide, act once, tell.

use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::controller::Action;
use kube::{Resource, ResourceExt};
use tracing::Instrument;

use crate::api::ExpressGatewayService;
use crate::core::events::Note;
use crate::core::failure::Failure;
use crate::core::managed::ManagedReading;
use crate::core::memory::Memory;
use crate::core::observed::{Known, Observed, Rested};
use crate::core::plan::{Plan, Requeue, Verdict, plan, plan_unseen};
use crate::core::redaction::Redaction;
use crate::core::report::{Report, Situation, report};
use crate::core::step::{Effect, Step};
use crate::core::unwritten;

use super::context::{Context, Error, Metadata};
use super::look::{Look, Looked, look};
use super::metrics::{AwsWrite, KubernetesWrite, ReconcileOutcome, WriteOutcome};
use super::object::LiveObject;
use super::recollection::{Key, Recollection};
use super::requeue::action;
use super::{announce, finalizer, refusal, status, transitions};

/// Reconciles the object that `metadata` names, as soon as a worker is free.
pub async fn reconcile(metadata: Arc<Metadata>, context: Arc<Context>) -> Result<Action, Error> {
    // Refused only when the controller ends.
    let Ok(_worker) = context.workers.acquire().await else { return Ok(Action::await_change()) };
    // Thousands may wait: what a reconcile needs is made when it begins.
    Box::pin(in_time(&metadata, &context)).await
}

async fn in_time(metadata: &Metadata, context: &Context) -> Result<Action, Error> {
    let key: Key = (metadata.namespace().unwrap_or_default(), metadata.name_any());
    let span = tracing::info_span!("reconcile", object = format!("{}/{}", key.0, key.1), step = tracing::field::Empty);
    let limit = context.settings.pace.reconcile_time_limit;
    let timer = context.metrics.reconcile_started();
    let work = std::panic::AssertUnwindSafe(once(metadata, &key, context)).catch_unwind();
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
    let api = context.objects(&key.0);
    let mut turn = context.head_starts.turn(key);
    let looked = match look(&api, metadata, key, &mut turn, context).await? {
        Look::Done(looked) => *looked,
        Look::Gone => {
            context.forget(key);
            return Ok((Action::await_change(), ReconcileOutcome::Settled));
        }
        Look::Early { object, live, told } => {
            tell(&api, &object, &live, &told, false, context).await?;
            return Ok((action(told.again, &live.desired, &context.settings.pace), ReconcileOutcome::Waiting));
        }
    };
    let Looked { object, live, observed, full_at, freshness } = looked;
    let redaction = live.redaction_of(observed.as_ref().ok(), context.ecs.region());
    let observed = observed
        .map(|observed| redaction.reading(observed, live.before.deployment.as_ref()))
        .map_err(|failure| redaction.failure(failure));
    if let Err(failure) = &observed {
        log_failure(failure, live.before.retry.is_some());
    }
    let memory = Memory::of(&live.before);
    let repeated = live.before.retry.is_some();
    let (object, live, decided) = decide(&api, object, live, observed.as_ref().ok(), &memory, context).await?;
    let outcome = act(&api, &object, decided.as_ref(), (&redaction, repeated), context).await?;
    let situation = Situation {
        desired: &live.desired,
        before: &live.before,
        observed: observed.as_ref(),
        plan: decided.as_ref(),
        outcome: outcome.as_ref().map(Result::as_ref),
        freshness,
        region: context.ecs.region(),
    };
    let told = report(&situation, &context.settings.pace.backoff(), Timestamp::now());
    let released = decided.as_ref().is_some_and(|plan| matches!(plan.step, Step::Release));
    tell(&api, &object, &live, &told, released, context).await?;
    if released {
        context.forget(key);
        return Ok((Action::await_change(), ReconcileOutcome::Acted));
    }
    let last_read = if observed.is_ok() { Some(Timestamp::now()) } else { freshness.last_read().map(|time| time.0) };
    let rested = rested(observed.as_ref().ok(), decided.as_ref());
    let managed_just_now = matches!(&observed, Ok(Observed::Live(seen)) if seen.managed != ManagedReading::NotAsked);
    let read = LastReading { full_at, last_read, managed_just_now };
    recollect(key, &live, &told, rested, read, context);
    let ended = outcome_word(decided.as_ref(), observed.is_err() || matches!(outcome, Some(Err(_))));
    Ok((action(told.again, &live.desired, &context.settings.pace), ended))
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
        let decided = plan_unseen(&live.desired, memory);
        return Ok((object, live, decided));
    };
    let decided = plan(&live.desired, observed, memory, Timestamp::now());
    if decided.step != Step::AddFinalizer {
        return Ok((object, live, Some(decided)));
    }
    let written = finalizer::add(api, &object).await;
    context.metrics.wrote_to_kubernetes(KubernetesWrite::Finalizer, ended(&written));
    let object = written?;
    let live = context.understand(&object);
    let decided = plan(&live.desired, observed, memory, Timestamp::now());
    Ok((object, live, Some(decided)))
}

async fn act(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    decided: Option<&Plan>,
    (redaction, repeated): (&Redaction, bool),
    context: &Context,
) -> Result<Option<Result<Effect, Failure>>, Error> {
    let Some(decided) = decided else { return Ok(None) };
    tracing::Span::current().record("step", decided.step.as_ref());
    if decided.step == Step::Release {
        let written = finalizer::remove(api, object).await;
        context.metrics.wrote_to_kubernetes(KubernetesWrite::Finalizer, ended(&written));
        if let Err(error) = written {
            say_unwritten(object, &error, &[], context).await;
            return Err(error.into());
        }
        return Ok(None);
    }
    let Some(write) = decided.step.aws_write() else { return Ok(None) };
    let done = context.ecs.act(write).await.map_err(|failure| redaction.failure(failure));
    let kind = match decided.step {
        Step::Create(_) => AwsWrite::Create,
        Step::Update(_) => AwsWrite::Update,
        Step::Stop { .. } => AwsWrite::Stop,
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
        let written = status::write(api, object, &told.status).await;
        context.metrics.wrote_to_kubernetes(KubernetesWrite::Status, ended(&written));
        if let Err(error) = written {
            say_unwritten(object, &error, &told.status.conditions, context).await;
            return Err(error.into());
        }
    }
    transitions::count(&context.metrics, owner, &live.before, &told.status);
    let about = about(object);
    for note in &told.events {
        announce(context, &about, note).await;
    }
    Ok(())
}

fn about(object: &DynamicObject) -> ObjectReference {
    object.object_ref(&ApiResource::erase::<ExpressGatewayService>(&()))
}

/// Says once of an object that it cannot be written to. Its status cannot say it.
async fn say_unwritten(object: &DynamicObject, error: &kube::Error, conditions: &[Condition], context: &Context) {
    if !refusal::is_about_the_object(error) {
        return;
    }
    let note = unwritten::note(conditions, &refusal::fields_of(error));
    let key: Key = (object.namespace().unwrap_or_default(), object.name_any());
    if context.recollections.is_news(key, format!("{} {}", object.uid().unwrap_or_default(), note.text)) {
        announce(context, &about(object), &note).await;
    }
}

async fn announce(context: &Context, about: &ObjectReference, note: &Note) {
    tracing::info!(event = %note.reason, "{}", note.text);
    let published = announce::publish(&context.client, about, note).await;
    context.metrics.wrote_to_kubernetes(KubernetesWrite::Event, ended(&published));
    if let Err(error) = published {
        tracing::warn!("an event was lost: {}", refusal::said(&error));
    }
}

/// What need not be read again of a service that rests and that nothing is done about.
fn rested(observed: Option<&Observed>, decided: Option<&Plan>) -> Option<Rested> {
    let plan = decided.filter(|plan| plan.step.aws_write().is_none())?;
    match (observed?, &plan.verdict) {
        (Observed::Live(live), Verdict::RollingOutOther | Verdict::HeldBack { .. }) if live.in_flight.is_some() => {
            Rested::of(live)
        }
        _ if plan.requeue != Requeue::Settled => None,
        // A write that is due is made from a new reading, and what ECS does not show yet may come.
        (_, Verdict::Settled | Verdict::BackingOff | Verdict::NotConverging(_)) => None,
        (Observed::Live(live), _) => Rested::of(live),
        _ => None,
    }
}

/// What was read, and when.
struct LastReading {
    full_at: Instant,
    last_read: Option<Timestamp>,
    managed_just_now: bool,
}

fn recollect(
    key: &Key,
    live: &LiveObject,
    told: &Report,
    rested: Option<Rested>,
    read: LastReading,
    context: &Context,
) {
    let Some(place) = live.desired.place.clone() else { return };
    let generation = live.desired.generation;
    let adoption = live.desired.policy.adoption;
    let known = Known { adoption, rested, ..Memory::of(&told.status).known(generation, false) };
    let uid = live.desired.owner.uid.clone();
    let service_arn = told.status.service_arn.clone();
    let reads_anyones = live.desired.policy.reads_anyones();
    let LastReading { full_at, last_read, managed_just_now } = read;
    let managed_at = match managed_just_now {
        true => Some(Instant::now()),
        false => context.recollections.of(key, &uid).and_then(|left| left.managed_at),
    };
    let answered = told.status.handled_requests.clone().unwrap_or_default();
    let left = Recollection {
        uid,
        generation,
        place,
        service_arn,
        reads_anyones,
        known,
        answered,
        full_at,
        last_read,
        managed_at,
        managed_just_now,
    };
    context.recollections.keep(key.clone(), left);
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
