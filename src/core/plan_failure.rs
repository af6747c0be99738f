//! Rollouts that failed: which of them were ours, and what is remembered of them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::management::Mode;
use crate::api::status::{FailedAttempt, Submission};
use crate::api::{Reason, names};

use super::cause;
use super::observed::Tags;
use super::plan::{Plan, Requeue, Verdict};
use super::plan_live::Case;
use super::rollout::{Deployment, DeploymentState};
use super::step::{Step, TagChange};

impl Case<'_> {
    /// The failure that the last deployment ended in, if it was ours and is not remembered yet.
    pub(super) fn fresh_failure(&self) -> Option<FailedAttempt> {
        let ended = self.live.last_ended.as_ref()?;
        let outcome = failed_outcome(&ended.state)?;
        if self.was_overtaken(ended) {
            return None;
        }
        let (spec_hash, generation) = self.spec_of(ended)?;
        let is_it =
            |failed: &&FailedAttempt| failed.deployment.as_ref() == Some(&ended.arn) && failed.spec_hash == spec_hash;
        if self.memory.failed.as_ref().filter(is_it).is_some() {
            return None;
        }
        let is_this_spec = spec_hash == self.intent.spec_hash;
        let container = self.intent.configuration.container.as_ref().filter(|_| is_this_spec);
        Some(FailedAttempt {
            generation,
            spec_hash,
            outcome: outcome.to_string(),
            deployment: Some(ended.arn.clone()),
            image: container.map(|c| c.image.clone()),
            reason: self.cause_of(ended, is_this_spec),
            at: ended.finished_at.map(Time),
        })
    }

    fn cause_of(&self, ended: &Deployment, is_this_spec: bool) -> String {
        let wanted = self.intent.configuration.health_check_path.as_deref();
        let shown = self.live.newest().and_then(|newest| newest.configuration.health_check_path.as_deref());
        let path = wanted.or(shown).filter(|_| is_this_spec);
        cause::of(ended, path, self.memory.rolled_back_on_request.as_ref() == Some(&ended.arn))
    }

    /// Hash and generation of the spec that a deployment rolled out; `None`: it was neither ours nor like ours.
    fn spec_of(&self, ended: &Deployment) -> Option<(String, i64)> {
        let target = ended.target.as_ref().map(|t| t.arn.as_str());
        let shares_the_image = self.is_our_image(ended.image.as_ref());
        let is_another = |sent: &Submission| sent.spec_hash == self.intent.spec_hash && shares_the_image == Some(false);
        let was_sent = |sent: &Submission| match &sent.revision {
            Some(revision) => Some(revision.as_str()) == target,
            // Its answer was lost, or it was never sent and somebody else has begun another.
            None => !self.was_seen_before(&ended.arn) && !self.is_from_before(target) && !is_another(sent),
        };
        match &self.memory.submitted {
            // Whoever sent it, and whatever is remembered of it.
            _ if self.shows_this_spec(target) && !(self.sent_as_another(target) && self.is_unseen()) => {
                let generation = self.submission().map_or(self.desired.generation, |sent| sent.generation);
                Some((self.intent.spec_hash.clone(), generation))
            }
            Some(sent) if was_sent(sent) => Some((sent.spec_hash.clone(), sent.generation)),
            // What was sent arrived twice, and ECS has let the second overtake the first.
            Some(sent) if self.is_repeated_by(ended, sent) => Some((sent.spec_hash.clone(), sent.generation)),
            Some(_) => None,
            // The status is lost: the tag remembers which spec it was, or what failed has this spec's image.
            None if self.failed_tag().is_none() && shares_the_image == Some(true) => {
                Some((self.intent.spec_hash.clone(), self.desired.generation))
            }
            None => Some((self.failed_tag()?.to_owned(), self.desired.generation)),
        }
    }

    /// Whether an image is this spec's; `None`: one of both is not known.
    pub(super) fn is_our_image(&self, image: Option<&String>) -> Option<bool> {
        let wanted = self.intent.configuration.container.as_ref().map(|container| &container.image)?;
        image.map(|image| image == wanted)
    }

    /// Whether a deployment that nobody remembers is another one of what was sent: of the same image, and begun when that was
    /// sent, before it was ever live.
    fn is_repeated_by(&self, ended: &Deployment, sent: &Submission) -> bool {
        let revision = sent.revision.as_deref();
        let was_live = self.memory.serving_revision.as_deref() == revision;
        let began = ended.created_at.zip(sent.at.as_ref());
        let apart = began.map(|(began, sent)| began.duration_since(sent.0).abs());
        sent.spec_hash == self.intent.spec_hash
            && !was_live
            && apart.is_some_and(|apart| apart < self.desired.visibility_grace)
            && self.is_our_image(ended.image.as_ref()) == Some(true)
    }

    /// Whether a revision is what ECS shows as serving, and is as the spec says.
    fn shows_this_spec(&self, revision: Option<&str>) -> bool {
        let serving = self.serving().filter(|serving| Some(serving.revision.as_str()) == revision);
        serving.is_some_and(|serving| self.compare(serving).differences.is_empty())
    }

    /// A deployment that a newer one replaced ends `STOPPED`, and nothing was wrong with it.
    fn was_overtaken(&self, ended: &Deployment) -> bool {
        let Some(newest) = self.live.newest() else { return false };
        let is_part_of_it = ended.target.iter().chain(&ended.sources).any(|load| load.arn == newest.revision);
        ended.state == DeploymentState::Stopped && !is_part_of_it && newest.created_at > ended.created_at
    }

    /// The revision that the last deployment was rolled back from.
    pub(super) fn rolled_back_revision(&self) -> Option<&str> {
        let (state, target) = self.last_deployment();
        target.filter(|_| state == Some(DeploymentState::RollbackSuccessful))
    }

    /// Whether the last deployment has brought this revision to its end, whatever became of the ones before.
    pub(super) fn has_succeeded(&self, revision: &str) -> bool {
        self.last_deployment() == (Some(DeploymentState::Successful), Some(revision))
    }

    /// How the last deployment ended, and with which revision, as it is seen or remembered.
    fn last_deployment(&self) -> (Option<DeploymentState>, Option<&str>) {
        match (&self.live.last_ended, &self.memory.deployment) {
            (Some(seen), _) => (Some(seen.state.clone()), seen.target.as_ref().map(|target| target.arn.as_str())),
            (None, Some(known)) => (Some(DeploymentState::of(known)), known.target_revision.as_deref()),
            (None, None) => (None, None),
        }
    }

    /// The failure of this very spec, unless a retry was asked for.
    pub(super) fn held(&self, fresh: Option<&FailedAttempt>) -> Option<FailedAttempt> {
        self.failure_of_this_spec(fresh).filter(|_| fresh.is_some() || !self.retry_requested())
    }

    /// Whether a failure of this spec is remembered that a person wants to be tried again.
    pub(super) fn retries_a_failure(&self, fresh: Option<&FailedAttempt>) -> bool {
        fresh.is_none() && self.retry_requested() && self.failure_of_this_spec(None).is_some()
    }

    fn failure_of_this_spec(&self, fresh: Option<&FailedAttempt>) -> Option<FailedAttempt> {
        let known = fresh.or(self.memory.failed.as_ref()).cloned().or_else(|| self.failure_by_tag());
        known.filter(|f| f.spec_hash == self.intent.spec_hash)
    }

    /// The tag outlives the status, and later deployments too.
    fn failure_by_tag(&self) -> Option<FailedAttempt> {
        let spec_hash = self.failed_tag().filter(|_| self.memory.submitted.is_none())?.to_owned();
        Some(FailedAttempt {
            generation: self.desired.generation,
            spec_hash,
            outcome: Reason::RolledBack.to_string(),
            deployment: None,
            image: self.intent.configuration.container.as_ref().map(|c| c.image.clone()),
            reason: format!("the cause is no longer known, the AWS tag {} remembers it", names::TAG_FAILED_SPEC_HASH),
            at: None,
        })
    }

    fn failed_tag(&self) -> Option<&str> {
        self.live.presence.tags.get(names::TAG_FAILED_SPEC_HASH).map(String::as_str)
    }

    /// In mode `Observe` there is nothing to retry: what has failed is said.
    fn retry_requested(&self) -> bool {
        self.desired.policy.mode == Mode::Manage && self.memory.is_new_token(self.desired.retry_token.as_ref())
    }

    /// Remembers the failure in a tag too, so that it outlives the status.
    pub(super) fn hold(&self, failed: FailedAttempt) -> Plan {
        let step = if self.failed_tag() == Some(&failed.spec_hash) {
            Step::Refuse
        } else {
            let set = Tags::from([(names::TAG_FAILED_SPEC_HASH.to_owned(), failed.spec_hash.clone())]);
            self.retag(TagChange::Set(set))
        };
        Plan::new(step, Verdict::Held(failed), Requeue::Settled)
    }
}

/// The reason that tells how a deployment failed; `None`: it did not.
pub(super) fn failed_outcome(ended: &DeploymentState) -> Option<Reason> {
    match ended {
        DeploymentState::RollbackSuccessful => Some(Reason::RolledBack),
        DeploymentState::RollbackFailed => Some(Reason::RollbackFailed),
        DeploymentState::Stopped => Some(Reason::DeploymentFailed),
        _ => None,
    }
}

#[cfg(test)]
#[path = "plan_failure_tests.rs"]
mod tests;
