//! What ECS fills in when it is left out.
use crate::given::*;

/// cpu and memory default to 1024 and 2048, not to the 256 and 512 of the API reference.
/// [D] developer guide: express-service-work
#[test]
fn cpu_and_memory_default_to_1024_and_2048() {
    let configuration = Story::begins().where_web_runs().configuration();
    assert_eq!(configuration.cpu.as_deref(), Some("1024"));
    assert_eq!(configuration.memory.as_deref(), Some("2048"));
}

/// healthCheckPath defaults to `/`, not to `/ping`.
/// [D] developer guide: express-service-work
#[test]
fn health_check_path_defaults_to_the_root() {
    assert_eq!(Story::begins().where_web_runs().configuration().health_check_path.as_deref(), Some("/"));
}

/// containerPort defaults to 80.
/// [M] botocore ECS model: ExpressGatewayContainer
#[test]
fn container_port_defaults_to_80() {
    assert_eq!(Story::begins().where_web_runs().container().container_port, Some(80));
}

/// Scaling defaults to 1 to 20 tasks.
/// [D] developer guide: express-service-work
#[test]
fn scaling_defaults_to_1_to_20_tasks() {
    let scaling = Story::begins().where_web_runs().configuration().scaling_target.unwrap();
    assert_eq!((scaling.min_task_count, scaling.max_task_count), (Some(1), Some(20)));
}

/// Scaling defaults to the metric AVERAGE_CPU (so it is named on the wire) at 60.
/// [O] terraform-provider-aws#49511
#[test]
fn scaling_defaults_to_average_cpu_at_60() {
    let scaling = Story::begins().where_web_runs().configuration().scaling_target.unwrap();
    assert_eq!(scaling.auto_scaling_metric.as_deref(), Some("AVERAGE_CPU"));
    assert_eq!(scaling.auto_scaling_target_value, Some(60));
}

/// The log group defaults to `/aws/ecs/<cluster>/<name>-####`.
/// [D] developer guide: express-service-work
#[test]
fn log_group_defaults_to_a_name_with_a_random_suffix() {
    let logs = Story::begins().where_web_runs().container().aws_logs_configuration.unwrap();
    let suffix = logs.log_group.unwrap().strip_prefix("/aws/ecs/default/web-").unwrap().to_owned();
    assert_eq!(suffix.len(), 4);
}

/// The log stream prefix defaults to `ecs`.
/// [M] botocore ECS model: ExpressGatewayServiceAwsLogsConfiguration
#[test]
fn log_stream_prefix_defaults_to_ecs() {
    let logs = Story::begins().where_web_runs().container().aws_logs_configuration.unwrap();
    assert_eq!(logs.log_stream_prefix.as_deref(), Some("ecs"));
}

/// cpuArchitecture defaults to X86_64.
/// [M] botocore ECS model: CreateExpressGatewayServiceRequest
#[test]
fn cpu_architecture_defaults_to_x86_64() {
    assert_eq!(Story::begins().where_web_runs().configuration().cpu_architecture.as_deref(), Some("X86_64"));
}

/// Without networkConfiguration, the public subnets of the default VPC are used, and access is PUBLIC.
/// [D] developer guide: express-service-work
#[test]
fn network_defaults_to_public_subnets() {
    let configuration = Story::begins().where_web_runs().configuration();
    assert!(configuration.network_configuration.unwrap().subnets.unwrap().len() >= 2);
    assert_eq!(configuration.ingress_paths.unwrap()[0].access_type.as_deref(), Some("PUBLIC"));
}

/// A service name that is left out is derived from the image's name.
/// [D] developer guide: express-service-work
#[test]
fn service_name_is_derived_from_the_image() {
    let mut story = Story::begins();
    let mut request = web("registry.example.com:5000/shop/checkout:7");
    request.service_name = None;
    let name = |story: &mut Story| story.create(request.clone()).unwrap().service.unwrap().service_name.unwrap();
    let (first, second) = (name(&mut story), name(&mut story));
    assert_eq!(first, "checkout");
    assert_ne!(first, second, "a create that is repeated without a name makes a second service");
}

/// What Express fixes: platform, capacity provider, managed tags, grace period, and a canary of 5 % with two bakes.
/// [D] developer guide: express-service-work
#[test]
fn fixed_settings_are_those_of_express() {
    let classic = Story::begins().where_web_runs().classic();
    assert_eq!(classic.health_check_grace_period_seconds, Some(300));
    assert_eq!(classic.enable_ecs_managed_tags, Some(true));
    assert_eq!(classic.propagate_tags.as_deref(), Some("SERVICE"));
    assert_eq!(classic.scheduling_strategy.as_deref(), Some("REPLICA"));
    let provider = &classic.capacity_provider_strategy.unwrap()[0];
    assert_eq!(
        (provider.capacity_provider.as_deref(), provider.base, provider.weight),
        (Some("FARGATE"), Some(1), Some(1))
    );
    let deployment = classic.deployment_configuration.unwrap();
    assert_eq!(deployment.strategy.as_deref(), Some("CANARY"));
    assert_eq!(deployment.canary_configuration.unwrap().canary_percent, Some(5.0));
    assert_eq!(deployment.bake_time_in_minutes, Some(3));
}
