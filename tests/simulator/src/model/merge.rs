//! What a create or an update asks for, merged over what is there. Source: developer guide, `express-service-update-full`.
use super::Model;
use super::configuration::{Architecture, Configuration, Container, Network, Scaling, Sent};
use super::error::{ApiError, ErrorKind, invalid, required};
use super::validate;
use crate::wire;

/// The members that create and update have in common.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    pub execution_role: Option<String>,
    pub task_role: Option<String>,
    pub container: Option<wire::ExpressGatewayContainer>,
    pub network: Option<wire::ExpressGatewayServiceNetworkConfiguration>,
    pub cpu: Option<String>,
    pub memory: Option<String>,
    pub architecture: Option<String>,
    pub scaling: Option<wire::ExpressGatewayScalingTarget>,
    pub health_check_path: Option<String>,
    pub task_definition: Option<String>,
}

impl Changes {
    /// Whether a new managed task definition has to be made.
    pub(super) fn touch_task_definition(&self) -> bool {
        self.container.is_some()
            || self.execution_role.is_some()
            || self.task_role.is_some()
            || self.cpu.is_some()
            || self.memory.is_some()
            || self.architecture.is_some()
    }

    /// Whether nothing but the scaling is asked for.
    pub(super) fn only_scaling(&self) -> bool {
        let rest = self.network.is_some() || self.health_check_path.is_some() || self.task_definition.is_some();
        self.scaling.is_some() && !rest && !self.touch_task_definition()
    }
}

impl Model {
    /// The configuration that `changes` lead to. `base` is what is there; for a new service, the defaults.
    pub(super) fn merge(&self, base: Configuration, changes: &Changes) -> Result<Configuration, ApiError> {
        let mut merged = base;
        if let Some(arn) = &changes.task_definition {
            refuse_excluded(changes)?;
            self.use_task_definition(&mut merged, arn)?;
        }
        if let Some(role) = &changes.execution_role {
            merged.execution_role = Some(self.role(role)?);
        }
        match changes.task_role.as_deref() {
            Some("") if self.config.switches.empty_task_role_clears => merged.task_role = None,
            Some(role) => merged.task_role = Some(self.role(role)?),
            None => {}
        }
        if let Some(container) = &changes.container {
            merged.container = self.merge_container(merged.container, container, &mut merged.sent)?;
        }
        self.merge_size(&mut merged, changes)?;
        if let Some(architecture) = &changes.architecture {
            merged.architecture = Some(validate::architecture(architecture)?);
        }
        if let Some(network) = &changes.network {
            merge_network(&mut merged.network, network);
            merged.sent.network = true;
        }
        if let Some(path) = &changes.health_check_path {
            merged.health_check_path = validate::health_check_path(path)?;
        }
        if let Some(scaling) = &changes.scaling {
            merged.scaling = self.merge_scaling(merged.scaling, scaling)?;
            merged.sent.scaling = true;
        }
        Ok(merged)
    }

    fn merge_size(&self, merged: &mut Configuration, changes: &Changes) -> Result<(), ApiError> {
        if let Some(cpu) = &changes.cpu {
            merged.cpu = validate::cpu(cpu)?;
            if changes.memory.is_none() && !self.config.switches.cpu_without_memory_uses_stored {
                merged.memory = validate::DEFAULT_MEMORY;
            }
        }
        if let Some(memory) = &changes.memory {
            merged.memory = validate::memory(memory)?;
        }
        validate::fargate(merged.cpu, merged.memory)
    }

    fn merge_container(
        &self,
        base: Container,
        sent: &wire::ExpressGatewayContainer,
        known: &mut Sent,
    ) -> Result<Container, ApiError> {
        let switches = &self.config.switches;
        let mut merged = base;
        if switches.omitted_container_members_reset {
            merged = Container {
                log_group: merged.log_group,
                log_stream_prefix: merged.log_stream_prefix,
                ..Container::new()
            };
        }
        merged.image = validate::image(sent.image.as_deref())?;
        if let Some(port) = sent.container_port {
            merged.port = validate::port(port)?;
        }
        if let Some(logs) = &sent.aws_logs_configuration {
            merged.log_group = required(logs.log_group.clone(), "awsLogsConfiguration.logGroup")?;
            merged.log_stream_prefix =
                required(logs.log_stream_prefix.clone(), "awsLogsConfiguration.logStreamPrefix")?;
            known.logs = true;
        }
        if let Some(credentials) = &sent.repository_credentials {
            merged.credentials = credentials.credentials_parameter.clone();
        }
        if let Some(command) = &sent.command
            && (!command.is_empty() || switches.empty_command_clears)
        {
            merged.command = command.clone();
        }
        if let Some(environment) = &sent.environment {
            merged.environment = validate::environment(environment)?;
        }
        if let Some(secrets) = &sent.secrets {
            merged.secrets = validate::secrets(secrets)?;
        }
        validate::no_shared_names(&merged)?;
        Ok(merged)
    }

    fn merge_scaling(&self, base: Scaling, sent: &wire::ExpressGatewayScalingTarget) -> Result<Scaling, ApiError> {
        let mut merged = base;
        if let Some(min) = sent.min_task_count {
            merged.min = validate::task_count(min, "minTaskCount")?;
        }
        if let Some(max) = sent.max_task_count {
            merged.max = validate::task_count(max, "maxTaskCount")?;
        }
        if let Some(metric) = &sent.auto_scaling_metric {
            merged.metric = validate::metric(metric)?;
        }
        if let Some(target) = sent.auto_scaling_target_value {
            merged.target = u32::try_from(target).unwrap_or(0);
        }
        validate::scaling(&merged, self.config.switches.min_task_count_zero_allowed)?;
        Ok(merged)
    }

    /// Takes container, size, roles and architecture from a task definition of the caller's own.
    pub(super) fn use_task_definition(&self, merged: &mut Configuration, name: &str) -> Result<(), ApiError> {
        let definition = self.task_definition(name)?;
        let main = definition.express_container()?;
        merged.task_definition = definition.arn.clone();
        merged.container = Container::from_definition(main);
        merged.execution_role = definition.execution_role.clone();
        merged.task_role = definition.task_role.clone();
        merged.architecture = definition.architecture;
        merged.cpu = definition.cpu.unwrap_or(validate::DEFAULT_CPU);
        merged.memory = definition.memory.unwrap_or(validate::DEFAULT_MEMORY);
        merged.sent.logs = true;
        Ok(())
    }

    /// A role that a call names: it must look like one, and its permissions must have arrived.
    pub(super) fn role(&self, role: &str) -> Result<String, ApiError> {
        validate::role(role)?;
        if self.is_denied(role) {
            return Err(ErrorKind::AccessDenied.with("Cannot assume role"));
        }
        Ok(role.to_owned())
    }
}

impl Container {
    pub(super) fn new() -> Self {
        Self {
            image: String::new(),
            port: 80,
            log_group: String::new(),
            log_stream_prefix: "ecs".to_owned(),
            credentials: None,
            command: Vec::new(),
            environment: Vec::new(),
            secrets: Vec::new(),
        }
    }
}

impl Configuration {
    /// What a new service has before anything is asked for. Source: developer guide, `express-service-work`.
    pub(super) fn defaults() -> Self {
        Self {
            execution_role: None,
            task_role: None,
            task_definition: String::new(),
            cpu: validate::DEFAULT_CPU,
            memory: validate::DEFAULT_MEMORY,
            architecture: Some(Architecture::X86_64),
            network: Network { security_groups: Vec::new(), subnets: Vec::new() },
            health_check_path: "/".to_owned(),
            container: Container::new(),
            scaling: Scaling::default(),
            sent: Sent::default(),
        }
    }
}

fn merge_network(merged: &mut Network, sent: &wire::ExpressGatewayServiceNetworkConfiguration) {
    if let Some(groups) = &sent.security_groups {
        merged.security_groups.clone_from(groups);
    }
    if let Some(subnets) = &sent.subnets {
        merged.subnets.clone_from(subnets);
    }
}

fn refuse_excluded(changes: &Changes) -> Result<(), ApiError> {
    let excluded = changes.container.is_some()
        || changes.execution_role.is_some()
        || changes.task_role.is_some()
        || changes.cpu.is_some()
        || changes.memory.is_some();
    if excluded {
        return invalid(
            "taskDefinitionArn cannot be provided with primaryContainer, executionRoleArn, taskRoleArn, cpu, or memory.",
        );
    }
    if changes.architecture.is_some() {
        return invalid("taskDefinitionArn cannot be provided with cpuArchitecture.");
    }
    Ok(())
}
