//! A rollout that fails is said, remembered, and not repeated until somebody asks for it.

use serde_json::{Value, json};

use crate::vocabulary::{Manifest, Service, World, given_a_world};

/// A service that served `nginx:1` and was rolled back to it after this edit.
fn given_a_rolled_back<'w>(world: &'w World, edit: &Value) -> Service<'w> {
    let web = world.given_a_running("nginx:1");
    web.patch(edit);
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    web
}

fn image(image: &str) -> Value {
    json!({"spec": {"primaryContainer": {"image": image}}})
}

/// The whole truth about a rollback, for a person and for tools.
fn is_told(web: &Service<'_>, words: &[&str]) {
    for kind in ["Ready", "Stalled", "RolledOut"] {
        let message = web.message(kind);
        for word in words {
            assert!(message.contains(word), "{kind} does not say {word:?}: {message}");
        }
    }
    assert_eq!(web.says("Stalled"), "True RolledBack");
    assert_eq!(web.says("RolledOut"), "False RolledBack");
    assert_eq!(web.says("Synced"), "False OutOfSync");
    assert_eq!(web.says("Reconciling"), "");
    let serves = web.text("/status/servingRevision");
    let ready = web.message("Ready");
    assert!(ready.contains(&format!("Revision {} serves", &serves[serves.len() - 7..])), "{serves}: {ready}");
    assert!(ready.contains("expressway.dev/retry-requested-at"), "{ready}");
    web.told_once("RolledBack");
    assert_eq!(web.column("STATUS"), "RolledBack");
    assert_eq!(web.column("IMAGE"), "nginx:1");
}

/// Row 8: an image that cannot be pulled is rolled back and said.
#[test]
fn an_image_that_cannot_be_pulled_is_rolled_back_and_said() {
    let world = given_a_world();
    let web = given_a_rolled_back(&world, &image("nginx:2-cannot-pull"));
    is_told(&web, &["circuit breaker", "CannotPullContainerError"]);
    assert!(web.message("Ready").contains("nginx:2-cannot-pull"), "{}", web.message("Ready"));
}

/// Row 8: an image that crashes is rolled back and said.
#[test]
fn an_image_that_crashes_is_rolled_back_and_said() {
    let world = given_a_world();
    let web = given_a_rolled_back(&world, &image("nginx:2-crash"));
    is_told(&web, &["circuit breaker", "tasks failed", "Essential container in task exited (exit code 1"]);
}

/// Row 8: an image that answers errors is rolled back and the alarm named.
#[test]
fn an_image_that_answers_errors_is_rolled_back_and_the_alarm_named() {
    let world = given_a_world();
    let web = given_a_rolled_back(&world, &image("nginx:2-5xx"));
    is_told(&web, &["alarm", "ALARM"]);
}

/// Row 8: a health path that nothing answers is rolled back and said.
#[test]
fn a_health_path_that_nothing_answers_is_rolled_back_and_said() {
    let world = given_a_world();
    let web = given_a_rolled_back(&world, &json!({"spec": {"healthCheckPath": "/missing"}}));
    is_told(&web, &["circuit breaker", "failed ELB health checks"]);
}

/// Row 8: a rollback is shown while it happens.
#[test]
fn a_rollback_is_shown_while_it_happens() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2-5xx");
    web.has_deployments(2);
    web.reaches("PRODUCTION_TRAFFIC_SHIFT");
    while web.deployment().status == "IN_PROGRESS" {
        web.next_stage();
    }

    assert_eq!(web.deployment().status, "ROLLBACK_REQUESTED");
    web.shows("Ready", "False", "RollingBack");
    assert_eq!(web.says("Reconciling"), "True Progressing");
    assert_eq!(web.says("Stalled"), "");
    web.next_stage();
    web.shows("Ready", "False", "RollingBack");
    web.next_stage();
    web.shows("Ready", "False", "RolledBack");
}

/// Row 9: a failed spec is held over looks a crash and an edit of labels.
#[test]
fn a_failed_spec_is_held_over_looks_a_crash_and_an_edit_of_labels() {
    let world = given_a_world();
    let web = given_a_rolled_back(&world, &image("nginx:2-crash"));

    world.passes(10);
    world.kill_the_controller();
    world.start_the_controller();
    world.passes(5);
    world.kubectl(&["label", "egs", "web", "team=shop"]).done();
    web.annotate("example.com/note=hello");
    world.passes(3);

    assert_eq!(world.calls().updates(), 1);
    is_told(&web, &["circuit breaker"]);
}

/// Row 9: a failed spec is held when the status is lost.
#[test]
fn a_failed_spec_is_held_when_the_status_is_lost() {
    let world = given_a_world();
    let web = given_a_rolled_back(&world, &image("nginx:2-crash"));
    world.passes(2);

    world.kill_the_controller();
    let lost = json!([{"op": "replace", "path": "/status", "value": {"observedGeneration": -1}}]).to_string();
    world.kubectl(&["patch", "egs", "web", "--subresource=status", "--type=json", "--patch", &lost]).done();
    world.start_the_controller();
    web.shows("Ready", "False", "RolledBack");
    world.passes(5);

    assert_eq!(world.calls().updates(), 1);
    assert_eq!(web.says("Stalled"), "True RolledBack");
}

/// Row 9: a fixed image rolls out.
#[test]
fn a_fixed_image_rolls_out() {
    let world = given_a_world();
    let web = given_a_rolled_back(&world, &image("nginx:2-crash"));

    web.set_image("nginx:3");
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(world.calls().updates(), 2);
    assert_eq!(web.says("Stalled"), "");
    assert!(web.at("/status/failedAttempt").is_null(), "{}", web.at("/status/failedAttempt"));
    web.told_last("RolloutSucceeded");
}

/// Row 9: going back to what serves settles without an update.
#[test]
fn going_back_to_what_serves_settles_without_an_update() {
    let world = given_a_world();
    let web = given_a_rolled_back(&world, &image("nginx:2-crash"));

    web.set_image("nginx:1");
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(world.calls().updates(), 1);
    assert_eq!(web.says("Stalled"), "");
}

/// Row 9: a retry sends the same spec once more and only once.
#[test]
fn a_retry_sends_the_same_spec_once_more_and_only_once() {
    let world = given_a_world();
    let web = given_a_rolled_back(&world, &image("nginx:2-crash"));

    web.annotate("expressway.dev/retry-requested-at=first");
    web.has_deployments(3);
    web.shows("Ready", "False", "RollingOut");
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    world.passes(5);
    assert_eq!(world.calls().updates(), 2);

    web.annotate("expressway.dev/retry-requested-at=first");
    world.passes(5);
    assert_eq!(world.calls().updates(), 2);
    assert_eq!(web.text("/status/lastHandledRetryAt"), "first");
}

/// Row 9: a retry after the cause is gone succeeds.
#[test]
fn a_retry_after_the_cause_is_gone_succeeds() {
    let world = given_a_world();
    let web = given_a_rolled_back(&world, &image("nginx:2-crash"));

    world.simulator.set_every_fate(Some("web"), express_simulator::model::Fate::Healthy);
    web.annotate("expressway.dev/retry-requested-at=now");
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(world.calls().updates(), 2);
    assert_eq!(web.column("IMAGE"), "nginx:2-crash");
}

/// Row 11: a first image that fails is said and not sent again.
#[test]
fn a_first_image_that_fails_is_said_and_not_sent_again() {
    for switch in ["STOPPED", "ROLLBACK_FAILED"] {
        let world = given_a_world();
        world.simulator.set_switch("first_deployment_failure", switch).unwrap();
        let web = world.apply(&Manifest::of("web", "nginx:1-crash"));
        web.has_deployments(1);
        web.rollout_ends();
        let reason = if switch == "STOPPED" { "DeploymentFailed" } else { "RollbackFailed" };
        web.shows("Ready", "False", reason);
        web.shows("Stalled", "True", reason);
        world.passes(5);
        assert_eq!((world.calls().creates(), world.calls().updates()), (1, 0));

        web.set_image("nginx:2");
        web.has_deployments(2);
        web.rollout_ends();
        web.shows("Ready", "True", "Available");
    }
}

/// Row 8: a rollback that fails is said.
#[test]
fn a_rollback_that_fails_is_said() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2-rollback-fails");
    web.has_deployments(2);
    web.rollout_ends();

    web.shows("Ready", "False", "RollbackFailed");
    web.shows("Stalled", "True", "RollbackFailed");
    web.told_last("RolloutFailed");
}
