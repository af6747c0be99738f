//! How long after an edit the update call reaches ECS, beside how long a bare watcher takes to see the edit.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use expressway::api::ExpressGatewayService;
use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use tokio::task::JoinHandle;

use super::controller::Controller;
use super::patience::eventually;
use super::rival;
use super::row;
use super::statistics::percentile;
use super::table;
use super::world::{A_WHOLE_ROLLOUT, Cluster, World, now_micros};

const EDITS: usize = 100;
const UPDATE: &str = "UpdateExpressGatewayService";
const SETTLED: &str = "the service settled";
const NAME: &str = "web";

/// Long enough for ECS to show what has begun, and far shorter than a rollout.
const A_MOMENT: Duration = Duration::from_secs(10);

/// The waits are short so that the service is soon settled again; an edit does not wait for any of them.
const FLAGS: [&str; 2] = ["--rollout-interval=50ms", "--observe-interval=10s"];

pub fn measure(cluster: &Cluster) {
    table::heading("From the return of the patch to the update call's arrival in ECS");
    let world = cluster.world("edits");
    let controller = world.controller(&FLAGS);
    let watched = Watched::start(&world);
    world.create(NAME, "nginx:0");
    eventually("the create call", || world.calls_of("CreateExpressGatewayService", 0).pop());
    settle(&world, &watched, 1);

    let settled: Vec<Edit> =
        (1..=EDITS).map(|number| edit(&world, &watched, &controller, &format!("nginx:1.{number}"), true)).collect();
    let overtaking: Vec<Edit> =
        (1..=EDITS).map(|number| edit(&world, &watched, &controller, &format!("nginx:2.{number}"), false)).collect();
    watched.stop();

    println!(
        "{EDITS} edits of the image of one service, in ms after the patch returned (below 0: before it returned)."
    );
    println!(
        "The patch goes through the API by a client that is connected, as kubectl's does without the start of its process.\n"
    );
    let mut rows = Vec::new();
    for (what, edits) in [(SETTLED, &settled), ("the edit before in flight", &overtaking)] {
        rows.push(line(&format!("update call, {what}"), edits, |edit| edit.update));
        rows.push(line(&format!("  a bare watcher, {what}"), edits, |edit| edit.watcher));
        if what == SETTLED {
            rows.push(line("  the first look at ECS", edits, |edit| edit.first));
        }
        rows.push(line("  update call after the watcher", edits, |edit| edit.update - edit.watcher));
    }
    table::print(&["", "p50", "p90", "p99", "highest"], &rows);
    println!();
    beside_rival(&settled);
}

/// What one edit took, in ms after the patch returned.
#[derive(Clone, Copy, Debug)]
struct Edit {
    update: f64,
    /// The first call to ECS: where it stands.
    first: f64,
    watcher: f64,
}

/// Patches; waits until the update arrived, and until the object shows it, settled if it is to be.
fn edit(world: &World<'_>, watched: &Watched, controller: &Controller, image: &str, to_the_end: bool) -> Edit {
    // What the edit before left to tell is told.
    eventually("the controller rests", || controller.is_idle().then_some(()));
    let since = world.last_call();
    let (generation, patched) = world.patch_image(NAME, image);
    let arrived = eventually("the update call", || {
        let calls = world.calls_of(UPDATE, since);
        assert!(calls.len() < 2, "one edit makes one update");
        calls.first().map(|call| call.received_at_micros)
    });
    let first = world.simulator.journal_since(since).first().map_or(arrived, |call| call.received_at_micros);
    let seen = eventually("the watcher sees the edit", || watched.first_of(generation));
    let after = |moment: u64| (moment as f64 - patched as f64) / 1000.0;
    if to_the_end {
        settle(world, watched, generation);
    } else {
        eventually("the object shows the update", || watched.newest().observed.filter(|seen| *seen == generation));
        // What has just begun cannot be described yet, and is not overtaken before.
        world.simulator.advance(A_MOMENT);
        eventually("the object shows the deployment", || watched.newest().follows.then_some(()));
    }
    Edit { update: after(arrived), first: after(first), watcher: after(seen) }
}

/// Lets the rollout end.
fn settle(world: &World<'_>, watched: &Watched, generation: i64) {
    world.simulator.advance(A_WHOLE_ROLLOUT);
    eventually("the service settles", || {
        let newest = watched.newest();
        (newest.is_ready && newest.observed == Some(generation)).then_some(())
    });
}

fn line(what: &str, edits: &[Edit], value: impl Fn(&Edit) -> f64) -> Vec<String> {
    let values: Vec<f64> = edits.iter().map(value).collect();
    let shares = [0.5, 0.9, 0.99, 1.0].map(|share| format!("{:.2}", percentile(&values, share)));
    [vec![what.to_owned()], shares.to_vec()].concat()
}

fn beside_rival(edits: &[Edit]) {
    let updates: Vec<f64> = edits.iter().map(|edit| edit.update).collect();
    let (p50, p99) = (percentile(&updates, 0.5), percentile(&updates, 0.99));
    let (low, high) = rival::EDIT_P99;
    table::print(
        &["update call, ms after the patch", "Expressway", "ACK", "ACK / Expressway"],
        &[
            row!["p50", format!("{p50:.2}"), rival::EDIT_P50, rival::ratio(rival::EDIT_P50, p50)],
            row![
                "p99",
                format!("{p99:.2}"),
                format!("{low} to {high}"),
                format!("{} to {}", rival::ratio(low, p99), rival::ratio(high, p99))
            ],
        ],
    );
}

/// A bare watcher in this process: what it saw last, and when it first saw each generation.
struct Watched {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    /// When a generation was seen first, by the real clock in microseconds.
    first: Option<(i64, u64)>,
    observed: Option<i64>,
    is_ready: bool,
    /// Whether the deployment in flight is shown to lead to the newest revision.
    follows: bool,
}

impl Watched {
    fn start(world: &World<'_>) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (api, sink) = (world.api(), Arc::clone(&seen));
        let task = world.cluster.runtime.spawn(async move {
            let mut objects = watcher(api, watcher::Config::default()).applied_objects().boxed();
            while let Some(object) = objects.next().await {
                let now = now_micros();
                sink.lock().unwrap().note(&object.unwrap(), now);
            }
        });
        Self { seen, task }
    }

    fn first_of(&self, generation: i64) -> Option<u64> {
        self.newest().first.filter(|(seen, _)| *seen == generation).map(|(_, moment)| moment)
    }

    fn newest(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    fn stop(self) {
        self.task.abort();
    }
}

impl Seen {
    fn note(&mut self, object: &ExpressGatewayService, now: u64) {
        let generation = object.metadata.generation.unwrap_or_default();
        if self.first.is_none_or(|(seen, _)| seen != generation) {
            self.first = Some((generation, now));
        }
        let status = object.status.as_ref();
        self.observed = status.map(|status| status.observed_generation);
        let target = status.and_then(|status| status.deployment.as_ref()?.target_revision.as_ref());
        self.follows = target.is_some() && target == status.and_then(|status| status.latest_revision.as_ref());
        let conditions = status.map(|status| status.conditions.as_slice()).unwrap_or_default();
        let ready = conditions.iter().find(|it| it.type_ == "Ready");
        self.is_ready = ready.is_some_and(|it| it.status == "True" && it.observed_generation == Some(generation));
    }
}
