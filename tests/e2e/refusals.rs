//! What is not ours is not touched, and whose it is, is said.

use express_simulator::wire::Operation;
use serde_json::json;

use crate::vocabulary::{Manifest, Service, World, given_a_world};

/// `web` is applied where the name is somebody else's.
fn is_refused(world: &World) -> Service<'_> {
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.shows("Ready", "False", "AlreadyExists");
    web.shows("Stalled", "True", "AlreadyExists");
    assert_eq!(web.says("Reconciling"), "");
    web.told_once("NameInUse");
    assert_eq!(web.text("/status/url"), "", "somebody else's URL is not shown as ours");
    web
}

/// Neither looks, nor an edit, nor a delete touch it.
fn is_never_touched(web: &Service<'_>) {
    let world = web.world;
    world.passes(5);
    web.set_image("nginx:2");
    web.shows("Ready", "False", "AlreadyExists");
    web.delete().done();
    web.is_gone();
    assert!(world.calls().writes().is_empty(), "{:?}", world.calls().writes());
    assert_eq!(web.in_ecs().unwrap().status, "ACTIVE");
}

/// Row 12: a service that nobody here made is refused.
#[test]
fn a_service_that_nobody_here_made_is_refused() {
    let world = given_a_world();
    world.somebody_creates("web", &[("team", "theirs")]);
    let web = is_refused(&world);
    let message = web.message("Ready");
    assert!(message.contains("was not made by Expressway"), "{message}");
    assert!(message.contains("spec.serviceName"), "{message}");
    is_never_touched(&web);
}

/// Row 12: a service of another cluster is refused and its owner named.
#[test]
fn a_service_of_another_cluster_is_refused_and_its_owner_named() {
    let world = given_a_world();
    let tags = [
        ("expressway.dev/cluster-id", "another-cluster"),
        ("expressway.dev/namespace", "production"),
        ("expressway.dev/name", "web"),
        ("expressway.dev/uid", "0"),
    ];
    world.somebody_creates("web", &tags);
    let web = is_refused(&world);
    let message = web.message("Ready");
    for word in ["production/web", "another Kubernetes cluster", "another-cluster"] {
        assert!(message.contains(word), "{message}");
    }
    is_never_touched(&web);
}

/// Row 12: a service of another object is refused and its owner named.
#[test]
fn a_service_of_another_object_is_refused_and_its_owner_named() {
    let world = given_a_world();
    let first = world.given_a_running_one(&Manifest::of("first", "nginx:1").with("spec.serviceName", "web"));
    let moment = world.now();

    let web = is_refused(&world);
    let message = web.message("Ready");
    assert!(message.contains(&format!("{}/first", world.namespace)), "{message}");
    web.delete().done();
    web.is_gone();

    assert!(world.calls_since(moment).writes().is_empty());
    assert_eq!(first.says("Ready"), "True Available");
}

/// Row 12: a name that comes free is taken.
#[test]
fn a_name_that_comes_free_is_taken() {
    let world = given_a_world();
    world.somebody_creates("web", &[]);
    let web = is_refused(&world);

    let arn = web.in_ecs().unwrap().service_arn;
    world.somebody_calls(Operation::DeleteExpressGatewayService, json!({"serviceArn": arn}));
    web.shows("Ready", "False", "WaitingForDrain");
    world.advance(400);
    web.shows("Ready", "False", "Creating");

    assert_eq!(world.calls().creates(), 1);
}

#[test]
fn a_cluster_that_does_not_exist_is_named_and_nothing_is_sent() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1").with("spec.cluster", "nowhere"));

    let message = web.shows("Ready", "False", "ClusterNotFound");
    assert!(message.contains("nowhere"), "{message}");
    web.shows("Stalled", "True", "ClusterNotFound");
    world.passes(5);
    assert_eq!(world.calls().effects_of("CreateExpressGatewayService"), 0);

    world.somebody_calls(Operation::CreateCluster, json!({"clusterName": "nowhere"}));
    web.shows("Ready", "False", "Creating");
    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
}

#[test]
fn an_object_in_a_cluster_that_does_not_exist_can_be_deleted() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1").with("spec.cluster", "nowhere"));
    web.shows("Ready", "False", "ClusterNotFound");

    web.delete().done();
    web.is_gone();
}
