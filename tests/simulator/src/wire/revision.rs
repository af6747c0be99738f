//! The shapes of service revisions and of the resources that ECS manages for them.
use super::{CapacityProviderStrategyItem, Failure, NetworkConfiguration, shapes};
use crate::time::Time;
use serde_json::Value;

shapes! {
    DescribeServiceRevisionsRequest { service_revision_arns: Vec<String> }
    DescribeServiceRevisionsResponse { service_revisions: Vec<ServiceRevision>, failures: Vec<Failure> }
    ServiceRevision {
        service_revision_arn: String,
        service_arn: String,
        cluster_arn: String,
        task_definition: String,
        capacity_provider_strategy: Vec<CapacityProviderStrategyItem>,
        platform_version: String,
        platform_family: String,
        load_balancers: Vec<Value>,
        network_configuration: NetworkConfiguration,
        container_images: Vec<ContainerImage>,
        guard_duty_enabled: bool,
        created_at: Time,
        ecs_managed_resources: ECSManagedResources,
        overrides: ServiceRevisionOverrides,
    }
    ContainerImage { container_name: String, image_digest: String, image: String }
    ServiceRevisionOverrides { runtime_platform: RuntimePlatformOverride }
    RuntimePlatformOverride { cpu_architecture: String }

    ECSManagedResources {
        ingress_paths: Vec<ManagedIngressPath>,
        auto_scaling: ManagedAutoScaling,
        metric_alarms: Vec<ManagedResource>,
        service_security_groups: Vec<ManagedResource>,
        log_groups: Vec<ManagedLogGroup>,
    }
    ManagedIngressPath {
        access_type: String,
        endpoint: String,
        load_balancer: ManagedLoadBalancer,
        load_balancer_security_groups: Vec<ManagedResource>,
        certificate: ManagedCertificate,
        listener: ManagedResource,
        rule: ManagedResource,
        target_groups: Vec<ManagedTargetGroup>,
    }
    ManagedResource { arn: String, status: String, status_reason: String, updated_at: Time }
    ManagedLoadBalancer {
        arn: String,
        status: String,
        status_reason: String,
        updated_at: Time,
        scheme: String,
        subnet_ids: Vec<String>,
        security_group_ids: Vec<String>,
    }
    ManagedCertificate { arn: String, status: String, status_reason: String, updated_at: Time, domain_name: String }
    ManagedTargetGroup {
        arn: String,
        status: String,
        status_reason: String,
        updated_at: Time,
        health_check_path: String,
        health_check_port: i32,
        port: i32,
    }
    ManagedAutoScaling {
        scalable_target: ManagedScalableTarget,
        application_auto_scaling_policies: Vec<ManagedApplicationAutoScalingPolicy>,
    }
    ManagedScalableTarget {
        arn: String,
        status: String,
        status_reason: String,
        updated_at: Time,
        min_capacity: i32,
        max_capacity: i32,
    }
    ManagedApplicationAutoScalingPolicy {
        arn: String,
        status: String,
        status_reason: String,
        updated_at: Time,
        policy_type: String,
        target_value: f64,
        metric: String,
    }
    ManagedLogGroup { arn: String, status: String, status_reason: String, updated_at: Time, log_group_name: String }
}
