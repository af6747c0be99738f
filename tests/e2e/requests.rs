//! Row 20: a look now, for whoever asks by annotation; and how often an object is looked at when nobody does.

use express_simulator::model::ErrorKind;
use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::json;

use crate::vocabulary::{Manifest, Service, World, eventually};

const OURS: &str = "expressway.dev/reconcile-requested-at";
const FLUX: &str = "reconcile.fluxcd.io/requestedAt";
const ANSWER: &str = "/status/lastHandledReconcileAt";
const HANDLED: &str = "ReconcileRequestHandled";

/// Nobody looks by himself in the lifetime of a test.
const SELDOM: [&str; 2] = ["--observe-interval=1h", "--full-observe-interval=24h"];

fn ask(web: &Service<'_>, annotation: &str, value: &str) {
    web.annotate(&format!("{annotation}={value}"));
}

/// Calls about the service of this name, since then: glances and full readings.
fn looks(world: &World, name: &str, moment: u64) -> (usize, usize) {
    let calls = world.calls_since(moment);
    let glances = calls.of("DescribeServices");
    let glances = glances.iter().filter(|call| call.request["services"].as_array().unwrap().contains(&json!(name)));
    (glances.count(), calls.of("DescribeExpressGatewayService").len())
}

/// Row 20: each new value of either annotation has ECS read in full once, and is answered with itself.
#[test]
fn a_new_value_of_either_annotation_has_ecs_read_now() {
    let world = World::with_flags(&SELDOM);
    let web = world.given_a_running("nginx:1");

    for (count, (annotation, value)) in
        [(OURS, "monday"), (FLUX, "2026-11-25T08:00:00.123456789Z"), (OURS, "tuesday"), (FLUX, "2026-11-25T08:00:01Z")]
            .into_iter()
            .enumerate()
    {
        let moment = world.now();
        ask(&web, annotation, value);
        web.has(ANSWER, value);
        assert_eq!(looks(&world, "web", moment), (1, 1), "{annotation}={value}");
        eventually(format_args!("{} events", count + 1), || match web.notes(HANDLED).len() {
            told if told == count + 1 => Ok(()),
            told => Err(told),
        });
        let note = web.notes(HANDLED).pop().unwrap();
        assert!(note.contains(annotation) && note.contains(value), "{note}");
    }

    let moment = world.now();
    web.annotate("somebody.else/says=hello");
    web.annotate(&format!("{OURS}=tuesday"));
    world.kubectl(&["wait", "egs/web", "--for=jsonpath={.status.lastHandledReconcileAt}=2026-11-25T08:00:01Z"]).done();
    assert_eq!((looks(&world, "web", moment).1, web.notes(HANDLED).len()), (0, 4));
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}

/// Row 20: what somebody did in AWS a moment ago is seen by the look that was asked for.
#[test]
fn what_happened_before_it_was_asked_for_is_seen() {
    let world = World::with_flags(&SELDOM);
    let web = world.given_a_running("nginx:1");
    world.somebody_deletes("web");

    ask(&web, OURS, "1");

    web.has(ANSWER, "1");
    assert_eq!(web.says("Ready"), "False WaitingForDrain");
}

/// Row 20: two that ask at once are answered by one look, with the value that Flux waits for.
#[test]
fn two_that_ask_at_once_are_answered_together() {
    let world = World::with_flags(&SELDOM);
    let web = world.given_a_running("nginx:1");
    let moment = world.now();

    web.patch(&json!({"metadata": {"annotations": {OURS: "ours", FLUX: "theirs"}}}));

    web.has(ANSWER, "theirs");
    assert_eq!(web.at("/status/handledRequests"), json!({"expressway": "ours", "flux": "theirs"}));
    web.told_once(HANDLED);
    assert_eq!(looks(&world, "web", moment).1, 1);
}

/// Row 20: a service that is suspended or only observed is looked at all the same, and left alone.
#[test]
fn it_is_answered_while_suspended_and_in_mode_observe() {
    let world = World::with_flags(&SELDOM);
    let web = world.given_a_running("nginx:1");
    for (policy, value) in [(json!({"suspend": true}), "1"), (json!({"suspend": null, "mode": "Observe"}), "2")] {
        web.patch(&json!({"spec": {"management": policy}}));
        web.shows("Ready", "True", "Available");
        ask(&web, FLUX, value);
        web.has(ANSWER, value);
        assert_eq!(web.says("Ready"), "True Available");
    }
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}

/// Row 20: so is one whose spec is held back after a rollback, and one in the middle of a rollout.
#[test]
fn it_is_answered_after_a_rollback_and_during_a_rollout() {
    let world = World::with_flags(&SELDOM);
    let web = world.given_a_running("nginx:1");
    web.crashes_after(1);
    let moment = world.now();
    ask(&web, OURS, "1");
    web.has(ANSWER, "1");
    assert_eq!(looks(&world, "web", moment), (1, 1));
    assert!(world.calls_since(moment).writes().is_empty());
    assert_eq!(web.says("Stalled"), "True RolledBack", "a look is no retry");

    web.set_image("nginx:3");
    web.has_deployments(3);
    web.reaches("BAKE_TIME");
    ask(&web, FLUX, "2");
    web.has(ANSWER, "2");
    assert_eq!(web.says("Ready"), "False RollingOut");
    assert_eq!(world.calls().updates(), 2);
}

/// Row 20: a look that failed is no answer; it is made again until it is one.
#[test]
fn a_look_that_fails_is_no_answer() {
    let world = World::with_flags(&SELDOM);
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(FaultRequest::from(FaultKind::Throttle).on(Operation::DescribeServices));

    ask(&web, FLUX, "1");
    web.shows("Reconciling", "True", "ProgressingWithRetry");
    world.passes(3);
    assert_eq!((web.at(ANSWER), web.notes(HANDLED).len()), (json!(null), 0));

    world.simulator.clear_faults();
    web.has(ANSWER, "1");
    web.told_once(HANDLED);
    web.no_longer_shows("Reconciling");
}

/// Row 20: a request outlives a controller that was not there to answer it.
#[test]
fn what_was_asked_for_while_no_controller_ran_is_answered() {
    let world = World::with_flags(&SELDOM);
    let web = world.given_a_running("nginx:1");
    world.kill_the_controller();
    ask(&web, OURS, "1");

    world.start_the_controller();

    web.has(ANSWER, "1");
    web.told_once(HANDLED);
    world.kill_the_controller();
    world.start_the_controller();
    world.passes(1);
    web.told_once(HANDLED);
}

/// Row 20: whoever has healed what failed need not wait for the next attempt.
#[test]
fn a_write_that_waits_for_its_time_is_tried_at_once() {
    let world = World::with_flags(&["--retry-base=24h", "--retry-cap=24h", SELDOM[0]]);
    let refused = FaultKind::Error { exception: ErrorKind::ClusterNotFound, message: None };
    world.simulator.add_fault(FaultRequest::from(refused).on(Operation::CreateExpressGatewayService));
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.shows("Stalled", "True", "ClusterNotFound");

    ask(&web, OURS, "1");
    web.has(ANSWER, "1");
    assert_eq!(world.calls().creates(), 2, "one request is one attempt");
    world.simulator.clear_faults();
    ask(&web, OURS, "2");

    web.has_deployments(1);
    web.shows("Ready", "False", "Creating");
    assert_eq!(world.calls().creates(), 3);
}

/// Row 20: one object has an interval of its own, and its neighbour has the controller's.
#[test]
fn an_object_with_a_long_interval_is_left_alone_while_its_neighbour_is_looked_at() {
    let world = World::with_flags(&[]);
    let patient = Manifest::of("patient", "nginx:1").with("spec.management", json!({"resyncInterval": "24h"}));
    let patient = world.given_a_running_one(&patient);
    world.given_a_running("nginx:1");
    let moment = world.now();

    let is_looked_at = |name: &'static str, times: usize| {
        eventually(format_args!("{times} looks at {name}"), || match looks(&world, name, moment).0 {
            looks if looks >= times => Ok(()),
            looks => Err(looks),
        });
    };
    is_looked_at("web", 20);
    assert_eq!(looks(&world, "patient", moment).0, 0);

    patient.patch(&json!({"spec": {"management": {"resyncInterval": null}}}));
    is_looked_at("patient", 5);
}

/// Row 20: an object may be looked at more often than the controller's flag says.
#[test]
fn an_object_with_a_short_interval_is_looked_at_more_often() {
    let world = World::with_flags(&SELDOM);
    let web = Manifest::of("web", "nginx:1").with("spec.management", json!({"resyncInterval": "10s"}));
    world.given_a_running_one(&web);
    let moment = world.now();

    eventually("a look that nobody asked for", || match looks(&world, "web", moment).0 {
        0 => Err("none"),
        _ => Ok(()),
    });
}
