//! A delete waits until AWS has really drained, and never takes what is not ours.

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;

use crate::vocabulary::{Manifest, Service, eventually, given_a_world};

/// ECS drains, and the object says so and stays.
fn is_seen_to_drain(web: &Service<'_>) {
    let world = web.world;
    let message = web.shows("Ready", "False", "Deleting");
    assert!(message.contains("draining"), "{message}");
    world.passes(3);
    assert_eq!(web.in_ecs().unwrap().status, "DRAINING");
    assert_eq!(web.at("/metadata/finalizers"), serde_json::json!(["expressway.dev/finalizer"]));
    assert_eq!(world.calls().of("DeleteExpressGatewayService").len(), 1);
}

/// The tasks have ended, and so does the object.
fn goes(web: &Service<'_>) {
    web.world.advance(400);
    web.is_gone();
    assert_eq!(web.in_ecs().unwrap().status, "INACTIVE");
}

/// Row 15: a delete waits until ECS has drained.
#[test]
fn a_delete_waits_until_ecs_has_drained() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");

    web.delete().done();
    is_seen_to_drain(&web);
    assert_eq!(web.column("STATUS"), "Deleting");
    goes(&web);

    web.told(&["Created", "RolloutSucceeded", "Draining", "Deleted"]);
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService", "DeleteExpressGatewayService"]);
}

/// Row 15: a delete during a rollout drains too.
#[test]
fn a_delete_during_a_rollout_drains_too() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.reaches("SCALE_UP");

    web.delete().done();
    is_seen_to_drain(&web);
    goes(&web);

    let events = web.events();
    assert!(!events.iter().any(|event| event == "RolledBack" || event == "RolloutFailed"), "{events:?}");
}

#[test]
fn a_delete_right_after_the_create_leaves_nothing_behind() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);

    web.delete().done();
    is_seen_to_drain(&web);
    goes(&web);
}

#[test]
fn an_object_that_no_controller_has_seen_goes_at_once() {
    let world = given_a_world();
    world.kill_the_controller();
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.delete().done();
    web.is_gone();

    world.start_the_controller();
    assert!(world.calls().writes().is_empty());
}

#[test]
fn an_object_whose_service_could_not_be_created_goes_at_once() {
    let world = given_a_world();
    let denied = FaultRequest::from(FaultKind::AccessDenied { message: None });
    world.simulator.add_fault(denied.on(Operation::CreateExpressGatewayService));
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.shows("Ready", "False", "AccessDenied");

    web.delete().done();
    web.is_gone();

    assert!(world.calls().of("DeleteExpressGatewayService").is_empty());
    assert!(web.in_ecs().is_none());
}

/// The create was written down before it was sent. That it was refused must be, too, or the object waits for its service.
#[test]
fn an_object_that_is_deleted_while_its_create_is_being_refused_goes_at_once() {
    let world = given_a_world();
    world.simulator.add_fault(FaultKind::RolePropagation { role: None, seconds: 3_600 });
    let late = FaultRequest::from(FaultKind::Latency { milliseconds: 3_000 });
    world.simulator.add_fault(late.on(Operation::CreateExpressGatewayService).times(1));
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    eventually("the create is under way", || {
        let creates = world.calls().of("CreateExpressGatewayService").len();
        if creates > 0 { Ok(()) } else { Err("no create") }
    });

    web.delete().done();
    web.is_gone();

    assert!(world.calls().of("DeleteExpressGatewayService").is_empty());
    assert!(web.in_ecs().is_none());
}

#[test]
fn an_object_whose_spec_was_never_valid_goes_at_once() {
    let world = given_a_world();
    let web =
        world.apply(&Manifest::of("web", "nginx:1").with("spec.taskRoleArn", "arn:aws:iam::999999999999:role/task"));
    web.shows("Ready", "False", "InvalidSpec");

    web.delete().done();
    web.is_gone();

    assert!(world.calls().writes().is_empty());
}

#[test]
fn an_object_whose_spec_has_become_invalid_takes_its_service_with_it() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.patch(&serde_json::json!({"spec": {"taskRoleArn": "arn:aws:iam::999999999999:role/task"}}));
    web.shows("Ready", "False", "InvalidSpec");

    web.delete().done();
    is_seen_to_drain(&web);
    goes(&web);
}

#[test]
fn a_delete_while_the_controller_is_down_is_done_when_it_is_up() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    world.kill_the_controller();
    web.delete().done();

    world.start_the_controller();
    is_seen_to_drain(&web);
    world.kill_the_controller();
    world.start_the_controller();
    is_seen_to_drain(&web);
    goes(&web);
}

/// Row 14: a service that was deleted in AWS lets its object go.
#[test]
fn a_service_that_was_deleted_in_aws_lets_its_object_go() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let arn = web.text("/status/serviceArn");
    world.kill_the_controller();
    world.somebody_calls(Operation::DeleteExpressGatewayService, serde_json::json!({"serviceArn": arn}));
    web.delete().done();

    world.start_the_controller();
    web.shows("Ready", "False", "Deleting");
    assert_eq!(web.in_ecs().unwrap().status, "DRAINING");
    goes(&web);
    assert!(world.calls().of("DeleteExpressGatewayService").is_empty());
}

/// Row 14: the object of before is gone, and one of the same name is applied at once.
#[test]
fn deleted_and_applied_again_is_a_new_service_with_a_new_url() {
    let world = given_a_world();
    let manifest = Manifest::of("web", "nginx:1");
    let web = world.given_a_running_one(&manifest);
    let (arn, url) = (web.text("/status/serviceArn"), web.text("/status/url"));
    web.delete().done();
    is_seen_to_drain(&web);
    goes(&web);

    world.apply(&manifest);
    web.shows("Ready", "False", "Creating");
    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    assert_eq!(web.text("/status/serviceArn"), arn);
    assert_ne!(web.text("/status/url"), url);
    assert_eq!(world.calls().creates(), 2);
}

/// Row 14: the name is draining under another object.
#[test]
fn a_name_that_drains_is_waited_for() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let url = web.text("/status/url");
    web.delete().done();
    web.shows("Ready", "False", "Deleting");

    let next = world.apply(&Manifest::of("next", "nginx:2").with("spec.serviceName", "web"));
    let message = next.shows("Ready", "False", "WaitingForDrain");
    assert!(message.contains("web"), "{message}");
    assert_eq!(next.says("Reconciling"), "True Progressing");
    world.passes(3);
    assert_eq!(world.calls().creates(), 1);

    world.advance(400);
    web.is_gone();
    next.shows("Ready", "False", "Creating");
    assert_eq!(world.calls().creates(), 2);
    next.rollout_ends();
    next.shows("Ready", "True", "Available");
    assert_ne!(next.text("/status/url"), url);
}

#[test]
fn kubectl_delete_returns_when_aws_is_done() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");

    let said = std::thread::scope(|scope| {
        let deleting = scope.spawn(|| world.kubectl(&["delete", "egs", "web", "--timeout=60s"]).done());
        is_seen_to_drain(&web);
        world.advance(400);
        deleting.join().unwrap()
    });

    assert!(said.contains("\"web\" deleted"), "{said}");
    assert!(web.object().is_none());
}

/// Row 15: a delete that is denied is said and done once it is allowed.
#[test]
fn a_delete_that_is_denied_is_said_and_done_once_it_is_allowed() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let denied = FaultRequest::from(FaultKind::AccessDenied { message: None });
    world.simulator.add_fault(denied.on(Operation::DeleteExpressGatewayService));
    web.delete().done();
    let message = web.shows("Ready", "False", "Deleting");
    assert!(message.contains("DeleteExpressGatewayService"), "{message}");
    web.shows("Reconciling", "True", "ProgressingWithRetry");

    world.simulator.clear_faults();
    web.drains();
    goes(&web);
    assert_eq!(world.calls().effects_of("DeleteExpressGatewayService"), 1);
}
