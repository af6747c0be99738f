//! Row 11: a first deployment that fails, hangs or can never end is said, with the resource of AWS that is in the way.

use express_simulator::server::{FaultKind, FaultRequest};

use serde_json::json;

use crate::vocabulary::{Manifest, Service, World, eventually, given_a_world};

/// The role that [`Manifest::of`] names.
const ROLE: &str = "arn:aws:iam::111122223333:role/infrastructure";

/// What AWS says of a load balancer that it refuses.
const REFUSAL: &str = "not authorized to perform: elasticloadbalancing:CreateLoadBalancer";

/// A creation may take three seconds.
fn given_an_impatient_world() -> World {
    World::with_flags(&["--creation-time-limit=3s"])
}

/// `web` is created with an infrastructure role that nobody knows yet.
fn given_a_wedge(world: &World) -> Service<'_> {
    world.simulator.role_loses_its_permissions(ROLE);
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    web.reaches("SCALE_UP");
    web
}

/// Row 11: the wedge of fresh roles is seen within its time limit and named by the resource and AWS's reason, and nothing is written.
#[test]
fn a_refused_load_balancer_is_named_with_its_reason() {
    let world = given_an_impatient_world();
    let web = given_a_wedge(&world);

    let message = web.shows("Ready", "False", "Wedged");

    for words in ["the load balancer is FAILED", REFUSAL, ROLE, "recreate to WhenWedged", "a new URL"] {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }
    assert_eq!((web.says("Stalled"), web.says("Reconciling")), ("True Wedged".to_owned(), String::new()));
    assert_eq!(web.column("STATUS"), "Wedged");
    let described = world.kubectl(&["describe", "egs", "web"]).done();
    assert!(described.contains(REFUSAL), "{described}");
    let version = web.text("/metadata/resourceVersion");
    world.passes(6);
    assert_eq!(web.text("/metadata/resourceVersion"), version, "nothing new is no write");
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
    web.told_once("Wedged");
}

/// Row 11: what is refused is named at once, and called a wedge only when it has not healed for five minutes.
#[test]
fn a_refusal_is_named_while_it_may_still_heal() {
    let world = given_a_world();
    let web = given_a_wedge(&world);
    eventually("the refusal is named", || {
        let message = web.message("Ready");
        if message.contains(REFUSAL) { Ok(()) } else { Err(message) }
    });
    assert_eq!((web.says("Ready"), web.says("Stalled")), ("False Creating".to_owned(), String::new()));
}

/// Row 11: what has failed for five minutes is called a wedge, long before the creation's own time limit.
#[test]
fn what_has_failed_for_five_minutes_is_a_wedge() {
    let world = given_a_world();
    let web = given_a_wedge(&world);
    // As if it had been refused so long ago.
    let refused_for = |minutes: u64| {
        let mut resources = web.at("/status/managedResources");
        let since = jiff::Timestamp::now() - std::time::Duration::from_secs(minutes * 60);
        resources[0]["since"] = json!(jiff::Timestamp::from_second(since.as_second()).unwrap().to_string());
        let patch = json!({"status": {"managedResources": resources}}).to_string();
        let words = ["patch", "egs", "web", "--subresource=status", "--type=merge", "--patch", &patch];
        world.kubectl(&words).done();
        world.passes(4);
    };
    eventually("the load balancer's state", || {
        let state = web.text("/status/managedResources/0/state");
        if state == "FAILED" { Ok(()) } else { Err(state) }
    });
    refused_for(4);
    assert_eq!(web.says("Ready"), "False Creating");

    // A look that was under way may have written the moment of before.
    eventually("five minutes are over", || {
        refused_for(5);
        let says = web.says("Ready");
        if says == "False Wedged" { Ok(()) } else { Err(says) }
    });
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}

/// Row 11: a load balancer that never comes up and has no reason is named all the same.
#[test]
fn a_load_balancer_that_does_not_come_up_is_named_without_a_reason() {
    let world = given_an_impatient_world();
    world.simulator.add_fault(FaultRequest::from(FaultKind::Wedge { service: None, silent: true }).times(1));
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    web.reaches("SCALE_UP");

    let message = web.shows("Ready", "False", "Wedged");

    let expected = "nothing has moved for 3 s: the load balancer is PROVISIONING, and ECS gives no reason";
    assert!(message.contains(expected), "{message}");
    web.shows("Stalled", "True", "Wedged");
}

/// Row 11: a wedge that heals, because the role was given what it lacked, goes on without the controller.
#[test]
fn a_wedge_that_heals_goes_on_by_itself() {
    let world = given_an_impatient_world();
    world.simulator.set_switch("wedge_heals", "true").unwrap();
    let web = given_a_wedge(&world);
    web.shows("Ready", "False", "Wedged");

    world.simulator.clear_faults();
    web.rollout_ends();

    web.shows("Ready", "True", "Available");
    assert_eq!(web.says("Stalled"), "");
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
    web.told_last("RolloutSucceeded");
}

/// Row 11: a first deployment that hangs though AWS has made everything is called the spec's own, and a changed spec is sent.
#[test]
fn a_first_image_that_hangs_is_said_and_a_changed_spec_is_sent() {
    let world = given_an_impatient_world();
    let web = world.apply(&Manifest::of("web", "nginx:1-hang").with("spec.management.recreate", "WhenWedged"));
    web.has_deployments(1);
    web.reaches("SCALE_UP");
    world.advance(2400);

    let message = eventually("all resources are there", || {
        let message = web.message("Ready");
        if message.contains("though every resource") { Ok(message) } else { Err(message) }
    });

    for words in ["within 3 s", "IN_PROGRESS, stage SCALE_UP", "Look at the image", "a changed spec is sent at once"] {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService", "UpdateExpressGatewayService"]);
}

/// Row 11: a first deployment that fails and that ECS never ends is said with ECS's words.
#[test]
fn a_first_deployment_that_fails_without_an_end_is_said() {
    let world = given_an_impatient_world();
    world.simulator.set_switch("first_deployment_failure", "IN_PROGRESS").unwrap();
    let web = world.apply(&Manifest::of("web", "nginx:1-crash"));
    web.has_deployments(1);
    world.advance(2400);

    let message = eventually("ECS's words", || {
        let message = web.message("Stalled");
        if message.contains("circuit breaker") { Ok(message) } else { Err(message) }
    });

    assert!(message.contains("IN_PROGRESS"), "{message}");
    assert_eq!(web.says("Ready"), "False Wedged");
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
}

/// Row 11: a first deployment that fails is said with its cause and held, and a changed spec is sent as an update.
#[test]
fn a_first_deployment_that_fails_is_held_until_the_spec_changes() {
    let world = given_an_impatient_world();
    let web = world.apply(&Manifest::of("web", "nginx:1-cannot-pull").with("spec.management.recreate", "WhenWedged"));
    web.has_deployments(1);
    web.rollout_ends();

    let message = web.shows("Ready", "False", "DeploymentFailed");

    for words in ["nginx:1-cannot-pull", "CannotPullContainerError", "there was no revision to go back to"] {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }
    web.shows("Stalled", "True", "DeploymentFailed");
    world.passes(5);
    assert_eq!((world.calls().creates(), world.calls().updates()), (1, 0));
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls().of("DeleteExpressGatewayService").len(), 0);
}
