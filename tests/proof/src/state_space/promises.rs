//! What is promised of every state, checked where it could be broken: at each effect, against the reading that it was made from.

use express_simulator::model::{Model, ServiceSummary};
use express_simulator::time::Time;
use express_simulator::wire;
use expressway::api::conditions::ConditionType;
use expressway::core::observed::{Observed, Presence};
use expressway::core::step::{AwsWrite, TagChange};

use super::cast::{self, Cast, IMAGES, Policy};
use super::world::{Cause, Made, Object, Pass, Promise, Status, World};

/// A write that is about to take effect.
pub(super) fn on_send(world: &mut World, pass: &Pass, write: &AwsWrite<'_>) {
    if !is_ours(world, pass, write) {
        world.breaks(Promise::OnlyOurs);
    }
    if !changes_something(pass, write) {
        world.breaks(Promise::OnlyDifferences);
    }
    let Object { uid, generation, retry, .. } = *pass.seen;
    let cause = Cause { uid, generation, retry, outside: pass.outside };
    let is_again = matches!(write, AwsWrite::Update(_)) && world.ghost.last_sent.as_ref() == Some(&cause);
    if is_again && !may_not_know(world, pass) {
        world.breaks(Promise::OneCanary);
    }
}

/// When the status is lost, nobody can know what another that leads is about to send, nor what was sent and is not in the reading
/// yet; but that it has failed, one can.
fn may_not_know(world: &World, pass: &Pass) -> bool {
    let has_failed = world.ghost.failed.get(usize::from(pass.seen.variant)) == Some(&true);
    let begun = |ecs: &Model| service(ecs).map(|service| service.deployments);
    let is_unread = pass.ecs_read.iter().any(|read| begun(read) != begun(&world.ecs));
    (world.controllers.len() > 1 || is_unread) && world.ghost.lost_status && !has_failed
}

/// Whether the service that is written to was this object's in the reading: a controller made it, or it was nobody's and the
/// policy adopts such; and its tags name nobody else.
fn is_ours(world: &World, pass: &Pass, write: &AwsWrite<'_>) -> bool {
    let presence = match (write, pass.observed.as_ref()) {
        // ECS refuses a name that is taken.
        (AwsWrite::Create(_), _) => return true,
        (_, Ok(observed)) => presence(observed),
        (_, Err(_)) => None,
    };
    let Some(presence) = presence else { return false };
    let is_made = world.ghost.made.iter().any(|made| is_it(made, presence));
    let adopts = matches!(write, AwsWrite::Retag(_)) && pass.plan.as_ref().is_some_and(|plan| plan.not_ours.is_some());
    (is_made && !cast::names_somebody_else(&presence.tags)) || (adopts && presence.tags.is_empty())
}

fn is_it(made: &Made, presence: &Presence) -> bool {
    presence.created_at.is_some_and(|at| Time(at.as_second() * 1000) == made.created_at)
}

fn presence(observed: &Observed) -> Option<&Presence> {
    match observed {
        Observed::Live(live) => Some(&live.presence),
        Observed::Draining(presence) | Observed::Inactive(presence) | Observed::NotExpress(presence) => Some(presence),
        Observed::Absent | Observed::InAnotherAccount(_) => None,
    }
}

/// Whether the reading differs from what is written. A rollout that failed may be tried again.
fn changes_something(pass: &Pass, write: &AwsWrite<'_>) -> bool {
    match (write, pass.observed.as_ref()) {
        (AwsWrite::Retag(retag), Ok(Observed::Live(live))) => match &retag.change {
            TagChange::Set(set) => set.iter().any(|(key, value)| live.presence.tags.get(key) != Some(value)),
            TagChange::Remove(keys) => keys.iter().any(|key| live.presence.tags.contains_key(key)),
        },
        (AwsWrite::Update(_), Ok(Observed::Live(_))) => {
            let differs = |ecs| {
                let Some(service) = service(ecs) else { return true };
                let newest = service.deployment.as_ref();
                let failed = newest.is_some_and(|it| !["SUCCESSFUL", "PENDING", "IN_PROGRESS"].contains(&it.status));
                failed || newest.and_then(|it| it.image.as_deref()) != image(&pass.seen)
            };
            pass.ecs_read.iter().any(|ecs| differs(ecs))
        }
        _ => true,
    }
}

fn image(object: &Object) -> Option<&'static str> {
    IMAGES.get(usize::from(object.variant)).copied()
}

fn service(ecs: &Model) -> Option<ServiceSummary> {
    ecs.summary().services.into_iter().next()
}

/// A controller has created or adopted a service.
pub(super) fn made(world: &mut World, uid: u8, created_at: Time) {
    let made = Made { uid, created_at };
    if !world.ghost.made.contains(&made) {
        world.ghost.made.push(made);
    }
}

/// After a write: what carries the object's tags is the object's, and there is one of it.
pub(super) fn after_send(world: &mut World, uid: u8) {
    let ours: Vec<(Time, String)> = services(world)
        .into_iter()
        .filter(|service| cast::names_us(&tags(service)))
        .filter_map(|service| Some((service.created_at?, service.status?)))
        .collect();
    let up = ours.iter().filter(|(_, status)| status == "ACTIVE").count();
    if up > 1 {
        world.breaks(Promise::OneService);
    }
    for (created_at, status) in ours {
        if status != "INACTIVE" {
            made(world, uid, created_at);
        }
    }
    let known: Vec<Time> = services(world).into_iter().filter_map(|service| service.created_at).collect();
    world.ghost.made.retain(|made| known.contains(&made.created_at));
}

fn services(world: &World) -> Vec<wire::Service> {
    let place = cast::place();
    let request = wire::DescribeServicesRequest {
        cluster: Some(place.cluster),
        services: Some(vec![place.service_name]),
        include: Some(vec!["TAGS".to_owned()]),
    };
    match Model::clone(&world.ecs).apply(request, world.time()) {
        Ok(wire::Response::DescribeServices(answer)) => answer.services.unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn tags(service: &wire::Service) -> expressway::core::observed::Tags {
    let pair = |tag: &wire::Tag| Some((tag.key.clone()?, tag.value.clone()?));
    service.tags.iter().flatten().filter_map(pair).collect()
}

/// The finalizer is about to go.
pub(super) fn on_release(world: &mut World, cast: &Cast, pass: &Pass) {
    let is_kept = matches!(cast.policy, Policy::Retain | Policy::Observe);
    let uid = pass.seen.uid;
    let left_behind = services(world).iter().any(|service| {
        let is_up = service.status.as_deref() != Some("INACTIVE");
        let made = world.ghost.made.iter().any(|made| made.uid == uid && Some(made.created_at) == service.created_at);
        is_up && made
    });
    if left_behind && !is_kept && !may_be_left(world) {
        world.breaks(Promise::FinalizerStays);
    }
}

/// A status is about to be written.
pub(super) fn on_tell(world: &mut World, cast: &Cast, pass: &Pass, status: &Status) {
    let says_ready = |status: &Status| {
        status.conditions.iter().any(|it| it.type_ == ConditionType::Ready.as_ref() && it.status == "True")
    };
    if !says_ready(status) {
        return;
    }
    let is_true = match pass.observed.as_ref() {
        Ok(_) => pass.ecs_read.iter().any(|ecs| serves(ecs, &pass.seen)),
        // What could not be read now was read before.
        Err(_) => says_ready(&pass.before) && pass.before.observed_generation == pass.seen.generation,
    };
    if !is_true && cast.policy != Policy::Observe {
        world.breaks(Promise::ReadyIsTrue);
    }
}

/// Whether the object's image takes all traffic, and nothing is under way.
pub(super) fn serves(ecs: &Model, object: &Object) -> bool {
    let Some(service) = service(ecs) else { return false };
    let is_under_way = service.deployment.as_ref().is_some_and(|deployment| is_ongoing(deployment.status));
    service.status == "ACTIVE" && !is_under_way && service.serving_image.as_deref() == image(object)
}

pub(super) fn is_ongoing(status: &str) -> bool {
    ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"].contains(&status)
}

/// Whether the service carries somebody else's tags.
pub(super) fn is_taken_over(world: &World) -> bool {
    services(world).iter().any(|service| cast::names_somebody_else(&tags(service)))
}

/// Whether nothing says any more whose the service is: its tags are gone, and the status was lost, or never told of it.
fn is_forgotten(world: &World) -> bool {
    (world.ghost.lost_status || world.ghost.untold_create)
        && !services(world).iter().any(|service| cast::names_us(&tags(service)))
}

/// Whether a service is left for good: nothing says any more whose it is, or it was once taken over.
pub(super) fn may_be_left(world: &World) -> bool {
    is_forgotten(world) || world.ghost.taken_over
}

/// Whether a service that the controllers made is up, and must not be left.
pub(super) fn has_left_something_behind(world: &World) -> bool {
    let is_left = services(world).iter().any(|service| {
        let is_up = service.status.as_deref() == Some("ACTIVE");
        is_up && world.ghost.made.iter().any(|made| Some(made.created_at) == service.created_at)
    });
    is_left && !may_be_left(world)
}
