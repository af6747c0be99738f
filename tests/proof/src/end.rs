//! How a run ended: the object and its service, without what no two runs have in common.

use express_simulator::model::Switches;
use express_simulator::wire::{Operation, Request};
use regex::Regex;
use serde_json::{Value, json};
use std::sync::LazyLock;

use crate::world::{CLUSTER, NAME, State, service_arn};

/// Moments, and names that ECS gives: seven letters and digits or more, with at least one digit.
static GIVEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"task-definition/[0-9a-z-]+:[0-9]+|service-deployment/shop/web/[0-9A-Za-z_-]+|\d{4}-\d\d-\d\dT[0-9:.]+Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|web-[0-9a-z]{4}\b|[0-9A-Za-z]*[0-9][0-9A-Za-z]*").ok()
});

/// The object and its service. Which deployments led there is a part of it only where that does not hang on the time that
/// things take.
pub fn end_of(state: &State, is_timed: bool) -> Value {
    let mut service = service(state);
    if is_timed && let Some(members) = service.as_object_mut() {
        members.remove("deployments");
    }
    json!({"object": object(state), "service": service})
}

fn object(state: &State) -> Value {
    let Some(object) = state.store.object(NAME) else { return Value::Null };
    let mut status = object["status"].clone();
    if let Some(members) = status.as_object_mut() {
        // Tags that were put back by a process that died of it are not counted: that is no canary, and no status is written
        // ahead of it.
        if let Some(corrections) = members.get_mut("driftCorrections").and_then(Value::as_array_mut) {
            corrections.retain(|correction| !is_of_tags(correction));
            if corrections.is_empty() {
                members.remove("driftCorrections");
            }
        }
    }
    strip(&mut status);
    json!({
        "spec": object["spec"],
        "finalizers": object["metadata"]["finalizers"],
        "isBeingDeleted": object["metadata"].get("deletionTimestamp").is_some(),
        "status": status,
    })
}

fn is_of_tags(correction: &Value) -> bool {
    let mut paths = correction["paths"].as_array().into_iter().flatten().filter_map(Value::as_str);
    paths.all(|path| path.starts_with("spec.tags["))
}

/// What ECS shows, plainly.
fn service(state: &State) -> Value {
    let mut ecs = state.ecs.clone();
    // A default that is written down is no other configuration.
    *ecs.switches_mut() = Switches { quirk_defaults_populated: true, ..Switches::without_quirks() };
    ecs.quotas_mut().enabled = false;
    ecs.set_staleness(std::time::Duration::ZERO);
    let now = state.time();
    let mut ask = |operation, body| {
        let request = Request::from_json(operation, body).ok();
        let answer = request.and_then(|request| ecs.apply(request, now).ok());
        answer.map_or(Value::Null, |answer| answer.to_json())
    };
    let services = json!({"cluster": CLUSTER, "services": [NAME], "include": ["TAGS"]});
    let shown = ask(Operation::DescribeServices, services)["services"][0].clone();
    if shown["status"].is_null() || shown["status"] == "INACTIVE" {
        // Deleted before it was created, or after.
        return json!("gone");
    }
    let express = ask(Operation::DescribeExpressGatewayService, json!({"serviceArn": service_arn()}));
    let deployments = ask(Operation::ListServiceDeployments, json!({"cluster": CLUSTER, "service": service_arn()}));
    let ended: Vec<&Value> =
        deployments["serviceDeployments"].as_array().into_iter().flatten().map(|entry| &entry["status"]).collect();
    let mut tags = shown["tags"].clone();
    if let Some(tags) = tags.as_array_mut() {
        tags.sort_by_key(|tag| tag["key"].to_string());
    }
    let mut all = json!({
        "status": shown["status"],
        "tags": tags,
        "configurations": express["service"]["activeConfigurations"],
        "deployments": ended,
    });
    strip(&mut all);
    all
}

/// Takes out what no two runs have in common.
fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, value| !is_moment(name, value) && !is_about_tasks(name));
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::String(text) => {
            if let Some(given) = GIVEN.as_ref() {
                let stripped = given.replace_all(text, |found: &regex::Captures<'_>| match found.get(0) {
                    Some(found) if found.len() >= 7 => "#".to_owned(),
                    Some(found) => found.as_str().to_owned(),
                    None => String::new(),
                });
                *text = stripped.into_owned();
            }
        }
        _ => {}
    }
}

/// A moment is no part of an end; nor is whether it was known. ECS writes it as a number.
fn is_moment(name: &str, value: &Value) -> bool {
    let is_time = value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok());
    is_time || (name.ends_with("At") && value.is_number())
}

/// How many tasks there are is a matter of scaling, which keeps what was before.
fn is_about_tasks(name: &str) -> bool {
    ["requested", "running", "pending", "tasks"].contains(&name)
}
