//! Token buckets.
use crate::given::*;
use express_simulator::model::{Category, Config, ErrorKind, QuotaConfig, category};
use express_simulator::wire::*;

fn throttled() -> Story {
    Story::with(Config::default())
}

fn creates_until_throttled(story: &mut Story, from: usize) -> usize {
    (from..from + 1000).take_while(|number| story.create(service(&format!("s{number}"), "nginx:1")).is_ok()).count()
}

/// Service changes have a bucket of 50, and 5 come back each second.
/// [D] developer guide: request-throttling
#[test]
fn service_changes_are_limited_to_50_and_5_per_second() {
    let mut story = throttled();
    assert_eq!(creates_until_throttled(&mut story, 0), 50);
    refused(story.create(web("nginx:1")), ErrorKind::Throttling, "Rate exceeded");
    story.after(2);
    assert_eq!(creates_until_throttled(&mut story, 100), 10);
}

/// The sizes of all buckets.
/// [D] developer guide: request-throttling
#[test]
fn the_buckets_have_their_documented_sizes() {
    let sizes = QuotaConfig::default().buckets;
    let size = |category| (sizes[&category].burst, sizes[&category].refill_per_second);
    assert_eq!(size(Category::ServiceModify), (50, 5));
    assert_eq!(size(Category::ServiceRead), (100, 20));
    assert_eq!(size(Category::ServiceDeployment), (50, 20));
    assert_eq!(size(Category::ServiceRevision), (50, 20));
    assert_eq!(size(Category::TagModify), (20, 10));
    assert_eq!(size(Category::TagRead), (50, 20));
    assert_eq!(size(Category::TaskDefinitionModify), (20, 1));
    assert_eq!(size(Category::TaskDefinitionRead), (50, 20));
    assert_eq!(size(Category::ClusterModify), (20, 1));
    assert_eq!(size(Category::ClusterRead), (50, 20));
}

/// The Express operations share the buckets of the classic service operations.
/// [I] they are in no published table
#[test]
fn express_operations_share_the_service_buckets() {
    assert_eq!(category(Operation::UpdateExpressGatewayService), category(Operation::UpdateService));
    assert_eq!(category(Operation::DescribeExpressGatewayService), category(Operation::DescribeServices));
}

/// A call that is refused takes its token as well.
/// [I] requests are counted, not successes
#[test]
fn a_refused_call_takes_its_token() {
    let mut story = throttled();
    for _ in 0..50 {
        refused_about(story.delete(delete_web()), ErrorKind::ClusterNotFound, "not found");
    }
    refused(story.delete(delete_web()), ErrorKind::Throttling, "Rate exceeded");
}

/// Whether an Express update also takes a token of RegisterTaskDefinition is a switch
/// (express_update_drains_task_definition_bucket).
/// [?] not documented
#[test]
fn the_task_definition_bucket_is_a_switch() {
    let updates = |switch: &str| {
        let mut story = throttled();
        story.create(web("nginx:1")).unwrap();
        let mut story = story.where_switch("express_update_drains_task_definition_bucket", switch);
        (0..1000).take_while(|_| story.update(change().image("nginx:2")).is_ok()).count()
    };
    assert_eq!(updates("false"), 49);
    assert_eq!(updates("true"), 20);
}

/// The quotas can be changed on the way.
/// [I] the simulator's own rule
#[test]
fn quotas_can_be_changed() {
    let mut story = throttled();
    story.model.quotas_mut().enabled = false;
    assert_eq!(creates_until_throttled(&mut story, 0), 1000);
    story.model.quotas_mut().enabled = true;
    assert_eq!(creates_until_throttled(&mut story, 2000), 50);
}
