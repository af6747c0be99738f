//! Row 14: a service that somebody deletes behind our back, at any moment: created again, or reported, as the policy says.

use serde_json::{Value, json};

use crate::vocabulary::{Manifest, Service, World, given_a_world};

/// Longer than ECS drains.
const DRAINED: u64 = 400;

/// It is waited for, created again, and serves at another URL, which is told.
#[track_caller]
fn is_created_again(web: &Service<'_>, old_url: &str) {
    let message = web.shows("Ready", "False", "WaitingForDrain");
    assert!(message.contains("Somebody deleted the service") && message.contains("with a new URL"), "{message}");
    assert_eq!((web.says("Stalled"), web.says("Reconciling")), (String::new(), "True Progressing".to_owned()));
    web.told_once("Missing");
    assert_eq!(web.world.calls().creates(), 1);
    web.world.advance(DRAINED);
    let message = web.shows("Ready", "False", "Creating");
    assert!(message.contains("with a new URL"), "{message}");
    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    let url = web.text("/status/url");
    assert!(url.starts_with("https://") && url != old_url, "{url}");
    assert_eq!(web.column("URL"), url);
    assert_eq!(web.at("/status/missing"), Value::Null);
    if !old_url.is_empty() {
        web.told_once("UrlChanged");
        let told = web.notes("UrlChanged").remove(0);
        assert!(told.contains(&url) && told.contains(old_url), "{told}");
    }
    web.world.passes(5);
    assert_eq!(web.world.calls().creates(), 2, "once");
}

/// Row 14: at rest.
#[test]
fn a_service_deleted_at_rest_is_created_again_and_its_new_url_is_told() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let url = web.text("/status/url");

    world.somebody_deletes("web");
    is_created_again(&web, &url);
}

/// Row 14: during a rollout.
#[test]
fn a_service_deleted_during_a_rollout_is_created_again_as_the_spec_says() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let url = web.text("/status/url");
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.reaches("BAKE_TIME");

    world.somebody_deletes("web");
    is_created_again(&web, &url);
    assert_eq!(web.column("IMAGE"), "nginx:2");
}

/// Row 14: during its creation.
#[test]
fn a_service_deleted_during_its_creation_is_created_again() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    web.reaches("SCALE_UP");
    let url = web.text("/status/url");

    world.somebody_deletes("web");
    is_created_again(&web, &url);
}

/// Row 14: while no controller looked, to the end.
#[test]
fn a_service_deleted_while_nobody_looked_is_created_again() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let old = web.text("/status/url");
    world.kill_the_controller();
    world.somebody_deletes("web");
    // Longer than ECS keeps a record of it.
    world.advance(48 * 3600);

    world.start_the_controller();
    web.told_once("Missing");
    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_ne!(web.text("/status/url"), old);
    assert_eq!(world.calls().creates(), 2);
}

/// A service under `Report` that somebody deleted.
#[track_caller]
fn given_a_missing(world: &World) -> Service<'_> {
    let web = world.given_a_running_one(&Manifest::of("web", "nginx:1").with("spec.management.drift", "Report"));
    world.somebody_deletes("web");
    let message = web.shows("Ready", "False", "Missing");
    for words in ["somebody deleted the service \"web\"", "ECS still drains it", "with a new URL", "retry-requested-at"]
    {
        assert!(message.contains(words), "{message}");
    }
    assert_eq!((web.says("Stalled"), web.says("Reconciling")), ("True Missing".to_owned(), String::new()));
    assert_eq!((web.says("Synced"), web.column("STATUS")), ("False Missing".to_owned(), "Missing".to_owned()));
    web.told_once("Missing");
    world.advance(DRAINED);
    world.passes(5);
    web.shows("Ready", "False", "Missing");
    // Also when a controller comes that has seen nothing of it.
    world.kill_the_controller();
    world.start_the_controller();
    world.passes(3);
    assert_eq!(web.says("Ready"), "False Missing");
    assert_eq!(world.calls().creates(), 1);
    web
}

#[track_caller]
fn comes_back(web: &Service<'_>) {
    // ECS still shows the deployments of the service that is gone.
    web.shows("Ready", "False", "Creating");
    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    web.told_once("UrlChanged");
    assert_eq!(web.world.calls().creates(), 2);
}

/// Row 14: `Report` creates nothing until a retry is asked for, an edit comes, or the policy changes.
#[test]
fn a_deletion_that_is_reported_waits_for_a_retry() {
    let world = given_a_world();
    let web = given_a_missing(&world);
    web.annotate("expressway.dev/retry-requested-at=1");
    comes_back(&web);

    // Once: the next deletion waits for another one.
    world.somebody_deletes("web");
    web.shows("Ready", "False", "Missing");
    world.advance(DRAINED);
    world.passes(5);
    assert_eq!(world.calls().creates(), 2);
}

/// Row 14: an edit brings it back.
#[test]
fn a_deletion_that_is_reported_waits_for_an_edit() {
    let world = given_a_world();
    let web = given_a_missing(&world);
    web.set_image("nginx:2");
    comes_back(&web);
    assert_eq!(web.column("IMAGE"), "nginx:2");
}

/// Row 14: so does the policy.
#[test]
fn a_deletion_that_is_reported_waits_for_another_policy() {
    let world = given_a_world();
    let web = given_a_missing(&world);
    web.patch(&json!({"spec": {"management": {"drift": "Correct"}}}));
    comes_back(&web);
}

/// Row 14: an object whose service is missing goes at once.
#[test]
fn an_object_whose_service_is_missing_can_be_deleted() {
    let world = given_a_world();
    let web = given_a_missing(&world);

    web.delete().done();
    web.is_gone();

    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}

/// Row 14: with what deletes it again and again there is no fight.
#[test]
fn a_service_that_is_deleted_again_and_again_is_left_to_a_person() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    for _ in 0..2 {
        world.somebody_deletes("web");
        web.shows("Ready", "False", "WaitingForDrain");
        world.advance(DRAINED);
        web.shows("Ready", "False", "Creating");
        web.has_deployments(1);
        web.rollout_ends();
        web.shows("Ready", "True", "Available");
    }

    world.somebody_deletes("web");
    let message = web.shows("Stalled", "True", "Missing");
    assert!(message.contains("It was created again 2 times within a day"), "{message}");
    world.advance(DRAINED);
    world.passes(5);
    assert_eq!(world.calls().creates(), 3);
}

/// Row 14: in mode `Observe` nothing is created, and while suspended it waits.
#[test]
fn nothing_is_created_where_nothing_may_be_written() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.annotate("expressway.dev/suspended=true");
    web.shows("Suspended", "True", "SuspendedByAnnotation");

    world.somebody_deletes("web");
    web.told_once("Missing");
    world.advance(DRAINED);
    let message = web.shows("Ready", "False", "Suspended");
    assert!(message.contains("create the service \"web\""), "{message}");
    web.patch(&json!({"spec": {"management": {"mode": "Observe"}}}));
    web.shows("Ready", "False", "ObserveOnly");
    world.passes(5);

    assert_eq!(world.calls().creates(), 1);
}
