//! One soak, from the start to the verdict.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::calm::{self, Idle};
use crate::diagnosis;
use crate::disturb::Disturbed;
use crate::figures::{self, Told};
use crate::fleet::Fleet;
use crate::judge;
use crate::life;
use crate::replica::End;
use crate::samples::{Memory, Samples};
use crate::schedule::{Disturbance, Schedule};
use crate::settings::{Settings, Trouble};
use crate::world::World;

/// More than this is a leak.
const GROWTH: f64 = 1.2;

/// Runs one, and prints its figures.
///
/// # Panics
/// When a promise was broken, with the line that plays the same again.
pub fn run(settings: &Settings) {
    println!("seed {}; again with: {}", settings.seed, settings.replay());
    // Also when something panics.
    let replay = Replay(settings.replay());
    let world = World::start(settings);
    let (told, complaints) = soak(settings, &world);
    figures::print(settings, &told);
    if !complaints.is_empty() {
        diagnosis::print(&world, &complaints);
        panic!("{} promises broken:\n  {}", complaints.len(), complaints.join("\n  "));
    }
    drop(replay);
}

/// Says on the way out how to play the same again.
struct Replay(String);

impl Drop for Replay {
    fn drop(&mut self) {
        if thread::panicking() {
            // The wall clock is no part of the seed: the same moves and disturbances, not the same microseconds.
            eprintln!("replay: {}", self.0);
        }
    }
}

fn soak(settings: &Settings, world: &World) -> (Told, Vec<String>) {
    let fleet = Mutex::new(Fleet::new(settings.seed, settings.services));
    let (samples, disturbed) = (Samples::default(), Mutex::new(Disturbed::default()));
    let (life_ends, watch_ends) = (AtomicBool::new(false), AtomicBool::new(false));
    let first = lock(&fleet).begin();
    world.start_the_controller();
    let started = Instant::now();
    thread::scope(|threads| {
        // Also when this thread panics: the others end, and the scope with them.
        let _ends = [Raised(&life_ends), Raised(&watch_ends)];
        threads.spawn(|| samples.take_until(world, &watch_ends));
        let users = threads.spawn(|| {
            first.iter().for_each(|manifest| life::apply(world, manifest));
            life::live(world, &fleet, settings, &life_ends)
        });
        trouble(world, &fleet, settings, &disturbed, started);
        let ended = Instant::now();
        life_ends.store(true, Ordering::Relaxed);
        let moves = users.join().unwrap_or_else(|_| panic!("the users gave up"));
        let (aws_writes, aws_calls) = world.ecs.journal(judge::traffic);
        let (reconciles, kubernetes_writes) = (samples.count("reconciles"), samples.count("Kubernetes writes"));
        let ending = calm::settle(world, &fleet);
        let mut complaints = ending.complaints;
        let objects = lock(&fleet).services.iter().filter(|service| service.spec.is_some()).count();
        let idle = complaints.is_empty().then(|| calm::rest(world, &samples, objects as u64));
        complaints.extend(idle.and_then(Idle::complaint));
        watch_ends.store(true, Ordering::Relaxed);
        let disturbed = std::mem::take(&mut *lock(&disturbed));
        let memory = samples.memory(started, ended);
        complaints.extend(never(world, &fleet));
        complaints.extend(disturbed.complaints.iter().cloned());
        complaints.extend(grown(settings, memory));
        complaints.extend(broken(&world.ends_by_themselves()));
        let expired = figures::expired(world);
        // A leader that ended itself, as it could not renew its Lease, had no watch left to be told.
        let was_watching = world.ends_by_themselves().is_empty();
        if disturbed.recoveries.contains_key(&Disturbance::WatchExpired) && expired == 0 && was_watching {
            complaints.push("the controller was never told that its watch has expired".to_owned());
        }
        let told = Told {
            trouble: ended - started,
            settled_after: ending.settled_after,
            moves,
            objects,
            aws_calls,
            aws_writes,
            reconciles,
            kubernetes_writes,
            expired,
            ends: world.ends_by_themselves(),
            idle,
            memory,
            disturbed,
        };
        (told, complaints)
    })
}

/// Disturbs, until the time is over or each disturbance was there.
fn trouble(world: &World, fleet: &Mutex<Fleet>, settings: &Settings, disturbed: &Mutex<Disturbed>, started: Instant) {
    match settings.trouble {
        Trouble::EachOnce => {
            for planned in Schedule::each_once(settings.seed) {
                lock(disturbed).once(world, fleet, planned);
            }
        }
        Trouble::For(time) => {
            for planned in Schedule::new(settings.seed) {
                if started.elapsed() + planned.after > time {
                    break;
                }
                lock(disturbed).once(world, fleet, planned);
            }
        }
    }
}

/// What must never have happened.
fn never(world: &World, fleet: &Mutex<Fleet>) -> Vec<String> {
    let fleet = lock(fleet);
    world.ecs.journal(|calls| [judge::doubled(calls), judge::too_many(&fleet, calls), judge::forgotten(calls)].concat())
}

/// A controller that cannot work says so and ends with 1, and is started again. Anything else is a crash.
fn broken(ends: &[End]) -> Vec<String> {
    let crashes = ends.iter().filter(|end| end.status.code() != Some(1));
    crashes.map(|end| format!("the controller ended with {}: {}", end.status, end.said)).collect()
}

/// Memory is judged where there was time for it to grow.
fn grown(settings: &Settings, memory: Option<Memory>) -> Option<String> {
    let Trouble::For(_) = settings.trouble else { return None };
    let memory = memory?;
    let is_flat = memory.last <= memory.second * GROWTH;
    (!is_flat).then(|| format!("memory grew from {:.1} MB to {:.1} MB", memory.second, memory.last))
}

/// A flag that is raised at the end, however it comes.
struct Raised<'f>(&'f AtomicBool);

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
