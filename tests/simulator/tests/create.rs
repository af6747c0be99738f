//! CreateExpressGatewayService.
use std::time::Duration;

use crate::given::*;
use express_simulator::model::{Config, ErrorKind, Timings};
use express_simulator::wire::*;

/// The status is ACTIVE at once, long before anything runs.
/// [O] terraform-provider-aws#45235
#[test]
fn a_new_service_is_active_at_once() {
    let mut story = Story::begins();
    story.create(web("nginx:1")).unwrap();
    assert_eq!(story.status(), "ACTIVE");
    assert_eq!(story.classic().running_count, Some(0));
}

/// The answer to a create has no currentDeployment.
/// [O] terraform-provider-aws#47377
#[test]
fn the_answer_to_a_create_has_no_current_deployment() {
    let service = Story::begins().create(web("nginx:1")).unwrap().service.unwrap();
    assert_eq!(service.current_deployment, None);
    assert_eq!(service.infrastructure_role_arn.as_deref(), Some(INFRASTRUCTURE_ROLE));
}

/// What statusReason says is a switch (status_reason).
/// [?] the member is in the model; nobody has told what is in it
#[test]
fn the_status_reason_is_a_switch() {
    let reason = |service: ECSExpressGatewayService| service.status.unwrap().status_reason;
    let silent = Story::begins().create(web("nginx:1")).unwrap().service.unwrap();
    assert_eq!(reason(silent), None);
    let mut story = Story::begins().where_switch("status_reason", "healthy");
    assert_eq!(reason(story.create(web("nginx:1")).unwrap().service.unwrap()).as_deref(), Some("healthy"));
}

/// infrastructureRoleArn is the only required member of the model.
/// [M] botocore ECS model: CreateExpressGatewayServiceRequest
#[test]
fn the_infrastructure_role_is_required() {
    let mut request = web("nginx:1");
    request.infrastructure_role_arn = None;
    refused_about(Story::begins().create(request), ErrorKind::InvalidParameter, "infrastructureRoleArn");
}

/// Without taskDefinitionArn, primaryContainer and executionRoleArn are required as well.
/// [M] botocore ECS model: CreateExpressGatewayServiceRequest
#[test]
fn container_and_execution_role_are_required_without_a_task_definition() {
    let mut request = web("nginx:1");
    request.primary_container = None;
    refused_about(Story::begins().create(request), ErrorKind::InvalidParameter, "primaryContainer");
    let mut request = web("nginx:1");
    request.execution_role_arn = None;
    refused_about(Story::begins().create(request), ErrorKind::InvalidParameter, "executionRoleArn");
}

/// Both members of awsLogsConfiguration are required once it is there.
/// [M] botocore ECS model: ExpressGatewayServiceAwsLogsConfiguration
#[test]
fn log_configuration_needs_both_members() {
    let mut request = web("nginx:1");
    let logs = ExpressGatewayServiceAwsLogsConfiguration { log_group: text("/mine"), log_stream_prefix: None };
    request.primary_container.as_mut().unwrap().aws_logs_configuration = Some(logs);
    refused_about(Story::begins().create(request), ErrorKind::InvalidParameter, "logStreamPrefix");
}

/// A name has up to 255 letters, numbers, underscores and hyphens.
/// [M] botocore ECS model: CreateExpressGatewayServiceRequest
#[test]
fn a_name_has_up_to_255_plain_characters() {
    for bad in ["", "a b", "a/b", "é", &"a".repeat(256)] {
        refused_about(Story::begins().create(service(bad, "nginx:1")), ErrorKind::InvalidParameter, "serviceName");
    }
    Story::begins().create(service(&"a".repeat(255), "nginx:1")).unwrap();
}

/// The default cluster is made when it is missing.
/// [D] developer guide: express-service-work
#[test]
fn the_default_cluster_is_made_by_the_first_create() {
    let mut story = Story::begins();
    assert_eq!(story.describe_clusters(DescribeClustersRequest::default()).unwrap().failures.unwrap().len(), 1);
    story.create(web("nginx:1")).unwrap();
    let clusters = story.describe_clusters(DescribeClustersRequest::default()).unwrap().clusters.unwrap();
    assert_eq!(clusters[0].active_services_count, Some(1));
}

/// A named cluster must exist.
/// [M] botocore ECS model: CreateExpressGatewayService
#[test]
fn a_named_cluster_must_exist() {
    let mut story = Story::begins();
    let mut request = web("nginx:1");
    request.cluster = text("shop");
    refused(story.create(request.clone()), ErrorKind::ClusterNotFound, "Cluster not found.");
    story.create_cluster(CreateClusterRequest { cluster_name: text("shop"), tags: None }).unwrap();
    let arn = story.create(request).unwrap().service.unwrap().service_arn.unwrap();
    assert!(arn.ends_with(":service/shop/web"));
}

/// Creating over an ACTIVE name is refused; the text is a switch (create_on_active_error_text).
/// [?] classic ECS answers so; not seen for Express
#[test]
fn creating_over_an_active_name_is_refused() {
    let mut story = Story::begins();
    story.create(web("nginx:1")).unwrap();
    let text = "Creation of service was not idempotent.";
    refused(story.create(web("nginx:1")), ErrorKind::InvalidParameter, text);
    let mut story = story.where_switch("create_on_active_error_text", "already exists");
    refused(story.create(web("nginx:1")), ErrorKind::InvalidParameter, "already exists");
}

/// The pairs of cpu and memory are Fargate's.
/// [M] botocore ECS model: RegisterTaskDefinitionRequest
#[test]
fn cpu_and_memory_are_a_fargate_pair() {
    let good =
        [("256", "512"), ("256", "2048"), ("512", "4096"), ("1024", "8192"), ("2048", "5120"), ("4096", "30720")];
    let large = [("8192", "16384"), ("8192", "61440"), ("16384", "32768"), ("16384", "122880")];
    let bad =
        [("256", "4096"), ("512", "512"), ("1024", "1024"), ("8192", "17408"), ("16384", "16384"), ("300", "1024")];
    let create = |(cpu, memory): (&str, &str)| {
        let request = CreateExpressGatewayServiceRequest { cpu: text(cpu), memory: text(memory), ..web("nginx:1") };
        Story::begins().create(request)
    };
    for pair in good.into_iter().chain(large) {
        create(pair).unwrap();
    }
    for pair in bad {
        refused_about(create(pair), ErrorKind::InvalidParameter, "No Fargate configuration exists");
    }
    refused_about(create(("banana", "512")), ErrorKind::InvalidParameter, "cpu");
}

/// minTaskCount 0 is accepted or not by a switch (min_task_count_zero_allowed).
/// [?] one article used it, one product says there is no scale to zero
#[test]
fn min_task_count_zero_is_a_switch() {
    let mut request = web("nginx:1");
    request.scaling_target = Some(ExpressGatewayScalingTarget { min_task_count: Some(0), ..Default::default() });
    let mut story = Story::begins();
    story.create(request.clone()).unwrap();
    story.settles();
    assert_eq!(story.classic().running_count, Some(0));
    let mut story = Story::begins().where_switch("min_task_count_zero_allowed", "false");
    refused_about(story.create(request), ErrorKind::InvalidParameter, "minTaskCount");
}

/// REQUEST_COUNT_PER_TARGET goes up to 65536.
/// [D] developer guide: express-service-work
#[test]
fn requests_per_target_go_up_to_65536() {
    let with = |target| {
        let scaling = ExpressGatewayScalingTarget {
            auto_scaling_metric: text("REQUEST_COUNT_PER_TARGET"),
            auto_scaling_target_value: Some(target),
            ..Default::default()
        };
        CreateExpressGatewayServiceRequest { scaling_target: Some(scaling), ..web("nginx:1") }
    };
    Story::begins().create(with(65_536)).unwrap();
    refused_about(Story::begins().create(with(65_537)), ErrorKind::InvalidParameter, "autoScalingTargetValue");
}

/// Bad values are refused: a port, a health path without a slash, more minimum than maximum tasks, an unknown metric.
/// [M] botocore ECS model: CreateExpressGatewayServiceRequest
#[test]
fn bad_values_are_refused_by_name() {
    let mut port = web("nginx:1");
    port.primary_container.as_mut().unwrap().container_port = Some(70_000);
    refused_about(Story::begins().create(port), ErrorKind::InvalidParameter, "containerPort");
    let path = CreateExpressGatewayServiceRequest { health_check_path: text("ping"), ..web("nginx:1") };
    refused_about(Story::begins().create(path), ErrorKind::InvalidParameter, "healthCheckPath");
    let scaling = |scaling| CreateExpressGatewayServiceRequest { scaling_target: Some(scaling), ..web("nginx:1") };
    let counts = ExpressGatewayScalingTarget { min_task_count: Some(3), max_task_count: Some(2), ..Default::default() };
    refused_about(Story::begins().create(scaling(counts)), ErrorKind::InvalidParameter, "minTaskCount");
    let metric = ExpressGatewayScalingTarget { auto_scaling_metric: text("CPUUtilization"), ..Default::default() };
    refused_about(Story::begins().create(scaling(metric)), ErrorKind::InvalidParameter, "autoScalingMetric");
}

/// Private subnets make an internal load balancer with PRIVATE access.
/// [D] developer guide: express-service-work
#[test]
fn private_subnets_give_private_access() {
    let mut story = Story::begins();
    let network = ExpressGatewayServiceNetworkConfiguration {
        subnets: strings(&["subnet-private-a", "subnet-private-b"]),
        security_groups: None,
    };
    story
        .create(CreateExpressGatewayServiceRequest { network_configuration: Some(network), ..web("nginx:1") })
        .unwrap();
    story.settles();
    let paths = story.configuration().ingress_paths.unwrap();
    assert_eq!(paths[0].access_type.as_deref(), Some("PRIVATE"));
}

/// The answer to a create tells no deployment, also where a read would tell it at once.
/// [I] currentDeployment is read later, terraform-provider-aws#47377
#[test]
fn the_answer_to_a_create_tells_no_deployment() {
    let timings = Timings { configuration_lag: Duration::ZERO, ..Timings::default() };
    let mut story = Story::with(Config { timings, ..Config::default() });
    assert_eq!(story.create(web("nginx:1")).unwrap().service.unwrap().current_deployment, None);
    assert!(story.web().current_deployment.is_some());
}

/// Without a name, a service is named after its image, by a number more when that name is taken.
/// [I] the name is unique in its cluster, and serviceName is optional in the botocore ECS model
#[test]
fn a_name_is_made_of_the_image() {
    let mut story = Story::begins();
    let names = ["registry/my_shop-web.x:1", "other/my_shop-web.x@sha256:0", "nginx"].map(|image| {
        let request = CreateExpressGatewayServiceRequest { service_name: None, ..web(image) };
        story.create(request).unwrap().service.unwrap().service_name.unwrap()
    });
    assert_eq!(names, ["my_shop-web-x", "my_shop-web-x-1", "nginx"]);
}

/// What is just within the limits is taken, and what is just past them is refused.
/// [I] limits of Fargate, of ports and of scaling; the botocore ECS model gives none
#[test]
fn limits_are_where_they_are() {
    type Request = CreateExpressGatewayServiceRequest;
    let path =
        |length: usize| Request { health_check_path: Some(format!("/{}", "a".repeat(length - 1))), ..web("nginx:1") };
    let scaled = |min, max| {
        let target = ExpressGatewayScalingTarget { min_task_count: min, max_task_count: max, ..Default::default() };
        Request { scaling_target: Some(target), ..web("nginx:1") }
    };
    let port = |port| {
        let mut request = web("nginx:1");
        request.primary_container.as_mut().unwrap().container_port = Some(port);
        request
    };
    let sized = |cpu: &str, memory: &str| Request { cpu: text(cpu), memory: text(memory), ..web("nginx:1") };
    let role = |role: &str| Request { infrastructure_role_arn: text(role), ..web("nginx:1") };
    for taken in [
        path(1024),
        scaled(Some(1), Some(1)),
        scaled(Some(5000), Some(5000)),
        port(1),
        port(65535),
        sized("0.25 vCPU", "0.5 GB"),
        sized(".5 vCPU", "1 GB"),
        Request { cpu_architecture: text("X86_64"), ..web("nginx:1") },
        role("arn:aws-cn:iam::123456789012:role/infrastructure"),
    ] {
        let answer = Story::begins().create(taken.clone());
        assert!(answer.is_ok(), "{taken:?}: {answer:?}");
    }
    for past in [
        path(1025),
        Request { health_check_path: text("/a b"), ..web("nginx:1") },
        Request { health_check_path: text("a"), ..web("nginx:1") },
        scaled(Some(2), Some(1)),
        scaled(Some(1), Some(5001)),
        port(0),
        port(65536),
        role("arn:aws:iam::12345678901:role/infrastructure"),
        role("arn:aws:iam::12345678901x:role/infrastructure"),
        role("arn:aws:iam::123456789012:role/"),
    ] {
        let answer = Story::begins().create(past.clone());
        assert!(answer.is_err(), "{past:?}");
    }
    let cluster = CreateClusterRequest { cluster_name: text("my cluster"), ..Default::default() };
    refused_about(Story::begins().create_cluster(cluster), ErrorKind::InvalidParameter, "Identifier is for cluster");
}
