//! Row 24: an object that was stored under another CRD, and that this version cannot read, says so itself, and stops nobody.

use serde_json::{Value, json};

use crate::vocabulary::{Manifest, Service, World, eventually, kubectl};

const CRD: &str = "crd/expressgatewayservices.expressway.dev";
const SPEC: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
const STATUS: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/status";
/// The rules over the whole object know the spec's members.
const RULES: &str = "/spec/versions/0/schema/openAPIV3Schema/x-kubernetes-validations";
/// What can be selected by has a type.
const SELECTABLE: &str = "/spec/versions/0/selectableFields";

/// An environment value that is planted in what cannot be read.
const PLANTED: &str = "hunter2-planted-value";

/// A CRD of another version, which takes any spec and status, until it is dropped. Then the shipped one holds again, also for what was
/// stored meanwhile.
struct AnotherCrd {
    shipped: Value,
}

impl AnotherCrd {
    fn installed() -> Self {
        let shipped: Value = serde_json::from_str(&kubectl(&["get", CRD, "-o", "json"], "").done()).unwrap();
        let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        install(&json!({"x-kubernetes-preserve-unknown-fields": true}), &anything, &json!([]), &json!([]));
        Self { shipped }
    }
}

impl Drop for AnotherCrd {
    fn drop(&mut self) {
        let shipped = |path: &str| self.shipped.pointer(path).unwrap().clone();
        install(&shipped(SPEC), &shipped(STATUS), &shipped(RULES), &shipped(SELECTABLE));
        let bad = Manifest::of("probe", "nginx:1").with("spec.cpu", "banana").yaml();
        let asked = || kubectl(&["create", "--dry-run=server", "--namespace=default", "-f", "-"], &bad);
        eventually("the shipped rules hold again", || if asked().is_ok { Err("it is accepted") } else { Ok(()) });
    }
}

fn install(spec: &Value, status: &Value, rules: &Value, selectable: &Value) {
    let patch = json!([
        {"op": "replace", "path": SPEC, "value": spec},
        {"op": "replace", "path": STATUS, "value": status},
        {"op": "replace", "path": RULES, "value": rules},
        {"op": "replace", "path": SELECTABLE, "value": selectable},
    ]);
    kubectl(&["patch", CRD, "--type=json", "--patch", &patch.to_string()], "").done();
}

/// Stores an object that the shipped CRD would not take.
fn store<'w>(world: &'w World, name: &str, path: &str, value: &Value) -> Service<'w> {
    let yaml = Manifest::of(name, "nginx:1").with(path, value.clone()).yaml();
    eventually(format_args!("the API server takes {name}"), || {
        let said = world.kubectl_apply(&yaml);
        if said.is_ok { Ok(()) } else { Err(said.err) }
    });
    world.service(name, name)
}

/// Writes into a stored object what the shipped CRD would not take.
fn spoil(web: &Service<'_>, spec: &Value) {
    let patch = json!({"spec": spec}).to_string();
    eventually("the API server takes it", || {
        let said = web.world.kubectl(&["patch", "egs", &web.name, "--type=merge", "--patch", &patch]);
        if said.is_ok { Ok(()) } else { Err(said.err) }
    });
}

/// The kinds of writes that the status is of.
fn writes_of_the_status(web: &Service<'_>) -> Vec<String> {
    let fields = web.at("/metadata/managedFields");
    let of_the_status = fields.as_array().unwrap().iter().filter(|fields| fields["subresource"] == "status");
    of_the_status.map(|fields| fields["operation"].as_str().unwrap().to_owned()).collect()
}

fn nothing_is_quoted(world: &World) {
    let log = world.controller(|controller| controller.log());
    assert!(!log.contains("hunter2"), "{}", log.lines().find(|line| line.contains("hunter2")).unwrap_or_default());
    let events = world.kubectl(&["get", "events.events.k8s.io", "-o", "json"]).done();
    assert!(!events.contains("hunter2"), "{events}");
}

/// Row 24: each kind of malformed object names its field in its own condition; the others go on; mended, it goes on itself.
#[test]
fn every_kind_of_malformed_object_says_so_itself_and_goes_on_when_it_is_mended() {
    let world = World::alone();
    world.kill_the_controller();
    let environment = |item: Value| json!([item]);
    let kinds = [
        ("wrong-type", "spec.primaryContainer.containerPort", json!("eighty"), "must be a whole number"),
        ("wrong-item", "spec.primaryContainer.environment", environment(json!(PLANTED)), "[0]: must be an object"),
        (
            "wrong-value",
            "spec.primaryContainer.environment",
            environment(json!({"name": "A", "value": 12_345_678})),
            "[0].value: must be a text",
        ),
        ("missing", "spec.primaryContainer", json!({"containerPort": 80}), ".image: is missing"),
        ("unknown-word", "spec.cpuArchitecture", json!("RISCV"), "must be X86_64 or ARM64"),
        ("too-long", "spec.primaryContainer.image", json!("n".repeat(2000)), "is longer than 1024 characters"),
        ("wrong-policy", "spec.management", json!(["x"]), "must be an object"),
    ];
    let another_crd = AnotherCrd::installed();
    for (name, path, value, _) in &kinds {
        store(&world, name, path, value);
    }
    drop(another_crd);

    world.start_the_controller();
    for (name, path, _, words) in &kinds {
        let malformed = world.service(name, name);
        let message = malformed.shows("Ready", "False", "InvalidSpec");
        assert!(
            message.contains(&format!("{path}{}", if words.starts_with(['[', '.']) { "" } else { ": " })),
            "{message}"
        );
        assert!(message.contains(words), "{message}");
        malformed.shows("Stalled", "True", "InvalidSpec");
        malformed.told_once("InvalidSpec");
        assert_eq!(malformed.at("/status/observedGeneration"), malformed.at("/metadata/generation"));
    }
    let web = world.given_a_running("nginx:1");
    world.passes(20);
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"], "{:?}", world.calls().writes());
    nothing_is_quoted(&world);
    assert_eq!(writes_of_the_status(&web), ["Apply"], "one write each, while nothing is malformed");

    let mended = world.service("wrong-type", "wrong-type");
    mended.patch(&json!({"spec": {"primaryContainer": {"containerPort": 8080}}}));
    mended.has_deployments(1);
    mended.rollout_ends();
    mended.shows("Ready", "True", "Available");
    let conditions = mended.at("/status/conditions").to_string();
    assert!(!conditions.contains("Stalled") && !conditions.contains("Reconciling"), "{conditions}");
    mended.set_image("nginx:2");
    mended.has_deployments(2);
    mended.rollout_ends();
    mended.shows("Ready", "True", "Available");

    let gone = world.service("missing", "missing");
    gone.delete().done();
    gone.is_gone();
    assert_eq!(web.says("Ready"), "True Available");
}

/// Row 24: a service that runs is left alone while its object cannot be read, and is still told of.
#[test]
fn a_running_service_is_left_alone_while_its_object_is_malformed() {
    let world = World::alone();
    let web = world.given_a_running("nginx:1");
    let (serves, moment) = (web.text("/status/servingRevision"), world.now());
    let another_crd = AnotherCrd::installed();
    spoil(&web, &json!({"primaryContainer": {"image": "nginx:2", "command": "run"}}));
    drop(another_crd);

    let message = web.shows("Ready", "False", "InvalidSpec");
    assert!(message.contains("spec.primaryContainer.command: must be a list"), "{message}");
    world.passes(5);
    assert!(world.calls_since(moment).writes().is_empty());
    assert_eq!(web.text("/status/servingRevision"), serves);

    web.patch(&json!({"spec": {"primaryContainer": {"command": ["run"]}}}));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
}

/// Row 24: a status that cannot be read is no memory, and is written anew without a write to AWS.
#[test]
fn a_malformed_status_is_written_anew() {
    let world = World::alone();
    let web = world.given_a_running("nginx:1");
    let (serves, moment) = (web.text("/status/servingRevision"), world.now());
    world.kill_the_controller();
    let another_crd = AnotherCrd::installed();
    let nonsense =
        json!({"observedGeneration": "many", "conditions": "none", "retry": [1], "novelty": {"of": "later"}});
    let patch = json!({"status": nonsense}).to_string();
    eventually("the API server takes it", || {
        let words = ["patch", "egs", "web", "--subresource=status", "--type=merge", "--patch", &patch];
        let said = world.kubectl(&words);
        if said.is_ok { Ok(()) } else { Err(said.err) }
    });
    drop(another_crd);

    world.start_the_controller();
    web.shows("Ready", "True", "Available");
    assert_eq!((web.at("/status/retry"), web.text("/status/servingRevision")), (json!(null), serves));
    world.passes(3);
    assert!(world.calls_since(moment).writes().is_empty());
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!((web.says("Reconciling"), web.at("/status/submitted/repeats")), (String::new(), json!(null)));
}

/// Row 24: where a rule of the CRD stumbles over the value, the API server takes no status, and an event says what is wrong.
#[test]
fn an_object_that_cannot_be_written_to_is_told_of_by_an_event() {
    let world = World::alone();
    let web = world.given_a_running("nginx:1");
    let another_crd = AnotherCrd::installed();
    world.kill_the_controller();
    spoil(&web, &json!({"healthCheckPath": 7, "primaryContainer": {"environment": [PLANTED]}}));
    drop(another_crd);
    let moment = world.now();

    world.start_the_controller();
    web.told_once("InvalidSpec");
    let note = web.notes("InvalidSpec").pop().unwrap();
    for words in ["spec.healthCheckPath: must be a text", "environment[0]", "refuses every write to this object"] {
        assert!(note.contains(words), "{words:?} is not in: {note}");
    }
    let other = world.apply(&Manifest::of("other", "nginx:1"));
    other.has_deployments(1);
    other.rollout_ends();
    other.shows("Ready", "True", "Available");
    let refused = || world.controller(|it| it.counter("expressway_kubernetes_writes_total", &["outcome=\"failed\""]));
    let before = refused();
    eventually("the refused write is tried again", || if refused() >= before + 3 { Ok(()) } else { Err(refused()) });
    web.told_once("InvalidSpec");
    assert!(world.calls_since(moment).writes_about("web").is_empty());
    nothing_is_quoted(&world);

    web.patch(&json!({"spec": {"healthCheckPath": null, "primaryContainer": {"environment": null}}}));
    web.shows("Ready", "True", "Available");
    assert!(world.calls_since(moment).writes_about("web").is_empty());
}

/// Row 24: such an object is deleted once the field is corrected, and its event says that until then it is not.
#[test]
fn an_object_that_cannot_be_written_to_is_deleted_once_it_is_mended() {
    let world = World::alone();
    let web = world.given_a_running("nginx:1");
    let another_crd = AnotherCrd::installed();
    spoil(&web, &json!({"scalingTarget": ["many"]}));
    drop(another_crd);
    web.delete().done();
    web.drains();
    world.advance(400);

    eventually("it is said that the finalizer stays", || {
        let notes = web.notes("InvalidSpec");
        let is_said = notes.iter().any(|note| note.contains("its finalizer cannot be taken off"));
        if is_said { Ok(()) } else { Err(format!("{notes:?}")) }
    });
    assert!(web.object().is_some());

    web.patch(&json!({"spec": {"scalingTarget": null}}));
    web.is_gone();
}

/// Row 15: a policy that cannot be read protects the service, also in doubt.
#[test]
fn a_policy_that_cannot_be_read_keeps_the_service_from_being_deleted() {
    let world = World::alone();
    let web = world.given_a_running("nginx:1");
    let another_crd = AnotherCrd::installed();
    spoil(&web, &json!({"management": {"deletion": "Perhaps"}}));
    drop(another_crd);
    let message = web.shows("Ready", "False", "InvalidSpec");
    assert!(message.contains("spec.management.deletion: must be Delete or Retain"), "{message}");
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
