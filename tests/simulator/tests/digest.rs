//! What tells two accounts apart for a model checker, and what does not.
use std::hash::{DefaultHasher, Hasher};

use crate::given::*;
use express_simulator::model::{Fate, FateRule};
use express_simulator::wire::*;

fn digest(story: &Story) -> u64 {
    let mut hasher = DefaultHasher::new();
    story.model.digest(&mut hasher);
    hasher.finish()
}

#[track_caller]
fn differ(one: &Story, other: &Story) {
    assert_ne!(digest(one), digest(other));
}

fn later(story: &Story, seconds: u64) -> Story {
    let mut story = story.clone();
    story.after(seconds);
    story
}

#[test]
fn when_it_happened_is_no_difference_and_the_identifiers_neither() {
    let mut settled = Story::begins().where_web_runs();
    settled.after(3600);
    assert_eq!(digest(&settled), digest(&later(&settled, 3600)));

    let mut other = Story::begins();
    other.create(service("shop", "nginx:1")).unwrap();
    other.delete(DeleteExpressGatewayServiceRequest { service_arn: Some(arn("shop")) }).unwrap();
    other.after(24 * 3600);
    let mut other = other.where_web_runs();
    other.after(3600);
    assert_ne!(settled.configuration().service_revision_arn, other.configuration().service_revision_arn);
    assert_eq!(digest(&settled), digest(&other));
}

#[test]
fn a_service_and_its_configuration_are_a_difference() {
    let settled = |image: &str| {
        let mut story = Story::begins();
        story.create(web(image)).unwrap();
        story.settles();
        story.after(3600);
        story
    };
    differ(&Story::begins(), &settled("nginx:1"));
    differ(&settled("nginx:1"), &settled("nginx:2"));
    let mut denied = settled("nginx:1");
    denied
        .update_service(UpdateServiceRequest { service: text("web"), desired_count: Some(1), ..Default::default() })
        .unwrap();
    assert_eq!(digest(&settled("nginx:1")), digest(&denied), "nothing has changed");
    denied.create_cluster(CreateClusterRequest { cluster_name: text("default"), tags: None }).unwrap();
    denied.create_service(CreateServiceRequest { service_name: text("theirs"), ..classic_web() }).unwrap();
    differ(&settled("nginx:1"), &denied);
}

#[test]
fn what_becomes_of_a_deployment_is_a_difference() {
    let begun = |fate| {
        let mut story = Story::begins().where_web_runs();
        story.model.set_fate(FateRule { service: None, fate, left: Some(1) });
        story.image("nginx:2");
        story
    };
    differ(&begun(Fate::Healthy), &begun(Fate::Crash));
}

#[test]
fn how_long_it_still_takes_is_a_difference() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("BAKE_TIME");
    differ(&later(&story, 100), &later(&story, 110));
}

/// A load balancer that never comes, and a deployment that was stopped: nothing happens any more.
#[test]
fn how_long_ago_it_was_is_a_difference_for_a_minute() {
    let mut story = Story::begins();
    story.model.set_fate(FateRule { service: None, fate: Fate::WedgeSilent, left: None });
    story.create(web("nginx:1")).unwrap();
    let service_deployment_arn = story.deployments()[0].service_deployment_arn.clone();
    story.stop(StopServiceDeploymentRequest { service_deployment_arn, stop_type: None }).unwrap();
    story.after(20);
    assert_eq!(story.model.next_event(), None);
    differ(&story, &later(&story, 10));
    assert_eq!(digest(&later(&story, 60)), digest(&later(&story, 70)));
}

#[test]
fn what_a_checker_leaves_out_is_told_by_itself() {
    let mut story = Story::begins().where_web_runs();
    let id = |arn: Option<String>| arn.unwrap().rsplit('/').next().unwrap().to_owned();
    let deployment = story.deployments().remove(0);
    let expected = [id(deployment.target_service_revision_arn), id(deployment.service_deployment_arn)];
    assert_eq!(story.model.identifiers().collect::<Vec<_>>(), expected);
    let created_at = story.web().created_at.unwrap();
    assert_eq!(story.model.creations().collect::<Vec<_>>(), [created_at]);
}
