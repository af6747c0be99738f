//! A failed call in words: what was refused, by whom, and what to do.

use crate::api::conditions::{ConditionType, Reason};
use crate::api::status::ExpressGatewayServiceStatus;
use jiff::Timestamp;
use strum::IntoEnumIterator;

use super::conditions::{Statement, Truth, find};
use super::desired::Desired;
use super::failure::{Failure, FailureClass};
use super::freshness::{self, was_in_sync};

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

/// What a failed reading says: the last known truth stands, as long as it is about this generation and about the service, and
/// until it is too old.
#[must_use]
pub fn unread(
    failure: &Failure,
    desired: &Desired,
    before: &ExpressGatewayServiceStatus,
    stale_since: Option<Timestamp>,
) -> Vec<Statement> {
    let mut said = statements(failure, desired);
    let old = |kind| find(&before.conditions, kind).and_then(Statement::again);
    // That there is no such cluster is an answer, not a silence.
    let is_silent = failure.class != FailureClass::ClusterNotFound && !desired.deleting;
    let about_the_service = old(ConditionType::Ready).is_some_and(|ready| !is_of_a_call(ready.reason));
    let stands = is_silent && about_the_service && before.observed_generation == desired.generation;
    let mut keep = |kept: Option<Statement>, instead_of: ConditionType| {
        if let Some(kept) = kept.filter(|_| stands) {
            said.retain(|s| s.kind != kept.kind && s.kind != instead_of);
            said.push(kept);
        }
    };
    match old(ConditionType::Stalled) {
        // What was stalled does not get going because ECS cannot be read.
        Some(stalled) => keep(Some(stalled), ConditionType::Reconciling),
        // And what is on its way, or has arrived, is not stalled by that, however it was refused.
        None => {
            let message = message(failure, desired);
            let (kind, reason) = (ConditionType::Reconciling, Reason::ProgressingWithRetry);
            keep(Some(Statement::new(kind, Truth::True, reason, message)), ConditionType::Stalled);
        }
    }
    match stale_since.filter(|_| is_silent) {
        Some(since) => freshness::stale(&mut said, since, &message(failure, desired), stands && was_in_sync(before)),
        None => {
            keep(old(ConditionType::Ready), ConditionType::Ready);
            if old(ConditionType::Stalled).is_none() {
                keep(old(ConditionType::Synced), ConditionType::Synced);
            }
        }
    }
    said.extend(old(ConditionType::RolledOut));
    said
}

/// Whether a reason of `Ready` tells of a call that failed, and not of the service.
fn is_of_a_call(reason: Reason) -> bool {
    reason == Reason::Pending || FailureClass::iter().any(|class| ready(class).1 == reason)
}

fn ready(class: FailureClass) -> (Truth, Reason) {
    match class {
        FailureClass::Throttled => (Truth::Unknown, Reason::Throttled),
        FailureClass::AccessDenied | FailureClass::Credentials | FailureClass::RoleNotReady => {
            (Truth::False, Reason::AccessDenied)
        }
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
    let is_read = failure.operation.is_read();
    let advice = match failure.class {
        FailureClass::Throttled => "AWS asks to slow down; it is tried again by itself",
        FailureClass::AccessDenied => {
            "Give the controller's role this permission (deploy/iam/controller.json has all it needs); it is tried again by itself"
        }
        FailureClass::Credentials => {
            "Give the controller valid AWS credentials: look at the role of its service account, and at the node's clock; it is tried again by itself"
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

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
