//! Row 18: `spec.management.suspend` and its emergency annotation: writes stop, observation goes on.

use serde_json::json;

use crate::vocabulary::{Service, World, given_a_world};

const SUSPEND: &str = "expressway.dev/suspended=true";
const RESUME: &str = "expressway.dev/suspended-";

fn suspend(web: &Service<'_>, suspended: bool) {
    web.patch(&json!({"spec": {"management": {"suspend": suspended}}}));
}

fn is_without_a_write_since(world: &World, moment: u64) {
    let calls = world.calls_since(moment);
    assert!(calls.writes().is_empty(), "{:?}", calls.writes());
}

fn suspended_objects(world: &World) -> u64 {
    world.controller(|controller| controller.counter("expressway_suspended_objects", &[]))
}

/// Row 18: `Ready` stays what it was, in the very status that shows the new generation; two edits wait; resuming sends one update.
#[test]
fn edits_wait_while_suspended_and_resuming_catches_up_with_one_update() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let since = web.condition("Ready").unwrap()["lastTransitionTime"].clone();
    let moment = world.now();

    suspend(&web, true);
    let message = web.shows("Suspended", "True", "SuspendedBySpec");
    assert!(message.contains("spec.management.suspend stops every write to AWS"), "{message}");
    assert_eq!(web.says("Ready"), "True Available");
    assert_eq!(web.condition("Ready").unwrap()["lastTransitionTime"], since);
    assert_eq!(web.says("Synced"), "True InSync");
    assert_eq!(suspended_objects(&world), 1);

    web.set_image("nginx:2");
    let message = web.shows("Ready", "False", "Suspended");
    assert!(message.contains("update spec.primaryContainer.image, which starts a canary"), "{message}");
    assert_eq!(web.says("Synced"), "False Suspended");
    web.set_image("nginx:3");
    web.has("/status/plan/changes/0/wanted", "nginx:3");
    world.passes(5);
    is_without_a_write_since(&world, moment);

    suspend(&web, false);
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!((web.says("Suspended"), web.at("/status/plan")), (String::new(), json!(null)));
    assert_eq!(web.column("IMAGE"), "nginx:3");
    assert_eq!(world.calls_since(moment).writes(), ["UpdateExpressGatewayService"]);
    assert_eq!(suspended_objects(&world), 0);
}

/// Row 18: the emergency annotation does the same, without a new generation; a rollout in flight is followed to its end.
#[test]
fn a_rollout_in_flight_is_followed_while_suspended_by_annotation() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2");
    web.has_deployments(2);
    let moment = world.now();

    web.annotate(SUSPEND);
    web.shows("Suspended", "True", "SuspendedByAnnotation");
    web.reaches("BAKE_TIME");
    assert_eq!(web.says("Ready"), "False RollingOut");
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(web.says("Suspended"), "True SuspendedByAnnotation");

    web.annotate(RESUME);
    web.no_longer_shows("Suspended");
    world.passes(3);
    is_without_a_write_since(&world, moment);
}

/// Row 18: a deployment that fails is shown as failed; what remembers it in AWS is written on resuming.
#[test]
fn a_rollout_that_fails_while_suspended_is_shown_as_failed() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2-crash");
    web.has_deployments(2);
    let moment = world.now();
    web.annotate(SUSPEND);
    web.shows("Suspended", "True", "SuspendedByAnnotation");

    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    web.shows("Stalled", "True", "RolledBack");
    world.passes(3);
    is_without_a_write_since(&world, moment);

    web.annotate(RESUME);
    world.passes(3);
    assert_eq!(world.calls_since(moment).writes(), ["TagResource"]);
    assert_eq!(web.says("Ready"), "False RolledBack");
}

/// Row 18: somebody's change is seen and not undone; resuming undoes it once.
#[test]
fn drift_is_seen_while_suspended_and_undone_on_resuming() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    suspend(&web, true);
    web.shows("Suspended", "True", "SuspendedBySpec");
    let moment = world.now();

    world.somebody_updates("web", json!({"primaryContainer": {"image": "theirs:1"}}));
    web.has_deployments(2);
    web.rollout_ends();
    let message = web.shows("Ready", "False", "Suspended");
    assert!(message.contains("spec.primaryContainer.image"), "{message}");
    web.has("/status/plan/changes/0/live", "theirs:1");
    is_without_a_write_since(&world, moment);

    suspend(&web, false);
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls_since(moment).updates(), 1);
}

/// Row 18: a deletion waits, and says for what.
#[test]
fn a_deletion_waits_while_suspended() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();
    suspend(&web, true);
    web.delete().done();

    let message = web.shows("Ready", "False", "Deleting");
    assert!(message.contains("suspended by spec.management.suspend. Resuming will delete the service"), "{message}");
    world.passes(5);
    is_without_a_write_since(&world, moment);

    suspend(&web, false);
    web.drains();
    world.advance(400);
    web.is_gone();
}
