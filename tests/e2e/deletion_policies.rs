//! Row 15: `deletion: Retain`, `deletionProtection`, a deletion in every stage of a rollout, and one that hangs.

use std::time::Duration;

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::{Value, json};

use crate::vocabulary::{Manifest, STAGES, Service, World, eventually, given_a_world};

/// The words of the API server and of the controller.
const HOW_TO_LIFT: &str = "To delete the service, set spec.management.deletionProtection to false first";

fn managed(policy: Value) -> Manifest {
    Manifest::of("web", "nginx:1").with("spec.management", policy)
}

fn sets(web: &Service<'_>, policy: Value) {
    web.patch(&json!({"spec": {"management": policy}}));
}

/// Every stage, and the moment before the first, in which ECS does not describe the deployment yet.
fn moments() -> impl Iterator<Item = Option<&'static str>> {
    std::iter::once(None).chain(STAGES.map(Some))
}

fn in_rollout_at<'w>(world: &'w World, manifest: &Manifest, stage: Option<&str>) -> Service<'w> {
    let web = world.given_a_running_one(manifest);
    web.set_image("nginx:2");
    web.has_deployments(2);
    if let Some(stage) = stage {
        web.reaches(stage);
    }
    web
}

/// Row 15: a rollout does not keep a service alive.
#[test]
fn a_delete_in_every_stage_of_a_rollout_drains() {
    for stage in moments() {
        let world = given_a_world();
        let web = in_rollout_at(&world, &Manifest::of("web", "nginx:1"), stage);
        web.delete().done();
        web.drains();
        let message = web.shows("Ready", "False", "Deleting");
        assert!(message.contains("draining"), "{stage:?}: {message}");
        world.advance(400);
        web.is_gone();
        let events = web.events();
        assert!(!events.iter().any(|event| event == "RolledBack" || event == "RolloutFailed"), "{stage:?}: {events:?}");
        assert_eq!(web.in_ecs().unwrap().status, "INACTIVE", "{stage:?}");
    }
}

/// Row 15: nor does it keep the object waiting that lets go of it.
#[test]
fn retain_lets_go_in_every_stage_of_a_rollout() {
    for stage in moments() {
        let world = given_a_world();
        let web = in_rollout_at(&world, &managed(json!({"deletion": "Retain"})), stage);
        let moment = world.now();
        web.delete().done();
        web.is_gone();
        assert_eq!(world.calls_since(moment).writes(), ["UntagResource"], "{stage:?}");
        assert!(web.in_ecs().unwrap().deployment.is_some(), "{stage:?}");
    }
}

/// Row 15: only our tags go.
#[test]
fn retain_leaves_the_service_and_the_users_tags() {
    let world = given_a_world();
    let tags = json!([{"key": "team", "value": "shop"}]);
    let web = world.given_a_running_one(&managed(json!({"deletion": "Retain"})).with("spec.tags", tags));
    let arn = web.text("/status/serviceArn");

    web.delete().done();
    web.is_gone();

    web.told_last("Retained");
    assert_eq!(web.in_ecs().unwrap().status, "ACTIVE");
    let left = world.somebody_calls(Operation::ListTagsForResource, json!({"resourceArn": arn}));
    assert_eq!(left["tags"], json!([{"key": "team", "value": "shop"}]));
    assert!(world.calls().of("DeleteExpressGatewayService").is_empty());
}

/// Row 15: a tag write that fails is said, and made again.
#[test]
fn tags_that_could_not_be_taken_off_are_taken_off_later() {
    let world = given_a_world();
    let web = world.given_a_running_one(&managed(json!({"deletion": "Retain"})));
    let denied = FaultRequest::from(FaultKind::AccessDenied { message: None });
    world.simulator.add_fault(denied.on(Operation::UntagResource));
    web.delete().done();
    let message = web.shows("Ready", "False", "Deleting");
    assert!(message.contains("UntagResource"), "{message}");
    web.shows("Reconciling", "True", "ProgressingWithRetry");

    world.simulator.clear_faults();
    web.is_gone();
    assert_eq!(world.calls().effects_of("UntagResource"), 1);
}

/// Row 15: `kubectl delete` is refused before anything has begun.
#[test]
fn the_api_server_refuses_to_delete_what_is_protected() {
    let world = given_a_world();
    let web = world.given_a_running_one(&managed(json!({"deletionProtection": true})));

    let refused = web.delete().refused();
    for words in ["deletion-protection.expressway.dev", HOW_TO_LIFT] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    assert_eq!(web.at("/metadata/deletionTimestamp"), Value::Null);

    sets(&web, json!({"deletionProtection": false}));
    web.delete().done();
    web.drains();
}

/// Row 15: where the API server let it pass, the controller refuses, in the same words.
#[test]
fn the_controller_refuses_to_delete_what_is_protected() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    world.kill_the_controller();
    web.delete().done();
    sets(&web, json!({"deletionProtection": true}));

    world.start_the_controller();
    let message = web.shows("Ready", "False", "DeletionProtected");
    assert!(message.contains(HOW_TO_LIFT), "{message}");
    web.shows("Stalled", "True", "DeletionProtected");
    web.told_last("DeletionProtected");
    world.passes(5);
    assert_eq!(web.at("/metadata/finalizers"), json!(["expressway.dev/finalizer"]));
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);

    sets(&web, json!({"deletionProtection": false}));
    web.drains();
    world.advance(400);
    web.is_gone();
}

/// Row 15: a namespace cannot take what is protected with it.
#[test]
fn a_namespace_waits_for_what_is_protected_in_it() {
    let world = given_a_world();
    let web = world.given_a_running_one(&managed(json!({"deletionProtection": true})));
    world.kubectl(&["delete", "namespace", &world.namespace, "--wait=false"]).done();

    let said = || world.kubectl(&["get", "namespace", &world.namespace, "-o", "jsonpath={.status.conditions}"]).done();
    eventually("the namespace says why it waits", || {
        let said = said();
        if said.contains(HOW_TO_LIFT) { Ok(()) } else { Err(said) }
    });
    assert_eq!(web.says("Ready"), "True Available");
    assert_eq!(web.in_ecs().unwrap().status, "ACTIVE");
}

/// As if ECS had been draining for so long.
fn has_drained_for(web: &Service<'_>, minutes: u64) -> String {
    let since = jiff::Timestamp::now() - Duration::from_secs(minutes * 60);
    let since = jiff::Timestamp::from_second(since.as_second()).unwrap().to_string();
    let patch = json!({"status": {"drainingSince": since}}).to_string();
    let words = ["patch", "egs", &web.name, "--subresource=status", "--type=merge", "--patch", &patch];
    eventually(format_args!("{} is seen to drain since {since}", web.name), || {
        web.world.kubectl(&words).done();
        web.world.passes(3);
        let seen = web.text("/status/drainingSince");
        if seen == since { Ok(web.message("Ready")) } else { Err(seen) }
    })
}

/// An object whose service cannot be removed by its role.
fn hangs(world: &World) -> Service<'_> {
    let web = world.given_a_running("nginx:1");
    world.simulator.role_loses_its_permissions("arn:aws:iam::111122223333:role/infrastructure");
    web.delete().done();
    web.drains();
    web.shows("Ready", "False", "Deleting");
    assert_ne!(web.text("/status/drainingSince"), "");
    world.advance(3600);
    let message = has_drained_for(&web, 4);
    assert!(message.contains("for 4 min"), "{message}");
    assert_eq!(web.says("Stalled"), "");

    has_drained_for(&web, 42);
    let message = web.shows("Stalled", "True", "DeletionHangs");
    let role = "role/infrastructure exists and has its policies";
    for words in ["for 42 min", "was unable to remove its managed resources", role, "deletion to Retain"] {
        assert!(message.contains(words), "{words}: {message}");
    }
    assert_eq!(web.says("Ready"), "False Deleting");
    web.told_once("DeletionHangs");
    web
}

/// Row 15: the first way out of a deletion that hangs.
#[test]
fn a_deletion_that_hangs_goes_on_once_the_role_is_restored() {
    let world = given_a_world();
    let web = hangs(&world);

    world.simulator.clear_faults();
    world.advance(3600);
    web.is_gone();
    web.told_last("Deleted");
}

/// Row 15: the second.
#[test]
fn a_deletion_that_hangs_is_let_go_of() {
    let world = given_a_world();
    let web = hangs(&world);
    let moment = world.now();

    sets(&web, json!({"deletion": "Retain"}));
    web.is_gone();
    web.told_last("Retained");
    assert!(world.calls_since(moment).writes().is_empty());
    assert_eq!(web.in_ecs().unwrap().status, "DRAINING");
}

/// Row 15: a name that does not come free is said to the object that waits for it.
#[test]
fn a_name_that_drains_for_hours_is_said_to_who_waits_for_it() {
    let world = given_a_world();
    world.somebody_creates("web", &[]);
    world.simulator.role_loses_its_permissions("arn:aws:iam::111122223333:role/theirs");
    world.somebody_deletes("web");
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.shows("Ready", "False", "WaitingForDrain");

    let message = has_drained_for(&web, 150);
    assert!(message.contains("for 2 h"), "{message}");
    web.shows("Stalled", "True", "DeletionHangs");
}

/// Row 15: the process dies after the create and before its status, and the next one is asked to delete.
#[test]
fn a_create_that_no_status_tells_of_is_not_left_behind() {
    let world = given_a_world();
    // Reads that are stale have to have something to show.
    world.advance(100);
    world.simulator.add_fault(FaultRequest::from(FaultKind::StaleReads { seconds: 60 }));
    let late = FaultRequest::from(FaultKind::Latency { milliseconds: 20_000 });
    world.simulator.add_fault(late.on(Operation::CreateExpressGatewayService).times(1));
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    world.kill_the_controller();
    web.delete().done();

    world.start_the_controller();
    eventually("the service is looked for", || {
        let message = web.message("Ready");
        if message.contains("may have just been created") { Ok(()) } else { Err(message) }
    });
    world.advance(61);
    web.drains();
    world.advance(461);
    web.is_gone();
}
