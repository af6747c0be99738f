//! What one reconcile leaves behind: the status, the events, and when to look again. Written on every path.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::Mode;
use crate::api::status::{ExpressGatewayServiceStatus, NEVER_OBSERVED, Submission};

use super::conditions::{Statement, Truth, stated};
use super::desired::Desired;
use super::events::{Note, events};
use super::failure::Failure;
use super::freshness::Freshness;
use super::memory::Memory;
use super::observed::{Observed, Presence};
use super::plan::{Plan, Requeue, Verdict, may_still_come};
use super::retry::Backoff;
use super::rollback_request::Answer;
use super::step::{Effect, Step};
use super::submission::{follow, give_up, settle, submission};
use super::{
    advice, approval, bake, drift, explain, explain_held_back, facts, intention, requests, rollback_request, wedge,
};

/// `lastObservedTime` alone is reason enough to write a status only this often.
pub const OBSERVED_TIME_GRAIN: SignedDuration = SignedDuration::from_hours(1);

/// Everything that one reconcile came to know and did.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// What is wanted.
    pub desired: &'a Desired,
    /// The status before.
    pub before: &'a ExpressGatewayServiceStatus,
    /// What was seen.
    pub observed: Result<&'a Observed, &'a Failure>,
    /// What was decided; `None` when nothing could be seen.
    pub plan: Option<&'a Plan>,
    /// What the write to AWS came to; `None` when there was none.
    pub outcome: Option<Result<&'a Effect, &'a Failure>>,
    /// How old the last reading is.
    pub freshness: Freshness,
    /// The region that the controller works in.
    pub region: &'a str,
}

/// What a reconcile leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The new status. Equal to the one before: nothing is written.
    pub status: ExpressGatewayServiceStatus,
    /// Events to publish.
    pub events: Vec<Note>,
    /// When to look again.
    pub again: Again,
}

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// After what the plan waits for.
    For(Requeue),
    /// After a failure's delay.
    After(Duration),
}

/// Tells what happened.
#[must_use]
pub fn report(situation: &Situation<'_>, backoff: &Backoff, now: Timestamp) -> Report {
    let mut status = remembered(situation, now);
    status.observed_generation = situation.desired.generation;
    if requests::are_answered_by(situation.observed) {
        requests::answer(&situation.desired.requests, &mut status);
    }
    let unseen = situation.observed.err().filter(|_| situation.plan.is_none());
    let failure = unseen.or(situation.outcome.and_then(Result::err));
    let again = count_failures(situation, failure, &mut status, backoff, now);
    let statements = statements(situation, &status, now);
    if !statements.is_empty() {
        status.conditions = stated(&situation.before.conditions, statements, situation.desired.generation, now);
    }
    facts::summarize_reason(&mut status);
    refresh_time(situation, &mut status, now);
    let effect = situation.outcome.and_then(Result::ok);
    let events = events(situation.before, &status, situation.plan, effect);
    Report { status, events, again }
}

/// What was seen and done, and what a later reconcile has to know of it; not yet what is said of it.
pub(super) fn remembered(situation: &Situation<'_>, now: Timestamp) -> ExpressGatewayServiceStatus {
    let mut status = situation.before.clone();
    intention::sent_by_now(situation.desired, &mut status, now);
    if situation.before.observed_generation == NEVER_OBSERVED {
        // A retry annotation that was there before the first look asks for nothing.
        status.last_handled_retry_at.clone_from(&situation.desired.retry_token);
        status.last_handled_rollback_at.clone_from(&situation.desired.rollback_token);
    }
    record_facts(situation, &mut status, now);
    if let Ok(Observed::Live(live)) = situation.observed {
        bake::record(&mut status, situation.before, live.in_flight.as_ref(), now);
    }
    rollback_request::remember(situation, &mut status);
    remember(situation, &mut status, now);
    approval::remember(situation, &mut status);
    drift::remember(situation, &mut status, now);
    wedge::remember(situation, &mut status, now);
    status
}

fn record_facts(situation: &Situation<'_>, status: &mut ExpressGatewayServiceStatus, now: Timestamp) {
    let Ok(observed) = situation.observed else { return };
    let waits = matches!(situation.plan.map(|p| &p.step), Some(Step::Wait));
    let deleting = situation.desired.deleting;
    if matches!(situation.plan.map(|p| &p.verdict), Some(Verdict::ImmutableDiffers(it)) if it.is_out_of_sight()) {
        // Nothing was seen of the service.
        return;
    }
    let memory = Memory::of(situation.before);
    let managed = |presence: &Presence| memory.has_managed(presence);
    let is_ours = |presence: &Presence| situation.desired.owner.of_managed(&presence.tags, managed(presence)).is_ours();
    let reads_anyones = situation.desired.policy.reads_anyones();
    let is_shown = match observed {
        // What belongs to somebody else is not shown as this object's, unless it was asked for.
        Observed::Live(live) => is_ours(&live.presence) || reads_anyones,
        Observed::NotExpress(_) | Observed::InAnotherAccount(_) => false,
        Observed::Draining(presence) => deleting && is_ours(presence),
        // What was just sent may not be visible yet, and what is being deleted is told of to its end.
        Observed::Absent | Observed::Inactive(_) => {
            waits || deleting || may_still_come(situation.desired, &memory, now)
        }
    };
    match is_shown {
        true => facts::record(status, observed, situation.region),
        false => forget(situation, observed, status),
    }
}

/// What is not this object's is not told of. That a live service was, is remembered: another owner has taken it over.
fn forget(situation: &Situation<'_>, observed: &Observed, status: &mut ExpressGatewayServiceStatus) {
    facts::forget(status);
    let before = &situation.before.service_created_at;
    if let Observed::Live(live) = observed
        && before.is_some()
        && live.presence.was_created_at(before.as_ref().map(|time| time.0))
    {
        status.service_created_at.clone_from(before);
    }
}

fn remember(situation: &Situation<'_>, status: &mut ExpressGatewayServiceStatus, now: Timestamp) {
    let Some(plan) = situation.plan else { return };
    status.plan.clone_from(&plan.held_back);
    if let Some(failure) = &plan.failure {
        status.failed_attempt = Some(failure.clone());
        give_up(status);
    }
    status.draining_since = draining_since(situation, now);
    let drains = situation.desired.deleting && matches!(situation.observed, Ok(Observed::Draining(_)));
    if drains || matches!(situation.outcome, Some(Ok(Effect::Deleting))) {
        // The deletion has begun: nothing that was sent is waited for any more.
        status.submitted = None;
    }
    let Ok(intent) = &situation.desired.intent else { return };
    let was_sent = status.submitted.as_ref().is_some_and(|sent| sent.spec_hash == intent.spec_hash);
    if situation.desired.policy.mode == Mode::Observe && !was_sent {
        // What is only observed was not set by this object: nothing of it goes back to a default when it leaves the YAML.
        return;
    }
    let sent = |status: &_, revision| submission(situation, status, intent, revision, Some(now));
    match (&plan.verdict, situation.outcome) {
        (_, Some(Ok(Effect::Created { service_arn }))) => {
            status.cluster = situation.desired.place.as_ref().map(|place| place.cluster.clone());
            status.account_id = service_arn.split(':').nth(4).map(str::to_owned);
            status.service_arn = Some(service_arn.clone());
            // Taken from the next reading: nobody has seen that the create's answer has the same moment.
            status.service_created_at = None;
            status.region = Some(situation.region.to_owned());
            status.submitted = Some(sent(status, None));
            status.last_handled_retry_at.clone_from(&situation.desired.retry_token);
        }
        (_, Some(Err(failure))) if failure.is_lost_create() => {
            status.submitted = Some(sent(status, None));
            status.last_handled_retry_at.clone_from(&situation.desired.retry_token);
        }
        (Verdict::LookedFor, _) if status.submitted.is_none() => status.submitted = Some(sent(status, None)),
        (Verdict::Adopting(_), Some(Ok(Effect::Retagged))) => {
            if let Ok(Observed::Live(live)) = situation.observed {
                status.service_created_at = live.presence.created_at.map(facts::whole_seconds);
            }
        }
        (Verdict::Updating { repeats, .. }, Some(outcome))
            if outcome.err().is_none_or(Failure::may_have_taken_effect) =>
        {
            // Where the answer was lost, what fails now may be this, and ECS is given time to show it.
            let revision = outcome.ok().and_then(Effect::target_revision).cloned();
            status.latest_revision = revision.clone().or(status.latest_revision.take());
            status.submitted = Some(Submission { repeats: *repeats, ..sent(status, revision) });
            status.failed_attempt = None;
            status.last_handled_retry_at.clone_from(&situation.desired.retry_token);
        }
        (Verdict::RollingOut, _) => {
            // Nothing has failed yet: a retry that is asked for now is not about what may fail later.
            status.last_handled_retry_at.clone_from(&situation.desired.retry_token);
            follow(situation, intent, status);
        }
        (Verdict::RollingBack, _) => follow(situation, intent, status),
        (_, None | Some(Err(_))) if plan.wedge.is_some() => follow(situation, intent, status),
        (Verdict::Held(failed), _) => status.failed_attempt = Some(failed.clone()),
        (Verdict::Settled, _) => settle(situation, intent, plan, status),
        _ => {}
    }
}

/// Since when ECS has been draining what has this name, as far as was seen.
fn draining_since(situation: &Situation<'_>, now: Timestamp) -> Option<Time> {
    let is_sent = matches!(situation.outcome, Some(Ok(Effect::Deleting)));
    let drains = is_sent || matches!(situation.observed, Ok(Observed::Draining(_)));
    let before = situation.before.draining_since.clone();
    drains.then(|| before.unwrap_or_else(|| facts::whole_seconds(now)))
}

fn count_failures(
    situation: &Situation<'_>,
    failure: Option<&Failure>,
    status: &mut ExpressGatewayServiceStatus,
    backoff: &Backoff,
    now: Timestamp,
) -> Again {
    let requeue = situation.plan.map_or(Requeue::Settled, |plan| plan.requeue);
    if let Some(failure) = failure {
        let desired = situation.desired;
        let before = situation.before.retry.as_ref();
        let retry = backoff.after(before, desired.generation, failure, &desired.owner.uid, now);
        let again = again_at(retry.next_attempt_at.as_ref(), now);
        status.retry = Some(retry);
        if rollback_request::is_of_a_stop(failure) {
            return Again::For(requeue);
        }
        return match again {
            Some(Again::After(delay)) if situation.observed.is_err() => {
                Again::After(situation.freshness.by_its_end(delay, now))
            }
            Some(again) => again,
            None => Again::For(requeue),
        };
    }
    if matches!(situation.plan.map(|p| &p.verdict), Some(Verdict::BackingOff)) {
        let due = situation.before.retry.as_ref().and_then(|r| r.next_attempt_at.as_ref());
        return again_at(due, now).unwrap_or(Again::For(requeue));
    }
    let stop_waits = situation.plan.is_some_and(|plan| plan.rollback == Some(Answer::Waits));
    if !stop_waits {
        status.retry = None;
    }
    Again::For(requeue)
}

fn again_at(moment: Option<&Time>, now: Timestamp) -> Option<Again> {
    let left = moment?.0.duration_since(now);
    Some(Again::After(Duration::try_from(left).unwrap_or(Duration::ZERO)))
}

fn statements(situation: &Situation<'_>, status: &ExpressGatewayServiceStatus, now: Timestamp) -> Vec<Statement> {
    let desired = situation.desired;
    let said = of_the_service(situation, status, now);
    if said.is_empty() { said } else { explain_held_back::under_policy(said, situation.plan, desired) }
}

fn of_the_service(situation: &Situation<'_>, status: &ExpressGatewayServiceStatus, now: Timestamp) -> Vec<Statement> {
    let desired = situation.desired;
    let plan = match (situation.plan, situation.observed) {
        (Some(plan), _) => plan,
        (None, Err(failure)) => {
            let stale_since = situation.freshness.stale_since(now);
            return advice::unread(failure, desired, situation.before, stale_since);
        }
        (None, Ok(_)) => return Vec::new(),
    };
    let planned = explain::statements(plan, desired, status);
    match (situation.outcome, &plan.verdict) {
        _ if rollback_request::fails(status) => rollback_request::with_refusal(planned, status),
        (Some(Err(failure)), Verdict::Settled | Verdict::Held(_)) => tags_failed(planned, failure, desired),
        (Some(Err(failure)), _) => {
            let rolled_out = planned.into_iter().filter(|s| s.kind == ConditionType::RolledOut);
            advice::statements(failure, desired).into_iter().chain(rolled_out).collect()
        }
        _ => planned,
    }
}

/// Tags could not be written; what serves is none the worse for it.
fn tags_failed(mut planned: Vec<Statement>, failure: &Failure, desired: &Desired) -> Vec<Statement> {
    let message = advice::message(failure, desired);
    let stalled = planned.iter().any(|s| s.kind == ConditionType::Stalled);
    if !stalled {
        planned.retain(|s| s.kind != ConditionType::Synced);
        planned.push(Statement::new(ConditionType::Synced, Truth::False, Reason::Error, &message));
        let retry = Reason::ProgressingWithRetry;
        planned.push(Statement::new(ConditionType::Reconciling, Truth::True, retry, message));
    }
    planned
}

/// The time of the reading rides along with other changes; by itself it is written once an hour, and when ECS cannot be read
/// any more.
fn refresh_time(situation: &Situation<'_>, status: &mut ExpressGatewayServiceStatus, now: Timestamp) {
    if situation.observed.is_err() {
        status.last_observed_time = situation.freshness.last_read();
        return;
    }
    let old = status.last_observed_time.as_ref();
    let recent = old.is_some_and(|old| now.duration_since(old.0) < OBSERVED_TIME_GRAIN);
    if !recent || status != situation.before {
        status.last_observed_time = Some(Time(now));
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
