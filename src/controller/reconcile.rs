//! One reconcile: read the object and ECS, decide, act once, tell.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use kube::ResourceExt;
use kube::api::{Api, DynamicObject};
use tokio::time::Instant;
use tracing::Instrument;

use crate::core::intention::must_be_told;
use crate::core::managed::ManagedReading;
use crate::core::memory::Memory;
use crate::core::observed::{Known, Observed, Rested};
use crate::core::plan::{Plan, Requeue, Verdict, plan, plan_unseen};
use crate::core::report::{Report, Situation, report};
use crate::core::step::Step;

use super::context::{Context, Error, Metadata};
use super::finalizer;
use super::gate::Write;
use super::look::{Look, Looked, look};
use super::metrics::ReconcileOutcome;
use super::object::LiveObject;
use super::recollection::{Key, Recollection};
use super::requeue::{NextLook, next_look};
use super::status::Over;
use super::subject::{Subject, Writing, log_failure};

/// Reconciles the object that `metadata` names, as soon as a worker is free.
pub async fn reconcile(metadata: Arc<Metadata>, context: Arc<Context>) -> Result<NextLook, Error> {
    // Refused only when the controller ends.
    let Ok(_worker) = context.workers.acquire().await else { return Ok(None) };
    // Thousands may wait: what a reconcile needs is made when it begins.
    Box::pin(in_time(&metadata, &context)).await
}

async fn in_time(metadata: &Metadata, context: &Context) -> Result<NextLook, Error> {
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
        Ok((next, outcome)) => {
            timer.ended(outcome);
            Ok(next)
        }
        Err(error) => {
            if matches!(error, Error::Kubernetes(_)) {
                timer.ended(ReconcileOutcome::KubernetesFailed);
            }
            Err(error)
        }
    }
}

async fn once(metadata: &Metadata, key: &Key, context: &Context) -> Result<(NextLook, ReconcileOutcome), Error> {
    let api = context.objects(&key.0);
    let mut turn = context.head_starts.turn(key);
    let looked = match look(&api, metadata, key, &mut turn, context).await? {
        Look::Done(looked) => *looked,
        Look::Gone => {
            context.forget(key);
            return Ok((None, ReconcileOutcome::Settled));
        }
        Look::Early { object, live, told } => {
            let subject = Subject { api: &api, object: &object, context };
            let Writing::Done(()) = subject.tell(&live, &told, None, Over::WhatWasRead).await? else {
                return Ok(again());
            };
            return Ok((
                next_look(told.again, &live.desired, &context.settings.pace, context.clock.now()),
                ReconcileOutcome::Waiting,
            ));
        }
    };
    let Looked { object, live, observed, is_full, full_at, freshness } = looked;
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
    let situation = Situation {
        desired: &live.desired,
        before: &live.before,
        observed: observed.as_ref(),
        plan: decided.as_ref(),
        outcome: None,
        freshness,
        region: context.ecs.region(),
    };
    let subject = Subject { api: &api, object: &object, context };
    let Writing::Done(intention) = subject.intend(&situation).await? else { return Ok(again()) };
    let outcome = subject.act(decided.as_ref(), &intention, (&redaction, repeated)).await?;
    let situation = Situation { outcome: outcome.as_ref().map(Result::as_ref), ..situation };
    let told = report(&situation, &context.settings.pace.backoff(), context.clock.now());
    if decided.as_ref().is_some_and(|plan| matches!(plan.step, Step::Release)) {
        subject.announce_all(&live, &told).await?;
        context.forget(key);
        return Ok((None, ReconcileOutcome::Acted));
    }
    let must_be_told = must_be_told(situation.outcome, intention.written.is_some());
    let over = if must_be_told { Over::TheSameStatus } else { Over::WhatWasRead };
    let Writing::Done(()) = subject.tell(&live, &told, intention.written.as_ref(), over).await? else {
        return Ok(again());
    };
    let last_read = if observed.is_ok() { Some(context.clock.now()) } else { freshness.last_read().map(|time| time.0) };
    let rested = rested(observed.as_ref().ok(), decided.as_ref());
    let managed_just_now = matches!(&observed, Ok(Observed::Live(seen)) if seen.managed != ManagedReading::NotAsked);
    let read = LastReading { full_at, last_read, managed_just_now, is_full_due: is_full && observed.is_err() };
    recollect(key, &live, &told, rested, read, context);
    let ended = outcome_word(decided.as_ref(), observed.is_err() || matches!(outcome, Some(Err(_))));
    Ok((next_look(told.again, &live.desired, &context.settings.pace, context.clock.now()), ended))
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
    let decided = plan(&live.desired, observed, memory, context.clock.now());
    if decided.step != Step::AddFinalizer {
        return Ok((object, live, Some(decided)));
    }
    let object = context.write(Write::AddFinalizer, |pass| finalizer::add(pass, api, &object)).await?;
    let live = context.understand(&object);
    let decided = plan(&live.desired, observed, memory, context.clock.now());
    Ok((object, live, Some(decided)))
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
    /// Whether everything was to be read, and could not be.
    is_full_due: bool,
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
    let known = Known { adoption, rested, ..Memory::of(&told.status).known(generation, read.is_full_due) };
    let uid = live.desired.owner.uid.clone();
    let service_arn = told.status.service_arn.clone();
    let reads_anyones = live.desired.policy.reads_anyones();
    let LastReading { full_at, last_read, managed_just_now, .. } = read;
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

/// Somebody has written to the object since it was read: what was decided is about what was.
fn again() -> (NextLook, ReconcileOutcome) {
    (Some(Duration::ZERO), ReconcileOutcome::Waiting)
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
