//! What people put into environment variables stays between them and ECS.

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::json;

use crate::vocabulary::{Manifest, World};

const PLANTED: &str = "hunter2-planted-value";

fn environment(image: &str, value: &str) -> serde_json::Value {
    json!({"image": image, "environment": [{"name": "PASSWORD", "value": value}]})
}

#[test]
fn a_planted_value_is_in_no_log_line_no_status_and_no_event() {
    let world = World::with_flags(&["--log-level=trace,kube=trace,hyper=trace,aws=trace,tower=trace,axum=trace"]);
    world.simulator.add_fault(
        FaultRequest::from(FaultKind::ServerErrorBefore).on(Operation::CreateExpressGatewayService).times(1),
    );
    let web = world
        .given_a_running_one(&Manifest::of("web", "").with("spec.primaryContainer", environment("nginx:1", PLANTED)));

    let other = format!("{PLANTED}-2");
    web.patch(&json!({"spec": {"primaryContainer": environment("nginx:2-crash", &other)}}));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    world.simulator.add_fault(
        FaultRequest::from(FaultKind::AccessDenied { message: None }).on(Operation::UpdateExpressGatewayService),
    );
    web.patch(&json!({"spec": {"primaryContainer": environment("nginx:3", &other)}}));
    web.shows("Ready", "False", "AccessDenied");
    // No rule, but ECS refuses it.
    web.patch(&json!({"spec": {"taskRoleArn": "arn:aws:iam::999999999999:role/task"}}));
    web.shows("Ready", "False", "InvalidSpec");

    let sent = world.calls().of("CreateExpressGatewayService")[0].request.to_string();
    assert!(sent.contains(PLANTED), "ECS gets it: {sent}");
    let log = world.controller(|controller| controller.log());
    assert!(log.contains("\"TRACE\""), "the log is as talkative as it can be");
    if let Some(line) = log.lines().find(|line| line.contains("hunter2")) {
        panic!("logged: {line}");
    }
    assert!(!web.at("/status").to_string().contains("hunter2"), "{}", web.at("/status"));
    let events = world.kubectl(&["get", "events.events.k8s.io", "-o", "json"]).done();
    assert!(events.contains("RolledBack") && !events.contains("hunter2"), "{events}");
    assert!(!world.controller(|controller| controller.get("/metrics").body).contains("hunter2"));
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
