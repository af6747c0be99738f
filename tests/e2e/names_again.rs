//! Row 14: a name that is used again, is still draining, was used before, or holds a service that is not Express.
//! (A service that is deleted behind our back has stories of its own.)

use express_simulator::server::{FaultKind, FaultRequest};

use crate::vocabulary::{Manifest, Service, World, given_a_world};

/// The service is created, and serves.
#[track_caller]
fn comes_to_life(web: &Service<'_>) {
    // Of an earlier service, ECS may still have a record, and its deployments.
    web.shows("Ready", "False", "Creating");
    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
}

/// Deletes the object, and waits until it is gone.
#[track_caller]
fn is_deleted(web: &Service<'_>) {
    web.delete().done();
    web.drains();
    web.world.advance(400);
    web.is_gone();
}

/// Row 14: deleted and recreated quickly, again and again.
#[test]
fn the_same_name_again_and_again_is_each_time_one_service() {
    let world = given_a_world();
    let manifest = Manifest::of("web", "nginx:1");
    let mut urls = Vec::new();

    for _ in 0..3 {
        let web = world.apply(&manifest);
        comes_to_life(&web);
        urls.push(web.text("/status/url"));
        is_deleted(&web);
    }

    let made = ["CreateExpressGatewayService", "DeleteExpressGatewayService"];
    assert_eq!(world.calls().writes(), made.repeat(3));
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 3, "each is another service: {urls:?}");
}

/// Row 14: recreated in the moment in which the object goes, and what ECS shows is half a minute old.
#[test]
fn a_name_used_again_while_ecs_shows_what_was_before_is_created_once() {
    let world = given_a_world();
    let manifest = Manifest::of("web", "nginx:1");
    let web = world.given_a_running_one(&manifest);
    is_deleted(&web);
    world.simulator.add_fault(FaultRequest::from(FaultKind::StaleReads { seconds: 30 }));

    world.apply(&manifest);
    web.shows("Ready", "False", "Creating");
    world.passes(5);
    world.advance(40);
    comes_to_life(&web);
    world.advance(40);
    world.passes(5);

    assert_eq!(world.calls().creates(), 2, "one for each object");
    assert_eq!(web.says("Ready"), "True Available");
}

/// Row 14: an edit of an object that is being deleted does not bring its service back, and the next one is new.
#[test]
fn an_apply_while_it_drains_is_too_late_and_the_next_one_is_a_new_service() {
    let world = given_a_world();
    let manifest = Manifest::of("web", "nginx:1");
    let web = world.given_a_running_one(&manifest);
    web.delete().done();
    web.drains();

    world.apply(&Manifest::of("web", "nginx:2"));
    let message = web.shows("Ready", "False", "Deleting");
    assert!(message.contains("draining"), "{message}");
    world.passes(5);
    assert_eq!((world.calls().creates(), world.calls().updates()), (1, 0));
    world.advance(400);
    web.is_gone();

    world.apply(&Manifest::of("web", "nginx:2"));
    comes_to_life(&web);
    assert_eq!(web.column("IMAGE"), "nginx:2");
}

/// Row 14: what failed under the old object is not held against the new one.
#[test]
fn a_new_object_does_not_remember_what_failed_under_the_name() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2-crash");
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    is_deleted(&web);

    world.apply(&Manifest::of("web", "nginx:2"));
    comes_to_life(&web);

    assert_eq!(web.at("/status/failedAttempt"), serde_json::Value::Null);
    assert_eq!(world.calls().creates(), 2);
}

/// Row 14: an INACTIVE name is free.
#[test]
fn a_name_that_is_inactive_is_free() {
    let world = given_a_world();
    world.somebody_creates("web", &[("team", "theirs")]);
    world.somebody_deletes("web");
    world.advance(400);
    let web = world.service("web", "web");
    assert_eq!(web.in_ecs().unwrap().status, "INACTIVE");

    world.apply(&Manifest::of("web", "nginx:1"));
    comes_to_life(&web);

    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}

/// Row 14: a DRAINING name is waited for, with nothing sent, and taken when it is free.
#[test]
fn a_name_that_somebody_elses_service_drains_under_is_waited_for() {
    let world = given_a_world();
    world.somebody_creates("web", &[("team", "theirs")]);
    world.somebody_deletes("web");

    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.shows("Ready", "False", "WaitingForDrain");
    assert_eq!(web.says("Reconciling"), "True Progressing");
    assert_eq!(web.column("STATUS"), "WaitingForDrain");
    world.passes(5);
    assert!(world.calls().writes().is_empty());

    world.advance(400);
    comes_to_life(&web);
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}

/// `web` is applied where a service that is not Express has the name.
#[track_caller]
fn is_in_conflict(world: &World) -> Service<'_> {
    let web = world.service("web", "web");
    let message = web.shows("Ready", "False", "Conflict");
    for words in ["\"web\" in cluster \"default\"", "not an Express service", "spec.serviceName"] {
        assert!(message.contains(words), "{message}");
    }
    web.shows("Stalled", "True", "Conflict");
    assert_eq!(web.says("Reconciling"), "");
    assert_eq!(web.column("STATUS"), "Conflict");
    assert_eq!(web.text("/status/url"), "");
    web
}

/// Row 14: a service that is not Express is not touched, and its name is taken when it goes.
#[test]
fn a_service_that_is_not_express_is_not_touched_and_heals_when_it_goes() {
    let world = given_a_world();
    world.somebody_creates_a_classic("web");
    world.apply(&Manifest::of("web", "nginx:1"));
    let web = is_in_conflict(&world);
    web.told_once("NameInUse");

    world.passes(5);
    web.told_once("NameInUse");
    web.set_image("nginx:2");
    is_in_conflict(&world);
    assert!(world.calls().writes().is_empty(), "{:?}", world.calls().writes());

    world.somebody_deletes_the_classic("web");
    web.shows("Ready", "False", "WaitingForDrain");
    assert_eq!(web.says("Stalled"), "");
    world.advance(400);
    comes_to_life(&web);
    assert_eq!(web.column("IMAGE"), "nginx:2");
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}

/// Row 14: an object goes without a trace, and leaves such a service where it is.
#[test]
fn an_object_in_conflict_with_a_service_that_is_not_express_goes_at_once() {
    let world = given_a_world();
    world.somebody_creates_a_classic("web");
    world.apply(&Manifest::of("web", "nginx:1"));
    let web = is_in_conflict(&world);

    web.delete().done();
    web.is_gone();

    assert!(world.calls().writes().is_empty(), "{:?}", world.calls().writes());
}

/// Row 14: the name was lost to a service that is not Express while nobody looked.
#[test]
fn a_service_whose_place_one_that_is_not_express_has_taken_is_in_conflict() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    world.kill_the_controller();
    world.somebody_deletes("web");
    world.advance(400);
    world.somebody_creates_a_classic("web");
    let moment = world.now();

    world.start_the_controller();
    is_in_conflict(&world);
    world.passes(5);

    assert!(world.calls_since(moment).writes().is_empty());
    assert_eq!(web.at("/status/servingRevision"), serde_json::Value::Null);
}
