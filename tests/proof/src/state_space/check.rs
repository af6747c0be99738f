//! The model as stateright sees it, and the run: how many states, how deep, how long, and what was found.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model, Property};
use strum::IntoEnumIterator;

use super::cast::{Cast, Policy};
use super::flaw::Flaw;
use super::moves::{self, Fault, Move};
use super::settle::{self, Settled, plays_out, settles};
use super::world::{Budget, Promise, World};

/// So much is told of what comes after the last move.
const TOLD: usize = 12;

/// What is explored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many controllers believe that they lead.
    pub controllers: u8,
    /// What may happen.
    pub budget: Budget,
    /// The policy of the object.
    pub policy: Policy,
    /// What is wrong with the controllers on purpose.
    pub flaw: Flaw,
    /// What does not go wrong.
    pub without: Vec<Fault>,
    /// Whether it begins with an object that has come to rest, instead of a new one.
    pub settled: bool,
    /// Most moves in a row; `None`: as many as there are.
    pub depth: Option<usize>,
    /// When to stop, finished or not.
    pub time: Option<Duration>,
    /// Threads.
    pub threads: usize,
}

/// What came of it.
#[derive(Debug)]
pub struct Explored {
    /// States, repetitions counted.
    pub states: usize,
    /// Different states.
    pub unique: usize,
    /// The most moves in a row.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// Whether every state within the bounds was seen.
    pub complete: bool,
    /// The promises that were broken.
    pub findings: Vec<Finding>,
}

/// A broken promise, and a shortest way to it.
#[derive(Debug)]
pub struct Finding {
    /// Which.
    pub promise: Promise,
    /// The moves in words, and the state that they lead to.
    pub story: String,
    /// The command that replays it.
    pub replay: String,
}

#[derive(Clone)]
struct StateSpace {
    bounds: Bounds,
    cast: Arc<Cast>,
    settled: Arc<Settled>,
}

impl StateSpace {
    fn new(bounds: Bounds) -> Self {
        let mut cast = Cast::new(bounds.policy, bounds.flaw);
        cast.without.clone_from(&bounds.without);
        Self { bounds, cast: Arc::new(cast), settled: Arc::new(Settled::default()) }
    }

    fn beginning(&self) -> World {
        let new = World::new(self.bounds.controllers, self.bounds.budget);
        if self.bounds.settled { settle::settled(new, &Cast::new(self.bounds.policy, Flaw::None)) } else { new }
    }
}

impl Model for StateSpace {
    type State = World;
    type Action = Move;

    fn init_states(&self) -> Vec<World> {
        vec![self.beginning()]
    }

    fn actions(&self, state: &World, actions: &mut Vec<Move>) {
        moves::enabled(state, &self.cast, actions);
    }

    fn next_state(&self, state: &World, action: Move) -> Option<World> {
        moves::after(state, &self.cast, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        Promise::iter().map(property).collect()
    }
}

fn property(promise: Promise) -> Property<StateSpace> {
    match promise {
        Promise::OneService => Property::always("OneService", |_, state| holds(state, Promise::OneService)),
        Promise::OnlyOurs => Property::always("OnlyOurs", |_, state| holds(state, Promise::OnlyOurs)),
        Promise::OnlyDifferences => {
            Property::always("OnlyDifferences", |_, state| holds(state, Promise::OnlyDifferences))
        }
        Promise::OneCanary => Property::always("OneCanary", |_, state| holds(state, Promise::OneCanary)),
        Promise::FinalizerStays => Property::always("FinalizerStays", |_, state| holds(state, Promise::FinalizerStays)),
        Promise::ReadyIsTrue => Property::always("ReadyIsTrue", |_, state| holds(state, Promise::ReadyIsTrue)),
        Promise::Settles => Property::always("Settles", |space: &StateSpace, state: &World| {
            state.ghost.broken.is_some() || settles(state, &space.cast, &space.settled).is_ok()
        }),
    }
}

fn holds(state: &World, promise: Promise) -> bool {
    state.ghost.broken != Some(promise)
}

/// Explores everything within the bounds.
#[must_use]
pub fn explore(bounds: Bounds) -> Explored {
    let (depth, time) = (bounds.depth, bounds.time);
    let space = StateSpace::new(bounds);
    let begun = Instant::now();
    let mut checker = space.clone().checker().threads(space.bounds.threads).finish_when(HasDiscoveries::AnyFailures);
    if let Some(depth) = depth {
        checker = checker.target_max_depth(depth);
    }
    if let Some(time) = time {
        checker = checker.timeout(time);
    }
    let checked = checker.spawn_bfs().join();
    let took = begun.elapsed();
    let findings: Vec<Finding> = checked
        .discoveries()
        .into_iter()
        .filter_map(|(name, path)| {
            let promise = Promise::iter().find(|promise| promise.as_ref() == name)?;
            let moves = path.into_actions();
            Some(Finding { promise, story: story(&space, &moves), replay: replay_line(&space, &moves) })
        })
        .collect();
    let in_time = time.is_none_or(|time| took < time);
    Explored {
        states: checked.state_count(),
        unique: checked.unique_state_count(),
        depth: checked.max_depth(),
        took,
        complete: findings.is_empty() && in_time && depth.is_none_or(|depth| checked.max_depth() < depth),
        findings,
    }
}

/// The moves, one a line, each with what it leads to.
fn story(space: &StateSpace, path: &[Move]) -> String {
    let mut told = String::new();
    let mut world = space.beginning();
    for happens in path {
        let Some(next) = moves::after(&world, &space.cast, *happens) else { break };
        world = next;
        let _ = writeln!(told, "  {happens}\n      {}", settle::said(&world));
    }
    if let Some(promise) = world.ghost.broken {
        let _ = writeln!(told, "  here {} is broken", promise.as_ref());
        return told;
    }
    let mut goes_on = Vec::new();
    if let Err(why) = plays_out(&world, &space.cast, &Settled::default(), |world| goes_on.push(settle::said(world))) {
        goes_on.dedup();
        let last = goes_on.len().saturating_sub(TOLD);
        let _ = writeln!(told, "  and when nothing else happens:");
        for said in goes_on.iter().skip(last) {
            let _ = writeln!(told, "      {said}");
        }
        let _ = writeln!(told, "  {why}");
    }
    told
}

fn replay_line(space: &StateSpace, path: &[Move]) -> String {
    let mut world = space.beginning();
    let mut steps = Vec::new();
    for happens in path {
        let mut actions = Vec::new();
        moves::enabled(&world, &space.cast, &mut actions);
        steps.extend(actions.iter().position(|action| action == happens).map(|index| index.to_string()));
        let Some(next) = moves::after(&world, &space.cast, *happens) else { break };
        world = next;
    }
    format!("{} --replay {}", command(&space.bounds), steps.join("."))
}

/// The command that explores these bounds.
#[must_use]
pub fn command(bounds: &Bounds) -> String {
    let Bounds { controllers, budget: Budget { edits, outside, faults }, policy, flaw, without, .. } = bounds;
    let settled = if bounds.settled { " --settled" } else { "" };
    let without: String = without.iter().map(|fault| format!(" --without {fault}")).collect();
    let (policy, flaw) = (policy.as_ref(), if *flaw == Flaw::None { String::new() } else { format!(" --flaw {flaw}") });
    format!(
        "prove states --controllers {controllers} --policy {policy} --edits {edits} --outside {outside} --faults {faults}{flaw}{without}{settled}"
    )
}

/// Plays the moves that a replay names, and tells them.
///
/// # Errors
/// When a step is no number, or there is no such move.
pub fn replay(bounds: Bounds, steps: &str) -> Result<String, String> {
    let space = StateSpace::new(bounds);
    let mut world = space.beginning();
    let mut path = Vec::new();
    for step in steps.split('.') {
        let index: usize = step.parse().map_err(|error| format!("{step:?}: {error}"))?;
        let mut actions = Vec::new();
        moves::enabled(&world, &space.cast, &mut actions);
        let happens = actions.get(index).copied().ok_or_else(|| format!("no move {index} after {path:?}"))?;
        world = moves::after(&world, &space.cast, happens).ok_or_else(|| format!("{happens} leads nowhere"))?;
        path.push(happens);
    }
    Ok(story(&space, &path))
}
