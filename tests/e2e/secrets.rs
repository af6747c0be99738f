//! Row 28: what people put into environment variables stays between them and ECS, and what the controller signs with stays
//! with it: neither is in anything that the process emits.

use express_simulator::model::ErrorKind;
use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::{Value, json};

use crate::vocabulary::control_plane::CLUSTER;
use crate::vocabulary::{Manifest, Service, World};

/// Every planted value begins so. No place that is looked at has it for another reason.
const PLANTED: &str = "hunter2-planted-value";
const MARK: &str = "hunter2";

/// As talkative as it can be made.
const TALKATIVE: &str =
    "--log-level=trace,kube=trace,hyper=trace,h2=trace,aws=trace,rustls=trace,tower=trace,axum=trace,mio=trace";

fn environment(image: &str, value: &str) -> Value {
    json!({"image": image, "environment": [{"name": "PASSWORD", "value": value}]})
}

fn planted(image: &str) -> Manifest {
    Manifest::of("web", "").with("spec.primaryContainer", environment(image, PLANTED))
}

/// AWS quotes what it was given.
fn quoting(exception: ErrorKind, operation: Operation) -> FaultRequest {
    let message =
        format!("Value '{PLANTED}' at 'primaryContainer.environment.1.member.value' is not what it should be");
    FaultRequest::from(FaultKind::Error { exception, message: Some(message) }).on(operation)
}

/// AWS quotes it in what it shows.
fn showing(find: &str, operation: Operation) -> FaultRequest {
    let replace = format!("{find} {PLANTED} ");
    FaultRequest::from(FaultKind::Rewrite { find: find.to_owned(), replace }).on(operation)
}

/// All that the process emits: its log, its pages, and what it wrote into objects and events.
fn emitted(world: &World) -> Vec<(&'static str, String)> {
    let status = |service: &Value| service["status"].to_string();
    let objects: Value = serde_json::from_str(&world.kubectl(&["get", "egs", "-o", "json"]).done()).unwrap();
    let log = world.controller(|controller| controller.log());
    assert!(log.contains("\"TRACE\""), "the log is as talkative as it can be");
    let page = |path: &str| world.controller(|controller| controller.get(path).body);
    vec![
        ("the log", log),
        ("the status", objects["items"].as_array().unwrap().iter().map(status).collect()),
        ("the events", world.kubectl(&["get", "events.events.k8s.io", "-o", "json"]).done()),
        ("the events as kubectl shows them", world.kubectl(&["get", "events"]).done()),
        ("/metrics", page("/metrics")),
        ("/readyz", page("/readyz")),
        ("/livez", page("/livez")),
    ]
}

#[track_caller]
fn nothing_leaks(world: &World, marks: &[&str]) {
    for (place, text) in emitted(world) {
        for mark in marks {
            let line = text.lines().find(|line| line.contains(mark));
            assert!(line.is_none(), "{mark:?} is in {place}: {}", line.unwrap_or_default());
        }
    }
}

fn talkative() -> World {
    World::with_flags(&[TALKATIVE])
}

fn ends_like(web: &Service<'_>, deployments: usize, status: &str, reason: &str) -> String {
    web.has_deployments(deployments);
    web.rollout_ends();
    web.shows("Ready", status, reason)
}

/// Row 28: through creates and updates that AWS refuses in words that quote the value, and a rollback.
#[test]
fn a_planted_value_is_nowhere_to_be_read() {
    let world = talkative();
    world.simulator.add_fault(quoting(ErrorKind::InvalidParameter, Operation::CreateExpressGatewayService));
    let web = world.apply(&planted("nginx:1"));
    let message = web.shows("Ready", "False", "InvalidSpec");
    assert!(message.contains("Value '<redacted>' at"), "{message}");
    world.simulator.clear_faults();
    let lost = FaultRequest::from(FaultKind::ServerErrorBefore).on(Operation::CreateExpressGatewayService);
    world.simulator.add_fault(lost.times(1));
    ends_like(&web, 1, "True", "Available");

    let other = format!("{PLANTED}-2");
    web.patch(&json!({"spec": {"primaryContainer": environment("nginx:2-crash", &other)}}));
    ends_like(&web, 2, "False", "RolledBack");
    world.simulator.add_fault(quoting(ErrorKind::AccessDenied, Operation::UpdateExpressGatewayService));
    web.patch(&json!({"spec": {"primaryContainer": environment("nginx:3", PLANTED)}}));
    web.shows("Ready", "False", "AccessDenied");
    // No rule, but our own check.
    web.patch(&json!({"spec": {"taskRoleArn": "arn:aws:iam::999999999999:role/task"}}));
    web.shows("Ready", "False", "InvalidSpec");

    let sent = world.calls().of("CreateExpressGatewayService")[0].request.to_string();
    assert!(sent.contains(PLANTED), "ECS gets it: {sent}");
    nothing_leaks(&world, &[MARK]);
}

/// Row 28: readings that are refused, tags that are refused, a deletion that is refused, each in words that quote the value.
#[test]
fn a_planted_value_is_nowhere_to_be_read_when_aws_quotes_it_in_other_calls() {
    let world = talkative();
    let web = world.given_a_running_one(&planted("nginx:1"));

    world.simulator.add_fault(quoting(ErrorKind::AccessDenied, Operation::DescribeServices));
    let message = web.shows("Reconciling", "True", "ProgressingWithRetry");
    assert!(message.contains("Value '<redacted>' at"), "{message}");
    web.shows("Ready", "Unknown", "ObservationStale");
    world.simulator.clear_faults();
    web.shows("Ready", "True", "Available");

    world.simulator.add_fault(quoting(ErrorKind::AccessDenied, Operation::TagResource));
    web.patch(&json!({"spec": {"tags": [{"key": "team", "value": "shop"}]}}));
    assert!(web.shows("Synced", "False", "Error").contains("<redacted>"));
    world.simulator.clear_faults();
    web.shows("Synced", "True", "InSync");

    world.simulator.add_fault(quoting(ErrorKind::Server, Operation::DeleteExpressGatewayService));
    web.delete().done();
    web.shows("Reconciling", "True", "ProgressingWithRetry");
    nothing_leaks(&world, &[MARK]);
    world.simulator.clear_faults();
    web.drains();
    world.advance(400);
    web.is_gone();
    nothing_leaks(&world, &[MARK]);
}

/// Row 28: a container that prints its environment as it dies, also after the value has left the spec.
#[test]
fn a_planted_value_in_the_reason_of_a_failure_is_nowhere_to_be_read() {
    let world = talkative();
    let web = world.given_a_running("nginx:1");
    world.simulator.add_fault(showing("Essential container in task exited", Operation::DescribeTasks));
    world.simulator.add_fault(showing("ECS deployment circuit breaker:", Operation::DescribeServiceDeployments));
    web.patch(&json!({"spec": {"primaryContainer": environment("nginx:2-crash", PLANTED)}}));
    let message = ends_like(&web, 2, "False", "RolledBack");
    assert!(message.contains("<redacted>"), "{message}");

    web.patch(&json!({"spec": {"primaryContainer": {"image": "nginx:3", "environment": null}}}));
    web.has_deployments(3);
    world.passes(3);
    world.kill_the_controller();
    world.start_the_controller();
    world.passes(3);
    nothing_leaks(&world, &[MARK]);
    ends_like(&web, 3, "True", "Available");
    nothing_leaks(&world, &[MARK]);
}

/// Row 28: a plan names the variable and neither value, whether it waits for approval or is only observed.
#[test]
fn a_plan_hides_both_values() {
    let world = talkative();
    let web = world.given_a_running_one(&planted("nginx:1"));
    let other = format!("{PLANTED}-2");
    for (policy, reason) in [("approval", ("Required", "AwaitingApproval")), ("mode", ("Observe", "ObserveOnly"))] {
        let management = json!({policy: reason.0});
        web.patch(&json!({"spec": {"management": management, "primaryContainer": environment("nginx:1", &other)}}));
        let message = web.shows("Ready", "False", reason.1);
        assert!(message.contains("spec.primaryContainer.environment[PASSWORD]"), "{message}");
        let change = web.at("/status/plan/changes/0");
        assert_eq!((&change["wanted"], &change["live"]), (&json!("<redacted>"), &json!("<redacted>")));
    }
    nothing_leaks(&world, &[MARK]);
}

/// Row 28: what others put into a service is their secret, too.
#[test]
fn what_somebody_else_puts_into_the_environment_is_nowhere_to_be_read() {
    let world = talkative();
    let web = world.given_a_running("nginx:1");
    world.somebody_updates("web", json!({"primaryContainer": environment("nginx:1", "hunter2-theirs")}));
    web.has_deployments(2);
    web.rollout_ends();
    // It is undone.
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    let theirs = Manifest::of("theirs", "theirs:1").with("spec.management", json!({"mode": "Observe"}));
    world.somebody_creates("theirs", &[]);
    world.somebody_updates("theirs", json!({"primaryContainer": environment("theirs:1", "hunter2-theirs")}));
    world.advance(3600);
    let theirs = world.apply(&theirs);
    theirs.has("/status/plan/changes/0/path", "spec.executionRoleArn");
    nothing_leaks(&world, &[MARK]);
}

/// Row 28: keys, session token and the service account's token, with an AWS that quotes what was signed.
#[test]
fn credentials_are_nowhere_to_be_read() {
    let secrets = ["AKIAHUNTER2PLANTED", "hunter2-secret-access-key", "hunter2-session-token"];
    let [id, key, session] = secrets;
    let environment = [
        format!("AWS_ACCESS_KEY_ID={id}"),
        format!("AWS_SECRET_ACCESS_KEY={key}"),
        format!("AWS_SESSION_TOKEN={session}"),
    ];
    let environment: Vec<&str> = environment.iter().map(String::as_str).collect();
    let world = World::with_environment(&environment, &[TALKATIVE]);
    let message = format!(
        "The request signature we calculated does not match the signature you provided. The Canonical String for this \
         request should have been 'POST\n/\n\nhost:ecs\nx-amz-security-token:{session}\n'. Credential={id}/20260101"
    );
    let expired = FaultKind::Error { exception: ErrorKind::ExpiredToken, message: Some(message) };
    world.simulator.add_fault(FaultRequest::from(expired).on(Operation::CreateExpressGatewayService));
    let web = world.apply(&planted("nginx:1"));
    let message = web.shows("Ready", "False", "AccessDenied");
    assert!(message.contains("does not match the signature you provided"), "{message}");
    world.simulator.clear_faults();
    web.has_deployments(1);

    let kubeconfig = std::fs::read_to_string(&CLUSTER.shipped_kubeconfig).unwrap();
    let token = kubeconfig.split("token: ").nth(1).expect("a token").split_whitespace().next().unwrap();
    assert!(token.len() > 100, "{token}");
    nothing_leaks(&world, &[id, key, session, token.trim_matches('"'), MARK]);
}

#[test]
fn log_lines_are_json_and_name_the_object() {
    let world = World::with_flags(&["--log-level=info"]);
    world.given_a_running("nginx:1");

    let log = world.controller(|controller| controller.log());
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect();
    let created = lines.iter().find(|line| line["event"] == "Created").expect("the create is logged");
    assert!(created["span"].to_string().contains(&world.namespace), "{created}");
    assert!(created["span"].to_string().contains("web"), "{created}");
}
