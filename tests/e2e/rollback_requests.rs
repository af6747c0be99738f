//! Row 10: the annotation `expressway.dev/rollback-requested-at` stops what is in flight; where there is nothing to stop, it
//! is answered.

use serde_json::{Value, json};

use crate::vocabulary::{Manifest, Service, World, eventually, given_a_world};

pub const STOP: &str = "StopServiceDeployment";

/// `nginx:2` is being rolled out over `nginx:1`, and ECS is at `stage`.
pub fn given_a_rollout_at<'w>(world: &'w World, stage: &str) -> Service<'w> {
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.reaches(stage);
    web
}

pub fn ask(web: &Service<'_>, token: &str) {
    web.annotate(&format!("expressway.dev/rollback-requested-at={token}"));
}

/// Waits until the request is answered. Gives the answer.
pub fn is_answered(web: &Service<'_>, token: &str) -> String {
    web.has("/status/lastHandledRollbackAt", token);
    web.text("/status/rollback/answer")
}

pub fn stops(world: &World) -> usize {
    world.calls().of(STOP).len()
}

/// Waits until ECS goes back or has gone back.
pub fn goes_back(web: &Service<'_>) {
    eventually("ECS goes back", || {
        let status = web.deployment().status;
        if status.starts_with("ROLLBACK_") { Ok(()) } else { Err(status) }
    });
}

/// Row 10: in whatever stage, one stop with a rollback; it is said while ECS goes back and afterwards, and the spec is held.
#[test]
fn a_rollout_is_stopped_in_whatever_stage() {
    for stage in ["PRE_SCALE_UP", "SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"] {
        let world = given_a_world();
        let web = given_a_rollout_at(&world, stage);
        let target = web.text("/status/deployment/targetRevision");
        let deployment = web.deployment().service_deployment_arn;

        ask(&web, "one");
        goes_back(&web);
        let answer = is_answered(&web, "one");
        let id = &target[target.len() - 7..];
        assert_eq!(answer, format!("ECS was told to go back from revision {id}, as the annotation asked"), "{stage}");
        assert_eq!(web.text("/status/rollback/deployment"), deployment);
        let message = web.shows("Ready", "False", "RollingBack");
        assert!(message.contains("as the annotation expressway.dev/rollback-requested-at asked"), "{stage}: {message}");

        web.rollout_ends();
        let message = web.shows("Ready", "False", "RolledBack");
        let why = "image nginx:2 was rolled back: the annotation expressway.dev/rollback-requested-at asked for it. Revision ";
        assert!(message.starts_with(why), "{stage}: {message}");
        assert_eq!(web.says("Stalled"), "True RolledBack");
        assert_eq!(web.column("IMAGE"), "nginx:1");
        world.passes(5);
        assert_eq!((stops(&world), world.calls().updates()), (1, 1), "{stage}");
        let sent = world.calls().of(STOP)[0].request.clone();
        assert_eq!(sent, json!({"serviceDeploymentArn": deployment, "stopType": "ROLLBACK"}));
        web.told_once("RollbackRequestHandled");
        assert_eq!(web.notes("RollbackRequestHandled"), [answer]);
    }
}

/// Row 10: a deployment that ECS cannot describe yet is stopped as soon as it can.
#[test]
fn a_rollout_that_has_just_begun_is_stopped() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2");
    web.has_deployments(2);

    ask(&web, "one");
    world.passes(5);
    assert_eq!(web.text("/status/lastHandledRollbackAt"), "", "there is something to wait for");
    world.advance(2);
    goes_back(&web);
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    assert_eq!((stops(&world), world.calls().updates()), (1, 1));
}

/// Row 10: with nothing in flight, the answer says so, and nothing else changes.
#[test]
fn with_nothing_in_flight_it_is_answered() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let (moment, conditions) = (world.now(), web.at("/status/conditions"));

    for token in ["one", "two"] {
        ask(&web, token);
        let answer = is_answered(&web, token);
        assert!(answer.starts_with("nothing was stopped: no deployment is in flight."), "{answer}");
        web.told_last("RollbackRequestHandled");
    }
    world.passes(5);

    assert_eq!(web.notes("RollbackRequestHandled").len(), 2);
    assert_eq!(web.at("/status/conditions"), conditions);
    assert!(world.calls_since(moment).writes().is_empty());
}

/// Row 10: a request is acted on once: not after a restart, not for the next rollout; an edit starts anew.
#[test]
fn a_request_stops_one_rollout_and_an_edit_starts_anew() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    ask(&web, "one");
    goes_back(&web);
    is_answered(&web, "one");
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");

    world.kill_the_controller();
    world.start_the_controller();
    world.passes(3);
    web.set_image("nginx:3");
    web.has_deployments(3);
    web.reaches("SCALE_UP");
    world.passes(5);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    assert_eq!((stops(&world), world.calls().updates()), (1, 2));
    assert_eq!(web.column("IMAGE"), "nginx:3");
}

/// Row 10: what was stopped is tried again when a retry is asked for.
#[test]
fn a_retry_rolls_it_out_after_all() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    ask(&web, "one");
    goes_back(&web);
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");

    web.annotate("expressway.dev/retry-requested-at=now");
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!((stops(&world), web.column("IMAGE").as_str()), (1, "nginx:2"));
}

/// Row 10: an annotation that the object was created with asks for nothing.
#[test]
fn an_annotation_from_the_start_asks_for_nothing() {
    let world = given_a_world();
    let token = json!({"expressway.dev/rollback-requested-at": "from git"});
    let web = world.given_a_running_one(&Manifest::of("web", "nginx:1").with("metadata.annotations", token));
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!((stops(&world), web.text("/status/rollback/answer")), (0, String::new()));
}

/// Row 10: a first rollout has nothing to go back to; that is the answer, and it goes on.
#[test]
fn a_first_rollout_goes_on() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    web.reaches("SCALE_UP");

    ask(&web, "one");
    let answer = is_answered(&web, "one");
    assert!(answer.starts_with("nothing was stopped: there is no revision to go back to"), "{answer}");
    web.told_last("RollbackRequestHandled");
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(stops(&world), 0);
}

/// Row 10: what goes back already is not stopped again.
#[test]
fn what_goes_back_already_is_let_be() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2-5xx");
    web.has_deployments(2);
    web.reaches("PRODUCTION_TRAFFIC_SHIFT");
    web.next_stage();

    ask(&web, "one");
    assert_eq!(is_answered(&web, "one"), "ECS is on its way back already");
    web.rollout_ends();
    let message = web.shows("Ready", "False", "RolledBack");
    assert!(message.contains("alarm in ALARM") && !message.contains("asked for it"), "{message}");
    assert_eq!(stops(&world), 0);
}

/// Row 10: a newer edit that was not sent yet is rolled out after the way back.
#[test]
fn an_edit_in_the_same_moment_is_rolled_out_afterwards() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    web.patch(&json!({
        "metadata": {"annotations": {"expressway.dev/rollback-requested-at": "one"}},
        "spec": {"primaryContainer": {"image": "nginx:3"}},
    }));
    goes_back(&web);
    world.advance(300);
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!((stops(&world), web.column("IMAGE").as_str()), (1, "nginx:3"));
}

/// Row 10: while writes are suspended the stop is shown as a plan, and made when they are resumed.
#[test]
fn a_suspension_holds_it_back() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    web.patch(&json!({"spec": {"management": {"suspend": true}}}));
    web.shows("Suspended", "True", "SuspendedBySpec");

    ask(&web, "one");
    let message = web.shows("Ready", "False", "Suspended");
    assert!(message.contains("Resuming will stop the deployment in flight"), "{message}");
    assert_eq!(web.text("/status/plan/action"), "Stop");
    assert_eq!(web.at("/status/plan/startsRollout"), false);
    world.passes(3);
    assert_eq!(stops(&world), 0);

    web.patch(&json!({"spec": {"management": {"suspend": false}}}));
    goes_back(&web);
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    assert_eq!(web.at("/status/plan"), Value::Null);
}

/// Row 10: what was held back until the rollout had ended is answered, without a write.
#[test]
fn what_was_held_back_too_long_is_answered() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    web.annotate("expressway.dev/suspended=true");
    web.shows("Suspended", "True", "SuspendedByAnnotation");
    ask(&web, "one");
    web.shows("Ready", "False", "Suspended");

    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    is_answered(&web, "one");
    web.annotate("expressway.dev/suspended-");
    world.passes(5);
    assert_eq!(stops(&world), 0);
}

/// Row 10: a request is a person's own will: where changes need approval, it needs none.
#[test]
fn it_needs_no_approval() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    web.patch(&json!({"spec": {"management": {"approval": "Required"}}}));
    world.passes(2);

    ask(&web, "one");
    goes_back(&web);
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    assert_eq!(stops(&world), 1);
}

/// Row 10: in mode `Observe` nothing is stopped.
#[test]
fn an_observer_stops_nothing() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    web.patch(&json!({"spec": {"management": {"mode": "Observe"}}}));
    world.passes(2);

    ask(&web, "one");
    let message = web.shows("Ready", "False", "ObserveOnly");
    assert!(message.contains("Mode Manage would stop the deployment in flight"), "{message}");
    web.rollout_ends();
    is_answered(&web, "one");
    assert_eq!(stops(&world), 0);
}
