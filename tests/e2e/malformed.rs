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
    // What can be selected by has to be there.
    let text = json!({"type": "string"});
    let properties = json!({"cluster": text, "serviceName": text});
    let relaxed = json!({"type": "object", "properties": properties, "x-kubernetes-preserve-unknown-fields": true});
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
    let malformed = Manifest::of("malformed", "").with(
        "spec",
        json!({
            "infrastructureRoleArn": "arn:aws:iam::111122223333:role/infrastructure",
            "primaryContainer": {"image": "nginx:1", "environment": ["PASSWORD=hunter2-planted-value"]},
        }),
    );
    eventually("the API server takes it", || {
        let said = world.kubectl_apply(&malformed.yaml());
        if said.is_ok { Ok(()) } else { Err(said.err) }
    });
    patch(shipped, rules);

    let message = world.service("malformed", "malformed").shows("Ready", "False", "InvalidSpec");
    assert!(message.contains("spec") && !message.contains("hunter2"), "{message}");
    assert!(!world.controller(|controller| controller.log()).contains("hunter2"));
    world.given_a_running("nginx:1");

    world.service("malformed", "malformed").delete().done();
    world.service("malformed", "malformed").is_gone();
}
