//! Two replicas: one leads and acts, the other stands by and follows.

use std::time::{Duration, Instant};

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::Value;

use crate::vocabulary::control_plane::kubectl;
use crate::vocabulary::controller::Controller;
use crate::vocabulary::page::Page;
use crate::vocabulary::{Service, World, eventually};

/// Where the shipped role lets a Lease be.
pub const ON: &str = "--leader-election=true";
pub const WHERE: &str = "--lease-namespace=expressway-system";

/// Quicker than the defaults, and slow enough for a machine that is busy.
pub const QUICK: [&str; 5] = [ON, WHERE, "--lease-duration=6s", "--lease-renew-deadline=4s", "--lease-retry=300ms"];

/// The access keys that calls to AWS are told apart by.
pub const FIRST: &str = "AKIDEXAMPLE";
pub const SECOND: &str = "AKIDSECOND";

/// What `kubectl get lease` shows of the Lease of this world.
pub fn lease(world: &World) -> Value {
    let name = format!("expressway-{}", world.namespace);
    let said = kubectl(&["get", "lease", "--namespace=expressway-system", &name, "-o", "json"], "");
    serde_json::from_str::<Value>(&said.done()).unwrap()["spec"].clone()
}

/// A second replica, with an access key of its own. It stands by.
pub fn second(world: &World, flags: &[&str]) -> Controller {
    let replica = world.start_a_replica(&[&format!("AWS_ACCESS_KEY_ID={SECOND}")], flags);
    stands_by(&replica);
    replica
}

pub fn leads(replica: &Controller) -> bool {
    replica.counter("expressway_leader", &[]) == 1
}

#[track_caller]
pub fn stands_by(replica: &Controller) {
    let Page { status, body } = replica.get("/readyz");
    assert_eq!(status, 200);
    assert!(body.contains("standing by"), "{body}");
    assert!(!leads(replica));
}

/// Waits until it leads and is at work; gives how long that took.
#[track_caller]
pub fn follows(replica: &Controller) -> Duration {
    let since = Instant::now();
    eventually("the replica that stood by leads", || match replica.get("/readyz").body.as_str() {
        "ok\n" if leads(replica) => Ok(()),
        body => Err(body.to_owned()),
    });
    since.elapsed()
}

/// What it has written, to AWS and to Kubernetes.
fn writes(replica: &Controller) -> u64 {
    replica.counter("expressway_aws_writes_total", &[]) + replica.counter("expressway_kubernetes_writes_total", &[])
}

#[test]
fn of_two_replicas_one_acts() {
    let world = World::with_flags(&QUICK);
    let second = second(&world, &QUICK);
    world.given_a_running("nginx:1");

    assert!(world.controller(leads));
    stands_by(&second);
    assert_eq!(writes(&second), 0);
    assert_eq!(world.calls().by(SECOND).len(), 0, "it does not even look");
    assert_eq!(world.calls().by(FIRST).len(), world.calls().len());

    let lease = lease(&world);
    let holder = lease["holderIdentity"].as_str().unwrap();
    assert!(second.get("/readyz").body.contains(holder), "{lease}");
    assert_eq!((lease["leaseDurationSeconds"].as_i64(), lease["leaseTransitions"].as_i64()), (Some(6), Some(0)));
}

/// The promise itself, with the waits that are shipped.
#[test]
fn a_crash_is_followed_within_20_seconds_and_a_stop_within_5() {
    let defaults = [ON, WHERE];
    let world = World::with_flags(&defaults);
    let second = second(&world, &defaults);
    let web = world.given_a_running("nginx:1");

    let since = Instant::now();
    world.kill_the_controller();
    web.set_image("nginx:2");
    web.has_deployments(2);
    let after_a_crash = since.elapsed();
    follows(&second);
    assert_eq!(lease(&world)["leaseTransitions"], 1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    let third = world.start_a_replica(&[], &defaults);
    stands_by(&third);
    let since = Instant::now();
    assert_eq!(second.terminate().code(), Some(0));
    web.set_image("nginx:3");
    web.has_deployments(3);
    let after_a_stop = since.elapsed();
    follows(&third);

    println!("acts {after_a_crash:.1?} after a crash, {after_a_stop:.1?} after SIGTERM");
    assert!(after_a_crash < Duration::from_secs(20), "{after_a_crash:?}");
    assert!(after_a_stop < Duration::from_secs(5), "{after_a_stop:?}");
    assert_eq!(world.calls().updates(), 2);
}

#[test]
fn who_stops_gives_the_lease_back_and_who_stands_by_takes_it_at_once() {
    let world = World::with_flags(&QUICK);
    let alone = lease(&world);
    assert_eq!(world.take_the_controller().terminate().code(), Some(0));
    let given_back = lease(&world);
    assert_eq!(given_back["holderIdentity"].as_str().unwrap_or_default(), "");
    assert_eq!(given_back["leaseDurationSeconds"], 1);

    world.start_the_controller();
    let taken = lease(&world);
    assert_eq!((&alone["leaseTransitions"], &taken["leaseTransitions"]), (&0.into(), &1.into()));
    assert_ne!(alone["holderIdentity"], taken["holderIdentity"], "each start is somebody else");
}

#[test]
fn one_that_stands_by_ends_on_a_signal_and_leaves_the_lease_alone() {
    let world = World::with_flags(&QUICK);
    let second = second(&world, &QUICK);
    let holder = lease(&world)["holderIdentity"].clone();
    assert_eq!(second.terminate().code(), Some(0));
    assert_eq!(lease(&world)["holderIdentity"], holder);
    assert!(world.controller(leads));
}

/// The update has had its effect, and its answer is on its way when SIGTERM comes.
fn an_update_in_flight(world: &World, milliseconds: u64) -> Service<'_> {
    let web = world.given_a_running("nginx:1");
    let late = FaultRequest::from(FaultKind::Latency { milliseconds }).on(Operation::UpdateExpressGatewayService);
    world.simulator.add_fault(late.times(1));
    web.set_image("nginx:2");
    web.has_deployments(2);
    web
}

#[test]
fn a_stop_in_the_middle_of_an_update_ends_after_it_and_no_second_canary_starts() {
    let world = World::with_flags(&QUICK);
    let second = second(&world, &QUICK);
    let web = an_update_in_flight(&world, 1_500);

    let ended = world.take_the_controller().terminate();

    assert_eq!(ended.code(), Some(0));
    assert_eq!(web.says("Ready"), "False RollingOut", "the effect is recorded, for this generation");
    follows(&second);
    world.advance(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls().updates(), 1);
}

#[test]
fn a_stop_that_cannot_wait_for_an_update_says_so_and_no_second_canary_starts() {
    let flags = [&QUICK[..], &["--shutdown-grace=300ms"]].concat();
    let world = World::with_flags(&flags);
    let second = second(&world, &QUICK);
    let web = an_update_in_flight(&world, 20_000);

    let ended = world.take_the_controller().terminate();

    assert_eq!(ended.code(), Some(1));
    let log = std::fs::read_to_string(world.log_file()).unwrap();
    assert!(log.lines().last().unwrap().contains("--shutdown-grace"), "{log}");
    let waited = follows(&second);
    assert!(waited < Duration::from_secs(6), "the lease was given back all the same: {waited:?}");
    world.advance(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls().updates(), 1);
}

#[test]
fn without_permission_for_the_lease_it_is_not_ready_and_says_why() {
    let world = World::with_flags(&[]);
    world.kill_the_controller();
    let flags = [ON, "--lease-namespace=default"];
    let replica = world.start_an_unready_replica(&flags);
    let page = eventually("it says what it may not do", || match replica.get("/readyz") {
        page if page.body.contains("leases") => Ok(page),
        page => Err(page.body),
    });
    assert_eq!(page.status, 503);
    assert!(page.body.contains("deploy/"), "{}", page.body);
    assert_eq!(replica.terminate().code(), Some(0));
}
