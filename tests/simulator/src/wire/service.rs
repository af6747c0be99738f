//! The shapes of the service operations that Express shares with classic ECS.
use super::{Tag, shapes};
use crate::time::Time;
use serde_json::Value;

shapes! {
    DescribeServicesRequest { cluster: String, services: Vec<String>, include: Vec<String> }
    DescribeServicesResponse { services: Vec<Service>, failures: Vec<Failure> }
    Failure { arn: String, reason: String, detail: String }

    ListServicesRequest {
        cluster: String,
        next_token: String,
        max_results: i32,
        launch_type: String,
        scheduling_strategy: String,
        resource_management_type: String,
    }
    ListServicesResponse { service_arns: Vec<String>, next_token: String }

    CreateServiceRequest {
        cluster: String,
        service_name: String,
        task_definition: String,
        desired_count: i32,
        tags: Vec<Tag>,
    }
    CreateServiceResponse { service: Service }
    UpdateServiceRequest {
        cluster: String,
        service: String,
        desired_count: i32,
        task_definition: String,
        capacity_provider_strategy: Vec<CapacityProviderStrategyItem>,
        deployment_configuration: Value,
        force_new_deployment: bool,
        enable_execute_command: bool,
        load_balancers: Vec<Value>,
    }
    UpdateServiceResponse { service: Service }
    DeleteServiceRequest { cluster: String, service: String, force: bool }
    DeleteServiceResponse { service: Service }

    Service {
        service_arn: String,
        service_name: String,
        cluster_arn: String,
        load_balancers: Vec<Value>,
        service_registries: Vec<Value>,
        status: String,
        desired_count: i32,
        running_count: i32,
        pending_count: i32,
        capacity_provider_strategy: Vec<CapacityProviderStrategyItem>,
        platform_version: String,
        platform_family: String,
        task_definition: String,
        deployment_configuration: DeploymentConfiguration,
        deployments: Vec<Deployment>,
        role_arn: String,
        events: Vec<ServiceEvent>,
        created_at: Time,
        current_service_deployment: String,
        current_service_revisions: Vec<ServiceCurrentRevisionSummary>,
        placement_constraints: Vec<Value>,
        placement_strategy: Vec<Value>,
        network_configuration: NetworkConfiguration,
        health_check_grace_period_seconds: i32,
        scheduling_strategy: String,
        deployment_controller: DeploymentController,
        tags: Vec<Tag>,
        created_by: String,
        #[serde(rename = "enableECSManagedTags")] enable_ecs_managed_tags: bool,
        propagate_tags: String,
        enable_execute_command: bool,
        availability_zone_rebalancing: String,
        resource_management_type: String,
    }
    CapacityProviderStrategyItem { capacity_provider: String, weight: i32, base: i32 }
    DeploymentController { r#type: String }
    NetworkConfiguration { awsvpc_configuration: AwsVpcConfiguration }
    AwsVpcConfiguration { subnets: Vec<String>, security_groups: Vec<String>, assign_public_ip: String }
    DeploymentConfiguration {
        deployment_circuit_breaker: DeploymentCircuitBreaker,
        maximum_percent: i32,
        minimum_healthy_percent: i32,
        alarms: DeploymentAlarms,
        strategy: String,
        bake_time_in_minutes: i32,
        lifecycle_hooks: Vec<Value>,
        canary_configuration: CanaryConfiguration,
    }
    DeploymentCircuitBreaker { enable: bool, rollback: bool }
    DeploymentAlarms { alarm_names: Vec<String>, rollback: bool, enable: bool }
    CanaryConfiguration { canary_percent: f64, canary_bake_time_in_minutes: i32 }
    Deployment {
        id: String,
        status: String,
        task_definition: String,
        desired_count: i32,
        pending_count: i32,
        running_count: i32,
        failed_tasks: i32,
        created_at: Time,
        updated_at: Time,
        capacity_provider_strategy: Vec<CapacityProviderStrategyItem>,
        platform_version: String,
        platform_family: String,
        network_configuration: NetworkConfiguration,
        rollout_state: String,
        rollout_state_reason: String,
    }
    ServiceEvent { id: String, created_at: Time, message: String }
    ServiceCurrentRevisionSummary {
        arn: String,
        requested_task_count: i32,
        running_task_count: i32,
        pending_task_count: i32,
    }
}
