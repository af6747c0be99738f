//! The decision about a first deployment of our spec that does not come to its end: wait, say so, or create the service again.

use crate::api::management::{Mode, Recreate};

use super::managed;
use super::plan::{Plan, Requeue, Verdict};
use super::plan_live::Case;
use super::rollout::Deployment;
use super::step::Step;
use super::wedge::{Creation, Remedy, Wedge, was_recreated};

impl Case<'_> {
    /// `followed`, unless the deployment is a first one that cannot end.
    pub(super) fn unless_wedged(&self, deployment: &Deployment, followed: Plan) -> Plan {
        let wedge = self.wedge(deployment).filter(|_| followed.verdict == Verdict::RollingOut);
        let Some(wedge) = wedge else { return followed };
        let (step, verdict, requeue) = match wedge.remedy {
            Remedy::Recreate => {
                let service_arn = self.live.presence.arn.clone();
                (Step::Delete { service_arn }, Verdict::Recreating, Requeue::Drain)
            }
            // What heals by itself heals in minutes.
            _ => (Step::Refuse, Verdict::Wedged, Requeue::Settled),
        };
        Plan { wedge: Some(wedge), ..Plan::new(step, verdict, requeue) }
    }

    fn wedge(&self, deployment: &Deployment) -> Option<Wedge> {
        if !self.is_first(deployment) {
            return None;
        }
        let sent = self.submission().and_then(|sent| sent.at.as_ref()).map(|at| at.0);
        // A look that reads the resources takes the deployment to be as it was: it began when it was seen to.
        let before = self.memory.deployment.as_ref().filter(|before| before.arn == deployment.arn);
        let seen = before.and_then(|before| before.started_at.as_ref()).map(|at| at.0);
        let shown = deployment.started_at.or(deployment.created_at).or(seen);
        let creation = Creation {
            resources: &managed::listed(&self.memory.managed, &self.live.managed),
            begun: sent.or(self.memory.creating_since).or(shown)?,
            limit: self.desired.creation_limit,
            words: self.words(deployment),
        };
        let (cause, resource) = creation.hindrance(self.now)?;
        Some(Wedge { cause, remedy: self.remedy(resource.is_some()) })
    }

    /// Whether no revision of this service has taken traffic yet.
    fn is_first(&self, deployment: &Deployment) -> bool {
        let has_traffic = deployment.target.as_ref().and_then(|target| target.weight).is_some_and(|weight| weight > 0);
        let nothing_before = self.memory.serving_revision.is_none() && deployment.sources.is_empty();
        !has_traffic && (self.memory.creating_since.is_some() || nothing_before)
    }

    fn remedy(&self, is_a_resource: bool) -> Remedy {
        let policy = &self.desired.policy;
        // One that was created before the mode was `Observe` is planned to be created again, and held back.
        let is_unseen = self.memory.creating_since.is_none();
        let is_observed = policy.mode == Mode::Observe && (is_unseen || policy.recreate == Recreate::Never);
        match policy.recreate {
            _ if !is_a_resource => Remedy::OfTheSpec,
            _ if is_observed => Remedy::Observed,
            Recreate::Never => Remedy::ByHand,
            Recreate::WhenWedged if is_unseen => Remedy::Unseen,
            Recreate::WhenWedged if policy.protected.is_some() => Remedy::Protected,
            Recreate::WhenWedged if was_recreated(self.memory, self.desired.generation, &self.live.presence) => {
                Remedy::Repeated
            }
            Recreate::WhenWedged => Remedy::Recreate,
        }
    }

    /// What ECS says of the deployment; one that was not read this time is as it was.
    fn words(&self, deployment: &Deployment) -> String {
        let remembered = self.memory.deployment.as_ref().filter(|_| deployment.target.is_none());
        let (state, stage, reason) = match remembered {
            Some(before) => (before.status.clone(), before.stage.clone(), before.reason.clone()),
            None => {
                let stage = deployment.stage.as_ref().map(ToString::to_string);
                (deployment.state.to_string(), stage, deployment.reason.clone())
            }
        };
        let stage = stage.map(|stage| format!(", stage {stage}")).unwrap_or_default();
        let reason = reason.map(|reason| format!(": {}", reason.trim_end_matches('.'))).unwrap_or_default();
        format!("{state}{stage}{reason}")
    }
}

#[cfg(test)]
#[path = "plan_wedge_tests.rs"]
mod tests;
