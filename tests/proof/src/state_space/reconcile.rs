//! One reconcile, cut at every effect: what `controller::reconcile` does, with the real `plan` and `report`.

use std::sync::Arc;
use std::time::Duration;

use express_simulator::model::Model;
use express_simulator::time::Time;
use expressway::core::desired::Desired;
use expressway::core::failure::{Failure, FailureClass, Operation};
use expressway::core::freshness::Freshness;
use expressway::core::intention::{intended, must_be_told, sent_at_the_latest};
use expressway::core::memory::Memory;
use expressway::core::observed::{Known, Observed};
use expressway::core::plan::{plan, plan_unseen};
use expressway::core::report::{Situation, report};
use expressway::core::step::{AwsWrite, Effect, Step};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as Moment;

use super::cast::{self, Cast, REGION, RETRY_AFTER};
use super::digest::knows;
use super::promises;
use super::reading::observe;
use super::world::{Cause, Next, Object, Pass, Status, World};
use super::writing;

/// A reconcile that takes longer ends (see the controller's `reconcile_time_limit`).
pub(super) const TIME_LIMIT: i64 = 120;

/// How long the core gives ECS to show what it has accepted: a stale reading is younger than that.
pub(super) const GRACE: i64 = 60;

/// How long a reading is trusted: three intervals of a minute.
const TRUST: Duration = Duration::from_secs(180);

/// What a look looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// What is.
    Current,
    /// ECS as it was before its last change.
    StaleEcs,
    /// The glance shows what was before the last change, the details what is.
    TornAfter,
    /// The glance shows what is, the details what was before the last change.
    TornBefore,
    /// The object as it was before its last change.
    StaleObject,
    /// ECS asks to slow down.
    Throttled,
}

/// What becomes of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It takes effect, and the answer arrives.
    Works,
    /// The process dies before it.
    CrashBefore,
    /// It takes effect, and the process dies.
    CrashAfter,
    /// It takes effect, and the answer is lost.
    AnswerLost,
    /// It never arrives, and the caller cannot know.
    NeverArrives,
    /// It arrives twice.
    Twice,
    /// AWS asks to slow down.
    Throttled,
}

/// Reads the object and ECS, decides, and stops before the first effect. `None`: there is nothing to look at.
pub(super) fn look(world: &World, cast: &Cast, who: usize, view: View) -> Option<World> {
    let object = match view {
        View::StaleObject => world.object_before.clone()?,
        _ => world.object.clone()?,
    };
    let is = (Arc::clone(&world.ecs), world.now);
    let was = world.ecs_before.as_ref().map(|past| (Arc::clone(&past.ecs), past.at));
    let (glance, details) = match view {
        View::StaleEcs => (was.clone()?, was?),
        View::TornAfter => (was?, is),
        View::TornBefore => (is, was?),
        View::Current | View::StaleObject | View::Throttled => (is.clone(), is),
    };
    let desired = cast.desired(&object)?;
    let observed = match view {
        View::Throttled => Err(writing::failed(Operation::DescribeServices, FailureClass::Throttled)),
        _ => read(world, who, &desired, &object.status, (&glance, &details)),
    };
    let pass = Pass {
        before: Arc::clone(&object.status),
        seen: object,
        observed: Arc::new(observed),
        ecs_read: [glance.0, details.0],
        read_at: glance.1.min(details.1),
        until: world.now,
        outside: world.ghost.outside,
        plan: None,
        has_intended: false,
        next: Next::Send,
    };
    let mut next = world.clone();
    decide(&mut next, cast, who, pass, &desired);
    Some(next)
}

/// The account, and when it was so.
type Shown = (Arc<Model>, i64);

/// As the controller reads: as little as the status and its own last pass leave open.
fn read(
    world: &World,
    who: usize,
    desired: &Desired,
    status: &Status,
    (glance, details): (&Shown, &Shown),
) -> Result<Observed, Failure> {
    let left = world.controllers.get(who).and_then(|controller| controller.left.as_ref());
    let is_new = !knows(left, world);
    let owner = (!desired.policy.reads_anyones()).then(|| desired.owner.clone());
    let known = Memory::of(status).known(desired.generation, is_new);
    let known = Known { owner, adoption: desired.policy.adoption, ..known };
    let at = |shown: &Shown| Time(shown.1 * 1000);
    let had = status.service_arn.is_some();
    observe((&glance.0, at(glance)), (&details.0, at(details)), &cast::place(), &known)
        .or_else(|failure| desired.read_of_a_missing_cluster(failure, had))
}

/// Decides, and finds the next effect.
fn decide(world: &mut World, cast: &Cast, who: usize, mut pass: Pass, desired: &Desired) {
    pass.until = sent_at_the_latest(desired, world.timestamp()).as_second();
    let memory = cast.flaw.memory(&pass.before);
    let decided = match pass.observed.as_ref() {
        Ok(observed) => Some(plan(desired, &cast.flaw.observed(observed, desired), &memory, world.timestamp())),
        Err(_) => plan_unseen(desired, &memory),
    };
    pass.plan = decided.map(Arc::new);
    match pass.plan.as_ref().map(|plan| &plan.step) {
        Some(Step::AddFinalizer) => pass.next = Next::AddFinalizer,
        Some(Step::Release) => pass.next = Next::Release,
        Some(step) if step.aws_write().is_some() => {
            let intended = intended(&situation(&pass, desired, None), world.timestamp());
            let intended = intended.filter(|_| cast.flaw.writes_ahead());
            pass.next = intended.map_or(Next::Send, |status| Next::Intend(Arc::new(status)));
        }
        _ => return tell(world, who, pass, desired, None),
    }
    set(world, who, Some(pass));
}

fn situation<'a>(
    pass: &'a Pass,
    desired: &'a Desired,
    outcome: Option<Result<&'a Effect, &'a Failure>>,
) -> Situation<'a> {
    Situation {
        desired,
        before: &pass.before,
        observed: pass.observed.as_ref().as_ref(),
        plan: pass.plan.as_deref(),
        outcome,
        freshness: Freshness::new(None, &pass.before, TRUST),
        region: REGION,
    }
}

/// The status that a pass leaves; nothing is written when nothing has changed.
fn tell(world: &mut World, who: usize, mut pass: Pass, desired: &Desired, outcome: Option<Result<&Effect, &Failure>>) {
    let told = report(&situation(&pass, desired, outcome), &cast::backoff(), world.timestamp());
    if told.status == *pass.seen.status {
        end(world, who, Some(&Arc::clone(&pass.seen.status)));
        return;
    }
    let status = Arc::new(without_jitter(told.status, world.timestamp()));
    let must_be_told = must_be_told(outcome, pass.has_intended);
    pass.next = Next::Tell { status, must_be_told };
    set(world, who, Some(pass));
}

/// Two states that differ in nothing but a throw of the dice are one.
fn without_jitter(mut status: Status, now: Timestamp) -> Status {
    if let Some(retry) = &mut status.retry {
        let next = now.checked_add(SignedDuration::from_secs(RETRY_AFTER));
        retry.next_attempt_at = next.ok().map(Moment);
        // How often it failed only makes the delay longer.
        retry.failures = 1;
    }
    status
}

/// Lets the next effect of a pass happen, in one way or another.
pub(super) fn act(world: &World, cast: &Cast, who: usize, fate: Fate) -> Option<World> {
    let pass = world.controllers.get(who)?.pass.as_deref()?.clone();
    let mut next = world.clone();
    match &pass.next {
        _ if fate == Fate::CrashBefore => crash(&mut next, who),
        Next::Send => send(&mut next, cast, who, pass, fate)?,
        effect => {
            if !matches!(fate, Fate::Works | Fate::CrashAfter) {
                return None;
            }
            let effect = effect.clone();
            to_kubernetes(&mut next, cast, who, pass, &effect);
            if fate == Fate::CrashAfter {
                crash(&mut next, who);
            }
        }
    }
    Some(next)
}

fn to_kubernetes(world: &mut World, cast: &Cast, who: usize, pass: Pass, effect: &Next) {
    let current = world.object.clone().filter(|object| object.uid == pass.seen.uid);
    let has_the_status = current.as_ref().is_some_and(|it| *it.status == *pass.seen.status);
    let is_as_read = current.as_ref().is_some_and(|it| it.resource_version == pass.seen.resource_version);
    match effect {
        Next::AddFinalizer if is_as_read => {
            world.change_object(|object| object.finalizer = true);
            goes_on(world, cast, who, pass);
        }
        Next::Release if is_as_read => {
            promises::on_release(world, cast, &pass);
            world.change_object(|object| object.finalizer = false);
            let is_gone = world.object.as_ref().is_some_and(|object| object.deleting);
            if is_gone {
                world.remove_object();
            }
            end(world, who, None);
        }
        // It is gone already.
        Next::Release if current.is_none() => end(world, who, None),
        Next::Intend(status) if is_as_read => {
            let status = Arc::clone(status);
            world.change_object(|object| object.status = status);
            has_intended(world, who, pass);
        }
        Next::Tell { status, must_be_told } if is_as_read || (*must_be_told && has_the_status) => {
            promises::on_tell(world, cast, &pass, status);
            let status = Arc::clone(status);
            world.ghost.untold_create &= status.service_arn.is_none();
            world.change_object(|object| object.status = Arc::clone(&status));
            end(world, who, Some(&status));
        }
        // A conflict, or a status for an object that is no more: the pass starts over.
        _ => end(world, who, None),
    }
}

/// The finalizer is on: the same reconcile goes on with the object as it is now.
fn goes_on(world: &mut World, cast: &Cast, who: usize, mut pass: Pass) {
    let Some(object) = world.object.clone() else { return end(world, who, None) };
    let Some(desired) = cast.desired(&object) else { return end(world, who, None) };
    pass.before = Arc::clone(&object.status);
    pass.seen = object;
    decide(world, cast, who, pass, &desired);
}

fn has_intended(world: &mut World, who: usize, mut pass: Pass) {
    if let Some(object) = world.object.clone() {
        pass.seen = object;
    }
    pass.next = Next::Send;
    pass.has_intended = true;
    let is_in_time = world.now < pass.until;
    set(world, who, is_in_time.then_some(pass));
}

fn send(world: &mut World, cast: &Cast, who: usize, pass: Pass, fate: Fate) -> Option<()> {
    let desired = cast.desired(&pass.seen)?;
    let plan = pass.plan.clone()?;
    let write = plan.step.aws_write()?;
    let lost = || Err(writing::failed(write.operation(), FailureClass::Unavailable));
    let outcome = match fate {
        Fate::NeverArrives => lost(),
        Fate::Throttled => Err(writing::failed(write.operation(), FailureClass::Throttled)),
        Fate::Works | Fate::CrashAfter | Fate::AnswerLost | Fate::Twice => {
            promises::on_send(world, &pass, &write);
            let mut done = world.change_ecs(|ecs, at| writing::act(ecs, at, &write));
            if fate == Fate::Twice {
                let again = world.change_ecs(|ecs, at| writing::act(ecs, at, &write));
                // Of two answers, the one that comes first is heard.
                done = done.or(again);
            }
            if done.is_ok() {
                has_sent(world, &pass, &write);
            }
            if fate == Fate::AnswerLost { lost() } else { done }
        }
        Fate::CrashBefore => return None,
    };
    if fate == Fate::CrashAfter {
        crash(world, who);
    } else {
        tell(world, who, pass, &desired, Some(outcome.as_ref()));
    }
    Some(())
}

fn has_sent(world: &mut World, pass: &Pass, write: &AwsWrite<'_>) {
    let Object { uid, generation, retry, .. } = *pass.seen;
    match write {
        AwsWrite::Create(_) => {
            world.ghost.last_sent = Some(Cause { uid, generation, retry, outside: pass.outside });
            world.ghost.untold_create = true;
            promises::made(world, uid, world.time());
        }
        AwsWrite::Update(_) => {
            world.ghost.last_sent = Some(Cause { uid, generation, retry, outside: pass.outside });
        }
        AwsWrite::Retag(_) | AwsWrite::Stop { .. } | AwsWrite::Delete { .. } => {}
    }
    promises::after_send(world, uid);
}

fn crash(world: &mut World, who: usize) {
    end(world, who, None);
}

fn end(world: &mut World, who: usize, left: Option<&Arc<Status>>) {
    if let Some(controller) = world.controllers.get_mut(who) {
        controller.left = left.cloned();
        controller.pass = None;
    }
}

fn set(world: &mut World, who: usize, pass: Option<Pass>) {
    if let Some(controller) = world.controllers.get_mut(who) {
        controller.pass = pass.map(Arc::new);
    }
}

/// What takes too long is given up.
pub(super) fn give_up_what_takes_too_long(world: &mut World) {
    for who in 0..world.controllers.len() {
        let pass = world.controllers.get(who).and_then(|controller| controller.pass.as_ref());
        let takes_too_long = |pass: &Arc<Pass>| {
            let is_too_late = matches!(pass.next, Next::Send) && world.now >= pass.until;
            is_too_late || world.now - pass.read_at > TIME_LIMIT
        };
        if pass.is_some_and(takes_too_long) {
            end(world, who, None);
        }
    }
}

/// Whether the reading before the last change of ECS can still be had.
pub(super) fn may_be_stale(world: &World) -> bool {
    world.ecs_before.as_ref().is_some_and(|past| world.now - past.until < GRACE)
}
