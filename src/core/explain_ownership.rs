//! Whose a service is, in words: who owns it, what adopting it would mean, and each way on.

use crate::api::conditions::{ConditionType, Reason};
use crate::api::names;
use crate::api::status::PlanStatus;

use super::conditions::{Statement, Truth};
use super::explain::{Told, list_of, whose};
use super::ownership::Owner;

impl Told<'_> {
    /// The service is refused.
    pub(super) fn not_ours(&self, owner: Option<&Owner>) -> Vec<Statement> {
        let taken = match self.status.service_created_at {
            Some(_) => " It was this object's before, and is not taken back by itself.",
            None => "",
        };
        let message = format!(
            "the service {} exists and {}. Nothing was changed.{taken} {}; or create this object anew with another spec.serviceName",
            self.name(),
            whose(owner, &self.desired.owner),
            self.way_on(owner, !taken.is_empty()),
        );
        self.stalled(Reason::AlreadyExists, Reason::AlreadyExists, &message)
    }

    fn is_elsewhere(&self, owner: &Owner) -> bool {
        owner.cluster_id != self.desired.owner.cluster_id
    }

    fn way_on(&self, owner: Option<&Owner>, was_ours: bool) -> String {
        match owner {
            None => "To manage it with this object, set spec.management.adoption to IfUnowned".to_owned(),
            Some(_) if was_ours => {
                "Delete this object, which leaves the service alone; to take it back, apply it again with spec.management.adoption: Always".to_owned()
            }
            Some(owner) if self.is_elsewhere(owner) => {
                "Have it let go there (spec.management.deletion: Retain, then delete the object) and set spec.management.adoption to IfUnowned here, or take it over with Always".to_owned()
            }
            Some(owner) => format!(
                "Delete {}/{} with spec.management.deletion: Retain and set spec.management.adoption to IfUnowned here, or take it over with Always",
                owner.namespace, owner.name
            ),
        }
    }

    /// Our tags were sent.
    pub(super) fn adopting(&self) -> Vec<Statement> {
        let message = format!("the service {} is being adopted: its tags are written, and nothing else", self.name());
        self.progressing(Truth::False, Reason::Adopting, &message)
    }

    /// The service moves.
    pub(super) fn adoption_waits(&self, owner: Option<&Owner>) -> Vec<Statement> {
        let message = format!(
            "the service {} exists and {}. It can be adopted once its deployment has ended",
            self.name(),
            whose(owner, &self.desired.owner)
        );
        self.progressing(Truth::False, Reason::RollingOut, &message)
    }

    /// A person has to look first. Neither stalled nor on its way.
    pub(super) fn adoption_awaits(&self, owner: Option<&Owner>, plan: Option<&PlanStatus>) -> Vec<Statement> {
        let (name, whose) = (self.name(), whose(owner, &self.desired.owner));
        let hash = plan.map(|plan| plan.hash.as_str()).unwrap_or_default();
        let approve =
            format!("kubectl annotate egs {} {}={hash} --overwrite", self.desired.owner.name, names::APPROVED_PLAN);
        let message = match differing(plan) {
            paths if paths.is_empty() => {
                format!("the service {name} {whose} and equals the spec. To let its tags be written: {approve}")
            }
            paths => format!(
                "the service {name} {whose} and differs from the spec in {}. Change the spec to match (status.plan has both values), and it is adopted without a rollout; or let the spec win in a rollout after the adoption: {approve}",
                list_of(&paths)
            ),
        };
        vec![Statement::new(ConditionType::Ready, Truth::False, Reason::AwaitingApproval, message)]
    }
}

/// What differs, tags aside: they start no rollout.
pub(super) fn differing(plan: Option<&PlanStatus>) -> Vec<String> {
    let paths = plan.iter().flat_map(|plan| &plan.changes).map(|change| change.path.clone());
    paths.filter(|path| !path.starts_with("spec.tags")).collect()
}
