//! The container of an `ExpressGatewayService`: its image, port, logs, command, environment and secrets.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

use super::rules;

/// The container that serves the traffic.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::variable_has_one_source())]
pub struct PrimaryContainer {
    /// Image, as `repository/image:tag` or `repository/image@digest`.
    #[schemars(length(max = 1024))]
    #[x_kube(validation = rules::image_shape())]
    pub image: String,

    /// Port on which the container takes HTTP requests. ECS's default is 80.
    #[schemars(range(min = 1, max = 65535))]
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
    #[schemars(length(max = 1000), inner(length(max = 65536)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,

    /// Environment variables. For anything secret use `secrets`.
    #[schemars(length(max = 1000))]
    #[x_kube(
        merge_strategy = ListMerge::Map(vec!["name".into()])
    )]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<EnvironmentVariable>,

    /// Environment variables whose values ECS reads from Secrets Manager or the SSM Parameter Store. No name may be in `environment` too.
    #[schemars(length(max = 300))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretReference>,
}

/// A CloudWatch Logs destination.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsLogsConfiguration {
    /// Name of the log group.
    #[schemars(length(max = 512))]
    #[x_kube(validation = rules::log_group_shape())]
    pub log_group: String,
    /// Prefix of the log streams' names.
    #[schemars(length(max = 474))]
    #[x_kube(validation = rules::log_stream_prefix_shape())]
    pub log_stream_prefix: String,
}

/// Credentials for a private registry.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::secret_arn())]
pub struct RepositoryCredentials {
    /// ARN of the Secrets Manager secret that holds the registry's user name and password.
    #[schemars(length(max = 2048))]
    pub credentials_parameter: String,
}

/// One environment variable.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentVariable {
    /// Name of the variable.
    #[schemars(length(max = 255))]
    #[x_kube(validation = rules::variable_name())]
    pub name: String,
    /// Value of the variable. May be empty.
    #[schemars(length(max = 65536))]
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
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::secret_source())]
pub struct SecretReference {
    /// Name of the environment variable.
    #[schemars(length(max = 255))]
    #[x_kube(validation = rules::variable_name())]
    pub name: String,
    /// ARN of the Secrets Manager secret, or ARN or name of the SSM parameter.
    #[schemars(length(max = 2048))]
    pub value_from: String,
}
