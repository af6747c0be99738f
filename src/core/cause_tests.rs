//! What a person reads about a rollout that failed, by what ECS lets know.

use crate::core::cause::of;
use crate::core::fixtures::a_deployment;
use crate::core::rollout::{CircuitBreaker, Deployment, DeploymentState, HealthAnswer};

const BREAKER: &str = "Service deployment rolled back because the circuit breaker threshold was exceeded.";

fn rolled_back(words: &str) -> Deployment {
    Deployment {
        rollback_reason: Some(words.to_owned()),
        ..a_deployment("d2", Some("r2"), DeploymentState::RollbackSuccessful)
    }
}

fn counted(triggered: bool) -> Option<CircuitBreaker> {
    Some(CircuitBreaker { triggered, failures: 3, threshold: 3 })
}

#[test]
fn an_alarm_is_named() {
    let ended = Deployment {
        triggered_alarms: vec!["web-4xx5xx".to_owned()],
        circuit_breaker: Some(CircuitBreaker { triggered: false, failures: 0, threshold: 3 }),
        // A task that was slow to become healthy is not why.
        unhealthy: Some(HealthAnswer("answered 503".to_owned())),
        ..rolled_back("Rolled back because of an alarm.")
    };
    assert_eq!(of(&ended, Some("/"), false), "Rolled back because of an alarm; alarm in ALARM: web-4xx5xx");
}

#[test]
fn what_stopped_the_tasks_comes_first_then_the_words_then_the_count() {
    let ended = Deployment {
        stopped_task: Some("CannotPullContainerError: shop/web:2: not found".to_owned()),
        circuit_breaker: counted(true),
        ..rolled_back(BREAKER)
    };
    assert_eq!(
        of(&ended, Some("/"), false),
        "CannotPullContainerError: shop/web:2: not found; Service deployment rolled back because the circuit breaker \
         threshold was exceeded; 3 tasks failed, at 3 the circuit breaker triggers"
    );
}

#[test]
fn a_health_check_path_is_named_with_what_it_answered() {
    let unhealthy = |answer: &str, stopped: Option<&str>| Deployment {
        unhealthy: Some(HealthAnswer(answer.to_owned())),
        stopped_task: stopped.map(str::to_owned),
        circuit_breaker: counted(true),
        ..rolled_back("ECS says so")
    };
    let said =
        of(&unhealthy("answered 404", Some("Task failed ELB health checks in (target-group arn)")), Some("/up"), false);
    assert!(
        said.starts_with("health check path /up answered 404 (task failed ELB health checks); ECS says so; "),
        "{said}"
    );
    let said = of(&unhealthy("gave no answer: Request timed out", None), None, false);
    assert!(said.starts_with("the health check gave no answer: Request timed out; "), "{said}");
    // One that exits answers no health check either: the exit is why.
    let said =
        of(&unhealthy("answered 502", Some("Essential container in task exited (exit code 1)")), Some("/"), false);
    assert!(said.starts_with("Essential container in task exited (exit code 1); "), "{said}");
}

#[test]
fn an_unhealthy_task_names_the_path_though_the_events_are_gone() {
    let stopped_task = Some("Task failed ELB health checks in (target-group arn)".to_owned());
    let ended = Deployment { stopped_task, circuit_breaker: counted(true), ..rolled_back("ECS says so") };
    let said = of(&ended, Some("/up"), false);
    assert!(said.starts_with("Task failed ELB health checks in (target-group arn) on path /up; "), "{said}");
}

#[test]
fn a_stop_by_somebody_is_told_from_one_by_annotation() {
    let ended = Deployment { circuit_breaker: counted(false), ..rolled_back("a user requested it") };
    let by_somebody = of(&ended, None, false);
    assert!(by_somebody.starts_with("a user requested it; ") && by_somebody.contains("CloudTrail"), "{by_somebody}");
    assert_eq!(of(&ended, None, true), "the annotation expressway.dev/rollback-requested-at asked for it");
    let by_itself = Deployment { circuit_breaker: counted(true), ..ended };
    assert!(!of(&by_itself, None, true).contains("annotation"), "it failed before it was stopped");
}

#[test]
fn a_rollback_that_fails_says_why_both_failed() {
    let ended = Deployment {
        reason: Some("The rollback failed.".to_owned()),
        state: DeploymentState::RollbackFailed,
        ..rolled_back(BREAKER)
    };
    assert_eq!(of(&ended, None, false), format!("{}; The rollback failed", BREAKER.trim_end_matches('.')));
}

#[test]
fn what_ecs_says_twice_is_said_once() {
    let words = "The rollback failed.";
    let ended =
        Deployment { reason: Some(words.to_owned()), state: DeploymentState::RollbackFailed, ..rolled_back(words) };
    assert_eq!(of(&ended, None, false), "The rollback failed");
    // The rollback went well: that something failed before is in its reason already.
    let ended = Deployment { state: DeploymentState::RollbackSuccessful, ..ended };
    let ended = Deployment { reason: Some("Tasks failed.".to_owned()), ..ended };
    assert_eq!(of(&ended, None, false), "The rollback failed");
}

#[test]
fn whatever_ecs_says_it_is_one_line_that_leaves_room_for_what_to_do() {
    let long = "word\n".repeat(200);
    let ended = Deployment {
        stopped_task: Some(long.clone()),
        triggered_alarms: vec![long.clone()],
        circuit_breaker: counted(true),
        ..rolled_back(&long)
    };
    let said = of(&ended, None, false);
    assert!(said.chars().count() < 700 && !said.contains('\n'), "{said}");
    let silent = Deployment { rollback_reason: None, ..ended };
    let silent = Deployment { stopped_task: None, triggered_alarms: vec![], circuit_breaker: None, ..silent };
    assert_eq!(of(&silent, None, false), "ECS gave no reason");
}
