//! A rollback that a person asks for by annotation: the deployment in flight is stopped, and what cannot be done is answered.

use strum::Display;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::status::{ExpressGatewayServiceStatus, RollbackStatus};

use super::advice;
use super::conditions::Statement;
use super::desired::Desired;
use super::events::{EventReason, Note};
use super::facts::short_revision;
use super::failure::{Failure, FailureClass, Operation};
use super::memory::Memory;
use super::observed::Observed;
use super::plan::{Plan, Requeue, Verdict};
use super::plan_failure::failed_outcome;
use super::report::Situation;
use super::rollout::Deployment;
use super::step::{Effect, Step};

/// What became of a request.
#[derive(Clone, Debug, Display, PartialEq, Eq)]
pub enum Answer {
    /// ECS was told to go back.
    #[strum(to_string = "ECS was told to go back from revision {revision}, as the annotation asked")]
    Stopped {
        /// ARN of the deployment.
        deployment: String,
        /// Short id of the revision that was rolled out.
        revision: String,
    },
    /// ECS was on its way back when it was asked for.
    #[strum(to_string = "ECS is on its way back already")]
    GoingBack {
        /// ARN of the deployment.
        deployment: String,
    },
    /// The deployment in flight replaces nothing.
    #[strum(
        to_string = "nothing was stopped: there is no revision to go back to before the first rollout has ended well. Change the spec, which replaces it, or delete the object"
    )]
    NothingToGoBackTo,
    /// No deployment is in flight.
    #[strum(
        to_string = "nothing was stopped: no deployment is in flight. To go back to an earlier revision, write its values into the spec"
    )]
    NothingInFlight,
    /// There is no service that could have a deployment.
    #[strum(to_string = "nothing was stopped: there is no service yet")]
    NoService,
    /// The service belongs to somebody else.
    #[strum(to_string = "nothing was stopped: the service is not this object's")]
    NotOurs,
    /// The stop failed, and is due again later: not answered yet.
    #[strum(to_string = "it is tried again later")]
    Waits,
}

impl Answer {
    fn status(&self) -> RollbackStatus {
        let deployment = match self {
            Self::Stopped { deployment, .. } | Self::GoingBack { deployment } => Some(deployment.clone()),
            _ => None,
        };
        RollbackStatus { answer: self.to_string(), deployment }
    }
}

/// Whether a rollback is asked for that was not answered yet. An annotation that was there before the first look asks for
/// nothing: it may be older than what is in flight.
#[must_use]
pub fn is_asked(desired: &Desired, handled: Option<&String>, was_ever_observed: bool) -> bool {
    let token = desired.rollback_token.as_ref();
    was_ever_observed && !desired.deleting && token.is_some() && token != handled
}

/// The plan as it is when a rollback is asked for: it stops what is in flight, or says why it does not. The stop comes before
/// an update that is due as well, for there is one write at a time.
pub(super) fn heeded(plan: Plan, desired: &Desired, observed: &Observed, memory: &Memory) -> Plan {
    let handled = memory.handled_rollback_token.as_ref();
    if !is_asked(desired, handled, memory.was_ever_observed) || plan.verdict == Verdict::Fresh {
        return plan;
    }
    let answer = match observed {
        Observed::Live(live) if !desired.owner.of(&live.presence.tags).is_ours() => Answer::NotOurs,
        Observed::Live(live) => match &live.in_flight {
            Some(deployment) => return in_flight(plan, deployment, memory),
            None if may_begin_in_a_moment(&plan) => return plan,
            None => match live.last_ended.as_ref().filter(|ended| failed_outcome(&ended.state).is_some()) {
                Some(ended) if was_stopped(ended, memory) => stopped(ended),
                _ => Answer::NothingInFlight,
            },
        },
        _ if may_begin_in_a_moment(&plan) => return plan,
        _ => Answer::NoService,
    };
    Plan { rollback: Some(answer), ..plan }
}

/// What was sent is not shown yet: that is what the request is about.
fn may_begin_in_a_moment(plan: &Plan) -> bool {
    match plan.verdict {
        Verdict::Submitted => true,
        Verdict::Creating => plan.step == Step::Wait,
        _ => false,
    }
}

/// Whether a deployment that goes back, or went back, is the one that a stop was sent for.
fn was_stopped(deployment: &Deployment, memory: &Memory) -> bool {
    memory.may_be_stopped && memory.rolled_back_on_request.as_ref() == Some(&deployment.arn)
}

fn stopped(deployment: &Deployment) -> Answer {
    let target = deployment.target.as_ref().map(|target| target.arn.as_str());
    Answer::Stopped {
        deployment: deployment.arn.clone(),
        revision: short_revision(target.unwrap_or_default()).to_owned(),
    }
}

fn in_flight(plan: Plan, deployment: &Deployment, memory: &Memory) -> Plan {
    if deployment.state.is_going_back() {
        let answer = match was_stopped(deployment, memory) {
            true => stopped(deployment),
            false => Answer::GoingBack { deployment: deployment.arn.clone() },
        };
        return Plan { rollback: Some(answer), ..plan };
    }
    if deployment.target.is_none() || plan.verdict == Verdict::Submitted {
        // Not described yet, or the one before: ours follows in a moment.
        return plan;
    }
    // A first deployment has no source (developer guide: service-deployment).
    if deployment.sources.is_empty() {
        return Plan { rollback: Some(Answer::NothingToGoBackTo), ..plan };
    }
    let verdict = match &plan.verdict {
        told @ (Verdict::RollingOut | Verdict::Invalid(_)) => told.clone(),
        _ => Verdict::RollingOutOther,
    };
    let step = Step::Stop { deployment_arn: deployment.arn.clone() };
    Plan { step, verdict, requeue: Requeue::Rollout, ..plan }
}

/// Whether a failed call is a stop that failed.
pub(super) fn is_of_a_stop(failure: &Failure) -> bool {
    failure.operation == Operation::StopServiceDeployment
}

/// Remembers what came of a request. One that failed is not answered yet, but told of.
pub(super) fn remember(situation: &Situation<'_>, status: &mut ExpressGatewayServiceStatus) {
    let Some(plan) = situation.plan else { return };
    let answer = match (&plan.step, situation.outcome) {
        (Step::Stop { deployment_arn }, Some(Ok(Effect::Stopped))) => Some(just_stopped(deployment_arn, status)),
        (Step::Stop { deployment_arn }, Some(Err(failure))) => {
            status.rollback = refused(failure, deployment_arn, situation);
            return;
        }
        _ => plan.rollback.clone().filter(|answer| *answer != Answer::Waits),
    };
    if let Some(answer) = answer {
        status.last_handled_rollback_at.clone_from(&situation.desired.rollback_token);
        status.rollback = Some(answer.status());
    }
}

/// What stands while a stop is being sent. `None`: it says already that it may have been.
pub(super) fn sent(deployment_arn: &str, before: &ExpressGatewayServiceStatus) -> Option<RollbackStatus> {
    let memory = Memory::of(before);
    let is_known = memory.may_be_stopped && memory.rolled_back_on_request.as_deref() == Some(deployment_arn);
    let sent = RollbackStatus { answer: String::new(), deployment: Some(deployment_arn.to_owned()) };
    (!is_known).then_some(sent)
}

fn just_stopped(deployment_arn: &str, status: &ExpressGatewayServiceStatus) -> Answer {
    let shown = status.deployment.as_ref().filter(|shown| shown.arn == deployment_arn);
    let target = shown.and_then(|shown| shown.target_revision.as_deref());
    Answer::Stopped {
        deployment: deployment_arn.to_owned(),
        revision: short_revision(target.unwrap_or_default()).to_owned(),
    }
}

/// What is told of a stop that failed. That the deployment is not there any more, or cannot be stopped, is no news yet: it
/// may have ended a moment ago, and is looked at again first.
fn refused(failure: &Failure, deployment_arn: &str, situation: &Situation<'_>) -> Option<RollbackStatus> {
    if failure.class == FailureClass::NotFound && !fails(situation.before) {
        return None;
    }
    // The request id would make it news at every try.
    let failure = Failure { request_id: None, ..failure.clone() };
    let deployment = failure.may_have_taken_effect().then(|| deployment_arn.to_owned());
    Some(RollbackStatus { answer: advice::message(&failure, situation.desired), deployment })
}

/// What is said of the service while a stop that was asked for does not get through: the rollout goes on all the same.
pub(super) fn with_refusal(said: Vec<Statement>, status: &ExpressGatewayServiceStatus) -> Vec<Statement> {
    let Some(rollback) = &status.rollback else { return said };
    let add = |statement: Statement| {
        let message = format!("{}. The rollback that was asked for: {}", statement.message, rollback.answer);
        match statement.kind {
            ConditionType::Ready => Statement { message, ..statement },
            ConditionType::Reconciling => Statement { message, reason: Reason::ProgressingWithRetry, ..statement },
            _ => statement,
        }
    };
    said.into_iter().map(add).collect()
}

/// Whether stops failed in a row, as the status remembers it.
pub(super) fn fails(status: &ExpressGatewayServiceStatus) -> bool {
    status.retry.as_ref().is_some_and(|retry| retry.operation == Operation::StopServiceDeployment.as_ref())
}

/// Whether the deployment in the status goes back, or went back, because it was asked for.
pub(super) fn asked_for_it(status: &ExpressGatewayServiceStatus) -> bool {
    let asked = status.rollback.as_ref().and_then(|rollback| rollback.deployment.as_ref());
    asked.is_some() && asked == status.deployment.as_ref().map(|deployment| &deployment.arn)
}

/// The answer, once; and once for each kind of failure, that there is none yet.
pub(super) fn note(before: &ExpressGatewayServiceStatus, after: &ExpressGatewayServiceStatus) -> Option<Note> {
    let text = after.rollback.as_ref()?.answer.clone();
    if before.last_handled_rollback_at != after.last_handled_rollback_at {
        return Some(Note { reason: EventReason::RollbackRequestHandled, warning: false, text });
    }
    let is_news = fails(after) && before.rollback != after.rollback;
    is_news.then_some(Note { reason: EventReason::RollbackRequestFailed, warning: true, text })
}

#[cfg(test)]
#[path = "rollback_request_tests.rs"]
mod tests;
