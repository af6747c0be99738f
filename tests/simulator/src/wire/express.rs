//! The shapes of the four Express operations.
use super::{KeyValuePair, Secret, Tag, shapes};
use crate::time::Time;

shapes! {
    CreateExpressGatewayServiceRequest {
        execution_role_arn: String,
        infrastructure_role_arn: String,
        service_name: String,
        cluster: String,
        health_check_path: String,
        primary_container: ExpressGatewayContainer,
        task_role_arn: String,
        network_configuration: ExpressGatewayServiceNetworkConfiguration,
        cpu: String,
        memory: String,
        cpu_architecture: String,
        scaling_target: ExpressGatewayScalingTarget,
        tags: Vec<Tag>,
        task_definition_arn: String,
    }
    CreateExpressGatewayServiceResponse { service: ECSExpressGatewayService }

    UpdateExpressGatewayServiceRequest {
        service_arn: String,
        execution_role_arn: String,
        health_check_path: String,
        primary_container: ExpressGatewayContainer,
        task_role_arn: String,
        network_configuration: ExpressGatewayServiceNetworkConfiguration,
        cpu: String,
        memory: String,
        cpu_architecture: String,
        scaling_target: ExpressGatewayScalingTarget,
        task_definition_arn: String,
    }
    UpdateExpressGatewayServiceResponse { service: UpdatedExpressGatewayService }

    DescribeExpressGatewayServiceRequest { service_arn: String, include: Vec<String> }
    DescribeExpressGatewayServiceResponse { service: ECSExpressGatewayService }

    DeleteExpressGatewayServiceRequest { service_arn: String }
    DeleteExpressGatewayServiceResponse { service: ECSExpressGatewayService }

    ExpressGatewayContainer {
        image: String,
        container_port: i32,
        aws_logs_configuration: ExpressGatewayServiceAwsLogsConfiguration,
        repository_credentials: ExpressGatewayRepositoryCredentials,
        command: Vec<String>,
        environment: Vec<KeyValuePair>,
        secrets: Vec<Secret>,
    }
    ExpressGatewayServiceAwsLogsConfiguration { log_group: String, log_stream_prefix: String }
    ExpressGatewayRepositoryCredentials { credentials_parameter: String }
    ExpressGatewayServiceNetworkConfiguration { security_groups: Vec<String>, subnets: Vec<String> }
    ExpressGatewayScalingTarget {
        min_task_count: i32,
        max_task_count: i32,
        auto_scaling_metric: String,
        auto_scaling_target_value: i32,
    }

    ECSExpressGatewayService {
        cluster: String,
        service_name: String,
        service_arn: String,
        infrastructure_role_arn: String,
        status: ExpressGatewayServiceStatus,
        current_deployment: String,
        active_configurations: Vec<ExpressGatewayServiceConfiguration>,
        tags: Vec<Tag>,
        created_at: Time,
        updated_at: Time,
    }
    UpdatedExpressGatewayService {
        service_arn: String,
        cluster: String,
        service_name: String,
        status: ExpressGatewayServiceStatus,
        target_configuration: ExpressGatewayServiceConfiguration,
        created_at: Time,
        updated_at: Time,
    }
    ExpressGatewayServiceStatus { status_code: String, status_reason: String }
    ExpressGatewayServiceConfiguration {
        service_revision_arn: String,
        execution_role_arn: String,
        task_role_arn: String,
        task_definition_arn: String,
        cpu: String,
        memory: String,
        cpu_architecture: String,
        network_configuration: ExpressGatewayServiceNetworkConfiguration,
        health_check_path: String,
        primary_container: ExpressGatewayContainer,
        scaling_target: ExpressGatewayScalingTarget,
        ingress_paths: Vec<IngressPathSummary>,
        created_at: Time,
    }
    IngressPathSummary { access_type: String, endpoint: String }
}
