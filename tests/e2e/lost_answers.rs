//! Answers that are lost, refused or late: nothing is done twice, and everything is done in the end.

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;

use crate::vocabulary::{Manifest, Service, World, eventually, given_a_world};

const CREATE: Operation = Operation::CreateExpressGatewayService;
const UPDATE: Operation = Operation::UpdateExpressGatewayService;

/// `web` comes to life in a world where the next creates go wrong like this.
fn comes_to_life<'w>(world: &'w World, fault: FaultRequest) -> Service<'w> {
    world.simulator.add_fault(fault.on(CREATE));
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    world.passes(5);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls().effects_of("CreateExpressGatewayService"), 1);
    assert_eq!(web.says("Stalled"), "");
    web
}

/// An update is rolled out in a world where the next updates go wrong like this.
fn is_updated(world: &World, fault: FaultRequest) {
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(fault.on(UPDATE));
    web.set_image("nginx:2");
    web.has_deployments(2);
    world.passes(5);
    world.advance(2);
    world.passes(5);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);
    assert_eq!(web.in_ecs().unwrap().deployments, 2);
    assert_eq!(web.column("IMAGE"), "nginx:2");
    assert_eq!(web.says("Stalled"), "");
}

fn fault(kind: FaultKind) -> FaultRequest {
    FaultRequest::from(kind)
}

#[test]
fn a_create_whose_answer_is_lost_makes_one_service() {
    let world = given_a_world();
    comes_to_life(&world, fault(FaultKind::AnswerLost).times(1));
    assert_eq!(world.calls().creates(), 1);
}

/// Row 22: half of an answer is no answer.
#[test]
fn a_create_whose_answer_is_cut_short_makes_one_service() {
    let world = given_a_world();
    comes_to_life(&world, fault(FaultKind::AnswerCutShort).times(1));
    assert_eq!(world.calls().creates(), 1);
}

/// Row 22: half of an answer is no answer.
#[test]
fn an_update_whose_answer_is_cut_short_makes_one_deployment() {
    let world = given_a_world();
    is_updated(&world, fault(FaultKind::AnswerCutShort).times(1));
    assert_eq!(world.calls().updates(), 1);
}

#[test]
fn a_create_that_fails_after_its_effect_makes_one_service() {
    let world = given_a_world();
    comes_to_life(&world, fault(FaultKind::ServerErrorAfter).times(1));
    assert_eq!(world.calls().creates(), 1);
}

#[test]
fn a_create_that_fails_before_its_effect_is_tried_again() {
    let world = given_a_world();
    comes_to_life(&world, fault(FaultKind::ServerErrorBefore).times(3));
    assert_eq!(world.calls().creates(), 4);
}

/// Row 22: a create that is throttled is tried again and said once.
#[test]
fn a_create_that_is_throttled_is_tried_again_and_said_once() {
    let world = given_a_world();
    let web = comes_to_life(&world, fault(FaultKind::Throttle).times(3));
    web.told_once("Throttled");
    web.told_last("RolloutSucceeded");
}

#[test]
fn an_update_whose_answer_is_lost_makes_one_deployment() {
    let world = given_a_world();
    is_updated(&world, fault(FaultKind::AnswerLost).times(1));
    assert_eq!(world.calls().updates(), 1);
}

#[test]
fn an_update_that_fails_after_its_effect_makes_one_deployment() {
    let world = given_a_world();
    is_updated(&world, fault(FaultKind::ServerErrorAfter).times(1));
    assert_eq!(world.calls().updates(), 1);
}

#[test]
fn an_update_that_fails_before_its_effect_is_tried_again_once_ecs_could_have_shown_it() {
    let world = World::with_flags(&["--visibility-grace=3s"]);
    is_updated(&world, fault(FaultKind::ServerErrorBefore).times(2));
    assert_eq!(world.calls().updates(), 3);
}

/// A write that is held up on its way is not waited for without end, is said, and is not made twice.
#[test]
fn an_update_that_is_held_up_is_given_up_and_followed_if_it_arrived() {
    let world = World::with_flags(&["--visibility-grace=4s"]);
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(fault(FaultKind::Latency { milliseconds: 20_000 }).times(1).on(UPDATE));

    web.set_image("nginx:2");
    eventually("it is said", || match web.message("Reconciling") {
        said if said.contains("given up half of --visibility-grace after it was decided") => Ok(()),
        said => Err(said),
    });
    world.simulator.clear_faults();

    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls().effects_of("UpdateExpressGatewayService"), 1);
}

/// Row 22: an update that is throttled is tried again.
#[test]
fn an_update_that_is_throttled_is_tried_again() {
    let world = given_a_world();
    is_updated(&world, fault(FaultKind::Throttle).times(3));
}

#[test]
fn a_delete_whose_answer_is_lost_is_followed_to_its_end() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(fault(FaultKind::AnswerLost).times(1).on(Operation::DeleteExpressGatewayService));
    web.delete().done();
    web.shows("Ready", "False", "Deleting");
    world.passes(3);
    world.advance(400);
    web.is_gone();
    assert_eq!(world.calls().of("DeleteExpressGatewayService").len(), 1);
}

/// Row 22: a role that AWS does not know yet heals by itself.
#[test]
fn a_role_that_aws_does_not_know_yet_heals_by_itself() {
    let world = given_a_world();
    world.simulator.add_fault(FaultKind::RolePropagation { role: None, seconds: 120 });
    let web = world.apply(&Manifest::of("web", "nginx:1"));

    let message = web.shows("Ready", "False", "AccessDenied");
    assert!(message.contains("Cannot assume role"), "{message}");
    assert_eq!(web.says("Reconciling"), "True ProgressingWithRetry");
    world.passes(5);
    assert_eq!(web.says("Stalled"), "");
    assert_eq!(web.says("Reconciling"), "True ProgressingWithRetry");
    web.told_once("AccessDenied");

    world.advance(121);
    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
}

/// Row 22: a permission that is missing is named and heals.
#[test]
fn a_permission_that_is_missing_is_named_and_heals() {
    let world = given_a_world();
    let message = "User: arn:aws:sts::111122223333:assumed-role/expressway is not authorized to perform: ecs:UpdateExpressGatewayService";
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(fault(FaultKind::AccessDenied { message: Some(message.to_owned()) }).on(UPDATE));
    web.set_image("nginx:2");

    let said = web.shows("Ready", "False", "AccessDenied");
    assert!(said.contains(message) && said.contains("request id"), "{said}");
    assert_eq!(web.says("Stalled"), "");

    world.simulator.clear_faults();
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
}

#[test]
fn what_serves_stays_ready_while_ecs_cannot_be_read() {
    let world = World::with_flags(&["--observe-interval=1m"]);
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(fault(FaultKind::Throttle));
    // Somebody wants it looked at.
    web.annotate("expressway.dev/reconcile-requested-at=now");

    web.shows("Reconciling", "True", "ProgressingWithRetry");
    assert_eq!(web.says("Ready"), "True Available");

    world.simulator.clear_faults();
    crate::vocabulary::eventually("nothing is being done any more", || {
        let says = web.says("Reconciling");
        if says.is_empty() { Ok(()) } else { Err(says) }
    });
    assert_eq!(web.says("Ready"), "True Available");
}

#[test]
fn stale_reads_start_no_second_rollout() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    world.advance(60);
    world.simulator.add_fault(FaultKind::StaleReads { seconds: 30 });
    web.set_image("nginx:2");
    web.has_deployments(2);
    world.passes(10);
    world.advance(31);
    world.passes(10);
    web.rollout_ends();
    world.advance(31);
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(world.calls().updates(), 1);
}
