//! The record: a simulator that was killed goes on where it was.
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use express_simulator::model::{Config, Model, QuotaConfig};
use express_simulator::server::{self, Outcome, Running, ServerOptions};
use serde_json::json;
use tempfile::TempDir;

use crate::given::arn;
use crate::server::{Program, call, control, create, describe, program};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn record(&self) -> PathBuf {
        self.0.path().join("record")
    }
}

fn options(record: &Path) -> ServerOptions {
    let quotas = QuotaConfig { enabled: false, ..QuotaConfig::default() };
    let config = Config { quotas, ..Config::default() };
    ServerOptions { config, record: Some(record.to_owned()), ..ServerOptions::default() }
}

async fn start(record: &Path) -> Running {
    server::start(options(record)).await.unwrap()
}

fn model_of(simulator: &Running) -> Model {
    simulator.with_model(|model| model.clone())
}

fn advance(endpoint: &str, seconds: u64) {
    let advanced = control(endpoint, "POST", "clock", &json!({"advance_seconds": seconds}).to_string());
    assert_eq!(advanced.status, Some(200));
}

fn update(endpoint: &str, image: &str) -> Option<u16> {
    let body = json!({"serviceArn": arn("web"), "primaryContainer": {"image": image}});
    call(endpoint, "UpdateExpressGatewayService", &body.to_string()).status
}

/// Everything that can happen happens, with time between.
fn live_a_while(endpoint: &str) {
    create(endpoint);
    advance(endpoint, 3000);
    control(endpoint, "POST", "fate", r#"{"service": "web", "fate": "5xx"}"#);
    control(endpoint, "POST", "switches", r#"{"quirk_cluster_as_arn": false}"#);
    assert_eq!(update(endpoint, "nginx:2"), Some(200));
    advance(endpoint, 400);
    control(endpoint, "POST", "fate", r#"{"service": "web", "fate": "healthy", "rollout": "current"}"#);
    control(endpoint, "POST", "autoscale", r#"{"service": "web", "count": 3}"#);
    advance(endpoint, 3000);
    control(
        endpoint,
        "POST",
        "faults",
        r#"{"kind": "server-error-after", "operations": ["UpdateExpressGatewayService"], "count": 1}"#,
    );
    assert_eq!(update(endpoint, "nginx:3"), Some(500), "its effect has it nevertheless");
    control(endpoint, "POST", "faults", r#"{"kind": "throttle", "count": 3}"#);
    assert_eq!(update(endpoint, "nginx:4"), Some(400), "throttled, and without effect");
    describe(endpoint);
    assert_eq!(create(endpoint).status, Some(400), "throttled");
    assert_eq!(create(endpoint).status, Some(400), "refused");
    call(
        endpoint,
        "TagResource",
        &json!({"resourceArn": arn("web"), "tags": [{"key": "a", "value": "b"}]}).to_string(),
    );
    control(endpoint, "POST", "faults", r#"{"kind": "throttle", "count": 2}"#);
    describe(endpoint);
    advance(endpoint, 17);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulator_that_is_started_again_is_the_one_that_was() {
    let folder = Folder::new();
    let first = start(&folder.record()).await;
    live_a_while(&first.endpoint);
    let (model, journal, now) = (model_of(&first), first.journal(), first.now());
    let faults = control(&first.endpoint, "GET", "faults", "").body;
    assert_eq!(faults["faults"][0]["count"], 1, "one of two is left");
    drop(first);

    let second = start(&folder.record()).await;

    assert_eq!(second.now(), now);
    assert_eq!(second.journal(), journal);
    assert_eq!(control(&second.endpoint, "GET", "faults", "").body, faults);
    assert!(model_of(&second) == model, "{:?}\n{:?}", model_of(&second).summary(), model.summary());
    control(&second.endpoint, "DELETE", "faults", "");
    assert_eq!(update(&second.endpoint, "nginx:5"), Some(200));
    assert_eq!(second.journal().last().unwrap().sequence, journal.last().unwrap().sequence + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_follow_on_each_other() {
    let folder = Folder::new();
    for image in 0..4 {
        let simulator = start(&folder.record()).await;
        if image == 0 {
            create(&simulator.endpoint);
        }
        advance(&simulator.endpoint, 3000);
        assert_eq!(update(&simulator.endpoint, &format!("nginx:{image}")), Some(200));
    }
    let simulator = start(&folder.record()).await;
    assert_eq!(simulator.journal().len(), 5);
    assert_eq!(model_of(&simulator).summary().services[0].deployments, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_journal_stays_empty_and_its_numbers_go_on() {
    let folder = Folder::new();
    let first = start(&folder.record()).await;
    create(&first.endpoint);
    control(&first.endpoint, "DELETE", "journal", "");
    drop(first);
    let second = start(&folder.record()).await;
    assert_eq!(second.journal(), []);
    describe(&second.endpoint);
    assert_eq!(second.journal()[0].sequence, 2);
}

/// A kill in the middle of a write leaves half a line: its call was never answered.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_line_at_the_end_is_no_line() {
    let folder = Folder::new();
    let first = start(&folder.record()).await;
    create(&first.endpoint);
    assert_eq!(update(&first.endpoint, "nginx:2"), Some(200));
    drop(first);
    let text = std::fs::read_to_string(folder.record()).unwrap();
    std::fs::write(folder.record(), &text[..text.len() - 7]).unwrap();

    let second = start(&folder.record()).await;

    assert_eq!(second.journal().len(), 1);
    assert_eq!(model_of(&second).summary().services[0].deployments, 1);
    assert_eq!(update(&second.endpoint, "nginx:3"), Some(200));
    drop(second);
    let third = start(&folder.record()).await;
    assert_eq!(third.journal().len(), 2, "what came after the half line is whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_another_model_and_a_broken_one_are_refused() {
    let folder = Folder::new();
    create(&start(&folder.record()).await.endpoint);
    let config = Config { seed: 7, ..Config::default() };
    let another = ServerOptions { config, ..options(&folder.record()) };
    let error = server::start(another).await.unwrap_err().to_string();
    assert!(error.contains("line 1: it is of another model"), "{error}");
    let text = std::fs::read_to_string(folder.record()).unwrap();
    std::fs::write(folder.record(), format!("{text}nonsense\n")).unwrap();
    let error = server::start(options(&folder.record())).await.unwrap_err().to_string();
    assert!(error.contains("line 4"), "{error}");
}

/// The program with a record, until it is killed.
fn run(record: &Path) -> (Program, String) {
    let record = record.display().to_string();
    let mut program = program(&["--quotas", "off", "--speed", "60", "--record", &record]);
    let mut program = Program(program.stderr(Stdio::inherit()).spawn().unwrap());
    let mut endpoint = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
    (program, endpoint.trim().to_owned())
}

#[test]
fn a_program_that_is_killed_forgets_nothing_and_its_clock_runs_on() {
    let folder = Folder::new();
    let (killed, endpoint) = run(&folder.record());
    create(&endpoint);
    advance(&endpoint, 3000);
    let before = control(&endpoint, "GET", "clock", "").body["now"].as_f64().unwrap();
    let killing = Instant::now();
    drop(killed);
    let away = killing.elapsed();

    let (_program, endpoint) = run(&folder.record());

    let after = control(&endpoint, "GET", "clock", "").body["now"].as_f64().unwrap();
    let longer = after - before - away.as_secs_f64() * 60.0;
    assert!(longer >= -0.001, "{before}, {after}: it was away for {away:?}, and time runs 60 times as fast");
    assert_eq!(control(&endpoint, "GET", "state", "").body["services"][0]["deployment"]["status"], "SUCCESSFUL");
    let journal = control(&endpoint, "GET", "journal", "").body;
    assert_eq!(journal["entries"][0]["operation"], "CreateExpressGatewayService");
    assert_eq!(journal["entries"][0]["outcome"], serde_json::to_value(Outcome::Ok).unwrap());
}
