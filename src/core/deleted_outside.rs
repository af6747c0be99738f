//! The decision about a service that somebody deleted, though its object is there: it is created again, or that is left to a
//! person.

use jiff::Timestamp;

use crate::api::management::{Drift, Mode};

use super::desired::{Desired, Intent};
use super::drift::{self, MAX_CORRECTIONS, SERVICE, WINDOW, corrections};
use super::memory::Memory;
use super::observed::Observed;
use super::plan::{Plan, Requeue, Verdict, just_submitted};
use super::step::Step;

/// Why a service that somebody deleted is not created again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftMissing {
    /// It was created again twice within a day; otherwise, the policy is to report it.
    pub is_contested: bool,
    /// ECS has not done with it.
    pub drains: bool,
}

/// The plan for a name without a service, where there may have been one of this object.
pub(super) fn plan(
    plan: Plan,
    desired: &Desired,
    intent: &Intent,
    observed: &Observed,
    memory: &Memory,
    now: Timestamp,
) -> Plan {
    if desired.policy.mode == Mode::Observe || !was_deleted(desired, observed, memory, now) {
        return plan;
    }
    let (sent, last) = (memory.submitted.as_ref(), drift::newest(observed));
    let arrived = memory.corrections.iter().filter(|correction| !drift::never_arrived(correction, desired, sent, last));
    let is_contested = corrections(arrived, &[SERVICE.to_owned()], WINDOW, now) >= MAX_CORRECTIONS;
    let is_asked_for = memory.is_new_token(desired.retry_token.as_ref()) || was_edited(intent, memory);
    if is_asked_for || !(is_contested || desired.policy.drift == Drift::Report) {
        return Plan { missing: true, ..plan };
    }
    let drains = matches!(observed, Observed::Draining(_));
    let verdict = Verdict::Missing(LeftMissing { is_contested, drains });
    let requeue = if drains { plan.requeue } else { Requeue::Settled };
    Plan { missing: true, ..Plan::new(Step::Refuse, verdict, requeue) }
}

/// An ARN is not an identity: what drains or is gone must be the very service that this object had.
fn was_deleted(desired: &Desired, observed: &Observed, memory: &Memory, now: Timestamp) -> bool {
    if memory.recreation.as_ref().is_some_and(|recreation| !recreation.done) {
        // The controller did.
        return false;
    }
    let is_known = memory.missing.is_some() && memory.submitted.is_none();
    match observed {
        Observed::Draining(presence) | Observed::Inactive(presence) => is_known || memory.has_managed(presence),
        Observed::Absent => {
            let was_there = memory.submitted.is_some() && memory.service_created_at.is_some();
            is_known || (was_there && !just_submitted(desired, memory, now))
        }
        Observed::Live(_) | Observed::NotExpress(_) | Observed::InAnotherAccount(_) => false,
    }
}

/// Whether the spec has changed since.
fn was_edited(intent: &Intent, memory: &Memory) -> bool {
    let missing = memory.missing.as_ref().map(|missing| &missing.spec_hash);
    let had = missing.or(memory.submitted.as_ref().map(|sent| &sent.spec_hash));
    had.is_some_and(|had| *had != intent.spec_hash)
}

#[cfg(test)]
#[path = "deleted_outside_tests.rs"]
mod tests;
