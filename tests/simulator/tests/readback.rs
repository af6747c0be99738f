//! What reads back otherwise than it was sent: the quirks, each a switch that is on by default.
use std::collections::BTreeSet;

use crate::given::*;
use express_simulator::wire::*;

fn with_groups(groups: &[&str]) -> CreateExpressGatewayServiceRequest {
    let network = ExpressGatewayServiceNetworkConfiguration { security_groups: strings(groups), subnets: None };
    CreateExpressGatewayServiceRequest { network_configuration: Some(network), ..web("nginx:1") }
}

fn groups_read_back(sent: &[&str]) -> Vec<String> {
    let mut story = Story::begins();
    story.create(with_groups(sent)).unwrap();
    story.settles();
    let mut groups = story.configuration().network_configuration.unwrap().security_groups.unwrap();
    groups.sort();
    groups
}

/// With one security group or none, a managed one is read back too; with two, none is added.
/// [O] terraform-provider-aws#47595, #47908
#[test]
fn a_managed_security_group_is_read_back_too() {
    assert_eq!(groups_read_back(&[]).len(), 1);
    let one = groups_read_back(&["sg-1"]);
    assert_eq!(one.len(), 2);
    assert!(one.contains(&"sg-1".to_owned()));
    assert_eq!(groups_read_back(&["sg-1", "sg-2"]), ["sg-1", "sg-2"]);
}

/// command reads back `[]` when none was set.
/// [O] terraform-provider-aws#47436
#[test]
fn command_reads_back_empty_when_none_was_set() {
    assert_eq!(Story::begins().where_web_runs().container().command, Some(Vec::new()));
    assert_eq!(Story::without_quirks().where_web_runs().container().command, None);
}

/// The order of environment variables is not kept.
/// [O] terraform-provider-aws#45792
#[test]
fn environment_order_is_not_kept() {
    let mut story = Story::begins();
    let sent = variables(&[("A", "1"), ("B", "2"), ("C", "3"), ("D", "4")]);
    let mut request = web("nginx:1");
    request.primary_container.as_mut().unwrap().environment = Some(sent.clone());
    story.create(request).unwrap();
    story.settles();
    let mut orders = BTreeSet::new();
    for _ in 0..20 {
        story.after(1);
        let names = story.container().environment.unwrap().into_iter().map(|pair| pair.name.unwrap());
        orders.insert(names.collect::<Vec<_>>());
    }
    assert!(orders.len() > 1, "one order only: {orders:?}");
    assert!(orders.iter().all(|order| order.iter().collect::<BTreeSet<_>>().len() == 4));
}

/// scalingTarget, awsLogsConfiguration and networkConfiguration are populated though they were never sent.
/// [O] ecspresso#905, terraform-provider-aws#49511
#[test]
fn defaults_are_populated() {
    let configuration = Story::begins().where_web_runs().configuration();
    assert!(configuration.scaling_target.is_some() && configuration.network_configuration.is_some());
    assert!(configuration.primary_container.unwrap().aws_logs_configuration.is_some());
    let plain = Story::without_quirks().where_web_runs().configuration();
    assert!(plain.scaling_target.is_none() && plain.network_configuration.is_none());
}

/// cluster is read back as an ARN.
/// [O] terraform-provider-aws: express_gateway_service.go
#[test]
fn cluster_reads_back_as_an_arn() {
    let cluster = Story::begins().where_web_runs().web().cluster.unwrap();
    assert_eq!(cluster, "arn:aws:ecs:us-east-1:123456789012:cluster/default");
    assert_eq!(Story::without_quirks().where_web_runs().web().cluster.as_deref(), Some("default"));
}

/// The endpoint comes without a scheme.
/// [O] ecspresso#905
#[test]
fn the_endpoint_has_no_scheme() {
    let endpoint = |mut story: Story| story.configuration().ingress_paths.unwrap()[0].endpoint.clone().unwrap();
    assert!(!endpoint(Story::begins().where_web_runs()).contains("://"));
    assert!(endpoint(Story::without_quirks().where_web_runs()).starts_with("https://"));
}

/// The endpoint is two characters of the name, a hyphen and 32 hexadecimal digits: it does not follow from the name.
/// [O] five addresses seen in public repositories
#[test]
fn the_endpoint_has_32_hexadecimal_digits() {
    let endpoint = Story::begins().where_web_runs().configuration().ingress_paths.unwrap()[0].endpoint.clone().unwrap();
    let digits = endpoint.strip_prefix("we-").unwrap().strip_suffix(".ecs.us-east-1.on.aws").unwrap();
    assert_eq!(digits.len(), 32);
    assert!(digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
}

/// activeConfigurations, currentDeployment and the endpoint appear some time after the create.
/// [O] aws-cli: monitor_express_gateway_service guards for them
#[test]
fn configurations_and_endpoint_appear_late() {
    let mut story = Story::begins();
    story.create(web("nginx:1")).unwrap();
    assert_eq!(story.web().active_configurations, Some(Vec::new()));
    assert_eq!(story.web().current_deployment, None);
    story.after(5);
    assert!(story.web().current_deployment.is_some());
    assert_eq!(story.configuration().ingress_paths, None);
    story.after(60);
    assert!(story.configuration().ingress_paths.is_some());
}

/// For a moment, a deployment that is listed is MISSING when described.
/// [O] aws-cli: treats MISSING as a reason to retry
#[test]
fn a_listed_deployment_is_missing_for_a_moment() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    let arn = story.deployments()[0].service_deployment_arn.clone().unwrap();
    let request = DescribeServiceDeploymentsRequest { service_deployment_arns: Some(vec![arn]) };
    let failures = story.describe_deployments(request.clone()).unwrap().failures.unwrap();
    assert_eq!(failures[0].reason.as_deref(), Some("MISSING"));
    story.after(2);
    assert_eq!(story.describe_deployments(request).unwrap().service_deployments.unwrap().len(), 1);
}

/// A stage is reported that the enum does not have: PRE_PRODUCTION_TRAFFIC_SHIFT.
/// [M] botocore ECS model: ServiceDeployment.lifecycleStage
#[test]
fn an_unknown_stage_is_reported() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("PRE_PRODUCTION_TRAFFIC_SHIFT");
    let mut plain = Story::without_quirks().where_web_runs();
    plain.image("nginx:2");
    let mut seen = BTreeSet::new();
    while plain.newest_deployment().status.as_deref() != Some("SUCCESSFUL") {
        plain.after(1);
        seen.extend(plain.newest_deployment().lifecycle_stage);
    }
    assert!(!seen.contains("PRE_PRODUCTION_TRAFFIC_SHIFT"), "{seen:?}");
}

/// Reads can be stale: they show what was true some seconds ago.
/// [O] terraform-provider-aws#47568
#[test]
fn reads_can_be_stale() {
    let mut story = Story::begins().where_web_runs();
    story.model.set_staleness(std::time::Duration::from_secs(10));
    story.delete(delete_web()).unwrap();
    assert_eq!(story.status(), "ACTIVE");
    assert_eq!(story.classic().status.as_deref(), Some("ACTIVE"));
    story.after(9);
    assert_eq!(story.status(), "ACTIVE");
    story.after(1);
    assert_eq!(story.status(), "DRAINING");
    let mut story = Story::begins().where_web_runs();
    story.model.set_staleness(std::time::Duration::from_secs(60));
    for desired_count in [2, 3] {
        story.after(10);
        story
            .update_service(UpdateServiceRequest {
                service: text("web"),
                desired_count: Some(desired_count),
                ..Default::default()
            })
            .unwrap();
    }
    for (seconds, count) in [(49, 1), (1, 2), (9, 2), (1, 3)] {
        story.after(seconds);
        assert_eq!(story.classic().desired_count, Some(count), "each state is shown in its turn");
    }
}

/// cpu and memory read back as integers, also when they were sent with a unit.
/// [I] the model's strings hold integers everywhere they were seen
#[test]
fn cpu_and_memory_read_back_as_integers() {
    let mut story = Story::begins();
    let request = CreateExpressGatewayServiceRequest { cpu: text(".5 vCPU"), memory: text("2 GB"), ..web("nginx:1") };
    story.create(request).unwrap();
    story.settles();
    let configuration = story.configuration();
    assert_eq!((configuration.cpu.as_deref(), configuration.memory.as_deref()), (Some("512"), Some("2048")));
}
