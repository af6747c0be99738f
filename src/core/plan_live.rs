//! The decision for a service that exists and is ours: follow, update, hold, retag, or leave alone.

use jiff::Timestamp;

use crate::api::Reason;
use crate::api::management::Mode;
use crate::api::status::{FailedAttempt, Submission};

use super::desired::{Desired, Intent};
use super::immutable;
use super::memory::Memory;
use super::observed::{ActiveConfiguration, Live};
use super::plan::{Plan, Requeue, Verdict, just_submitted};
use super::rollout::{Deployment, Stage};
use super::step::{Retag, Step, TagChange, UpdateService};
use super::target::{Comparison, compare};

/// How often the same spec is sent again when ECS does not show what it was given.
const MAX_REPEATS: i32 = 1;

/// Decides for a live service of ours.
pub(super) fn plan(desired: &Desired, intent: &Intent, live: &Live, memory: &Memory, now: Timestamp) -> Plan {
    let case = Case { desired, intent, live, memory, now };
    let plan = match &live.in_flight {
        Some(deployment) => case.in_flight(deployment),
        None => case.at_rest(),
    };
    if desired.policy.mode == Mode::Observe { plan } else { case.with_our_tags(plan) }
}

/// One service, and all that the decision about it rests on.
pub(super) struct Case<'a> {
    pub(super) desired: &'a Desired,
    pub(super) intent: &'a Intent,
    pub(super) live: &'a Live,
    pub(super) memory: &'a Memory,
    pub(super) now: Timestamp,
}

impl Case<'_> {
    /// What was sent last, if it was this spec.
    pub(super) fn submission(&self) -> Option<&Submission> {
        self.memory.submitted.as_ref().filter(|s| s.spec_hash == self.intent.spec_hash)
    }

    pub(super) fn compare(&self, live: &ActiveConfiguration) -> Comparison {
        let mut comparison = compare(&self.intent.configuration, self.memory.submitted.as_ref(), &live.configuration);
        comparison.base = Some(live.revision.clone());
        let chosen = self.memory.last_live.as_ref().and_then(|last| last.cpu_architecture);
        // Of a service that is new, the first revision is the one that was sent, seen or not.
        let first = self.memory.serving_revision.is_none().then_some(live.revision.as_str());
        if self.submission().is_some_and(|s| s.revision.as_deref().or(first) == Some(&live.revision))
            || (chosen.is_some() && chosen == live.configuration.cpu_architecture)
        {
            // ECS runs an image on the architecture that it was built for, whatever was asked for
            // (release of 2026-07-08). Asking again would change nothing.
            comparison.differences.retain(|d| d.path != "spec.cpuArchitecture");
        }
        if self.desired.policy.mode == Mode::Observe {
            comparison.differences.extend(immutable::role_difference(self.intent, self.live));
        }
        comparison
    }

    fn in_flight(&self, deployment: &Deployment) -> Plan {
        let target = self.target_of(deployment);
        let shown = self.configuration_of(target);
        if let Some(submission) = self.submission()
            && match &submission.revision {
                Some(revision) => Some(revision.as_str()) == target,
                // Nobody knows what became of it: somebody else may have begun what is seen now.
                None if shown.is_some_and(|shown| self.runs_another_image(shown)) => false,
                None => !self.was_seen_before(&deployment.arn) && !self.is_from_before(target),
            }
        {
            return self.unless_wedged(deployment, follow(deployment, Verdict::RollingOut));
        }
        let comparison = shown.map(|shown| self.compare(shown));
        if comparison.as_ref().is_some_and(|c| c.differences.is_empty()) {
            return self.unless_wedged(deployment, follow(deployment, Verdict::RollingOut));
        }
        if deployment.state.is_going_back() {
            return follow(deployment, Verdict::RollingOutOther);
        }
        if self.submission().is_some() {
            let unseen = self.is_unseen();
            if unseen || target.is_none() {
                return submitted();
            }
            if self.is_from_before(target) {
                // It was to be overtaken, and what was sent never arrived.
                return self.overtake(comparison, target);
            }
            let other = Plan::new(Step::Wait, Verdict::RollingOutOther, Requeue::Rollout);
            return self.drifts(other, shown, comparison);
        }
        self.overtake(comparison, target)
    }

    /// Whether what is shown has another image than this spec, where both say one.
    fn runs_another_image(&self, shown: &ActiveConfiguration) -> bool {
        let image = shown.configuration.container.as_ref().map(|container| &container.image);
        self.is_our_image(image) == Some(false)
    }

    /// What a deployment rolls out. ECS may fail to describe what it has described before.
    fn target_of<'b>(&'b self, deployment: &'b Deployment) -> Option<&'b str> {
        let shown = deployment.target.as_ref().map(|t| t.arn.as_str());
        let remembered = self.memory.deployment.as_ref().filter(|d| d.arn == deployment.arn);
        shown.or_else(|| remembered.and_then(|d| d.target_revision.as_deref()))
    }

    /// The spec is newer than what is being rolled out.
    fn overtake(&self, comparison: Option<Comparison>, target: Option<&str>) -> Plan {
        let target_is_ours =
            self.memory.submitted.as_ref().is_some_and(|s| s.revision.is_some() && s.revision.as_deref() == target);
        let comparison = match comparison {
            Some(comparison) => comparison,
            // ECS shows a target's configuration only from SCALE_UP on. When it is what we sent last, we know that it
            // is not this spec; otherwise it may be, sent just before a crash.
            None if target_is_ours => match self.live.newest() {
                Some(newest) => Comparison { base: None, ..self.compare(newest) },
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
            // A rollout ended between the calls of this reading: what serves now was not read.
            None if self.live.last_ended.is_some() && !self.memory.is_settled() => submitted(),
            None => self.unmoved(),
            Some(_) if self.is_torn() => submitted(),
            Some(_) => match (self.serving(), self.held(failure.as_ref())) {
                (Some(serving), _) => self.compared(serving, failure.as_ref()),
                (None, Some(failed)) => self.hold(failed),
                (None, None) => Plan::new(Step::Wait, Verdict::Creating, Requeue::Rollout),
            },
        };
        Plan { failure, ..plan }
    }

    /// Nothing has moved since the spec was found live, or held. What serves has not failed, whatever a tag still says.
    fn unmoved(&self) -> Plan {
        match self.held(None).filter(|_| !self.memory.in_sync) {
            Some(failed) => self.hold(failed),
            None => self.settled(None),
        }
    }

    fn compared(&self, serving: &ActiveConfiguration, failure: Option<&FailedAttempt>) -> Plan {
        let comparison = self.compare(serving);
        let in_sync = comparison.differences.is_empty();
        let is_over = |failed: &FailedAttempt| {
            failed.outcome == Reason::RolledBack.as_ref() || self.has_succeeded(&serving.revision)
        };
        let held = self.held(failure).filter(|failed| !(in_sync && is_over(failed)));
        if let Some(failed) = held {
            return Plan { comparison: Some(comparison), ..self.hold(failed) };
        }
        let is_unseen = self.is_unseen() && failure.is_none();
        if is_unseen && (self.sent_as_another(Some(&serving.revision)) || (in_sync && self.sent_another())) {
            // A retry: what failed before looks the same. An edit and back: what serves is as the spec wants it, for now.
            return submitted();
        }
        if in_sync && !self.retries_a_failure(failure) {
            return self.settled(Some(comparison));
        }
        let is_drift = self.was_live(serving) && !self.retries_a_failure(failure);
        let Some(submission) = self.submission() else {
            return if is_drift { self.drifted(comparison) } else { self.update(comparison, 0) };
        };
        if is_unseen {
            return submitted();
        }
        if is_drift {
            return self.drifted(comparison);
        }
        let reads_back_differently =
            submission.revision.as_deref() == Some(&serving.revision) && !self.retries_a_failure(failure);
        match reads_back_differently {
            false => self.update(comparison, 0),
            true if submission.repeats < MAX_REPEATS => self.update(comparison, submission.repeats + 1),
            true => {
                let verdict = Verdict::NotConverging(comparison.paths());
                Plan { comparison: Some(comparison), ..Plan::new(Step::Refuse, verdict, Requeue::Settled) }
            }
        }
    }

    /// Whether what was sent last is another spec.
    fn sent_another(&self) -> bool {
        self.memory.submitted.as_ref().is_some_and(|sent| sent.spec_hash != self.intent.spec_hash)
    }

    /// Whether this very spec was sent as a revision that is not this one.
    pub(super) fn sent_as_another(&self, revision: Option<&str>) -> bool {
        self.submission().is_some_and(|sent| sent.revision.is_some() && sent.revision.as_deref() != revision)
    }

    /// Whether ECS may not show yet what was sent last.
    pub(super) fn is_unseen(&self) -> bool {
        let is_shown = self.has_shown_submission() && !self.is_of_before_the_last();
        just_submitted(self.desired, self.memory, self.now) && !is_shown
    }

    /// Whether the deployment of what was sent last was ever seen.
    fn has_shown_submission(&self) -> bool {
        let revision = self.memory.submitted.as_ref().and_then(|s| s.revision.as_deref());
        let seen = |arn: &str| {
            self.memory.deployment.as_ref().is_some_and(|d| d.target_revision.as_deref() == Some(arn))
                || self.memory.last_live.as_ref().is_some_and(|live| live.revision.as_deref() == Some(arn))
                || self.live.revisions.iter().any(|r| r.arn == arn)
                || self.configuration_of(Some(arn)).is_some()
        };
        revision.is_some_and(seen)
    }

    /// Whether this reading is older than the one before it: its newest deployment ended before the one that was seen then began.
    fn is_of_before_the_last(&self) -> bool {
        let (Some(newest), Some(seen)) = (&self.live.last_ended, &self.memory.deployment) else { return false };
        let began = seen.started_at.as_ref().map(|time| time.0);
        newest.arn != seen.arn && newest.finished_at.zip(began).is_some_and(|(finished, began)| finished <= began)
    }

    /// A deployment that is remembered from before a submission whose revision is not known yet cannot be its own.
    /// (One that is remembered without a target was seen too early to tell.)
    pub(super) fn was_seen_before(&self, deployment: &str) -> bool {
        self.memory.deployment.as_ref().is_some_and(|d| d.arn == deployment && d.target_revision.is_some())
    }

    /// Whether a revision is the one before a submission whose revision is not known.
    pub(super) fn is_from_before(&self, revision: Option<&str>) -> bool {
        let is_unknown = self.memory.submitted.as_ref().is_some_and(|sent| sent.revision.is_none());
        is_unknown && revision.is_some() && self.memory.latest_revision.as_deref() == revision
    }

    fn configuration_of(&self, revision: Option<&str>) -> Option<&ActiveConfiguration> {
        self.live.configurations.as_ref()?.iter().find(|c| Some(c.revision.as_str()) == revision)
    }

    /// What serves, at rest: the lone revision that has tasks; while others still stop, the newest that was not rolled back.
    pub(super) fn serving(&self) -> Option<&ActiveConfiguration> {
        let lone = match self.live.revisions.as_slice() {
            [only] => self.configuration_of(Some(&only.arn)),
            _ => None,
        };
        let gone = self.rolled_back_revision();
        let mut others = self.live.configurations.iter().flatten().filter(|c| Some(c.revision.as_str()) != gone);
        lone.or_else(|| others.by_ref().max_by_key(|c| c.created_at))
    }

    /// One revision is all that runs, but ECS shows the configuration of another: that of one before it (another update would
    /// start another canary), or of one after it, where a rollout ended between the calls of one reading. ECS's answers are
    /// eventually consistent, each by itself (developer guide: service-deployment).
    fn is_torn(&self) -> bool {
        let [only] = self.live.revisions.as_slice() else { return false };
        let is_ours = self.submission().and_then(|s| s.revision.as_deref()) == Some(only.arn.as_str());
        let shows_another = self.live.configurations.as_ref().is_some_and(|shown| !shown.is_empty());
        self.configuration_of(Some(&only.arn)).is_none() && (is_ours || shows_another)
    }

    pub(super) fn retag(&self, change: TagChange) -> Step {
        Step::Retag(Retag { service_arn: self.live.presence.arn.clone(), change })
    }

    pub(super) fn update(&self, comparison: Comparison, repeats: i32) -> Plan {
        let update =
            UpdateService { service_arn: self.live.presence.arn.clone(), configuration: comparison.to_send.clone() };
        let verdict = Verdict::Updating { paths: comparison.paths(), repeats };
        Plan { comparison: Some(comparison), ..Plan::new(Step::Update(Box::new(update)), verdict, Requeue::Rollout) }
    }
}

fn submitted() -> Plan {
    Plan::new(Step::Wait, Verdict::Submitted, Requeue::Rollout)
}

fn follow(deployment: &Deployment, verdict: Verdict) -> Plan {
    let verdict = match verdict {
        Verdict::RollingOut if deployment.state.is_going_back() => Verdict::RollingBack,
        other => other,
    };
    // ECS waits for five health checks half a minute apart, and watches for three minutes, twice
    // (developer guide: express-service-update-full).
    let requeue = match deployment.stage {
        _ if deployment.state.is_going_back() => Requeue::Rollout,
        Some(Stage::ScaleUp | Stage::ProductionTrafficShift | Stage::BakeTime) => Requeue::Stage,
        _ => Requeue::Rollout,
    };
    Plan::new(Step::Wait, verdict, requeue)
}

#[cfg(test)]
#[path = "plan_live_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "plan_live_shown_tests.rs"]
mod shown_tests;
