//! A verdict in words: the conditions that tell it, and the messages that people read at night.

use crate::api::conditions::{ConditionType, Reason};
use crate::api::status::ExpressGatewayServiceStatus;

use super::conditions::{Statement, Truth};
use super::desired::Desired;
use super::explain_failure::{self, outcome_reason};
use super::explain_held_back;
use super::explain_ownership::differing;
use super::facts::short_revision;
use super::ownership::Owner;
use super::plan::{Plan, Verdict};
use super::rollout::{DeploymentState, Stage};
use super::target::{Comparison, TASK_DEFINITION, set_paths};

/// Most paths that a message names.
const MAX_PATHS: usize = 8;

/// What a verdict says, in full: anything not stated is not so.
#[must_use]
pub fn statements(plan: &Plan, desired: &Desired, status: &ExpressGatewayServiceStatus) -> Vec<Statement> {
    let told = Told { desired, status };
    let mut said = match &plan.verdict {
        Verdict::Fresh => told.progressing(Truth::Unknown, Reason::Pending, "the object was seen, ECS is asked next"),
        Verdict::Invalid(problems) => {
            let list = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            told.stalled(Reason::InvalidSpec, Reason::InvalidSpec, &list)
        }
        Verdict::Creating => told.progressing(
            Truth::False,
            Reason::Creating,
            &format!("ECS is creating the service {}: load balancer, certificate and first tasks take minutes", told.name()),
        ),
        Verdict::WaitingForDrain(drain) => told.waiting_for_drain(drain),
        Verdict::NotExpress => told.stalled(
            Reason::Conflict,
            Reason::Conflict,
            &format!("{} is an ECS service, but not an Express service. Delete that service, or create this object anew with another spec.serviceName", told.name()),
        ),
        Verdict::NotOurs(owner) => told.not_ours(owner.as_ref()),
        Verdict::Adopting(_) => told.adopting(),
        Verdict::AdoptionWaits(owner) => told.adoption_waits(owner.as_ref()),
        Verdict::AdoptionAwaits(owner) => told.adoption_awaits(owner.as_ref(), plan.held_back.as_ref()),
        Verdict::Updating { paths, .. } => told.updating(plan, paths),
        Verdict::Submitted => {
            told.progressing(Truth::False, Reason::RollingOut, "sent to ECS, which does not show the deployment yet")
        }
        Verdict::RollingOut => told.rolling_out(),
        Verdict::Wedged => told.wedged(plan),
        Verdict::Recreating => told.recreating(plan),
        Verdict::RollingOutOther => {
            told.progressing(Truth::False, Reason::RollingOut, &told.other_of(plan, &told.other()))
        }
        Verdict::RollingBack => told.progressing(Truth::False, Reason::RollingBack, &told.going_back()),
        Verdict::Held(failed) => told.held(failed),
        Verdict::NotConverging(paths) => told.stalled(
            Reason::NotConverging,
            Reason::NotConverging,
            &format!("ECS accepted the spec twice and still shows other values for {}: correct these fields", list_of(paths)),
        ),
        Verdict::Settled => told.settled(),
        Verdict::Drifted => told.drifted(plan),
        Verdict::Missing(left) => told.missing(*left),
        Verdict::ImmutableDiffers(immutable) => told.immutable_differs(immutable),
        Verdict::LookedFor => told.looked_for(),
        Verdict::Deleting | Verdict::Released(_) => told.deleting(),
        Verdict::HeldBack { by, action } => explain_held_back::ready(by, *action, plan, desired),
        Verdict::Draining(drain) => told.draining(drain),
        Verdict::Protected(by) => told.protected(*by),
        Verdict::Retaining => told.retaining(),
        Verdict::BackingOff => return Vec::new(),
    };
    said = told.replacing(said, plan);
    said.push(told.synced_of_drift(plan).unwrap_or_else(|| told.synced(plan)));
    said.extend(told.rolled_out(&plan.verdict));
    said
}

/// `a, b and 3 more`.
#[must_use]
pub fn list_of(paths: &[String]) -> String {
    if paths.is_empty() {
        return "the whole spec".to_owned();
    }
    let shown = paths.iter().take(MAX_PATHS).map(String::as_str).collect::<Vec<_>>().join(", ");
    match paths.len().checked_sub(MAX_PATHS) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}

/// Whose service it is, seen from `our` object: `belongs to …`.
pub(super) fn whose(owner: Option<&Owner>, our: &Owner) -> String {
    match owner {
        Some(owner) if owner.cluster_id != our.cluster_id => format!(
            "belongs to {}/{} of another Kubernetes cluster (cluster id {})",
            owner.namespace, owner.name, owner.cluster_id
        ),
        Some(owner) => format!("belongs to {}/{} in this Kubernetes cluster", owner.namespace, owner.name),
        None => "was not made by Expressway: it carries no owner tags".to_owned(),
    }
}

/// The service of an object, in a sentence.
pub(super) fn service_name(desired: &Desired) -> String {
    match &desired.place {
        Some(place) => format!("\"{}\" in cluster \"{}\"", place.service_name, place.cluster),
        None => "of this object".to_owned(),
    }
}

/// What there is to know on the way back from a task definition of one's own (developer guide: express-service-update-full).
const KEPT_FROM_TASK_DEFINITION: &str = "ECS has kept what the earlier task definition says and this spec does not, such as sidecars, volumes, task role or size: \
     set it in the spec, or delete this object and create it again, which gives a new URL";

/// What every text rests on.
pub(super) struct Told<'a> {
    pub(super) desired: &'a Desired,
    pub(super) status: &'a ExpressGatewayServiceStatus,
}

impl Told<'_> {
    pub(super) fn name(&self) -> String {
        service_name(self.desired)
    }

    pub(super) fn progressing(&self, truth: Truth, reason: Reason, message: &str) -> Vec<Statement> {
        vec![
            Statement::new(ConditionType::Ready, truth, reason, message),
            Statement::new(ConditionType::Reconciling, Truth::True, Reason::Progressing, message),
        ]
    }

    pub(super) fn stalled(&self, ready: Reason, stalled: Reason, message: &str) -> Vec<Statement> {
        vec![
            Statement::new(ConditionType::Ready, Truth::False, ready, message),
            Statement::new(ConditionType::Stalled, Truth::True, stalled, message),
        ]
    }

    fn weights(&self) -> Option<(i32, i32)> {
        let deployment = self.status.deployment.as_ref()?;
        let target = self.status.revisions.iter().find(|r| Some(&r.arn) == deployment.target_revision.as_ref())?;
        let source = self.status.revisions.iter().find(|r| r.arn != target.arn)?;
        Some((source.weight, target.weight))
    }

    pub(super) fn stage_text(&self) -> String {
        let Some(deployment) = &self.status.deployment else { return "not started".to_owned() };
        let stage = deployment.stage.as_ref().map(|stage| format!(", stage {stage}")).unwrap_or_default();
        let bake = deployment.bake_ends_at.as_ref().map(|ends| format!(" until about {:.0}", ends.0));
        format!("{}{stage}{}{}", deployment.status, bake.unwrap_or_default(), explain_failure::so_far(deployment))
    }

    fn rolling_out(&self) -> Vec<Statement> {
        let target = self.status.deployment.as_ref().and_then(|d| d.target_revision.as_deref());
        let target = target.map(short_revision).unwrap_or("not named yet");
        match self.weights() {
            Some((source, weight)) => {
                let message = format!(
                    "revision {target} takes {weight} % of the traffic, the one before {source} % ({})",
                    self.stage_text()
                );
                self.progressing(Truth::False, Reason::RollingOut, &message)
            }
            None if self.replaces_another() => {
                let message = format!("revision {target} is about to be rolled out ({})", self.stage_text());
                self.progressing(Truth::False, Reason::RollingOut, &message)
            }
            None => {
                let stage = self.stage_text();
                let message =
                    format!("the first revision ({target}) is being rolled out ({stage}){}", self.failed_resource());
                self.progressing(Truth::False, Reason::Creating, &message)
            }
        }
    }

    fn replaces_another(&self) -> bool {
        let target = self.status.deployment.as_ref().and_then(|d| d.target_revision.as_ref());
        self.status.revisions.iter().any(|revision| Some(&revision.arn) != target)
    }

    fn other(&self) -> String {
        let described = self.status.deployment.as_ref().is_some_and(|d| d.target_revision.is_some());
        let stage = self.stage_text();
        match described {
            true => format!("another deployment is in flight ({stage}); this spec is compared when it has ended"),
            false => {
                format!("a deployment has just begun ({stage}); this spec is compared as soon as ECS describes it")
            }
        }
    }

    fn settled(&self) -> Vec<Statement> {
        let serving = self.status.serving_revision.as_deref().map(short_revision).unwrap_or_default();
        let mut message = format!("revision {serving} takes all traffic");
        let (kept, uncleared): (Vec<_>, Vec<_>) = self.uncleared().into_iter().partition(|p| p == TASK_DEFINITION);
        if !kept.is_empty() {
            message = format!("{message}. {KEPT_FROM_TASK_DEFINITION}");
        }
        if !uncleared.is_empty() {
            message =
                format!("{message}. ECS cannot clear {} in place: what was set before stays", list_of(&uncleared));
        }
        vec![Statement::new(ConditionType::Ready, Truth::True, Reason::Available, message)]
    }

    /// Paths that are still remembered as set though the YAML has them no more.
    fn uncleared(&self) -> Vec<String> {
        let set = self.desired.intent.as_ref().map(|intent| set_paths(&intent.configuration)).unwrap_or_default();
        let remembered = self.status.submitted.iter().flat_map(|s| &s.paths);
        remembered.filter(|path| !set.contains(path)).cloned().collect()
    }

    fn synced(&self, plan: &Plan) -> Statement {
        let (truth, reason, message) = match &plan.verdict {
            Verdict::Settled => (Truth::True, Reason::InSync, "the live configuration equals the spec".to_owned()),
            Verdict::Updating { paths, .. } => {
                (Truth::False, Reason::UpdateSubmitted, format!("sent to ECS: {}", list_of(paths)))
            }
            Verdict::Submitted | Verdict::RollingOut | Verdict::Creating => {
                (Truth::False, Reason::UpdateSubmitted, "the spec is being rolled out".to_owned())
            }
            Verdict::Held(_)
            | Verdict::NotConverging(_)
            | Verdict::RollingBack
            | Verdict::RollingOutOther
            | Verdict::Wedged => {
                let paths = plan.comparison.as_ref().map(Comparison::paths).unwrap_or_default();
                let message = if paths.is_empty() {
                    "the spec is not what ECS runs".to_owned()
                } else {
                    format!("live values differ from the spec: {}", list_of(&paths))
                };
                (Truth::False, Reason::OutOfSync, message)
            }
            Verdict::HeldBack { by, .. } => return explain_held_back::synced(by, plan, self.desired),
            Verdict::LookedFor | Verdict::Deleting | Verdict::Draining(_) | Verdict::Released(_) => {
                (Truth::False, Reason::Deleting, "the service is being deleted".to_owned())
            }
            Verdict::Protected(_) | Verdict::Retaining => {
                (Truth::Unknown, Reason::Deleting, "of an object that is being deleted, nothing is compared".to_owned())
            }
            Verdict::AdoptionAwaits(_) => match differing(plan.held_back.as_ref()) {
                paths if paths.is_empty() => {
                    (Truth::False, Reason::OutOfSync, "the service carries no tags of this object yet".to_owned())
                }
                paths => {
                    (Truth::False, Reason::OutOfSync, format!("live values differ from the spec: {}", list_of(&paths)))
                }
            },
            Verdict::Invalid(_) => (Truth::Unknown, Reason::Error, "an invalid spec is not compared".to_owned()),
            Verdict::Fresh | Verdict::BackingOff => (Truth::Unknown, Reason::Pending, "not compared yet".to_owned()),
            Verdict::Drifted => (Truth::False, Reason::DriftDetected, "somebody changed the service".to_owned()),
            Verdict::Missing(_) => {
                (Truth::False, Reason::Missing, "somebody deleted the service of this object".to_owned())
            }
            Verdict::ImmutableDiffers(_) => {
                (Truth::False, Reason::ImmutableDiffers, "ECS cannot make the service what is wanted".to_owned())
            }
            Verdict::WaitingForDrain(_)
            | Verdict::NotExpress
            | Verdict::Recreating
            | Verdict::NotOurs(_)
            | Verdict::Adopting(_)
            | Verdict::AdoptionWaits(_) => {
                (Truth::False, Reason::OutOfSync, "this object has no service yet".to_owned())
            }
        };
        Statement::new(ConditionType::Synced, truth, reason, message)
    }

    fn rolled_out(&self, verdict: &Verdict) -> Option<Statement> {
        let deployment = self.status.deployment.as_ref()?;
        let say = |truth, reason| {
            let mut message = self.stage_text();
            if let Some(why) = &deployment.reason {
                message = format!("{message}: {why}");
            }
            Some(Statement::new(ConditionType::RolledOut, truth, reason, message))
        };
        if let Verdict::Held(failed) = verdict {
            let reason = outcome_reason(failed);
            let message = failed.reason.clone();
            return Some(Statement::new(ConditionType::RolledOut, Truth::False, reason, message));
        }
        match DeploymentState::of(deployment) {
            DeploymentState::Successful => say(Truth::True, Reason::Succeeded),
            DeploymentState::RollbackSuccessful => say(Truth::False, Reason::RolledBack),
            DeploymentState::RollbackFailed => say(Truth::False, Reason::RollbackFailed),
            DeploymentState::Stopped => say(Truth::False, Reason::Stopped),
            DeploymentState::Pending => say(Truth::Unknown, Reason::Waiting),
            DeploymentState::StopRequested
            | DeploymentState::RollbackRequested
            | DeploymentState::RollbackInProgress => say(Truth::Unknown, Reason::RollingBack),
            DeploymentState::InProgress | DeploymentState::Unknown(_) => say(Truth::Unknown, self.stage_reason()),
        }
    }

    fn stage_reason(&self) -> Reason {
        let stage = self.status.deployment.as_ref().and_then(|d| d.stage.as_deref()).and_then(|s| s.parse().ok());
        match stage {
            None => Reason::Waiting,
            Some(Stage::ReconcileService | Stage::PreScaleUp | Stage::ScaleUp | Stage::PostScaleUp) => {
                Reason::ScalingUp
            }
            Some(Stage::ProductionTrafficShift) => match self.weights() {
                Some((source, target)) if source > target && target > 0 => Reason::CanaryBaking,
                _ => Reason::ShiftingTraffic,
            },
            Some(
                Stage::TestTrafficShift
                | Stage::PostTestTrafficShift
                | Stage::PreProductionTrafficShift
                | Stage::PostProductionTrafficShift,
            ) => Reason::ShiftingTraffic,
            Some(Stage::BakeTime) => Reason::Baking,
            Some(Stage::CleanUp) => Reason::CleaningUp,
            Some(Stage::Unknown(_)) => Reason::RollingOut,
        }
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
