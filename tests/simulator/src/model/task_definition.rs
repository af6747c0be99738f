//! Task definitions: registered by callers, or made by ECS for a service (family `<cluster>-<service>`).
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Model;
use super::arn::{Named, ServiceKey};
use super::configuration::{Architecture, Configuration};
use super::error::{ApiError, ErrorKind, invalid, required};
use super::{registration, tag, validate};
use crate::time::Time;
use crate::wire::{
    self, ContainerDefinition, DescribeTaskDefinitionRequest, DescribeTaskDefinitionResponse, KeyValuePair,
    LinuxParameters, LogConfiguration, PortMapping, RegisterTaskDefinitionRequest, RegisterTaskDefinitionResponse,
    RepositoryCredentials, RuntimePlatform, Secret,
};

/// The name that the container of an Express service has.
pub(super) const MAIN: &str = "Main";

/// One revision of a task definition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TaskDefinition {
    pub arn: String,
    pub family: String,
    pub revision: u32,
    pub containers: Vec<ContainerDefinition>,
    pub execution_role: Option<String>,
    pub task_role: Option<String>,
    pub cpu: Option<u32>,
    pub memory: Option<u32>,
    pub architecture: Option<Architecture>,
    pub network_mode: Option<String>,
    pub compatibilities: Vec<String>,
    pub tags: BTreeMap<String, String>,
    pub registered_at: Time,
}

impl TaskDefinition {
    /// The container that takes the traffic. Source: developer guide, `express-service-troubleshooting`.
    pub(super) fn express_container(&self) -> Result<&ContainerDefinition, ApiError> {
        let main = self.containers.iter().find(|container| container.name.as_deref() == Some(MAIN));
        let port = |main: &&ContainerDefinition| match main.port_mappings.as_deref() {
            Some([port]) => port.protocol.as_deref().unwrap_or("tcp") == "tcp" && port.name.is_some(),
            _ => false,
        };
        let Some(main) = main.filter(port) else {
            return invalid("Task definition must contain a container named 'Main' with a single TCP port mapping.");
        };
        if !self.compatibilities.iter().any(|name| name == "FARGATE") {
            return invalid("Task definition must have FARGATE compatibility.");
        }
        Ok(main)
    }
}

impl Model {
    pub(super) fn register(
        &mut self,
        input: RegisterTaskDefinitionRequest,
    ) -> Result<RegisterTaskDefinitionResponse, ApiError> {
        registration::check_enums(&input)?;
        let family = required(input.family, "family")?;
        validate::service_name(&family).or_else(|_| invalid("Family contains invalid characters when it should only contain letters, numbers, hyphens and underscores."))?;
        let containers = required(input.container_definitions, "containerDefinitions")?;
        registration::check_containers(&containers)?;
        let platform = input.runtime_platform.unwrap_or_default();
        let definition = TaskDefinition {
            arn: String::new(),
            family,
            revision: 0,
            containers,
            execution_role: input.execution_role_arn.map(|role| validate::role(&role).map(|()| role)).transpose()?,
            task_role: input.task_role_arn.map(|role| validate::role(&role).map(|()| role)).transpose()?,
            cpu: input.cpu.as_deref().map(validate::cpu).transpose()?,
            memory: input.memory.as_deref().map(validate::memory).transpose()?,
            architecture: platform.cpu_architecture.as_deref().map(validate::architecture).transpose()?,
            network_mode: input.network_mode,
            compatibilities: input.requires_compatibilities.unwrap_or_default(),
            tags: validate::tags(input.tags.as_deref().unwrap_or_default())?,
            registered_at: self.now,
        };
        if definition.compatibilities.iter().any(|name| name == "FARGATE") {
            registration::check_fargate(&definition)?;
        }
        let definition = self.number(definition);
        let tags = Some(tag::list(&definition.tags));
        Ok(RegisterTaskDefinitionResponse { task_definition: Some(view(&definition)), tags })
    }

    pub(super) fn describe_task_definition(
        &self,
        input: &DescribeTaskDefinitionRequest,
    ) -> Result<DescribeTaskDefinitionResponse, ApiError> {
        let definition = self.task_definition(&required(input.task_definition.clone(), "taskDefinition")?)?;
        let with_tags = input.include.as_ref().is_some_and(|include| include.iter().any(|field| field == "TAGS"));
        let tags = with_tags.then(|| tag::list(&definition.tags));
        Ok(DescribeTaskDefinitionResponse { task_definition: Some(view(definition)), tags })
    }

    /// A task definition by ARN, `family:revision`, or `family` (its newest).
    pub(super) fn task_definition(&self, name: &str) -> Result<&TaskDefinition, ApiError> {
        let missing = || ErrorKind::Client.with("Unable to describe task definition.");
        if name.starts_with("arn:") {
            let Some(Named::TaskDefinition(family, revision)) = self.config.named(name) else { return Err(missing()) };
            return self.registered(&family, revision).ok_or_else(missing);
        }
        let found = match name.rsplit_once(':') {
            Some((family, revision)) => revision.parse().ok().and_then(|revision| self.registered(family, revision)),
            None => self.account.task_definitions.get(name).and_then(|family| family.last()).map(AsRef::as_ref),
        };
        found.ok_or_else(missing)
    }

    pub(super) fn registered(&self, family: &str, revision: u32) -> Option<&TaskDefinition> {
        let index = usize::try_from(revision.checked_sub(1)?).ok()?;
        self.account.task_definitions.get(family)?.get(index).map(AsRef::as_ref)
    }

    /// Makes the managed task definition for a configuration. What the definition before it has beside the container
    /// that Express writes, such as sidecars, is kept.
    pub(super) fn register_managed(
        &mut self,
        key: &ServiceKey,
        base: Option<&str>,
        configuration: &Configuration,
    ) -> String {
        let base = base.and_then(|arn| self.task_definition(arn).ok());
        let mut containers = base.map(|base| base.containers.clone()).unwrap_or_default();
        let tags = base.map(|base| base.tags.clone()).unwrap_or_default();
        let main = main_container(configuration, &self.config.region);
        match containers.iter_mut().find(|container| container.name.as_deref() == Some(MAIN)) {
            Some(container) => *container = main,
            None => containers.push(main),
        }
        let definition = TaskDefinition {
            arn: String::new(),
            family: format!("{}-{}", key.cluster, key.name),
            revision: 0,
            containers,
            execution_role: configuration.execution_role.clone(),
            task_role: configuration.task_role.clone(),
            cpu: Some(configuration.cpu),
            memory: Some(configuration.memory),
            architecture: configuration.architecture,
            network_mode: Some("awsvpc".to_owned()),
            compatibilities: vec!["FARGATE".to_owned()],
            tags,
            registered_at: self.now,
        };
        self.number(definition).arn.clone()
    }

    fn number(&mut self, mut definition: TaskDefinition) -> Arc<TaskDefinition> {
        let family = self.account.task_definitions.entry(definition.family.clone()).or_default();
        definition.revision = u32::try_from(family.len()).unwrap_or(u32::MAX).saturating_add(1);
        definition.arn = self.config.task_definition_arn(&definition.family, definition.revision);
        let definition = Arc::new(definition);
        family.push(Arc::clone(&definition));
        definition
    }
}

/// The container as ECS writes it for Express: essential, tcp, with an init process and awslogs.
fn main_container(configuration: &Configuration, region: &str) -> ContainerDefinition {
    let container = &configuration.container;
    let options = [
        ("awslogs-group", container.log_group.as_str()),
        ("awslogs-region", region),
        ("awslogs-stream-prefix", container.log_stream_prefix.as_str()),
        ("mode", "non-blocking"),
        ("max-buffer-size", "25m"),
    ];
    let pair = |(name, value): &(String, String)| KeyValuePair { name: Some(name.clone()), value: Some(value.clone()) };
    let secret = |(name, from): &(String, String)| Secret { name: Some(name.clone()), value_from: Some(from.clone()) };
    let credentials = container.credentials.clone();
    ContainerDefinition {
        name: Some(MAIN.to_owned()),
        image: Some(container.image.clone()),
        repository_credentials: credentials
            .map(|parameter| RepositoryCredentials { credentials_parameter: Some(parameter) }),
        port_mappings: Some(vec![PortMapping {
            container_port: Some(container.port.into()),
            host_port: Some(container.port.into()),
            protocol: Some("tcp".to_owned()),
            name: Some(format!("main-{}-tcp", container.port)),
            app_protocol: Some("http".to_owned()),
        }]),
        essential: Some(true),
        command: (!container.command.is_empty()).then(|| container.command.clone()),
        environment: Some(container.environment.iter().map(pair).collect()),
        secrets: Some(container.secrets.iter().map(secret).collect()),
        log_configuration: Some(LogConfiguration {
            log_driver: Some("awslogs".to_owned()),
            options: Some(options.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
        }),
        stop_timeout: Some(30),
        linux_parameters: Some(LinuxParameters { init_process_enabled: Some(true) }),
        ..ContainerDefinition::default()
    }
}

fn view(definition: &TaskDefinition) -> wire::TaskDefinition {
    let platform = definition.architecture.map(|architecture| RuntimePlatform {
        cpu_architecture: Some(architecture.name().to_owned()),
        operating_system_family: Some("LINUX".to_owned()),
    });
    wire::TaskDefinition {
        task_definition_arn: Some(definition.arn.clone()),
        container_definitions: Some(definition.containers.clone()),
        family: Some(definition.family.clone()),
        task_role_arn: definition.task_role.clone(),
        execution_role_arn: definition.execution_role.clone(),
        network_mode: definition.network_mode.clone(),
        revision: i32::try_from(definition.revision).ok(),
        volumes: Some(Vec::new()),
        status: Some("ACTIVE".to_owned()),
        placement_constraints: Some(Vec::new()),
        compatibilities: Some(vec!["EC2".to_owned(), "FARGATE".to_owned()]),
        runtime_platform: platform,
        requires_compatibilities: Some(definition.compatibilities.clone()),
        cpu: definition.cpu.map(|cpu| cpu.to_string()),
        memory: definition.memory.map(|memory| memory.to_string()),
        registered_at: Some(definition.registered_at),
        registered_by: None,
    }
}
