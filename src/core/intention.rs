//! What is written down before it is sent. Between a write's effect and its record lies a moment in which the controller can
//! die; what it was about to do must not be forgotten with it, or a rollout that fails meanwhile is started again.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::status::ExpressGatewayServiceStatus;

use super::desired::Desired;
use super::failure::{Failure, FailureClass};
use super::plan::{Plan, Verdict};
use super::report::{Situation, remembered};
use super::rollback_request;
use super::step::{AwsWrite, Effect, Step};

/// The status that is written before the plan's write to AWS is sent: what would be remembered of it if its answer never
/// came. What it says to people stays as it is. `None`: the write can be repeated without harm, or needs nothing remembered.
///
/// It goes over the resourceVersion that was read, so that of two controllers that both believe they lead one is refused.
#[must_use]
pub fn intended(situation: &Situation<'_>, now: Timestamp) -> Option<ExpressGatewayServiceStatus> {
    let plan = situation.plan?;
    if let Step::Stop { deployment_arn } = &plan.step {
        // So that what ECS does then is known to be what a person asked for.
        let rollback = rollback_request::sent(deployment_arn, situation.before)?;
        return Some(ExpressGatewayServiceStatus { rollback: Some(rollback), ..situation.before.clone() });
    }
    let write = plan.step.aws_write().filter(|write| must_be_remembered(plan, write))?;
    let lost = Failure {
        operation: write.operation(),
        class: FailureClass::Unavailable,
        code: "NotSentYet".to_owned(),
        message: String::new(),
        request_id: None,
    };
    let mut status = remembered(&Situation { outcome: Some(Err(&lost)), ..*situation }, now);
    if let (AwsWrite::Create(_) | AwsWrite::Update(_), Some(sent)) = (&write, &mut status.submitted) {
        sent.at = Some(Time(unlike(situation.before, sent_at_the_latest(situation.desired, now))));
    }
    Some(status)
}

/// Two that believe they lead may write down the same within one second, and each must see that the other has: what differs in
/// nothing is no write. (A status keeps whole seconds only.)
fn unlike(before: &ExpressGatewayServiceStatus, at: Timestamp) -> Timestamp {
    let written = before.submitted.as_ref().and_then(|sent| sent.at.as_ref());
    let is_like_it = written.is_some_and(|written| written.0.as_second() == at.as_second());
    at.checked_add(SignedDuration::from_secs(i64::from(is_like_it))).unwrap_or(at)
}

/// Whether what came of a write is told over whatever else of the object has changed since: AWS has taken it, or may have, or
/// it was written down and has to be taken back.
#[must_use]
pub fn must_be_told(outcome: Option<Result<&Effect, &Failure>>, was_written_down: bool) -> bool {
    was_written_down || outcome.is_some_and(|it| it.err().is_none_or(Failure::may_have_taken_effect))
}

/// A write that is remembered from later than now was sent before somebody set the clock back: it counts as sent now, or what is
/// waited for would be waited for until the clock has caught up.
pub(super) fn sent_by_now(desired: &Desired, status: &mut ExpressGatewayServiceStatus, now: Timestamp) {
    let latest = sent_at_the_latest(desired, now);
    if let Some(at) = status.submitted.as_mut().and_then(|sent| sent.at.as_mut()) {
        at.0 = at.0.min(latest);
    }
}

/// When a write that is decided now will have been sent at the latest.
#[must_use]
pub fn sent_at_the_latest(desired: &Desired, now: Timestamp) -> Timestamp {
    now.checked_add(sending_limit(desired)).unwrap_or(now)
}

/// For so long after it was decided a write may be on its way; one that is held up for longer, in a process that was paused,
/// is decided anew. Otherwise nobody could ever know that what was written down has not happened.
pub(super) fn sending_limit(desired: &Desired) -> SignedDuration {
    desired.visibility_grace / 2
}

/// An update starts a canary. A create makes a service that is this object's even if it goes away meanwhile, and only what was
/// created by it may be deleted as a wedge. A service that is deleted in order to be created again is so only once.
fn must_be_remembered(plan: &Plan, write: &AwsWrite<'_>) -> bool {
    match write {
        AwsWrite::Update(_) | AwsWrite::Create(_) => true,
        AwsWrite::Delete { .. } => plan.verdict == Verdict::Recreating,
        AwsWrite::Retag(_) | AwsWrite::Stop { .. } => false,
    }
}

#[cfg(test)]
#[path = "intention_tests.rs"]
mod tests;
