//! Specs that no rule of the CRD can see through.

use serde_json::json;

use crate::vocabulary::{Manifest, Service, given_a_world};

/// Refused with these words, and nothing is sent.
fn is_invalid(web: &Service<'_>, words: &[&str]) {
    let message = web.shows("Ready", "False", "InvalidSpec");
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
    web.shows("Stalled", "True", "InvalidSpec");
    assert_eq!(web.says("Reconciling"), "");
    web.told_once("InvalidSpec");
    web.world.passes(3);
    assert!(web.world.calls().writes().is_empty());
}

#[test]
fn a_cluster_of_another_region_is_refused() {
    let world = given_a_world();
    let arn = "arn:aws:ecs:us-east-1:111122223333:cluster/default";
    let web = world.apply(&Manifest::of("web", "nginx:1").with("spec.cluster", arn));
    is_invalid(&web, &["spec.cluster", "us-east-1", "eu-central-1"]);
}

#[test]
fn roles_of_two_accounts_are_refused_until_they_are_of_one() {
    let world = given_a_world();
    let web = world.apply(
        &Manifest::of("web", "nginx:1").with("spec.executionRoleArn", "arn:aws:iam::999999999999:role/execution"),
    );
    is_invalid(&web, &["spec.executionRoleArn", "999999999999", "111122223333"]);

    web.patch(&json!({"spec": {"executionRoleArn": "arn:aws:iam::111122223333:role/execution"}}));
    web.shows("Ready", "False", "Creating");
    assert_eq!(web.says("Stalled"), "");
}

#[test]
fn an_edit_that_is_invalid_leaves_what_serves_alone() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let (moment, serves) = (world.now(), web.text("/status/servingRevision"));

    web.patch(&json!({"spec": {"taskRoleArn": "arn:aws:iam::999999999999:role/task"}}));
    web.shows("Ready", "False", "InvalidSpec");
    world.passes(3);
    assert!(world.calls_since(moment).writes().is_empty());
    assert_eq!(web.text("/status/servingRevision"), serves);

    web.patch(&json!({"spec": {"taskRoleArn": null}}));
    web.shows("Ready", "True", "Available");
    assert!(world.calls_since(moment).writes().is_empty());
}

/// ECS refuses what the CRD and our own checks let through.
#[test]
fn what_only_ecs_refuses_is_said_in_its_words_and_not_hammered() {
    let world = given_a_world();
    world.simulator.set_switch("min_task_count_zero_allowed", "false").unwrap();
    let web = world.apply(&Manifest::of("web", "nginx:1").with("spec.scalingTarget", json!({"minTaskCount": 0})));

    let message = web.shows("Ready", "False", "InvalidSpec");
    assert!(message.contains("CreateExpressGatewayService"), "{message}");
    assert!(message.contains("minTaskCount"), "{message}");
    web.shows("Stalled", "True", "InvalidSpec");

    web.patch(&json!({"spec": {"scalingTarget": {"minTaskCount": 1}}}));
    web.has_deployments(1);
    web.shows("Ready", "False", "Creating");
}
