//! The decision: what one reconcile does, from what is wanted, what is seen and what is remembered.
//!
//! At most one write to AWS comes out of it, and none without a difference.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use crate::api::management::Mode;
use crate::api::status::{FailedAttempt, PlanStatus};

use super::checks::Problem;
use super::deleted_outside::{self, LeftMissing};
use super::desired::{Desired, Intent};
use super::drain::Drain;
use super::drift::Drift;
use super::immutable::{self, Immutable};
use super::memory::Memory;
use super::observed::{Live, Observed, Presence};
use super::ownership::{Owner, Ownership};
use super::plan_held_back::{self, HeldBy};
use super::planned::Action;
use super::policy::ProtectedBy;
use super::rollback_request::{self, Answer};
use super::step::{CreateService, Step};
use super::target::Comparison;
use super::wedge::Wedge;
use super::{plan_adoption, plan_deletion, plan_live, requests, retry};

/// How long ECS is given to show what it has accepted. Every reading of it is eventually consistent
/// (developer guide: service-deployment), and a second update would start a second canary. A setting; this is its default.
pub const VISIBILITY_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// What a reconcile does, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What is done.
    pub step: Step,
    /// Why, in the terms that the status tells.
    pub verdict: Verdict,
    /// What is waited for afterwards.
    pub requeue: Requeue,
    /// The comparison of spec and service, where it could be made.
    pub comparison: Option<Comparison>,
    /// What would be done and is held back, for `status.plan`.
    pub held_back: Option<PlanStatus>,
    /// Hash of the plan, where the step runs because it was approved.
    pub approved: Option<String>,
    /// Whose service it is, where somebody else's is observed.
    pub not_ours: Option<Ownership>,
    /// What is answered to a rollback that was asked for.
    pub rollback: Option<Answer>,
    /// A rollout of ours that was seen to fail, not yet in memory.
    pub failure: Option<FailedAttempt>,
    /// What somebody else changed.
    pub drift: Option<Drift>,
    /// Whether the service is one that this object had and somebody deleted.
    pub missing: bool,
    /// Why the first deployment cannot end, where that is so.
    pub wedge: Option<Wedge>,
}

/// Why a step was chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The object is new.
    Fresh,
    /// The spec cannot work.
    Invalid(Vec<Problem>),
    /// The service does not exist yet, or ECS does not show it yet.
    Creating,
    /// The name belongs to a service that is still draining.
    WaitingForDrain(Drain),
    /// The name belongs to a service that is not an Express service.
    NotExpress,
    /// The name belongs to somebody else's service; `None`: to nobody that says so.
    NotOurs(Option<Owner>),
    /// The service was not this object's; our tags are put on it. `None`: it had no owner.
    Adopting(Option<Owner>),
    /// The service is not this object's and may be adopted once its deployment has ended.
    AdoptionWaits(Option<Owner>),
    /// The service is not this object's and may be adopted once a person has approved what that changes.
    AdoptionAwaits(Option<Owner>),
    /// The spec is sent.
    Updating {
        /// What differs.
        paths: Vec<String>,
        /// Times that the same spec was sent before, because ECS did not show what it was given.
        repeats: i32,
    },
    /// The spec was sent; ECS does not show it yet.
    Submitted,
    /// A deployment is in flight, and it rolls out this spec.
    RollingOut,
    /// The first deployment cannot end. [`Plan::wedge`] says why.
    Wedged,
    /// The first deployment cannot end: the service is deleted, so that it is created again.
    Recreating,
    /// A deployment is in flight that is not of this spec: it is let end.
    RollingOutOther,
    /// A deployment is in flight and on its way back.
    RollingBack,
    /// The spec failed and is not sent again.
    Held(FailedAttempt),
    /// ECS does not show what it was given.
    NotConverging(Vec<String>),
    /// The spec is live.
    Settled,
    /// Somebody else's change is live, and is left as it is. [`Plan::drift`] says which.
    Drifted,
    /// Somebody deleted the service, and it is left so.
    Missing(LeftMissing),
    /// What ECS cannot change is not as it is wanted.
    ImmutableDiffers(Immutable),
    /// A write is due, and the policy holds it back. [`Plan::held_back`] says which.
    HeldBack {
        /// What holds it back.
        by: HeldBy,
        /// What it would do.
        action: Action,
    },
    /// A write is due, but the last one failed and its time has not come.
    BackingOff,
    /// The object is being deleted, and a create may have been sent whose service ECS does not show yet.
    LookedFor,
    /// The service's deletion is sent.
    Deleting,
    /// The service drains, as it was asked to.
    Draining(Drain),
    /// The object is being deleted, and its service may not be.
    Protected(ProtectedBy),
    /// The object is being deleted, and its service stays: our tags are taken off.
    Retaining,
    /// The object may go.
    Released(Release),
}

/// Why an object may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// The service is gone.
    Gone,
    /// There never was a service of this object, or the name belongs to somebody else.
    NeverOurs,
    /// The service was only observed: it stays as it is.
    OnlyObserved,
    /// The service still drains, and the policy is to let go of it.
    LeftDraining,
}

/// What is waited for, and so for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// Plan again at once.
    Now,
    /// Something that changes within seconds: a deployment in flight, a write that is not visible yet.
    Rollout,
    /// A stage of a deployment that takes minutes: tasks that start, traffic that is watched.
    Stage,
    /// A service that drains.
    Drain,
    /// Nothing in particular: the next look.
    Settled,
    /// Nothing: only an event on the object.
    Never,
}

impl Plan {
    pub(super) fn new(step: Step, verdict: Verdict, requeue: Requeue) -> Self {
        Self {
            step,
            verdict,
            requeue,
            comparison: None,
            held_back: None,
            approved: None,
            not_ours: None,
            rollback: None,
            failure: None,
            drift: None,
            missing: false,
            wedge: None,
        }
    }
}

/// Decides. What the policy does not let through waits, and so does what failed a moment ago.
#[must_use]
pub fn plan(desired: &Desired, observed: &Observed, memory: &Memory, now: Timestamp) -> Plan {
    let wanted = decide(desired, observed, memory, now);
    let wanted = rollback_request::heeded(wanted, desired, observed, memory);
    let allowed = plan_held_back::under_policy(wanted, desired, observed, memory);
    back_off(allowed, desired, memory, now)
}

fn decide(desired: &Desired, observed: &Observed, memory: &Memory, now: Timestamp) -> Plan {
    if desired.deleting {
        return plan_deletion::plan(desired, observed, memory, now);
    }
    let intent = match &desired.intent {
        Ok(intent) => intent,
        Err(problems) => return refusal(problems),
    };
    let observes = desired.policy.mode == Mode::Observe;
    if let Some(immutable) = immutable::elsewhere(desired, observed, memory) {
        return immutable.plan();
    }
    if !desired.has_finalizer && !observes {
        return Plan::new(Step::AddFinalizer, Verdict::Fresh, Requeue::Now);
    }
    let plan = match observed {
        Observed::Absent | Observed::Inactive(_) | Observed::InAnotherAccount(_) => {
            plan_missing(desired, intent, memory, now)
        }
        Observed::Draining(_) if observes => plan_missing(desired, intent, memory, now),
        Observed::Draining(presence) => {
            let drain = Drain::of(presence, memory, now);
            let requeue = drain.requeue();
            Plan::new(Step::Wait, Verdict::WaitingForDrain(drain), requeue)
        }
        Observed::NotExpress(_) => Plan::new(Step::Refuse, Verdict::NotExpress, Requeue::Settled),
        Observed::Live(live) => plan_owned(desired, intent, live, memory, now),
    };
    deleted_outside::plan(plan, desired, intent, observed, memory, now)
}

/// Decides without having seen the service: a spec that cannot work needs no look, and a service elsewhere cannot be seen.
#[must_use]
pub fn plan_unseen(desired: &Desired, memory: &Memory) -> Option<Plan> {
    if desired.deleting {
        return None;
    }
    match &desired.intent {
        Err(problems) => Some(refusal(problems)),
        Ok(_) => immutable::in_another_region(desired, memory).map(Immutable::plan),
    }
}

fn refusal(problems: &[Problem]) -> Plan {
    Plan::new(Step::Refuse, Verdict::Invalid(problems.to_vec()), Requeue::Settled)
}

fn plan_missing(desired: &Desired, intent: &Intent, memory: &Memory, now: Timestamp) -> Plan {
    if may_be_unseen(desired, memory, now) && memory.service_arn.is_some() {
        return Plan::new(Step::Wait, Verdict::Creating, Requeue::Rollout);
    }
    let Some(place) = desired.place.clone() else {
        return Plan::new(Step::Refuse, Verdict::Creating, Requeue::Settled);
    };
    let mut tags = intent.user_tags.clone();
    tags.extend(desired.owner.tags());
    let create = CreateService {
        service_name: place.service_name,
        cluster: place.cluster,
        infrastructure_role_arn: intent.infrastructure_role_arn.clone(),
        configuration: intent.configuration.clone(),
        tags,
    };
    Plan::new(Step::Create(Box::new(create)), Verdict::Creating, Requeue::Rollout)
}

fn plan_owned(desired: &Desired, intent: &Intent, live: &Live, memory: &Memory, now: Timestamp) -> Plan {
    let ownership = desired.owner.of_managed(&live.presence.tags, memory.has_managed(&live.presence));
    let is_read = ownership.is_ours() || desired.policy.reads_anyones();
    let immutable = || immutable::role(intent, live).filter(|_| desired.policy.mode == Mode::Manage);
    match is_read {
        true => match immutable() {
            Some(immutable) => immutable.plan(),
            None => plan_live::plan(desired, intent, live, &remembered_of(memory, &live.presence), now),
        },
        false => plan_adoption::plan(desired, intent, live, ownership, memory, now),
    }
}

/// What is remembered of this very service. An ARN is not an identity: a namesake that came before has the same.
fn remembered_of<'m>(memory: &'m Memory, presence: &Presence) -> Cow<'m, Memory> {
    if memory.service_created_at.is_none() || presence.was_created_at(memory.service_created_at) {
        return Cow::Borrowed(memory);
    }
    Cow::Owned(Memory {
        observed_generation: memory.observed_generation,
        was_ever_observed: memory.was_ever_observed,
        was_ever_read: memory.was_ever_read,
        retry: memory.retry.clone(),
        handled_retry_token: memory.handled_retry_token.clone(),
        handled_rollback_token: memory.handled_rollback_token.clone(),
        answered: memory.answered.clone(),
        last_approved_plan: memory.last_approved_plan.clone(),
        corrections: memory.corrections.clone(),
        missing: memory.missing.clone(),
        recreation: memory.recreation.clone(),
        ..Memory::default()
    })
}

/// Whether something was sent so recently that ECS may not show it yet.
pub(super) fn just_submitted(desired: &Desired, memory: &Memory, now: Timestamp) -> bool {
    let at = memory.submitted.as_ref().and_then(|s| s.at.as_ref());
    at.is_some_and(|at| now.duration_since(at.0) < desired.visibility_grace)
}

/// Whether ECS may not show the service yet, though it is there: it was created, or written to, a moment ago.
pub(super) fn may_be_unseen(desired: &Desired, memory: &Memory, now: Timestamp) -> bool {
    // By ECS's clock, which may be ahead.
    let is_young = |created_at| now.duration_since(created_at).abs() < desired.visibility_grace;
    let is_going = memory.draining_since.is_some();
    just_submitted(desired, memory, now) || (!is_going && memory.service_created_at.is_some_and(is_young))
}

/// Whether a create was sent of which nothing was heard: its service may still come, even if another create is refused.
pub(super) fn may_still_come(desired: &Desired, memory: &Memory, now: Timestamp) -> bool {
    memory.service_arn.is_none() && just_submitted(desired, memory, now)
}

/// A write that failed waits for its time, unless the spec has changed since, or somebody asks for it now.
fn back_off(plan: Plan, desired: &Desired, memory: &Memory, now: Timestamp) -> Plan {
    let (Some(retry), Some(write)) = (&memory.retry, plan.step.aws_write()) else { return plan };
    let is_due = retry::left(retry, now).is_none();
    let same_write = retry.operation == write.operation().as_ref();
    let is_asked_for = requests::is_new(&desired.requests, &memory.answered);
    if is_due || !same_write || retry.generation != desired.generation || is_asked_for {
        return plan;
    }
    if matches!(plan.step, Step::Stop { .. }) {
        // What it would stop goes on, and is followed meanwhile.
        return Plan { step: Step::Wait, rollback: Some(Answer::Waits), ..plan };
    }
    Plan { step: Step::Wait, verdict: Verdict::BackingOff, requeue: Requeue::Settled, ..plan }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
