//! Row 21: what ECS cannot change is refused at admission, or shown where the service itself differs; it is never written.

use std::sync::Arc;

use express_simulator::model::{Config, QuotaConfig};
use express_simulator::server::{self, ServerOptions};
use express_simulator::wire::{Operation, Request};
use serde_json::{Value, json};

use crate::vocabulary::control_plane::RUNTIME;
use crate::vocabulary::manifest::ACCOUNT;
use crate::vocabulary::{Manifest, Service, given_a_world};

fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// The API server refuses the edit and says what to do instead; nothing is sent.
#[track_caller]
fn is_refused(field: &str, value: &str, why: &str) {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();

    let said =
        world.kubectl_apply(&Manifest::of("web", "nginx:1").with(&format!("spec.{field}"), value).yaml()).refused();

    for words in [&format!("{field} cannot be changed: {why}"), "delete this object and create it again", "new URL"] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    world.passes(3);
    assert_eq!(web.says("Ready"), "True Available");
    assert!(world.calls_since(moment).writes().is_empty());
}

/// Row 21: a service cannot be renamed.
#[test]
fn another_service_name_is_refused_with_what_to_do_instead() {
    is_refused("serviceName", "storefront", "ECS cannot rename a service");
}

/// Row 21: a service cannot be moved.
#[test]
fn another_cluster_is_refused_with_what_to_do_instead() {
    is_refused("cluster", "production", "ECS cannot move a service to another cluster");
}

/// Row 21: a service keeps its infrastructure role.
#[test]
fn another_infrastructure_role_is_refused_with_what_to_do_instead() {
    is_refused("infrastructureRoleArn", &role("other"), "ECS keeps the role that a service was created with");
}

/// It says so, stalls, and nothing is written.
#[track_caller]
fn differs(web: &Service<'_>, words: &[&str], moment: u64) {
    let message = web.shows("Ready", "False", "ImmutableDiffers");
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
    web.shows("Stalled", "True", "ImmutableDiffers");
    assert_eq!((web.says("Synced"), web.says("Reconciling")), ("False ImmutableDiffers".to_owned(), String::new()));
    assert_eq!(web.column("STATUS"), "ImmutableDiffers");
    web.told_once("ImmutableDiffers");
    web.world.passes(5);
    web.told_once("ImmutableDiffers");
    let writes = web.world.calls_since(moment);
    assert!(writes.writes().is_empty(), "{:?}", writes.writes());
}

/// Row 21: the YAML of a lost object comes back with another role: both are named with the ways out, and nothing is written,
/// neither now nor for an edit.
#[test]
fn a_service_with_another_infrastructure_role_is_shown_and_not_touched() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    // The object is lost, and its service stays.
    world.kill_the_controller();
    web.delete().done();
    web.patch(&json!({"metadata": {"finalizers": null}}));
    web.is_gone();
    let moment = world.now();
    world.apply(&Manifest::of("web", "nginx:1").with("spec.infrastructureRoleArn", role("other")));
    world.start_the_controller();

    let (wanted, live) = (role("other"), role("infrastructure"));
    differs(
        &web,
        &[&wanted, &live, "spec.management.deletion to Retain", "spec.management.adoption: IfUnowned"],
        moment,
    );
    web.set_image("nginx:2");
    web.shows("Ready", "False", "ImmutableDiffers");
    world.passes(5);
    assert!(world.calls_since(moment).writes().is_empty());

    // The first way out keeps the service, without a rollout.
    web.patch(&json!({"spec": {"management": {"deletion": "Retain"}}}));
    web.delete().done();
    web.is_gone();
    world.apply(&Manifest::of("web", "nginx:1").with("spec.management.adoption", "IfUnowned"));
    web.shows("Ready", "True", "Available");
    assert_eq!(web.in_ecs().unwrap().deployments, 1);
}

/// Row 21: another role is a reason not to adopt a service, and a difference that mode `Observe` shows.
#[test]
fn a_service_of_nobodys_with_another_infrastructure_role_is_not_adopted_and_shown_when_observed() {
    let world = given_a_world();
    world.somebody_creates("web", &[]);
    let web = world.service("web", "web");
    web.rollout_ends();
    let theirs = Manifest::of("web", "theirs:1").with("spec.executionRoleArn", role("theirs"));
    let moment = world.now();
    world.apply(&theirs.clone().with("spec.management.mode", "Observe").with("spec.management.adoption", "IfUnowned"));

    web.shows("Ready", "False", "ObserveOnly");
    let change =
        json!({"path": "spec.infrastructureRoleArn", "wanted": role("infrastructure"), "live": role("theirs")});
    assert_eq!(web.at("/status/plan/changes"), json!([change]));
    assert_eq!(web.at("/status/plan/needsReplacement"), true);

    web.patch(&json!({"spec": {"management": {"mode": "Manage"}}}));
    differs(&web, &[&role("infrastructure"), &role("theirs")], moment);
}

/// Row 21: a controller that was started for another region neither creates nor releases anything, and heals when it is back.
#[test]
fn a_service_in_another_region_than_the_controllers_is_neither_created_again_nor_released() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let url = web.text("/status/url");
    world.kill_the_controller();
    let moment = world.now();

    world.start_the_controller_with(&[], &["--region=us-east-1"]);
    differs(&web, &["in region eu-central-1", "works in us-east-1", "--region=eu-central-1"], moment);
    assert_eq!(web.text("/status/url"), url);
    web.delete().done();
    web.shows("Ready", "False", "ImmutableDiffers");
    world.passes(5);
    assert!(world.calls_since(moment).writes().is_empty());
    assert_ne!(web.at("/metadata/finalizers"), Value::Null);

    world.kill_the_controller();
    world.start_the_controller();
    web.drains();
    world.advance(400);
    web.is_gone();
}

/// Row 21: credentials of another account, in which there is no such cluster at first, and never such a service.
#[test]
fn a_service_in_another_account_than_the_credentials_is_neither_created_again_nor_released() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    world.kill_the_controller();
    let config = Config {
        region: "eu-central-1".to_owned(),
        account: "999999999999".to_owned(),
        quotas: QuotaConfig { enabled: false, ..QuotaConfig::default() },
        ..Config::default()
    };
    let options = ServerOptions { config, ..ServerOptions::default() };
    let other = Arc::new(RUNTIME.block_on(server::start(options)).unwrap());
    let moment = world.now();

    world.start_the_controller_with(&[&format!("AWS_ENDPOINT_URL_ECS={}", other.endpoint)], &[]);
    web.shows("Ready", "False", "ClusterNotFound");
    world.passes(3);
    let cluster = Request::from_json(Operation::CreateCluster, json!({})).unwrap();
    other.with_model(|model| model.apply(cluster, world.simulator.now()).unwrap());
    differs(&web, &["account 111122223333", "of account 999999999999"], moment);
    assert!(other.journal().iter().all(|call| call.operation.starts_with("Describe")), "only looked at");

    world.kill_the_controller();
    world.start_the_controller();
    web.shows("Ready", "True", "Available");
    assert!(world.calls_since(moment).writes().is_empty());
}
