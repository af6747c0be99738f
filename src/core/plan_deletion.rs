//! The decision for an object that is being deleted: the finalizer goes only when ECS says that the service is gone.

use jiff::Timestamp;

use super::desired::Desired;
use super::memory::Memory;
use super::observed::{Observed, Presence};
use super::plan::{Plan, Release, Requeue, Verdict, hold_back, just_submitted};
use super::step::Step;

/// Decides for an object that is being deleted.
pub(super) fn plan(desired: &Desired, observed: &Observed, memory: &Memory, now: Timestamp) -> Plan {
    if !desired.has_finalizer {
        return Plan::new(Step::Nothing, Verdict::Released(Release::NeverOurs), Requeue::Never);
    }
    let is_ours = |presence: &Presence| desired.owner.of(&presence.tags).is_ours();
    let decided = match observed {
        Observed::Live(live) if is_ours(&live.presence) => {
            let delete = Step::Delete { service_arn: live.presence.arn.clone() };
            Plan::new(delete, Verdict::Deleting, Requeue::Drain)
        }
        Observed::Draining(presence) if is_ours(presence) => Plan::new(Step::Wait, Verdict::Deleting, Requeue::Drain),
        // What was created a moment ago may not be visible yet. Letting go now would leave it behind. (Once the deletion
        // was seen to begin, the memory of what was sent is gone.)
        Observed::Absent | Observed::Inactive(_) if just_submitted(memory, now) => {
            Plan::new(Step::Wait, Verdict::Deleting, Requeue::Rollout)
        }
        Observed::Absent | Observed::Inactive(_) => {
            let why = if memory.service_arn.is_some() { Release::Gone } else { Release::NeverOurs };
            Plan::new(Step::Release, Verdict::Released(why), Requeue::Never)
        }
        Observed::Live(_) | Observed::Draining(_) | Observed::NotExpress(_) => {
            Plan::new(Step::Release, Verdict::Released(Release::NeverOurs), Requeue::Never)
        }
    };
    hold_back(decided, desired, memory, now)
}

#[cfg(test)]
#[path = "plan_deletion_tests.rs"]
mod tests;
