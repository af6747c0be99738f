//! `kill -9` at the worst moments: the next start goes on where the last one was.

use std::time::Duration;

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;

use crate::vocabulary::{Manifest, Service, World, given_a_world};

/// Longer than a kill takes: the call has had its effect, and its answer never arrives.
fn answered_too_late(operation: Operation) -> FaultRequest {
    let late = Duration::from_secs(20).as_millis().try_into().unwrap();
    FaultRequest::from(FaultKind::Latency { milliseconds: late }).on(operation).times(1)
}

/// The update to an image has had its effect, and the controller is killed before it is answered.
fn given_a_crash_before_the_answer<'w>(world: &'w World, image: &str) -> Service<'w> {
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(answered_too_late(Operation::UpdateExpressGatewayService));
    web.set_image(image);
    web.has_deployments(2);
    world.kill_the_controller();
    web
}

#[test]
fn a_crash_between_the_create_and_its_answer_makes_no_second_service() {
    let world = given_a_world();
    world.simulator.add_fault(answered_too_late(Operation::CreateExpressGatewayService));
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    assert_eq!(web.text("/status/serviceArn"), "", "the answer has not arrived");

    world.kill_the_controller();
    world.start_the_controller();
    world.passes(5);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    assert_eq!(world.calls().creates(), 1);
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}

#[test]
fn a_crash_between_the_update_and_its_answer_starts_no_second_canary() {
    let world = given_a_world();
    let web = given_a_crash_before_the_answer(&world, "nginx:2");
    world.start_the_controller();
    world.passes(5);
    world.advance(2);
    world.passes(5);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(world.calls().updates(), 1);
}

/// Row 9: a crash between a bad update and its answer is rolled back once.
#[test]
fn a_crash_between_a_bad_update_and_its_answer_is_rolled_back_once() {
    let world = given_a_world();
    let web = given_a_crash_before_the_answer(&world, "nginx:2-crash");
    world.start_the_controller();
    world.passes(5);
    web.reaches("SCALE_UP");
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    world.passes(5);

    assert_eq!(world.calls().updates(), 1);
}

/// Row 9: a bad rollout that comes and goes while no controller runs is not started again.
#[test]
fn a_bad_rollout_that_comes_and_goes_while_no_controller_runs_is_not_started_again() {
    let world = given_a_world();
    let web = given_a_crash_before_the_answer(&world, "nginx:2-crash");
    web.rollout_ends();
    world.start_the_controller();
    web.shows("Ready", "False", "RolledBack");
    world.passes(5);

    assert_eq!(world.calls().updates(), 1);
}

#[test]
fn a_crash_between_the_delete_and_its_answer_deletes_once() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(answered_too_late(Operation::DeleteExpressGatewayService));
    web.delete().done();
    web.drains();

    world.kill_the_controller();
    world.start_the_controller();
    world.passes(3);
    world.advance(400);
    web.is_gone();

    assert_eq!(world.calls().of("DeleteExpressGatewayService").len(), 1);
}

#[test]
fn a_rollout_that_ends_while_no_controller_runs_is_told_by_the_next() {
    for (image, status, reason) in [("nginx:2", "True", "Available"), ("nginx:2-5xx", "False", "RolledBack")] {
        let world = given_a_world();
        let web = world.given_a_running("nginx:1");
        web.set_image(image);
        web.has_deployments(2);
        web.reaches("SCALE_UP");

        world.kill_the_controller();
        web.rollout_ends();
        world.start_the_controller();
        web.shows("Ready", status, reason);
        world.passes(5);

        assert_eq!(world.calls().updates(), 1);
    }
}

#[test]
fn a_crash_at_each_stage_changes_nothing() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2");
    web.has_deployments(2);
    for stage in ["PRE_SCALE_UP", "SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"] {
        web.reaches(stage);
        world.kill_the_controller();
        world.start_the_controller();
        web.shows_what_ecs_does();
        assert_eq!(web.says("Ready"), "False RollingOut");
    }
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService", "UpdateExpressGatewayService"]);
}
