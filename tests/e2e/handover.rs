//! Row 13: a service is ours by its tags, whichever cluster runs the controller: lost clusters, second clusters, handovers.

use crate::vocabulary::{Manifest, Service, World, given_a_world};

fn web(policy: &str, value: &str) -> Manifest {
    Manifest::of("web", "nginx:1").with(&format!("spec.management.{policy}"), value)
}

/// Nobody who uses the service notices.
fn serves_as_before(web: &Service<'_>, url: &str) {
    web.shows("Ready", "True", "Available");
    web.world.passes(5);
    assert_eq!(web.text("/status/url"), url);
    let service = web.in_ecs().unwrap();
    assert_eq!((service.status, service.deployments), ("ACTIVE", 1));
}

/// Row 13: the same YAML in a new control plane with the same cluster id.
#[test]
fn a_lost_cluster_finds_its_services_again_with_a_tag_write() {
    let old = World::with_flags(&["--cluster-id=shop-production"]);
    let url = old.given_a_running("nginx:1").text("/status/url");
    old.kill_the_controller();
    let moment = old.now();

    let new = old.another_cluster(&["--cluster-id=shop-production"]);
    let web = new.apply(&Manifest::of("web", "nginx:1"));
    serves_as_before(&web, &url);

    assert_eq!(new.calls_since(moment).writes(), ["TagResource"], "the uid of the new object");
    web.told(&[]);
}

/// Row 13: also in the middle of a rollout, and what failed is not sent again.
#[test]
fn a_cluster_that_is_lost_in_a_rollout_follows_it_to_its_end() {
    let old = World::with_flags(&["--cluster-id=shop-production"]);
    let service = old.given_a_running("nginx:1");
    service.set_image("nginx:2-crash");
    service.has_deployments(2);
    service.reaches("SCALE_UP");
    old.kill_the_controller();
    let moment = old.now();

    let new = old.another_cluster(&["--cluster-id=shop-production"]);
    let web = new.apply(&Manifest::of("web", "nginx:2-crash"));
    web.shows("Ready", "False", "RollingOut");
    web.rollout_ends();
    web.shows("Ready", "False", "RolledBack");
    new.passes(5);
    assert_eq!(new.calls_since(moment).updates(), 0);
}

/// Row 13: a second cluster has no claim.
#[test]
fn a_second_cluster_with_another_id_is_refused() {
    let first = World::with_flags(&["--cluster-id=first"]);
    let service = first.given_a_running("nginx:1");
    let moment = first.now();

    let second = first.another_cluster(&["--cluster-id=second"]);
    let web = second.apply(&Manifest::of("web", "nginx:2"));
    let message = web.shows("Ready", "False", "AlreadyExists");
    for words in [&format!("{}/web of another Kubernetes cluster (cluster id first)", first.namespace), "let go there"]
    {
        assert!(message.contains(words), "{words}: {message}");
    }
    web.set_image("nginx:3");
    web.shows("Ready", "False", "AlreadyExists");
    web.delete().done();
    web.is_gone();

    assert!(first.calls_since(moment).writes().is_empty());
    assert_eq!(service.says("Ready"), "True Available");
}

/// Row 13: "Move a service to another cluster" in deploy/README.md, step by step.
#[test]
fn a_service_is_handed_over_to_another_cluster() {
    let old = given_a_world();
    let service = old.given_a_running("nginx:1");
    let url = service.text("/status/url");
    let moment = old.now();

    service.patch(&serde_json::json!({"spec": {"management": {"deletion": "Retain"}}}));
    service.delete().done();
    service.is_gone();
    assert_eq!(old.calls_since(moment).writes(), ["UntagResource"]);

    let new = old.another_cluster(&[]);
    let web = new.apply(&web("adoption", "IfUnowned"));
    serves_as_before(&web, &url);
    web.told(&["Adopted"]);
    assert_eq!(new.calls_since(moment).writes(), ["UntagResource", "TagResource"]);

    web.patch(&serde_json::json!({"spec": {"management": null}}));
    serves_as_before(&web, &url);
    assert_eq!(new.calls_since(moment).writes(), ["UntagResource", "TagResource"]);
}

/// Row 13: the other way of that page, for an old cluster that cannot be reached; and what it shows when it is back.
#[test]
fn a_service_is_taken_from_a_cluster_that_cannot_be_reached() {
    let old = World::with_flags(&["--cluster-id=old"]);
    let service = old.given_a_running("nginx:1");
    let url = service.text("/status/url");
    old.kill_the_controller();
    let moment = old.now();

    let new = old.another_cluster(&["--cluster-id=new"]);
    let web = new.apply(&web("adoption", "Always"));
    serves_as_before(&web, &url);
    let note = web.notes("Adopted").concat();
    assert!(note.contains("cluster id old"), "{note}");

    old.start_the_controller();
    let message = service.shows("Ready", "False", "AlreadyExists");
    for words in ["cluster id new", "was this object's before"] {
        assert!(message.contains(words), "{words}: {message}");
    }
    old.passes(5);
    service.delete().done();
    service.is_gone();
    serves_as_before(&web, &url);
    assert_eq!(new.calls_since(moment).writes(), ["TagResource"]);
}
