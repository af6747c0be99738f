//! Events: told on transitions only, by comparing the status before with the status after.

use strum::{AsRefStr, Display, EnumIter, EnumMessage};

use crate::api::conditions::{ConditionType, Reason};
use crate::api::status::ExpressGatewayServiceStatus;

use super::conditions::find;
use super::explain::list_of;
use super::facts::short_revision;
use super::plan::{Plan, Release, Verdict};
use super::step::Effect;

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
    /// The service began to drain.
    Draining,
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
    let mut notes = Vec::new();
    notes.extend(of_effect(plan, effect));
    notes.extend(of_traffic(before, after));
    notes.extend(of_conditions(before, after));
    if let Some(Plan { verdict: Verdict::Released(Release::Gone), .. }) = plan {
        notes.push(normal(EventReason::Deleted, "the ECS service is gone".to_owned()));
    }
    notes
}

fn normal(reason: EventReason, text: String) -> Note {
    Note { reason, warning: false, text }
}

fn of_effect(plan: Option<&Plan>, effect: Option<&Effect>) -> Option<Note> {
    match (effect?, plan.map(|p| &p.verdict)) {
        (Effect::Created { service_arn }, _) => Some(normal(EventReason::Created, format!("created {service_arn}"))),
        (Effect::Updated { target_revision }, Some(Verdict::Updating { paths, .. })) => {
            let revision = target_revision.as_deref().map(short_revision).map(|id| format!(" as revision {id}"));
            let text = format!("sent to ECS{}: {}", revision.unwrap_or_default(), list_of(paths));
            Some(normal(EventReason::UpdateSubmitted, text))
        }
        (Effect::Deleting, _) => Some(normal(EventReason::Draining, "ECS is draining the service".to_owned())),
        _ => None,
    }
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

fn of_conditions(before: &ExpressGatewayServiceStatus, after: &ExpressGatewayServiceStatus) -> Option<Note> {
    let ready = find(&after.conditions, ConditionType::Ready)?;
    let old = find(&before.conditions, ConditionType::Ready);
    let same =
        old.is_some_and(|old| old.reason == ready.reason && old.observed_generation == ready.observed_generation);
    if same {
        return None;
    }
    // Other ways to Available, such as a reading that works again, are no rollout.
    let rolled_out =
        old.is_some_and(|old| [Reason::RollingOut.as_ref(), Reason::Creating.as_ref()].contains(&&*old.reason));
    let reason = match ready.reason.parse().ok()? {
        Reason::Available if rolled_out => EventReason::RolloutSucceeded,
        Reason::RolledBack => EventReason::RolledBack,
        Reason::RollbackFailed | Reason::DeploymentFailed => EventReason::RolloutFailed,
        Reason::InvalidSpec | Reason::Unsupported | Reason::ClusterNotFound => EventReason::InvalidSpec,
        Reason::AlreadyExists | Reason::Conflict => EventReason::NameInUse,
        Reason::AccessDenied => EventReason::AccessDenied,
        Reason::Throttled => EventReason::Throttled,
        Reason::NotConverging => EventReason::NotConverging,
        _ => return None,
    };
    Some(Note { reason, warning: reason != EventReason::RolloutSucceeded, text: ready.message.clone() })
}
