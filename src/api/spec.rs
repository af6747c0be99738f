//! `ExpressGatewayService`: the spec, member for member what Amazon ECS Express Mode takes.
//!
//! Doc comments here become the descriptions of `kubectl explain`: they are written for the people who write YAML.
//! Source of the members: the botocore ECS model, `CreateExpressGatewayService` and `UpdateExpressGatewayService`.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

pub use super::container::{
    AwsLogsConfiguration, EnvironmentValue, EnvironmentVariable, PrimaryContainer, RepositoryCredentials,
    SecretReference,
};
use super::management::Management;
use super::status::ExpressGatewayServiceStatus;
use super::{names, rules};

/// What the service is to be, member for member as Amazon ECS Express Mode takes it. What is left out is ECS's to choose.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[kube(
    group = "expressway.dev",
    version = "v1alpha1",
    kind = "ExpressGatewayService",
    plural = "expressgatewayservices",
    singular = "expressgatewayservice",
    shortname = "egs",
    category = "aws",
    namespaced,
    status = "ExpressGatewayServiceStatus",
    doc = "An Amazon ECS Express Mode service: one container behind an HTTPS URL, rolled out by canary.",
    selectable = ".spec.cluster",
    selectable = ".status.cluster",
    selectable = ".spec.serviceName",
    selectable = ".status.accountID",
    selectable = ".status.region",
    selectable = ".status.deployment.status",
    selectable = ".status.summary.reason",
    selectable = ".status.servingRevision",
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Status", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Revision", type_ = "string", json_path = ".status.summary.revision"),
    printcolumn(name = "Traffic", type_ = "string", json_path = ".status.summary.traffic"),
    printcolumn(name = "Tasks", type_ = "string", json_path = ".status.summary.tasks"),
    printcolumn(name = "URL", type_ = "string", json_path = ".status.url"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Image", type_ = "string", json_path = ".status.effective.image", priority = 1),
    printcolumn(name = "Cluster", type_ = "string", json_path = ".status.cluster", priority = 1),
    printcolumn(name = "Region", type_ = "string", json_path = ".status.region", priority = 1),
    printcolumn(name = "Account", type_ = "string", json_path = ".status.accountID", priority = 1),
    printcolumn(name = "Synced", type_ = "string", json_path = r#".status.conditions[?(@.type=="Synced")].status"#, priority = 1),
    printcolumn(name = "Deployment", type_ = "string", json_path = ".status.deployment.status", priority = 1),
    printcolumn(name = "Observed", type_ = "date", json_path = ".status.lastObservedTime", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].message"#, priority = 1),
    validation = rules::object_name_is_service_name(),
    validation = rules::service_name_stays()
)]
#[x_kube(
    validation = rules::cluster_stays(),
    validation = rules::container_or_task_definition(),
    validation = rules::container_has_execution_role(),
    validation = rules::not_with_task_definition("primaryContainer"),
    validation = rules::not_with_task_definition("executionRoleArn"),
    validation = rules::not_with_task_definition("taskRoleArn"),
    validation = rules::not_with_task_definition("cpu"),
    validation = rules::not_with_task_definition("memory"),
    validation = rules::not_with_task_definition("cpuArchitecture"),
    validation = rules::cpu_with_memory(),
    validation = rules::memory_with_least_cpu("256", &["512", "1024", "2048"]),
    validation = rules::memory_with_cpu("512", 1024, 4096, 1024),
    validation = rules::memory_with_cpu("1024", 2048, 8192, 1024),
    validation = rules::memory_with_cpu("2048", 4096, 16_384, 1024),
    validation = rules::memory_with_cpu("4096", 8192, 30_720, 1024),
    validation = rules::memory_with_cpu("8192", 16_384, 61_440, 4096),
    validation = rules::memory_with_cpu("16384", 32_768, 122_880, 8192)
)]
#[serde(rename_all = "camelCase")]
pub struct ExpressGatewayServiceSpec {
    /// Name of the ECS service. Default: the object's name. Cannot be changed.
    #[schemars(length(max = 255))]
    #[x_kube(validation = rules::service_name_shape())]
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,

    /// ECS cluster, by short name or ARN. Default: the cluster `default`. Cannot be changed.
    #[schemars(length(max = 512))]
    #[x_kube(validation = rules::cluster_shape())]
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,

    /// ARN of the IAM role with which ECS manages the load balancer, certificate, scaling and logs. Cannot be changed.
    #[schemars(length(max = 2048))]
    #[x_kube(
        validation = rules::role_arn("infrastructureRoleArn"),
        validation = rules::infrastructure_role_stays()
    )]
    pub infrastructure_role_arn: String,

    /// ARN of the IAM role with which ECS pulls the image, reads the secrets and writes the logs. Needed with `primaryContainer`.
    #[schemars(length(max = 2048))]
    #[x_kube(validation = rules::role_arn("executionRoleArn"))]
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_role_arn: Option<String>,

    /// ARN of the IAM role that the application itself runs with.
    #[schemars(length(max = 2048))]
    #[x_kube(validation = rules::role_arn("taskRoleArn"))]
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_role_arn: Option<String>,

    /// ARN of your own task definition, with its revision, instead of `primaryContainer`, the two task roles, `cpu`, `memory` and `cpuArchitecture`.
    #[schemars(length(max = 512))]
    #[x_kube(validation = rules::task_definition_arn())]
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_definition_arn: Option<String>,

    /// The container that serves the traffic. Needed unless there is a `taskDefinitionArn`.
    #[schemars(with = "PrimaryContainer")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_container: Option<PrimaryContainer>,

    /// CPU units of one task, as a string: `"256"`, `"512"`, `"1024"`, `"2048"`, `"4096"`, `"8192"` or `"16384"`. Set it together with `memory`. ECS's default is `"1024"`.
    #[schemars(length(max = 16))]
    #[x_kube(validation = rules::cpu_is_a_fargate_size())]
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,

    /// Memory of one task in MiB, as a string. Which values there are depends on `cpu`. ECS's default is `"2048"`.
    #[schemars(length(max = 16))]
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
    #[schemars(length(max = 1024))]
    #[x_kube(validation = rules::health_check_path_shape())]
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check_path: Option<String>,

    /// How many tasks run, and what makes them more or fewer.
    #[schemars(with = "ScalingTarget")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling_target: Option<ScalingTarget>,

    /// AWS tags of the service. Tags of others on the service are left alone. AWS takes 50; six of them are the controller's.
    #[schemars(length(max = names::USER_TAGS))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["key".into()]))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,

    /// What the controller may do with the service: adopt, delete, correct, only observe, wait for approval.
    #[schemars(with = "Management")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management: Option<Management>,
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
    #[schemars(length(max = 5), inner(length(max = 32)))]
    #[x_kube(
        validation = rules::security_group_ids(),
        merge_strategy = ListMerge::Set
    )]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
    /// Subnets: all public (an internet-facing URL) or all private (an internal one).
    #[schemars(length(max = 16), inner(length(max = 32)))]
    #[x_kube(
        validation = rules::subnet_ids(),
        merge_strategy = ListMerge::Set
    )]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
}

/// How many tasks run, and what makes them more or fewer.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::task_counts_are_in_order(), validation = rules::target_value_fits_metric())]
pub struct ScalingTarget {
    /// Fewest tasks. Not above `maxTaskCount`. ECS's default is 1.
    #[schemars(range(min = 0))]
    #[schemars(with = "i32")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_task_count: Option<i32>,
    /// Most tasks. ECS's default is 20.
    #[schemars(range(min = 1))]
    #[schemars(with = "i32")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_task_count: Option<i32>,
    /// What is measured. ECS's default is `AVERAGE_CPU`.
    #[schemars(with = "AutoScalingMetric")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_scaling_metric: Option<AutoScalingMetric>,
    /// Value of the metric that scaling aims at: a percentage, or requests per task and minute. ECS's default is 60.
    #[schemars(range(min = 1, max = 65536))]
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
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    /// Key of the tag.
    #[schemars(length(min = 1, max = 128))]
    #[x_kube(
        validation = rules::tag_characters("key"),
        validation = rules::tag_key_is_free()
    )]
    pub key: String,
    /// Value of the tag. May be empty.
    #[schemars(length(max = 256))]
    #[x_kube(validation = rules::tag_characters("value"))]
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
