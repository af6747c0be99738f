//! What is written down before it is sent. Between a write's effect and its record lies a moment in which the controller can
//! die; what it was about to do must not be forgotten with it, or a rollout that fails meanwhile is started again.

use jiff::Timestamp;

use crate::api::status::{ExpressGatewayServiceStatus, NEVER_OBSERVED};

use super::failure::{Failure, FailureClass};
use super::plan::{Plan, Verdict};
use super::report::{Situation, remembered};
use super::step::AwsWrite;

/// The status that is written before the plan's write to AWS is sent: what would be remembered of it if its answer never
/// came. What it says to people stays as it is. `None`: the write can be repeated without harm, or needs nothing remembered.
///
/// It goes over the resourceVersion that was read, so that of two controllers that both believe they lead one is refused.
#[must_use]
pub fn intended(situation: &Situation<'_>, now: Timestamp) -> Option<ExpressGatewayServiceStatus> {
    let plan = situation.plan?;
    let write = plan.step.aws_write().filter(|write| must_be_remembered(plan, write, situation.before))?;
    let lost = Failure {
        operation: write.operation(),
        class: FailureClass::Unavailable,
        code: "NotSentYet".to_owned(),
        message: String::new(),
        request_id: None,
    };
    Some(remembered(&Situation { outcome: Some(Err(&lost)), ..*situation }, now))
}

/// An update starts a canary. A create is found again by its name, but what was deleted before it is known by the status
/// alone; and a service that is deleted in order to be created again is so only once.
fn must_be_remembered(plan: &Plan, write: &AwsWrite<'_>, before: &ExpressGatewayServiceStatus) -> bool {
    match write {
        AwsWrite::Update(_) => true,
        AwsWrite::Create(_) => before.observed_generation != NEVER_OBSERVED,
        AwsWrite::Delete { .. } => plan.verdict == Verdict::Recreating,
        AwsWrite::Retag(_) | AwsWrite::Stop { .. } => false,
    }
}

#[cfg(test)]
#[path = "intention_tests.rs"]
mod tests;
