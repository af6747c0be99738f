//! The decision for a live service that is not this object's: it is refused, or adopted. Adoption writes tags and nothing
//! else; an update that has to follow is shown first, and comes later in the usual way.

use jiff::Timestamp;

use crate::api::management::Approval;
use crate::api::status::PlanStatus;

use super::desired::{Desired, Intent};
use super::immutable;
use super::memory::Memory;
use super::observed::{ActiveConfiguration, Live, Tags};
use super::ownership::Ownership;
use super::plan::{Plan, Requeue, Verdict};
use super::planned::{Action, planned};
use super::step::{AwsWrite, Retag, Step, TagChange};
use super::target::compare;

/// Decides for a live service that `ownership` proves not to be ours.
pub(super) fn plan(
    desired: &Desired,
    intent: &Intent,
    live: &Live,
    ownership: Ownership,
    memory: &Memory,
    now: Timestamp,
) -> Plan {
    let may = ownership.may_be_adopted(desired.policy.adoption, memory.owned(&live.presence));
    let owner = match ownership {
        Ownership::Other(owner) => Some(owner),
        Ownership::Ours | Ownership::Nobody => None,
    };
    if memory.adopted_at.is_some_and(|at| now.duration_since(at) < desired.visibility_grace) {
        // Tags read back late.
        return Plan::new(Step::Wait, Verdict::Adopting(owner), Requeue::Rollout);
    }
    if !may {
        return Plan::new(Step::Refuse, Verdict::NotOurs(owner), Requeue::Settled);
    }
    if let Some(immutable) = immutable::role(intent, live) {
        return immutable.plan();
    }
    let case = Case { desired, intent, live, memory };
    let Some(held_back) = case.resting_on().and_then(|revision| case.candidate(&revision)) else {
        return Plan::new(Step::Wait, Verdict::AdoptionWaits(owner), Requeue::Stage);
    };
    let is_approved = |plan: &PlanStatus| desired.approved_plan.as_ref() == Some(&plan.hash);
    if held_back.as_ref().is_none_or(is_approved) {
        return Plan::new(Step::Retag(case.retag()), Verdict::Adopting(owner), Requeue::Rollout);
    }
    let awaits = Plan::new(Step::Wait, Verdict::AdoptionAwaits(owner), Requeue::Settled);
    Plan { held_back, ..awaits }
}

struct Case<'a> {
    desired: &'a Desired,
    intent: &'a Intent,
    live: &'a Live,
    memory: &'a Memory,
}

impl Case<'_> {
    /// The revision that serves alone; `None` while anything moves.
    fn resting_on(&self) -> Option<String> {
        let configurations = self.live.configurations.as_deref().unwrap_or_default();
        match (&self.live.in_flight, self.live.revisions.as_slice(), configurations) {
            (None, [only], _) => Some(only.arn.clone()),
            // Without a task, no revision is counted.
            (None, [], [only]) => Some(only.revision.clone()),
            _ => None,
        }
    }

    /// What needs an approval first, if anything does; `None`: the service's configuration is not shown yet.
    fn candidate(&self, revision: &str) -> Option<Option<PlanStatus>> {
        let Some(configurations) = &self.live.configurations else {
            // Nothing has moved since the plan that is in the status.
            let plan = self.memory.adoption_planned().filter(|plan| plan.base.as_deref() == Some(revision))?;
            return Some(Some(plan.clone()));
        };
        let is_it = |shown: &&ActiveConfiguration| shown.revision == revision;
        let serving = configurations.iter().find(is_it)?;
        let comparison = compare(&self.intent.configuration, None, &serving.configuration);
        let is_free = comparison.differences.is_empty() && self.desired.policy.approval == Approval::Automatic;
        let retag = self.retag();
        let plan = || planned(Action::Adopt, AwsWrite::Retag(&retag), &comparison.differences, revision);
        Some((!is_free).then(plan))
    }

    /// Our tags and the user's, where they are not there yet.
    fn retag(&self) -> Retag {
        let presence = &self.live.presence;
        let mut tags: Tags = self.intent.user_tags.clone();
        tags.extend(self.desired.owner.tags());
        tags.retain(|key, value| presence.tags.get(key) != Some(value));
        Retag { service_arn: presence.arn.clone(), change: TagChange::Set(tags) }
    }
}

#[cfg(test)]
#[path = "plan_adoption_tests.rs"]
mod tests;
