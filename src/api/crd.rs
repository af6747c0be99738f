//! The CustomResourceDefinition, finished: what `crds/` holds and what the API server gets.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use kube::CustomResourceExt;
use serde_json::{Value, json};

use super::spec::ExpressGatewayService;
use super::status::NEVER_OBSERVED;

/// First line of the file in `crds/`.
const HEADER: &str = "# Made from src/api by `make crds`. Change it there.\n";

/// The CRD of `ExpressGatewayService`, as it is installed.
#[must_use]
pub fn crd() -> CustomResourceDefinition {
    let mut crd = ExpressGatewayService::crd();
    for version in &mut crd.spec.versions {
        if let Some(root) = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()) {
            walk(root, &mut plain);
            if let Some(status) = property(root, "status") {
                finish_status(status);
            }
        }
    }
    crd
}

/// The CRD as YAML, with a first line that says where it comes from.
#[must_use]
#[allow(clippy::expect_used, reason = "the CRD is a constant: were it not to serialize, no test of it would pass")]
pub fn crd_yaml() -> String {
    let mut value = serde_json::to_value(crd()).expect("the CRD is JSON");
    whole_numbers(&mut value);
    let yaml = serde_saphyr::to_string(&value).expect("the CRD is YAML");
    format!("{HEADER}{yaml}")
}

/// A status that is absent would count as ready with kstatus, Helm and Flux, so it never is.
/// And what AWS shows is written as it is: bounds are for what people write.
fn finish_status(status: &mut JSONSchemaProps) {
    status.default = Some(JSON(json!({ "observedGeneration": NEVER_OBSERVED })));
    if let Some(effective) = property(status, "effective") {
        walk(effective, &mut unbounded);
    }
}

/// Kubernetes knows no unsigned formats, the kind is title enough, and an absent field says all that `null` could.
fn plain(schema: &mut JSONSchemaProps) {
    schema.format.take_if(|format| format.starts_with("uint"));
    schema.nullable = None;
    schema.title = None;
}

/// Takes away every bound but the number of items, and lets a list hold an item twice.
fn unbounded(schema: &mut JSONSchemaProps) {
    schema.x_kubernetes_validations = None;
    schema.x_kubernetes_list_type = schema.items.is_some().then(|| "atomic".to_owned());
    schema.max_items = schema.items.is_some().then_some(EFFECTIVE_ITEMS);
    schema.max_length = None;
    schema.minimum = None;
    schema.maximum = None;
}

/// Most security groups or subnets that `status.effective` shows: far above what AWS allows.
const EFFECTIVE_ITEMS: i64 = 64;

/// `schema` and everything below it.
fn walk(schema: &mut JSONSchemaProps, change: &mut dyn FnMut(&mut JSONSchemaProps)) {
    change(schema);
    for child in schema.properties.iter_mut().flat_map(|map| map.values_mut()) {
        walk(child, change);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        walk(items, change);
    }
}

fn property<'a>(schema: &'a mut JSONSchemaProps, name: &str) -> Option<&'a mut JSONSchemaProps> {
    schema.properties.as_mut()?.get_mut(name)
}

/// `65535.0` becomes `65535`: the Go types call a bound a float, people do not.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = number.as_f64().and_then(|float| whole(float, number.is_f64())) {
                *value = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(members) => members.values_mut().for_each(whole_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[allow(clippy::cast_possible_truncation, reason = "bounds of this CRD are small whole numbers")]
fn whole(float: f64, is_float: bool) -> Option<i64> {
    (is_float && float.fract() == 0.0).then_some(float as i64)
}
