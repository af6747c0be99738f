//! Row 26: many objects, and those that are looked for found by the API server.

use crate::vocabulary::{Manifest, Service, World, given_a_world};

/// What `kubectl get egs --all-namespaces --field-selector` finds of this story.
fn found(world: &World, selector: &str) -> Vec<String> {
    let names = "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}{\"\\n\"}{end}";
    let printed = world.kubectl(&["get", "egs", "--all-namespaces", "--field-selector", selector, "-o", names]).done();
    let here = format!("{}/", world.namespace);
    printed.lines().filter_map(|line| line.strip_prefix(&here)).map(str::to_owned).collect()
}

fn given<'w>(world: &'w World, name: &str) -> Service<'w> {
    world.given_a_running_one(&Manifest::of(name, "nginx:1"))
}

/// Row 26: every service that was rolled back is found among the others, by one request that the API server filters.
#[test]
fn every_rolled_back_service_is_found() {
    let world = given_a_world();
    let services = ["api", "shop", "web"].map(|name| given(&world, name));
    assert_eq!(found(&world, "status.summary.reason=RolledBack"), Vec::<String>::new());

    for service in &services[1..] {
        service.set_image("nginx:2-crash");
        service.has_deployments(2);
    }
    services[1].rollout_ends();
    for service in &services[1..] {
        service.shows("Ready", "False", "RolledBack");
    }

    assert_eq!(found(&world, "status.summary.reason=RolledBack"), ["shop", "web"]);
    assert_eq!(found(&world, "status.summary.reason!=RolledBack"), ["api"]);
    assert_eq!(found(&world, "status.summary.reason=Available"), ["api"]);

    services[2].set_image("nginx:3");
    services[2].has_deployments(3);
    services[2].shows("Ready", "False", "RollingOut");
    assert_eq!(found(&world, "status.summary.reason=RolledBack"), ["shop"]);
    assert_eq!(found(&world, "status.summary.reason=RollingOut"), ["web"]);
}

/// Row 26: the reason that a selector finds is that of `Ready` all along, also before there is a service and while it goes.
#[test]
fn a_selector_finds_what_the_column_shows() {
    let world = given_a_world();
    let broken = world.apply(&Manifest::of("web", "nginx:1").with("spec.cluster", "not-there"));
    broken.shows("Ready", "False", "ClusterNotFound");
    assert_eq!(found(&world, "status.summary.reason=ClusterNotFound"), ["web"]);
    assert_eq!(broken.column("STATUS"), "ClusterNotFound");

    let shop = given(&world, "shop");
    shop.delete().done();
    shop.shows("Ready", "False", "Deleting");
    assert_eq!(found(&world, "status.summary.reason=Deleting"), ["shop"]);
}

/// Row 26: a cluster's services, and the one that a revision serves.
#[test]
fn the_services_of_a_cluster_and_the_one_of_a_revision_are_found() {
    let world = given_a_world();
    world.somebody_calls(express_simulator::wire::Operation::CreateCluster, serde_json::json!({"clusterName": "shop"}));
    let shop = world.given_a_running_one(&Manifest::of("shop", "nginx:1").with("spec.cluster", "shop"));
    let web = given(&world, "web");

    assert_eq!(found(&world, "spec.cluster=shop"), ["shop"]);
    assert_eq!(found(&world, "status.cluster=default"), ["web"]);
    let revision = web.text("/status/servingRevision");
    assert_eq!(found(&world, &format!("status.servingRevision={revision}")), ["web"]);
    let both = format!("status.servingRevision!={revision},status.summary.reason=Available");
    assert_eq!(found(&world, &both), ["shop"]);
    assert_eq!(shop.column("CLUSTER"), "shop");
}
