//! One run: a workload lived through in a world of its own, undisturbed or not, until it has come to rest.

use std::time::Duration;

use express_simulator::model::{Config, Model, Timings};
use serde_json::Value;
use tokio::time::Instant;

use crate::end::end_of;
use crate::rules::watchman;
use crate::weather::{Climate, Weather};
use crate::workload::Workload;
use crate::world::{Due, Ending, Fortune, Life, NAME, Passed, Script, Shared, World, settings};

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Lived {
    /// Every call that changed something, or was about to.
    pub passed: Vec<Passed>,
    /// Objects and ECS at the end, without times and names that are given anew each time.
    pub end: Value,
    /// The rules that were broken.
    pub breaches: Vec<String>,
    /// How many reconciles it took.
    pub reconciles: usize,
    /// What was left at each boundary since the run began, where that was wanted.
    pub boundaries: Vec<(World, World)>,
}

/// How a run is begun.
pub struct Beginning<'a> {
    /// What is done in it.
    pub workload: &'a Workload,
    /// From what was left when the controller died; `None`: from nothing.
    pub left: Option<World>,
    /// Whether what is left at each boundary is wanted.
    pub is_recorded: bool,
    /// What goes wrong with calls.
    pub fortune: Fortune,
    /// What else goes wrong.
    pub climate: Climate,
}

/// So many reconciles in a row without a write, with nothing under way in ECS, are rest.
const CALM: usize = 2;

/// So many more, and nothing may be written.
const IDLE: usize = 10;

/// A reconcile that wants another one sooner than this is not at rest.
const SOON: Duration = Duration::from_secs(30);

/// What ECS does by itself later than this is no work under way: it forgets what is gone.
const FAR: Duration = Duration::from_hours(24);

/// A run that has not come to rest by then never will.
const PATIENCE: Duration = Duration::from_hours(12);

/// Nor one that has looked so often: the longest that come to rest look some thousand times.
const MOST_LOOKS: usize = 20_000;

/// Lives through a workload.
pub fn live(beginning: Beginning<'_>) -> Lived {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    match runtime {
        // The SDK's jitter follows from this seed, too.
        Ok(runtime) => {
            fastrand::seed(1);
            runtime.block_on(async { Run::begin(beginning).live().await })
        }
        Err(error) => unreachable!("a runtime without I/O always starts: {error}"),
    }
}

struct Run {
    world: Shared,
    life: Option<Life>,
    born: Instant,
    weather: Weather,
    /// Acts that are done.
    done: usize,
    calm: usize,
    /// When a reconcile wrote something last.
    wrote: Instant,
    /// How long nothing may have been written for everything to have come to rest.
    rest: Duration,
    /// How calm it was when it had.
    idle_from: Option<usize>,
    reconciles: usize,
    is_timed: bool,
    is_down_for: Duration,
}

impl Run {
    fn begin(beginning: Beginning<'_>) -> Self {
        let Beginning { workload, left, is_recorded, fortune, climate } = beginning;
        let is_reborn = left.is_some();
        let left = left.unwrap_or_else(|| World::new(ecs(workload), Script::begin(&workload.steps)));
        let done = left.script.done();
        let world = Shared::begin(left, is_recorded, fortune, watchman(workload.strips_tags));
        let mut run = Self {
            life: (!is_reborn).then(|| Life::begin(&world)),
            world,
            born: Instant::now() + workload.is_down_for,
            weather: Weather::of(climate),
            done,
            calm: 0,
            wrote: Instant::now(),
            // What could not be read in bad weather is made up for by the next full reading.
            rest: if climate.lasts.is_zero() { Duration::ZERO } else { settings().pace.full_observe + SOON },
            idle_from: None,
            reconciles: 0,
            is_timed: workload.is_timed(),
            is_down_for: workload.is_down_for,
        };
        if is_reborn {
            run.look(true);
        }
        run
    }

    async fn live(mut self) -> Lived {
        while self.goes_on().await {}
        let mut state = self.world.state();
        let end = end_of(&state, self.is_timed);
        let mut breaches = std::mem::take(&mut state.breaches);
        breaches.append(&mut state.rules.broken);
        Lived {
            passed: std::mem::take(&mut state.passed),
            end,
            breaches,
            reconciles: self.reconciles,
            boundaries: std::mem::take(&mut state.boundaries),
        }
    }

    fn look(&mut self, wrote: bool) {
        let mut state = self.world.state();
        let mut rules = std::mem::take(&mut state.rules);
        rules.look(&state, wrote);
        state.rules = rules;
    }

    /// Does what is due, or waits for what is due next. False at the end.
    async fn goes_on(&mut self) -> bool {
        let now = Instant::now();
        if self.world.state().since_act() > PATIENCE || self.reconciles > MOST_LOOKS {
            self.world.state().rules.broken.push("it never came to rest".to_owned());
            return false;
        }
        if self.life.is_none() && self.born <= now {
            self.world.state().store.take_changes();
            self.weather.is_listed();
            self.life = Some(Life::begin(&self.world));
        }
        let age = self.world.state().age();
        if matches!(self.next_act(), Some(Due::At(due)) if due <= age) {
            self.act();
        }
        self.note_acts();
        self.tell();
        if self.life.as_ref().and_then(Life::due).is_some_and(|due| due <= now) {
            self.pass().await;
            return true;
        }
        if self.is_at_rest() {
            match self.next_act() {
                Some(Due::AtRest) => {
                    self.act();
                    return true;
                }
                Some(Due::At(_)) => {}
                None if self.is_idle() || self.life.as_ref().and_then(Life::due).is_none() => return false,
                None if self.wrote.elapsed() < self.rest => {}
                None => {
                    self.world.state().rules.rests = true;
                    self.idle_from.get_or_insert(self.calm);
                }
            }
        }
        self.wait().await;
        true
    }

    fn next_act(&self) -> Option<Due> {
        self.world.state().script.next()
    }

    fn act(&mut self) {
        self.world.state().act_next();
        self.note_acts();
    }

    /// Something was done, perhaps in the middle of a reconcile: the rest is over, and new weather begins.
    fn note_acts(&mut self) {
        let done = self.world.state().script.done();
        if done != self.done {
            (self.done, self.calm) = (done, 0);
            self.look(false);
            self.weather.begins(&mut self.world.state());
        }
        let mut state = self.world.state();
        self.weather.passes(&mut state);
    }

    /// The watch tells of what has changed, as the weather lets it.
    fn tell(&mut self) {
        let told = {
            let mut state = self.world.state();
            let changes = state.store.take_changes();
            self.weather.watch(changes, &state)
        };
        if let Some(life) = &mut self.life {
            told.iter().for_each(|change| life.is_told(change));
        }
    }

    async fn pass(&mut self) {
        let Some(life) = &mut self.life else { return };
        let before = self.world.state().passed.len();
        let ending = life.pass(&self.world).await;
        self.reconciles += 1;
        let wrote = self.world.state().passed.len() != before;
        if wrote {
            self.wrote = Instant::now();
        }
        self.look(wrote);
        self.calm = match ending {
            Ending::Done(next) if !wrote && next.is_none_or(|next| next >= SOON) => self.calm + 1,
            _ => 0,
        };
        if ending == Ending::Died {
            self.life = None;
            self.born = Instant::now() + self.is_down_for;
        }
    }

    fn is_idle(&self) -> bool {
        self.idle_from.is_some_and(|from| self.calm >= from + IDLE)
    }

    fn is_at_rest(&self) -> bool {
        let mut state = self.world.state();
        let now = state.time();
        state.ecs.tick(now);
        let is_busy = state.ecs.next_event().is_some_and(|next| next.since(now) < FAR);
        let is_gone = state.store.object(NAME).is_none();
        let is_calm = self.calm >= CALM || self.life.as_ref().is_some_and(|life| life.due().is_none());
        !is_busy && self.life.is_some() && (is_calm || is_gone) && !self.weather.is_bad(&state)
    }

    /// Until something is due.
    async fn wait(&self) {
        let life = match &self.life {
            Some(life) => life.due(),
            None => Some(self.born),
        };
        let act = match self.next_act() {
            Some(Due::At(due)) => Some(Instant::now() + due.saturating_sub(self.world.state().age())),
            _ => None,
        };
        let ecs = {
            let state = self.world.state();
            state.ecs.next_event().map(|next| Instant::now() + next.since(state.time()))
        };
        let next = life.into_iter().chain(act).chain(self.weather.next(&self.world.state())).chain(ecs).min();
        let next = next.unwrap_or_else(|| Instant::now() + FAR);
        tokio::time::sleep_until(next.max(Instant::now() + Duration::from_millis(1))).await;
    }
}

/// ECS as it begins: everything takes its time, but less of it than in AWS.
fn ecs(workload: &Workload) -> Model {
    let mut config = Config {
        region: "eu-central-1".to_owned(),
        account: crate::world::ACCOUNT.to_owned(),
        clusters: vec![crate::world::CLUSTER.to_owned()],
        timings: short(),
        ..Config::default()
    };
    (workload.tunes)(&mut config);
    Model::new(config)
}

fn short() -> Timings {
    let seconds = Duration::from_secs;
    Timings {
        load_balancer: seconds(60),
        certificate: seconds(30),
        small_resource: seconds(10),
        task_start: seconds(15),
        health_checks: seconds(30),
        canary_bake: seconds(40),
        bake: seconds(40),
        alarm: seconds(30),
        clean_up: seconds(15),
        rollback: seconds(20),
        failed_start: seconds(8),
        crash: seconds(10),
        unhealthy: seconds(40),
        drain: seconds(60),
        drain_fresh: seconds(30),
        purge: Duration::from_hours(1000),
        stopped_task: Duration::from_hours(1000),
        ..Timings::default()
    }
}
