//! What is held back, in words: by whom, what would be done, and what lets it run.

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::{Adoption, Mode};
use crate::api::names;
use crate::api::status::PlanStatus;

use super::conditions::{Statement, Truth};
use super::desired::Desired;
use super::explain::{list_of, service_name, whose};
use super::explain_wedge::in_front;
use super::immutable::INFRASTRUCTURE_ROLE;
use super::ownership::Ownership;
use super::plan::{Plan, Verdict};
use super::plan_held_back::{Approved, HeldBy};
use super::planned::Action;
use super::policy::SuspendedBy;

/// Most characters of what somebody wrote into an annotation that are repeated.
const MAX_QUOTED: usize = 32;

/// What `Ready` says of a write that is held back. Nothing is stalled, and nothing is under way.
pub(super) fn ready(by: &HeldBy, action: Action, plan: &Plan, desired: &Desired) -> Vec<Statement> {
    let due = due(action, plan, desired);
    let message = match by {
        HeldBy::ObserveOnly => observed(&due, plan, desired),
        HeldBy::Suspended(by) => format!("suspended by {}. Resuming will {due}", suspended_by(*by)),
        HeldBy::Approval(approved) => awaiting(&due, approved, plan, desired),
    };
    let reason = match by {
        _ if desired.deleting => Reason::Deleting,
        HeldBy::ObserveOnly => Reason::ObserveOnly,
        HeldBy::Suspended(_) => Reason::Suspended,
        HeldBy::Approval(_) => Reason::AwaitingApproval,
    };
    let message = format!("{}{message}", in_front(plan));
    vec![Statement::new(ConditionType::Ready, Truth::False, reason, message)]
}

/// What `Synced` says of it.
pub(super) fn synced(by: &HeldBy, plan: &Plan, desired: &Desired) -> Statement {
    let reason = match by {
        _ if desired.deleting => Reason::Deleting,
        HeldBy::ObserveOnly => Reason::ObserveOnly,
        HeldBy::Suspended(_) => Reason::Suspended,
        HeldBy::Approval(_) => Reason::OutOfSync,
    };
    let message = match paths(plan) {
        paths if paths.is_empty() => "the service is not what the spec asks for".to_owned(),
        paths => format!("live values differ from the spec: {}", list_of(&paths)),
    };
    Statement::new(ConditionType::Synced, Truth::False, reason, message)
}

/// What the policy adds to what is said of the service.
pub(super) fn under_policy(said: Vec<Statement>, plan: Option<&Plan>, desired: &Desired) -> Vec<Statement> {
    let is_settled = plan.is_some_and(|plan| plan.verdict == Verdict::Settled);
    let mut said = match plan {
        Some(plan) if is_settled && desired.policy.mode == Mode::Observe => only_observed(said, plan, desired),
        _ => said,
    };
    if let Some(by) = desired.policy.suspended {
        let (reason, how) = match by {
            SuspendedBy::Spec => (Reason::SuspendedBySpec, "set it to false"),
            SuspendedBy::Annotation => (Reason::SuspendedByAnnotation, "remove it"),
        };
        let message = format!(
            "{} stops every write to AWS; the service is observed as before. To resume, {how}",
            suspended_by(by)
        );
        said.push(Statement::new(ConditionType::Suspended, Truth::True, reason, message));
    }
    said
}

/// A service that is as the spec says, in mode `Observe`.
fn only_observed(said: Vec<Statement>, plan: &Plan, desired: &Desired) -> Vec<Statement> {
    let told = |statement: Statement| match statement.kind {
        ConditionType::Synced => Statement { reason: Reason::ObserveOnly, ..statement },
        ConditionType::Ready => {
            let message = format!("{}. {}", statement.message, unless_ours(plan, desired));
            Statement { message, ..statement }
        }
        _ => statement,
    };
    said.into_iter().map(told).collect()
}

fn observed(due: &str, plan: &Plan, desired: &Desired) -> String {
    match (&plan.not_ours, paths(plan)) {
        (None, _) => format!("mode Observe writes nothing to AWS. Mode Manage would {due}"),
        (Some(_), paths) => {
            format!("live values differ from the spec: {}. {}", list_of(&paths), unless_ours(plan, desired))
        }
    }
}

/// What mode `Manage` would do about whose service it is.
fn unless_ours(plan: &Plan, desired: &Desired) -> String {
    let nothing = "Mode Observe writes nothing to AWS";
    let adoption = desired.policy.adoption;
    let (owner, adopted, needed) = match &plan.not_ours {
        None | Some(Ownership::Ours) => return nothing.to_owned(),
        Some(Ownership::Nobody) => (None, adoption != Adoption::Never, "IfUnowned"),
        Some(Ownership::Other(owner)) => (Some(owner), adoption == Adoption::Always, "Always"),
    };
    let then = match adopted {
        true => "mode Manage would adopt it".to_owned(),
        false => format!("mode Manage would refuse it unless spec.management.adoption is {needed}"),
    };
    format!("{nothing}. The service {}; {then}", whose(owner, &desired.owner))
}

fn awaiting(due: &str, approved: &Approved, plan: &Plan, desired: &Desired) -> String {
    let hash = plan.held_back.as_ref().map(|due| due.hash.as_str()).unwrap_or_default();
    let but = match approved {
        Approved::Nothing => String::new(),
        Approved::RanBefore => {
            " The plan that the annotation approves has run, and one approval is for one run.".to_owned()
        }
        Approved::Another(other) => {
            let quoted: String = other.chars().take(MAX_QUOTED).collect();
            format!(" The annotation approves another plan, {quoted:?}.")
        }
    };
    format!(
        "waits for approval to {due}; status.plan has the values.{but} To approve: kubectl annotate -n {} egs/{} --overwrite {}={hash}",
        desired.owner.namespace,
        desired.owner.name,
        names::APPROVED_PLAN
    )
}

fn suspended_by(by: SuspendedBy) -> String {
    match by {
        SuspendedBy::Spec => "spec.management.suspend".to_owned(),
        SuspendedBy::Annotation => format!("the annotation {}", names::SUSPENDED),
    }
}

/// What the write would do: `update spec.cpu, which starts a canary`.
fn due(action: Action, plan: &Plan, desired: &Desired) -> String {
    let (paths, name) = (list_of(&paths(plan)), service_name(desired));
    match action {
        Action::Create => format!("create the service {name}"),
        Action::Update if paths.contains(INFRASTRUCTURE_ROLE) => {
            format!("refuse the service, as ECS cannot change {INFRASTRUCTURE_ROLE}")
        }
        Action::Update => format!("update {paths}, which starts a canary"),
        Action::Retag => format!("write {paths}, without a rollout"),
        Action::Adopt => format!("adopt the service {name}, by writing tags"),
        Action::Recreate => format!("delete the service {name} and create it again, with a new URL"),
        Action::Stop => "stop the deployment in flight".to_owned(),
        Action::Retain => format!("take the controller's tags off the service {name} and let it go"),
        Action::Delete => format!("delete the service {name}"),
    }
}

fn paths(plan: &Plan) -> Vec<String> {
    let changes = plan.held_back.iter().flat_map(|PlanStatus { changes, .. }| changes);
    changes.map(|change| change.path.clone()).collect()
}

#[cfg(test)]
#[path = "explain_held_back_tests.rs"]
mod tests;
