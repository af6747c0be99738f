//! Row 16: each field of the spec, changed by somebody else: through UpdateExpressGatewayService, through a task definition and
//! UpdateService, and through TagResource.

use serde_json::{Value, json};

use crate::vocabulary::fields::{Field, every_field, merge, shows};
use crate::vocabulary::{Manifest, Service, World};

fn given_a_busy_world() -> World {
    World::with_flags(&["--observe-interval=1s", "--rollout-interval=500ms", "--concurrency=64"])
}

/// Each field in an object of its own, whose policy is to report.
#[track_caller]
fn all_run<'w>(world: &'w World, fields: &[Field]) -> Vec<Service<'w>> {
    let yaml = |field: &Field| {
        let manifest = Manifest::of(field.name, "nginx:1").with_spec(&field.one);
        manifest.with("spec.management.drift", "Report").yaml()
    };
    world.kubectl_apply(&fields.iter().map(yaml).collect::<Vec<_>>().join("\n---\n")).done();
    let services: Vec<Service<'_>> = fields.iter().map(|field| world.service(field.name, field.name)).collect();
    services.iter().for_each(|service| service.has_deployments(1));
    world.advance(40 * 60);
    services.iter().for_each(|service| drop(service.shows("Ready", "True", "Available")));
    services
}

/// The paths of a field, with both of its values, as a person reads them.
fn expected(one: &Value, two: &Value, path: &str) -> Vec<Value> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if path.ends_with(".command") => {
            format!("{:?}", items.iter().map(|it| it.as_str().unwrap()).collect::<Vec<_>>())
        }
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(","),
        value => value.to_string(),
    };
    let keyed = |value: &Value| {
        value.as_array()?.first()?.as_object().map(|item| {
            (
                item.get("name").or(item.get("key")).unwrap().clone(),
                item.get("value").or(item.get("valueFrom")).unwrap().clone(),
            )
        })
    };
    if let (Some((key, one)), Some((_, two))) = (keyed(one), keyed(two)) {
        let path = format!("{path}[{}]", key.as_str().unwrap());
        let is_secret = path.contains(".environment[");
        let shown = |value: &Value| if is_secret { "<redacted>".to_owned() } else { text(value) };
        return vec![json!({"path": path, "wanted": shown(&one), "live": shown(&two)})];
    }
    match (one, two) {
        (Value::Object(one), Value::Object(two)) => {
            let changed = one.iter().filter(|(member, value)| two.get(*member) != Some(value));
            changed.flat_map(|(member, value)| expected(value, &two[member], &format!("{path}.{member}"))).collect()
        }
        (one, two) => vec![json!({"path": path, "wanted": text(one), "live": text(two)})],
    }
}

/// Somebody's change of each field is shown with both values and not undone; then the policy says otherwise, and each is put
/// back by one write.
#[track_caller]
fn is_shown_and_then_undone(world: &World, fields: &[Field], services: &[Service<'_>], moment: u64) {
    for (service, field) in services.iter().zip(fields) {
        service.shows("Synced", "False", "DriftDetected");
        let changes = service.at("/status/drift/changes");
        for wanted in expected(&field.one, &field.two, "spec") {
            let shown = changes.as_array().unwrap().iter().find(|change| change["path"] == wanted["path"]);
            let shown = shown.unwrap_or_else(|| panic!("{}: no {wanted} in {changes}", field.name));
            assert_eq!(shown["wanted"], wanted["wanted"], "{}", field.name);
            // ECS may show a group of its own.
            let live = shown["live"].as_str().unwrap();
            assert!(
                wanted["live"].as_str().unwrap().split(',').all(|part| live.contains(part)),
                "{}: {shown}",
                field.name
            );
        }
        let ready = if field.name == "tags" { "True Available" } else { "False DriftDetected" };
        assert_eq!(service.says("Ready"), ready, "{}", field.name);
        service.told_once("DriftDetected");
    }
    assert!(world.calls_since(moment).writes().is_empty(), "{:?}", world.calls_since(moment).writes());

    for service in services {
        service.patch(&json!({"spec": {"management": {"drift": "Correct"}}}));
    }
    for (service, field) in services.iter().zip(fields) {
        service.has_deployments(if field.name == "tags" { 1 } else { 3 });
    }
    world.advance(40 * 60);
    for (service, field) in services.iter().zip(fields) {
        service.shows("Ready", "True", "Available");
        service.shows("Synced", "True", "InSync");
        service.has("/status/drift", Value::Null);
        service.told_once("DriftCorrected");
        let described = world.describes(field.name);
        let mut shown = described["activeConfigurations"][0].clone();
        let is_theirs = |tag: &&Value| !tag["key"].as_str().unwrap().starts_with("expressway.dev/");
        shown["tags"] = described["tags"].as_array().unwrap().iter().filter(is_theirs).cloned().collect();
        assert!(shows(&shown, &field.one, ""), "{}: {} in {shown}", field.name, field.one);
    }
    world.passes(2 * services.len() as u64);
    for field in fields {
        let write = if field.name == "tags" { "TagResource" } else { "UpdateExpressGatewayService" };
        assert_eq!(world.calls_since(moment).writes_about(field.name), [write], "{}", field.name);
    }
}

/// Row 16: each field, by UpdateExpressGatewayService or TagResource.
#[test]
fn each_field_that_somebody_changes_is_shown_with_both_values_and_undone_by_one_write() {
    let world = given_a_busy_world();
    let fields = every_field();
    let services = all_run(&world, &fields);
    let moment = world.now();

    for field in &fields {
        if let Some(tags) = field.two.get("tags") {
            world.somebody_tags(field.name, &[("team", tags[0]["value"].as_str().unwrap())]);
            continue;
        }
        let mut members = field.two.clone();
        if members["primaryContainer"].is_object() && members["primaryContainer"]["image"].is_null() {
            merge(&mut members, &json!({"primaryContainer": {"image": "nginx:1"}}));
        }
        world.somebody_updates(field.name, members);
    }
    for (service, field) in services.iter().zip(&fields) {
        service.has_deployments(if field.name == "tags" { 1 } else { 2 });
    }
    world.advance(40 * 60);

    is_shown_and_then_undone(&world, &fields, &services, moment);
}

/// What a field is in a task definition, and in its container; `None`: it is not in either.
fn in_a_definition(field: &Field) -> Option<(Value, Value)> {
    let container = &field.two["primaryContainer"];
    Some(match field.name {
        "execution-role" | "task-role" | "size" => (field.two.clone(), json!({})),
        "architecture" => (json!({"runtimePlatform": {"cpuArchitecture": field.two["cpuArchitecture"]}}), json!({})),
        "image" | "credentials" | "command" | "environment" | "secrets" => (json!({}), container.clone()),
        "port" => {
            let port = &container["containerPort"];
            (
                json!({}),
                json!({"portMappings": [{"containerPort": port, "hostPort": port, "protocol": "tcp", "name": "http"}]}),
            )
        }
        "logs" => {
            let options = json!({"awslogs-group": container["awsLogsConfiguration"]["logGroup"]});
            (json!({}), json!({"logConfiguration": {"options": options}}))
        }
        _ => return None,
    })
}

/// Row 16: each field that a task definition holds, by UpdateService.
#[test]
fn each_field_of_a_task_definition_that_somebody_deploys_is_shown_and_undone() {
    let world = given_a_busy_world();
    let mut fields = every_field();
    fields.retain(|field| in_a_definition(field).is_some());
    assert_eq!(fields.len(), 11);
    let services = all_run(&world, &fields);
    let moment = world.now();

    for field in &fields {
        let (members, container) = in_a_definition(field).unwrap();
        world.somebody_deploys_a_definition(field.name, &members, &container);
    }
    services.iter().for_each(|service| service.has_deployments(2));
    world.advance(40 * 60);

    is_shown_and_then_undone(&world, &fields, &services, moment);
}

/// Row 16: what is changed in place, without a new revision, is seen at the next full reading.
#[test]
fn a_scaling_that_somebody_changes_in_place_is_seen_and_undone() {
    let world = World::with_flags(&["--full-observe-interval=100ms"]);
    world.simulator.with_model(|model| model.switches_mut().scaling_only_update_creates_deployment = false);
    let web = world
        .given_a_running_one(&Manifest::of("web", "nginx:1").with("spec.scalingTarget", json!({"minTaskCount": 2})));
    let moment = world.now();

    world.somebody_updates("web", json!({"scalingTarget": {"minTaskCount": 4}}));
    web.told_once("DriftDetected");
    assert!(web.notes("DriftDetected")[0].contains("spec.scalingTarget.minTaskCount is 4 instead of 2"));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    web.has("/status/effective/scalingTarget/minTaskCount", 2);
    world.passes(5);

    assert_eq!(world.calls_since(moment).writes(), ["UpdateExpressGatewayService"]);
}
