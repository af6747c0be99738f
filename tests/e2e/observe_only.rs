//! Row 17: `spec.management.mode: Observe` shows everything and writes nothing.

use serde_json::{Value, json};

use crate::vocabulary::{Manifest, Service, World, given_a_world};

/// `web`, only observed.
fn observing(image: &str) -> Manifest {
    Manifest::of("web", image).with("spec.management.mode", "Observe")
}

/// The spec of the service that [`World::somebody_creates`] makes.
fn as_it_is() -> Manifest {
    let role = "arn:aws:iam::111122223333:role/theirs";
    observing("theirs:1").with("spec.infrastructureRoleArn", role).with("spec.executionRoleArn", role)
}

/// Somebody's service `web`, which serves.
fn given_somebodys<'w>(world: &'w World, tags: &[(&str, &str)]) -> Service<'w> {
    world.somebody_creates("web", tags);
    let web = world.service("web", "web");
    web.rollout_ends();
    web
}

fn is_without_a_write(world: &World) {
    assert!(world.calls().writes().is_empty(), "{:?}", world.calls().writes());
}

/// A change that the plan shows, by its path.
fn change(web: &Service<'_>, path: &str) -> Value {
    let changes = web.at("/status/plan/changes");
    let found = changes.as_array().into_iter().flatten().find(|change| change["path"] == path);
    found.unwrap_or_else(|| panic!("no {path} in {changes}")).clone()
}

/// Row 17: the status tells of the service, whoever made it, with every difference and both values, and AWS is never written to.
#[test]
fn a_service_that_nobody_here_made_is_shown_with_every_difference_and_no_write() {
    let world = given_a_world();
    given_somebodys(&world, &[("team", "theirs")]);
    let environment = json!({"image": "mine:2", "environment": [{"name": "PASSWORD", "value": "hunter2-planted"}]});
    let web = world.apply(
        &observing("")
            .with("spec.primaryContainer", environment)
            .with("spec.tags", json!([{"key": "team", "value": "shop"}])),
    );

    let message = web.shows("Ready", "False", "ObserveOnly");
    assert!(message.contains("spec.primaryContainer.image"), "{message}");
    assert!(message.contains("mode Manage would refuse it unless spec.management.adoption is IfUnowned"), "{message}");
    assert_eq!(web.says("Synced"), "False ObserveOnly");
    assert_eq!(web.says("Stalled"), "");
    assert_eq!(web.text("/status/plan/action"), "Adopt");
    let image = json!({"path": "spec.primaryContainer.image", "wanted": "mine:2", "live": "theirs:1"});
    assert_eq!(change(&web, "spec.primaryContainer.image"), image);
    assert_eq!(change(&web, "spec.tags[team]"), json!({"path": "spec.tags[team]", "wanted": "shop", "live": "theirs"}));
    assert_eq!(change(&web, "spec.primaryContainer.environment[PASSWORD]")["wanted"], "<redacted>");
    assert!(!web.at("/status").to_string().contains("hunter2"));
    assert!(web.column("URL").starts_with("https://"), "{:?}", web.columns(true));
    assert_eq!((web.column("TASKS").as_str(), web.column("IMAGE").as_str()), ("1/1", "theirs:1"));
    assert_eq!(web.at("/metadata/finalizers"), Value::Null, "no finalizer is put on");

    // What somebody does to it is followed.
    world.somebody_updates("web", json!({"healthCheckPath": "/theirs"}));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "False", "ObserveOnly");

    world.kubectl(&["delete", "egs", "web", "--timeout=30s"]).done();
    assert_eq!(web.in_ecs().unwrap().status, "ACTIVE");
    is_without_a_write(&world);
}

/// Row 17: when the YAML says what is there, `Ready` is `True`; the switch to `Manage` writes tags alone, and only where adoption is
/// allowed.
#[test]
fn a_yaml_that_says_what_is_there_is_ready_whoever_made_it() {
    let world = given_a_world();
    given_somebodys(&world, &[]);
    let web = world.apply(&as_it_is());

    let message = web.shows("Ready", "True", "Available");
    assert!(message.contains("was not made by Expressway"), "{message}");
    assert_eq!(web.says("Synced"), "True ObserveOnly");
    assert_eq!((web.text("/status/plan/action"), web.at("/status/plan/changes")), ("Adopt".to_owned(), Value::Null));

    web.patch(&json!({"spec": {"management": {"mode": "Manage"}}}));
    web.shows("Ready", "False", "AlreadyExists");
    assert_eq!(web.text("/status/url"), "", "what is not ours is not shown once it is to be managed");
    is_without_a_write(&world);
}

/// Row 17: nothing is created.
#[test]
fn a_service_that_is_not_there_is_planned_and_not_created() {
    let world = given_a_world();
    let web = world.apply(&observing("nginx:1"));

    let message = web.shows("Ready", "False", "ObserveOnly");
    assert!(message.contains("would create the service \"web\" in cluster \"default\""), "{message}");
    assert_eq!(
        (web.text("/status/plan/action"), web.at("/status/plan/startsRollout")),
        ("Create".to_owned(), json!(true))
    );
    assert_eq!(change(&web, "spec.primaryContainer.image")["wanted"], "nginx:1");
    world.passes(5);
    is_without_a_write(&world);
}

/// Row 17: switching a service of ours to `Observe` and back writes nothing, and neither do looks in between.
#[test]
fn switching_to_manage_without_a_difference_writes_nothing() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();
    web.patch(&json!({"spec": {"management": {"mode": "Observe"}}}));
    web.shows("Synced", "True", "ObserveOnly");
    assert_eq!(web.says("Ready"), "True Available");
    let version = web.text("/metadata/resourceVersion");
    world.passes(5);
    assert_eq!(web.text("/metadata/resourceVersion"), version, "no status is written on an idle pass");

    web.patch(&json!({"spec": {"management": {"mode": "Manage"}}}));
    web.shows("Synced", "True", "InSync");
    assert_eq!(web.says("Ready"), "True Available");
    world.passes(5);

    assert!(world.calls_since(moment).writes().is_empty(), "{:?}", world.calls_since(moment).writes());
}

/// Row 17: an edit is shown and not sent; an object that was managed before lets go of its service without a write.
#[test]
fn an_edit_is_not_sent_and_a_deletion_leaves_the_service() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();
    web.patch(&json!({"spec": {"management": {"mode": "Observe"}, "primaryContainer": {"image": "nginx:2"}}}));

    let message = web.shows("Ready", "False", "ObserveOnly");
    assert!(message.contains("Manage would update spec.primaryContainer.image, which starts a canary"), "{message}");
    assert_eq!(web.text("/status/plan/action"), "Update");

    assert_eq!(web.at("/metadata/finalizers"), json!(["expressway.dev/finalizer"]));
    world.kubectl(&["delete", "egs", "web", "--timeout=30s"]).done();
    assert_eq!(web.in_ecs().unwrap().status, "ACTIVE");
    assert!(world.calls_since(moment).writes().is_empty(), "{:?}", world.calls_since(moment).writes());
}
