//! What ECS cannot change of a service, where it differs from what is wanted: region, account, infrastructure role. No write
//! could make it right, and one in the wrong place would make a second service.

use crate::api::conditions::Reason;
use crate::api::management::Mode;

use super::conditions::Statement;
use super::desired::{Desired, Intent};
use super::explain::Told;
use super::memory::Memory;
use super::observed::{Live, Observed, account_of, region_of};
use super::plan::{Plan, Requeue, Verdict};
use super::spec_hash::Leaf;
use super::step::Step;
use super::target::Difference;

/// Path of the infrastructure role.
pub(super) const INFRASTRUCTURE_ROLE: &str = "spec.infrastructureRoleArn";

/// What differs and cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Immutable {
    /// The service is in another region than the one that the controller works in.
    Region {
        /// The controller's.
        here: String,
        /// The service's.
        there: String,
    },
    /// The service is in another account than the controller's credentials.
    Account {
        /// The controller's.
        here: String,
        /// The service's.
        there: String,
    },
    /// The service has another infrastructure role.
    InfrastructureRole {
        /// The spec's.
        wanted: String,
        /// The service's.
        live: String,
    },
}

impl Immutable {
    /// Whether the service cannot even be looked at.
    #[must_use]
    pub fn is_out_of_sight(&self) -> bool {
        !matches!(self, Self::InfrastructureRole { .. })
    }

    pub(super) fn plan(self) -> Plan {
        Plan::new(Step::Refuse, Verdict::ImmutableDiffers(self), Requeue::Settled)
    }
}

/// Where the service is, if it is remembered in another region than the controller's.
pub(super) fn in_another_region(desired: &Desired, memory: &Memory) -> Option<Immutable> {
    let there = memory.service_arn.as_deref().and_then(region_of)?;
    let (here, there) = (desired.region.clone(), there.to_owned());
    (desired.policy.mode == Mode::Manage && !here.is_empty() && here != there)
        .then_some(Immutable::Region { here, there })
}

/// Where the service is, if it is remembered somewhere else than here.
pub(super) fn elsewhere(desired: &Desired, observed: &Observed, memory: &Memory) -> Option<Immutable> {
    let in_another_account = || {
        let there = memory.service_arn.as_deref().and_then(account_of)?;
        let here = account_seen(observed)?;
        (desired.policy.mode == Mode::Manage && here != there)
            .then(|| Immutable::Account { here: here.to_owned(), there: there.to_owned() })
    };
    in_another_region(desired, memory).or_else(in_another_account)
}

fn account_seen(observed: &Observed) -> Option<&str> {
    match observed {
        Observed::Live(live) => account_of(&live.presence.arn),
        Observed::Draining(presence) | Observed::Inactive(presence) | Observed::NotExpress(presence) => {
            account_of(&presence.arn)
        }
        Observed::InAnotherAccount(account) => Some(account),
        Observed::Absent => None,
    }
}

/// The role of a service, where it is not the spec's.
pub(super) fn role(intent: &Intent, live: &Live) -> Option<Immutable> {
    let has = live.infrastructure_role.as_ref().filter(|role| **role != intent.infrastructure_role_arn)?;
    Some(Immutable::InfrastructureRole { wanted: intent.infrastructure_role_arn.clone(), live: has.clone() })
}

/// The same in the words of a comparison.
pub(super) fn role_difference(intent: &Intent, live: &Live) -> Option<Difference> {
    let Immutable::InfrastructureRole { wanted, live } = role(intent, live)? else { return None };
    let leaf = |role| Some(Leaf::Plain(role));
    Some(Difference { path: INFRASTRUCTURE_ROLE.to_owned(), wanted: leaf(wanted), live: leaf(live) })
}

impl Told<'_> {
    /// What differs, and each way out.
    pub(super) fn immutable_differs(&self, immutable: &Immutable) -> Vec<Statement> {
        let name = self.name();
        let message = match immutable {
            Immutable::Region { here, there } => format!(
                "the service {name} is in region {there}, and this controller works in {here}: nothing is written. Run the controller with --region={there}; or, to leave that service behind and have a new one in {here}, with a new URL, delete this object with spec.management.deletion: Retain while a controller of {there} runs, and apply it again here"
            ),
            Immutable::Account { here, there } => format!(
                "the service {name} is in AWS account {there}, and the controller's credentials are of account {here}: nothing is written. Give the controller credentials of {there}; or, to leave that service behind, delete this object with spec.management.deletion: Retain while the controller has them, and apply it again with roles of {here}"
            ),
            Immutable::InfrastructureRole { wanted, live } => format!(
                "spec.infrastructureRoleArn is {wanted}, the service {name} has {live}, and ECS cannot change it: nothing is written. To keep the service, set spec.management.deletion to Retain, delete this object, and apply it again with the role that the service has and spec.management.adoption: IfUnowned. To have the other role, delete this object and apply it again: the new service gets a new URL"
            ),
        };
        self.stalled(Reason::ImmutableDiffers, Reason::ImmutableDiffers, &message)
    }
}

#[cfg(test)]
#[path = "immutable_tests.rs"]
mod tests;
