//! The resources that ECS manages for a service: when they are read, what the status keeps of them, and how they are named.
//!
//! Source: botocore ECS model, `ECSManagedResources`; developer guide, `express-service-troubleshooting`.

use jiff::Timestamp;
use strum::{AsRefStr, Display, EnumString};

use crate::api::status::ManagedResource;

use super::observed::{Glance, Known, LastEnded, ReadingList};

/// Most resources that a status lists; the CRD refuses more. A service has twelve or thirteen.
pub const MAX_RESOURCES: usize = 32;

/// Kinds of resources, in the order in which a request meets them. As a string it is the word in the status.
#[derive(AsRefStr, Clone, Copy, Debug, Display, EnumString, Eq, Ord, PartialEq, PartialOrd)]
#[allow(missing_docs, reason = "each is what it says")]
pub enum Kind {
    LoadBalancer,
    LoadBalancerSecurityGroup,
    Certificate,
    Listener,
    ListenerRule,
    TargetGroup,
    SecurityGroup,
    ScalableTarget,
    ScalingPolicy,
    MetricAlarm,
    LogGroup,
}

/// What a look brought of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ManagedReading {
    /// They were not asked for: what the status lists stands.
    #[default]
    NotAsked,
    /// They were asked for, and ECS did not show them.
    NotShown,
    /// All of them.
    Read(Vec<ManagedResource>),
}

/// What is known of them before a look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownManaged {
    /// Whether the status lists them, and all are up.
    pub is_settled: bool,
    /// Whether the service is still being created: no revision has taken traffic.
    pub is_creating: bool,
    /// Whether the deployment that the status tells of was last seen on its way forward.
    pub deployment_goes_on: bool,
    /// What the controller's own clock says. Never from the status.
    pub due: Due,
}

/// Whether it is time to read them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Due {
    /// They were read lately.
    #[default]
    Nothing,
    /// They may have changed, if the service is being created.
    WhileCreating,
    /// Everything is due.
    Everything,
}

/// The reading list with what has to be read of them. In a rollout two calls are enough: while a service is being created,
/// a look now and then reads its resources *instead of* its deployment, which is taken to be as it was.
pub(super) fn joined(list: ReadingList, glance: &Glance, known: &Known) -> ReadingList {
    let is_ours = known.owner.as_ref().is_none_or(|owner| owner.of(&glance.presence.tags).is_ours());
    match &glance.deployment {
        _ if !is_ours => list,
        None => ReadingList { managed: at_rest(&list, glance, known), ..list },
        Some(deployment) => in_flight(list, deployment, known),
    }
}

fn at_rest(list: &ReadingList, glance: &Glance, known: &Known) -> Option<String> {
    let KnownManaged { is_settled, due, .. } = known.managed;
    let is_due = match list.last_ended {
        _ if due == Due::Everything => true,
        LastEnded::Describe(_) => !is_settled,
        LastEnded::Newest => !is_settled && due == Due::WhileCreating,
        LastEnded::Known => false,
    };
    glance.revisions.first().filter(|_| is_due).map(|revision| revision.arn.clone())
}

fn in_flight(list: ReadingList, deployment: &str, known: &Known) -> ReadingList {
    let KnownManaged { is_creating, deployment_goes_on, due, .. } = known.managed;
    let is_due = match due {
        Due::Nothing => false,
        Due::WhileCreating => !list.configurations,
        Due::Everything => true,
    };
    let is_known = known.deployment.as_deref() == Some(deployment);
    let managed = known.deployment_target.clone().filter(|_| is_known && is_creating && is_due);
    let instead = managed.is_some() && deployment_goes_on && !list.configurations;
    let (in_flight, unmoved) = if instead { (None, list.in_flight) } else { (list.in_flight, None) };
    ReadingList { managed, in_flight, unmoved, ..list }
}

/// The list that the status shows after a look: sorted, so that ECS's order is no change, and each with the moment since
/// which it has been seen in its state.
#[must_use]
pub fn listed(before: &[ManagedResource], reading: &ManagedReading) -> Vec<ManagedResource> {
    let ManagedReading::Read(read) = reading else { return before.to_vec() };
    let mut listed: Vec<ManagedResource> = read.iter().map(|resource| in_its_state(resource, before)).collect();
    listed.sort_by_key(is_up);
    listed.truncate(MAX_RESOURCES);
    listed.sort_by(|a, b| order(a).cmp(&order(b)));
    listed
}

/// ECS may touch a resource without changing its state: only a new state has a new moment.
fn in_its_state(resource: &ManagedResource, before: &[ManagedResource]) -> ManagedResource {
    let is_it = |other: &&ManagedResource| {
        other.kind == resource.kind && other.arn == resource.arn && other.name == resource.name
    };
    let seen = before.iter().filter(is_it).find(|other| other.state == resource.state);
    let since = seen.map_or(&resource.since, |seen| &seen.since);
    ManagedResource { since: since.clone(), ..resource.clone() }
}

fn order(resource: &ManagedResource) -> (Option<Kind>, &Option<String>, &Option<String>) {
    (kind(resource), &resource.name, &resource.arn)
}

fn kind(resource: &ManagedResource) -> Option<Kind> {
    resource.kind.parse().ok()
}

/// Whether ECS says that the resource works.
pub(super) fn is_up(resource: &ManagedResource) -> bool {
    resource.state == "ACTIVE"
}

/// Whether ECS says that it could not make the resource.
pub(super) fn has_failed(resource: &ManagedResource) -> bool {
    resource.state == "FAILED"
}

/// What is in the way: what has failed before what is not there yet, the load balancer before what needs it.
#[must_use]
pub fn in_the_way(resources: &[ManagedResource]) -> Option<&ManagedResource> {
    resources.iter().filter(|resource| !is_up(resource)).min_by_key(|resource| (!has_failed(resource), kind(resource)))
}

/// The last moment up to `now` at which something moved.
pub(super) fn last_moved(resources: &[ManagedResource], now: Timestamp) -> Option<Timestamp> {
    resources.iter().filter_map(|resource| resource.since.as_ref()).map(|since| since.0).filter(|at| *at <= now).max()
}

/// `the load balancer ecs-express-gateway-alb-1a2b3c4d is FAILED: …`, without a full stop.
#[must_use]
pub fn said(resource: &ManagedResource) -> String {
    let ManagedResource { name, state, reason, .. } = resource;
    let name = name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let reason = reason.as_deref().map(|reason| reason.trim_end_matches(['.', ' ']));
    let reason = reason.filter(|reason| !reason.is_empty()).map(|reason| format!(": {reason}"));
    format!("the {}{name} is {state}{}", words(&resource.kind), reason.unwrap_or_default())
}

/// `load balancer` for `LoadBalancer`.
fn words(kind: &str) -> String {
    let mut words = String::new();
    for character in kind.chars() {
        if character.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    words
}

#[cfg(test)]
#[path = "managed_tests.rs"]
mod tests;
