//! An object that this version cannot read, stored under another version of the CRD, is said to be so and stops nobody.

use serde_json::json;

use crate::vocabulary::{Manifest, World, eventually, kubectl};

const CRD: &str = "expressgatewayservices.expressway.dev";

#[test]
fn an_object_that_cannot_be_read_stops_nobody() {
    let world = World::alone();
    let crd = kubectl(&["get", "crd", CRD, "-o", "json"], "").done();
    let crd: serde_json::Value = serde_json::from_str(&crd).unwrap();
    let schema = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
    let shipped = crd.pointer(schema).unwrap();
    let relaxed = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    // The rules over the whole object know the spec's members.
    let root = "/spec/versions/0/schema/openAPIV3Schema/x-kubernetes-validations";
    let rules = crd.pointer(root).unwrap();
    let patch = |spec: &serde_json::Value, rules: &serde_json::Value| {
        let patch = json!([
            {"op": "replace", "path": schema, "value": spec},
            {"op": "replace", "path": root, "value": rules},
        ]);
        kubectl(&["patch", "crd", CRD, "--type=json", "--patch", &patch.to_string()], "").done();
    };
    patch(&relaxed, &json!([]));
    let malformed = Manifest::of("malformed", "").with("spec", json!({"primaryContainer": ["not", "an", "object"]}));
    eventually("the API server takes it", || {
        let said = world.kubectl_apply(&malformed.yaml());
        if said.is_ok { Ok(()) } else { Err(said.err) }
    });
    patch(shipped, rules);

    let message = world.service("malformed").shows("Ready", "False", "InvalidSpec");
    assert!(message.contains("spec"), "{message}");
    world.given_a_running("nginx:1");

    world.service("malformed").delete().done();
    world.service("malformed").is_gone();
}
