//! A failed call in words: what was refused, by whom, and what to do.

use crate::api::conditions::{ConditionType, Reason};
use crate::api::status::ExpressGatewayServiceStatus;
use strum::IntoEnumIterator;

use super::conditions::{Statement, Truth, find};
use super::desired::Desired;
use super::failure::{Failure, FailureClass, Operation};

/// What a failed write says. `settled` tells whether the service itself is as the spec wants it.
#[must_use]
pub fn statements(failure: &Failure, desired: &Desired) -> Vec<Statement> {
    let (ready, reason) = if desired.deleting { (Truth::False, Reason::Deleting) } else { ready(failure.class) };
    let message = message(failure, desired);
    let second = match failure.class {
        FailureClass::InvalidParameter | FailureClass::Unsupported | FailureClass::ClusterNotFound
            if !desired.deleting =>
        {
            Statement::new(ConditionType::Stalled, Truth::True, reason, &message)
        }
        FailureClass::StillDraining => {
            Statement::new(ConditionType::Reconciling, Truth::True, Reason::Progressing, &message)
        }
        _ => Statement::new(ConditionType::Reconciling, Truth::True, Reason::ProgressingWithRetry, &message),
    };
    vec![
        Statement::new(ConditionType::Ready, ready, reason, &message),
        second,
        Statement::new(ConditionType::Synced, Truth::Unknown, Reason::Error, message),
    ]
}

/// What a failed reading says: the last known truth stands, as long as it is about this generation and about the service.
#[must_use]
pub fn unread(failure: &Failure, desired: &Desired, before: &ExpressGatewayServiceStatus) -> Vec<Statement> {
    let mut said = statements(failure, desired);
    let old = |kind| find(&before.conditions, kind).and_then(|old| restated(old, kind));
    let about_the_service = old(ConditionType::Ready).is_some_and(|ready| !is_of_a_call(ready.reason));
    let stands = before.observed_generation == desired.generation
        && about_the_service
        && failure.class != FailureClass::ClusterNotFound
        && !desired.deleting;
    if stands {
        // What was stalled does not get going because ECS cannot be read.
        let kinds = match old(ConditionType::Stalled) {
            Some(_) => [ConditionType::Ready, ConditionType::Stalled],
            None => [ConditionType::Ready, ConditionType::Synced],
        };
        if kinds.contains(&ConditionType::Stalled) {
            said.retain(|s| s.kind != ConditionType::Reconciling);
        }
        said.retain(|s| !kinds.contains(&s.kind));
        said.extend(kinds.into_iter().filter_map(old));
    }
    said.extend(old(ConditionType::RolledOut));
    said
}

/// Whether a reason of `Ready` tells of a call that failed, and not of the service.
fn is_of_a_call(reason: Reason) -> bool {
    reason == Reason::Pending || FailureClass::iter().any(|class| ready(class).1 == reason)
}

fn restated(old: &k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition, kind: ConditionType) -> Option<Statement> {
    let truth = match old.status.as_str() {
        "True" => Truth::True,
        "False" => Truth::False,
        _ => Truth::Unknown,
    };
    Some(Statement::new(kind, truth, old.reason.parse().ok()?, old.message.clone()))
}

fn ready(class: FailureClass) -> (Truth, Reason) {
    match class {
        FailureClass::Throttled => (Truth::Unknown, Reason::Throttled),
        FailureClass::AccessDenied | FailureClass::RoleNotReady => (Truth::False, Reason::AccessDenied),
        FailureClass::InvalidParameter => (Truth::False, Reason::InvalidSpec),
        FailureClass::Unsupported => (Truth::False, Reason::Unsupported),
        FailureClass::ClusterNotFound => (Truth::False, Reason::ClusterNotFound),
        FailureClass::StillDraining => (Truth::False, Reason::WaitingForDrain),
        FailureClass::NameTaken | FailureClass::NotFound | FailureClass::NotActive => (Truth::Unknown, Reason::Pending),
        FailureClass::Unavailable | FailureClass::Unexpected => (Truth::Unknown, Reason::ServiceUnavailable),
    }
}

/// The failure in one line.
#[must_use]
pub fn message(failure: &Failure, desired: &Desired) -> String {
    let request = failure.request_id.as_deref().map(|id| format!(", request id {id}")).unwrap_or_default();
    let said = failure.message.trim().trim_end_matches('.');
    format!("{}: {said} ({}{request}). {}", failure.operation, failure.code, advice(failure, desired))
}

fn advice(failure: &Failure, desired: &Desired) -> String {
    let is_read = matches!(
        failure.operation,
        Operation::DescribeServices
            | Operation::DescribeExpressGatewayService
            | Operation::DescribeServiceDeployments
            | Operation::ListServiceDeployments
            | Operation::ListTasks
            | Operation::DescribeTasks
    );
    let advice = match failure.class {
        FailureClass::Throttled => "AWS asks to slow down; it is tried again by itself",
        FailureClass::AccessDenied => {
            "Give the controller's role this permission (deploy/iam/controller.json has all it needs); it is tried again by itself"
        }
        FailureClass::RoleNotReady => {
            "Check that the roles of the spec exist and trust ECS; a new role takes minutes to be known everywhere. It is tried again by itself"
        }
        FailureClass::InvalidParameter if is_read => "Check spec.serviceName and spec.cluster",
        FailureClass::InvalidParameter if desired.deleting => "It is tried again by itself, only slowly",
        FailureClass::InvalidParameter => "Change the spec as it says; the same spec is tried again only slowly",
        FailureClass::Unsupported => "Change the spec, or use a region that offers it",
        FailureClass::ClusterNotFound => {
            let cluster = desired.place.as_ref().map(|place| place.cluster.as_str()).unwrap_or_default();
            return format!("Create the cluster \"{cluster}\", or create this object anew with another spec.cluster");
        }
        FailureClass::StillDraining => {
            "The name comes free when the earlier service is gone; it is tried again by itself"
        }
        FailureClass::NameTaken | FailureClass::NotFound | FailureClass::NotActive => {
            "The service changed meanwhile; it is looked at again"
        }
        FailureClass::Unavailable if is_read => "It is tried again by itself",
        FailureClass::Unavailable => "Whether it took effect is looked up before anything else is sent",
        FailureClass::Unexpected => "It is tried again by itself; if it stays, report it with the request id",
    };
    advice.to_owned()
}
