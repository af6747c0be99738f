//! The users: they do what they mean to do, and try again until it is done.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kube::api::{DeleteParams, Patch, PatchParams};
use kube::{Error, ResourceExt};
use serde_json::Value;

use crate::fleet::{Fleet, Move};
use crate::settings::Settings;
use crate::vocabulary::control_plane::RUNTIME;
use crate::vocabulary::manifest::Manifest;
use crate::world::World;

/// How long a call may take before a user tries again.
const ONE_CALL: Duration = Duration::from_secs(5);

/// How long users try: the longest disturbance is far shorter.
const PERSISTENCE: Duration = Duration::from_secs(180);

/// How long an object may take to go after `kubectl delete`: ECS drains for five seconds.
const A_DELETION: Duration = Duration::from_secs(180);

const PAUSE: Duration = Duration::from_millis(200);

/// Users move until `stop`. Gives how often they did what.
pub fn live(
    world: &World,
    fleet: &Mutex<Fleet>,
    settings: &Settings,
    stop: &AtomicBool,
) -> BTreeMap<&'static str, usize> {
    let mut done = BTreeMap::new();
    let pace = Duration::from_secs_f64(1.0 / settings.moves_each_second);
    while !stop.load(Ordering::Relaxed) {
        let started = Instant::now();
        let next = fleet.lock().unwrap_or_else(PoisonError::into_inner).next();
        *done.entry(word(&next)).or_default() += 1;
        make(world, next);
        std::thread::sleep(pace.saturating_sub(started.elapsed()));
    }
    done
}

fn word(it: &Move) -> &'static str {
    match it {
        Move::Apply(_) => "edits",
        Move::Recreate(_) => "recreated",
        Move::Delete(_) => "deleted",
        Move::Elsewhere(..) => "changed in ECS",
    }
}

fn make(world: &World, it: Move) {
    match it {
        Move::Apply(manifest) => apply(world, &manifest),
        Move::Recreate(manifest) => {
            wait_until_gone(world, manifest.name());
            apply(world, &manifest);
        }
        Move::Delete(name) => {
            let (api, deletion) = (world.api(), DeleteParams::default());
            persist(&format!("delete {name}"), || async { done_or_gone(api.delete(&name, &deletion).await.map(drop)) });
        }
        // It may be gone, or be draining: then there is nothing to change.
        Move::Elsewhere(operation, body) => drop(world.ecs.call(operation, &body)),
    }
}

/// `kubectl apply --server-side`: it may be repeated.
pub fn apply(world: &World, manifest: &Manifest) {
    let object: Value = serde_saphyr::from_str(&manifest.yaml()).unwrap();
    let (api, parameters) = (world.api(), PatchParams::apply("users").force());
    persist(&format!("apply {}", manifest.name()), || async {
        api.patch(manifest.name(), &parameters, &Patch::Apply(&object)).await.map(drop)
    });
}

fn wait_until_gone(world: &World, name: &str) {
    let api = world.api();
    let deadline = Instant::now() + A_DELETION;
    loop {
        let seen = persist(&format!("get {name}"), || api.get_opt(name));
        let Some(object) = seen else { return };
        assert!(
            Instant::now() < deadline,
            "{name} was deleted {} s ago and is still there: {}",
            A_DELETION.as_secs(),
            serde_json::to_string(&object).unwrap()
        );
        assert!(object.metadata.deletion_timestamp.is_some(), "{} was deleted, and is not", object.name_any());
        std::thread::sleep(PAUSE);
    }
}

fn done_or_gone(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(Error::Api(status)) if status.code == 404 => Ok(()),
        other => other,
    }
}

/// Tries until it is done, as a person does who is told that the server is away.
fn persist<T, F: Future<Output = Result<T, Error>>>(what: &str, mut attempt: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + PERSISTENCE;
    loop {
        let attempt = attempt();
        let answer = RUNTIME.block_on(async { tokio::time::timeout(ONE_CALL, attempt).await });
        let said = match answer {
            Ok(Ok(done)) => return done,
            // Nothing that is tried again helps against a request that makes no sense.
            Ok(Err(Error::Api(status))) if matches!(status.code, 400 | 422) => panic!("{what}: {status:?}"),
            Ok(Err(error)) => error.to_string(),
            Err(late) => late.to_string(),
        };
        assert!(Instant::now() < deadline, "{what}: not done in {} s: {said}", PERSISTENCE.as_secs());
        std::thread::sleep(PAUSE);
    }
}
