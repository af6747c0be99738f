//! An object that this version cannot read, as when a newer CRD is installed before the newer controller, is said to be so, and
//! stops nobody.

use serde_json::{Value, json};

use crate::vocabulary::{Manifest, World, eventually, kubectl};

const CRD: &str = "crd/expressgatewayservices.expressway.dev";
const SPEC: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
/// The rules over the whole object know the spec's members.
const RULES: &str = "/spec/versions/0/schema/openAPIV3Schema/x-kubernetes-validations";

/// A CRD that takes any spec, until it is dropped.
struct Relaxed {
    shipped: Value,
}

impl Relaxed {
    fn crd() -> Self {
        let shipped = serde_json::from_str(&kubectl(&["get", CRD, "-o", "json"], "").done()).unwrap();
        // What can be selected by has to be there.
        let text = json!({"type": "string"});
        let properties = json!({"cluster": text, "serviceName": text});
        let relaxed = json!({"type": "object", "properties": properties, "x-kubernetes-preserve-unknown-fields": true});
        install(&relaxed, &json!([]));
        Self { shipped }
    }
}

impl Drop for Relaxed {
    fn drop(&mut self) {
        let shipped = |path: &str| self.shipped.pointer(path).unwrap().clone();
        install(&shipped(SPEC), &shipped(RULES));
        let bad = Manifest::of("probe", "nginx:1").with("spec.cpu", "banana").yaml();
        let asked = || kubectl(&["create", "--dry-run=server", "--namespace=default", "-f", "-"], &bad);
        eventually("the shipped rules hold again", || if asked().is_ok { Err("it is accepted") } else { Ok(()) });
    }
}

fn install(spec: &Value, rules: &Value) {
    let patch = json!([
        {"op": "replace", "path": SPEC, "value": spec},
        {"op": "replace", "path": RULES, "value": rules},
    ]);
    kubectl(&["patch", CRD, "--type=json", "--patch", &patch.to_string()], "").done();
}

#[test]
fn an_object_that_cannot_be_read_stops_nobody() {
    let world = World::alone();
    let _relaxed = Relaxed::crd();
    let spec = json!({
        "infrastructureRoleArn": "arn:aws:iam::111122223333:role/infrastructure",
        "primaryContainer": {"image": "nginx:1", "environment": ["PASSWORD=hunter2-planted-value"]},
    });
    let yaml = Manifest::of("malformed", "").with("spec", spec).yaml();
    eventually("the API server takes it", || {
        let said = world.kubectl_apply(&yaml);
        if said.is_ok { Ok(()) } else { Err(said.err) }
    });

    let malformed = world.service("malformed", "malformed");
    let message = malformed.shows("Ready", "False", "InvalidSpec");
    assert!(message.contains("spec.primaryContainer.environment[0]"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
    assert!(!world.controller(|controller| controller.log()).contains("hunter2"));
    world.given_a_running("nginx:1");

    malformed.delete().done();
    malformed.is_gone();
}

/// Row 15: a policy that cannot be read protects the service, also in doubt.
#[test]
fn a_policy_that_cannot_be_read_keeps_the_service_from_being_deleted() {
    let world = World::alone();
    let web = world.given_a_running("nginx:1");
    let _relaxed = Relaxed::crd();
    let unreadable = json!({"spec": {"management": {"deletion": "Perhaps"}}}).to_string();
    eventually("the API server takes it", || {
        let said = world.kubectl(&["patch", "egs", "web", "--type=merge", "--patch", &unreadable]);
        if said.is_ok { Ok(()) } else { Err(said.err) }
    });
    web.shows("Ready", "False", "InvalidSpec");
    web.delete().done();

    let message = web.shows("Ready", "False", "DeletionProtected");
    assert!(message.contains("spec.management cannot be read"), "{message}");
    world.passes(3);
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);

    web.patch(&json!({"spec": {"management": {"deletion": "Delete"}}}));
    web.drains();
    world.advance(400);
    web.is_gone();
}
