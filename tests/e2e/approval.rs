//! Row 19: `spec.management.approval: Required`: a plan is shown first, and runs when the annotation holds its hash.

use serde_json::json;

use crate::vocabulary::{Manifest, Service, given_a_world};

/// `web`, whose changes want approval.
fn guarded(image: &str) -> Manifest {
    Manifest::of("web", image).with("spec.management.approval", "Required")
}

/// Waits until a plan of this action waits; gives its hash.
#[track_caller]
fn awaits(web: &Service<'_>, action: &str) -> String {
    let message = web.shows("Ready", "False", "AwaitingApproval");
    assert_eq!(web.text("/status/plan/action"), action);
    let hash = web.text("/status/plan/hash");
    assert!(message.ends_with(&format!("expressway.dev/approved-plan={hash}")), "{message}");
    hash
}

/// As the message says: `kubectl annotate … expressway.dev/approved-plan=<hash>`.
#[track_caller]
fn approve(web: &Service<'_>) {
    let message = web.message("Ready");
    let (_, command) = message.split_once("To approve: kubectl ").expect(&message);
    web.world.kubectl(&command.split(' ').collect::<Vec<_>>()).done();
}

/// A service that was created once its plan was approved, and serves.
fn given_an_approved(world: &crate::vocabulary::World) -> Service<'_> {
    let web = world.apply(&guarded("nginx:1"));
    awaits(&web, "Create");
    approve(&web);
    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    web
}

/// Row 19: create and update wait, each with what it changes and costs, and each runs when its own hash is written.
#[test]
fn a_change_runs_when_its_hash_is_written_and_not_before() {
    let world = given_a_world();
    let web = world.apply(&guarded("nginx:1"));
    let created_by = awaits(&web, "Create");
    world.passes(5);
    assert!(world.calls().writes().is_empty(), "{:?}", world.calls().writes());
    approve(&web);
    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    web.set_image("nginx:2");
    let hash = awaits(&web, "Update");
    assert_ne!(hash, created_by);
    assert!(web.message("Ready").contains("one approval is for one run"), "{}", web.message("Ready"));
    let plan = web.at("/status/plan");
    let change = json!({"path": "spec.primaryContainer.image", "wanted": "nginx:2", "live": "nginx:1"});
    assert_eq!(plan["changes"], json!([change]));
    assert_eq!((&plan["startsRollout"], &plan["needsReplacement"]), (&json!(true), &json!(false)));
    assert_eq!((web.says("Stalled"), web.says("Reconciling")), (String::new(), String::new()));

    let version = web.text("/metadata/resourceVersion");
    world.passes(5);
    assert_eq!(web.text("/metadata/resourceVersion"), version, "no status is written on an idle pass");
    assert_eq!(web.notes("ApprovalRequired").len(), 2, "one for each plan");
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);

    approve(&web);
    web.has_deployments(2);
    web.has("/status/lastApprovedPlan", hash);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(web.at("/status/plan"), json!(null));
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService", "UpdateExpressGatewayService"]);
}

/// Row 19: the hash survives a restart; another edit is another plan; an edit that is taken back leaves nothing to approve.
#[test]
fn an_approval_is_for_that_plan_alone() {
    let world = given_a_world();
    let web = given_an_approved(&world);
    let moment = world.now();
    web.set_image("nginx:2");
    let two = awaits(&web, "Update");

    world.kill_the_controller();
    world.start_the_controller();
    world.passes(3);
    assert_eq!(awaits(&web, "Update"), two, "the same plan has the same hash after a restart");

    web.set_image("nginx:3");
    let three = awaits(&web, "Update");
    assert_ne!(three, two);
    web.annotate(&format!("expressway.dev/approved-plan={two}"));
    let said = format!("The annotation approves another plan, \"{two}\"");
    crate::vocabulary::eventually("the stale approval is said", || {
        let message = web.message("Ready");
        if message.contains(&said) { Ok(()) } else { Err(message) }
    });

    web.set_image("nginx:1");
    web.shows("Ready", "True", "Available");
    assert_eq!(web.at("/status/plan"), json!(null));
    assert!(world.calls_since(moment).writes().is_empty(), "{:?}", world.calls_since(moment).writes());
}

/// Row 19: once the approved change has run, the same annotation approves no correction of what somebody does later.
#[test]
fn a_later_correction_asks_again() {
    let world = given_a_world();
    let web = given_an_approved(&world);
    web.set_image("nginx:2");
    awaits(&web, "Update");
    approve(&web);
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    let moment = world.now();

    world.somebody_updates("web", json!({"primaryContainer": {"image": "nginx:1"}}));
    web.has_deployments(3);
    web.rollout_ends();
    awaits(&web, "Update");
    assert!(web.message("Ready").contains("one approval is for one run"), "{}", web.message("Ready"));
    world.passes(5);
    assert!(world.calls_since(moment).writes().is_empty(), "{:?}", world.calls_since(moment).writes());

    approve(&web);
    web.has_deployments(4);
    assert_eq!(world.calls_since(moment).updates(), 1);
}

/// Row 19: tags of the user wait too, without a rollout; a deletion needs no approval.
#[test]
fn tags_wait_and_a_deletion_does_not() {
    let world = given_a_world();
    let web = given_an_approved(&world);
    let moment = world.now();
    web.patch(&json!({"spec": {"tags": [{"key": "team", "value": "shop"}]}}));
    awaits(&web, "Retag");
    assert_eq!(web.at("/status/plan/startsRollout"), json!(false));
    assert_eq!(web.at("/status/plan/changes"), json!([{"path": "spec.tags[team]", "wanted": "shop"}]));
    approve(&web);
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls_since(moment).writes(), ["TagResource"]);

    web.set_image("nginx:2");
    awaits(&web, "Update");
    web.delete().done();
    web.drains();
    world.advance(400);
    web.is_gone();
}
