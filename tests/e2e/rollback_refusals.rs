//! Row 10: a rollback that was asked for and whose stop fails, or whose answer is lost: said, tried again, made once.

use express_simulator::model::ErrorKind;
use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::Value;

use crate::rollback_requests::{STOP, ask, given_a_rollout_at, goes_back, is_answered, stops};
use crate::vocabulary::{World, eventually, given_a_world};

fn fails(world: &World, kind: FaultKind, times: Option<u32>) {
    let fault = FaultRequest::from(kind).on(Operation::StopServiceDeployment);
    world.simulator.add_fault(FaultRequest { count: times, ..fault });
}

fn error(exception: ErrorKind) -> FaultKind {
    FaultKind::Error { exception, message: Some("ECS says why".to_owned()) }
}

/// Row 10: a stop that may not be made is said and tried again, while the rollout is followed as before.
#[test]
fn a_missing_permission_is_said_and_the_rollout_followed() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    let message = "not authorized to perform: ecs:StopServiceDeployment";
    fails(&world, FaultKind::AccessDenied { message: Some(message.to_owned()) }, None);

    ask(&web, "one");
    let said = web.shows("Reconciling", "True", "ProgressingWithRetry");
    for words in ["The rollback that was asked for: StopServiceDeployment: ", message, "deploy/iam/controller.json"] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
        assert!(web.message("Ready").contains(words), "{}", web.message("Ready"));
    }
    assert_eq!((web.says("Ready").as_str(), web.says("Stalled").as_str()), ("False RollingOut", ""));
    web.told_once("RollbackRequestFailed");
    web.reaches("PRODUCTION_TRAFFIC_SHIFT");
    assert_eq!(web.says("RolledOut"), "Unknown CanaryBaking");
    assert_eq!(web.text("/status/lastHandledRollbackAt"), "", "it is not answered yet");

    world.simulator.clear_faults();
    goes_back(&web);
    is_answered(&web, "one");
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    web.has("/status/retry", Value::Null);
    web.told_once("RollbackRequestFailed");
    assert_eq!(world.calls().effects_of(STOP), 1);
}

/// Row 10: a deployment that ECS says is not there, or cannot be stopped, is looked at again before anything is said.
#[test]
fn a_conflict_is_looked_at_again() {
    for exception in [ErrorKind::Conflict, ErrorKind::ServiceDeploymentNotFound] {
        let world = given_a_world();
        let web = given_a_rollout_at(&world, "SCALE_UP");
        fails(&world, error(exception), Some(1));

        ask(&web, "one");
        goes_back(&web);
        is_answered(&web, "one");
        web.rollout_ends();
        web.shows("Ready", "False", "RolledBack");
        assert_eq!(stops(&world), 2);
        assert!(web.notes("RollbackRequestFailed").is_empty(), "{:?}", web.notes("RollbackRequestFailed"));
    }
}

/// Row 10: a refusal that stays is told in ECS's words, and the rollout ends as it will.
#[test]
fn a_refusal_that_stays_is_told() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    fails(&world, error(ErrorKind::Conflict), None);

    ask(&web, "one");
    let said = web.shows("Reconciling", "True", "ProgressingWithRetry");
    eventually("ECS's words", || {
        let said = web.message("Ready");
        if said.contains("ECS says why (ConflictException)") { Ok(()) } else { Err(said) }
    });
    assert!(!said.contains("AWS could not be reached"), "{said}");
    web.told_once("RollbackRequestFailed");

    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    let answer = is_answered(&web, "one");
    assert!(answer.starts_with("nothing was stopped: no deployment is in flight"), "{answer}");
}

/// Row 10: a stop whose answer is lost has had its effect, and is not made twice.
#[test]
fn a_lost_answer_is_no_second_stop() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    fails(&world, FaultKind::AnswerLost, Some(1));

    ask(&web, "one");
    goes_back(&web);
    let answer = is_answered(&web, "one");
    assert!(answer.starts_with("ECS was told to go back from revision "), "{answer}");
    web.rollout_ends();
    let message = web.shows("Ready", "False", "RolledBack");
    assert!(message.contains("rollback-requested-at asked for it"), "{message}");
    assert_eq!(stops(&world), 1);
}

/// Row 10: `kill -9` between the stop and its answer: the next start finds ECS on its way back.
#[test]
fn a_crash_between_the_stop_and_its_answer_makes_no_second_one() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");
    fails(&world, FaultKind::Latency { milliseconds: 20_000 }, Some(1));
    ask(&web, "one");
    goes_back(&web);

    world.kill_the_controller();
    world.start_the_controller();
    let answer = is_answered(&web, "one");
    assert!(answer.starts_with("ECS was told to go back from revision "), "{answer}");
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    assert_eq!((stops(&world), world.calls().updates()), (1, 1));
}
