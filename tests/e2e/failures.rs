//! Row 22: what a person sees of a call that fails, and when it is tried again. (Every exception of every operation has its
//! class in `src/aws/exceptions_tests.rs`; answers that are lost are in `lost_answers.rs`, missing credentials in `credentials.rs`.)

use express_simulator::model::ErrorKind;
use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::json;

use crate::vocabulary::{Manifest, Service, World, eventually, given_a_world};

const CREATE: Operation = Operation::CreateExpressGatewayService;

fn error(exception: ErrorKind, message: &str) -> FaultRequest {
    FaultRequest::from(FaultKind::Error { exception, message: Some(message.to_owned()) })
}

/// What is said of a create that is refused: `Ready`, the condition beside it, and what to do. It heals when the fault does.
fn is_said(exception: ErrorKind, message: &str, ready: &str, beside: (&str, &str), what_to_do: &str) {
    let world = given_a_world();
    world.simulator.add_fault(error(exception, message).on(CREATE));
    let web = world.apply(&Manifest::of("web", "nginx:1"));

    let (status, reason) = ready.split_once(' ').unwrap();
    let said = web.shows("Ready", status, reason);

    for words in ["CreateExpressGatewayService", exception.name(), message, "request id", what_to_do] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    world.passes(3);
    assert_eq!(web.says("Ready"), ready);
    let says = ["Reconciling", "Stalled"].map(|kind| web.says(kind));
    let (kind, reason) = beside;
    let expected =
        ["Reconciling", "Stalled"].map(|it| if it == kind { format!("True {reason}") } else { String::new() });
    assert_eq!(says, expected);
    assert!(web.at("/status/retry/failures").as_i64().unwrap() > 1, "it is tried again all the same");

    world.simulator.clear_faults();
    web.has_deployments(1);
    web.shows("Ready", "False", "Creating");
    web.has("/status/retry", json!(null));
}

/// The same as `kubectl` shows it.
const RETRIES_SAYS: (&str, &str) = ("True", "ProgressingWithRetry");

const RETRIES: (&str, &str) = ("Reconciling", "ProgressingWithRetry");

/// Row 22: throttling heals by itself.
#[test]
fn throttling_is_said_and_tried_again() {
    is_said(ErrorKind::Throttling, "Rate exceeded", "Unknown Throttled", RETRIES, "AWS asks to slow down");
}

/// Row 22: a permission that is missing heals outside, so nothing is stalled.
#[test]
fn a_missing_permission_is_said_and_tried_again() {
    let message = "User: arn:aws:sts::111122223333:assumed-role/expressway is not authorized to perform: iam:PassRole";
    is_said(ErrorKind::AccessDenied, message, "False AccessDenied", RETRIES, "deploy/iam/controller.json");
}

/// Row 22: expired credentials are not a missing permission.
#[test]
fn expired_credentials_are_said_and_tried_again() {
    let message = "The security token included in the request is expired";
    is_said(ErrorKind::ExpiredToken, message, "False AccessDenied", RETRIES, "valid AWS credentials");
}

/// Row 22: a fault of ECS heals by itself.
#[test]
fn a_fault_of_ecs_is_said_and_tried_again() {
    is_said(ErrorKind::Server, "Service Unavailable", "Unknown ServiceUnavailable", RETRIES, "looked up before");
}

/// Row 22: a refused value waits for a person.
#[test]
fn a_refused_value_stalls() {
    let message = "Task definition must contain a container named 'Main' with a single TCP port mapping";
    is_said(ErrorKind::InvalidParameter, message, "False InvalidSpec", ("Stalled", "InvalidSpec"), "Change the spec");
}

/// Row 22: so does an identifier that ECS does not take.
#[test]
fn a_refused_identifier_stalls() {
    is_said(ErrorKind::Client, "not valid", "False InvalidSpec", ("Stalled", "InvalidSpec"), "Change the spec");
}

/// Row 22: so does what the region or platform does not have.
#[test]
fn what_is_not_offered_stalls() {
    let stalled = ("Stalled", "Unsupported");
    let what_to_do = "use a region that offers it";
    for exception in
        [ErrorKind::UnsupportedFeature, ErrorKind::PlatformUnknown, ErrorKind::PlatformTaskDefinitionIncompatibility]
    {
        is_said(exception, "not here", "False Unsupported", stalled, what_to_do);
    }
}

/// Row 22: so does a cluster that is not there.
#[test]
fn a_missing_cluster_stalls() {
    let stalled = ("Stalled", "ClusterNotFound");
    is_said(ErrorKind::ClusterNotFound, "Cluster not found", "False ClusterNotFound", stalled, "Create the cluster");
}

/// `web` serves, and the next look fails like this: what is said of the call, while `Ready` stays.
fn a_look_fails<'w>(world: &'w World, fault: FaultRequest) -> (Service<'w>, String) {
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(fault.on(Operation::DescribeServices));
    web.annotate("expressway.dev/reconcile-requested-at=now");
    let said = web.shows("Reconciling", "True", "ProgressingWithRetry");
    assert_eq!(web.says("Ready"), "True Available");
    (web, said)
}

fn heals(web: &Service<'_>) {
    web.world.simulator.clear_faults();
    web.has("/status/retry", json!(null));
    assert_eq!((web.says("Ready"), web.says("Reconciling")), ("True Available".to_owned(), String::new()));
    assert_eq!(web.world.calls().writes(), ["CreateExpressGatewayService"]);
}

/// Row 22: an answer that does not come in time.
#[test]
fn an_answer_after_the_time_limit_is_none() {
    let world = World::with_flags(&["--aws-timeout=300ms", "--observe-interval=1m"]);
    let (web, said) = a_look_fails(&world, FaultKind::Latency { milliseconds: 20_000 }.into());
    for words in ["DescribeServices: AWS did not answer in time", "(Timeout", "tried again by itself"] {
        assert!(said.contains(words), "{said}");
    }
    heals(&web);
}

/// Row 22: half of a body.
#[test]
fn a_reading_that_is_cut_short_is_none() {
    let world = World::with_flags(&["--observe-interval=1m"]);
    let (web, said) = a_look_fails(&world, FaultKind::AnswerCutShort.into());
    assert!(said.contains("AWS's answer broke off") && said.contains("(ResponseCutShort"), "{said}");
    heals(&web);
}

/// Row 22: a service in a state of a later API is left alone.
#[test]
fn an_unknown_state_is_said_and_nothing_is_done() {
    let world = World::with_flags(&["--observe-interval=1m"]);
    let rewrite = FaultKind::Rewrite { find: "\"ACTIVE\"".to_owned(), replace: "\"POLISHING\"".to_owned() };
    let (web, said) = a_look_fails(&world, rewrite.into());
    assert!(said.contains("a state that this version does not know") && said.contains("POLISHING"), "{said}");
    heals(&web);
}

/// Row 22: a deployment in a state and a stage of a later API is shown in ECS's words, and followed.
#[test]
fn an_unknown_state_of_a_deployment_is_shown_and_followed() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    for (find, replace) in [("\"IN_PROGRESS\"", "\"POLISHING\""), ("\"SCALE_UP\"", "\"MOON_SHIFT\"")] {
        let rewrite = FaultKind::Rewrite { find: find.to_owned(), replace: replace.to_owned() };
        world.simulator.add_fault(FaultRequest::from(rewrite).on(Operation::DescribeServiceDeployments));
    }
    web.set_image("nginx:2");
    web.has_deployments(2);
    world.advance(30);

    web.has("/status/deployment/status", "POLISHING");
    web.shows("Ready", "False", "RollingOut");
    world.passes(5);
    assert_eq!(world.calls().updates(), 1);
    world.simulator.clear_faults();
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls().updates(), 1);
}

/// Row 22: a proxy or a captive portal in between.
#[test]
fn an_answer_that_is_not_of_ecs_is_none() {
    let world = World::with_flags(&["--observe-interval=1m"]);
    let rewrite = FaultKind::Rewrite { find: "{".to_owned(), replace: "<html>".to_owned() };
    let (web, said) = a_look_fails(&world, rewrite.into());
    assert!(said.contains("check the endpoint and any proxy"), "{said}");
    heals(&web);
}

/// Row 22: a reconcile that takes too long is given up and made again.
#[test]
fn a_reconcile_after_its_time_limit_is_given_up_and_made_again() {
    let world = World::with_flags(&["--reconcile-timeout=2s", "--aws-timeout=20s", "--observe-interval=1m"]);
    let web = world.given_a_running("nginx:1");
    let slow = FaultKind::Latency { milliseconds: 15_000 };
    world.simulator.add_fault(FaultRequest::from(slow).on(Operation::DescribeServices));
    web.set_image("nginx:2");
    eventually("it is given up", || {
        let log = world.controller(|controller| controller.log());
        if log.contains("gave up after 2s: a call hangs") { Ok(()) } else { Err("not yet") }
    });
    assert_eq!(world.calls().updates(), 0);

    world.simulator.clear_faults();
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
}

/// Row 22: each call of a life that is refused is named, leaves what serves as it is, and heals by itself.
#[test]
fn each_call_that_is_refused_is_named_and_heals() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let refused = |operation: Operation| {
        world.simulator.add_fault(error(ErrorKind::AccessDenied, "not you").on(operation));
    };
    let says = |kind: &str, (status, reason): (&str, &str), operation: &str| {
        let said = web.shows(kind, status, reason);
        assert!(said.contains(&format!("{operation}: not you (AccessDeniedException, request id")), "{said}");
        assert!(said.contains("deploy/iam/controller.json"), "{said}");
        assert_eq!(
            (web.says("Reconciling"), web.says("Stalled")),
            (format!("{} {}", RETRIES_SAYS.0, RETRIES_SAYS.1), String::new())
        );
        world.simulator.clear_faults();
        web.has("/status/retry", json!(null));
    };

    refused(Operation::TagResource);
    web.patch(&json!({"spec": {"tags": [{"key": "team", "value": "shop"}]}}));
    says("Synced", ("False", "Error"), "TagResource");
    web.shows("Synced", "True", "InSync");

    refused(Operation::UntagResource);
    web.patch(&json!({"spec": {"tags": null}}));
    says("Synced", ("False", "Error"), "UntagResource");
    assert_eq!(web.says("Ready"), "True Available");

    refused(Operation::UpdateExpressGatewayService);
    web.set_image("nginx:2");
    says("Ready", ("False", "AccessDenied"), "UpdateExpressGatewayService");
    web.has_deployments(2);

    refused(Operation::DescribeServiceDeployments);
    world.advance(30);
    says("Reconciling", RETRIES_SAYS, "DescribeServiceDeployments");
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    refused(Operation::DescribeExpressGatewayService);
    web.annotate("expressway.dev/reconcile-requested-at=now");
    says("Reconciling", RETRIES_SAYS, "DescribeExpressGatewayService");
    web.shows("Ready", "True", "Available");

    refused(Operation::DeleteExpressGatewayService);
    web.delete().done();
    says("Ready", ("False", "Deleting"), "DeleteExpressGatewayService");
    web.drains();
    world.advance(400);
    web.is_gone();
}

/// Row 22: why a deployment failed stays unknown where tasks may not be read, and that hides nothing else.
#[test]
fn a_failure_is_told_also_where_tasks_may_not_be_read() {
    for operation in [Operation::ListTasks, Operation::DescribeTasks] {
        let world = given_a_world();
        let web = world.given_a_running("nginx:1");
        world.simulator.add_fault(error(ErrorKind::AccessDenied, "not you").on(operation));
        web.set_image("nginx:2-crash");
        web.has_deployments(2);
        web.rollout_ends();
        let message = web.shows("Ready", "False", "RolledBack");
        assert!(message.contains("circuit breaker"), "{message}");
    }
}

/// Row 22: a role that AWS does not know yet is waited for.
#[test]
fn a_role_that_cannot_be_assumed_yet_is_waited_for() {
    let message = "Cannot assume role arn:aws:iam::111122223333:role/infrastructure";
    is_said(ErrorKind::AccessDenied, message, "False AccessDenied", RETRIES, "a new role takes minutes");
}

/// Row 22: nobody listens.
#[test]
fn without_a_network_it_says_so_and_stays_up() {
    let world = World::with_environment(&["AWS_ENDPOINT_URL_ECS=http://127.0.0.1:1"], &[]);
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    let said = web.shows("Ready", "Unknown", "ServiceUnavailable");
    assert!(said.contains("AWS could not be reached") && said.contains("refused"), "{said}");
    world.passes(3);
    assert_eq!(web.says("Reconciling"), "True ProgressingWithRetry");
    assert_eq!(world.controller(|controller| controller.get("/readyz").status), 200);
}

/// Nothing is due in the lifetime of a test.
const NEVER: [&str; 2] = ["--retry-base=24h", "--retry-cap=24h"];

fn failures(web: &Service<'_>) -> i64 {
    web.at("/status/retry/failures").as_i64().unwrap_or(0)
}

/// Seconds between the last failure and the next attempt.
fn wait(web: &Service<'_>) -> i64 {
    let moment = |pointer: &str| web.text(pointer).parse::<jiff::Timestamp>().unwrap().as_second();
    moment("/status/retry/nextAttemptAt") - moment("/status/retry/lastFailureAt")
}

/// Row 22: a refused spec is not hammered, and a changed one is tried at once.
#[test]
fn a_terminal_failure_waits_long_and_a_change_is_tried_at_once() {
    let world = World::with_flags(&NEVER);
    world.simulator.add_fault(error(ErrorKind::InvalidParameter, "no").on(CREATE));
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.shows("Stalled", "True", "InvalidSpec");
    assert!(wait(&web) >= 12 * 60 * 60, "in the second half of the cap: {} s", wait(&web));
    let moment = world.now();
    web.annotate("expressway.dev/approved-plan=whatever");
    eventually("it is looked at again", || if world.calls_since(moment).len() > 0 { Ok(()) } else { Err("not yet") });
    assert_eq!((world.calls().creates(), failures(&web)), (1, 1), "looked at, not sent");

    web.set_image("nginx:2");
    eventually("the changed spec is sent", || match world.calls().creates() {
        2 => Ok(()),
        creates => Err(creates),
    });
    web.shows("Stalled", "True", "InvalidSpec");
    assert_eq!(failures(&web), 1, "an edit starts to count anew");

    world.simulator.clear_faults();
    web.set_image("nginx:3");
    web.has_deployments(1);
    web.shows("Ready", "False", "Creating");
}

/// Row 22: the wait for the next write is kept over a restart, and reset by an edit.
#[test]
fn the_wait_after_a_failed_write_is_kept_over_a_restart_and_reset_by_an_edit() {
    let world = World::with_flags(&NEVER);
    world.simulator.add_fault(FaultRequest::from(FaultKind::Throttle).on(CREATE));
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.shows("Ready", "Unknown", "Throttled");
    let due = web.text("/status/retry/nextAttemptAt");

    world.kill_the_controller();
    world.start_the_controller();
    world.passes(1);
    assert_eq!((world.calls().creates(), failures(&web)), (1, 1));
    assert_eq!(web.text("/status/retry/nextAttemptAt"), due);

    web.set_image("nginx:2");
    web.has("/status/retry/generation", 2);
    assert_eq!((world.calls().creates(), failures(&web)), (2, 1));
}

/// Row 22: the wait for the next reading is kept over a restart, and reset by an edit.
#[test]
fn the_wait_after_a_failed_reading_is_kept_over_a_restart_and_reset_by_an_edit() {
    let world = World::with_flags(&[NEVER[0], NEVER[1], "--observe-interval=1m"]);
    let (web, _) = a_look_fails(&world, FaultKind::Throttle.into());
    let failed = failures(&web);
    world.kill_the_controller();
    // An answered request is no request any more.
    web.annotate("expressway.dev/reconcile-requested-at-");
    let moment = world.now();

    world.start_the_controller();
    world.passes(1);
    assert_eq!((world.calls_since(moment).len(), failures(&web)), (0, failed));

    web.set_image("nginx:2");
    web.has("/status/retry/generation", 2);
    assert!(world.calls_since(moment).len() > 0);
    assert_eq!(failures(&web), 1);
}

/// Row 22: failures are counted on over a restart.
#[test]
fn failures_in_a_row_are_counted_on_over_a_restart() {
    let world = given_a_world();
    world.simulator.add_fault(FaultRequest::from(FaultKind::Throttle).on(CREATE));
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    let reach = |count: i64| {
        eventually(format_args!("{count} failures in a row"), || {
            let seen = failures(&web);
            if seen >= count { Ok(seen) } else { Err(seen) }
        })
    };
    let before = reach(4);
    world.kill_the_controller();
    let before = failures(&web).max(before);

    world.start_the_controller();
    let after = reach(before + 1);

    assert!(after > before);
    // One that was not written down before the kill may be missing.
    let sent = world.calls().creates() as i64;
    assert!(sent - failures(&web) <= 1, "{sent} calls, {} counted", failures(&web));
    web.told_once("Throttled");
}
