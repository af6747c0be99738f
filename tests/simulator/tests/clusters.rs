//! Clusters: found by name and by ARN, with what runs in them.
use crate::given::*;
use express_simulator::model::ErrorKind;
use express_simulator::wire::*;

const SHOP: &str = "arn:aws:ecs:us-east-1:123456789012:cluster/shop";

fn described(story: &mut Story, cluster: &str, include: Option<Vec<String>>) -> Cluster {
    let request = DescribeClustersRequest { clusters: strings(&[cluster]), include };
    story.describe_clusters(request).unwrap().clusters.unwrap().remove(0)
}

fn where_a_shop_is() -> Story {
    let mut story = Story::begins().where_web_runs();
    let request = CreateClusterRequest { cluster_name: text("shop"), tags: Some(tags(&[("team", "shop")])) };
    story.create_cluster(request).unwrap();
    story
}

/// A cluster is named by its short name or by its ARN, and its tags are shown when asked for.
/// [M] botocore ECS model: DescribeClustersRequest
#[test]
fn a_cluster_is_found_by_name_and_by_arn() {
    let mut story = where_a_shop_is();
    for name in ["shop", SHOP] {
        let plain = described(&mut story, name, None);
        assert_eq!((plain.cluster_name.as_deref(), plain.cluster_arn.as_deref()), (Some("shop"), Some(SHOP)));
        assert_eq!(plain.tags, Some(Vec::new()));
        assert_eq!(described(&mut story, name, strings(&["TAGS"])).tags, Some(tags(&[("team", "shop")])));
    }
    story.create(CreateExpressGatewayServiceRequest { cluster: text(SHOP), ..service("cart", "nginx:1") }).unwrap();
    let request = DescribeServicesRequest { cluster: text(SHOP), services: strings(&["cart"]), include: None };
    let found = story.describe_services(request).unwrap().services.unwrap();
    assert_eq!(found[0].cluster_arn.as_deref(), Some(SHOP));
}

/// An ARN that names no cluster is no cluster.
/// [I] as any name of a cluster that is not there, botocore ECS model: ClusterNotFoundException
#[test]
fn an_arn_of_something_else_is_no_cluster() {
    let mut story = where_a_shop_is();
    let request = CreateExpressGatewayServiceRequest { cluster: Some(arn("web")), ..service("cart", "nginx:1") };
    refused(story.create(request), ErrorKind::ClusterNotFound, "Cluster not found.");
}

/// A service's ARN finds it in its own cluster alone.
/// [I] the ARN names the cluster
#[test]
fn a_service_is_found_in_its_own_cluster_alone() {
    let mut story = where_a_shop_is();
    let request = DescribeServicesRequest { cluster: text("shop"), services: Some(vec![arn("web")]), include: None };
    let answer = story.describe_services(request).unwrap();
    assert_eq!(answer.services, Some(Vec::new()));
    assert_eq!(answer.failures.unwrap()[0].reason.as_deref(), Some("MISSING"));
}

/// A cluster counts its active services, and the tasks that run and those that do not yet.
/// [M] botocore ECS model: Cluster
#[test]
fn a_cluster_counts_what_is_in_it() {
    let mut story = Story::begins();
    let request = |name| {
        let scaling_target = ExpressGatewayScalingTarget { min_task_count: Some(3), ..Default::default() };
        CreateExpressGatewayServiceRequest { scaling_target: Some(scaling_target), ..service(name, "nginx:1") }
    };
    story.create(request("web")).unwrap();
    let counts = |story: &mut Story| {
        let cluster = described(story, "default", None);
        [cluster.active_services_count, cluster.running_tasks_count, cluster.pending_tasks_count].map(Option::unwrap)
    };
    let mut pending = 0;
    while counts(&mut story)[1] == 0 {
        pending = pending.max(counts(&mut story)[2]);
        story.after(1);
    }
    assert!(pending > 1, "the tasks do not start at once");
    story.settles();
    assert_eq!(counts(&mut story), [1, 3, 0]);
    story.create(request("cart")).unwrap();
    assert_eq!(counts(&mut story)[0], 2);
    story.delete(delete_web()).unwrap();
    assert_eq!(counts(&mut story)[0], 1);
}
