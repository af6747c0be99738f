//! The server: the wire, the controls, the faults, and the program.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use express_simulator::model::Config;
use express_simulator::server::{self, FaultKind, FaultRequest, Outcome, Running, ServerOptions};
use express_simulator::wire::Operation;
use serde_json::{Value, json};

use crate::given::{EXECUTION_ROLE, INFRASTRUCTURE_ROLE, arn};

/// One answer. No status: the connection was closed without one.
#[derive(Debug)]
pub struct Answer {
    pub status: Option<u16>,
    head: String,
    pub body: Value,
}

impl Answer {
    fn error(&self) -> &str {
        self.body["__type"].as_str().unwrap_or_default()
    }
}

fn send(endpoint: &str, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let address = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    // A connection that is cut ends in an error or in nothing.
    let _ = stream.read_to_string(&mut answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer { status, head: head.to_lowercase(), body: serde_json::from_str(body).unwrap_or(Value::Null) }
}

pub fn call(endpoint: &str, operation: &str, body: &str) -> Answer {
    let headers = format!(
        "X-Amz-Target: AmazonEC2ContainerServiceV20141113.{operation}\r\nContent-Type: application/x-amz-json-1.1\r\n"
    );
    send(endpoint, "POST", "/", &headers, body)
}

pub fn control(endpoint: &str, method: &str, path: &str, body: &str) -> Answer {
    send(endpoint, method, &format!("/_simulator/{path}"), "", body)
}

async fn simulator() -> Running {
    server::start(ServerOptions::default()).await.unwrap()
}

pub fn create(endpoint: &str) -> Answer {
    let body = json!({
        "serviceName": "web", "infrastructureRoleArn": INFRASTRUCTURE_ROLE, "executionRoleArn": EXECUTION_ROLE,
        "primaryContainer": {"image": "nginx:1", "environment": [{"name": "A", "value": "1"}]},
    });
    call(endpoint, "CreateExpressGatewayService", &body.to_string())
}

pub fn describe(endpoint: &str) -> Answer {
    call(endpoint, "DescribeExpressGatewayService", &json!({"serviceArn": arn("web")}).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_answered_in_aws_json() {
    let simulator = simulator().await;
    let answer = create(&simulator.endpoint);
    assert_eq!(answer.status, Some(200));
    assert!(answer.head.contains("content-type: application/x-amz-json-1.1"));
    assert!(answer.head.contains("x-amzn-requestid: "));
    assert_eq!(answer.body["service"]["serviceArn"], arn("web"));
    assert!(answer.body["service"]["createdAt"].is_f64());
    assert!(answer.body["service"].get("currentDeployment").is_none(), "an absent member is left out");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_gets_the_errors_of_the_protocol() {
    let simulator = simulator().await;
    let endpoint = &simulator.endpoint;
    let answer = call(endpoint, "DropEverything", "{}");
    assert_eq!((answer.status, answer.error()), (Some(400), "UnknownOperationException"));
    assert!(answer.head.contains("x-amzn-errortype: unknownoperationexception"));
    assert_eq!(send(endpoint, "POST", "/", "", "{}").error(), "UnknownOperationException");
    let operation = "UpdateExpressGatewayService";
    for body in [
        "",
        "{",
        "[]",
        "3",
        r#"{"serviceArn": 3}"#,
        r#"{"scalingTarget": [1, 2]}"#,
        r#"{"scalingTarget": {"minTaskCount": 1.5}}"#,
        r#"{"primaryContainer": {"environment": [["A", "1"]]}}"#,
        r#"{"primaryContainer": {"command": [null]}}"#,
        r#"{"primaryContainer": {"containerPort": 9999999999}}"#,
        "\u{0}",
    ] {
        let answer = call(endpoint, operation, body);
        assert_eq!((answer.status, answer.error()), (Some(400), "SerializationException"), "{body}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(call(endpoint, operation, &deep).error(), "SerializationException");
    assert_eq!(call(endpoint, operation, r#"{"serviceArn": null}"#).error(), "InvalidParameterException");
    assert_eq!(create(endpoint).status, Some(200), "it still works");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_has_every_call() {
    let simulator = simulator().await;
    create(&simulator.endpoint);
    describe(&simulator.endpoint);
    create(&simulator.endpoint);
    let journal = simulator.journal();
    let names: Vec<&str> = journal.iter().map(|entry| entry.operation.as_str()).collect();
    assert_eq!(names, ["CreateExpressGatewayService", "DescribeExpressGatewayService", "CreateExpressGatewayService"]);
    assert_eq!(journal[0].outcome, Outcome::Ok);
    assert_eq!(journal[0].service.as_deref(), Some("web"));
    assert_eq!(journal[0].request["primaryContainer"]["environment"][0]["value"], "1");
    assert_eq!(journal[1].service, Some(arn("web")));
    assert_eq!(journal[2].outcome, Outcome::Error("InvalidParameterException".to_owned()));
    assert!(journal[0].received_at_micros <= journal[1].received_at_micros);
    let listed = control(&simulator.endpoint, "GET", "journal?since=2", "").body;
    assert_eq!(listed["entries"].as_array().unwrap().len(), 1);
    assert_eq!(listed["entries"][0]["outcome"]["error"], "InvalidParameterException");
    control(&simulator.endpoint, "DELETE", "journal", "");
    assert!(simulator.journal().is_empty());
    describe(&simulator.endpoint);
    assert_eq!(simulator.journal()[0].sequence, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_advanced_by_hand() {
    let simulator = simulator().await;
    create(&simulator.endpoint);
    let before = control(&simulator.endpoint, "GET", "clock", "").body;
    assert_eq!(before["speed"], 0.0);
    let after = control(&simulator.endpoint, "POST", "clock", r#"{"advance_seconds": 3600}"#).body;
    assert!((after["now"].as_f64().unwrap() - before["now"].as_f64().unwrap() - 3600.0).abs() < 0.001);
    let state = control(&simulator.endpoint, "GET", "state", "").body;
    assert_eq!(state["services"][0]["deployment"]["status"], "SUCCESSFUL");
    assert_eq!(control(&simulator.endpoint, "POST", "clock", r#"{"advance_seconds": -1}"#).status, Some(400));
    assert_eq!(control(&simulator.endpoint, "POST", "clock", r#"{"advance_seconds": 1e300}"#).status, Some(400));
    assert_eq!(control(&simulator.endpoint, "POST", "clock", r#"{"speed": 60}"#).body["speed"], 60.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_strike_the_calls_they_are_for() {
    let simulator = simulator().await;
    let endpoint = &simulator.endpoint;
    let fault = |kind: FaultKind| FaultRequest::from(kind).on(Operation::CreateExpressGatewayService).times(1);
    for (kind, error) in
        [(FaultKind::Throttle, "ThrottlingException"), (FaultKind::ServerErrorBefore, "ServerException")]
    {
        simulator.add_fault(fault(kind));
        assert_eq!(describe(endpoint).error(), "ClusterNotFoundException", "not for this operation");
        assert_eq!(create(endpoint).error(), error);
        assert!(simulator.with_model(|model| model.summary().services.is_empty()), "no effect");
    }
    let by_name = r#"{"kind": "error", "exception": "PlatformUnknownException", "count": 1}"#;
    for (body, error) in [
        (by_name, "PlatformUnknownException"),
        (r#"{"kind": "unsupported-feature", "count": 1}"#, "UnsupportedFeatureException"),
        (r#"{"kind": "invalid-credentials", "count": 1}"#, "ClientException"),
        (r#"{"kind": "access-denied", "message": "no", "count": 1}"#, "AccessDeniedException"),
    ] {
        assert_eq!(control(endpoint, "POST", "faults", body).status, Some(200));
        assert_eq!(create(endpoint).error(), error);
    }
    simulator.add_fault(fault(FaultKind::ServerErrorAfter));
    let answer = create(endpoint);
    assert_eq!((answer.status, answer.error()), (Some(500), "ServerException"));
    assert_eq!(simulator.with_model(|model| model.summary().services.len()), 1, "it had its effect");
    let last = simulator.journal().pop().unwrap();
    assert_eq!(last.outcome, Outcome::Fault { kind: "server-error-after".into(), effect: true });
    assert_eq!(describe(endpoint).status, Some(200), "the fault is used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_can_be_lost_after_the_effect() {
    let simulator = simulator().await;
    let body = r#"{"kind": "answer-lost", "count": 1}"#;
    assert_eq!(control(&simulator.endpoint, "POST", "faults", body).body["faults"][0]["kind"], "answer-lost");
    assert_eq!(create(&simulator.endpoint).status, None);
    assert_eq!(describe(&simulator.endpoint).status, Some(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_can_be_cut_short_or_rewritten_after_the_effect() {
    let simulator = simulator().await;
    control(&simulator.endpoint, "POST", "faults", r#"{"kind": "answer-cut-short", "count": 1}"#);
    let half = create(&simulator.endpoint);
    assert_eq!((half.status, half.body), (Some(200), Value::Null), "it is no JSON");
    control(
        &simulator.endpoint,
        "POST",
        "faults",
        r#"{"kind": "rewrite", "find": "ACTIVE", "replace": "NEW", "count": 1}"#,
    );
    assert_eq!(describe(&simulator.endpoint).body["service"]["status"]["statusCode"], "NEW");
    assert_eq!(describe(&simulator.endpoint).body["service"]["status"]["statusCode"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_stale_reads_and_wedges_are_faults_too() {
    let simulator = simulator().await;
    let endpoint = &simulator.endpoint;
    control(endpoint, "POST", "faults", r#"{"kind": "role-propagation", "seconds": 30}"#);
    control(endpoint, "POST", "faults", r#"{"kind": "wedge", "service": "web", "count": 1}"#);
    assert_eq!(create(endpoint).body["message"], "Cannot assume role");
    simulator.advance(Duration::from_secs(30));
    assert_eq!(create(endpoint).status, Some(200));
    simulator.advance(Duration::from_secs(3600));
    control(endpoint, "POST", "faults", r#"{"kind": "stale-reads", "seconds": 10}"#);
    let delete = json!({"serviceArn": arn("web")}).to_string();
    assert_eq!(call(endpoint, "DeleteExpressGatewayService", &delete).status, Some(200));
    let state = control(endpoint, "GET", "state", "").body;
    assert_eq!(state["services"][0]["status"], "DRAINING");
    assert_eq!(state["services"][0]["deployment"]["fate"], "wedge");
    assert_eq!(describe(endpoint).body["service"]["status"]["statusCode"], "ACTIVE");
    assert_eq!(control(endpoint, "DELETE", "faults", "").status, Some(204));
    assert_eq!(describe(endpoint).body["service"]["status"]["statusCode"], "DRAINING");
}

#[tokio::test(flavor = "multi_thread")]
async fn fates_switches_and_quotas_are_set() {
    let simulator = simulator().await;
    let endpoint = &simulator.endpoint;
    control(endpoint, "POST", "fate", r#"{"service": "web", "fate": "5xx"}"#);
    create(endpoint);
    let state = control(endpoint, "GET", "state", "").body;
    assert_eq!(state["services"][0]["deployment"]["fate"], "5xx");
    control(endpoint, "POST", "fate", r#"{"service": "web", "fate": "healthy", "rollout": "current"}"#);
    simulator.advance(Duration::from_secs(3600));
    let state = control(endpoint, "GET", "state", "").body;
    assert_eq!(state["services"][0]["deployment"]["status"], "SUCCESSFUL");
    assert_eq!(control(endpoint, "POST", "fate", r#"{"fate": "odd"}"#).status, Some(400));
    control(endpoint, "POST", "switches", r#"{"quirk_cluster_as_arn": false}"#);
    assert_eq!(describe(endpoint).body["service"]["cluster"], "default");
    let refused = control(endpoint, "POST", "switches", r#"{"quirk_empty_command": false, "no_such_switch": true}"#);
    assert_eq!(refused.status, Some(400));
    let listed = control(endpoint, "GET", "switches", "").body;
    let switch = |name: &str| {
        let switches = listed["switches"].as_array().unwrap();
        switches.iter().find(|switch| switch["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!(switch("quirk_empty_command"), "true", "half a change is no change");
    let small = r#"{"buckets": {"service-read": {"burst": 1, "refill_per_second": 1}}}"#;
    assert_eq!(control(endpoint, "POST", "quotas", small).status, Some(200));
    let errors: Vec<String> = (0..3).map(|_| describe(endpoint).error().to_owned()).collect();
    assert_eq!(errors, ["", "ThrottlingException", "ThrottlingException"]);
    control(endpoint, "POST", "quotas", r#"{"enabled": false}"#);
    assert_eq!(describe(endpoint).status, Some(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_servers_run_side_by_side_and_end_when_dropped() {
    let mut servers = Vec::new();
    for _ in 0..40 {
        servers.push(simulator().await);
    }
    for server in &servers {
        assert_eq!(create(&server.endpoint).status, Some(200));
    }
    let last = servers.pop().unwrap();
    let address = last.endpoint.strip_prefix("http://").unwrap().to_owned();
    last.shut_down().await.unwrap();
    // Another test's server may be given the port, for as long as that test takes.
    let is_refused = || TcpStream::connect(&address).is_err();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_refused() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(is_refused(), "somebody answers at {address}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_is_honoured() {
    let config = Config { region: "eu-west-1".to_owned(), clusters: vec!["shop".to_owned()], ..Config::default() };
    let simulator = server::start(ServerOptions { config, ..ServerOptions::default() }).await.unwrap();
    let clusters = call(&simulator.endpoint, "DescribeClusters", r#"{"clusters": ["shop"]}"#).body;
    assert_eq!(clusters["clusters"][0]["clusterArn"], "arn:aws:ecs:eu-west-1:123456789012:cluster/shop");
}

/// The program; it is killed when a test ends early.
pub struct Program(pub Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_express-simulator"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn the_program_prints_its_address_and_ends_on_sigterm() {
    let mut program = Program(program(&["--cluster", "shop", "--quotas", "off", "--speed", "60"]).spawn().unwrap());
    let mut endpoint = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
    let endpoint = endpoint.trim();
    assert_eq!(control(endpoint, "GET", "clock", "").body["speed"], 60.0);
    assert_eq!(control(endpoint, "GET", "quotas", "").body["enabled"], false);
    assert_eq!(control(endpoint, "GET", "state", "").body["clusters"], json!(["shop"]));
    let signalled = Command::new("kill").arg(program.0.id().to_string()).status().unwrap();
    assert!(signalled.success());
    assert!(program.0.wait().unwrap().success());
}

#[test]
fn the_program_says_what_is_wrong_with_its_arguments() {
    for (arguments, words) in [
        (&["--account", "12"][..], "twelve digits"),
        (&["--speed=-1"], "speed must be"),
        (&["--listen", "nowhere"], "listen"),
        (&["--manual-clock", "--speed", "2"], "cannot be used with"),
    ] {
        let output = program(arguments).output().unwrap();
        assert!(!output.status.success());
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(words), "{arguments:?}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn autoscaling_is_a_control() {
    let simulator = simulator().await;
    create(&simulator.endpoint);
    simulator.advance(Duration::from_secs(1500));
    let scaled = control(&simulator.endpoint, "POST", "autoscale", r#"{"service": "web", "count": 4}"#);
    assert_eq!(scaled.status, Some(204));
    let services = call(&simulator.endpoint, "DescribeServices", r#"{"services": ["web"]}"#);
    assert_eq!(services.body["services"][0]["desiredCount"], 4);
    let nothing = control(&simulator.endpoint, "POST", "autoscale", r#"{"service": "nothing", "count": 4}"#);
    assert_eq!(nothing.status, Some(400));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_can_lose_its_permissions() {
    let simulator = simulator().await;
    create(&simulator.endpoint);
    let fault = json!({"kind": "role-without-permissions", "role": INFRASTRUCTURE_ROLE}).to_string();
    assert_eq!(control(&simulator.endpoint, "POST", "faults", &fault).status, Some(200));
    call(&simulator.endpoint, "DeleteExpressGatewayService", &json!({"serviceArn": arn("web")}).to_string());
    simulator.advance(Duration::from_secs(3600));
    assert_eq!(describe(&simulator.endpoint).body["service"]["status"]["statusCode"], "DRAINING");
    control(&simulator.endpoint, "DELETE", "faults", "");
    simulator.advance(Duration::from_secs(60));
    assert_eq!(describe(&simulator.endpoint).body["service"]["status"]["statusCode"], "INACTIVE");
}
