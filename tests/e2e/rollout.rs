//! An edit becomes one canary, followed to its end.

use serde_json::json;

use crate::vocabulary::{InFlight, Manifest, given_a_world};

/// Row 7: an image bump is one update one canary and then all traffic.
#[test]
fn an_image_bump_is_one_update_one_canary_and_then_all_traffic() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let before = (web.text("/status/servingRevision"), web.text("/status/url"));
    let moment = world.now();

    web.set_image("nginx:2");
    web.shows("Ready", "False", "RollingOut");
    web.has_deployments(2);
    let mut stages = Vec::new();
    world.advance(2);
    web.shows_what_ecs_does();
    while web.deployment().is_in_flight() {
        let stage = format!("{} {}", web.says("RolledOut"), web.text("/status/summary/traffic"));
        if stages.last() != Some(&stage) {
            stages.push(stage);
        }
        assert_eq!(web.text("/status/servingRevision") == before.0, web.deployment().traffic < 100);
        assert_eq!(web.says("Ready"), "False RollingOut");
        web.next_stage();
    }
    web.shows("Ready", "True", "Available");

    assert_eq!(
        stages,
        [
            "Unknown Waiting 100→0",
            "Unknown ScalingUp 100→0",
            "Unknown ShiftingTraffic 100→0",
            "Unknown CanaryBaking 95→5",
            "Unknown ShiftingTraffic 0→100",
            "Unknown Baking 0→100",
            "Unknown CleaningUp 0→100",
        ]
    );
    web.told(&[
        "Created",
        "RolloutSucceeded",
        "UpdateSubmitted",
        "CanaryStarted",
        "TrafficShifted",
        "RolloutSucceeded",
    ]);
    assert!(
        web.notes("UpdateSubmitted")[0].contains("spec.primaryContainer.image"),
        "{:?}",
        web.notes("UpdateSubmitted")
    );
    assert_eq!(world.calls_since(moment).writes(), ["UpdateExpressGatewayService"]);
    assert_ne!(web.text("/status/servingRevision"), before.0);
    assert_eq!(web.text("/status/url"), before.1);
    assert_eq!(web.column("IMAGE"), "nginx:2");
}

/// Row 1: many edited fields are one update.
#[test]
fn many_edited_fields_are_one_update() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();

    web.patch(&json!({"spec": {
        "cpu": "512", "memory": "1024", "healthCheckPath": "/healthz",
        "scalingTarget": {"minTaskCount": 2, "maxTaskCount": 4},
        "primaryContainer": {"environment": [{"name": "A", "value": "b"}], "command": ["serve"]},
    }}));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(world.calls_since(moment).writes(), ["UpdateExpressGatewayService"]);
    assert_eq!(web.at("/status/effective/cpu"), "512");
    assert_eq!(web.at("/status/effective/scalingTarget/minTaskCount"), 2);
    assert_eq!(web.column("TASKS"), "2/2");
}

/// Row 1: a field that leaves the YAML goes back to the default of ECS.
#[test]
fn a_field_that_leaves_the_yaml_goes_back_to_the_default_of_ecs() {
    let world = given_a_world();
    let long = Manifest::of("web", "nginx:1")
        .with("spec.healthCheckPath", "/healthz")
        .with("spec.cpu", "512")
        .with("spec.memory", "1024");
    let web = world.given_a_running_one(&long);
    let moment = world.now();

    world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(world.calls_since(moment).writes(), ["UpdateExpressGatewayService"]);
    assert_eq!(web.at("/status/effective/healthCheckPath"), "/");
    assert_eq!(web.at("/status/effective/cpu"), "1024");
    assert_eq!(web.at("/status/effective/memory"), "2048");
}

#[test]
fn labels_and_annotations_of_others_change_nothing() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let (moment, conditions) = (world.now(), web.at("/status/conditions"));

    world.kubectl(&["label", "egs", "web", "team=shop"]).done();
    web.annotate("example.com/note=hello");
    world.passes(5);

    assert!(world.calls_since(moment).writes().is_empty());
    assert_eq!(web.at("/status/conditions"), conditions);
}
