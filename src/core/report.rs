//! What one reconcile leaves behind: the status, the events, and when to look again. Written on every path.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::status::{ExpressGatewayServiceStatus, Submission};

use super::conditions::{Statement, Truth, stated};
use super::desired::{Desired, Intent};
use super::events::{Note, events};
use super::failure::Failure;
use super::observed::Observed;
use super::plan::{Plan, Requeue, Verdict};
use super::retry::Backoff;
use super::step::{Effect, Step};
use super::target::set_paths;
use super::{advice, explain, facts};

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
    let mut status = situation.before.clone();
    status.observed_generation = situation.desired.generation;
    record_facts(situation, &mut status);
    remember(situation, &mut status, now);
    let unseen = situation.observed.err().filter(|_| situation.plan.is_none());
    let failure = unseen.or(situation.outcome.and_then(Result::err));
    let again = count_failures(situation, failure, &mut status, backoff, now);
    let statements = statements(situation, &status);
    if !statements.is_empty() {
        status.conditions = stated(&situation.before.conditions, statements, situation.desired.generation, now);
    }
    refresh_time(situation, &mut status, now);
    let effect = situation.outcome.and_then(Result::ok);
    let events = events(situation.before, &status, situation.plan, effect);
    Report { status, events, again }
}

fn record_facts(situation: &Situation<'_>, status: &mut ExpressGatewayServiceStatus) {
    let Ok(observed) = situation.observed else { return };
    let verdict = situation.plan.map(|p| &p.verdict);
    match verdict {
        // What belongs to somebody else is not shown as this object's.
        Some(Verdict::NotOurs(_) | Verdict::NotExpress | Verdict::WaitingForDrain) => facts::forget(status),
        _ => facts::record(status, observed, situation.region),
    }
    let gone = matches!(observed, Observed::Absent | Observed::Inactive(_));
    let visible_yet = matches!(situation.plan.map(|p| &p.step), Some(Step::Wait));
    if gone && !visible_yet && !situation.desired.deleting {
        facts::forget(status);
    }
}

fn remember(situation: &Situation<'_>, status: &mut ExpressGatewayServiceStatus, now: Timestamp) {
    let Some(plan) = situation.plan else { return };
    if let Some(failure) = &plan.failure {
        status.failed_attempt = Some(failure.clone());
    }
    let Ok(intent) = &situation.desired.intent else { return };
    match (&plan.verdict, situation.outcome) {
        (_, Some(Ok(Effect::Created { service_arn }))) => {
            status.account_id = service_arn.split(':').nth(4).map(str::to_owned);
            status.service_arn = Some(service_arn.clone());
            // Taken from the next reading: nobody has seen that the create's answer has the same moment.
            status.service_created_at = None;
            status.region = Some(situation.region.to_owned());
            status.submitted = Some(submission(situation.desired, intent, None, 0, Some(now)));
        }
        (Verdict::Updating { repeats, .. }, Some(Ok(Effect::Updated { target_revision }))) => {
            let submission = submission(situation.desired, intent, target_revision.clone(), *repeats, Some(now));
            status.latest_revision = target_revision.clone().or(status.latest_revision.take());
            status.submitted = Some(submission);
            status.failed_attempt = None;
            status.last_handled_retry_at.clone_from(&situation.desired.retry_token);
        }
        (Verdict::RollingOut | Verdict::RollingBack, _) => follow(situation.desired, intent, status),
        (Verdict::Settled, _) => settle(situation, intent, plan, status),
        _ => {}
    }
}

fn submission(
    desired: &Desired,
    intent: &Intent,
    revision: Option<String>,
    repeats: i32,
    at: Option<Timestamp>,
) -> Submission {
    Submission {
        generation: desired.generation,
        spec_hash: intent.spec_hash.clone(),
        at: at.map(Time),
        revision,
        repeats,
        paths: set_paths(&intent.configuration),
        security_groups: intent.configuration.security_groups.iter().cloned().collect(),
        tag_keys: intent.user_tags.keys().cloned().collect(),
    }
}

/// The deployment in flight is this spec's: from now on its revision is known.
fn follow(desired: &Desired, intent: &Intent, status: &mut ExpressGatewayServiceStatus) {
    let target = status.deployment.as_ref().and_then(|d| d.target_revision.clone());
    let known = status.submitted.as_ref().filter(|s| s.spec_hash == intent.spec_hash);
    let mut submitted = known.cloned().unwrap_or_else(|| submission(desired, intent, None, 0, None));
    submitted.revision = target.clone().or(submitted.revision);
    status.latest_revision = target.or(status.latest_revision.take());
    status.submitted = Some(submitted);
    if let Some(target) = status.revisions.iter_mut().find(|r| Some(&r.arn) == status.latest_revision.as_ref()) {
        target.image = intent.configuration.container.as_ref().map(|c| c.image.clone()).or(target.image.take());
    }
}

/// The spec is live: the serving revision is this spec's, whoever made it.
fn settle(situation: &Situation<'_>, intent: &Intent, plan: &Plan, status: &mut ExpressGatewayServiceStatus) {
    status.last_handled_retry_at.clone_from(&situation.desired.retry_token);
    status.failed_attempt = None;
    if plan.comparison.is_none() {
        return;
    }
    let tag_keys = status.submitted.as_ref().map(|s| s.tag_keys.clone()).unwrap_or_default();
    let at = status.submitted.as_ref().and_then(|s| s.at.as_ref()).map(|t| t.0);
    let mut settled = submission(situation.desired, intent, status.serving_revision.clone(), 0, at);
    if !matches!(plan.step, Step::Nothing) && !matches!(situation.outcome, Some(Ok(_))) {
        settled.tag_keys.extend(tag_keys);
        settled.tag_keys.sort();
        settled.tag_keys.dedup();
    }
    status.latest_revision.clone_from(&status.serving_revision);
    status.submitted = Some(settled);
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
        let retry = backoff.after(before, desired.generation, failure.class, &desired.owner.uid, now);
        let again = again_at(retry.next_attempt_at.as_ref(), now);
        status.retry = Some(retry);
        return again.unwrap_or(Again::For(requeue));
    }
    if matches!(situation.plan.map(|p| &p.verdict), Some(Verdict::BackingOff)) {
        let due = situation.before.retry.as_ref().and_then(|r| r.next_attempt_at.as_ref());
        return again_at(due, now).unwrap_or(Again::For(requeue));
    }
    status.retry = None;
    Again::For(requeue)
}

fn again_at(moment: Option<&Time>, now: Timestamp) -> Option<Again> {
    let left = moment?.0.duration_since(now);
    Some(Again::After(Duration::try_from(left).unwrap_or(Duration::ZERO)))
}

fn statements(situation: &Situation<'_>, status: &ExpressGatewayServiceStatus) -> Vec<Statement> {
    let desired = situation.desired;
    let plan = match (situation.plan, situation.observed) {
        (Some(plan), _) => plan,
        (None, Err(failure)) => return advice::unread(failure, desired, situation.before),
        (None, Ok(_)) => return Vec::new(),
    };
    let planned = explain::statements(plan, desired, status);
    match (situation.outcome, &plan.verdict) {
        (Some(Err(failure)), Verdict::Settled | Verdict::Held(_)) => tags_failed(planned, failure, desired),
        (Some(Err(failure)), _) => advice::statements(failure, desired),
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

/// The time of the reading rides along with other changes; by itself it is written once an hour.
fn refresh_time(situation: &Situation<'_>, status: &mut ExpressGatewayServiceStatus, now: Timestamp) {
    if situation.observed.is_err() {
        return;
    }
    let old = status.last_observed_time.as_ref();
    let recent = old.is_some_and(|old| now.duration_since(old.0) < OBSERVED_TIME_GRAIN);
    if !recent || status != situation.before {
        status.last_observed_time = Some(Time(now));
    }
}
