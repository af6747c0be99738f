//! A service that is as its YAML says is left alone: nothing is written, and little is read.

use express_simulator::wire::Operation;
use serde_json::json;

use crate::vocabulary::control_plane::repository;
use crate::vocabulary::traffic::writes_to_the_api_server;
use crate::vocabulary::{Manifest, Service, World, eventually, given_a_world};

const KUBERNETES_WRITES: &str = "expressway_kubernetes_writes_total";

/// Ten more looks, and no write by anybody's account.
fn is_left_alone(service: &Service<'_>) {
    let world = service.world;
    // Whatever the last change still asks for.
    world.passes(2);
    let version = service.text("/metadata/resourceVersion");
    let wrote = || world.controller(|controller| controller.counter(KUBERNETES_WRITES, &[]));
    let reconciles = || world.controller(|controller| controller.counter("expressway_reconciles_total", &[]));
    let (written, moment, from) = (wrote(), world.now(), reconciles());
    assert!(written > 0, "the counter counts");

    world.passes(10);

    let calls = world.calls_since(moment);
    assert!(calls.writes().is_empty(), "{:?}", calls.writes());
    // One may be under way at either end.
    let passes = reconciles() - from + 1;
    assert!(calls.len() as u64 <= passes, "{} calls in {passes} passes", calls.len());
    assert_eq!(wrote(), written);
    assert_eq!(service.text("/metadata/resourceVersion"), version);
}

#[test]
fn ten_idle_passes_write_nothing_as_the_api_server_counts() {
    let world = World::alone();
    let nothing = writes_to_the_api_server();
    let web = world.given_a_running("nginx:1");
    // The managed resources are read some looks after the first rollout.
    world.passes(6);
    let written = writes_to_the_api_server();
    assert!(written > nothing, "the counter counts");

    is_left_alone(&web);

    assert_eq!(writes_to_the_api_server(), written);
}

#[test]
fn an_object_with_every_field_is_left_alone_also_after_an_update() {
    let world = given_a_world();
    let sample = std::fs::read_to_string(repository().join("deploy/samples/every-field.yaml")).unwrap();
    world.kubectl_apply(&sample.replace("namespace: default", &format!("namespace: {}", world.namespace))).done();
    let shop = world.service("shop", "shop-frontend");
    shop.has_deployments(1);
    shop.rollout_ends();
    shop.shows("Ready", "True", "Available");
    is_left_alone(&shop);

    shop.set_image("shop:2.4.2");
    shop.has_deployments(2);
    shop.rollout_ends();
    shop.shows("Ready", "True", "Available");
    is_left_alone(&shop);
}

#[test]
fn an_object_with_a_task_definition_of_its_own_is_left_alone() {
    let world = given_a_world();
    let definition = json!({
        "family": "shop-admin", "cpu": "512", "memory": "1024", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
        "containerDefinitions": [{"name": "Main", "image": "admin:1", "essential": true,
            "portMappings": [{"containerPort": 8080, "protocol": "tcp", "name": "http"}]}],
    });
    let registered = world.somebody_calls(Operation::RegisterTaskDefinition, definition);
    let arn = registered["taskDefinition"]["taskDefinitionArn"].as_str().unwrap();
    let manifest = Manifest::of("admin", "").with(
        "spec",
        json!({
            "infrastructureRoleArn": "arn:aws:iam::111122223333:role/infrastructure",
            "taskDefinitionArn": arn,
        }),
    );
    let admin = world.given_a_running_one(&manifest);

    assert_eq!(admin.at("/status/effective/taskDefinitionArn"), arn);
    is_left_alone(&admin);
}

/// Looks that are due at the same moment share their calls. A busy machine tears some apart, but not those of every round.
#[test]
fn ten_services_share_their_looks() {
    let world = World::with_flags(&["--batch-window=50ms"]);
    let services: Vec<Service<'_>> =
        (0..10).map(|number| world.apply(&Manifest::of(&format!("web-{number}"), "nginx:1"))).collect();
    services.iter().for_each(|service| service.has_deployments(1));
    services[0].rollout_ends();
    services.iter().for_each(|service| drop(service.shows("Ready", "True", "Available")));
    world.passes(20);
    let round = || {
        let moment = world.now();
        world.passes(100);
        let calls = world.calls_since(moment);
        assert!(calls.writes().is_empty(), "{:?}", calls.writes());
        calls.len()
    };

    eventually("100 looks make no more than 50 calls", || match round() {
        0..=50 => Ok(()),
        more => Err(more),
    });
}

/// A change that waits for somebody, or that failed, is looked at as cheaply as what is settled.
#[test]
fn what_is_held_back_is_left_alone_too() {
    let world = given_a_world();
    let bad = world.given_a_running("nginx:1");
    bad.crashes_after(1);
    is_left_alone(&bad);

    bad.patch(&json!({"spec": {"management": {"suspend": true}, "healthCheckPath": "/a"}}));
    bad.shows("Ready", "False", "Suspended");
    is_left_alone(&bad);
    bad.patch(&json!({"spec": {"management": {"suspend": null, "approval": "Required"}}}));
    bad.shows("Ready", "False", "AwaitingApproval");
    is_left_alone(&bad);
    bad.patch(&json!({"spec": {"management": {"approval": null, "mode": "Observe"}}}));
    bad.shows("Ready", "False", "ObserveOnly");
    is_left_alone(&bad);
}
