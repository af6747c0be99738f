//! Rollouts that fail, in words: what went back, why, what serves now, and what lets it be tried again.

use crate::api::conditions::Reason;
use crate::api::names;
use crate::api::status::{DeploymentStatus, FailedAttempt, RevisionStatus};

use super::cause;
use super::conditions::Statement;
use super::explain::Told;
use super::facts::short_revision;
use super::rollback_request;
use super::rollout::DeploymentState;

impl Told<'_> {
    pub(super) fn held(&self, failed: &FailedAttempt) -> Vec<Statement> {
        let reason = outcome_reason(failed);
        let serving_image = self.status.effective.as_ref().and_then(|e| e.image.as_deref());
        let what = match failed.image.as_deref() {
            // The image was not what changed.
            Some(image) if reason == Reason::RolledBack && Some(image) == serving_image => "the last edit".to_owned(),
            Some(image) => format!("image {image}"),
            None => "the rollout".to_owned(),
        };
        let serving = self.status.serving_revision.as_deref().filter(|arn| {
            let failed = self.status.deployment.as_ref().and_then(|d| d.target_revision.as_deref());
            reason != Reason::RollbackFailed && failed != Some(*arn)
        });
        let serves = match (reason, serving) {
            (Reason::RollbackFailed, _) => self.left_by_a_failed_rollback(),
            (_, Some(arn)) => format!(" Revision {} serves.", short_revision(arn)),
            (_, None) => String::new(),
        };
        let how = match (reason, serving) {
            (Reason::RolledBack, _) => "was rolled back",
            (Reason::RollbackFailed, _) => "failed, and so did the rollback",
            (_, Some(_)) => "was stopped before it had ended",
            (_, None) => "failed, and there was no revision to go back to",
        };
        let message = format!(
            "{what} {how}: {}.{serves} The same spec is not sent again: change it, or ask for a retry with a new value of the annotation {}",
            failed.reason.trim_end_matches('.'),
            names::RETRY_REQUESTED_AT
        );
        self.stalled(reason, reason, &message)
    }

    /// ECS tells which revisions have tasks, and not whether they answer.
    fn left_by_a_failed_rollback(&self) -> String {
        let tasks = |revision: &RevisionStatus| {
            let (id, running, requested) = (short_revision(&revision.arn), revision.running, revision.requested);
            format!("revision {id} has {running} of {requested} tasks")
        };
        let left: Vec<String> = self.status.revisions.iter().map(tasks).collect();
        match left.as_slice() {
            [] => " Look at the service in AWS: no revision may be healthy.".to_owned(),
            left => format!(" What is left: {}. Look at the service in AWS: it may not be healthy.", left.join(", ")),
        }
    }

    pub(super) fn going_back(&self) -> String {
        if rollback_request::asked_for_it(self.status) {
            return format!(
                "ECS is going back to the revision before, as the annotation {} asked",
                names::ROLLBACK_REQUESTED_AT
            );
        }
        let deployment = self.status.deployment.as_ref();
        let why = deployment.and_then(|d| d.reason.clone()).unwrap_or_else(|| self.stage_text());
        format!("the deployment failed, ECS is going back: {why}")
    }
}

/// What has gone wrong of a rollout in flight that may still end well.
pub(super) fn so_far(deployment: &DeploymentStatus) -> String {
    if DeploymentState::of(deployment).is_over() {
        return String::new();
    }
    let tasks = deployment.failed_tasks.zip(deployment.failed_tasks_limit);
    let tasks = tasks.map(|(failed, limit)| format!(", {} failed, at {limit} ECS goes back", cause::tasks(failed)));
    let health = deployment.health_check.as_ref().map(|answer| format!(", a health check {answer}"));
    format!("{}{}", tasks.unwrap_or_default(), health.unwrap_or_default())
}

pub(super) fn outcome_reason(failed: &FailedAttempt) -> Reason {
    match failed.outcome.parse() {
        Ok(reason @ (Reason::RolledBack | Reason::RollbackFailed)) => reason,
        _ => Reason::DeploymentFailed,
    }
}
