//! What was seen of a service in ECS, in this project's own vocabulary, and how much has to be read to see it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::api::management::Adoption;

use super::configuration::Configuration;
use super::managed::{self, KnownManaged, ManagedReading};
use super::ownership::{Owner, Ownership};
use super::rollout::{Deployment, HealthAnswer, RevisionLoad};

/// Where a service is to be found. Both are fixed for its life; the name is unique in its cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Short name of the ECS cluster.
    pub cluster: String,
    /// Name of the service.
    pub service_name: String,
}

/// AWS tags by key.
pub type Tags = BTreeMap<String, String>;

/// Where the service of a name is in its life.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// ECS knows no service of this name.
    Absent,
    /// The service exists and takes updates.
    Live(Box<Live>),
    /// The service was deleted and its tasks and load balancer are going. Its name is still taken.
    Draining(Presence),
    /// The service is gone; ECS keeps the record for a while. Its name is free.
    Inactive(Presence),
    /// The name belongs to an ECS service that is not an Express service.
    NotExpress(Presence),
    /// ECS knows no service of this name in this AWS account, and it is remembered in another.
    InAnotherAccount(String),
}

/// What every record of a service says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Presence {
    /// ARN: the same for every service that ever has this name in this cluster.
    pub arn: String,
    /// When this service was created: tells it from its namesakes.
    pub created_at: Option<Timestamp>,
    /// All its tags.
    pub tags: Tags,
    /// ECS's `statusReason` or newest service event.
    pub reason: Option<String>,
}

/// A service that takes updates.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// What every record says.
    pub presence: Presence,
    /// The infrastructure role, where the configurations were read.
    pub infrastructure_role: Option<String>,
    /// Tasks per revision, from the service itself.
    pub revisions: Vec<RevisionLoad>,
    /// The active configurations; `None` when they were not read because nothing had moved.
    pub configurations: Option<Vec<ActiveConfiguration>>,
    /// The deployment in flight.
    pub in_flight: Option<Deployment>,
    /// The deployment that ended last, where it had to be read.
    pub last_ended: Option<Deployment>,
    /// The resources that ECS manages for the service.
    pub managed: ManagedReading,
}

impl Live {
    /// What was made last. ECS does not document the order of the active configurations.
    pub(super) fn newest(&self) -> Option<&ActiveConfiguration> {
        self.configurations.as_ref()?.iter().max_by_key(|shown| shown.created_at)
    }
}

/// One entry of ECS's `activeConfigurations`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActiveConfiguration {
    /// ARN of the service revision.
    pub revision: String,
    /// When the revision was made.
    pub created_at: Option<Timestamp>,
    /// Its values.
    pub configuration: Configuration,
    /// Where it answers, with `https://`.
    pub url: Option<String>,
}

/// What the first, cheap and batchable call (`DescribeServices`) says of a service that takes updates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Glance {
    /// What every record says.
    pub presence: Presence,
    /// Tasks per revision. A revision never changes: the same revisions mean the same configuration.
    pub revisions: Vec<RevisionLoad>,
    /// ARN of the deployment in flight.
    pub deployment: Option<String>,
    /// The newest health check that a task failed, as the service's events tell it.
    pub unhealthy: Option<Unhealthy>,
}

/// A health check that a task failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unhealthy {
    /// When ECS said so.
    pub at: Timestamp,
    /// How the task answered.
    pub answer: HealthAnswer,
}

/// What is already known of a service, so that nothing is read twice. From the object's status.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The revision whose configuration was compared and found equal to the spec as it stands; `None` asks for a full reading.
    pub settled_revision: Option<String>,
    /// When the service that the status tells of was created.
    pub created_at: Option<Timestamp>,
    /// The revision that the last submission led to.
    pub submitted_revision: Option<String>,
    /// The AWS account that the service was created in.
    pub account: Option<String>,
    /// The deployment that the status tells of.
    pub deployment: Option<String>,
    /// The revision that it rolls out.
    pub deployment_target: Option<String>,
    /// Whether the status tells how that deployment ended.
    pub deployment_is_over: bool,
    /// Whose service it should be: one that belongs to somebody else is not read any further.
    pub owner: Option<Owner>,
    /// Whether this object manages the service that was created then.
    pub was_managed: bool,
    /// What may be done with such a service. One that may be adopted is read in full.
    pub adoption: Adoption,
    /// The revision that the plan of its adoption was made for: the same revision makes the same plan.
    pub adoption_base: Option<String>,
    /// Whether a change is held back: what it would replace is read again, also while it is rolled out.
    pub holds_back: bool,
    /// A full reading even if nothing seems to have moved: some changes may make no revision.
    pub full: bool,
    /// What was read last of a service that is not as the spec wants it, and that nothing is done about.
    pub rested: Option<Rested>,
    /// The resources that ECS manages.
    pub managed: KnownManaged,
}

/// A full reading of a service that rests, or of one that somebody else rolls out. A revision never changes: as long as ECS
/// shows the same ones, and the same deployment, it holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rested {
    /// ARNs of the revisions that had tasks.
    pub revisions: Vec<String>,
    /// ARN of the deployment that was in flight.
    pub deployment: Option<String>,
    /// The active configurations.
    pub configurations: Vec<ActiveConfiguration>,
    /// The infrastructure role.
    pub infrastructure_role: Option<String>,
    /// The deployment that ended last, where it was read.
    pub last_ended: Option<Deployment>,
}

impl Rested {
    /// The reading, if it was a full one. In a rollout it is, once ECS shows what is rolled out.
    #[must_use]
    pub fn of(live: &Live) -> Option<Self> {
        let configurations = live.configurations.clone().filter(|shown| !shown.is_empty())?;
        let target = live.in_flight.as_ref().map(|deployment| deployment.target.as_ref().map(|target| &target.arn));
        if target.is_some_and(|target| !configurations.iter().any(|shown| Some(&shown.revision) == target)) {
            return None;
        }
        let deployment = live.in_flight.as_ref().map(|deployment| deployment.arn.clone());
        let revisions = live.revisions.iter().map(|revision| revision.arn.clone()).collect();
        let infrastructure_role = live.infrastructure_role.clone();
        Some(Self { revisions, deployment, configurations, infrastructure_role, last_ended: live.last_ended.clone() })
    }
}

/// What has to be read after a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadingList {
    /// `DescribeExpressGatewayService`.
    pub configurations: bool,
    /// `DescribeServiceDeployments` of this deployment, in flight.
    pub in_flight: Option<String>,
    /// How the last deployment ended.
    pub last_ended: LastEnded,
    /// A deployment in flight that is not described this time, and taken to be as it was.
    pub unmoved: Option<String>,
    /// `DescribeServiceRevisions` of this revision, for the resources that ECS manages.
    pub managed: Option<String>,
}

/// How to find out how the last deployment ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LastEnded {
    /// It is known already, or one is in flight.
    #[default]
    Known,
    /// `DescribeServiceDeployments` of this one.
    Describe(String),
    /// `ListServiceDeployments`, newest first: nothing is remembered.
    Newest,
}

/// The AWS account in an ARN.
#[must_use]
pub fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// The AWS region in an ARN.
#[must_use]
pub fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

impl Presence {
    /// Whether this is the service that was created then. A status keeps whole seconds only.
    #[must_use]
    pub fn was_created_at(&self, moment: Option<Timestamp>) -> bool {
        self.created_at.map(Timestamp::as_second) == moment.map(Timestamp::as_second)
    }
}

impl Known {
    /// Whether this is what a status still says, whatever was read besides.
    #[must_use]
    pub fn is_that_of(&self, status: Self, adoption: Adoption) -> bool {
        Self { adoption, rested: self.rested.clone(), ..status } == *self
    }

    /// Whether the remembered deployment is the one that the last submission led to. One that came and went between two
    /// looks was never seen.
    fn tells_of_the_submission(&self) -> bool {
        self.submitted_revision.is_some() && self.submitted_revision == self.deployment_target
    }
}

impl Glance {
    /// What has to be read besides this glance.
    #[must_use]
    pub fn reading_list(&self, known: &Known) -> ReadingList {
        managed::joined(self.of_its_rollouts(known), self, known)
    }

    fn of_its_rollouts(&self, known: &Known) -> ReadingList {
        let same_service = known.created_at.is_some() && self.presence.was_created_at(known.created_at);
        match known.owner.as_ref().map(|owner| owner.of(&self.presence.tags)) {
            None => {}
            Some(ours) if ours.is_ours() => {}
            // Somebody has taken our tags off, perhaps before it was first seen.
            Some(Ownership::Nobody) if known.was_managed && (same_service || known.created_at.is_none()) => {}
            Some(other) if other.may_be_adopted(known.adoption, same_service) => return self.adoption_list(known),
            Some(_) => return ReadingList::default(),
        }
        match &self.deployment {
            Some(arn) => ReadingList {
                configurations: self.unmoved(known).is_none()
                    && (known.full
                        || known.holds_back
                        || !same_service
                        || known.deployment.as_deref() != Some(arn)
                        || !known.tells_of_the_submission()),
                in_flight: Some(arn.clone()),
                ..ReadingList::default()
            },
            // The same lone revision that was found to be as the spec wants it: how it came to be no longer matters.
            None if self.unmoved(known).is_some() => ReadingList::default(),
            None if !known.full
                && same_service
                && self.is_settled_on(known.settled_revision.as_deref())
                && (known.deployment.is_none() || known.deployment_is_over) =>
            {
                ReadingList::default()
            }
            None => ReadingList {
                configurations: known.full || !same_service || !self.is_settled_on(known.settled_revision.as_deref()),
                last_ended: match &known.deployment {
                    Some(arn) if same_service && known.tells_of_the_submission() => match known.deployment_is_over {
                        true => LastEnded::Known,
                        false => LastEnded::Describe(arn.clone()),
                    },
                    _ => LastEnded::Newest,
                },
                ..ReadingList::default()
            },
        }
    }

    /// What was read last, if nothing has moved since.
    #[must_use]
    pub fn unmoved<'k>(&self, known: &'k Known) -> Option<&'k Rested> {
        let rested = known.rested.as_ref().filter(|rested| !known.full && self.deployment == rested.deployment)?;
        let same_service = known.created_at.is_some() && self.presence.was_created_at(known.created_at);
        let same_revisions = self.revisions.iter().map(|revision| &revision.arn).eq(&rested.revisions);
        (same_service && same_revisions).then_some(rested)
    }

    /// Only a service at rest is adopted, and only for what serves: how that came to be does not matter.
    fn adoption_list(&self, known: &Known) -> ReadingList {
        let is_planned = !known.full && self.is_settled_on(known.adoption_base.as_deref());
        ReadingList {
            configurations: self.deployment.is_none() && !is_planned,
            in_flight: self.deployment.clone(),
            ..ReadingList::default()
        }
    }

    fn is_settled_on(&self, revision: Option<&str>) -> bool {
        matches!((self.revisions.as_slice(), revision), ([only], Some(known)) if only.arn == known)
    }
}

#[cfg(test)]
#[path = "observed_tests.rs"]
mod tests;
