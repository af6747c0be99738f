//! The decision for an object that is being deleted: the finalizer goes only when ECS says that the service is gone.

use jiff::Timestamp;

use crate::api::management::{Deletion, Mode};
use crate::api::names;

use super::desired::Desired;
use super::drain::Drain;
use super::immutable;
use super::memory::Memory;
use super::observed::{Observed, Presence};
use super::plan::{Plan, Release, Requeue, Verdict, may_be_unseen};
use super::step::{Retag, Step, TagChange};

/// Decides for an object that is being deleted.
pub(super) fn plan(desired: &Desired, observed: &Observed, memory: &Memory, now: Timestamp) -> Plan {
    if !desired.has_finalizer {
        return Plan::new(Step::Nothing, Verdict::Released(Release::NeverOurs), Requeue::Never);
    }
    if desired.policy.mode == Mode::Observe {
        return Plan::new(Step::Release, Verdict::Released(Release::OnlyObserved), Requeue::Never);
    }
    if let Some(immutable) = immutable::elsewhere(desired, observed, memory) {
        // It is there, and only out of sight.
        return immutable.plan();
    }
    let is_ours =
        |presence: &Presence| desired.owner.of_managed(&presence.tags, memory.has_managed(presence)).is_ours();
    match observed {
        Observed::Live(live) if is_ours(&live.presence) => plan_live(desired, &live.presence),
        Observed::Draining(presence) if is_ours(presence) => plan_draining(desired, presence, memory, now),
        // Letting go of what was created and is not visible yet would leave it behind. (Once the deletion was seen to
        // begin, the memory of what was sent is gone.)
        Observed::Absent | Observed::Inactive(_)
            if may_be_unseen(desired, memory, now) || may_have_created(desired, memory) =>
        {
            Plan::new(Step::Wait, Verdict::LookedFor, Requeue::Rollout)
        }
        Observed::Absent | Observed::Inactive(_) => {
            release(if memory.service_arn.is_some() { Release::Gone } else { Release::NeverOurs })
        }
        Observed::Live(_) | Observed::Draining(_) | Observed::NotExpress(_) | Observed::InAnotherAccount(_) => {
            release(Release::NeverOurs)
        }
    }
}

fn plan_live(desired: &Desired, presence: &Presence) -> Plan {
    if let Some(by) = desired.policy.protected {
        return Plan::new(Step::Refuse, Verdict::Protected(by), Requeue::Settled);
    }
    let service_arn = presence.arn.clone();
    match desired.policy.deletion {
        Deletion::Delete => Plan::new(Step::Delete { service_arn }, Verdict::Deleting, Requeue::Drain),
        Deletion::Retain => {
            let ours = names::OWN_TAGS.into_iter().filter(|key| presence.tags.contains_key(*key));
            let ours: Vec<String> = ours.map(str::to_owned).collect();
            if ours.is_empty() {
                return release(Release::NeverOurs);
            }
            let change = TagChange::Remove(ours);
            Plan::new(Step::Retag(Retag { service_arn, change }), Verdict::Retaining, Requeue::Rollout)
        }
    }
}

/// Nothing stops a deletion that has begun, but the object need not wait for its end.
fn plan_draining(desired: &Desired, presence: &Presence, memory: &Memory, now: Timestamp) -> Plan {
    match desired.policy.deletion {
        Deletion::Retain => release(Release::LeftDraining),
        Deletion::Delete => {
            let drain = Drain::of(presence, memory, now);
            let requeue = drain.requeue();
            Plan::new(Step::Wait, Verdict::Draining(drain), requeue)
        }
    }
}

fn release(why: Release) -> Plan {
    Plan::new(Step::Release, Verdict::Released(why), Requeue::Never)
}

/// The finalizer is written in the reconcile that creates, and the status at its end: without one that tells of a reading, the
/// process may have died between the create and its answer.
fn may_have_created(desired: &Desired, memory: &Memory) -> bool {
    !memory.was_ever_read && desired.intent.is_ok()
}

#[cfg(test)]
#[path = "plan_deletion_tests.rs"]
mod tests;
