//! Calm: the trouble is over. What was declared has to come true, and then nothing is written any more.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use kube::api::ListParams;
use serde_json::Value;

use crate::fleet::Fleet;
use crate::judge::{self, Seen};
use crate::samples::Samples;
use crate::vocabulary::control_plane::RUNTIME;
use crate::world::World;

/// How long it may take until all is as declared: rollouts take eleven seconds here, and bad ones longer.
const PATIENCE: Duration = Duration::from_secs(240);

const PAUSE: Duration = Duration::from_millis(1000);

/// Passes over every object in which nothing may be written.
pub const IDLE_PASSES: u64 = 10;

/// How the soak ended.
pub struct Ending {
    /// Seconds until all was as declared.
    pub settled_after: f64,
    /// What was not, when patience was at an end.
    pub complaints: Vec<String>,
}

/// Waits until all is as declared.
pub fn settle(world: &World, fleet: &Mutex<Fleet>) -> Ending {
    let started = Instant::now();
    loop {
        let complaints = differences(world, &fleet.lock().unwrap_or_else(PoisonError::into_inner));
        let complaints = complaints.unwrap_or_else(|error| vec![error]);
        if complaints.is_empty() || started.elapsed() > PATIENCE {
            return Ending { settled_after: started.elapsed().as_secs_f64(), complaints };
        }
        thread::sleep(PAUSE);
    }
}

/// What was written while there was nothing to do.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// To AWS.
    pub aws: usize,
    /// To Kubernetes.
    pub kubernetes: u64,
}

impl Idle {
    /// Every write is one too many.
    pub fn complaint(self) -> Option<String> {
        let Self { aws, kubernetes } = self;
        let is_quiet = aws == 0 && kubernetes == 0;
        (!is_quiet).then(|| format!("{aws} writes to AWS and {kubernetes} to Kubernetes in {IDLE_PASSES} idle passes"))
    }
}

/// Lets the controller look at everything ten times.
pub fn rest(world: &World, samples: &Samples, objects: u64) -> Idle {
    // What was still to be told when the last service was ready.
    passes(samples, 2 * objects);
    let moment = || {
        world.replicas.iter().for_each(|replica| samples.take(replica, world.replicas.len() == 1));
        (world.ecs.journal(|calls| judge::traffic(calls).0), samples.count("Kubernetes writes"))
    };
    let before = moment();
    passes(samples, IDLE_PASSES * objects);
    let after = moment();
    Idle { aws: after.0 - before.0, kubernetes: after.1 - before.1 }
}

/// Waits for so many more reconciles.
fn passes(samples: &Samples, count: u64) {
    let started = Instant::now();
    let from = samples.count("reconciles");
    while samples.count("reconciles") < from + count {
        assert!(started.elapsed() < PATIENCE, "{count} reconciles take longer than {PATIENCE:?}");
        thread::sleep(PAUSE);
    }
}

/// What is not as declared. Services are looked at in full once all else is.
fn differences(world: &World, fleet: &Fleet) -> Result<Vec<String>, String> {
    let list = RUNTIME.block_on(async {
        let (api, parameters) = (world.api(), ListParams::default());
        tokio::time::timeout(Duration::from_secs(20), api.list(&parameters)).await
    });
    let list = list.map_err(|late| late.to_string())?.map_err(|error| error.to_string())?;
    let objects: Vec<Value> = list.items.into_iter().filter_map(|object| serde_json::to_value(object).ok()).collect();
    let services = world.ecs.services().map_err(|error| error.to_string())?;
    let mut seen = Seen { objects, services, described: None };
    let said = judge::differences(fleet, &seen);
    if said.is_empty() {
        let names = fleet.services.iter().filter(|service| service.spec.is_some()).map(|service| &service.name);
        let described = names.map(|name| Ok((name.clone(), world.ecs.describe(name)?)));
        seen.described = Some(described.collect::<std::io::Result<_>>().map_err(|error| error.to_string())?);
        return Ok(judge::differences(fleet, &seen));
    }
    Ok(said)
}
