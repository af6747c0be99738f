//! A leader that is no longer one: it writes nothing more and ends, and whoever follows does not write beside it.

use std::sync::atomic::{AtomicBool, Ordering};

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::{Value, json};

use crate::leader::{FIRST, QUICK, follows, leads, lease, second, stands_by};
use crate::vocabulary::control_plane::kubectl;
use crate::vocabulary::controller::Controller;
use crate::vocabulary::network::Line;
use crate::vocabulary::traffic::writes_to_the_api_server;
use crate::vocabulary::{Manifest, Service, World, eventually};

/// Ends by itself, with one line that says why.
#[track_caller]
fn ends_because(replica: Controller, words: &[&str]) {
    let log = replica.log_file().to_owned();
    assert_eq!(replica.ends().code(), Some(1));
    let log = std::fs::read_to_string(log).unwrap();
    let said = log.lines().last().unwrap();
    assert!(said.starts_with("expressway: no longer the leader"), "{said}");
    for words in words {
        assert!(said.contains(words), "{words} is not in: {said}");
    }
}

/// Writes into the spec of this world's Lease, by hand.
fn edit_the_lease(world: &World, spec: &Value) {
    let name = format!("expressway-{}", world.namespace);
    let patch = json!({ "spec": spec }).to_string();
    kubectl(&["patch", "lease", "--namespace=expressway-system", &name, "--type=merge", "--patch", &patch], "").done();
}

/// More than the process has threads.
const MANY: u8 = 3;

/// Edits that the leader has read, and has asked ECS about; the answers are late.
fn edits_are_being_looked_at(world: &World) -> Vec<Service<'_>> {
    let services: Vec<Service<'_>> =
        (0..MANY).map(|n| world.given_a_running_one(&Manifest::of(&format!("web-{n}"), "nginx:1"))).collect();
    let late = FaultRequest::from(FaultKind::Latency { milliseconds: 6_000 });
    world.simulator.add_fault(late.on(Operation::DescribeExpressGatewayService).times(MANY.into()));
    let moment = world.now();
    services.iter().for_each(|service| service.set_image("nginx:2"));
    eventually("the leader asks ECS", || {
        let asked = world.calls_since(moment).of("DescribeExpressGatewayService").len();
        if asked == usize::from(MANY) { Ok(()) } else { Err(asked) }
    });
    services
}

/// It is stopped for longer than its lease, in the middle of reconciles that would write.
#[test]
fn a_leader_that_was_paused_wakes_up_and_writes_nothing() {
    let flags = [&QUICK[..], &["--aws-timeout=40s", "--reconcile-timeout=60s"]].concat();
    let world = World::alone_with_flags(&flags);
    let second = second(&world, &QUICK);
    let services = edits_are_being_looked_at(&world);
    let first = world.take_the_controller();
    first.signal("STOP");
    assert_eq!(world.calls().updates(), 0);

    follows(&second);
    for service in &services {
        service.has_deployments(2);
    }
    services.iter().for_each(Service::rollout_ends);
    for service in &services {
        service.shows("Ready", "True", "Available");
    }
    passes(&second, 3);
    let (moment, written) = (world.now(), writes_to_the_api_server());

    first.signal("CONT");
    ends_because(first, &["could not be renewed"]);
    passes(&second, 3);

    assert_eq!(world.calls_since(moment).by(FIRST).writes(), Vec::<&str>::new());
    assert_eq!(writes_to_the_api_server(), written);
    assert_eq!(world.calls().updates(), usize::from(MANY));
}

/// Waits until it has looked this many times more.
fn passes(replica: &Controller, count: u64) {
    let done = || replica.counter("expressway_reconciles_total", &[]);
    let from = done();
    eventually("more reconciles", || if done() >= from + count { Ok(()) } else { Err(done()) });
}

#[test]
fn a_lease_that_is_taken_by_hand_ends_its_leader() {
    let world = World::with_flags(&QUICK);
    let second = second(&world, &QUICK);

    edit_the_lease(&world, &json!({"holderIdentity": "somebody"}));

    ends_because(world.take_the_controller(), &["somebody has taken it"]);
    let _ = follows(&second);
    assert_eq!(lease(&world)["leaseTransitions"], 1, "it waited until somebody's time was over, and took it");
}

#[test]
fn a_lease_that_is_deleted_ends_its_leader_and_another_makes_it_anew() {
    let world = World::with_flags(&QUICK);
    let mut first = world.take_the_controller();
    let second = second(&world, &QUICK);

    let name = format!("expressway-{}", world.namespace);
    kubectl(&["delete", "lease", "--namespace=expressway-system", &name], "").done();

    eventually("the second leads", || if leads(&second) { Ok(()) } else { Err(second.get("/readyz").body) });
    assert!(first.has_ended(), "nobody leads before it has noticed");
    ends_because(first, &["it was deleted"]);
    follows(&second);
}

/// As when the API server is away, but only for one of the two.
#[test]
fn a_leader_that_is_cut_off_ends_before_another_leads() {
    let world = World::with_flags(&[]);
    world.kill_the_controller();
    let (line, kubeconfig) = Line::to_the_server_of(world.shipped_kubeconfig(), world.folder());
    let mut first = world.start_a_replica_behind(&kubeconfig, &[], &QUICK);
    assert!(leads(&first));
    let second = second(&world, &QUICK);

    line.cut();

    eventually("the second leads", || if leads(&second) { Ok(()) } else { Err(second.get("/readyz").body) });
    assert!(first.has_ended(), "it has ended before another leads");
    ends_because(first, &["could not be renewed for 4s (--lease-renew-deadline)", "cannot write the lease"]);
    follows(&second);
}

/// A Lease whose holder is gone, and whose clock was hours off.
#[test]
fn what_time_the_lease_shows_is_no_reason_to_wait_for_ever() {
    let world = World::with_flags(&QUICK);
    for renewed in ["2099-01-01T00:00:00.000000Z", "2001-01-01T00:00:00.000000Z"] {
        let leader = world.take_the_controller();
        edit_the_lease(&world, &json!({"holderIdentity": "somebody", "renewTime": renewed}));
        ends_because(leader, &["somebody has taken it"]);

        world.start_the_controller();
        let replica = world.take_the_controller();
        let waited = follows(&replica);
        println!("a lease of 6 s that shows {renewed} was taken after {waited:.1?}");
        assert_eq!(replica.terminate().code(), Some(0));
        world.start_the_controller();
    }
}

/// A holder that is alive, and whose clock is hours behind.
#[test]
fn what_time_the_lease_shows_is_no_reason_to_take_it() {
    let world = World::with_flags(&QUICK);
    let leader = world.take_the_controller();
    edit_the_lease(&world, &json!({"holderIdentity": "slow-clock", "renewTime": "2001-01-01T00:00:00.000000Z"}));
    ends_because(leader, &["slow-clock has taken it"]);
    let replica = second(&world, &QUICK);

    // Twice as long as the lease lasts: it is its holder's renewals that take the time.
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let renewals = scope.spawn(|| {
            let (since, mut renewals) = (std::time::Instant::now(), 0);
            while since.elapsed().as_secs() < 12 {
                renewals += 1;
                let renewed = format!("2001-01-01T00:{:02}:{:02}.000000Z", renewals / 60, renewals % 60);
                edit_the_lease(&world, &json!({ "renewTime": renewed }));
            }
            over.store(true, Ordering::Release);
            renewals
        });
        while !over.load(Ordering::Acquire) {
            stands_by(&replica);
        }
        assert!(renewals.join().unwrap() > 1);
    });
    assert_eq!(lease(&world)["holderIdentity"], "slow-clock");
}
