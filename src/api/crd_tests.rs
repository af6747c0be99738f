//! The CRD that is committed is the one that the code makes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{env, fs, path::Path};

use serde_json::{Value, json};

use super::{ExpressGatewayService, crd, crd_yaml};

/// `UPDATE_CRDS=1` writes the file instead.
#[test]
fn the_committed_crd_is_the_one_the_code_makes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds/expressgatewayservices.yaml");
    if env::var_os("UPDATE_CRDS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, crd_yaml()).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap();
    assert!(committed == crd_yaml(), "crds/expressgatewayservices.yaml is stale: run `make crds`");
}

#[test]
fn the_committed_crd_reads_back_as_the_one_that_is_installed() {
    let read: Value = serde_saphyr::from_str(&crd_yaml()).unwrap();
    let typed: k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition =
        serde_json::from_value(read).unwrap();
    assert_eq!(typed, crd());
}

#[test]
fn a_fresh_status_is_never_absent_and_says_that_nothing_was_seen() {
    assert_eq!(part("status")["default"], json!({ "observedGeneration": -1 }));
}

/// Argo CD shows an object as out of sync for ever when the server fills in a default that its client does not know.
#[test]
fn the_spec_has_no_defaults() {
    every_schema("spec", &part("spec"), &mut |path, schema| {
        assert!(schema.get("default").is_none(), "{path}");
    });
}

/// The API server refuses rules over values without a bound, for what they might cost.
#[test]
fn all_that_a_person_writes_has_a_bound() {
    every_schema("spec", &part("spec"), &mut |path, schema| match schema["type"].as_str() {
        Some("string") => {
            let bounded = schema.get("maxLength").or(schema.get("enum"));
            assert!(bounded.is_some(), "{path}");
        }
        Some("array") => {
            assert!(schema.get("maxItems").is_some(), "{path}");
            assert!(schema.get("x-kubernetes-list-type").is_some(), "{path}");
        }
        Some("integer") => assert!(schema.get("minimum").is_some(), "{path}"),
        kind => assert!(matches!(kind, Some("object" | "boolean")), "{path}"),
    });
}

/// A status that AWS's answer does not fit would never be written.
#[test]
fn what_aws_shows_is_not_judged() {
    every_schema("status", &part("status"), &mut |path, schema| {
        for bound in ["x-kubernetes-validations", "maxLength", "pattern", "minimum", "maximum"] {
            assert!(schema.get(bound).is_none(), "{path}: {bound}");
        }
        if schema["type"] == "array" {
            assert!(schema.get("maxItems").is_some(), "{path}");
        }
    });
}

#[test]
fn formats_and_nulls_are_those_of_kubernetes() {
    for name in ["spec", "status"] {
        every_schema(name, &part(name), &mut |path, schema| {
            assert!(schema.get("nullable").is_none(), "{path}");
            let format = schema["format"].as_str().unwrap_or("int32");
            assert!(["int32", "int64", "date-time"].contains(&format), "{path}: {format}");
        });
    }
}

#[test]
fn an_object_that_cannot_be_read_says_which_member_is_wrong() {
    let read = |object: Value| serde_json::from_value::<ExpressGatewayService>(object).unwrap_err().to_string();
    let metadata = json!({ "name": "web" });

    assert!(read(json!({})).contains("metadata"));
    assert!(read(json!({ "metadata": metadata })).contains("missing field `spec`"));
    assert!(read(json!({ "metadata": metadata, "spec": {} })).contains("missing field `infrastructureRoleArn`"));
    let container = json!({ "infrastructureRoleArn": "a", "primaryContainer": {} });
    assert!(read(json!({ "metadata": metadata, "spec": container })).contains("missing field `image`"));
    let architecture = json!({ "infrastructureRoleArn": "a", "cpuArchitecture": "arm" });
    let error = read(json!({ "metadata": metadata, "spec": architecture }));
    assert!(error.contains("unknown variant `arm`, expected `X86_64` or `ARM64`"), "{error}");
}

/// The schema of one part of the object.
fn part(name: &str) -> Value {
    let crd = serde_json::to_value(crd()).unwrap();
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"][name].clone()
}

/// Calls `check` for `schema` and for everything below it.
fn every_schema(path: &str, schema: &Value, check: &mut dyn FnMut(&str, &Value)) {
    check(path, schema);
    for (name, child) in schema["properties"].as_object().into_iter().flatten() {
        every_schema(&format!("{path}.{name}"), child, check);
    }
    if let Some(items) = schema.get("items") {
        every_schema(&format!("{path}[]"), items, check);
    }
}
