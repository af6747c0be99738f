//! What RegisterTaskDefinition refuses.
use super::error::{ApiError, ErrorKind, invalid, required};
use super::task_definition::TaskDefinition;
use super::validate;
use crate::wire::{ContainerDefinition, RegisterTaskDefinitionRequest};

const NETWORK_MODES: &[&str] = &["bridge", "host", "awsvpc", "none"];
const COMPATIBILITIES: &[&str] = &["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"];
const PROTOCOLS: &[&str] = &["tcp", "udp"];
const APP_PROTOCOLS: &[&str] = &["http", "http2", "grpc"];
const LOG_DRIVERS: &[&str] =
    &["json-file", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "awsfirelens"];
const SYSTEMS: &[&str] = &[
    "WINDOWS_SERVER_2019_FULL",
    "WINDOWS_SERVER_2019_CORE",
    "WINDOWS_SERVER_2016_FULL",
    "WINDOWS_SERVER_2004_CORE",
    "WINDOWS_SERVER_2022_CORE",
    "WINDOWS_SERVER_2022_FULL",
    "WINDOWS_SERVER_2025_CORE",
    "WINDOWS_SERVER_2025_FULL",
    "WINDOWS_SERVER_20H2_CORE",
    "LINUX",
];

/// A value of an enum of botocore's model, where one is given.
fn one_of(value: Option<&String>, allowed: &[&str], member: &str) -> Result<(), ApiError> {
    match value {
        Some(value) if !allowed.contains(&value.as_str()) => {
            invalid(format!("{member} must be one of {}, not {value:?}.", allowed.join(", ")))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_enums(input: &RegisterTaskDefinitionRequest) -> Result<(), ApiError> {
    one_of(input.network_mode.as_ref(), NETWORK_MODES, "networkMode")?;
    for name in input.requires_compatibilities.iter().flatten() {
        one_of(Some(name), COMPATIBILITIES, "requiresCompatibilities")?;
    }
    let platform = input.runtime_platform.as_ref();
    let system = platform.and_then(|platform| platform.operating_system_family.as_ref());
    one_of(system, SYSTEMS, "operatingSystemFamily")
}

pub(super) fn check_containers(containers: &[ContainerDefinition]) -> Result<(), ApiError> {
    if containers.is_empty() {
        return Err(ErrorKind::Client.with("Container list cannot be empty."));
    }
    containers.iter().try_for_each(check_container)
}

fn check_container(container: &ContainerDefinition) -> Result<(), ApiError> {
    if container.image.as_deref().unwrap_or_default().is_empty() {
        return Err(ErrorKind::Client.with("Container.image should not be null or empty."));
    }
    if container.name.as_deref().unwrap_or_default().is_empty() {
        return Err(ErrorKind::Client.with("Container.name should not be null or empty."));
    }
    validate::secrets(container.secrets.as_deref().unwrap_or_default())?;
    for port in container.port_mappings.iter().flatten() {
        one_of(port.protocol.as_ref(), PROTOCOLS, "protocol")?;
        one_of(port.app_protocol.as_ref(), APP_PROTOCOLS, "appProtocol")?;
        port.container_port.map(validate::port).transpose()?;
    }
    if let Some(credentials) = &container.repository_credentials {
        required(credentials.credentials_parameter.as_ref(), "repositoryCredentials.credentialsParameter")?;
    }
    if let Some(logs) = &container.log_configuration {
        one_of(Some(required(logs.log_driver.as_ref(), "logConfiguration.logDriver")?), LOG_DRIVERS, "logDriver")?;
    }
    Ok(())
}

pub(super) fn check_fargate(definition: &TaskDefinition) -> Result<(), ApiError> {
    let (Some(cpu), Some(memory)) = (definition.cpu, definition.memory) else {
        return Err(ErrorKind::Client.with("Fargate requires that 'cpu' and 'memory' be defined at the task level."));
    };
    if definition.network_mode.as_deref() != Some("awsvpc") {
        return Err(ErrorKind::Client.with("Fargate only supports network mode 'awsvpc'."));
    }
    validate::fargate(cpu, memory)
}
