//! ECS accepts an update and shows other values than it was given: one more try, and then a word instead of canaries.

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::json;

use crate::vocabulary::{Service, World, given_a_world};

/// From now on ECS shows `/ping` wherever it was given `/healthz`.
fn ecs_shows_another_path(world: &World) {
    let rewrite = FaultKind::Rewrite { find: "/healthz".to_owned(), replace: "/ping".to_owned() };
    world.simulator.add_fault(FaultRequest::from(rewrite).on(Operation::DescribeExpressGatewayService));
}

/// The path was sent twice, and ECS still shows another one.
#[track_caller]
fn does_not_converge(web: &Service<'_>) -> String {
    web.patch(&json!({"spec": {"healthCheckPath": "/healthz"}}));
    web.has_deployments(2);
    web.rollout_ends();
    web.has_deployments(3);
    web.rollout_ends();
    let message = web.shows("Ready", "False", "NotConverging");
    web.shows("Stalled", "True", "NotConverging");
    message
}

/// Row 6: one retry at most, then it is said which path will not converge, and no canary follows, nor after a restart.
#[test]
fn an_update_that_does_not_read_back_is_retried_once_and_then_said() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    ecs_shows_another_path(&world);

    let message = does_not_converge(&web);
    assert!(message.contains("spec.healthCheckPath"), "{message}");
    assert_eq!(web.says("Synced"), "False OutOfSync");
    assert_eq!(web.says("Reconciling"), "");
    assert_eq!(web.column("STATUS"), "NotConverging");
    web.told_once("NotConverging");

    world.passes(10);
    world.kill_the_controller();
    world.start_the_controller();
    world.passes(10);
    assert_eq!(world.calls().updates(), 2);
    web.told_once("NotConverging");
    assert_eq!(web.says("Stalled"), "True NotConverging");
}

/// Row 6: an edit starts anew.
#[test]
fn an_edit_ends_what_did_not_converge() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    ecs_shows_another_path(&world);
    does_not_converge(&web);

    web.patch(&json!({"spec": {"healthCheckPath": "/ready"}}));
    web.has_deployments(4);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    web.no_longer_shows("Stalled");
    world.passes(5);
    assert_eq!(world.calls().updates(), 3);
}

/// Row 6: when ECS shows the value after all, nothing more is sent.
#[test]
fn a_value_that_reads_back_late_settles_without_a_write() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    ecs_shows_another_path(&world);
    does_not_converge(&web);

    world.simulator.clear_faults();
    web.shows("Ready", "True", "Available");
    web.no_longer_shows("Stalled");
    world.passes(5);
    assert_eq!(world.calls().updates(), 2);
}
