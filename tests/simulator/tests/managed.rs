//! The resources that ECS manages, in DescribeServiceRevisions.
use crate::given::*;
use express_simulator::model::{Fate, FateRule};
use express_simulator::wire::*;

fn managed(story: &mut Story) -> ECSManagedResources {
    let arn = story.deployments()[0].target_service_revision_arn.clone();
    let request = DescribeServiceRevisionsRequest { service_revision_arns: arn.map(|arn| vec![arn]) };
    let revisions = story.describe_revisions(request).unwrap().service_revisions.unwrap();
    revisions[0].ecs_managed_resources.clone().unwrap()
}

fn load_balancer(story: &mut Story) -> ManagedLoadBalancer {
    managed(story).ingress_paths.unwrap()[0].load_balancer.clone().unwrap()
}

/// Managed resources go from PROVISIONING to ACTIVE.
/// [M] botocore ECS model: ManagedResourceStatus
#[test]
fn resources_go_from_provisioning_to_active() {
    let mut story = Story::begins();
    story.create(web("nginx:1")).unwrap();
    story.after(5);
    assert_eq!(load_balancer(&mut story).status.as_deref(), Some("PROVISIONING"));
    story.settles();
    let resources = managed(&mut story);
    let path = resources.ingress_paths.unwrap()[0].clone();
    assert_eq!(path.load_balancer.unwrap().status.as_deref(), Some("ACTIVE"));
    assert_eq!(path.certificate.unwrap().status.as_deref(), Some("ACTIVE"));
    assert_eq!(path.rule.unwrap().status.as_deref(), Some("ACTIVE"));
    assert_eq!(resources.metric_alarms.unwrap()[0].status.as_deref(), Some("ACTIVE"));
}

/// There are two target groups for each service.
/// [O] field report on rule weights
#[test]
fn there_are_two_target_groups() {
    let groups =
        managed(&mut Story::begins().where_web_runs()).ingress_paths.unwrap()[0].target_groups.clone().unwrap();
    assert_eq!(groups.len(), 2);
    assert!(groups[0].arn.as_ref().unwrap().contains("targetgroup/ecs-gateway-tg-"));
}

/// The load balancer is named `ecs-express-gateway-alb-` and 8 hexadecimal digits.
/// [O] terraform-provider-aws#47576
#[test]
fn the_load_balancer_has_its_name() {
    let arn = load_balancer(&mut Story::begins().where_web_runs()).arn.unwrap();
    let name = arn.split('/').nth(2).unwrap().strip_prefix("ecs-express-gateway-alb-").unwrap().to_owned();
    assert_eq!(name.len(), 8);
}

/// The scaling policy names its metric otherwise than scalingTarget.
/// [M] botocore ECS model: ManagedApplicationAutoScalingPolicy
#[test]
fn the_policy_names_its_metric_otherwise() {
    let scaling = managed(&mut Story::begins().where_web_runs()).auto_scaling.unwrap();
    let policy = &scaling.application_auto_scaling_policies.unwrap()[0];
    assert_eq!(policy.metric.as_deref(), Some("ECSServiceAverageCPUUtilization"));
    assert_eq!(scaling.scalable_target.unwrap().max_capacity, Some(20));
}

/// A failure of the infrastructure shows here, with a reason: FAILED, or PROVISIONING for ever.
/// [D] developer guide: express-service-troubleshooting
#[test]
fn a_failure_of_the_infrastructure_shows() {
    for (fate, status) in [(Fate::Wedge, "FAILED"), (Fate::WedgeSilent, "PROVISIONING")] {
        let mut story = Story::begins();
        story.model.set_fate(FateRule { service: None, fate, left: None });
        story.create(web("nginx:1")).unwrap();
        story.after(24 * 3600);
        let balancer = load_balancer(&mut story);
        assert_eq!(balancer.status.as_deref(), Some(status));
        assert_eq!(balancer.status_reason.is_some(), status == "FAILED");
    }
}

/// In the wedge, every resource but those of the load balancer comes up, and the reason names the permission that is missing.
/// [O] agno: field report of 2026-07
#[test]
fn a_wedge_names_the_permission_that_is_missing() {
    let mut story = Story::begins();
    story.model.disarm_role("*");
    story.create(web("nginx:1")).unwrap();
    story.after(3600);
    let resources = managed(&mut story);
    let path = resources.ingress_paths.unwrap()[0].clone();
    assert!(path.load_balancer.unwrap().status_reason.unwrap().contains("elasticloadbalancing:CreateLoadBalancer"));
    assert_eq!(path.listener.unwrap().status.as_deref(), Some("PROVISIONING"));
    assert_eq!(path.certificate.unwrap().status.as_deref(), Some("ACTIVE"));
    assert_eq!(resources.log_groups.unwrap()[0].status.as_deref(), Some("ACTIVE"));
}

/// Once the infrastructure role has what it lacked, ECS may make the load balancer after all and go on: a switch (wedge_heals),
/// off by default.
/// [O] rdic: field report (an inline grant of ec2:DescribeAccountAttributes)
#[test]
fn a_wedge_can_heal() {
    for (heals, end) in [("false", "IN_PROGRESS"), ("true", "SUCCESSFUL")] {
        let mut story = Story::begins();
        story.model.switches_mut().set("wedge_heals", heals).unwrap();
        story.model.disarm_role("*");
        story.create(web("nginx:1")).unwrap();
        story.after(3600);
        assert_eq!(load_balancer(&mut story).status.as_deref(), Some("FAILED"));
        story.model.allow_roles();
        story.after(5);
        let state = if heals == "true" { "PROVISIONING" } else { "FAILED" };
        assert_eq!(load_balancer(&mut story).status.as_deref(), Some(state));
        story.after(3600);
        assert_eq!(story.newest_deployment().status.as_deref(), Some(end));
    }
}

/// What was not refused goes on as it did when a refusal heals.
/// [I] the simulator's own rule
#[test]
fn what_heals_leaves_the_others_alone() {
    let end = |heals: &str| {
        let mut story = Story::begins().where_switch("wedge_heals", heals).where_web_runs();
        story.image("nginx:2");
        story.reaches("BAKE_TIME");
        story.after(100);
        story.model.allow_roles();
        story.comes_to("SUCCESSFUL").finished_at
    };
    assert_eq!(end("true"), end("false"));
}

/// While the service drains, its resources are DEPROVISIONING.
/// [M] botocore ECS model: ManagedResourceStatus
#[test]
fn resources_are_deprovisioned_while_draining() {
    let mut story = Story::begins().where_web_runs();
    story.delete(delete_web()).unwrap();
    story.after(10);
    assert_eq!(load_balancer(&mut story).status.as_deref(), Some("DEPROVISIONING"));
}

/// Every managed resource has a status, a statusReason when it failed, and updatedAt.
/// [M] botocore ECS model: ECSManagedResources
#[test]
fn every_resource_has_its_state() {
    let mut story = Story::begins().where_web_runs();
    let all = Response::DescribeServiceRevisions({
        let arn = story.deployments()[0].target_service_revision_arn.clone();
        let request = DescribeServiceRevisionsRequest { service_revision_arns: arn.map(|arn| vec![arn]) };
        story.describe_revisions(request).unwrap()
    })
    .to_json();
    let managed = &all["serviceRevisions"][0]["ecsManagedResources"];
    let resources = [
        "/ingressPaths/0/loadBalancer",
        "/ingressPaths/0/loadBalancerSecurityGroups/0",
        "/ingressPaths/0/certificate",
        "/ingressPaths/0/listener",
        "/ingressPaths/0/rule",
        "/ingressPaths/0/targetGroups/0",
        "/ingressPaths/0/targetGroups/1",
        "/autoScaling/scalableTarget",
        "/autoScaling/applicationAutoScalingPolicies/0",
        "/metricAlarms/0",
        "/serviceSecurityGroups/0",
        "/logGroups/0",
    ];
    for path in resources {
        let resource = managed.pointer(path).unwrap_or_else(|| panic!("no {path}"));
        assert_eq!(resource["status"], "ACTIVE", "{path}");
        assert!(resource["arn"].is_string() && resource["updatedAt"].is_number(), "{path}: {resource}");
        assert!(resource["statusReason"].is_null(), "{path}: {resource}");
    }
}
