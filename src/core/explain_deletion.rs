//! A deletion in words: how long it has taken, what is in its way, and how to let go.

use crate::api::conditions::Reason;

use super::conditions::{Statement, Truth};
use super::drain::Drain;
use super::explain::Told;
use super::policy::ProtectedBy;

/// How to delete what is protected. `deploy/deletion-protection.yaml` says the same.
pub(super) const LIFT_PROTECTION: &str = "To delete the service, set spec.management.deletionProtection to false first";

impl Told<'_> {
    /// The deletion was sent, or ECS drains since less than a minute.
    pub(super) fn deleting(&self) -> Vec<Statement> {
        let message = format!("ECS is draining the service {}: {FIRST_GO}", self.name());
        self.progressing(Truth::False, Reason::Deleting, &message)
    }

    /// A create may have been sent that ECS does not show.
    pub(super) fn looked_for(&self) -> Vec<Statement> {
        let message = format!(
            "the service {} may have just been created: the object goes when ECS has not shown it for a minute",
            self.name()
        );
        self.progressing(Truth::False, Reason::Deleting, &message)
    }

    /// Our service drains.
    pub(super) fn draining(&self, drain: &Drain) -> Vec<Statement> {
        let Some(so_far) = drain.so_far() else { return self.deleting() };
        let name = self.name();
        if !drain.hangs {
            let message = format!("ECS has been draining the service {name} for {so_far}: {FIRST_GO}");
            return self.progressing(Truth::False, Reason::Deleting, &message);
        }
        let message = format!(
            "ECS has been draining the service {name} for {so_far}, and a few minutes are usual{}. {} To let go of what is left, set spec.management.deletion to Retain",
            said(drain),
            self.check_role()
        );
        self.hanging(Reason::Deleting, &message)
    }

    /// A service drains whose name this object waits for.
    pub(super) fn waiting_for_drain(&self, drain: &Drain) -> Vec<Statement> {
        let (ready, message) = match self.makes_room() {
            Some(message) => (Reason::Recreating, message),
            None => {
                let name = self.name();
                let message =
                    format!("an earlier service {name} is still draining; this one is created when it is gone");
                (Reason::WaitingForDrain, message)
            }
        };
        let so_far = drain.so_far().map(|time| format!(" (for {time} so far)")).unwrap_or_default();
        if !drain.hangs {
            return self.progressing(Truth::False, ready, &format!("{message}{so_far}"));
        }
        let check = "Check that its infrastructure role exists and has its policies: ECS cleans up with it, and goes on by itself";
        self.hanging(ready, &format!("{message}{so_far}. A few minutes are usual{}. {check}", said(drain)))
    }

    fn hanging(&self, ready: Reason, message: &str) -> Vec<Statement> {
        self.stalled(ready, Reason::DeletionHangs, message)
    }

    fn check_role(&self) -> String {
        let role = self.desired.intent.as_ref().map(|intent| format!(" {}", intent.infrastructure_role_arn));
        format!(
            "Check that the infrastructure role{} exists and has its policies: ECS cleans up with it, and goes on by itself.",
            role.unwrap_or_default()
        )
    }

    /// The service is kept.
    pub(super) fn protected(&self, by: ProtectedBy) -> Vec<Statement> {
        let message = match by {
            ProtectedBy::Spec => format!(
                "spec.management.deletionProtection is true: the service {} and this object are kept. {LIFT_PROTECTION}: kubectl patch egs {} --type=merge --patch '{{\"spec\":{{\"management\":{{\"deletionProtection\":false}}}}}}'",
                self.name(),
                self.desired.owner.name
            ),
            ProtectedBy::Doubt => format!(
                "spec.management cannot be read, and may protect the service {}: nothing is deleted until it can. Correct it, or take it out of the spec",
                self.name()
            ),
        };
        self.stalled(Reason::DeletionProtected, Reason::DeletionProtected, &message)
    }

    /// Our tags are taken off.
    pub(super) fn retaining(&self) -> Vec<Statement> {
        let message = format!(
            "the service {} stays as it is: the controller's tags are taken off, then the object goes",
            self.name()
        );
        self.progressing(Truth::False, Reason::Deleting, &message)
    }
}

const FIRST_GO: &str =
    "tasks, load balancer and certificate go first. The object goes when it is gone; leave its IAM roles until then";

fn said(drain: &Drain) -> String {
    let reason = drain.reason.as_deref().map(|reason| reason.trim_end_matches('.'));
    reason.map(|reason| format!(": ECS says \"{reason}\"")).unwrap_or_default()
}
