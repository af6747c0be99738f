//! Once edits and faults stop: every controller keeps looking, time keeps passing, and the object must come to its declared state
//! and stay there. From every state that is reached this is played to its end, unless it joins what was played before.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::sync::{Mutex, PoisonError};

use expressway::api::conditions::{ConditionType, Reason};
use expressway::core::step::Step;

use super::cast::{Cast, Policy};
use super::digest;
use super::flaw::Flaw;
use super::moves::{advance, next_moment};
use super::promises::{self, is_ongoing, serves};
use super::reconcile::{self, Fate, View};
use super::world::{Next, Object, Status, World};

/// More than any history needs.
const MOST_STEPS: usize = 600;

/// A controller that is wrong on purpose, and never comes to rest, need not be watched for longer.
const MOST_STEPS_OF_A_FLAW: usize = 100;

/// So often everything is looked at again at rest.
const IDLE_PASSES: i64 = 10;

/// States from which it is known to end well.
#[derive(Debug, Default)]
pub(super) struct Settled(Mutex<HashSet<u64, BuildHasherDefault<std::collections::hash_map::DefaultHasher>>>);

impl Settled {
    fn knows(&self, digest: u64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&digest)
    }

    fn learns(&self, digests: Vec<u64>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(digests);
    }
}

/// Whether it ends well from here.
///
/// # Errors
/// What it ends in instead.
pub(super) fn settles(world: &World, cast: &Cast, settled: &Settled) -> Result<(), String> {
    plays_out(world, cast, settled, |_| {})
}

/// The same, and every state on the way is shown.
pub(super) fn plays_out(
    world: &World,
    cast: &Cast,
    settled: &Settled,
    mut shows: impl FnMut(&World),
) -> Result<(), String> {
    let mut played = Vec::new();
    let mut world = world.clone();
    let most = if cast.flaw == Flaw::None { MOST_STEPS } else { MOST_STEPS_OF_A_FLAW };
    for _ in 0..most {
        let here = digest::of_calm(&world);
        if settled.knows(here) {
            settled.learns(played);
            return Ok(());
        }
        played.push(here);
        let has_moved = goes_on(&mut world, cast);
        shows(&world);
        if has_moved {
            continue;
        }
        match next_moment(&world).filter(|_| world.object.is_some()) {
            Some(at) => advance(&mut world, at),
            None => {
                is_declared(&world, cast)?;
                stays(world, cast)?;
                settled.learns(played);
                return Ok(());
            }
        }
    }
    Err(format!("it never comes to rest: {}", said(&world)))
}

/// What a new object comes to when nothing disturbs it.
pub(super) fn settled(new: World, cast: &Cast) -> World {
    let mut last = new.clone();
    let ends = plays_out(&new, cast, &Settled::default(), |world| last = world.clone());
    debug_assert!(ends.is_ok(), "{ends:?}");
    last.digest = digest::of(&last);
    last
}

/// Every controller finishes what it is in the middle of, and looks. Whether anything came of it.
fn goes_on(world: &mut World, cast: &Cast) -> bool {
    let mut has_moved = false;
    for who in 0..world.controllers.len() {
        if world.controllers.get(who).is_some_and(|controller| controller.pass.is_some()) {
            finish(world, cast, who);
            has_moved = true;
        }
    }
    for who in 0..world.controllers.len() {
        let Some(looked) = reconcile::look(world, cast, who, View::Current) else { continue };
        *world = looked;
        has_moved |= finish(world, cast, who);
    }
    has_moved
}

fn finish(world: &mut World, cast: &Cast, who: usize) -> bool {
    let mut has_moved = false;
    while let Some(next) = reconcile::act(world, cast, who, Fate::Works) {
        *world = next;
        has_moved = true;
    }
    has_moved
}

/// Nothing is written any more, but the time of the last reading once an hour.
fn stays(mut world: World, cast: &Cast) -> Result<(), String> {
    for pass in 1..=IDLE_PASSES {
        let later = world.now + if pass == IDLE_PASSES { 3700 } else { 61 };
        advance(&mut world, later);
        for who in 0..world.controllers.len() {
            let Some(looked) = reconcile::look(&world, cast, who, View::Current) else { continue };
            world = looked;
            let begun = world.controllers.get(who).and_then(|controller| controller.pass.clone());
            let Some(pass) = begun else { continue };
            let before = &pass.before;
            let is_the_hourly =
                matches!(&pass.next, Next::Tell { status, .. } if only_the_time_differs(status, before));
            if !is_the_hourly {
                let step = pass.plan.as_ref().map_or(&Step::Nothing, |plan| &plan.step);
                return Err(format!("it does not stay there: {} comes after rest: {}", step.as_ref(), said(&world)));
            }
            finish(&mut world, cast, who);
        }
    }
    Ok(())
}

fn only_the_time_differs(status: &Status, before: &Status) -> bool {
    Status { last_observed_time: before.last_observed_time.clone(), ..status.clone() } == *before
}

/// Whether what is at rest is what was declared.
fn is_declared(world: &World, cast: &Cast) -> Result<(), String> {
    let Some(object) = &world.object else { return nothing_is_left(world, cast) };
    let good = match ready(&object.status) {
        _ if object.deleting || object.status.observed_generation != object.generation => false,
        Some(("True", _)) if cast.policy == Policy::Observe => true,
        Some(("True", _)) => serves(&world.ecs, object),
        Some((_, reason)) => is_excused(world, cast, object, reason),
        None => false,
    };
    if good { Ok(()) } else { Err(format!("it rests elsewhere: {}", said(world))) }
}

/// What may keep a spec from being live: it failed, or somebody else did something.
fn is_excused(world: &World, cast: &Cast, object: &Object, reason: &str) -> bool {
    let reason: Option<Reason> = reason.parse().ok();
    let failed = object.status.failed_attempt.as_ref().map(|failed| failed.spec_hash.as_str());
    let has_failed = failed.is_some() && failed == cast.spec_hash(object.variant);
    let was_disturbed = world.ghost.outside > 0;
    let newest = world.ecs.summary().services.into_iter().find_map(|service| service.deployment);
    if newest.as_ref().is_some_and(|deployment| is_ongoing(deployment.status)) {
        return false;
    }
    match reason {
        Some(Reason::RolledBack | Reason::RollbackFailed | Reason::DeploymentFailed) => {
            // And so it has, in truth.
            has_failed && world.ghost.failed.get(usize::from(object.variant)) == Some(&true)
        }
        Some(Reason::AlreadyExists) => was_disturbed && (is_theirs(world) || promises::may_be_left(world)),
        Some(_) if cast.policy == Policy::Observe => true,
        Some(_) => was_disturbed && matches!(cast.policy, Policy::Report | Policy::Adopt),
        None => false,
    }
}

fn is_theirs(world: &World) -> bool {
    let created: Vec<_> = world.ecs.creations().collect();
    let made = |at| world.ghost.made.iter().any(|made| made.created_at == at);
    created.iter().any(|at| !made(*at)) || promises::is_taken_over(world)
}

fn nothing_is_left(world: &World, cast: &Cast) -> Result<(), String> {
    let is_kept = matches!(cast.policy, Policy::Retain | Policy::Observe);
    if is_kept || !promises::has_left_something_behind(world) {
        return Ok(());
    }
    Err(format!("the object is gone and its service is not: {}", said(world)))
}

fn ready(status: &Status) -> Option<(&str, &str)> {
    let ready = status.conditions.iter().find(|condition| condition.type_ == ConditionType::Ready.as_ref())?;
    Some((ready.status.as_str(), ready.reason.as_str()))
}

/// The end in a few words.
pub(super) fn said(world: &World) -> String {
    let services = world.ecs.summary().services;
    let service = services.first().map(|service| {
        let deployment = service.deployment.as_ref();
        format!(
            "{} serves {} ({} deployments, the last {} with {})",
            service.status,
            service.serving_image.as_deref().unwrap_or("nothing"),
            service.deployments,
            deployment.map_or("none", |it| it.status),
            deployment.and_then(|it| it.image.as_deref()).unwrap_or("nothing"),
        )
    });
    let object = world.object.as_ref().map(|object| {
        let (status, reason) = ready(&object.status).unwrap_or(("unsaid", ""));
        let Object { generation, variant, deleting, finalizer, uid, .. } = &**object;
        let seen = object.status.observed_generation;
        format!(
            "image {variant}, uid {uid}, generation {generation} ({seen} seen), deleting {deleting}, finalizer {finalizer}, \
             Ready {status} {reason}"
        )
    });
    format!("{}; {}", object.as_deref().unwrap_or("no object"), service.as_deref().unwrap_or("no service"))
}
