//! `ExpressGatewayService`: the spec, member for member what Amazon ECS Express Mode takes.
//!
//! Doc comments here become the descriptions of `kubectl explain`: they are written for the people who write YAML.
//! Source of the members: the botocore ECS model, `CreateExpressGatewayService` and `UpdateExpressGatewayService`.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

use super::status::ExpressGatewayServiceStatus;

/// An Amazon ECS Express Mode service: one container behind an HTTPS URL, rolled out by canary.
#[derive(
    CustomResource, KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize,
)]
#[kube(
    group = "expressway.dev",
    version = "v1alpha1",
    kind = "ExpressGatewayService",
    plural = "expressgatewayservices",
    singular = "expressgatewayservice",
    shortname = "egs",
    category = "aws",
    namespaced,
    status = "ExpressGatewayServiceStatus"
)]
#[serde(rename_all = "camelCase")]
pub struct ExpressGatewayServiceSpec {
    /// Name of the ECS service. Default: the object's name.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,

    /// ECS cluster, by short name or ARN. Default: the cluster `default`.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,

    /// ARN of the IAM role with which ECS manages the load balancer, certificate, scaling and logs.
    pub infrastructure_role_arn: String,

    /// ARN of the IAM role with which ECS pulls the image, reads the secrets and writes the logs.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_role_arn: Option<String>,

    /// ARN of the IAM role that the application itself runs with.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_role_arn: Option<String>,

    /// ARN of your own task definition, instead of `primaryContainer`, the two task roles, `cpu`, `memory` and `cpuArchitecture`.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_definition_arn: Option<String>,

    /// The container that serves the traffic.
    #[schemars(with = "PrimaryContainer")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_container: Option<PrimaryContainer>,

    /// CPU units of one task, as a string: `"256"`, `"512"`, `"1024"`, … ECS's default is `"1024"`.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,

    /// Memory of one task in MiB, as a string. ECS's default is `"2048"`.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,

    /// Processor architecture of the tasks. ECS's default is `X86_64`.
    #[schemars(with = "CpuArchitecture")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_architecture: Option<CpuArchitecture>,

    /// Subnets and security groups. Default: the public subnets of the default VPC.
    #[schemars(with = "NetworkConfiguration")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_configuration: Option<NetworkConfiguration>,

    /// Path that the load balancer asks for the health of a task. ECS's default is `/`.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check_path: Option<String>,

    /// How many tasks run, and what makes them more or fewer.
    #[schemars(with = "ScalingTarget")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling_target: Option<ScalingTarget>,

    /// AWS tags of the service. Tags of others on the service are left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// The container that serves the traffic.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrimaryContainer {
    /// Image, as `repository/image:tag` or `repository/image@digest`.
    pub image: String,

    /// Port on which the container takes HTTP requests. ECS's default is 80.
    #[schemars(with = "i32")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_port: Option<i32>,

    /// Where the container's output goes in CloudWatch Logs. ECS's default is a group of its own.
    #[schemars(with = "AwsLogsConfiguration")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_logs_configuration: Option<AwsLogsConfiguration>,

    /// Credentials for a private registry.
    #[schemars(with = "RepositoryCredentials")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_credentials: Option<RepositoryCredentials>,

    /// Command that replaces the image's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,

    /// Environment variables. For anything secret use `secrets`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<EnvironmentVariable>,

    /// Environment variables whose values ECS reads from Secrets Manager or the SSM Parameter Store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretReference>,
}

/// A CloudWatch Logs destination.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsLogsConfiguration {
    /// Name of the log group.
    pub log_group: String,
    /// Prefix of the log streams' names.
    pub log_stream_prefix: String,
}

/// Credentials for a private registry.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryCredentials {
    /// ARN of the Secrets Manager secret that holds the registry's user name and password.
    pub credentials_parameter: String,
}

/// One environment variable.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentVariable {
    /// Name of the variable.
    pub name: String,
    /// Value of the variable. May be empty.
    pub value: EnvironmentValue,
}

/// The value of an environment variable. `Debug` never shows it: people put passwords there.
#[derive(JsonSchema, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[schemars(inline)]
#[serde(transparent)]
pub struct EnvironmentValue(pub String);

impl fmt::Debug for EnvironmentValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// An environment variable whose value stays in AWS.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretReference {
    /// Name of the environment variable.
    pub name: String,
    /// ARN of the Secrets Manager secret, or ARN or name of the SSM parameter.
    pub value_from: String,
}

/// Processor architecture of the tasks.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum CpuArchitecture {
    /// 64-bit x86.
    #[serde(rename = "X86_64")]
    X86_64,
    /// 64-bit Arm.
    #[serde(rename = "ARM64")]
    Arm64,
}

/// Subnets and security groups of the tasks and the load balancer.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkConfiguration {
    /// Security groups that are added to the one ECS makes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
    /// Subnets: all public (an internet-facing URL) or all private (an internal one).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
}

/// How many tasks run, and what makes them more or fewer.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScalingTarget {
    /// Fewest tasks. ECS's default is 1.
    #[schemars(with = "i32")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_task_count: Option<i32>,
    /// Most tasks. ECS's default is 20.
    #[schemars(with = "i32")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_task_count: Option<i32>,
    /// What is measured. ECS's default is `AVERAGE_CPU`.
    #[schemars(with = "AutoScalingMetric")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_scaling_metric: Option<AutoScalingMetric>,
    /// Value of the metric that scaling aims at. ECS's default is 60.
    #[schemars(with = "i32")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_scaling_target_value: Option<i32>,
}

/// What autoscaling measures.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum AutoScalingMetric {
    /// Average CPU use, in percent.
    #[serde(rename = "AVERAGE_CPU")]
    AverageCpu,
    /// Average memory use, in percent.
    #[serde(rename = "AVERAGE_MEMORY")]
    AverageMemory,
    /// Requests per task and minute.
    #[serde(rename = "REQUEST_COUNT_PER_TARGET")]
    RequestCountPerTarget,
}

/// An AWS tag.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    /// Key of the tag.
    pub key: String,
    /// Value of the tag. May be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
}

impl CpuArchitecture {
    /// AWS's word for it, which is also the YAML's.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "X86_64",
            Self::Arm64 => "ARM64",
        }
    }
}

impl AutoScalingMetric {
    /// AWS's word for it, which is also the YAML's.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AverageCpu => "AVERAGE_CPU",
            Self::AverageMemory => "AVERAGE_MEMORY",
            Self::RequestCountPerTarget => "REQUEST_COUNT_PER_TARGET",
        }
    }
}

impl fmt::Display for CpuArchitecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for AutoScalingMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
