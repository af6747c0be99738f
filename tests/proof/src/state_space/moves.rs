//! Everything that can happen, one thing at a time: what people do, what others do to the account, what the clock does, and what
//! becomes of each step of a controller.

use std::fmt;
use std::sync::Arc;

use express_simulator::model::Model;
use express_simulator::time::Time;
use express_simulator::wire;
use expressway::api::names;

use super::cast::{self, BAD_FOREIGN_IMAGE, Cast, FOREIGN_IMAGE, IMAGES};
use super::reconcile::{self, Fate, View};
use super::world::{Next, Object, World, never_observed};
use super::{digest, writing};

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// A controller reads the object and ECS, and decides.
    Look(usize, View),
    /// The next effect of a controller's reconcile happens.
    Act(usize, Fate),
    /// The clock goes on to the next moment at which anything changes.
    Tick,
    /// Somebody edits the spec.
    Edit(u8),
    /// Somebody asks for a retry.
    Retry,
    /// `kubectl delete`.
    Delete,
    /// An object of the same name is made.
    Recreate,
    /// The status is gone: restored from a backup, or emptied.
    LoseStatus,
    /// Somebody else does something to the account.
    Outside(Outside),
}

/// What somebody else does to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outside {
    /// An image is set in the console.
    SetsAnImage,
    /// One is set that cannot be pulled.
    SetsABadImage,
    /// The image of another spec of this object is set.
    SetsTheSecondImage,
    /// The controller's tags are taken off.
    StripsTags,
    /// The service is tagged as another cluster's.
    TakesOver,
    /// The service is deleted.
    Deletes,
    /// The deployment in flight is stopped.
    Stops,
    /// A service of this name is made, with another cluster's tags.
    CreatesTheirs,
    /// A service of this name is made, without tags.
    CreatesNobodys,
}

const OUTSIDE: [Outside; 9] = [
    Outside::SetsAnImage,
    Outside::SetsABadImage,
    Outside::SetsTheSecondImage,
    Outside::StripsTags,
    Outside::TakesOver,
    Outside::Deletes,
    Outside::Stops,
    Outside::CreatesTheirs,
    Outside::CreatesNobodys,
];

const FATES: [Fate; 7] = [
    Fate::Works,
    Fate::CrashBefore,
    Fate::CrashAfter,
    Fate::AnswerLost,
    Fate::NeverArrives,
    Fate::Twice,
    Fate::Throttled,
];

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum Fault {
    /// A controller dies.
    Crash,
    /// An answer, or a call, is lost.
    Lost,
    /// A call arrives twice.
    Repeat,
    /// ECS shows what was before.
    StaleEcs,
    /// The API server shows what was before.
    StaleObject,
    /// A call is throttled.
    Throttle,
    /// The status is lost.
    LostStatus,
    /// Time passes in the middle of a reconcile.
    Delay,
}

/// What goes wrong in a move, if anything.
fn fault(world: &World, happens: Move) -> Option<Fault> {
    Some(match happens {
        Move::Act(_, Fate::CrashBefore | Fate::CrashAfter) => Fault::Crash,
        Move::Act(_, Fate::AnswerLost | Fate::NeverArrives) => Fault::Lost,
        Move::Act(_, Fate::Twice) => Fault::Repeat,
        Move::Act(_, Fate::Throttled) | Move::Look(_, View::Throttled) => Fault::Throttle,
        Move::Look(_, View::StaleEcs | View::TornAfter | View::TornBefore) => Fault::StaleEcs,
        Move::Look(_, View::StaleObject) => Fault::StaleObject,
        Move::LoseStatus => Fault::LostStatus,
        Move::Tick if !world.is_calm() => Fault::Delay,
        Move::Act(_, Fate::Works) | Move::Look(_, View::Current) | Move::Tick => return None,
        Move::Edit(_) | Move::Retry | Move::Delete | Move::Recreate | Move::Outside(_) => return None,
    })
}

/// What can happen now. The order is part of what a replay is read by.
pub(super) fn enabled(world: &World, cast: &Cast, moves: &mut Vec<Move>) {
    possible(world, moves);
    moves.retain(|happens| fault(world, *happens).is_none_or(|fault| !cast.without.contains(&fault)));
}

fn possible(world: &World, moves: &mut Vec<Move>) {
    if world.ghost.broken.is_some() {
        return;
    }
    for (who, controller) in world.controllers.iter().enumerate() {
        match &controller.pass {
            Some(pass) => acts(who, &pass.next, world.left.faults, moves),
            None => looks(world, who, moves),
        }
    }
    if next_moment(world).is_some() && (world.is_calm() || world.left.faults > 0) {
        moves.push(Move::Tick);
    }
    if world.left.edits > 0 {
        people(world, moves);
    }
    if world.left.faults > 0 && world.object.as_ref().is_some_and(|it| *it.status != never_observed()) {
        moves.push(Move::LoseStatus);
    }
    if world.left.outside > 0 {
        moves.extend(OUTSIDE.into_iter().filter(|outside| can(world, *outside)).map(Move::Outside));
    }
}

fn acts(who: usize, next: &Next, faults: u8, moves: &mut Vec<Move>) {
    let fates = match (faults, next) {
        (0, _) => &FATES[..1],
        (_, Next::Send) => &FATES[..],
        _ => &FATES[..3],
    };
    moves.extend(fates.iter().map(|fate| Move::Act(who, *fate)));
}

fn looks(world: &World, who: usize, moves: &mut Vec<Move>) {
    if world.object.is_some() {
        moves.push(Move::Look(who, View::Current));
    }
    if world.left.faults == 0 {
        return;
    }
    if reconcile::may_be_stale(world) && world.object.is_some() {
        moves.extend([View::StaleEcs, View::TornAfter, View::TornBefore].map(|view| Move::Look(who, view)));
    }
    if world.object_before.is_some() {
        moves.push(Move::Look(who, View::StaleObject));
    }
    if world.object.is_some() {
        moves.push(Move::Look(who, View::Throttled));
    }
}

fn people(world: &World, moves: &mut Vec<Move>) {
    match &world.object {
        None => moves.push(Move::Recreate),
        Some(object) if object.deleting => {}
        Some(object) => {
            let others = (0_u8..).take(IMAGES.len()).filter(|variant| *variant != object.variant);
            moves.extend(others.map(Move::Edit));
            moves.push(Move::Retry);
            moves.push(Move::Delete);
        }
    }
}

fn can(world: &World, outside: Outside) -> bool {
    let summary = world.ecs.summary();
    let service = summary.services.first();
    let is_up = service.is_some_and(|service| service.status == "ACTIVE");
    match outside {
        Outside::SetsAnImage | Outside::SetsABadImage | Outside::SetsTheSecondImage => is_up,
        Outside::StripsTags | Outside::TakesOver | Outside::Deletes => is_up,
        Outside::Stops => {
            let newest = service.and_then(|service| service.deployment.as_ref());
            is_up && newest.is_some_and(|it| matches!(it.status, "PENDING" | "IN_PROGRESS"))
        }
        Outside::CreatesTheirs | Outside::CreatesNobodys => service.is_none_or(|service| service.status == "INACTIVE"),
    }
}

/// The state after a move; `None`: nothing comes of it.
pub(super) fn after(world: &World, cast: &Cast, happens: Move) -> Option<World> {
    let mut next = match happens {
        Move::Look(who, view) => reconcile::look(world, cast, who, view)?,
        Move::Act(who, fate) => reconcile::act(world, cast, who, fate)?,
        Move::Tick => tick(world)?,
        Move::Outside(outside) => interfere(world, outside),
        by_people => edit(world, by_people),
    };
    if fault(world, happens).is_some() {
        next.left.faults = next.left.faults.saturating_sub(1);
    }
    next.digest = digest::of(&next);
    Some(next)
}

fn edit(world: &World, happens: Move) -> World {
    let mut next = world.clone();
    match happens {
        Move::Edit(variant) => next.change_object(|object| {
            object.variant = variant;
            object.generation += 1;
        }),
        Move::Retry => next.change_object(|object| object.retry = Some(object.retry.unwrap_or_default() + 1)),
        Move::Delete if next.object.as_ref().is_some_and(|object| !object.finalizer) => next.remove_object(),
        Move::Delete => next.change_object(|object| {
            object.deleting = true;
            object.generation += 1;
        }),
        Move::Recreate => {
            let uid = next.object_before.as_ref().map_or(1, |before| before.uid + 1);
            next.object = Some(Arc::new(Object::new(uid, 0)));
        }
        Move::LoseStatus => {
            next.ghost.lost_status = true;
            next.change_object(|object| object.status = Arc::new(never_observed()));
        }
        Move::Look(..) | Move::Act(..) | Move::Tick | Move::Outside(_) => {}
    }
    if happens != Move::LoseStatus {
        next.left.edits = next.left.edits.saturating_sub(1);
    }
    next
}

fn interfere(world: &World, outside: Outside) -> World {
    let mut next = world.clone();
    next.left.outside = next.left.outside.saturating_sub(1);
    next.ghost.outside += 1;
    next.ghost.taken_over |= outside == Outside::TakesOver;
    next.change_ecs(|ecs, at| {
        let request = request(ecs, outside);
        // One that is refused changes nothing.
        drop(ecs.apply(request, at));
    });
    next
}

fn request(ecs: &Model, outside: Outside) -> wire::Request {
    let arn = || Some(cast::service_arn());
    match outside {
        Outside::SetsAnImage => sets(FOREIGN_IMAGE),
        Outside::SetsABadImage => sets(BAD_FOREIGN_IMAGE),
        Outside::SetsTheSecondImage => sets(IMAGES[1]),
        Outside::StripsTags => wire::UntagResourceRequest {
            resource_arn: arn(),
            tag_keys: Some(names::OWN_TAGS.map(str::to_owned).to_vec()),
        }
        .into(),
        Outside::TakesOver => {
            wire::TagResourceRequest { resource_arn: arn(), tags: Some(writing::tags(&cast::tags_of_somebody_else())) }
                .into()
        }
        Outside::Deletes => wire::DeleteExpressGatewayServiceRequest { service_arn: arn() }.into(),
        Outside::Stops => {
            let service = ecs.summary().services.into_iter().next();
            let deployment = service.and_then(|service| service.deployment);
            wire::StopServiceDeploymentRequest {
                service_deployment_arn: deployment.map(|deployment| deployment.service_deployment_arn),
                stop_type: None,
            }
            .into()
        }
        Outside::CreatesTheirs => theirs(Some(writing::tags(&cast::tags_of_somebody_else()))),
        Outside::CreatesNobodys => theirs(None),
    }
}

fn sets(image: &str) -> wire::Request {
    wire::UpdateExpressGatewayServiceRequest {
        service_arn: Some(cast::service_arn()),
        primary_container: Some(container(image)),
        ..Default::default()
    }
    .into()
}

fn container(image: &str) -> wire::ExpressGatewayContainer {
    wire::ExpressGatewayContainer { image: Some(image.to_owned()), ..Default::default() }
}

fn theirs(tags: Option<Vec<wire::Tag>>) -> wire::Request {
    let role = |name: &str| Some(format!("arn:aws:iam::123456789012:role/{name}"));
    let place = cast::place();
    wire::CreateExpressGatewayServiceRequest {
        execution_role_arn: role("execution"),
        infrastructure_role_arn: role("infrastructure"),
        service_name: Some(place.service_name),
        cluster: Some(place.cluster),
        primary_container: Some(container(FOREIGN_IMAGE)),
        tags,
        ..Default::default()
    }
    .into()
}

/// The next moment at which ECS does something by itself, or a controller has waited for long enough.
pub(super) fn next_moment(world: &World) -> Option<i64> {
    let ecs = world.ecs.next_event().map(|Time(at)| at.div_euclid(1000) + i64::from(at.rem_euclid(1000) > 0));
    let status = world.object.as_ref().map(|object| &object.status);
    let sent = status.and_then(|status| status.submitted.as_ref()?.at.as_ref());
    let put_back = status.and_then(|status| status.drift_corrections.last().map(|correction| &correction.at));
    let observed = status.and_then(|status| status.last_observed_time.as_ref());
    let grace = [sent, put_back, observed].into_iter().flatten().map(|at| at.0.as_second() + reconcile::GRACE);
    let retry = status.and_then(|status| status.retry.as_ref()?.next_attempt_at.as_ref());
    let retry = retry.map(|at| at.0.as_second());
    ecs.into_iter().chain(grace).chain(retry).filter(|at| *at > world.now).min()
}

fn tick(world: &World) -> Option<World> {
    let at = next_moment(world)?;
    let mut next = world.clone();
    advance(&mut next, at);
    Some(next)
}

/// Lets time pass until then.
pub(super) fn advance(world: &mut World, at: i64) {
    let was = world.now;
    world.now = at;
    let is_due = world.ecs.next_event().is_some_and(|event| event <= world.time());
    let mut ecs = Model::clone(&world.ecs);
    ecs.tick(world.time());
    if is_due {
        let before = Arc::clone(&world.ecs);
        world.ecs_before = Some(Arc::new(super::world::Past { ecs: before, at: was, until: at }));
    }
    world.ecs = Arc::new(ecs);
    world.remember_failures();
    reconcile::give_up_what_takes_too_long(world);
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let image = |variant: &u8| IMAGES.get(usize::from(*variant)).copied().unwrap_or("?");
        match self {
            Self::Look(who, View::Current) => write!(f, "controller {who} looks"),
            Self::Look(who, View::StaleEcs) => write!(f, "controller {who} looks, and ECS shows what was before"),
            Self::Look(who, View::TornAfter | View::TornBefore) => {
                write!(f, "controller {who} looks, in the middle of what ECS does")
            }
            Self::Look(who, View::StaleObject) => write!(f, "controller {who} looks, at the object as it was before"),
            Self::Look(who, View::Throttled) => write!(f, "controller {who} looks, and is throttled"),
            Self::Act(who, Fate::Works) => write!(f, "controller {who} goes on"),
            Self::Act(who, Fate::CrashBefore) => write!(f, "controller {who} dies before its next effect"),
            Self::Act(who, Fate::CrashAfter) => write!(f, "controller {who} dies after its next effect"),
            Self::Act(who, Fate::AnswerLost) => write!(f, "controller {who} goes on; the answer is lost"),
            Self::Act(who, Fate::NeverArrives) => write!(f, "controller {who} goes on; the call never arrives"),
            Self::Act(who, Fate::Twice) => write!(f, "controller {who} goes on; the call arrives twice"),
            Self::Act(who, Fate::Throttled) => write!(f, "controller {who} goes on; the call is throttled"),
            Self::Tick => write!(f, "time passes"),
            Self::Edit(variant) => write!(f, "the image becomes {}", image(variant)),
            Self::Retry => write!(f, "a retry is asked for"),
            Self::Delete => write!(f, "the object is deleted"),
            Self::Recreate => write!(f, "an object of the same name is made"),
            Self::LoseStatus => write!(f, "the status is lost"),
            Self::Outside(Outside::SetsAnImage) => write!(f, "somebody sets {FOREIGN_IMAGE} in the console"),
            Self::Outside(Outside::SetsABadImage) => write!(f, "somebody sets {BAD_FOREIGN_IMAGE} in the console"),
            Self::Outside(Outside::SetsTheSecondImage) => write!(f, "somebody sets {} in the console", IMAGES[1]),
            Self::Outside(Outside::StripsTags) => write!(f, "somebody takes the controller's tags off"),
            Self::Outside(Outside::TakesOver) => write!(f, "somebody tags the service as another cluster's"),
            Self::Outside(Outside::Deletes) => write!(f, "somebody deletes the service"),
            Self::Outside(Outside::Stops) => write!(f, "somebody stops the deployment"),
            Self::Outside(Outside::CreatesTheirs) => write!(f, "another cluster makes a service of this name"),
            Self::Outside(Outside::CreatesNobodys) => write!(f, "somebody makes a service of this name"),
        }
    }
}
