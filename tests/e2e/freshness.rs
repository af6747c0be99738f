//! Row 23, freshness: what was last seen is believed for three observe intervals, and no longer.

use express_simulator::server::FaultKind;

use crate::vocabulary::{Service, World, eventually};

/// ECS has not been read for too long, and the object says since when, why, and that it is tried again.
fn is_stale(web: &Service<'_>) {
    let message = web.shows("Ready", "Unknown", "ObservationStale");
    let last_read = web.text("/status/lastObservedTime");
    for words in [&*last_read, "what it runs now is not known", "DescribeServices", "ThrottlingException"] {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }
}

/// Row 23: unread for three intervals, `Ready` is unknown to everybody who asks, and it heals by itself.
#[test]
fn a_service_that_cannot_be_read_is_not_called_ready_for_ever() {
    let world = World::with_flags(&["--observe-interval=300ms"]);
    let web = world.given_a_running("nginx:1");
    let serves = web.text("/status/servingRevision");
    world.simulator.add_fault(FaultKind::Throttle);

    is_stale(&web);
    assert_eq!(web.says("Reconciling"), "True ProgressingWithRetry");
    assert_eq!(web.says("Synced"), "Unknown ObservationStale");
    assert_eq!(web.says("Stalled"), "");
    assert_eq!((web.column("READY"), web.column("STATUS")), ("Unknown".to_owned(), "ObservationStale".to_owned()));
    assert_eq!(web.text("/status/servingRevision"), serves, "what was last seen is still shown");
    world.kubectl(&["wait", "egs/web", "--for=condition=Ready", "--timeout=1ms"]).refused();
    world.passes(5);
    web.told_once("ObservationStale");
    let told = web.events();

    world.simulator.clear_faults();
    web.shows("Ready", "True", "Available");
    assert_eq!((web.says("Synced"), web.says("Reconciling")), ("True InSync".to_owned(), String::new()));
    world.passes(3);
    assert_eq!(web.events(), told, "that it is read again is no rollout");
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}

/// Row 23: it is said in time, however long the wait for the next call is.
#[test]
fn a_long_backoff_does_not_keep_the_truth_back() {
    let world = World::with_flags(&["--observe-interval=1s", "--retry-base=24h", "--retry-cap=24h"]);
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(FaultKind::Throttle);

    is_stale(&web);
}

/// Row 23: right after a restart, before a single call.
#[test]
fn a_restart_says_at_once_that_what_it_finds_is_old() {
    let world = World::with_flags(&["--observe-interval=2s", "--retry-base=24h", "--retry-cap=24h"]);
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(FaultKind::Throttle);
    web.shows("Reconciling", "True", "ProgressingWithRetry");
    assert_eq!(web.says("Ready"), "True Available");
    world.kill_the_controller();
    let moment = world.now();

    world.start_the_controller();

    is_stale(&web);
    assert_eq!(world.calls_since(moment).len(), 0, "its time has not come");
}

/// Row 23: right after a restart whose first reading fails.
#[test]
fn a_restart_that_cannot_read_ecs_does_not_call_an_old_object_ready() {
    let world = World::with_flags(&["--observe-interval=300ms"]);
    let web = world.given_a_running("nginx:1");
    let read = web.text("/status/lastObservedTime");
    world.kill_the_controller();
    world.simulator.add_fault(FaultKind::Throttle);

    world.start_the_controller();

    is_stale(&web);
    assert!(web.text("/status/lastObservedTime") >= read);
    world.simulator.clear_faults();
    web.shows("Ready", "True", "Available");
}

/// Row 23: what is stalled is unknown too, and still waits for a person; nothing is told twice.
#[test]
fn a_rollback_that_cannot_be_read_any_more_stays_stalled() {
    let world = World::with_flags(&["--observe-interval=300ms"]);
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2-crash");
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Stalled", "True", "RolledBack");
    world.passes(2);
    world.simulator.add_fault(FaultKind::Throttle);

    is_stale(&web);
    assert_eq!(web.says("Stalled"), "True RolledBack");
    assert_eq!(web.says("Reconciling"), "");

    world.simulator.clear_faults();
    web.shows("Ready", "False", "RolledBack");
    world.passes(3);
    web.told_once("RolledBack");
    assert_eq!(world.calls().updates(), 1);
}

/// Row 23: a rollout that ends while ECS cannot be read is told when it can.
#[test]
fn a_rollout_that_ended_unseen_is_told_in_the_end() {
    let world = World::with_flags(&["--observe-interval=300ms"]);
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.reaches("SCALE_UP");
    world.simulator.add_fault(FaultKind::Throttle);
    is_stale(&web);
    web.rollout_ends();

    world.simulator.clear_faults();

    web.shows("Ready", "True", "Available");
    eventually("the end of the second rollout is told", || {
        let told = web.notes("RolloutSucceeded");
        if told.len() == 2 { Ok(()) } else { Err(format!("{told:?}")) }
    });
}
