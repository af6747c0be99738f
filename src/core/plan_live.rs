//! The decision for a service that exists and is ours: follow, update, hold, retag, or leave alone.

use jiff::Timestamp;

use crate::api::names;
use crate::api::status::{FailedAttempt, Submission};

use super::desired::{Desired, Intent};
use super::memory::Memory;
use super::observed::{ActiveConfiguration, Live, Tags};
use super::plan::{Plan, Requeue, Verdict, just_submitted};
use super::rollout::{Deployment, DeploymentState};
use super::step::{Retag, Step, TagChange, UpdateService};
use super::target::{Comparison, compare};

/// How often the same spec is sent again when ECS does not show what it was given.
const MAX_REPEATS: i32 = 1;

/// Decides for a live service of ours.
pub(super) fn plan(desired: &Desired, intent: &Intent, live: &Live, memory: &Memory, now: Timestamp) -> Plan {
    let case = Case { desired, intent, live, memory, now };
    match &live.in_flight {
        Some(deployment) => case.in_flight(deployment),
        None => case.at_rest(),
    }
}

struct Case<'a> {
    desired: &'a Desired,
    intent: &'a Intent,
    live: &'a Live,
    memory: &'a Memory,
    now: Timestamp,
}

impl Case<'_> {
    /// What was sent last, if it was this spec.
    fn submission(&self) -> Option<&Submission> {
        self.memory.submitted.as_ref().filter(|s| s.spec_hash == self.intent.spec_hash)
    }

    fn compare(&self, live: &ActiveConfiguration) -> Comparison {
        let mut comparison = compare(&self.intent.configuration, self.memory.submitted.as_ref(), &live.configuration);
        if self.submission().is_some_and(|s| s.revision.as_deref() == Some(&live.revision)) {
            // ECS runs an image on the architecture that it was built for, whatever was asked for
            // (release of 2026-07-08). Asking again would change nothing.
            comparison.differences.retain(|d| d.path != "spec.cpuArchitecture");
        }
        comparison
    }

    fn in_flight(&self, deployment: &Deployment) -> Plan {
        let target = deployment.target.as_ref().map(|t| t.arn.as_str());
        if let Some(submission) = self.submission()
            && match &submission.revision {
                Some(revision) => Some(revision.as_str()) == target,
                None => !self.was_seen_before(&deployment.arn),
            }
        {
            return follow(deployment, Verdict::RollingOut);
        }
        let shown = self.configuration_of(target);
        let comparison = shown.map(|shown| self.compare(shown));
        if comparison.as_ref().is_some_and(|c| c.differences.is_empty()) {
            return Plan { comparison, ..follow(deployment, Verdict::RollingOut) };
        }
        if deployment.state.is_going_back() {
            return follow(deployment, Verdict::RollingOutOther);
        }
        if self.submission().is_some() {
            let verdict = if just_submitted(self.memory, self.now) && !self.has_shown_submission() {
                Verdict::Submitted
            } else {
                Verdict::RollingOutOther
            };
            return Plan::new(Step::Wait, verdict, Requeue::Rollout);
        }
        self.overtake(comparison, target)
    }

    /// The spec is newer than what is being rolled out.
    fn overtake(&self, comparison: Option<Comparison>, target: Option<&str>) -> Plan {
        let target_is_ours =
            self.memory.submitted.as_ref().is_some_and(|s| s.revision.is_some() && s.revision.as_deref() == target);
        let comparison = match comparison {
            Some(comparison) => comparison,
            // ECS shows a target's configuration only from SCALE_UP on. When it is what we sent last, we know that it
            // is not this spec; otherwise it may be, sent just before a crash.
            None if target_is_ours => match self.newest() {
                Some(newest) => self.compare(newest),
                None => compare(&self.intent.configuration, self.memory.submitted.as_ref(), &Default::default()),
            },
            None => return Plan::new(Step::Wait, Verdict::RollingOutOther, Requeue::Rollout),
        };
        if let Some(failed) = self.held(None) {
            return Plan::new(Step::Refuse, Verdict::Held(failed), Requeue::Rollout);
        }
        self.update(comparison, 0)
    }

    fn at_rest(&self) -> Plan {
        let failure = self.fresh_failure();
        let plan = match &self.live.configurations {
            None => self.unmoved(),
            Some(_) => match (self.newest(), self.held(failure.as_ref())) {
                (Some(newest), _) => self.compared(newest, failure.as_ref()),
                (None, Some(failed)) => self.hold(failed),
                (None, None) => Plan::new(Step::Wait, Verdict::Creating, Requeue::Rollout),
            },
        };
        Plan { failure, ..plan }
    }

    /// Nothing has moved since the spec was found live, or held.
    fn unmoved(&self) -> Plan {
        match self.held(None) {
            Some(failed) => self.hold(failed),
            None => self.settled(None),
        }
    }

    fn compared(&self, serving: &ActiveConfiguration, failure: Option<&FailedAttempt>) -> Plan {
        let comparison = self.compare(serving);
        let in_sync = comparison.differences.is_empty();
        let held = self.held(failure).filter(|failed| !(in_sync && failed.outcome == "RolledBack"));
        if let Some(failed) = held {
            return Plan { comparison: Some(comparison), ..self.hold(failed) };
        }
        if in_sync && !self.retries_a_failure(failure) {
            return self.settled(Some(comparison));
        }
        let Some(submission) = self.submission() else { return self.update(comparison, 0) };
        if just_submitted(self.memory, self.now) && !self.has_shown_submission() && failure.is_none() {
            return Plan {
                comparison: Some(comparison),
                ..Plan::new(Step::Wait, Verdict::Submitted, Requeue::Rollout)
            };
        }
        let reads_back_differently = submission.revision.as_deref() == Some(&serving.revision)
            && !self.memory.in_sync
            && !self.retries_a_failure(failure);
        match reads_back_differently {
            false => self.update(comparison, 0),
            true if submission.repeats < MAX_REPEATS => self.update(comparison, submission.repeats + 1),
            true => {
                let verdict = Verdict::NotConverging(comparison.paths());
                Plan { comparison: Some(comparison), ..Plan::new(Step::Refuse, verdict, Requeue::Settled) }
            }
        }
    }

    /// Whether the deployment of what was sent last was ever seen.
    fn has_shown_submission(&self) -> bool {
        let revision = self.memory.submitted.as_ref().and_then(|s| s.revision.as_deref());
        let seen = |arn: &str| {
            self.memory.deployment.as_ref().is_some_and(|d| d.target_revision.as_deref() == Some(arn))
                || self.live.revisions.iter().any(|r| r.arn == arn)
                || self.configuration_of(Some(arn)).is_some()
        };
        revision.is_some_and(seen)
    }

    /// A deployment that is remembered from before a submission whose revision is not known yet cannot be its own.
    /// (One that is remembered without a target was seen too early to tell.)
    fn was_seen_before(&self, deployment: &str) -> bool {
        self.memory.deployment.as_ref().is_some_and(|d| d.arn == deployment && d.target_revision.is_some())
    }

    fn configuration_of(&self, revision: Option<&str>) -> Option<&ActiveConfiguration> {
        self.live.configurations.as_ref()?.iter().find(|c| Some(c.revision.as_str()) == revision)
    }

    /// ECS does not document the order of the active configurations.
    fn newest(&self) -> Option<&ActiveConfiguration> {
        self.live.configurations.as_ref()?.iter().max_by_key(|c| c.created_at)
    }

    /// The failure that the last deployment ended in, if it was ours and is not remembered yet.
    fn fresh_failure(&self) -> Option<FailedAttempt> {
        let ended = self.live.last_ended.as_ref()?;
        let outcome = failed_outcome(ended)?;
        let target = ended.target.as_ref().map(|t| t.arn.as_str());
        let remembered = self.memory.failed.as_ref().and_then(|f| f.deployment.as_deref());
        if remembered == Some(ended.arn.as_str()) {
            return None;
        }
        let submission = self.memory.submitted.as_ref();
        let (hash, generation, ours) = match submission {
            Some(s) => {
                let ours = match &s.revision {
                    Some(revision) => Some(revision.as_str()) == target,
                    None => !self.was_seen_before(&ended.arn),
                };
                (s.spec_hash.clone(), s.generation, ours)
            }
            // The status is lost: the tag remembers which spec it was.
            None => {
                let tag = self.live.presence.tags.get(names::TAG_FAILED_SPEC_HASH);
                (tag.cloned().unwrap_or_default(), self.desired.generation, tag.is_some())
            }
        };
        ours.then(|| FailedAttempt {
            generation,
            spec_hash: hash,
            outcome: outcome.to_owned(),
            deployment: Some(ended.arn.clone()),
            image: self.intent.configuration.container.as_ref().map(|c| c.image.clone()),
            reason: ended.cause(),
            at: ended.finished_at.map(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time),
        })
    }

    /// The failure of this very spec, unless a retry was asked for.
    fn held(&self, fresh: Option<&FailedAttempt>) -> Option<FailedAttempt> {
        self.failure_of_this_spec(fresh).filter(|_| fresh.is_some() || !self.retry_requested()).cloned()
    }

    fn failure_of_this_spec<'b>(&'b self, fresh: Option<&'b FailedAttempt>) -> Option<&'b FailedAttempt> {
        fresh.or(self.memory.failed.as_ref()).filter(|f| f.spec_hash == self.intent.spec_hash)
    }

    fn retry_requested(&self) -> bool {
        self.desired.retry_token.is_some() && self.desired.retry_token != self.memory.handled_retry_token
    }

    fn retries_a_failure(&self, fresh: Option<&FailedAttempt>) -> bool {
        fresh.is_none() && self.retry_requested() && self.failure_of_this_spec(None).is_some()
    }

    /// Remembers the failure in a tag too, so that it outlives the status.
    fn hold(&self, failed: FailedAttempt) -> Plan {
        let tag = self.live.presence.tags.get(names::TAG_FAILED_SPEC_HASH);
        let step = if tag == Some(&failed.spec_hash) {
            Step::Refuse
        } else {
            let set = Tags::from([(names::TAG_FAILED_SPEC_HASH.to_owned(), failed.spec_hash.clone())]);
            self.retag(TagChange::Set(set))
        };
        Plan::new(step, Verdict::Held(failed), Requeue::Settled)
    }

    fn settled(&self, comparison: Option<Comparison>) -> Plan {
        let (step, requeue) = match self.tag_change() {
            Some(change) => (self.retag(change), Requeue::Now),
            None => (Step::Nothing, Requeue::Settled),
        };
        Plan { comparison, ..Plan::new(step, Verdict::Settled, requeue) }
    }

    fn tag_change(&self) -> Option<TagChange> {
        let live = &self.live.presence.tags;
        let mut wanted = self.intent.user_tags.clone();
        wanted.extend(self.desired.owner.tags());
        let set: Tags =
            wanted.iter().filter(|(k, v)| live.get(*k) != Some(*v)).map(|(k, v)| (k.clone(), v.clone())).collect();
        if !set.is_empty() {
            return Some(TagChange::Set(set));
        }
        let before = self.memory.submitted.as_ref().map(|s| s.tag_keys.as_slice()).unwrap_or_default();
        let ended_well = names::TAG_FAILED_SPEC_HASH.to_owned();
        let remove: Vec<String> = before
            .iter()
            .chain([&ended_well])
            .filter(|key| live.contains_key(*key) && !wanted.contains_key(*key))
            .cloned()
            .collect();
        (!remove.is_empty()).then_some(TagChange::Remove(remove))
    }

    fn retag(&self, change: TagChange) -> Step {
        Step::Retag(Retag { service_arn: self.live.presence.arn.clone(), change })
    }

    fn update(&self, comparison: Comparison, repeats: i32) -> Plan {
        let update =
            UpdateService { service_arn: self.live.presence.arn.clone(), configuration: comparison.to_send.clone() };
        let verdict = Verdict::Updating { paths: comparison.paths(), repeats };
        Plan { comparison: Some(comparison), ..Plan::new(Step::Update(Box::new(update)), verdict, Requeue::Rollout) }
    }
}

fn follow(deployment: &Deployment, verdict: Verdict) -> Plan {
    let verdict = match verdict {
        Verdict::RollingOut if deployment.state.is_going_back() => Verdict::RollingBack,
        other => other,
    };
    Plan::new(Step::Wait, verdict, Requeue::Rollout)
}

/// The word for how a deployment failed; `None`: it did not.
fn failed_outcome(ended: &Deployment) -> Option<&'static str> {
    match ended.state {
        DeploymentState::RollbackSuccessful => Some("RolledBack"),
        DeploymentState::RollbackFailed => Some("RollbackFailed"),
        DeploymentState::Stopped => Some("DeploymentFailed"),
        _ => None,
    }
}
