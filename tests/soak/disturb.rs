//! The disturbances: each is made, held, and undone; then an edit is followed until it has reached ECS.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use control_plane::Program;
use express_simulator::server::{Entry, Outcome};
use serde_json::{Value, json};

use crate::fleet::{Fleet, PROBE};
use crate::life;
use crate::schedule::{Disturbance, Planned};
use crate::vocabulary::page;
use crate::vocabulary::patience::eventually_within;
use crate::world::{LEASE, LEASES, NAMESPACE, World};

/// `--shutdown-grace` and a little.
const SHUTDOWN: Duration = Duration::from_secs(12);

/// How long an edit may take to reach ECS once nothing is in its way.
const RECOVERY: Duration = Duration::from_secs(120);

/// Longer than the controller waits for an answer, shorter than a connection is kept.
const TOO_LATE: Duration = Duration::from_secs(15);

/// How late reads are, as ECS's time runs: far less than `--visibility-grace`, as it has to be.
const STALE_SECONDS: u64 = 120;

const PAUSE: Duration = Duration::from_millis(50);

/// What came of the disturbances.
#[derive(Debug, Default)]
pub struct Disturbed {
    /// Seconds from the end of each disturbance until an edit made then had reached ECS.
    pub recoveries: BTreeMap<Disturbance, Vec<f64>>,
    /// Seconds that each SIGTERM took.
    pub shutdowns: Vec<f64>,
    /// What was not as it should be.
    pub complaints: Vec<String>,
}

impl Disturbed {
    /// Disturbs once, and waits until the controller does what it is told again.
    pub fn once(&mut self, world: &World, fleet: &Mutex<Fleet>, planned: Planned) {
        thread::sleep(planned.after);
        let began = Instant::now();
        self.make(world, planned);
        world.heal_the_control_plane();
        let recovery = self.follow_an_edit(world, fleet, planned.what);
        println!(
            "  {:<62} {:>5.1} s, then an edit reached ECS after {:.1} s",
            planned.what.words(),
            began.elapsed().as_secs_f64() - recovery,
            recovery
        );
        self.recoveries.entry(planned.what).or_default().push(recovery);
    }

    fn make(&mut self, world: &World, planned: Planned) {
        let control_plane = &world.cluster.control_plane;
        let hold = || thread::sleep(planned.hold);
        match planned.what {
            Disturbance::ControllerKilled => {
                world.leader().kill();
                hold();
                world.start_the_controller();
            }
            Disturbance::ControllerPaused => {
                let leader = world.leader();
                leader.signal("STOP");
                thread::sleep(planned.hold * 3);
                leader.signal("CONT");
            }
            Disturbance::LeaseTaken => {
                let taken = json!({"spec": {"holderIdentity": "somebody"}}).to_string();
                self.lose_the_lease(world, &["patch", "--type=merge", "--patch", &taken]);
            }
            Disturbance::LeaseDeleted => self.lose_the_lease(world, &["delete"]),
            Disturbance::ControllerTerminated => {
                self.terminate(world);
                hold();
                world.start_the_controller();
            }
            Disturbance::ApiServerKilled => {
                control_plane.kill(Program::ApiServer);
                hold();
            }
            Disturbance::ApiServerUnreachable => {
                let process = control_plane.process_id(Program::ApiServer);
                signal(process, "STOP");
                hold();
                signal(process, "CONT");
            }
            Disturbance::EtcdKilled => {
                control_plane.kill(Program::Etcd);
                hold();
            }
            Disturbance::WatchExpired => {
                forget_the_past(world);
                control_plane.kill(Program::ApiServer);
                hold();
            }
            Disturbance::EcsKilled => {
                world.ecs.kill();
                hold();
                world.ecs.start_again();
            }
            Disturbance::EcsHangs => {
                fault(world, &json!({"kind": "latency", "milliseconds": TOO_LATE.as_millis() as u64}));
                hold();
                end_faults(world);
            }
            Disturbance::EcsRefuses => {
                fault(world, &json!({"kind": "access-denied"}));
                hold();
                end_faults(world);
            }
            Disturbance::EcsStale => {
                fault(world, &json!({"kind": "stale-reads", "seconds": STALE_SECONDS}));
                hold();
                end_faults(world);
            }
            Disturbance::EcsFrozen => {
                world.ecs.signal("STOP");
                hold();
                world.ecs.signal("CONT");
            }
            Disturbance::EcsErrs => {
                for kind in ["throttle", "server-error-before", "server-error-after", "answer-lost", "answer-cut-short"]
                {
                    fault(world, &json!({"kind": kind, "count": 10}));
                    let writes =
                        ["CreateExpressGatewayService", "UpdateExpressGatewayService", "DeleteExpressGatewayService"];
                    fault(world, &json!({"kind": kind, "count": 1, "operations": writes}));
                }
                hold();
                end_faults(world);
            }
        }
    }

    /// Somebody does this to the Lease: whoever had it ends.
    fn lose_the_lease(&mut self, world: &World, does: &[&str]) {
        let (had_a_leader, leader) = (world.is_led(), world.leader());
        let before = leader.ends().len();
        let (verb, more) = does.split_first().expect("a verb");
        let said = world.cluster.kubectl(&[&[*verb, "lease", "--namespace", LEASES, LEASE], more].concat(), "");
        assert!(said.is_ok || said.err.contains("NotFound"), "{}", said.err);
        let ends = || if leader.ends().len() > before { Ok(()) } else { Err(()) };
        if had_a_leader && eventually_within(SHUTDOWN, PAUSE, ends).is_err() {
            self.complaints.push("a leader went on without its Lease".to_owned());
        }
    }

    fn terminate(&mut self, world: &World) {
        match world.leader().terminate(SHUTDOWN) {
            Some((Some(status), took)) if status.success() => self.shutdowns.push(took.as_secs_f64()),
            Some((Some(status), _)) => self.complaints.push(format!("SIGTERM was answered with {status}")),
            Some((None, took)) => self.complaints.push(format!("SIGTERM was not obeyed in {took:?}")),
            None => {}
        }
    }

    /// Seconds until an edit that is made now has reached ECS.
    fn follow_an_edit(&mut self, world: &World, fleet: &Mutex<Fleet>, after: Disturbance) -> f64 {
        let started = Instant::now();
        let (manifest, version) = fleet.lock().unwrap_or_else(PoisonError::into_inner).edit_probe();
        life::apply(world, &manifest);
        let seen = eventually_within(RECOVERY, PAUSE, || {
            world
                .ecs
                .journal(|calls| if calls.iter().rev().any(|call| carries(call, &version)) { Ok(()) } else { Err(()) })
        });
        if seen.is_err() {
            self.complaints.push(format!("{}: an edit had not reached ECS {RECOVERY:?} after it", after.words()));
        }
        started.elapsed().as_secs_f64()
    }
}

/// Whether a call brought the probe's variable VERSION to ECS.
fn carries(call: &Entry, version: &str) -> bool {
    let has_effect = matches!(call.outcome, Outcome::Ok | Outcome::Fault { effect: true, .. });
    let is_of_the_probe = call.service.as_ref().is_some_and(|name| name.rsplit('/').next() == Some(PROBE));
    has_effect && is_of_the_probe && call.request["primaryContainer"]["environment"][0]["value"] == version
}

/// Moves on from what the controller has seen last, and compacts etcd's history up to there: no watch goes on from before.
fn forget_the_past(world: &World) {
    let moved = ["annotate", "namespace", NAMESPACE, "--overwrite"].map(str::to_owned);
    let moved = [&moved[..], &[format!("soak/moved-at={:?}", Instant::now())]].concat();
    world.cluster.control_plane.run_kubectl(&moved).unwrap_or_else(|error| panic!("{error}"));
    let url = world.cluster.control_plane.etcd_url();
    let address = url.trim_start_matches("http://").parse().unwrap();
    let ask = |path: &str, body: &str| page::send(address, &format!("POST {path}"), "", body, None).unwrap();
    let range = ask("/v3/kv/range", r#"{"key": "AA=="}"#).body;
    let range: Value = serde_json::from_str(&range).unwrap_or_else(|error| panic!("{error}: {range}"));
    let revision = range["header"]["revision"].as_str().expect("a revision").to_owned();
    let compacted = ask("/v3/kv/compaction", &json!({"revision": revision}).to_string());
    assert_eq!(compacted.status, 200, "{}", compacted.body);
}

fn fault(world: &World, fault: &Value) {
    let added = world.ecs.control("POST", "faults", fault);
    added.unwrap_or_else(|error| panic!("a fault: {error}"));
}

fn end_faults(world: &World) {
    let ended = world.ecs.control("DELETE", "faults", &Value::Null);
    ended.unwrap_or_else(|error| panic!("the end of faults: {error}"));
}

fn signal(process: Option<u32>, signal: &str) {
    if let Some(process) = process {
        let sent = Command::new("kill").args(["-s", signal, &process.to_string()]).status().unwrap();
        assert!(sent.success());
    }
}
