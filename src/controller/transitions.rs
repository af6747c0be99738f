//! What the metrics make of a status that changed.

use std::time::Duration;

use jiff::Timestamp;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::status::{DeploymentStatus, ExpressGatewayServiceStatus};
use crate::core::conditions::find;
use crate::core::events::ended_a_rollout;
use crate::core::ownership::Owner;
use crate::core::rollout::DeploymentState;

use super::metrics::{Metrics, RolloutOutcome};

/// Counts what happened between two statuses of an object.
pub fn count(
    metrics: &Metrics,
    owner: &Owner,
    before: &ExpressGatewayServiceStatus,
    after: &ExpressGatewayServiceStatus,
    now: Timestamp,
) {
    let ready = find(&after.conditions, ConditionType::Ready);
    if let Some(reason) = ready.and_then(|c| c.reason.parse::<Reason>().ok()) {
        let suspended = find(&after.conditions, ConditionType::Suspended).is_some();
        metrics.object_shows(&owner.namespace, &owner.name, reason, suspended);
    }
    let sent = after.submitted.as_ref().and_then(|s| s.at.as_ref());
    if let (true, true, Some(sent)) = (ended_a_rollout(before), ready.is_some_and(|c| c.status == "True"), sent) {
        metrics.became_ready(Duration::try_from(now.duration_since(sent.0)).unwrap_or_default());
    }
    if let Some(overtaken) = overtaken(before, after, now) {
        metrics.rollout_ended(RolloutOutcome::Superseded, overtaken);
    }
    if let Some(ended) = after.deployment.as_ref().filter(|d| newly_over(before.deployment.as_ref(), d)) {
        let superseded = after.latest_revision.is_some() && after.latest_revision != ended.target_revision;
        if let Some(outcome) = outcome(ended, superseded) {
            metrics.rollout_ended(outcome, duration(ended));
        }
    }
}

/// How long a deployment was under way that another one has taken the place of. It is not shown to its end.
fn overtaken(
    before: &ExpressGatewayServiceStatus,
    after: &ExpressGatewayServiceStatus,
    now: Timestamp,
) -> Option<Duration> {
    let newer = after.deployment.as_ref()?;
    let older = before.deployment.as_ref().filter(|d| d.arn != newer.arn && !DeploymentState::of(d).is_over())?;
    // ECS cannot describe a deployment in its first moment.
    let until = newer.started_at.as_ref().map_or(now, |started| started.0);
    let span = older.started_at.as_ref().map(|started| until.duration_since(started.0));
    Some(span.and_then(|span| Duration::try_from(span).ok()).unwrap_or_default())
}

fn newly_over(before: Option<&DeploymentStatus>, after: &DeploymentStatus) -> bool {
    let was_over = before.is_some_and(|b| b.arn == after.arn && DeploymentState::of(b).is_over());
    !was_over && DeploymentState::of(after).is_over()
}

fn outcome(ended: &DeploymentStatus, superseded: bool) -> Option<RolloutOutcome> {
    match DeploymentState::of(ended) {
        DeploymentState::Successful => Some(RolloutOutcome::Succeeded),
        DeploymentState::RollbackSuccessful => Some(RolloutOutcome::RolledBack),
        DeploymentState::RollbackFailed => Some(RolloutOutcome::RollbackFailed),
        DeploymentState::Stopped if superseded => Some(RolloutOutcome::Superseded),
        DeploymentState::Stopped => Some(RolloutOutcome::Stopped),
        _ => None,
    }
}

fn duration(ended: &DeploymentStatus) -> Duration {
    match (&ended.started_at, &ended.finished_at) {
        (Some(started), Some(finished)) => Duration::try_from(finished.0.duration_since(started.0)).unwrap_or_default(),
        _ => Duration::ZERO,
    }
}
