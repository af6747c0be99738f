//! Row 3: from `primaryContainer` to `taskDefinitionArn` and back, and what ECS keeps.

use express_simulator::wire::Operation;
use serde_json::{Value, json};

use crate::vocabulary::manifest::ACCOUNT;
use crate::vocabulary::{Manifest, Service, World, given_a_world};

/// Somebody registers the task definition `shop`, with a sidecar, and gives its ARN.
fn registered(world: &World, image: &str) -> String {
    let definition = json!({
        "family": "shop", "cpu": "512", "memory": "1024", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/execution"),
        "taskRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/shop"),
        "containerDefinitions": [
            {"name": "Main", "image": image, "essential": true,
             "portMappings": [{"containerPort": 8080, "protocol": "tcp", "name": "http"}]},
            {"name": "proxy", "image": "envoy:1", "essential": false},
        ],
    });
    let registered = world.somebody_calls(Operation::RegisterTaskDefinition, definition);
    registered["taskDefinition"]["taskDefinitionArn"].as_str().unwrap().to_owned()
}

/// The YAML with a task definition instead of a container.
fn with_definition(arn: &str) -> Manifest {
    Manifest::of("web", "").with(
        "spec",
        json!({"infrastructureRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/infrastructure"), "taskDefinitionArn": arn}),
    )
}

/// The edit is one update and one canary, and nothing after it.
#[track_caller]
fn is_one_update<'w>(world: &'w World, manifest: &Manifest, deployments: usize) -> Service<'w> {
    let moment = world.now();
    let web = world.apply(manifest);
    web.has_deployments(deployments);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(6);
    assert_eq!(world.calls_since(moment).writes(), ["UpdateExpressGatewayService"]);
    assert_eq!(web.says("Synced"), "True InSync");
    web
}

/// The names of the containers that run.
fn containers(web: &Service<'_>) -> Vec<String> {
    let arn = web.world.describes("web")["activeConfigurations"][0]["taskDefinitionArn"].clone();
    let answer = web.world.somebody_calls(Operation::DescribeTaskDefinition, json!({"taskDefinition": arn}));
    let containers = answer["taskDefinition"]["containerDefinitions"].as_array().unwrap().clone();
    containers.iter().map(|container| container["name"].as_str().unwrap().to_owned()).collect()
}

/// Row 3: there and back. The sidecar and the task role stay, and `kubectl` says so.
#[test]
fn from_a_container_to_a_task_definition_and_back() {
    let world = World::with_flags(&["--full-observe-interval=100ms"]);
    let container = Manifest::of("web", "nginx:1");
    let long = container.clone().with("spec.taskRoleArn", format!("arn:aws:iam::{ACCOUNT}:role/web"));
    let long = long.with("spec.cpu", "256").with("spec.memory", "512").with("spec.healthCheckPath", "/healthz");
    let web = world.given_a_running_one(&long);

    let definition = registered(&world, "shop:1");
    is_one_update(&world, &with_definition(&definition), 2);
    assert_eq!(web.at("/status/effective/taskDefinitionArn"), definition);
    assert_eq!(web.at("/status/effective/cpu"), "512");
    assert_eq!(web.at("/status/effective/healthCheckPath"), "/", "it has left the YAML, too");
    assert_eq!(containers(&web), ["Main", "proxy"]);
    let message = web.message("Ready");
    assert!(!message.contains("cannot clear") && !message.contains("has kept"), "all of it came along: {message}");

    let newer = registered(&world, "shop:2");
    is_one_update(&world, &with_definition(&newer), 3);
    assert_eq!(web.at("/status/effective/taskDefinitionArn"), newer);

    is_one_update(&world, &container, 4);
    assert_eq!(web.column("IMAGE"), "nginx:1");
    assert_eq!(containers(&web), ["Main", "proxy"], "ECS keeps the sidecar");
    let live = &world.describes("web")["activeConfigurations"][0];
    assert_eq!(live["taskRoleArn"], format!("arn:aws:iam::{ACCOUNT}:role/shop"), "and the task role");
    assert_eq!((&live["cpu"], &live["primaryContainer"]["containerPort"]), (&json!("512"), &json!(8080)));
    let kept = "ECS has kept what the earlier task definition says and this spec does not, such as sidecars";
    let message = web.message("Ready");
    assert!(message.contains(kept) && message.contains("new URL"), "{message}");

    // What the spec says itself is as it says, and the rest is still told of.
    is_one_update(&world, &container.with("spec.cpu", "256").with("spec.memory", "512"), 5);
    assert_eq!(web.at("/status/effective/cpu"), "256");
    assert!(web.message("Ready").contains(kept), "{}", web.message("Ready"));
}

/// Row 3: both at once are refused, with what to do.
#[test]
fn a_container_and_a_task_definition_are_refused_together() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let definition = registered(&world, "shop:1");
    let both = Manifest::of("web", "nginx:1").with("spec.taskDefinitionArn", definition);

    let said = world.kubectl_apply(&both.yaml()).refused();

    assert!(said.contains("primaryContainer cannot be set together with taskDefinitionArn"), "{said}");
    assert_eq!(web.at("/spec/taskDefinitionArn"), Value::Null);
}

/// Row 3: a task definition that does not work is rolled back like an image, and the way back is no rollout.
#[test]
fn a_task_definition_that_fails_is_rolled_back_to_the_container() {
    let world = given_a_world();
    let container = Manifest::of("web", "nginx:1");
    let web = world.given_a_running_one(&container);
    let definition = registered(&world, "shop:1-crash");
    world.apply(&with_definition(&definition));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    let moment = world.now();

    world.apply(&container);
    let message = web.shows("Ready", "True", "Available");
    world.passes(5);

    let writes = world.calls_since(moment).writes().into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert!(!writes.iter().any(|write| write.starts_with("Update")), "{writes:?}");
    assert!(!message.contains("has kept"), "the task definition never served: {message}");
    assert_eq!(containers(&web), ["Main"]);
}
