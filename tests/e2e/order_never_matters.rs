//! Row 2: the order of lists never matters, `[]` and absent are one, and security groups are told apart: ours, and ECS's.
//!
//! ECS reads back lists in another order at each moment (a quirk of the simulator that is on), and is read in full on every look.

use serde_json::{Value, json};

use crate::vocabulary::fields::shows;
use crate::vocabulary::{Manifest, Service, World};

fn given_a_world_that_reads_in_full() -> World {
    World::with_flags(&["--full-observe-interval=100ms"])
}

/// The security groups that ECS shows.
fn groups(web: &Service<'_>) -> Vec<String> {
    let shown = web.world.describes(&web.service_name);
    let groups = shown["activeConfigurations"][0]["networkConfiguration"]["securityGroups"].clone();
    serde_json::from_value(groups).unwrap()
}

/// Many looks, while ECS shows its lists in one order after the other: nothing is sent.
#[track_caller]
fn nothing_is_sent(web: &Service<'_>, moment: u64) {
    for _ in 0..4 {
        web.world.advance(1);
        web.world.passes(3);
    }
    web.shows("Ready", "True", "Available");
    web.shows("Synced", "True", "InSync");
    assert!(web.world.calls_since(moment).writes().is_empty(), "{:?}", web.world.calls_since(moment).writes());
    assert_eq!(web.in_ecs().unwrap().deployments, 1);
}

/// Lists of three, turned `by` places.
fn lists(by: usize) -> Value {
    let turned = |mut items: Vec<Value>| {
        items.rotate_left(by);
        Value::Array(items)
    };
    let named = |member: &str, value: &dyn Fn(char) -> Value| {
        turned("ABC".chars().map(|name| json!({"name": name.to_string(), member: value(name)})).collect())
    };
    let secrets = turned("XYZ".chars().map(|name| json!({"name": name.to_string(), "valueFrom": "one"})).collect());
    json!({
        "primaryContainer": {"environment": named("value", &|name| json!(format!("value of {name}"))), "secrets": secrets},
        "networkConfiguration": {
            "subnets": turned(vec![json!("subnet-0000000a"), json!("subnet-0000000b"), json!("subnet-0000000c")]),
            "securityGroups": turned(vec![json!("sg-0000000a"), json!("sg-0000000b"), json!("sg-0000000c")]),
        },
        "tags": turned("abc".chars().map(|key| json!({"key": key.to_string(), "value": "1"})).collect()),
    })
}

/// Row 2: shuffled in the YAML and by ECS.
#[test]
fn lists_in_another_order_are_no_change() {
    let world = given_a_world_that_reads_in_full();
    let manifest = Manifest::of("web", "nginx:1").with_spec(&lists(0));
    let web = world.given_a_running_one(&manifest);
    let moment = world.now();

    for by in [1, 2, 0] {
        let before = web.at("/metadata/generation");
        world.apply(&Manifest::of("web", "nginx:1").with_spec(&lists(by)));
        assert_ne!(web.at("/metadata/generation"), before, "for Kubernetes it is another spec");
        nothing_is_sent(&web, moment);
    }
}

/// Row 2: the words of a command are no such list.
#[test]
fn a_command_in_another_order_is_another_command() {
    let world = given_a_world_that_reads_in_full();
    let command = |words: Value| Manifest::of("web", "nginx:1").with("spec.primaryContainer.command", words);
    let web = world.given_a_running_one(&command(json!(["echo", "one", "two"])));
    let moment = world.now();

    world.apply(&command(json!(["echo", "two", "one"])));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    assert_eq!(world.calls_since(moment).writes(), ["UpdateExpressGatewayService"]);
}

/// Row 2: `[]` and absent are one, both ways.
#[test]
fn an_empty_list_and_none_are_the_same() {
    let world = given_a_world_that_reads_in_full();
    let empty = json!({
        "primaryContainer": {"environment": [], "secrets": [], "command": []},
        "networkConfiguration": {"subnets": [], "securityGroups": []},
        "tags": [],
    });
    let web = world.given_a_running("nginx:1");
    let moment = world.now();

    for manifest in [Manifest::of("web", "nginx:1").with_spec(&empty), Manifest::of("web", "nginx:1")] {
        world.apply(&manifest);
        nothing_is_sent(&web, moment);
    }
    assert!(!web.message("Ready").contains("cannot clear"), "{}", web.message("Ready"));
}

/// Row 2: the group that ECS makes is not ours to remove, and one of ours that left the YAML goes.
#[test]
fn the_managed_security_group_stays_and_ours_goes() {
    let world = given_a_world_that_reads_in_full();
    let ours = |groups: Value| Manifest::of("web", "nginx:1").with("spec.networkConfiguration.securityGroups", groups);
    let web = world.given_a_running_one(&ours(json!(["sg-0000000a"])));
    let managed: Vec<String> = groups(&web).into_iter().filter(|group| group != "sg-0000000a").collect();
    assert_eq!(managed.len(), 1, "with one group sent, ECS shows one of its own: {:?}", groups(&web));
    let moment = world.now();
    nothing_is_sent(&web, moment);

    world.apply(&ours(json!(["sg-0000000b", "sg-0000000a"])));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.apply(&ours(json!(["sg-0000000b"])));
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert!(!groups(&web).contains(&"sg-0000000a".to_owned()), "{:?}", groups(&web));
    assert!(
        groups(&web).contains(&"sg-0000000b".to_owned()) && groups(&web).contains(&managed[0]),
        "{:?}",
        groups(&web)
    );
    let calls = world.calls_since(moment);
    assert_eq!(calls.updates(), 2);
    let sent = &calls.of("UpdateExpressGatewayService")[1].request["networkConfiguration"];
    assert!(shows(sent, &json!({"securityGroups": ["sg-0000000b"]}), ""), "{sent}");
    assert!(!sent.to_string().contains(&managed[0]), "the managed group is never sent: {sent}");
}
