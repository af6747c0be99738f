//! The stages of a deployment, its traffic, and how long it takes.
use std::time::Duration;

use crate::given::*;
use express_simulator::wire::*;

/// A deployment goes through its stages in order.
/// [M] botocore ECS model: ServiceDeploymentLifecycleStage
#[test]
fn a_deployment_goes_through_its_stages_in_order() {
    let mut story = Story::without_quirks().where_web_runs();
    story.image("nginx:2");
    assert_eq!(story.newest_deployment().status.as_deref(), Some("PENDING"));
    let mut stages: Vec<String> = Vec::new();
    while story.newest_deployment().status.as_deref() != Some("SUCCESSFUL") {
        story.after(1);
        let stage = story.newest_deployment().lifecycle_stage;
        stages.extend(stage.filter(|stage| stages.last() != Some(stage)));
    }
    let expected = [
        "PRE_SCALE_UP",
        "SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
        "BAKE_TIME",
        "CLEAN_UP",
    ];
    assert_eq!(stages, expected);
}

/// The traffic on the new revision goes 0, 5, 100, and the rest stays on the old one.
/// [D] developer guide: express-service-update-full
#[test]
fn traffic_goes_from_0_to_5_to_100() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    let mut weights: Vec<(f64, f64)> = Vec::new();
    while story.newest_deployment().status.as_deref() != Some("SUCCESSFUL") {
        let deployment = story.newest_deployment();
        let of = |revision: &ServiceRevisionSummary| revision.requested_production_traffic_weight.unwrap();
        let source = of(&deployment.source_service_revisions.unwrap()[0]);
        let pair = (of(&deployment.target_service_revision.unwrap()), source);
        if weights.last() != Some(&pair) {
            weights.push(pair);
        }
        story.after(1);
    }
    assert_eq!(weights, [(0.0, 100.0), (5.0, 95.0), (100.0, 0.0)]);
}

/// A canary takes 10 to 12 minutes.
/// [O] terraform-provider-aws#47377, #47436
#[test]
fn a_canary_takes_10_to_12_minutes() {
    let mut story = Story::begins().where_web_runs();
    let start = story.now;
    story.image("nginx:2");
    story.settles();
    let took = story.now.since(start);
    assert!(took >= Duration::from_secs(600) && took <= Duration::from_secs(720), "{took:?}");
}

/// The first service of a VPC takes 10 to 25 minutes; the next ones find the load balancer.
/// [O] field reports; developer guide: express-service-work
#[test]
fn the_first_service_takes_longer_than_the_next() {
    let mut story = Story::begins();
    let start = story.now;
    story.create(web("nginx:1")).unwrap();
    story.settles();
    let first = story.now.since(start);
    assert!(first >= Duration::from_secs(600) && first <= Duration::from_secs(1500), "{first:?}");
    let start = story.now;
    story.create(service("second", "nginx:1")).unwrap();
    story.settles();
    while story.model.next_event().is_some() {
        story.after(1);
    }
    assert!(story.now.since(start) < first);
}

/// A first deployment has no source revision.
/// [D] developer guide: service-deployment
#[test]
fn a_first_deployment_has_no_source() {
    let mut story = Story::begins();
    story.create(web("nginx:1")).unwrap();
    assert_eq!(story.newest_deployment().source_service_revisions, Some(Vec::new()));
}

/// currentDeployment is the ARN of the service deployment in flight, and null when none is.
/// [O] terraform-provider-aws#47377
#[test]
fn current_deployment_is_null_when_nothing_is_in_flight() {
    let mut story = Story::begins().where_web_runs();
    assert_eq!(story.web().current_deployment, None);
    story.image("nginx:2");
    assert_eq!(story.web().current_deployment, story.deployments()[0].service_deployment_arn);
    story.settles();
    assert_eq!(story.web().current_deployment, None);
}

/// There is one active configuration when stable, and there are two during a canary.
/// [M] botocore ECS model: ECSExpressGatewayService
#[test]
fn two_configurations_are_active_during_a_canary() {
    let mut story = Story::begins().where_web_runs();
    assert_eq!(story.web().active_configurations.unwrap().len(), 1);
    story.image("nginx:2");
    story.reaches("PRODUCTION_TRAFFIC_SHIFT");
    assert_eq!(story.web().active_configurations.unwrap().len(), 2);
    story.settles();
    assert_eq!(story.configuration().primary_container.unwrap().image.as_deref(), Some("nginx:2"));
}

/// Revision, list, description and configuration name the same revision.
/// [I] follows from the shapes of the model
#[test]
fn one_revision_links_all_views() {
    let mut story = Story::begins().where_web_runs();
    let target = story.image("nginx:2").target_configuration.unwrap().service_revision_arn;
    story.settles();
    assert_eq!(story.deployments()[0].target_service_revision_arn, target);
    assert_eq!(story.newest_deployment().target_service_revision.unwrap().arn, target);
    assert_eq!(story.configuration().service_revision_arn, target);
    let request = DescribeServiceRevisionsRequest { service_revision_arns: target.clone().map(|arn| vec![arn]) };
    assert_eq!(story.describe_revisions(request).unwrap().service_revisions.unwrap()[0].service_revision_arn, target);
}

/// Deployments are listed newest first.
/// [O] terraform-provider-aws and the GitHub Action take the first
#[test]
fn deployments_are_listed_newest_first() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.settles();
    let created: Vec<_> = story.deployments().iter().map(|deployment| deployment.created_at.unwrap()).collect();
    assert!(created[0] > created[1]);
}

/// A list can be narrowed by time and by status, and comes in pages of 1 to 100.
/// [M] botocore ECS model: ListServiceDeploymentsRequest
#[test]
fn a_list_of_deployments_can_be_narrowed() {
    let mut story = Story::begins().where_web_runs();
    story.after(1);
    story.image("nginx:2");
    let all = ListServiceDeploymentsRequest { service: text("web"), ..Default::default() };
    let [second, first] = [0, 1].map(|n| story.deployments()[n].created_at.unwrap());
    for (after, before, expected) in [
        (Some(first), None, vec![second]),
        (Some(second), None, vec![]),
        (None, Some(second), vec![first]),
        (None, Some(first), vec![]),
    ] {
        let by_time = ListServiceDeploymentsRequest { created_at: Some(CreatedAt { after, before }), ..all.clone() };
        let listed = story.list_deployments(by_time).unwrap().service_deployments.unwrap();
        assert_eq!(listed.iter().map(|it| it.created_at.unwrap()).collect::<Vec<_>>(), expected);
    }
    let by_status = ListServiceDeploymentsRequest { status: strings(&["SUCCESSFUL"]), ..all.clone() };
    assert_eq!(story.list_deployments(by_status).unwrap().service_deployments.unwrap().len(), 1);
    let first = story.list_deployments(ListServiceDeploymentsRequest { max_results: Some(1), ..all.clone() }).unwrap();
    assert_eq!(first.service_deployments.unwrap().len(), 1);
    let rest = ListServiceDeploymentsRequest { next_token: first.next_token, ..all.clone() };
    assert_eq!(story.list_deployments(rest).unwrap().service_deployments.unwrap().len(), 1);
    assert!(story.list_deployments(ListServiceDeploymentsRequest { max_results: Some(101), ..all }).is_err());
}

/// Deployments can be read for 90 days.
/// [D] developer guide: service-deployment
#[test]
fn deployments_can_be_read_for_90_days() {
    let mut story = Story::begins();
    story.create(web("nginx:1")).unwrap();
    story.after(90 * 24 * 3600 - 1);
    assert_eq!(story.deployments().len(), 1);
    story.after(1);
    assert_eq!(story.deployments().len(), 0);
}

/// At most 20 deployments and 20 revisions are described in one call.
/// [M] botocore ECS model: DescribeServiceDeploymentsRequest, DescribeServiceRevisionsRequest
#[test]
fn at_most_20_are_described_at_once() {
    let mut story = Story::begins().where_web_runs();
    let arn = story.deployments()[0].service_deployment_arn.clone().unwrap();
    let request = DescribeServiceDeploymentsRequest { service_deployment_arns: Some(vec![arn; 21]) };
    assert!(story.describe_deployments(request).is_err());
    let arn = story.configuration().service_revision_arn.unwrap();
    let request = DescribeServiceRevisionsRequest { service_revision_arns: Some(vec![arn; 21]) };
    assert!(story.describe_revisions(request).is_err());
}

/// Old tasks run until CLEAN_UP, then they are stopped.
/// [D] developer guide: express-service-update-full
#[test]
fn old_tasks_run_until_clean_up() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    let deployment = story.reaches("BAKE_TIME");
    assert_eq!(deployment.source_service_revisions.unwrap()[0].running_task_count, Some(1));
    assert_eq!(deployment.target_service_revision.unwrap().running_task_count, Some(1));
    story.settles();
    assert_eq!(story.newest_deployment().source_service_revisions.unwrap()[0].running_task_count, Some(0));
}

/// A deployment tells its stage and not since when; it tells for how many minutes it bakes, twice.
/// [M] botocore ECS model: ServiceDeployment, DeploymentConfiguration
#[test]
fn a_deployment_says_for_how_long_it_bakes() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    let configuration = story.reaches("PRODUCTION_TRAFFIC_SHIFT").deployment_configuration.unwrap();
    assert_eq!(configuration.bake_time_in_minutes, Some(3));
    assert_eq!(configuration.canary_configuration.unwrap().canary_bake_time_in_minutes, Some(3));
}

/// The target takes all test traffic from POST_TEST_TRAFFIC_SHIFT on, and the source what is left.
/// [M] botocore ECS model: ServiceDeployment.lifecycleStage
#[test]
fn test_traffic_moves_before_production_traffic() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    let weights = |deployment: &ServiceDeployment| {
        let of = |revision: &ServiceRevisionSummary| revision.requested_test_traffic_weight.unwrap();
        let source = deployment.source_service_revisions.as_ref().and_then(|sources| sources.first());
        (of(deployment.target_service_revision.as_ref().unwrap()), source.map(of))
    };
    for (stage, expected) in [
        ("SCALE_UP", (0.0, Some(100.0))),
        ("TEST_TRAFFIC_SHIFT", (0.0, Some(100.0))),
        ("POST_TEST_TRAFFIC_SHIFT", (100.0, Some(0.0))),
        ("BAKE_TIME", (100.0, Some(0.0))),
    ] {
        assert_eq!(weights(&story.reaches(stage)), expected, "{stage}");
    }
    assert_eq!(weights(&story.comes_to("SUCCESSFUL")).0, 100.0);
}

/// A revision is among the active configurations from SCALE_UP on, until a rollback has moved the traffic away.
/// [I] two are active during a canary, botocore ECS model: ECSExpressGatewayService
#[test]
fn the_target_is_shown_from_scale_up_until_it_is_rolled_back() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:crash");
    let shown = |story: &mut Story| story.web().active_configurations.unwrap().len();
    assert_eq!(shown(&mut story), 1, "it has not begun");
    story.reaches("SCALE_UP");
    assert_eq!(shown(&mut story), 2);
    story.comes_to("ROLLBACK_SUCCESSFUL");
    assert_eq!(shown(&mut story), 1);
}

/// A service's ARN finds its deployments in its own cluster, without naming the cluster.
/// [I] the ARN names the cluster
#[test]
fn deployments_are_found_by_the_service_arn_alone() {
    let mut story = Story::begins();
    story.create_cluster(CreateClusterRequest { cluster_name: text("shop"), tags: None }).unwrap();
    let created = story.create(CreateExpressGatewayServiceRequest { cluster: text("shop"), ..web("nginx:1") });
    let request =
        ListServiceDeploymentsRequest { service: created.unwrap().service.unwrap().service_arn, ..Default::default() };
    assert_eq!(story.list_deployments(request).unwrap().service_deployments.unwrap().len(), 1);
}

/// Of the revisions that an overtaking deployment comes from, the one that serves has the traffic.
/// [I] the one that was overtaken had none yet
#[test]
fn the_revision_that_serves_has_the_traffic_of_the_sources() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("POST_SCALE_UP");
    story.image("nginx:3");
    let sources = story.newest_deployment().source_service_revisions.unwrap();
    let weights = |source: &ServiceRevisionSummary| {
        (source.requested_production_traffic_weight.unwrap(), source.requested_test_traffic_weight.unwrap())
    };
    assert_eq!(sources.iter().map(weights).collect::<Vec<_>>(), [(100.0, 100.0), (0.0, 0.0)]);
}

/// A first deployment has nothing to share the traffic with: it takes all of it at once, without a canary.
/// [I] a first deployment has no source revision, developer guide: express-service-update-full
#[test]
fn a_first_deployment_has_no_canary() {
    let mut story = Story::begins();
    story.create(web("nginx:1")).unwrap();
    let mut weights = Vec::new();
    while story.classic().current_service_deployment.is_some() {
        weights.extend(story.newest_deployment().target_service_revision.unwrap().requested_production_traffic_weight);
        story.after(5);
    }
    weights.dedup();
    assert_eq!(weights, [0.0, 100.0]);
}

/// A revision without a task is no source of the next deployment.
/// [I] the simulator's own rule
#[test]
fn a_revision_without_a_task_is_no_source() {
    let mut story = Story::begins().where_web_runs();
    let none = UpdateServiceRequest { service: text("web"), desired_count: Some(0), ..Default::default() };
    story.update_service(none).unwrap();
    story.image("nginx:2");
    assert_eq!(story.newest_deployment().source_service_revisions, Some(Vec::new()));
}

/// RECONCILE_SERVICE comes first where more than one revision is active, and takes its time: ten seconds here.
/// [M] botocore ECS model: ServiceDeployment.lifecycleStage
#[test]
fn more_than_one_active_revision_is_reconciled_first() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("POST_SCALE_UP");
    story.image("nginx:3");
    story.reaches("RECONCILE_SERVICE");
    for (seconds, stage) in [(9, "RECONCILE_SERVICE"), (1, "PRE_SCALE_UP")] {
        story.after(seconds);
        assert_eq!(story.newest_deployment().lifecycle_stage.as_deref(), Some(stage));
    }
}
