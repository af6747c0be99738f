//! What the object's own status remembers, read once before a decision.

use jiff::Timestamp;

use crate::api::conditions::ConditionType;
use crate::api::status::{
    DeploymentStatus, ExpressGatewayServiceStatus, FailedAttempt, NEVER_OBSERVED, RetryStatus, Submission,
};

use super::observed::Known;
use super::rollout::DeploymentState;

/// What the status remembers. All of it may be missing: then AWS tells, at the price of more calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// The generation that was looked at last; `-1` for none.
    pub observed_generation: i64,
    /// When the service that the rest speaks of was created.
    pub service_created_at: Option<Timestamp>,
    /// ARN of that service.
    pub service_arn: Option<String>,
    /// What was sent last.
    pub submitted: Option<Submission>,
    /// What failed last.
    pub failed: Option<FailedAttempt>,
    /// Failed calls in a row.
    pub retry: Option<RetryStatus>,
    /// The retry token that was acted on last.
    pub handled_retry_token: Option<String>,
    /// The deployment that was seen last.
    pub deployment: Option<DeploymentStatus>,
    /// The revision that was seen to take all traffic.
    pub serving_revision: Option<String>,
    /// Whether the live configuration was last found equal to the spec.
    pub in_sync: bool,
    /// Whether the object was ever looked at, as far as its status tells.
    pub was_ever_observed: bool,
}

impl Memory {
    /// Reads a status.
    #[must_use]
    pub fn of(status: &ExpressGatewayServiceStatus) -> Self {
        let is_true =
            |kind: ConditionType| status.conditions.iter().any(|c| c.type_ == kind.as_ref() && c.status == "True");
        Self {
            observed_generation: status.observed_generation,
            service_created_at: status.service_created_at.as_ref().map(|t| t.0),
            service_arn: status.service_arn.clone(),
            submitted: status.submitted.clone(),
            failed: status.failed_attempt.clone(),
            retry: status.retry.clone(),
            handled_retry_token: status.last_handled_retry_at.clone(),
            deployment: status.deployment.clone(),
            serving_revision: status.serving_revision.clone(),
            in_sync: is_true(ConditionType::Synced),
            was_ever_observed: status.observed_generation != NEVER_OBSERVED,
        }
    }

    /// What need not be read again for this generation.
    #[must_use]
    pub fn known(&self, generation: i64, full: bool) -> Known {
        let settled = self.in_sync && self.observed_generation == generation;
        Known {
            owner: None,
            settled_revision: self.serving_revision.clone().filter(|_| settled),
            created_at: self.service_created_at,
            submitted_revision: self.submitted.as_ref().and_then(|s| s.revision.clone()),
            deployment: self.deployment.as_ref().map(|d| d.arn.clone()),
            deployment_target: self.deployment.as_ref().and_then(|d| d.target_revision.clone()),
            deployment_is_over: self.deployment_state().is_some_and(|state| state.is_over()),
            full: full || self.observed_generation != generation,
        }
    }

    /// State of the deployment that was seen last.
    #[must_use]
    pub fn deployment_state(&self) -> Option<DeploymentState> {
        self.deployment.as_ref().map(DeploymentState::of)
    }
}
