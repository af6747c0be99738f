//! The normal form of an Express configuration: one shape for what is wanted, what is sent and what is read back.
//!
//! Lists that have no order are sets or maps here, an empty list and an absent one are the same, and `None` means
//! "left to AWS" in what is wanted and "not shown" in what was read.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::spec::{AutoScalingMetric, CpuArchitecture, EnvironmentValue};

/// An Express configuration in normal form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Role that pulls the image and writes the logs.
    pub execution_role_arn: Option<String>,
    /// Role of the application itself.
    pub task_role_arn: Option<String>,
    /// The task definition. ECS shows one for every service; it is wanted only when the spec names one.
    pub task_definition_arn: Option<String>,
    /// The container. Sent whole or not at all.
    pub container: Option<Container>,
    /// CPU units, in canonical decimal.
    pub cpu: Option<String>,
    /// MiB of memory, in canonical decimal.
    pub memory: Option<String>,
    /// Processor architecture.
    pub cpu_architecture: Option<CpuArchitecture>,
    /// Subnets; empty: left to AWS.
    pub subnets: BTreeSet<String>,
    /// Security groups; ECS may add its own to those that were sent.
    pub security_groups: BTreeSet<String>,
    /// Path that the load balancer asks.
    pub health_check_path: Option<String>,
    /// Scaling.
    pub scaling: Scaling,
}

/// The container in normal form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Image.
    pub image: String,
    /// Port, 1 to 65535.
    pub port: Option<i32>,
    /// Log group and stream prefix: ECS wants both or none.
    pub logs: Option<Logs>,
    /// ARN of the registry credentials' secret.
    pub repository_credentials: Option<String>,
    /// Command; empty: the image's own. ECS shows `[]` though none was ever sent (terraform-provider-aws#47436).
    pub command: Vec<String>,
    /// Environment by name: ECS does not keep its order (terraform-provider-aws#45792).
    pub environment: BTreeMap<String, EnvironmentValue>,
    /// Secrets by name: the ARN or parameter each comes from.
    pub secrets: BTreeMap<String, String>,
}

/// Where a container's output goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    /// CloudWatch log group.
    pub group: String,
    /// Prefix of the stream names.
    pub stream_prefix: String,
}

/// Scaling in normal form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scaling {
    /// Fewest tasks.
    pub min_tasks: Option<i32>,
    /// Most tasks.
    pub max_tasks: Option<i32>,
    /// What is measured.
    pub metric: Option<AutoScalingMetric>,
    /// What the metric is held at.
    pub target_value: Option<i32>,
}
