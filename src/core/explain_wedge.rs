//! A first deployment that cannot end, in words: what is in the way, and each way on.

use crate::api::conditions::Reason;

use super::conditions::{Statement, Truth};
use super::explain::Told;
use super::managed;
use super::plan::Plan;
use super::wedge::{Remedy, is_recreating};

/// What is in the way, in front of what is said of the write that waits; empty where nothing is.
pub(super) fn in_front(plan: &Plan) -> String {
    plan.wedge.as_ref().map(|wedge| format!("the service cannot come up: {}. ", wedge.cause)).unwrap_or_default()
}

impl Told<'_> {
    /// Nothing more will happen by itself, or only in AWS.
    pub(super) fn wedged(&self, plan: &Plan) -> Vec<Statement> {
        let remedy = plan.wedge.as_ref().map_or(Remedy::ByHand, |wedge| wedge.remedy);
        let message = format!("{}{}", in_front(plan), self.remedy(remedy));
        self.stalled(Reason::Wedged, Reason::Wedged, &message)
    }

    /// It is deleted.
    pub(super) fn recreating(&self, plan: &Plan) -> Vec<Statement> {
        let message = format!("{}It is deleted and created again, with a new URL", in_front(plan));
        self.progressing(Truth::False, Reason::Recreating, &message)
    }

    /// Why the name is waited for, where a service of this object makes room for its successor.
    pub(super) fn makes_room(&self) -> Option<String> {
        let recreation = self.status.recreation.as_ref();
        let recreation = recreation.filter(|it| is_recreating(Some(it), self.desired.generation))?;
        Some(format!(
            "the service {} could not come up ({}) and is being deleted; it is created again, with a new URL, when it is gone",
            self.name(),
            recreation.reason
        ))
    }

    /// `; the load balancer is FAILED: …`, as long as ECS may still try again.
    pub(super) fn failed_resource(&self) -> String {
        let failed = managed::in_the_way(&self.status.managed_resources).filter(|it| managed::has_failed(it));
        failed.map(|failed| format!("; {}", managed::said(failed))).unwrap_or_default()
    }

    fn remedy(&self, remedy: Remedy) -> String {
        match remedy {
            Remedy::Recreate => "It is deleted and created again, with a new URL".to_owned(),
            Remedy::Observed => "Mode Observe writes nothing to AWS".to_owned(),
            Remedy::ByHand => format!(
                "ECS may never try again, as after roles that were too new, or go on once the infrastructure role{} has what it lacks. If nothing moves, delete this object and create it again, or set spec.management.recreate to WhenWedged: both give the service a new URL",
                self.role()
            ),
            Remedy::Repeated => format!(
                "It was deleted and created again once for this spec, and that is not repeated. Give the infrastructure role{} what it lacks; then change the spec, or create this object anew",
                self.role()
            ),
            Remedy::Protected => "spec.management.recreate is WhenWedged, but spec.management.deletionProtection keeps this service. Without the protection it is deleted and created again, with a new URL".to_owned(),
            Remedy::Unseen => "spec.management.recreate does not apply: the controller has not seen this service from its creation on, and it may have served. Delete this object and create it again, which gives the service a new URL".to_owned(),
            Remedy::OfTheSpec => "Look at the image, its port and its health check path: a changed spec is sent at once".to_owned(),
        }
    }

    fn role(&self) -> String {
        let role = self.desired.intent.as_ref().map(|intent| format!(" {}", intent.infrastructure_role_arn));
        role.unwrap_or_default()
    }
}
