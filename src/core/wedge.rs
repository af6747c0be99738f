//! A first deployment that can never end (a "wedge"): when that is said, what is in the way, and what is remembered of a
//! service that was deleted because of it.
//!
//! With roles that were made a moment ago, a load balancer can be refused once and never tried again: the service is ACTIVE
//! and its deployment IN_PROGRESS for ever, an update starts nothing, and only a delete and a new create help (field report
//! of 2026-07). Others saw ECS go on once a permission was added, so what heals is left alone.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::api::status::{ExpressGatewayServiceStatus, ManagedResource, Recreation};

use super::facts::whole_seconds;
use super::managed;
use super::memory::Memory;
use super::observed::{Observed, Presence};
use super::plan::Verdict;
use super::report::Situation;
use super::step::Effect;

/// A new role is known everywhere in IAM after two to four minutes (terraform-provider-aws, role propagation): what has failed
/// for five does not wait for that any more.
pub const FAILED_FOR: SignedDuration = SignedDuration::from_mins(5);

/// The first service of a VPC takes 10 to 25 minutes until its URL answers (field reports), and Terraform gives up on a
/// creation after 30 (`aws_ecs_express_gateway_service`).
pub const CREATION_LIMIT: SignedDuration = SignedDuration::from_mins(30);

/// Why a first deployment cannot end, and what may be done about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Wedge {
    /// What is in the way, in a sentence without a full stop.
    pub cause: String,
    /// What is done about it.
    pub remedy: Remedy,
}

/// What is done about a wedge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The service is deleted and created again.
    Recreate,
    /// Nothing: mode `Observe` writes nothing to AWS.
    Observed,
    /// Nothing without a person: the policy is `Never`.
    ByHand,
    /// Nothing: it was created again once for this generation.
    Repeated,
    /// Nothing: the service is protected from deletion.
    Protected,
    /// Nothing: the controller did not see the service from its creation on, and it may have served.
    Unseen,
    /// Nothing: no resource of ECS is in the way, so a new service would fare no better.
    OfTheSpec,
}

/// What is seen of a deployment that takes no traffic yet.
pub(super) struct Creation<'a> {
    /// The resources that ECS manages.
    pub(super) resources: &'a [ManagedResource],
    /// When its spec was sent.
    pub(super) begun: Timestamp,
    /// Most time that it may take.
    pub(super) limit: SignedDuration,
    /// What ECS says of the deployment.
    pub(super) words: String,
}

impl<'a> Creation<'a> {
    /// What is in the way, in a sentence, and the resource if it is one; `None` while it may still come up.
    pub(super) fn hindrance(&self, now: Timestamp) -> Option<(String, Option<&'a ManagedResource>)> {
        let resource = managed::in_the_way(self.resources);
        if let Some(failed) = resource.filter(|resource| self.has_failed_for_long(resource, now)) {
            return Some((managed::said(failed), resource));
        }
        let moved = managed::last_moved(self.resources, now).map_or(self.begun, |moved| moved.max(self.begun));
        if now.duration_since(moved) < self.limit {
            return None;
        }
        let limit = in_words(self.limit);
        let cause = match resource {
            Some(resource) => {
                let reason = if resource.reason.is_none() { ", and ECS gives no reason" } else { "" };
                format!("nothing has moved for {limit}: {}{reason}", managed::said(resource))
            }
            None if self.resources.is_empty() => format!(
                "the first deployment has not ended within {limit} ({}), and ECS does not show its resources",
                self.words
            ),
            None => format!(
                "the first deployment has not ended within {limit} ({}), though every resource that ECS manages is there",
                self.words
            ),
        };
        Some((cause, resource))
    }

    fn has_failed_for_long(&self, resource: &ManagedResource, now: Timestamp) -> bool {
        let since = resource.since.as_ref().filter(|_| managed::has_failed(resource));
        since.is_some_and(|since| now.duration_since(since.0) >= FAILED_FOR.min(self.limit))
    }
}

/// `30 min`, or `90 s` for what is not whole minutes.
fn in_words(time: SignedDuration) -> String {
    match time.as_secs() {
        seconds if seconds >= 60 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

/// Whether this generation has had its new service: it gets one at most. A deletion that did not take effect is repeated.
pub(super) fn was_recreated(memory: &Memory, generation: i64, presence: &Presence) -> bool {
    let again = memory.recreation.as_ref().filter(|recreation| recreation.generation == generation);
    again.is_some_and(|recreation| {
        let deleted = recreation.deleted_service_created_at.as_ref().map(|at| at.0);
        deleted.is_none() || !presence.was_created_at(deleted)
    })
}

/// Whether a service was deleted for this generation whose successor is still to be created.
pub(super) fn is_recreating(recreation: Option<&Recreation>, generation: i64) -> bool {
    recreation.is_some_and(|recreation| recreation.generation == generation && !recreation.done)
}

/// Keeps what a write was for: a service in its creation, a service that makes room for another.
pub(super) fn remember(situation: &Situation<'_>, status: &mut ExpressGatewayServiceStatus, now: Timestamp) {
    if let (Some(recreation), Ok(Observed::Live(live))) = (&mut status.recreation, situation.observed) {
        let deleted = recreation.deleted_service_created_at.as_ref().map(|at| at.0);
        recreation.done |= !live.presence.was_created_at(deleted);
    }
    let (Some(plan), Some(outcome)) = (situation.plan, situation.outcome) else { return };
    match (&plan.verdict, outcome) {
        (Verdict::Recreating, Ok(_)) => status.recreation = Some(recreation(situation, now)),
        (Verdict::Recreating, Err(failure)) if failure.may_have_taken_effect() => {
            status.recreation = Some(recreation(situation, now));
        }
        (_, Ok(Effect::Created { .. })) => {
            status.creating_since = Some(whole_seconds(now));
            if let Some(recreation) = &mut status.recreation {
                recreation.done = true;
            }
        }
        (_, Err(failure)) if failure.is_lost_create() => status.creating_since = Some(whole_seconds(now)),
        _ => {}
    }
}

fn recreation(situation: &Situation<'_>, now: Timestamp) -> Recreation {
    let live = match situation.observed {
        Ok(Observed::Live(live)) => live.presence.created_at,
        _ => None,
    };
    let wedge = situation.plan.and_then(|plan| plan.wedge.as_ref());
    Recreation {
        generation: situation.desired.generation,
        at: Some(whole_seconds(now)),
        deleted_service_created_at: live.map(whole_seconds),
        reason: wedge.map(|wedge| wedge.cause.clone()).unwrap_or_default(),
        done: false,
    }
}

#[cfg(test)]
#[path = "wedge_tests.rs"]
mod tests;
