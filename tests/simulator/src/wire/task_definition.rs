//! The shapes of task definitions: the members that Express reads or writes are kept, the others are ignored.
use std::collections::BTreeMap;

use super::{Tag, shapes};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

shapes! {
    RegisterTaskDefinitionRequest {
        family: String,
        task_role_arn: String,
        execution_role_arn: String,
        network_mode: String,
        container_definitions: Vec<ContainerDefinition>,
        requires_compatibilities: Vec<String>,
        cpu: String,
        memory: String,
        tags: Vec<Tag>,
        runtime_platform: RuntimePlatform,
    }
    RegisterTaskDefinitionResponse { task_definition: TaskDefinition, tags: Vec<Tag> }
    DescribeTaskDefinitionRequest { task_definition: String, include: Vec<String> }
    DescribeTaskDefinitionResponse { task_definition: TaskDefinition, tags: Vec<Tag> }
    TaskDefinition {
        task_definition_arn: String,
        container_definitions: Vec<ContainerDefinition>,
        family: String,
        task_role_arn: String,
        execution_role_arn: String,
        network_mode: String,
        revision: i32,
        volumes: Vec<Value>,
        status: String,
        placement_constraints: Vec<Value>,
        compatibilities: Vec<String>,
        runtime_platform: RuntimePlatform,
        requires_compatibilities: Vec<String>,
        cpu: String,
        memory: String,
        registered_at: Time,
        registered_by: String,
    }
    RuntimePlatform { cpu_architecture: String, operating_system_family: String }
}

/// One container of a task definition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerDefinition {
    pub name: Option<String>,
    pub image: Option<String>,
    pub repository_credentials: Option<RepositoryCredentials>,
    pub cpu: Option<i32>,
    pub memory: Option<i32>,
    pub memory_reservation: Option<i32>,
    pub port_mappings: Option<Vec<PortMapping>>,
    pub essential: Option<bool>,
    pub entry_point: Option<Vec<String>>,
    pub command: Option<Vec<String>>,
    pub environment: Option<Vec<KeyValuePair>>,
    pub secrets: Option<Vec<Secret>>,
    pub log_configuration: Option<LogConfiguration>,
    pub stop_timeout: Option<i32>,
    pub linux_parameters: Option<LinuxParameters>,
    pub working_directory: Option<String>,
    pub user: Option<String>,
    pub docker_labels: Option<BTreeMap<String, String>>,
}

macro_rules! parts {
    ($($name:ident { $($member:ident: $type:ty),* $(,)? })*) => { $(
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $(pub $member: Option<$type>),* }
    )* };
}

parts! {
    KeyValuePair { name: String, value: String }
    Secret { name: String, value_from: String }
    PortMapping { container_port: i32, host_port: i32, protocol: String, name: String, app_protocol: String }
    RepositoryCredentials { credentials_parameter: String }
    LogConfiguration { log_driver: String, options: BTreeMap<String, String> }
    LinuxParameters { init_process_enabled: bool }
}
