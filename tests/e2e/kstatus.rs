//! What tools that wait make of an object: the real kstatus, on what the real API server holds, and the real `kubectl wait`.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::vocabulary::control_plane::repository;
use crate::vocabulary::{Manifest, Service, given_a_world};

/// The program of `tests/conformance/kstatus`, built once.
static KSTATUS: LazyLock<PathBuf> = LazyLock::new(|| {
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kstatus");
    let built = Command::new("go")
        .args(["build", "-buildvcs=false", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(repository().join("tests/conformance/kstatus"))
        .envs([("CGO_ENABLED", "0"), ("GOFLAGS", "-mod=readonly"), ("GOWORK", "off")])
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    program
});

/// What kstatus says of the object as it is now: its word, and why.
fn kstatus(web: &Service<'_>) -> (String, String) {
    let object = web.object().expect("there is an object");
    let mut judge = Command::new(&*KSTATUS).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    judge.stdin.take().unwrap().write_all(object.to_string().as_bytes()).unwrap();
    let judged = judge.wait_with_output().unwrap();
    assert!(judged.status.success(), "kstatus cannot judge {object}");
    let said: Value = serde_json::from_slice(&judged.stdout).unwrap();
    let word = |member: &str| said[member].as_str().unwrap().to_owned();
    (word("status"), word("message"))
}

#[track_caller]
fn is(web: &Service<'_>, wanted: &str) {
    let (status, why) = kstatus(web);
    assert_eq!(status, wanted, "{why}");
}

/// Row 25: a fresh object is InProgress before any controller has seen it, and nothing that waits takes it for ready.
#[test]
fn an_object_that_no_controller_has_seen_is_in_progress() {
    let world = given_a_world();
    world.kill_the_controller();
    let web = world.apply(&Manifest::of("web", "nginx:1"));

    assert_eq!(web.at("/status"), json!({"observedGeneration": -1}));
    is(&web, "InProgress");
    let said = world.kubectl(&["wait", "egs/web", "--for=condition=Ready", "--timeout=1s"]).refused();
    assert!(said.contains("timed out"), "{said}");

    web.delete().done();
    web.is_gone();
}

/// Row 25: from the first write to the last, kstatus says InProgress, Current, Failed and Terminating when they are so.
#[test]
fn kstatus_follows_a_service_through_its_life() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.shows("Ready", "False", "Creating");
    is(&web, "InProgress");
    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    is(&web, "Current");

    world.kill_the_controller();
    web.set_image("nginx:2-crash");
    assert_eq!(web.at("/status/conditions/0/type"), "Ready");
    assert_eq!(web.at("/status/conditions/0/status"), "True", "nobody has seen the edit yet");
    is(&web, "InProgress");

    world.start_the_controller();
    web.has_deployments(2);
    web.shows("Ready", "False", "RollingOut");
    is(&web, "InProgress");
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    let (status, why) = kstatus(&web);
    assert_eq!(status, "Failed");
    assert_eq!(why, web.message("Stalled"), "what Flux prints is the cause");

    web.set_image("nginx:1");
    web.shows("Ready", "True", "Available");
    is(&web, "Current");

    web.delete().done();
    web.shows("Ready", "False", "Deleting");
    is(&web, "Terminating");
    world.advance(400);
    web.is_gone();
}

/// Row 25: `kubectl wait` after an edit returns when the new revision serves, and not on the True of before.
#[test]
fn kubectl_wait_after_an_edit_waits_for_the_new_revision() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");

    web.set_image("nginx:2");
    std::thread::scope(|scope| {
        let wait = scope.spawn(|| world.kubectl(&["wait", "egs/web", "--for=condition=Ready", "--timeout=60s"]).done());
        web.has_deployments(2);
        web.reaches("BAKE_TIME");
        world.passes(5);
        assert!(!wait.is_finished(), "{:?}", wait.join());
        web.rollout_ends();
        assert!(wait.join().unwrap().contains("condition met"));
    });

    assert_eq!(web.column("IMAGE"), "nginx:2");
}

/// Row 25: `kubectl wait` never passes on a service that was rolled back, and waiting for Stalled tells at once.
#[test]
fn kubectl_wait_does_not_take_a_rollback_for_success() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2-crash");
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");

    let said = world.kubectl(&["wait", "egs/web", "--for=condition=Ready", "--timeout=1s"]).refused();
    assert!(said.contains("timed out"), "{said}");
    world.kubectl(&["wait", "egs/web", "--for=condition=Stalled", "--timeout=10s"]).done();

    web.set_image("nginx:3");
    web.has_deployments(3);
    web.rollout_ends();
    world.kubectl(&["wait", "egs/web", "--for=condition=Ready", "--timeout=60s"]).done();
    assert_eq!(web.column("IMAGE"), "nginx:3");
}

/// Row 25: while a service drains it is not ready, and `kubectl wait --for=delete` returns when it is gone.
#[test]
fn kubectl_wait_for_a_deletion_waits_for_aws() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");

    web.delete().done();
    web.shows("Ready", "False", "Deleting");
    web.drains();
    let said = world.kubectl(&["wait", "egs/web", "--for=condition=Ready", "--timeout=1s"]).refused();
    assert!(said.contains("timed out"), "{said}");
    std::thread::scope(|scope| {
        let wait = scope.spawn(|| world.kubectl(&["wait", "egs/web", "--for=delete", "--timeout=60s"]).done());
        world.passes(5);
        assert!(!wait.is_finished(), "{:?}", wait.join());
        world.advance(400);
        wait.join().unwrap();
    });

    assert_eq!(web.in_ecs().unwrap().status, "INACTIVE");
}
