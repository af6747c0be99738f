//! The shapes of service deployments.
use super::{DeploymentConfiguration, Failure, shapes};
use crate::time::Time;
use serde_json::Value;

shapes! {
    ListServiceDeploymentsRequest {
        service: String,
        cluster: String,
        status: Vec<String>,
        created_at: CreatedAt,
        next_token: String,
        max_results: i32,
    }
    CreatedAt { before: Time, after: Time }
    ListServiceDeploymentsResponse { service_deployments: Vec<ServiceDeploymentBrief>, next_token: String }
    ServiceDeploymentBrief {
        service_deployment_arn: String,
        service_arn: String,
        cluster_arn: String,
        started_at: Time,
        created_at: Time,
        finished_at: Time,
        target_service_revision_arn: String,
        status: String,
        status_reason: String,
    }

    DescribeServiceDeploymentsRequest { service_deployment_arns: Vec<String> }
    DescribeServiceDeploymentsResponse { service_deployments: Vec<ServiceDeployment>, failures: Vec<Failure> }
    ServiceDeployment {
        service_deployment_arn: String,
        service_arn: String,
        cluster_arn: String,
        created_at: Time,
        started_at: Time,
        finished_at: Time,
        stopped_at: Time,
        updated_at: Time,
        source_service_revisions: Vec<ServiceRevisionSummary>,
        target_service_revision: ServiceRevisionSummary,
        status: String,
        status_reason: String,
        lifecycle_stage: String,
        lifecycle_hook_details: Vec<Value>,
        deployment_configuration: DeploymentConfiguration,
        rollback: Rollback,
        deployment_circuit_breaker: ServiceDeploymentCircuitBreaker,
        alarms: ServiceDeploymentAlarms,
    }
    ServiceRevisionSummary {
        arn: String,
        requested_task_count: i32,
        running_task_count: i32,
        pending_task_count: i32,
        requested_test_traffic_weight: f64,
        requested_production_traffic_weight: f64,
    }
    Rollback { reason: String, started_at: Time, service_revision_arn: String }
    ServiceDeploymentCircuitBreaker { status: String, failure_count: i32, threshold: i32 }
    ServiceDeploymentAlarms { status: String, alarm_names: Vec<String>, triggered_alarm_names: Vec<String> }

    StopServiceDeploymentRequest { service_deployment_arn: String, stop_type: String }
    StopServiceDeploymentResponse { service_deployment_arn: String }
    ContinueServiceDeploymentRequest { service_deployment_arn: String, hook_id: String, action: String }
    ContinueServiceDeploymentResponse { service_deployment_arn: String }
}
