//! Events: each transition once, none repeated on idle passes or by the next process.

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::json;

use crate::vocabulary::{Manifest, World, given_a_world};

/// Row 27: the life of a service in events: created, rolled out, rolled back, mended, gone.
#[test]
fn the_life_of_a_service_is_told_in_events() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.crashes_after(1);
    web.set_image("nginx:3");
    web.has_deployments(3);
    web.reaches("BAKE_TIME");
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    let life = [
        "Created",
        "RolloutSucceeded",
        "UpdateSubmitted",
        "RolledBack",
        "UpdateSubmitted",
        "CanaryStarted",
        "TrafficShifted",
        "RolloutSucceeded",
    ];
    web.told(&life);

    let described = world.kubectl(&["describe", "egs", "web"]).done();
    for words in ["Warning  RolledBack", "image nginx:2-crash was rolled back", "Normal   RolloutSucceeded"] {
        assert!(described.contains(words), "{words}: {described}");
    }

    // Whoever watches has the end in an event too: the object is gone by then.
    web.delete().done();
    web.drains();
    world.advance(600);
    web.is_gone();
    web.told(&[&life[..], &["Draining", "Deleted"]].concat());
}

/// Row 27: what was told is not told again, by idle passes or by the next process.
#[test]
fn no_event_is_repeated_by_idle_passes_or_a_restart() {
    let world = given_a_world();
    let good = world.given_a_running("nginx:1");
    let bad = world.given_a_running_one(&Manifest::of("bad", "nginx:1"));
    bad.crashes_after(1);
    good.told_last("RolloutSucceeded");
    let before = (good.events(), bad.events());

    world.passes(20);
    world.kill_the_controller();
    world.start_the_controller();
    world.passes(20);

    assert_eq!((good.events(), bad.events()), before);
}

/// Each try fails in the same way, for a while.
fn is_told_once(world: &World, fault: FaultKind, ready: (&str, &str), event: &str) {
    let web = world.given_a_running("nginx:1");
    web.told_last("RolloutSucceeded");
    world.simulator.add_fault(FaultRequest::from(fault).on(Operation::UpdateExpressGatewayService));
    web.patch(&json!({"spec": {"healthCheckPath": "/healthz"}}));
    web.shows("Ready", ready.0, ready.1);
    world.passes(10);
    web.told_once(event);

    world.simulator.clear_faults();
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    web.told_last("RolloutSucceeded");
    web.told_once(event);
}

/// Row 27: throttling is one event, however often ECS says it.
#[test]
fn throttling_is_told_once() {
    let world = given_a_world();
    is_told_once(&world, FaultKind::Throttle, ("Unknown", "Throttled"), "Throttled");
}

/// Row 27: so is a missing permission.
#[test]
fn a_missing_permission_is_told_once() {
    let world = given_a_world();
    is_told_once(&world, FaultKind::AccessDenied { message: None }, ("False", "AccessDenied"), "AccessDenied");
}
