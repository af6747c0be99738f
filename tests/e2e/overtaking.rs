//! A newer edit wins, and what it overtakes has not failed.

use express_simulator::server::{FaultKind, FaultRequest};

use crate::vocabulary::{STAGES, Service, World, eventually, given_a_world};

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

/// What the metrics count of rollouts that ended so.
fn rollouts(world: &World, outcome: &str) -> u64 {
    let outcome = format!("outcome=\"{outcome}\"");
    world.controller(|controller| controller.counter("expressway_rollout_duration_seconds_count", &[&outcome]))
}

/// Row 5: an edit in every stage that ECS tells of wins, and what it overtakes counts as superseded, not as failed.
#[test]
fn an_edit_in_every_stage_wins_and_the_overtaken_is_superseded() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let mut edits = 0;
    for (number, stage) in STAGES.into_iter().enumerate() {
        let image = |name: &str| format!("nginx:{name}-{number}");
        web.set_image(&image("overtaken"));
        web.has_deployments(edits + 2);
        web.reaches(stage);
        web.set_image(&image("wins"));
        web.has_deployments(edits + 3);
        edits += 2;
        web.shows("Ready", "False", "RollingOut");
        web.rollout_ends();
        web.shows("Ready", "True", "Available");
        assert_eq!(web.column("IMAGE"), image("wins"), "{stage}");
        assert_eq!(world.calls().updates(), edits, "{stage}");
        let notes = web.notes("UpdateSubmitted");
        let superseded = notes.iter().filter(|note| note.ends_with("is superseded")).count();
        assert_eq!(superseded, number + 1, "{stage}: {notes:?}");
    }
    world.passes(3);
    assert_eq!(rollouts(&world, "superseded"), STAGES.len() as u64);
    assert_eq!(rollouts(&world, "failed") + rollouts(&world, "rolled_back"), 0);
    assert!(web.notes("RolledBack").is_empty() && web.notes("RolloutFailed").is_empty(), "{:?}", web.events());
}

/// Row 5: an edit that is taken back before it was sent is no write at all.
#[test]
fn an_edit_that_is_taken_back_before_it_was_sent_is_no_write() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();

    world.kill_the_controller();
    web.set_image("nginx:2");
    web.set_image("nginx:1");
    world.start_the_controller();
    web.shows("Ready", "True", "Available");

    world.simulator.add_fault(FaultRequest::from(FaultKind::Throttle));
    web.set_image("nginx:2");
    web.shows("Ready", "Unknown", "ObservationStale");
    web.set_image("nginx:1");
    web.shows("Ready", "Unknown", "ObservationStale");
    world.simulator.clear_faults();
    web.shows("Ready", "True", "Available");

    world.passes(5);
    assert!(world.calls_since(moment).writes().is_empty());
}

/// Row 5: of many edits in a row the last one wins, with one update for each at most.
#[test]
fn of_edits_in_a_row_the_last_one_wins() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    for number in 2..8 {
        web.set_image(&format!("nginx:{number}"));
    }
    eventually("the last edit has arrived", || {
        world.advance(2);
        match web.in_ecs().and_then(|service| service.deployment).and_then(|d| d.image) {
            Some(image) if image == "nginx:7" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(web.column("IMAGE"), "nginx:7");
    assert!(world.calls().updates() <= 6, "{}", world.calls().updates());
}

/// Row 5: an edit that comes before the deployment has started.
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

/// Row 5: an edit while tasks start.
#[test]
fn an_edit_while_tasks_start_wins() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, Some("SCALE_UP"));
    web.set_image("nginx:3");
    wins(&world, &web);
}

/// Row 5: an edit during the canary.
#[test]
fn an_edit_during_the_canary_wins() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, Some("PRODUCTION_TRAFFIC_SHIFT"));
    web.set_image("nginx:3");
    wins(&world, &web);
}

/// Row 5: an edit during the bake.
#[test]
fn an_edit_during_the_bake_wins() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, Some("BAKE_TIME"));
    web.set_image("nginx:3");
    wins(&world, &web);
}

/// Row 5: an edit while the controller is down.
#[test]
fn an_edit_while_the_controller_is_down_wins() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, Some("SCALE_UP"));
    world.kill_the_controller();
    web.set_image("nginx:3");
    world.start_the_controller();
    wins(&world, &web);
}

/// Row 5: in whatever word ECS ends what was overtaken.
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

/// Row 5: an edit and its revert during a rollout.
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

/// Row 5: an edit while ECS goes back waits until it has.
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
