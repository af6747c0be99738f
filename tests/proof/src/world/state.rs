//! What the parts of a world share: its objects, its ECS, its clock, what passed, and what is about to go wrong.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use express_simulator::exchange::{self, Answer};
use express_simulator::model::{ApiError, ErrorKind, Model};
use express_simulator::time::Time;
use express_simulator::wire::Request;
use expressway::controller::gate::{Closed, Guard, Write};
use jiff::Timestamp;
use tokio::sync::Notify;

use super::calls::{Call, Mishap, Moment, Passed, Point};
use super::clock::{self, Since};
use super::kubernetes::{KubernetesAnswer, KubernetesRequest, asked_for};
use super::left::World;
use super::script::Due;
use super::store::Store;

/// Decides what becomes of a call.
pub type Fortune = Box<dyn FnMut(&Moment) -> Option<Mishap> + Send>;

/// Is asked about every call that ECS is changed by, before it is.
pub type Watchman = Box<dyn FnMut(&Model, &Request, &Store) -> Option<String> + Send>;

/// A world that is lived in.
pub struct State {
    /// What would be left of it if the controller died now.
    pub world: World,
    /// At each call that changed something, what was left before it and after it, where that is wanted.
    pub boundaries: Vec<(World, World)>,
    is_recorded: bool,
    /// What the controller is about to change, by its own list.
    at: Option<Write>,
    since: Since,
    /// The life of the controller that is alive. The calls of those before it are never answered.
    life: u32,
    fortune: Fortune,
    watchman: Watchman,
}

impl Deref for State {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for State {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

/// A world, shared.
#[derive(Clone)]
pub struct Shared(Arc<(Mutex<State>, Notify)>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

/// What comes back to the controller.
pub enum Reply<A> {
    /// An answer.
    Answer(A),
    /// An answer, later.
    Late(Duration, A),
    /// A connection that is cut.
    Cut,
    /// Nothing, ever.
    Never,
}

impl Shared {
    /// A world in which the controller has not begun to live.
    pub fn begin(world: World, is_recorded: bool, fortune: Fortune, watchman: Watchman) -> Self {
        let since = Since::aged(world.age);
        let boundaries = Vec::new();
        let state = State { world, boundaries, is_recorded, at: None, since, life: 0, fortune, watchman };
        Self(Arc::new((Mutex::new(state), Notify::new())))
    }

    /// The world.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new life of the controller.
    pub fn is_born(&self) -> u32 {
        let mut state = self.state();
        state.life += 1;
        state.life
    }

    /// Waits until the controller dies.
    pub async fn death(&self) {
        self.0.1.notified().await;
    }

    /// A call to ECS.
    pub fn ask_ecs(&self, life: u32, target: &str, body: &[u8]) -> Reply<Answer> {
        let mut state = self.state();
        let request = match exchange::read(target, body) {
            Ok(request) => request,
            Err(error) => return Reply::Answer(exchange::write(&Err(error))),
        };
        let call = Call::Ecs(request.operation());
        let refused = |kind: ErrorKind| exchange::write(&Err(ApiError { kind, message: "Asked for.".to_owned() }));
        let reply = state.send(life, call, |state, mishap| match mishap {
            Some(Mishap::Refused(kind)) => (false, refused(*kind)),
            mishap => {
                if call.is_effect() {
                    let breach = (state.watchman)(&state.world.ecs, &request, &state.world.store);
                    state.breaches.extend(breach);
                }
                let now = state.time();
                let answer = state.ecs.apply(request, now);
                let took_effect = answer.is_ok();
                match mishap {
                    Some(Mishap::FailedAfter(kind)) => (took_effect, refused(*kind)),
                    _ => (took_effect, exchange::write(&answer)),
                }
            }
        });
        self.end(reply)
    }

    /// A call to the API server.
    pub fn ask_kubernetes(&self, life: u32, request: &KubernetesRequest) -> Reply<KubernetesAnswer> {
        let reply = self.state().send(life, Call::Kubernetes(request.verb()), |state, mishap| match mishap {
            Some(Mishap::Status(code)) => (false, asked_for(*code)),
            mishap => {
                let answer = request.answer(&mut state.store);
                let took_effect = answer.is_ok();
                match mishap {
                    Some(Mishap::StatusAfter(code)) => (took_effect, asked_for(*code)),
                    _ => (took_effect, answer),
                }
            }
        });
        self.end(reply)
    }

    fn end<A>(&self, (reply, dies): (Reply<A>, bool)) -> Reply<A> {
        if dies {
            self.0.1.notify_one();
        }
        reply
    }
}

/// The controller says what it is about to change.
impl Guard for Shared {
    fn before(&self, write: Write) -> Result<(), Closed> {
        self.state().at = Some(write);
        Ok(())
    }

    fn after(&self, _write: Write) -> Result<(), Closed> {
        self.state().at = None;
        Ok(())
    }
}

impl State {
    /// How old the world is.
    pub fn age(&self) -> Duration {
        self.since.age()
    }

    /// How long ago somebody did something last.
    pub fn since_act(&self) -> Duration {
        self.age().saturating_sub(self.script.last())
    }

    /// What would be left if the controller died now.
    fn left(&self) -> World {
        World { age: self.age(), ..self.world.clone() }
    }

    /// ECS's clock.
    pub fn time(&self) -> Time {
        clock::time(self.age())
    }

    /// The API server's clock.
    pub fn now(&self) -> Timestamp {
        clock::timestamp(self.age())
    }

    /// The controller's clock.
    pub fn controllers_now(&self) -> Timestamp {
        let now = self.now();
        now.checked_add(self.clock_ahead).unwrap_or(now)
    }

    /// Sends a call, unless something comes between. Also says whether the process dies of it.
    fn send<A>(
        &mut self,
        life: u32,
        call: Call,
        deliver: impl FnOnce(&mut Self, Option<&Mishap>) -> (bool, A),
    ) -> (Reply<A>, bool) {
        if life != self.life {
            return (Reply::Never, false);
        }
        let moment = Moment { call, nth: self.passed.len(), acts: self.script.done(), since_act: self.since_act() };
        let mishap = (self.fortune)(&moment);
        let place = call.is_effect().then(|| self.note(call, mishap.is_some()));
        let before = (self.is_recorded && call.is_effect()).then(|| self.left());
        match mishap {
            Some(Mishap::Crash(Point::Before)) => {
                self.life += 1;
                return (Reply::Never, true);
            }
            Some(Mishap::Hangs { effect: false }) => return (Reply::Never, false),
            Some(Mishap::Meanwhile) => self.act_meanwhile(),
            Some(Mishap::ClockJumps(seconds)) => self.clock_ahead += jiff::SignedDuration::from_secs(seconds),
            _ => {}
        }
        let (took_effect, answer) = deliver(self, mishap.as_ref());
        if let Some(passed) = place.and_then(|place| self.passed.get_mut(place)) {
            passed.took_effect = took_effect;
        }
        if let Some(before) = before {
            let after = self.left();
            self.boundaries.push((before, after));
        }
        match mishap {
            Some(Mishap::Crash(Point::Lost)) => (Reply::Cut, false),
            Some(Mishap::Crash(Point::After)) => {
                self.life += 1;
                (Reply::Never, true)
            }
            Some(Mishap::Hangs { .. }) => (Reply::Never, false),
            Some(Mishap::Late(delay)) => (Reply::Late(delay, answer), false),
            _ => (Reply::Answer(answer), false),
        }
    }

    /// The next act of the script is done.
    pub fn act_next(&mut self) {
        let age = self.age();
        if let Some(act) = self.script.turn(age) {
            self.act(&act);
        }
    }

    /// The next act is done early, where its time was somebody's to choose anyway.
    fn act_meanwhile(&mut self) {
        if matches!(self.script.next(), Some(Due::At(_))) {
            self.act_next();
        }
    }

    fn note(&mut self, call: Call, disturbed: bool) -> usize {
        let passed = Passed { write: self.at, call, age: self.age(), took_effect: false, disturbed };
        self.passed.push(passed);
        self.passed.len() - 1
    }
}
