//! Tags: kept without a rollout, beside those of others.

use std::collections::BTreeMap;

use express_simulator::wire::Operation;
use serde_json::{Value, json};

use crate::vocabulary::{Manifest, Service, World, eventually, given_a_world};

/// What ECS has as tags of `web`, but for the controller's own.
fn tags(world: &World) -> BTreeMap<String, String> {
    let shown = world.describes("web")["tags"].as_array().cloned().unwrap_or_default();
    let text = |tag: &Value, member: &str| tag[member].as_str().unwrap_or_default().to_owned();
    let all = shown.iter().map(|tag| (text(tag, "key"), text(tag, "value")));
    all.filter(|(key, _)| !key.starts_with("expressway.dev/")).collect()
}

/// Writes the tags into the YAML, and waits until ECS has these.
#[track_caller]
fn become_in_ecs(web: &Service<'_>, yaml: &[(&str, &str)], ecs: &[(&str, &str)]) {
    let list: Vec<Value> = yaml.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    web.patch(&json!({"spec": {"tags": list}}));
    let wanted: BTreeMap<String, String> = ecs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    eventually(format_args!("the tags {wanted:?}"), || {
        let seen = tags(web.world);
        if seen == wanted { Ok(()) } else { Err(format!("{seen:?}")) }
    });
    web.shows("Ready", "True", "Available");
    web.shows("Synced", "True", "InSync");
}

fn tagged(keys: impl Iterator<Item = usize>) -> Value {
    keys.map(|number| json!({"key": format!("tag-{number}"), "value": "x"})).collect()
}

/// Row 4: a tag that is added, changed or removed is a tag write, and no rollout.
#[test]
fn tags_come_change_and_go_without_a_rollout() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();

    become_in_ecs(&web, &[("team", "shop"), ("stage", "test")], &[("team", "shop"), ("stage", "test")]);
    become_in_ecs(&web, &[("team", "checkout"), ("stage", "test")], &[("team", "checkout"), ("stage", "test")]);
    become_in_ecs(&web, &[("stage", "test")], &[("stage", "test")]);
    become_in_ecs(&web, &[], &[]);
    world.passes(5);

    let writes = world.calls_since(moment).writes().join(" ");
    assert_eq!(writes, "TagResource TagResource UntagResource UntagResource");
    assert_eq!(web.in_ecs().unwrap().deployments, 1);
}

/// Row 4: other people's tags, and AWS's own, stay as they are.
#[test]
fn tags_of_others_are_left_alone() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let theirs = [("aws:cloudformation:stack-name", "theirs"), ("cost-center", "4711")];
    let arn = web.text("/status/serviceArn");
    assert!(world.simulator.tag_as_aws("web", "cloudformation:stack-name", "theirs"));
    let list = json!([{"key": "cost-center", "value": "4711"}]);
    world.somebody_calls(Operation::TagResource, json!({"resourceArn": arn, "tags": list}));

    let with_ours = [theirs[0], theirs[1], ("team", "shop")];
    become_in_ecs(&web, &[("team", "shop")], &with_ours);
    become_in_ecs(&web, &[], &theirs);
    world.passes(5);
    assert_eq!(tags(&world).len(), 2);
}

/// Row 4: a tag that collides with the controller's, or with AWS's, is refused, with a word on what to do.
#[test]
fn tags_that_are_not_the_users_to_set_are_refused() {
    let world = given_a_world();
    for (key, words) in [
        ("expressway.dev/name", "key must not start with aws: (AWS's own tags) or expressway.dev/"),
        ("AWS:owner", "use another key"),
    ] {
        let manifest = Manifest::of("web", "nginx:1").with("spec.tags", json!([{"key": key, "value": "me"}]));
        let said = world.kubectl_apply(&manifest.yaml());
        assert!(!said.is_ok && said.err.contains(words), "{key}: {said:?}");
    }
    assert!(world.calls().writes().is_empty());
}

/// Row 4: 50 tags are the limit of AWS, and the controller's six are among them.
#[test]
fn as_many_tags_as_fit_beside_ours_and_not_one_more() {
    let world = given_a_world();
    let web = world.given_a_running_one(&Manifest::of("web", "nginx:1").with("spec.tags", tagged(0..44)));
    assert_eq!(tags(&world).len(), 44);

    let more = Manifest::of("web", "nginx:1").with("spec.tags", tagged(0..45));
    let said = world.kubectl_apply(&more.yaml());
    assert!(!said.is_ok && said.err.contains("spec.tags: Too many: 45: must have at most 44 items"), "{said:?}");
    assert_eq!(web.says("Ready"), "True Available");
}

/// Row 4: others may have taken the room; that is said, the service serves on, and the tags come when there is room again.
#[test]
fn tags_for_which_others_left_no_room_are_said() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let arn = web.text("/status/serviceArn");
    world.somebody_calls(Operation::TagResource, json!({"resourceArn": arn, "tags": tagged(0..44)}));

    web.patch(&json!({"spec": {"tags": [{"key": "team", "value": "a"}, {"key": "stage", "value": "b"}]}}));
    let message = web.shows("Reconciling", "True", "ProgressingWithRetry");
    assert!(message.contains("tag"), "{message}");
    assert_eq!(web.in_ecs().unwrap().deployments, 1);

    let keys: Vec<String> = (0..10).map(|number| format!("tag-{number}")).collect();
    world.somebody_calls(Operation::UntagResource, json!({"resourceArn": arn, "tagKeys": keys}));
    web.shows("Synced", "True", "InSync");
    eventually("the tag is there", || if tags(&world).contains_key("team") { Ok(()) } else { Err("not yet") });
}
