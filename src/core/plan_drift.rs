//! The decision about a service that somebody else changed: the change is undone, shown, or left because it keeps coming back.

use crate::api::drift::{DriftCorrection, DriftHandling};
use crate::api::management::{Drift as DriftPolicy, Mode};

use super::drift::{Drift, MAX_CORRECTIONS, WINDOW, corrections, never_arrived, wanted_tags};
use super::observed::ActiveConfiguration;
use super::plan::{Plan, Requeue, Verdict};
use super::plan_live::Case;
use super::step::{Retag, Step};
use super::tags::{self, TagDifference};
use super::target::{Comparison, Difference};

impl Case<'_> {
    /// Whether this spec was live before, so that what differs from it in `shown` was changed by somebody else.
    pub(super) fn was_live(&self, shown: &ActiveConfiguration) -> bool {
        let hash = &self.intent.spec_hash;
        let is_the_last = self.memory.last_live.as_ref().is_some_and(|live| live.spec_hash == *hash);
        let is_what_was_sent = self.submission().is_some_and(|s| s.revision.as_deref() == Some(&shown.revision));
        // A revision may be changed in place. One that never was as it should be does not read back.
        let is_known = self
            .memory
            .drift
            .as_ref()
            .is_some_and(|drift| drift.spec_hash == *hash && drift.handling != DriftHandling::Correcting);
        is_the_last && (!is_what_was_sent || self.memory.in_sync || is_known)
    }

    /// Somebody else's change serves.
    pub(super) fn drifted(&self, comparison: Comparison) -> Plan {
        let tags = self.drifted_tags();
        let handling = self.handling(&comparison.paths());
        let users: Vec<Difference> = tags.iter().filter(|tag| !tag.is_ours()).map(TagDifference::difference).collect();
        // The one write that comes now is about the configuration; tags have theirs afterwards.
        let shown_tags = users.iter().filter(|_| handling != DriftHandling::Correcting);
        let drift = Some(Drift::of(handling, comparison.differences.iter().chain(shown_tags)));
        match handling {
            DriftHandling::Correcting | DriftHandling::Pending => Plan { drift, ..self.update(comparison, 0) },
            DriftHandling::Reported | DriftHandling::Contested => Plan { drift, ..left_alone() },
        }
    }

    /// Somebody else's change is being rolled out: it is let end.
    pub(super) fn drifts(
        &self,
        plan: Plan,
        shown: Option<&ActiveConfiguration>,
        comparison: Option<Comparison>,
    ) -> Plan {
        match (shown, comparison) {
            (Some(shown), Some(comparison)) if self.was_live(shown) => {
                Plan { drift: Some(Drift::of(DriftHandling::Pending, comparison.differences.iter())), ..plan }
            }
            _ => plan,
        }
    }

    /// The spec is live, and so are its tags, but for those that somebody else changed.
    pub(super) fn settled(&self, comparison: Option<Comparison>) -> Plan {
        let differing = self.tag_differences();
        let drifted = self.drifted_tags();
        let (ours, users): (Vec<_>, Vec<_>) = drifted.iter().partition(|tag| tag.is_ours());
        let paths = |tags: &[&TagDifference]| tags.iter().map(|tag| tag.difference().path).collect::<Vec<_>>();
        // Our own say whose the service is: they are always put back.
        let users_handling = (!users.is_empty()).then(|| self.handling(&paths(&users)));
        let (handling, shown) = match users_handling {
            Some(left @ (DriftHandling::Reported | DriftHandling::Contested)) => (left, users),
            _ => (DriftHandling::Correcting, [users, ours].concat()),
        };
        let is_left = handling != DriftHandling::Correcting;
        let to_write = differing.iter().filter(|tag| !is_left || !shown.contains(tag));
        let was_just_put_back = !is_left && self.corrected_lately(&paths(&shown));
        let (step, requeue) = match tags::change(to_write, &self.live.presence.tags) {
            // Tags read back late, and would be written again.
            Some(_) if was_just_put_back => (Step::Wait, Requeue::Rollout),
            Some(change) => (self.retag(change), Requeue::Rollout),
            None => (Step::Nothing, Requeue::Settled),
        };
        let differences: Vec<Difference> = shown.iter().map(|tag| tag.difference()).collect();
        let is_shown = !differences.is_empty() && !was_just_put_back;
        let drift = is_shown.then(|| Drift::of(handling, differences.iter()));
        Plan { comparison, drift, ..Plan::new(step, Verdict::Settled, requeue) }
    }

    /// Somebody took our tags off: whatever else is waited for, they are put back.
    pub(super) fn with_our_tags(&self, plan: Plan) -> Plan {
        let presence = &self.live.presence;
        if plan.step.aws_write().is_some() || self.desired.owner.of(&presence.tags).is_ours() {
            return plan;
        }
        let missing = tags::compare(&self.desired.owner.tags(), &[], &presence.tags);
        let paths: Vec<String> = missing.iter().map(|tag| tag.difference().path).collect();
        match tags::change(missing.iter(), &presence.tags).filter(|_| !self.corrected_lately(&paths)) {
            Some(change) => {
                let change = Retag { service_arn: presence.arn.clone(), change };
                let differences: Vec<Difference> = missing.iter().map(TagDifference::difference).collect();
                let put_back = Drift::of(DriftHandling::Correcting, differences.iter());
                Plan { step: Step::Retag(change), drift: plan.drift.or(Some(put_back)), ..plan }
            }
            None => plan,
        }
    }

    fn handling(&self, paths: &[String]) -> DriftHandling {
        let policy = &self.desired.policy;
        if policy.mode == Mode::Manage && policy.drift == DriftPolicy::Report {
            return DriftHandling::Reported;
        }
        let (sent, newest) = (self.submission(), self.live.newest().and_then(|newest| newest.created_at));
        let arrived = |it: &&DriftCorrection| !never_arrived(it, self.desired, sent, newest);
        let arrived = self.memory.corrections.iter().filter(arrived);
        match corrections(arrived, paths, WINDOW, self.now) >= MAX_CORRECTIONS
            && !self.memory.is_new_token(self.desired.retry_token.as_ref())
        {
            true => DriftHandling::Contested,
            false => DriftHandling::Correcting,
        }
    }

    fn corrected_lately(&self, paths: &[String]) -> bool {
        corrections(&self.memory.corrections, paths, self.desired.visibility_grace, self.now) > 0
    }

    /// Tags that are not as they should be, and those of ours that say what is over.
    fn tag_differences(&self) -> Vec<TagDifference> {
        let before = self.memory.submitted.as_ref().map(|sent| sent.tag_keys.clone()).unwrap_or_default();
        let before = [before, vec![crate::api::names::TAG_FAILED_SPEC_HASH.to_owned()]].concat();
        tags::compare(&wanted_tags(self.desired, self.intent), &before, &self.live.presence.tags)
    }

    /// Those of them that were in place before.
    fn drifted_tags(&self) -> Vec<TagDifference> {
        let wanted = wanted_tags(self.desired, self.intent);
        let differing = tags::compare(&wanted, &[], &self.live.presence.tags);
        let seen = self.memory.last_live.as_ref().and_then(|live| live.tags_hash.as_ref());
        // Most of the time nothing differs, and then nothing needs a hash.
        if differing.is_empty() || seen != Some(&tags::hash(&wanted)) {
            return Vec::new();
        }
        differing
    }
}

fn left_alone() -> Plan {
    Plan::new(Step::Refuse, Verdict::Drifted, Requeue::Settled)
}

#[cfg(test)]
#[path = "plan_drift_tests.rs"]
mod tests;
