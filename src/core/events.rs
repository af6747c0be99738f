//! Events: told on transitions only, by comparing the status before with the status after.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use strum::{AsRefStr, Display, EnumIter, EnumMessage};

use crate::api::conditions::{ConditionType, Reason};
use crate::api::status::ExpressGatewayServiceStatus;

use super::conditions::find;
use super::drift;
use super::explain::list_of;
use super::facts::short_revision;
use super::plan::{Plan, Release, Verdict};
use super::rollout::DeploymentState;
use super::step::Effect;
use super::{requests, rollback_request};

/// What an event is about.
#[derive(AsRefStr, Clone, Copy, Debug, Display, EnumIter, EnumMessage, PartialEq, Eq, Hash)]
pub enum EventReason {
    /// The ECS service was created.
    Created,
    /// The spec was sent to ECS; the event names the fields.
    UpdateSubmitted,
    /// The new revision takes its first share of the traffic.
    CanaryStarted,
    /// The new revision takes all of the traffic.
    TrafficShifted,
    /// The rollout ended well.
    RolloutSucceeded,
    /// The rollout failed and ECS went back.
    RolledBack,
    /// The rollout failed and there is no way back, or the way back failed.
    RolloutFailed,
    /// A rollback that the annotation `expressway.dev/rollback-requested-at` asked for was begun, or it was said why not.
    RollbackRequestHandled,
    /// A rollback that was asked for could not be begun; it is tried again.
    RollbackRequestFailed,
    /// The first deployment cannot end.
    Wedged,
    /// The service could never come up: it is deleted, and created again with a new URL.
    Recreating,
    /// A service that was not this object's carries its tags now. No rollout was started.
    Adopted,
    /// The service began to drain.
    Draining,
    /// The service drains for much longer than a deletion takes.
    DeletionHangs,
    /// The object is to be deleted, and its service is protected.
    DeletionProtected,
    /// The object goes and its service stays, without the controller's tags.
    Retained,
    /// The service is gone.
    Deleted,
    /// The spec cannot work, or ECS refused it.
    InvalidSpec,
    /// The name belongs to somebody else.
    NameInUse,
    /// AWS refused a permission.
    AccessDenied,
    /// AWS asked to slow down.
    Throttled,
    /// ECS does not show what it was given.
    NotConverging,
    /// Somebody else changed the service; the event has the paths and both values.
    DriftDetected,
    /// What somebody else changed was undone.
    DriftCorrected,
    /// What was undone twice within a day came back, and is left to a person.
    DriftContested,
    /// Somebody deleted the service.
    Missing,
    /// The service was created again, and answers at another URL.
    UrlChanged,
    /// The service's region, account or infrastructure role cannot be made what is wanted.
    ImmutableDiffers,
    /// A change waits until the annotation `expressway.dev/approved-plan` approves it.
    ApprovalRequired,
    /// ECS could not be read for so long that nothing is known of the service any more.
    ObservationStale,
    /// ECS was read because an annotation asked for it.
    ReconcileRequestHandled,
}

/// An event to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub reason: EventReason,
    /// Whether it is a warning.
    pub warning: bool,
    /// What happened, for a person. At most 1 kB.
    pub text: String,
}

/// The events of one reconcile.
#[must_use]
pub fn events(
    before: &ExpressGatewayServiceStatus,
    after: &ExpressGatewayServiceStatus,
    plan: Option<&Plan>,
    effect: Option<&Effect>,
) -> Vec<Note> {
    let mut notes = drift::notes(before, after);
    notes.extend(of_effect(before, plan, effect));
    notes.extend(of_traffic(before, after));
    notes.extend(of_conditions(before, after));
    notes.extend(of_a_hanging_deletion(before, after));
    notes.extend(rollback_request::note(before, after));
    notes.extend(plan.and_then(of_release));
    notes.extend(requests::note(before, after));
    notes
}

fn of_release(plan: &Plan) -> Option<Note> {
    match plan.verdict {
        Verdict::Released(Release::Gone) => Some(normal(EventReason::Deleted, "the ECS service is gone".to_owned())),
        Verdict::Released(Release::LeftDraining) => {
            let text = "the ECS service is left as it is: it drains, and nothing watches it any more";
            Some(normal(EventReason::Retained, text.to_owned()))
        }
        _ => None,
    }
}

/// The reason of `Ready` stays what it was: the service is being deleted, or waited for.
fn of_a_hanging_deletion(before: &ExpressGatewayServiceStatus, after: &ExpressGatewayServiceStatus) -> Option<Note> {
    let hangs = |status: &ExpressGatewayServiceStatus| {
        let stalled = find(&status.conditions, ConditionType::Stalled);
        stalled.filter(|stalled| stalled.reason == Reason::DeletionHangs.as_ref()).cloned()
    };
    let stalled = hangs(after).filter(|_| hangs(before).is_none())?;
    Some(Note { reason: EventReason::DeletionHangs, warning: true, text: stalled.message })
}

fn normal(reason: EventReason, text: String) -> Note {
    Note { reason, warning: false, text }
}

fn of_effect(before: &ExpressGatewayServiceStatus, plan: Option<&Plan>, effect: Option<&Effect>) -> Option<Note> {
    if let Some(note) = drift::corrected(plan, effect?) {
        return Some(note);
    }
    match (effect?, plan.map(|p| &p.verdict)) {
        (Effect::Created { service_arn }, _) => Some(normal(EventReason::Created, format!("created {service_arn}"))),
        (Effect::Updated { target_revision }, Some(Verdict::Updating { paths, .. })) => {
            let revision = target_revision.as_deref().map(short_revision).map(|id| format!(" as revision {id}"));
            let (revision, overtaken) = (revision.unwrap_or_default(), overtaken(before).unwrap_or_default());
            let text = format!("sent to ECS{revision}: {}{overtaken}", list_of(paths));
            Some(normal(EventReason::UpdateSubmitted, text))
        }
        (Effect::Retagged, Some(Verdict::Adopting(owner))) => {
            let whose = owner.as_ref().map_or("had no owner".to_owned(), |owner| {
                format!("belonged to {}/{} (cluster id {})", owner.namespace, owner.name, owner.cluster_id)
            });
            Some(normal(EventReason::Adopted, format!("adopted a service that {whose}: tags only, no rollout")))
        }
        (Effect::Retagged, Some(Verdict::Retaining)) => {
            let text = "the ECS service stays: the controller's tags were taken off".to_owned();
            Some(normal(EventReason::Retained, text))
        }
        (Effect::Deleting, Some(Verdict::Recreating)) => {
            let cause = plan.and_then(|plan| plan.wedge.as_ref()).map(|wedge| wedge.cause.clone()).unwrap_or_default();
            let text = format!("deletes the service to create it again, with a new URL: {cause}");
            Some(Note { reason: EventReason::Recreating, warning: true, text })
        }
        (Effect::Deleting, _) => Some(normal(EventReason::Draining, "ECS is draining the service".to_owned())),
        _ => None,
    }
}

/// What becomes of the deployment that is in flight when an update is sent: nothing was wrong with it.
fn overtaken(before: &ExpressGatewayServiceStatus) -> Option<String> {
    let older = before.deployment.as_ref().filter(|older| !DeploymentState::of(older).is_over())?;
    let revision = short_revision(older.target_revision.as_deref()?);
    Some(format!(". The rollout of revision {revision} is superseded"))
}

/// Traffic moves are seen in the weights; a look that comes late may see both moves at once.
fn of_traffic(before: &ExpressGatewayServiceStatus, after: &ExpressGatewayServiceStatus) -> Vec<Note> {
    let mut notes = Vec::new();
    let Some(target) = after.deployment.as_ref().and_then(|d| d.target_revision.as_deref()) else { return notes };
    let weight = |status: &ExpressGatewayServiceStatus| {
        status.revisions.iter().find(|r| r.arn == target).map_or(0, |r| r.weight)
    };
    let (was, is) = (weight(before), weight(after));
    let first = after.revisions.len() < 2 && before.revisions.len() < 2;
    if was == 0 && is > 0 && is < 100 {
        let text = format!("revision {} takes {is} % of the traffic", short_revision(target));
        notes.push(normal(EventReason::CanaryStarted, text));
    }
    if was < 100 && is == 100 && !first {
        notes.push(normal(
            EventReason::TrafficShifted,
            format!("revision {} takes all traffic", short_revision(target)),
        ));
    }
    notes
}

/// Whether what follows this status ends a rollout. One may end while ECS cannot be read.
#[must_use]
pub fn ended_a_rollout(before: &ExpressGatewayServiceStatus) -> bool {
    let reason = find(&before.conditions, ConditionType::Ready).and_then(|c| c.reason.parse().ok());
    let rolled_out = find(&before.conditions, ConditionType::RolledOut);
    match reason {
        Some(Reason::RollingOut | Reason::Creating | Reason::Wedged) => true,
        Some(Reason::ObservationStale) => rolled_out.is_some_and(|c| c.status != "True"),
        _ => false,
    }
}

fn of_conditions(before: &ExpressGatewayServiceStatus, after: &ExpressGatewayServiceStatus) -> Option<Note> {
    let ready = find(&after.conditions, ConditionType::Ready)?;
    let old = find(&before.conditions, ConditionType::Ready);
    if ready.reason == Reason::AwaitingApproval.as_ref() {
        let hash = |status: &ExpressGatewayServiceStatus| status.plan.as_ref().map(|plan| plan.hash.clone());
        let held_before = [Reason::Suspended, Reason::ObserveOnly].map(|reason| Some(reason.into()));
        let is_new = hash(before) != hash(after) || held_before.contains(&old.map(|old| old.reason.as_str()));
        return is_new.then(|| normal(EventReason::ApprovalRequired, ready.message.clone()));
    }
    let is_the_same =
        |old: &Condition| old.reason == ready.reason && old.observed_generation == ready.observed_generation;
    // What is stalled was told before ECS could not be read for a while.
    let stalled = find(&before.conditions, ConditionType::Stalled);
    if old.into_iter().chain(stalled).any(is_the_same) {
        return None;
    }
    // Other ways to Available, such as a reading that works again, are no rollout.
    let reason = match ready.reason.parse().ok()? {
        Reason::Available if ended_a_rollout(before) => EventReason::RolloutSucceeded,
        Reason::RolledBack => EventReason::RolledBack,
        Reason::RollbackFailed | Reason::DeploymentFailed => EventReason::RolloutFailed,
        Reason::Wedged => EventReason::Wedged,
        Reason::InvalidSpec | Reason::Unsupported | Reason::ClusterNotFound => EventReason::InvalidSpec,
        Reason::DeletionProtected => EventReason::DeletionProtected,
        Reason::AlreadyExists | Reason::Conflict => EventReason::NameInUse,
        Reason::AccessDenied => EventReason::AccessDenied,
        Reason::Throttled => EventReason::Throttled,
        Reason::NotConverging => EventReason::NotConverging,
        Reason::ImmutableDiffers => EventReason::ImmutableDiffers,
        Reason::ObservationStale => EventReason::ObservationStale,
        _ => return None,
    };
    Some(Note { reason, warning: reason != EventReason::RolloutSucceeded, text: ready.message.clone() })
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
