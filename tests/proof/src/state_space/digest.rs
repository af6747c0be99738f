//! Which states are the same: identifiers by their place in the account, moments by their distance from now, and nothing that only
//! people read.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use express_simulator::time::Time;
use expressway::api::Reason;
use jiff::Timestamp;
use serde::Serialize;

use super::fold::Fold;
use super::world::{Ghost, Made, Next, Object, Pass, Status, World};

/// What identifiers and moments are told apart by.
#[derive(Default)]
pub(super) struct Names {
    identifiers: Vec<String>,
    creations: Vec<Time>,
    now: i64,
}

/// The past is told apart up to here: no decision but those about days and half hours looks further back.
const MEMORY: i64 = 60;

impl Names {
    fn of(world: &World) -> Self {
        let past = world.ecs_before.iter().map(|past| &past.ecs);
        let read = world.controllers.iter().filter_map(|it| it.pass.as_ref()).flat_map(|pass| &pass.ecs_read);
        let mut names = Self { now: world.now, ..Self::default() };
        for ecs in std::iter::once(&world.ecs).chain(past).chain(read) {
            for identifier in ecs.identifiers() {
                if !names.identifiers.iter().any(|known| known == identifier) {
                    names.identifiers.push(identifier.to_owned());
                }
            }
            for creation in ecs.creations() {
                if !names.creations.contains(&creation) {
                    names.creations.push(creation);
                }
            }
        }
        names
    }

    /// The place of the revision or deployment that an ARN ends in; one that ECS no longer knows is like any other such.
    pub(super) fn place(&self, arn: &str) -> usize {
        let last = arn.rsplit('/').next().unwrap_or(arn);
        self.identifiers.iter().position(|known| known == last).unwrap_or(usize::MAX)
    }

    /// Which service was created then.
    pub(super) fn creation(&self, at: Timestamp) -> usize {
        let at = Time(at.as_second() * 1000);
        self.creations.iter().position(|known| *known == at).unwrap_or(usize::MAX)
    }

    /// How far from now: exact in the future and in the last minute.
    pub(super) fn distance(&self, at: Timestamp) -> i64 {
        (self.now - at.as_second()).min(MEMORY + 1)
    }
}

/// The digest of all that can make a difference later.
pub(super) fn of(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    let names = Names::of(world);
    fold(world, &names, &mut hasher);
    (world.left, &world.ghost.last_sent, world.ghost.broken, world.ghost.outside).hash(&mut hasher);
    hasher.finish()
}

/// The digest of what can make a difference once nobody edits and nothing fails any more.
pub(super) fn of_calm(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    fold(&World { ecs_before: None, object_before: None, ..world.clone() }, &Names::of(world), &mut hasher);
    hasher.finish()
}

fn fold(world: &World, names: &Names, hasher: &mut DefaultHasher) {
    world.ecs.digest(hasher);
    match &world.ecs_before {
        Some(past) if world.now - past.until < MEMORY => {
            (1, names.now - past.until).hash(hasher);
            past.ecs.digest(hasher);
        }
        _ => 0.hash(hasher),
    }
    for object in [&world.object, &world.object_before] {
        object.is_some().hash(hasher);
        if let Some(object) = object {
            fold_object(object, names, hasher);
        }
    }
    for controller in &world.controllers {
        knows(controller.left.as_ref(), world).hash(hasher);
        controller.pass.is_some().hash(hasher);
        if let Some(pass) = &controller.pass {
            fold_pass(pass, world, names, hasher);
        }
    }
    let Ghost { failed, taken_over, lost_status, untold_create, .. } = &world.ghost;
    (failed, taken_over, lost_status, untold_create).hash(hasher);
    for Made { uid, created_at } in &world.ghost.made {
        let creation = Timestamp::from_millisecond(created_at.0).map(|at| names.creation(at));
        (uid, creation.unwrap_or(usize::MAX)).hash(hasher);
    }
}

/// Whether the status is still the one that a pass left.
pub(super) fn knows(left: Option<&std::sync::Arc<Status>>, world: &World) -> bool {
    left.zip(world.object.as_ref()).is_some_and(|(left, object)| std::sync::Arc::ptr_eq(left, &object.status))
}

fn fold_object(object: &Object, names: &Names, hasher: &mut DefaultHasher) {
    let Object { uid, generation, variant, deleting, finalizer, retry, .. } = object;
    (uid, generation, variant, deleting, finalizer, retry).hash(hasher);
    fold_status(&object.status, names, hasher);
}

fn fold_status(status: &Status, names: &Names, hasher: &mut DefaultHasher) {
    // It only fails for maps whose keys are no strings; a status has none.
    let folded = status.serialize(Fold::new(hasher, names));
    debug_assert!(folded.is_ok(), "{folded:?}");
    status.last_observed_time.is_some().hash(hasher);
    if status.conditions.iter().any(|condition| condition.reason == Reason::Adopting.as_ref()) {
        // When tags were put on a service is remembered by the time of the status alone.
        status.last_observed_time.as_ref().map(|at| names.distance(at.0)).hash(hasher);
    }
}

fn fold_pass(pass: &Pass, world: &World, names: &Names, hasher: &mut DefaultHasher) {
    let current = world.object.as_ref().filter(|object| object.uid == pass.seen.uid);
    current.map(|object| object.resource_version == pass.seen.resource_version).hash(hasher);
    (names.now - pass.read_at, names.now - pass.until, world.ghost.outside - pass.outside, pass.seen.uid).hash(hasher);
    match &pass.next {
        Next::Tell { status, must_be_told } => {
            let has_the_status = current.map(|object| object.status == pass.seen.status);
            (0, must_be_told, has_the_status).hash(hasher);
            fold_status(status, names, hasher);
        }
        Next::Intend(status) => {
            1.hash(hasher);
            fold_status(status, names, hasher);
            fold_view(pass, names, hasher);
        }
        Next::AddFinalizer => fold_what_is_left((2, pass), names, hasher),
        Next::Release => fold_what_is_left((3, pass), names, hasher),
        Next::Send => fold_what_is_left((4, pass), names, hasher),
    }
}

fn fold_what_is_left((next, pass): (u8, &Pass), names: &Names, hasher: &mut DefaultHasher) {
    next.hash(hasher);
    fold_view(pass, names, hasher);
}

/// What a pass saw decides all that it will do.
fn fold_view(pass: &Pass, names: &Names, hasher: &mut DefaultHasher) {
    fold_object(&pass.seen, names, hasher);
    fold_status(&pass.before, names, hasher);
    pass.observed.is_ok().hash(hasher);
    pass.ecs_read.iter().for_each(|ecs| ecs.digest(hasher));
    if let Ok(expressway::core::observed::Observed::Live(live)) = pass.observed.as_ref() {
        (live.configurations.is_some(), live.in_flight.is_some(), live.last_ended.is_some()).hash(hasher);
    }
}
