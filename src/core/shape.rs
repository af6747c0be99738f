//! Whether a stored spec is of the shape that this version's CRD has: an object may have been stored under another one.
//!
//! Every field that is not is named, by its path in the YAML. No value is: it may be a password.

use std::sync::LazyLock;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{JSONSchemaProps, JSONSchemaPropsOrArray};
use serde_json::Value;

use crate::api::crd;

use super::checks::Problem;

/// Most problems that are told.
const MAX_PROBLEMS: usize = 8;

/// The schema of `spec`; `None` cannot be, as the tests of the CRD know.
static SPEC: LazyLock<Option<JSONSchemaProps>> = LazyLock::new(|| {
    let version = crd().spec.versions.into_iter().next()?;
    version.schema?.open_api_v3_schema?.properties?.remove("spec")
});

/// What in a spec is not of the shape that the CRD has. CEL rules are not evaluated.
#[must_use]
pub fn problems(spec: &Value) -> Vec<Problem> {
    SPEC.as_ref().map(|schema| problems_under("spec", schema, spec)).unwrap_or_default()
}

/// The same of any value, under the path that it has: the status, for who holds what is written to its schema.
#[must_use]
pub fn problems_under(path: &str, schema: &JSONSchemaProps, value: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    look(path, schema, value, &mut found);
    found.truncate(MAX_PROBLEMS);
    found
}

fn look(path: &str, schema: &JSONSchemaProps, value: &Value, found: &mut Vec<Problem>) {
    let mut say = |message: String| found.push(Problem::at(path, message));
    match (schema.type_.as_deref(), value) {
        (Some("object"), Value::Object(_)) => members(path, schema, value, found),
        (Some("array"), Value::Array(items)) => list(path, schema, items, found),
        (Some("string"), Value::String(text)) => {
            let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            if let Some(most) = schema.max_length.filter(|most| length > *most) {
                say(format!("is longer than {most} characters"));
            }
            if let Some(least) = schema.min_length.filter(|least| length < *least) {
                say(if least == 1 { "is empty".to_owned() } else { format!("is shorter than {least} characters") });
            }
            let words: Vec<&str> = schema.enum_.iter().flatten().filter_map(|word| word.0.as_str()).collect();
            if !words.is_empty() && !words.contains(&text.as_str()) {
                say(format!("must be {}", words.join(" or ")));
            }
        }
        (Some("integer"), Value::Number(number)) if number.is_i64() || number.is_u64() => {
            let number = number.as_f64().unwrap_or(f64::MAX);
            let (least, most) = bounds(schema);
            if most.is_some_and(|most| number > most) || least.is_some_and(|least| number < least) {
                say(between(least, most));
            }
        }
        (Some("boolean"), Value::Bool(_)) | (None, _) => {}
        (Some(kind), _) => say(format!("must be {}", in_words(kind))),
    }
}

fn members(path: &str, schema: &JSONSchemaProps, value: &Value, found: &mut Vec<Problem>) {
    let is_there = |name: &str| value.get(name).is_some_and(|member| !member.is_null());
    for name in schema.required.iter().flatten().filter(|name| !is_there(name)) {
        found.push(Problem::at(format!("{path}.{name}"), "is missing"));
    }
    for (name, schema) in schema.properties.iter().flatten().filter(|(name, _)| is_there(name)) {
        if let Some(member) = value.get(name) {
            look(&format!("{path}.{name}"), schema, member, found);
        }
    }
}

fn list(path: &str, schema: &JSONSchemaProps, items: &[Value], found: &mut Vec<Problem>) {
    if let Some(most) = schema.max_items.filter(|most| items.len() as i64 > *most) {
        found.push(Problem::at(path, format!("has more than {most} items")));
    }
    if let Some(JSONSchemaPropsOrArray::Schema(schema)) = &schema.items {
        for (index, item) in items.iter().enumerate() {
            look(&format!("{path}[{index}]"), schema, item, found);
        }
    }
}

/// Those that the schema says, and those of its format.
fn bounds(schema: &JSONSchemaProps) -> (Option<f64>, Option<f64>) {
    let format = (schema.format.as_deref() == Some("int32")).then_some((f64::from(i32::MIN), f64::from(i32::MAX)));
    let (least, most) = format.unzip();
    (schema.minimum.or(least), schema.maximum.or(most))
}

fn between(least: Option<f64>, most: Option<f64>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("must be from {least} to {most}"),
        (Some(least), None) => format!("must be at least {least}"),
        (_, most) => format!("must be at most {}", most.unwrap_or_default()),
    }
}

fn in_words(kind: &str) -> &str {
    match kind {
        "object" => "an object with members",
        "array" => "a list",
        "string" => "a text: put it in quotes",
        "integer" => "a whole number, without quotes",
        "boolean" => "true or false, without quotes",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

    use serde_json::json;

    use super::*;
    use crate::api::spec::ExpressGatewayServiceSpec;
    use crate::core::any_spec::any_spec;
    use proptest::prelude::*;

    #[test]
    fn what_is_just_at_a_limit_is_taken() {
        let schema = |kind: &str| JSONSchemaProps {
            type_: Some(kind.to_owned()),
            max_length: Some(2),
            min_length: Some(1),
            max_items: Some(2),
            minimum: Some(1.0),
            maximum: Some(2.0),
            ..JSONSchemaProps::default()
        };
        let is_taken = |kind: &str, value: Value| {
            let mut found = Vec::new();
            look("spec", &schema(kind), &value, &mut found);
            found.is_empty()
        };
        for (kind, taken, refused) in [
            ("string", [json!("a"), json!("ab")], [json!(""), json!("abc")]),
            ("integer", [json!(1), json!(2)], [json!(0), json!(3)]),
            ("array", [json!([]), json!([1, 2])], [json!([1, 2, 3]), json!({})]),
        ] {
            assert!(taken.into_iter().all(|value| is_taken(kind, value)), "{kind}");
            assert!(!refused.into_iter().any(|value| is_taken(kind, value)), "{kind}");
        }
    }

    fn said(more: &Value) -> Vec<String> {
        let mut spec = json!({"infrastructureRoleArn": "arn:a", "primaryContainer": {"image": "web:1"}});
        for (member, value) in more.as_object().unwrap() {
            spec[member] = value.clone();
        }
        problems(&spec).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_kind_of_malformed_field_is_named_by_its_path() {
        let container = |member: &str, value: Value| {
            let mut container = json!({"image": "web:1"});
            container[member] = value;
            json!({"primaryContainer": container})
        };
        for (more, expected) in [
            (
                container("containerPort", json!("80")),
                "spec.primaryContainer.containerPort: must be a whole number, without quotes",
            ),
            (
                container("containerPort", json!(80.5)),
                "spec.primaryContainer.containerPort: must be a whole number, without quotes",
            ),
            (container("containerPort", json!(70_000)), "spec.primaryContainer.containerPort: must be from 1 to 65535"),
            (container("image", Value::Null), "spec.primaryContainer.image: is missing"),
            (
                container("image", json!("x".repeat(1025))),
                "spec.primaryContainer.image: is longer than 1024 characters",
            ),
            (
                container("environment", json!([{"name": "A", "value": 42}])),
                "spec.primaryContainer.environment[0].value: must be a text: put it in quotes",
            ),
            (
                container("environment", json!([{"name": "A"}])),
                "spec.primaryContainer.environment[0].value: is missing",
            ),
            (
                container("environment", json!(["A=hunter2"])),
                "spec.primaryContainer.environment[0]: must be an object with members",
            ),
            (container("command", json!("run")), "spec.primaryContainer.command: must be a list"),
            (json!({"cpuArchitecture": "RISCV"}), "spec.cpuArchitecture: must be X86_64 or ARM64"),
            (
                json!({"scalingTarget": {"minTaskCount": -1}}),
                "spec.scalingTarget.minTaskCount: must be from 0 to 2147483647",
            ),
            (
                json!({"scalingTarget": {"maxTaskCount": 2_147_483_648_u64}}),
                "spec.scalingTarget.maxTaskCount: must be from 1 to 2147483647",
            ),
            (
                json!({"management": {"suspend": "yes"}}),
                "spec.management.suspend: must be true or false, without quotes",
            ),
            (json!({"tags": [{"key": ""}]}), "spec.tags[0].key: is empty"),
            (json!({"tags": vec![json!({"key": "k"}); 45]}), "spec.tags: has more than 44 items"),
            (json!({"primaryContainer": "web:1"}), "spec.primaryContainer: must be an object with members"),
        ] {
            assert_eq!(said(&more), [expected]);
        }
        assert_eq!(problems(&json!("hunter2")), [Problem::at("spec", "must be an object with members")]);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_and_no_novel() {
        let two = said(&json!({"cpuArchitecture": "RISCV", "healthCheckPath": 7}));
        assert_eq!(two.len(), 2, "{two:?}");
        let many: Vec<Value> = (0..40).map(Value::from).collect();
        assert_eq!(said(&json!({"tags": many})).len(), MAX_PROBLEMS);
    }

    #[test]
    fn what_is_absent_null_or_of_a_later_version_is_no_problem() {
        assert!(said(&json!({"cpu": null, "novelty": {"a": [1]}})).is_empty());
    }

    proptest! {
        #[test]
        fn no_spec_that_can_be_written_down_is_out_of_shape(spec in any_spec()) {
            let spec: ExpressGatewayServiceSpec = spec;
            let problems = problems(&serde_json::to_value(&spec).unwrap());
            prop_assert!(problems.is_empty(), "{problems:?}");
        }
    }
}
