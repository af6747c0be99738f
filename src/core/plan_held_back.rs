//! What the policy lets through: a plan whose write nobody wants, or nobody has approved, becomes one that waits and says so.
//!
//! Mode `Observe` comes before a suspension, and a suspension before a missing approval: what has to be changed first is
//! named first.

use crate::api::management::{Approval, Mode};
use crate::api::status::PlanStatus;

use super::desired::Desired;
use super::memory::Memory;
use super::observed::{Live, Observed};
use super::ownership::Ownership;
use super::plan::{Plan, Requeue, Verdict};
use super::planned::{Action, planned, tag_path};
use super::policy::SuspendedBy;
use super::step::{AwsWrite, Retag, Step, TagChange};
use super::tags::{self, TagDifference};
use super::target::Difference;
use super::wedge::is_recreating;

/// What holds a write back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// `spec.management.mode: Observe`.
    ObserveOnly,
    /// `spec.management.suspend`, or its annotation.
    Suspended(SuspendedBy),
    /// `spec.management.approval: Required`.
    Approval(Approved),
}

/// What the annotation `expressway.dev/approved-plan` says, where it does not approve the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approved {
    /// Nothing.
    Nothing,
    /// The plan that ran last. One approval is for one run.
    RanBefore,
    /// A plan that is not this one.
    Another(String),
}

/// The plan as far as the policy lets it through: no write to AWS leaves here that the policy holds back.
pub(super) fn under_policy(plan: Plan, desired: &Desired, observed: &Observed, memory: &Memory) -> Plan {
    let plan = Plan { not_ours: not_ours(desired, observed, memory), ..plan };
    let Some(write) = plan.step.aws_write() else { return plan };
    let case = Case { desired, live: live(observed), memory, plan: &plan, write };
    let action = case.action();
    let due = planned(action, write, &case.differences(), &case.base());
    let is_memo = matches!(plan.verdict, Verdict::Held(_));
    let is_bookkeeping = action == Action::Retag && (due.changes.is_empty() || is_memo);
    let needs_approval = match action {
        // An adoption that got here was approved where it had to be.
        Action::Adopt => !matches!(plan.verdict, Verdict::Adopting(_)),
        // One approval is for both halves: the deletion and what follows it.
        Action::Create => !is_recreating(memory.recreation.as_ref(), desired.generation),
        Action::Update | Action::Recreate => true,
        Action::Retag => !is_bookkeeping,
        Action::Stop | Action::Retain | Action::Delete => false,
    };
    match case.held_by(needs_approval, &due) {
        None => Plan { approved: Some(due.hash).filter(|_| case.asks_for_approval(needs_approval)), ..plan },
        Some(_) if case.is_compared_too_early() => {
            // What it would replace is not shown yet: nothing is known to differ.
            Plan { step: Step::Wait, verdict: Verdict::RollingOutOther, comparison: None, ..plan }
        }
        Some(_) if is_bookkeeping => Plan { step: Step::Wait, requeue: Requeue::Settled, ..plan },
        Some(by) => held_back(plan, by, action, due, observed),
    }
}

fn held_back(plan: Plan, by: HeldBy, action: Action, due: PlanStatus, observed: &Observed) -> Plan {
    // An adoption that changes nothing of what the spec says leaves the truth about the service as it is.
    let changes_nothing = due.changes.is_empty() || matches!(plan.verdict, Verdict::Held(_));
    let is_silent = action == Action::Adopt && changes_nothing && by == HeldBy::ObserveOnly;
    let verdict = if is_silent { plan.verdict } else { Verdict::HeldBack { by, action } };
    let step = if is_silent { Step::Wait } else { Step::Refuse };
    let is_in_flight = live(observed).is_some_and(|live| live.in_flight.is_some());
    let requeue = if is_in_flight && action != Action::Recreate { Requeue::Rollout } else { Requeue::Settled };
    Plan { step, verdict, requeue, held_back: Some(due), ..plan }
}

fn live(observed: &Observed) -> Option<&Live> {
    match observed {
        Observed::Live(live) => Some(live),
        _ => None,
    }
}

fn not_ours(desired: &Desired, observed: &Observed, memory: &Memory) -> Option<Ownership> {
    let presence = &live(observed).filter(|_| desired.policy.reads_anyones())?.presence;
    let whose = desired.owner.of_managed(&presence.tags, memory.has_managed(presence));
    (!whose.is_ours()).then_some(whose)
}

/// A write, and all that decides whether it may be made.
struct Case<'a> {
    desired: &'a Desired,
    live: Option<&'a Live>,
    memory: &'a Memory,
    plan: &'a Plan,
    write: AwsWrite<'a>,
}

impl Case<'_> {
    fn action(&self) -> Action {
        let presence = self.live.map(|live| &live.presence);
        let whose = presence.map(|it| self.desired.owner.of_managed(&it.tags, self.memory.has_managed(it)));
        let is_ours = whose.is_none_or(|whose| whose.is_ours());
        match self.write {
            AwsWrite::Create(_) => Action::Create,
            AwsWrite::Delete { .. } if self.desired.deleting => Action::Delete,
            AwsWrite::Delete { .. } => Action::Recreate,
            AwsWrite::Retag(_) if self.desired.deleting => Action::Retain,
            AwsWrite::Update(_) | AwsWrite::Retag(_) if !is_ours => Action::Adopt,
            AwsWrite::Update(_) => Action::Update,
            AwsWrite::Retag(_) => Action::Retag,
            AwsWrite::Stop { .. } => Action::Stop,
        }
    }

    fn held_by(&self, needs_approval: bool, due: &PlanStatus) -> Option<HeldBy> {
        if self.desired.policy.mode == Mode::Observe {
            return Some(HeldBy::ObserveOnly);
        }
        if let Some(by) = self.desired.policy.suspended {
            return Some(HeldBy::Suspended(by));
        }
        if !self.asks_for_approval(needs_approval) {
            return None;
        }
        match &self.desired.approved_plan {
            Some(approved) if *approved == due.hash => None,
            None => Some(HeldBy::Approval(Approved::Nothing)),
            Some(approved) if self.memory.last_approved_plan.as_ref() == Some(approved) => {
                Some(HeldBy::Approval(Approved::RanBefore))
            }
            Some(approved) => Some(HeldBy::Approval(Approved::Another(approved.clone()))),
        }
    }

    fn asks_for_approval(&self, needs_approval: bool) -> bool {
        needs_approval && self.desired.policy.approval == Approval::Required
    }

    /// ECS does not show yet what an update would replace: its differences, and so its hash, would be others in a moment.
    fn is_compared_too_early(&self) -> bool {
        let base = self.plan.comparison.as_ref().and_then(|comparison| comparison.base.as_ref());
        matches!(self.write, AwsWrite::Update(_)) && base.is_none()
    }

    /// What the write starts from. A revision never changes; tags are told apart by the service's own age. The plan that was
    /// approved last is part of it, so that no approval counts twice.
    fn base(&self) -> String {
        let revision = self.plan.comparison.as_ref().and_then(|comparison| comparison.base.clone());
        let created_at = self.live.and_then(|live| live.presence.created_at).map(|at| at.as_second().to_string());
        let from = match self.write {
            AwsWrite::Update(_) => revision,
            AwsWrite::Stop { deployment_arn } => Some(deployment_arn.to_owned()),
            AwsWrite::Create(_) | AwsWrite::Retag(_) | AwsWrite::Delete { .. } => created_at,
        };
        let before = self.memory.last_approved_plan.as_deref().unwrap_or_default();
        format!("{}/{before}", from.unwrap_or_default())
    }

    /// What an approval is for is what this one write changes. Otherwise everything that differs is shown at once.
    fn differences(&self) -> Vec<Difference> {
        if matches!(self.write, AwsWrite::Stop { .. }) {
            return Vec::new();
        }
        let of_the_spec = self.plan.comparison.iter().flat_map(|comparison| comparison.differences.clone());
        let is_update = matches!(self.write, AwsWrite::Update(_));
        let one_by_one =
            self.desired.policy.mode != Mode::Observe && self.desired.policy.approval == Approval::Required;
        let changed = self.changed_tags();
        let is_shown = |path: &str| match &changed {
            Some(paths) if one_by_one => paths.iter().any(|changed| changed == path),
            None => !one_by_one,
            Some(_) => true,
        };
        let tags = self.tag_differences().into_iter().filter(|tag| is_shown(&tag.path));
        of_the_spec.filter(|_| is_update).chain(tags).collect()
    }

    /// Paths of the tags that this write changes; `None`: it is about something else.
    fn changed_tags(&self) -> Option<Vec<String>> {
        match self.write {
            AwsWrite::Retag(Retag { change: TagChange::Set(set), .. }) => {
                Some(set.keys().map(|key| tag_path(key)).collect())
            }
            AwsWrite::Retag(Retag { change: TagChange::Remove(keys), .. }) => {
                Some(keys.iter().map(|key| tag_path(key)).collect())
            }
            AwsWrite::Create(_) | AwsWrite::Update(_) | AwsWrite::Stop { .. } | AwsWrite::Delete { .. } => None,
        }
    }

    /// The user's tags that are not as the spec says, and those that left it. Other people's are theirs.
    fn tag_differences(&self) -> Vec<Difference> {
        let (Some(live), Ok(intent)) = (self.live, &self.desired.intent) else { return Vec::new() };
        let before = self.memory.submitted.as_ref().map(|sent| sent.tag_keys.as_slice()).unwrap_or_default();
        let differing = tags::compare(&intent.user_tags, before, &live.presence.tags);
        differing.iter().filter(|tag| !tag.is_ours()).map(TagDifference::difference).collect()
    }
}

#[cfg(test)]
#[path = "plan_held_back_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "plan_approval_tests.rs"]
mod approval_tests;
