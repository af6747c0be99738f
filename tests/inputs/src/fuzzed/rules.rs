//! What holds of every reconcile, whatever went into it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use expressway::api::crd;
use expressway::api::status::ExpressGatewayServiceStatus;
use expressway::controller::object::LiveObject;
use expressway::core::plan::Plan;
use expressway::core::report::Report;
use expressway::core::shape;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use kube::api::DynamicObject;
use serde_json::Value;

/// The schema that the API server holds every status to.
static STATUS: LazyLock<JSONSchemaProps> = LazyLock::new(|| {
    let schema = crd().spec.versions.remove(0).schema.unwrap().open_api_v3_schema.unwrap();
    schema.properties.unwrap().remove("status").unwrap()
});

/// Shorter values of an environment are in every text by chance.
const TELLING: usize = 12;

/// Holds what came out of a reconcile against every rule.
pub fn hold(object: &DynamicObject, live: &LiveObject, plan: Option<&Plan>, told: &Report) {
    an_invalid_spec_writes_nothing(live, plan);
    is_taken(live, &told.status);
    the_conditions_agree(live, told);
    nobodys_secrets_are_told(object, told);
}

fn an_invalid_spec_writes_nothing(live: &LiveObject, plan: Option<&Plan>) {
    let writes = plan.and_then(|plan| plan.step.aws_write());
    let is_invalid = live.desired.intent.is_err() && !live.desired.deleting;
    assert!(!(is_invalid && writes.is_some()), "an invalid spec is written: {writes:?}");
    if let Err(problems) = &live.desired.intent {
        assert!(!problems.is_empty(), "refused for nothing");
        assert!(problems.iter().all(|problem| problem.path.starts_with("spec")), "{problems:?}");
    }
}

/// A status that the API server refuses would never be written, and the object be stuck.
pub fn is_taken(live: &LiveObject, status: &ExpressGatewayServiceStatus) {
    let before = serde_json::to_value(&live.before).unwrap();
    if !shape::problems_under("status", &STATUS, &before).is_empty() {
        // Stored under another CRD: what is kept of it may be as wrong.
        return;
    }
    let after = serde_json::to_value(status).unwrap();
    let problems = shape::problems_under("status", &STATUS, &after);
    assert!(problems.is_empty(), "{problems:?} in {after}");
    let read: ExpressGatewayServiceStatus = serde_json::from_value(after.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), after, "it reads back as another");
}

/// What `kubectl wait`, kstatus, Flux and Argo CD rely on.
fn the_conditions_agree(live: &LiveObject, told: &Report) {
    let is_new = live.before.conditions.is_empty();
    let conditions = &told.status.conditions;
    let kinds: BTreeSet<&str> = conditions.iter().map(|condition| condition.type_.as_str()).collect();
    let is_true = |kind: &str| conditions.iter().any(|condition| condition.type_ == kind && condition.status == "True");
    assert_eq!(told.status.observed_generation, live.desired.generation);
    if is_new {
        assert_eq!(kinds.len(), conditions.len(), "{conditions:?}");
        assert!(!(is_true("Reconciling") && is_true("Stalled")), "{conditions:?}");
        assert!(!(is_true("Ready") && is_true("Stalled")), "{conditions:?}");
    }
}

/// Neither the status nor an event says a value of the environment that stands nowhere else in the object.
fn nobodys_secrets_are_told(object: &DynamicObject, told: &Report) {
    let mut open = object.data.clone();
    let environment = open.pointer_mut("/spec/primaryContainer/environment").map(Value::take);
    let mut values = Vec::new();
    collect(&environment.unwrap_or_default(), &mut values);
    let known = format!("{open}{:?}", object.metadata);
    let said = format!("{}{:?}", serde_json::to_string(&told.status).unwrap(), told.events);
    for value in values.iter().filter(|value| value.len() >= TELLING && !known.contains(value.as_str())) {
        assert!(!said.contains(value.as_str()), "a value of the environment is told: {said}");
    }
}

fn collect(environment: &Value, values: &mut Vec<String>) {
    match environment {
        Value::Array(items) => items.iter().for_each(|item| collect(item, values)),
        Value::Object(members) => values.extend(members.get("value").and_then(Value::as_str).map(str::to_owned)),
        _ => {}
    }
}
