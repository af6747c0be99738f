//! A newer edit wins, and what it overtakes has not failed.

use crate::vocabulary::{Service, World, given_a_world};

/// `nginx:2` is being rolled out over `nginx:1`, and ECS is at `stage`.
fn given_a_rollout_at<'w>(world: &'w World, stage: Option<&str>) -> Service<'w> {
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2");
    web.has_deployments(2);
    if let Some(stage) = stage {
        web.reaches(stage);
    }
    web
}

/// `nginx:3` is what serves in the end, by one more update, and nothing has failed.
fn wins(world: &World, web: &Service<'_>) {
    web.has_deployments(3);
    web.shows("Ready", "False", "RollingOut");
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(world.calls().updates(), 2);
    assert_eq!(web.column("IMAGE"), "nginx:3");
    let events = web.events();
    for failed in ["RolledBack", "RolloutFailed"] {
        assert!(!events.iter().any(|event| event == failed), "{events:?}");
    }
}

#[test]
fn an_edit_before_the_deployment_starts_wins() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, None);
    web.set_image("nginx:3");
    // For its first moment, a deployment cannot be described, and might be anybody's.
    world.advance(2);
    assert_eq!(web.deployment().status, "PENDING");
    wins(&world, &web);
}

#[test]
fn an_edit_while_tasks_start_wins() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, Some("SCALE_UP"));
    web.set_image("nginx:3");
    wins(&world, &web);
}

#[test]
fn an_edit_during_the_canary_wins() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, Some("PRODUCTION_TRAFFIC_SHIFT"));
    web.set_image("nginx:3");
    wins(&world, &web);
}

#[test]
fn an_edit_during_the_bake_wins() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, Some("BAKE_TIME"));
    web.set_image("nginx:3");
    wins(&world, &web);
}

#[test]
fn an_edit_while_the_controller_is_down_wins() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, Some("SCALE_UP"));
    world.kill_the_controller();
    web.set_image("nginx:3");
    world.start_the_controller();
    wins(&world, &web);
}

#[test]
fn an_overtaken_deployment_that_ends_in_other_words_has_not_failed_either() {
    for word in ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"] {
        let world = given_a_world();
        world.simulator.set_switch("superseded_deployment_status", word).unwrap();
        let web = given_a_rollout_at(&world, Some("SCALE_UP"));
        web.set_image("nginx:3");
        wins(&world, &web);
    }
}

#[test]
fn going_back_during_the_canary_is_one_more_update() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, Some("PRODUCTION_TRAFFIC_SHIFT"));

    web.set_image("nginx:1");
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(world.calls().updates(), 2);
    assert_eq!(web.column("IMAGE"), "nginx:1");
}

#[test]
fn an_edit_while_ecs_goes_back_is_rolled_out_after_it() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2-5xx");
    web.has_deployments(2);
    web.reaches("PRODUCTION_TRAFFIC_SHIFT");
    while web.deployment().status == "IN_PROGRESS" {
        web.next_stage();
    }
    assert_eq!(web.deployment().status, "ROLLBACK_REQUESTED");

    web.set_image("nginx:3");
    world.passes(5);
    world.advance(300);
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(world.calls().updates(), 2);
    assert_eq!(web.column("IMAGE"), "nginx:3");
}
