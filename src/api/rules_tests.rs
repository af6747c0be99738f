//! Each rule of the CRD, on the schema as it is installed: what it lets through, what it refuses, and what it says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use kube::core::cel::{CompiledSchema, ValidationError, Validator, compile_schema};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{crd, names};

/// One case of `rules_cases.yaml`, which says what its members are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    field: String,
    says: String,
    good: Value,
    bad: Value,
    #[serde(default)]
    before: Option<Value>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    by: Option<String>,
}

impl Case {
    fn object(&self, patch: &Value) -> Value {
        let mut object = json!({
            "metadata": { "name": self.name.as_deref().unwrap_or("web") },
            "spec": {
                "infrastructureRoleArn": "arn:aws:iam::111122223333:role/infra",
                "executionRoleArn": "arn:aws:iam::111122223333:role/exec",
                "primaryContainer": { "image": "nginx:1.27" },
            },
        });
        merge(&mut object["spec"], patch);
        object
    }

    /// What the rules say about the minimal object with `patch` merged in.
    fn refusals(&self, schema: &CompiledSchema, patch: &Value) -> Vec<ValidationError> {
        let before = self.before.as_ref().map(|before| self.object(before));
        Validator::new()
            .validate_compiled(schema, &self.object(patch), before.as_ref())
            .map_or_else(|errors| errors.into_vec(), |()| Vec::new())
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut target[key], value);
        }
    }
}

fn schema() -> Value {
    let crd = serde_json::to_value(crd()).unwrap();
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

/// The cases that CEL decides; the others need a server.
fn cases() -> Vec<Case> {
    let all: Vec<Case> = serde_saphyr::from_str(include_str!("rules_cases.yaml")).unwrap();
    all.into_iter().filter(|case| case.by.is_none()).collect()
}

#[test]
fn each_case_is_let_through_when_good_and_refused_with_its_sentence_when_bad() {
    let schema = compile_schema(&schema());
    for case in cases() {
        let Case { field, says, .. } = &case;
        let good = case.refusals(&schema, &case.good);
        assert!(good.is_empty(), "{field}, {says}: refused {}: {good:?}", case.good);

        let bad = case.refusals(&schema, &case.bad);
        assert!(
            bad.iter().any(|error| error.field_path.trim_start_matches('.') == field && error.message.contains(says)),
            "{field}, {says}: {} gave {bad:#?}",
            case.bad
        );
    }
}

#[test]
fn no_rule_is_without_a_case() {
    let schema = schema();
    let compiled = compile_schema(&schema);
    let refused: BTreeSet<String> =
        cases().iter().flat_map(|case| case.refusals(&compiled, &case.bad)).map(|error| error.message).collect();
    for message in messages(&schema) {
        assert!(refused.contains(&message), "no case is refused with: {message}");
    }
}

#[test]
fn every_sentence_begins_with_the_field_or_with_what_to_set() {
    let schema = schema();
    let text = schema.to_string();
    for message in messages(&schema) {
        let first = message.split(' ').next().unwrap();
        let names_a_field = text.contains(&format!("\"{first}\":"));
        assert!(first == "set" || names_a_field, "{message}");
    }
}

#[test]
fn our_own_tags_are_refused_in_a_spec() {
    for tag in names::OWN_TAGS {
        assert!(tag.starts_with(names::TAG_PREFIX), "{tag}");
    }
}

/// The sentence of each rule in the schema.
fn messages(schema: &Value) -> BTreeSet<String> {
    match schema {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| match (name.as_str(), member) {
                ("x-kubernetes-validations", Value::Array(rules)) => {
                    rules.iter().map(|rule| rule["message"].as_str().expect("a message").to_owned()).collect()
                }
                _ => messages(member),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(messages).collect(),
        _ => BTreeSet::new(),
    }
}
