//! The samples are what the CRD takes, and the long one leaves nothing out.

use std::collections::BTreeSet;

use expressway::api::ExpressGatewayService;
use expressway::api::crd::crd;
use kube::core::cel::{Validator, compile_schema};
use serde_json::Value;

use crate::{files, text};

/// Every object of every sample, with the file it is in.
fn objects() -> Vec<(String, Value)> {
    let files = files("samples", ".yaml").into_iter();
    files.flat_map(|file| of_file(&file)).collect()
}

fn of_file(file: &str) -> Vec<(String, Value)> {
    let yaml = text(&format!("samples/{file}"));
    let objects: Vec<Value> = serde_saphyr::from_multiple(&yaml).unwrap();
    let named = objects.into_iter().map(|object| (file.to_owned(), object));
    named.collect()
}

fn schema() -> Value {
    let versions = crd().spec.versions;
    let schema = versions[0].schema.as_ref().unwrap();
    serde_json::to_value(schema.open_api_v3_schema.as_ref().unwrap()).unwrap()
}

/// `spec.tags[].key` and the like: what holds a value.
fn leaves(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                leaves(member, &format!("{path}.{name}"), found);
            }
        }
        Value::Array(items) => {
            for item in items {
                leaves(item, &format!("{path}[]"), found);
            }
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

/// The same paths, of everything that a schema allows.
fn schema_leaves(schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(members) = schema["properties"].as_object() {
        for (name, member) in members {
            schema_leaves(member, &format!("{path}.{name}"), found);
        }
    } else if schema["items"].is_object() {
        schema_leaves(&schema["items"], &format!("{path}[]"), found);
    } else {
        found.insert(path.to_owned());
    }
}

#[test]
fn no_sample_has_a_field_that_the_type_does_not_know() {
    for (file, object) in objects() {
        let typed: ExpressGatewayService =
            serde_json::from_value(object.clone()).unwrap_or_else(|error| panic!("{file}: {error}"));
        let again = serde_json::to_value(typed).unwrap();
        assert_eq!(again["spec"], object["spec"], "{file}");
    }
}

#[test]
fn every_sample_passes_the_rules_of_the_crd() {
    let schema = compile_schema(&schema());
    let mut seen = 0;
    for (file, mut object) in objects() {
        let judge = |object: &Value| Validator::new().validate_compiled(&schema, object, None);
        let judged = judge(&object);
        assert!(judged.is_ok(), "{file}: {judged:?}");
        // And the rules are really asked: without a container or task definition no object passes.
        let spec = object["spec"].as_object_mut().unwrap();
        spec.retain(|name, _| name == "infrastructureRoleArn");
        assert!(judge(&object).is_err(), "{file}");
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn the_long_sample_has_every_field_of_the_spec_that_goes_with_a_container() {
    let mut possible = BTreeSet::new();
    schema_leaves(&schema()["properties"]["spec"], "spec", &mut possible);
    assert!(possible.contains("spec.primaryContainer.environment[].value"));
    assert!(possible.remove("spec.taskDefinitionArn"));
    // What the controller may do is no part of the service; crds/README.md has an example of each.
    possible.retain(|path| !path.starts_with("spec.management."));
    assert_eq!(written("every-field.yaml"), possible);
    assert!(written("task-definition.yaml").contains("spec.taskDefinitionArn"));
}

fn written(file: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, object) in of_file(file) {
        leaves(&object["spec"], "spec", &mut found);
    }
    found
}
