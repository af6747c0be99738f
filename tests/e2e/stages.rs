//! Row 7: a rollout is followed through every stage that ECS has, and one that it does not have yet.

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::vocabulary::{InFlight, Manifest, Service, World, eventually, given_a_world};

/// How far the clocks of two programs on one busy machine may be apart, in seconds.
const SLACK: i64 = 60;

/// For how long Express watches, twice, in seconds.
const BAKE: i64 = 180;

/// `nginx:2` is being rolled out over `nginx:1`, and ECS is at `stage`.
fn given_a_rollout_at<'w>(world: &'w World, stage: &str) -> Service<'w> {
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.reaches(stage);
    web
}

/// The short ids of the revisions before and after, as a column shows them.
fn revisions(web: &Service<'_>) -> (String, String) {
    let short = |arn: &str| arn[arn.len() - 7..].to_owned();
    let (target, source) = (web.text("/status/revisions/0/arn"), web.text("/status/revisions/1/arn"));
    assert_eq!(web.text("/status/deployment/targetRevision"), target, "the new one comes first");
    (short(&source), short(&target))
}

fn columns(web: &Service<'_>) -> [String; 3] {
    ["REVISION", "TRAFFIC", "TASKS"].map(|heading| web.column(heading))
}

/// Row 7: each of the ten stages, and the one that only ECS's documentation has, is shown in its turn, with the reason that tells what it means.
#[test]
fn every_stage_is_shown_in_its_turn() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "POST_SCALE_UP");
    // ECS reconciles only when an update finds more than one revision.
    web.set_image("nginx:3");
    web.has_deployments(3);
    world.advance(2);
    web.shows_what_ecs_does();

    let mut shown: Vec<String> = Vec::new();
    while web.deployment().is_in_flight() {
        let said = format!("{} {}", web.text("/status/deployment/stage"), web.says("RolledOut"));
        shown.extend(Some(said).filter(|said| shown.last() != Some(said)));
        web.next_stage();
    }

    assert_eq!(
        shown,
        [
            " Unknown Waiting",
            "RECONCILE_SERVICE Unknown ScalingUp",
            "PRE_SCALE_UP Unknown ScalingUp",
            "SCALE_UP Unknown ScalingUp",
            "POST_SCALE_UP Unknown ScalingUp",
            "TEST_TRAFFIC_SHIFT Unknown ShiftingTraffic",
            "POST_TEST_TRAFFIC_SHIFT Unknown ShiftingTraffic",
            "PRE_PRODUCTION_TRAFFIC_SHIFT Unknown ShiftingTraffic",
            "PRODUCTION_TRAFFIC_SHIFT Unknown CanaryBaking",
            "PRODUCTION_TRAFFIC_SHIFT Unknown ShiftingTraffic",
            "POST_PRODUCTION_TRAFFIC_SHIFT Unknown ShiftingTraffic",
            "BAKE_TIME Unknown Baking",
            "CLEAN_UP Unknown CleaningUp",
        ]
    );
    web.shows("Ready", "True", "Available");
    assert_eq!(web.at("/status/deployment/stage"), Value::Null, "what has ended is in no stage");
}

/// Row 7: a stage is written once, however often it is looked at.
#[test]
fn a_stage_is_written_once() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "SCALE_UP");

    for stage in ["SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"] {
        web.reaches(stage);
        world.passes(2);
        let version = web.text("/metadata/resourceVersion");
        world.passes(5);
        assert_eq!(web.text("/metadata/resourceVersion"), version, "{stage}");
    }
    for event in ["CanaryStarted", "TrafficShifted"] {
        web.told_once(event);
    }
}

/// Row 7: a stage that a later API adds is shown as ECS names it, and the rollout is followed to its end.
#[test]
fn a_stage_that_nobody_knows_is_shown_as_ecs_names_it() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "PRE_SCALE_UP");
    let later = FaultKind::Rewrite { find: "PRE_SCALE_UP".to_owned(), replace: "POLISHING".to_owned() };
    world.simulator.add_fault(FaultRequest::from(later).on(Operation::DescribeServiceDeployments));

    web.has("/status/deployment/stage", "POLISHING");
    let message = web.shows("RolledOut", "Unknown", "RollingOut");
    assert_eq!(message, "IN_PROGRESS, stage POLISHING");
    assert_eq!(web.says("Ready"), "False RollingOut");

    world.simulator.clear_faults();
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
}

/// Row 7: `REVISION` and `TRAFFIC` show both revisions while traffic moves, and one before and after.
#[test]
fn the_columns_move_with_the_traffic() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let before = columns(&web);
    assert_eq!(before[1..], ["100", "1/1"]);

    web.set_image("nginx:2");
    web.has_deployments(2);
    web.reaches("SCALE_UP");
    let (old, new) = revisions(&web);
    assert_eq!(before[0], old);
    let both = format!("{old}→{new}");
    assert_eq!(columns(&web), [both.as_str(), "100→0", "1/2"]);
    assert_eq!(web.column("DEPLOYMENT"), "IN_PROGRESS");
    web.reaches("PRODUCTION_TRAFFIC_SHIFT");
    assert_eq!(columns(&web), [both.as_str(), "95→5", "2/2"]);
    web.next_stage();
    assert_eq!(columns(&web), [both.as_str(), "0→100", "2/2"]);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(columns(&web), [new.as_str(), "100", "1/1"]);
}

/// Row 7: the weights of both revisions and their wanted, running and starting tasks, as they come and go.
#[test]
fn weights_and_tasks_of_both_revisions_are_shown() {
    let world = given_a_world();
    let manifest = Manifest::of("web", "nginx:1").with("spec.scalingTarget", json!({"minTaskCount": 3}));
    let web = world.given_a_running_one(&manifest);
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.reaches("SCALE_UP");
    let shown = |web: &Service<'_>| {
        let revisions = web.at("/status/revisions").as_array().cloned().unwrap_or_default();
        let counts = |revision: &Value| ["weight", "requested", "running", "pending"].map(|it| revision[it].as_i64());
        revisions.iter().map(counts).collect::<Vec<_>>()
    };
    let are = |wanted: [[i64; 4]; 2]| {
        let wanted = wanted.map(|counts| counts.map(Some));
        eventually(format_args!("the revisions have {wanted:?}"), || {
            let seen = shown(&web);
            if seen == wanted { Ok(()) } else { Err(format!("{seen:?}")) }
        });
    };

    are([[0, 3, 0, 3], [100, 3, 3, 0]]);
    assert_eq!(web.column("TASKS"), "3/6");
    world.advance(45);
    are([[0, 3, 3, 0], [100, 3, 3, 0]]);
    web.reaches("PRODUCTION_TRAFFIC_SHIFT");
    are([[5, 3, 3, 0], [95, 3, 3, 0]]);
    web.reaches("BAKE_TIME");
    are([[100, 3, 3, 0], [0, 3, 3, 0]]);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(shown(&web), [[100, 3, 3, 0].map(Some)]);
}

/// Row 7: while ECS watches the canary, and again while it watches the whole, the status says when that ends.
#[test]
fn a_bake_says_when_it_ends() {
    let world = given_a_world();
    let web = given_a_rollout_at(&world, "PRE_PRODUCTION_TRAFFIC_SHIFT");
    let ends = || web.text("/status/deployment/bakeEndsAt");
    let is_in_three_minutes = |ends: &str| {
        let ends: Timestamp = ends.parse().unwrap();
        let left = ends.duration_since(Timestamp::now()).as_secs();
        assert!((BAKE - SLACK..=BAKE).contains(&left), "it ends in {left} s");
    };

    assert_eq!(ends(), "");
    web.next_stage();
    assert_eq!(web.says("RolledOut"), "Unknown CanaryBaking");
    let canary = ends();
    is_in_three_minutes(&canary);
    for kind in ["Ready", "RolledOut"] {
        let message = web.message(kind);
        assert!(message.contains(&format!("stage PRODUCTION_TRAFFIC_SHIFT until about {canary}")), "{message}");
    }
    world.passes(5);
    assert_eq!(ends(), canary, "it does not move");

    web.next_stage();
    assert_eq!((web.text("/status/summary/traffic"), ends()), ("0→100".to_owned(), String::new()));
    web.reaches("BAKE_TIME");
    let whole = ends();
    is_in_three_minutes(&whole);
    world.kill_the_controller();
    world.start_the_controller();
    world.passes(3);
    assert_eq!(ends(), whole, "it does not move over a restart either");

    web.next_stage();
    assert_eq!((web.text("/status/deployment/stage"), ends()), ("CLEAN_UP".to_owned(), String::new()));
}

/// Row 7: a first deployment has no canary, and says when its only bake ends.
#[test]
fn a_first_rollout_bakes_once() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    let mut bakes: Vec<String> = Vec::new();
    world.advance(2);
    web.shows_what_ecs_does();
    while web.deployment().is_in_flight() {
        if !web.text("/status/deployment/bakeEndsAt").is_empty() {
            bakes.push(web.text("/status/deployment/stage"));
        }
        web.next_stage();
    }
    assert_eq!(bakes, ["BAKE_TIME"]);
}
