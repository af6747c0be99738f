//! What the object's own status remembers, read once before a decision.

use jiff::{SignedDuration, Timestamp};

use crate::api::conditions::{ConditionType, Reason};
use crate::api::drift::{DriftCorrection, DriftHandling, DriftStatus, LastLive, MissingService};
use crate::api::management::Adoption;
use crate::api::requests::ReconcileRequests;
use crate::api::status::{
    DeploymentStatus, ExpressGatewayServiceStatus, FailedAttempt, ManagedResource, NEVER_OBSERVED, PlanStatus,
    Recreation, RetryStatus, Submission,
};

use super::drift::is_tag;
use super::freshness::was_in_sync;
use super::managed::{Due, KnownManaged, is_up};
use super::observed::{Known, Presence, account_of};
use super::plan_failure::failed_outcome;
use super::planned::Action;
use super::rollback_request::fails;
use super::rollout::DeploymentState;

/// Between the creations of two services of one name there is more than this: the first one drains for longer.
const LEAST_LIFE: SignedDuration = SignedDuration::from_secs(60);

/// What the status remembers. All of it may be missing: then AWS tells, at the price of more calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// The generation that was looked at last; `-1` for none.
    pub observed_generation: i64,
    /// When the service that the rest speaks of was created. One that another object has taken over is remembered too.
    pub service_created_at: Option<Timestamp>,
    /// ARN of that service.
    pub service_arn: Option<String>,
    /// What was sent last.
    pub submitted: Option<Submission>,
    /// The newest revision that is known to be this object's. It is older than a submission whose revision is not known.
    pub latest_revision: Option<String>,
    /// The plan that was held back.
    pub planned: Option<PlanStatus>,
    /// When our tags were put on a service that was not ours, if nothing else was seen since.
    pub adopted_at: Option<Timestamp>,
    /// Since when the service has been created by this object, while no revision of it has taken traffic.
    pub creating_since: Option<Timestamp>,
    /// The resources that ECS manages, as they were read last.
    pub managed: Vec<ManagedResource>,
    /// The service that was deleted last in order to be created again.
    pub recreation: Option<Recreation>,
    /// Since when a service of this name drains.
    pub draining_since: Option<Timestamp>,
    /// What ECS was last seen to roll out or run of the spec.
    pub last_live: Option<LastLive>,
    /// What somebody else has changed.
    pub drift: Option<DriftStatus>,
    /// What was undone of it lately.
    pub corrections: Vec<DriftCorrection>,
    /// The service that somebody deleted.
    pub missing: Option<MissingService>,
    /// What failed last.
    pub failed: Option<FailedAttempt>,
    /// Failed calls in a row.
    pub retry: Option<RetryStatus>,
    /// The retry token that was acted on last.
    pub handled_retry_token: Option<String>,
    /// The rollback token that was answered last.
    pub handled_rollback_token: Option<String>,
    /// ARN of the deployment that goes back, or went back, because that was asked for.
    pub rolled_back_on_request: Option<String>,
    /// Whether it may have been stopped, and nobody knows: the answer of ECS was lost, or the controller died.
    pub may_be_stopped: bool,
    /// The requests for a look that were answered.
    pub answered: ReconcileRequests,
    /// The plan that ran last because it was approved.
    pub last_approved_plan: Option<String>,
    /// The deployment that was seen last.
    pub deployment: Option<DeploymentStatus>,
    /// The revision that was seen to take all traffic.
    pub serving_revision: Option<String>,
    /// Whether the live configuration was last found equal to the spec.
    pub in_sync: bool,
    /// Whether the object was ever looked at, as far as its status tells.
    pub was_ever_observed: bool,
    /// Whether ECS could ever be read for it.
    pub was_ever_read: bool,
}

impl Memory {
    /// Reads a status.
    #[must_use]
    pub fn of(status: &ExpressGatewayServiceStatus) -> Self {
        Self {
            observed_generation: status.observed_generation,
            service_created_at: status.service_created_at.as_ref().map(|t| t.0),
            service_arn: status.service_arn.clone(),
            submitted: status.submitted.clone(),
            latest_revision: status.latest_revision.clone(),
            planned: status.plan.clone(),
            adopted_at: status.last_observed_time.as_ref().map(|t| t.0).filter(|_| is_adopting(status)),
            creating_since: status.creating_since.as_ref().map(|t| t.0),
            managed: status.managed_resources.clone(),
            recreation: status.recreation.clone(),
            draining_since: status.draining_since.as_ref().map(|t| t.0),
            last_live: status.last_live.clone(),
            drift: status.drift.clone(),
            corrections: status.drift_corrections.clone(),
            missing: status.missing.clone(),
            failed: status.failed_attempt.clone(),
            retry: status.retry.clone(),
            handled_retry_token: status.last_handled_retry_at.clone(),
            handled_rollback_token: status.last_handled_rollback_at.clone(),
            rolled_back_on_request: status.rollback.as_ref().and_then(|rollback| rollback.deployment.clone()),
            may_be_stopped: status.rollback.as_ref().is_some_and(|rollback| rollback.answer.is_empty())
                || fails(status),
            answered: status.handled_requests.clone().unwrap_or_default(),
            last_approved_plan: status.last_approved_plan.clone(),
            deployment: status.deployment.clone(),
            serving_revision: status.serving_revision.clone(),
            in_sync: was_in_sync(status),
            was_ever_observed: status.observed_generation != NEVER_OBSERVED,
            was_ever_read: status.last_observed_time.is_some(),
        }
    }

    /// What need not be read again for this generation.
    #[must_use]
    pub fn known(&self, generation: i64, full: bool) -> Known {
        let settled = self.is_settled() && self.observed_generation == generation;
        Known {
            owner: None,
            adoption: Adoption::Never,
            was_managed: self.submitted.is_some(),
            adoption_base: self.adoption_planned().and_then(|plan| plan.base.clone()),
            settled_revision: self.serving_revision.clone().filter(|_| settled),
            created_at: self.service_created_at,
            account: self.service_arn.as_deref().and_then(account_of).map(str::to_owned),
            submitted_revision: self.submitted.as_ref().and_then(|s| s.revision.clone()),
            deployment: self.deployment.as_ref().map(|d| d.arn.clone()),
            deployment_target: self.deployment.as_ref().and_then(|d| d.target_revision.clone()),
            deployment_is_over: self.deployment_state().is_some_and(|state| state.is_over())
                && !self.has_untold_failure(),
            holds_back: self.planned.is_some(),
            full: full || self.observed_generation != generation,
            rested: None,
            managed: self.known_managed(),
        }
    }

    fn known_managed(&self) -> KnownManaged {
        KnownManaged {
            is_settled: !self.managed.is_empty() && self.managed.iter().all(is_up),
            is_creating: self.creating_since.is_some() || self.serving_revision.is_none(),
            deployment_goes_on: self.deployment_state() == Some(DeploymentState::InProgress),
            due: Due::Nothing,
        }
    }

    /// Whether the deployment that was seen last was ours and failed, and nobody drew the conclusion: the spec was invalid then.
    fn has_untold_failure(&self) -> bool {
        let Some(deployment) = &self.deployment else { return false };
        let submitted = self.submitted.as_ref().and_then(|sent| sent.revision.as_ref());
        let is_ours = submitted.is_some() && submitted == deployment.target_revision.as_ref();
        let is_told = self.failed.as_ref().is_some_and(|failed| failed.deployment.as_ref() == Some(&deployment.arn));
        is_ours && !is_told && failed_outcome(&DeploymentState::of(deployment)).is_some()
    }

    /// The adoption that was held back.
    #[must_use]
    pub fn adoption_planned(&self) -> Option<&PlanStatus> {
        self.planned.as_ref().filter(|plan| plan.action == Action::Adopt.to_string())
    }

    /// Whether what serves was found to be as the spec wants it, and so need not be read again.
    pub(super) fn is_settled(&self) -> bool {
        self.in_sync || self.leaves_tags()
    }

    /// Whether nothing but tags differs, which somebody else changed and which are left so: a glance shows them.
    fn leaves_tags(&self) -> bool {
        self.drift.as_ref().is_some_and(|drift| {
            matches!(drift.handling, DriftHandling::Reported | DriftHandling::Contested)
                && drift.changes.iter().all(|change| is_tag(&change.path))
        })
    }

    /// Whether this object managed this very service: tags that somebody took off do not make it nobody's. (What was only
    /// observed has no submission, and what another owner took over neither; once it is being deleted, no submission is left.)
    #[must_use]
    pub fn has_managed(&self, presence: &Presence) -> bool {
        let has_written = self.submitted.is_some() || self.draining_since.is_some();
        has_written && (self.owned(presence) || self.has_just_created(presence))
    }

    /// Whether this is the service whose creation ECS has confirmed, not seen since: the name cannot have changed hands within
    /// so short a time.
    fn has_just_created(&self, presence: &Presence) -> bool {
        let is_unseen = self.service_created_at.is_none() && self.service_arn.as_ref() == Some(&presence.arn);
        let sent = self.submitted.as_ref().and_then(|sent| sent.at.as_ref());
        let apart = sent.zip(presence.created_at).map(|(sent, created)| created.duration_since(sent.0).abs());
        is_unseen && apart.is_some_and(|apart| apart < LEAST_LIFE)
    }

    /// Whether an annotation asks for something anew. One that was there before the first look asks for nothing: it may be
    /// older than what it would be about.
    #[must_use]
    pub fn is_new_token(&self, token: Option<&String>) -> bool {
        self.was_ever_observed && token.is_some() && token != self.handled_retry_token.as_ref()
    }

    /// Whether this very service was this object's, whoever owns it now.
    #[must_use]
    pub fn owned(&self, presence: &Presence) -> bool {
        self.service_created_at.is_some() && presence.was_created_at(self.service_created_at)
    }

    /// State of the deployment that was seen last.
    #[must_use]
    pub fn deployment_state(&self) -> Option<DeploymentState> {
        self.deployment.as_ref().map(DeploymentState::of)
    }
}

/// The status that says so is not written again until something else is seen, so its time is that of the write.
fn is_adopting(status: &ExpressGatewayServiceStatus) -> bool {
    let ready = status.conditions.iter().find(|c| c.type_ == ConditionType::Ready.as_ref());
    ready.is_some_and(|ready| ready.reason == Reason::Adopting.as_ref())
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
