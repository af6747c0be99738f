//! What one revision of a service runs with: every default filled in.
use crate::wire;

/// A CPU architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Architecture {
    X86_64,
    Arm64,
}

impl Architecture {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "X86_64",
            Self::Arm64 => "ARM64",
        }
    }
}

/// What is scaled on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Metric {
    Cpu,
    Memory,
    Requests,
}

impl Metric {
    /// The name in scalingTarget.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "AVERAGE_CPU",
            Self::Memory => "AVERAGE_MEMORY",
            Self::Requests => "REQUEST_COUNT_PER_TARGET",
        }
    }

    /// The name in the managed scaling policy, which is another one (the odd capital is AWS's own).
    pub(crate) fn policy_name(self) -> &'static str {
        match self {
            Self::Cpu => "ECSServiceAverageCPUUtilization",
            Self::Memory => "ECSServiceAverageMemoryUtilization",
            Self::Requests => "ALBRequestCOuntPerTarget",
        }
    }
}

/// The members of a configuration that a caller sent at some time: only they read back when the quirk is off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Sent {
    pub scaling: bool,
    pub logs: bool,
    pub network: bool,
}

/// What one revision runs with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Configuration {
    pub execution_role: Option<String>,
    pub task_role: Option<String>,
    pub task_definition: String,
    pub cpu: u32,
    pub memory: u32,
    /// Absent when a task definition of the caller's own does not say.
    pub architecture: Option<Architecture>,
    pub network: Network,
    pub health_check_path: String,
    pub container: Container,
    pub scaling: Scaling,
    pub sent: Sent,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Network {
    pub security_groups: Vec<String>,
    pub subnets: Vec<String>,
}

impl Network {
    /// Subnets without a route to an internet gateway make an internal load balancer. Here, their id says `private`.
    pub(crate) fn is_private(&self) -> bool {
        !self.subnets.is_empty() && self.subnets.iter().all(|subnet| subnet.contains("private"))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Container {
    pub image: String,
    pub port: u16,
    pub log_group: String,
    pub log_stream_prefix: String,
    pub credentials: Option<String>,
    pub command: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub secrets: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Scaling {
    pub min: u32,
    pub max: u32,
    pub metric: Metric,
    pub target: u32,
}

impl Default for Scaling {
    fn default() -> Self {
        Self { min: 1, max: 20, metric: Metric::Cpu, target: 60 }
    }
}

impl Container {
    /// The container of a task definition, as Express shows it.
    pub(crate) fn from_definition(definition: &wire::ContainerDefinition) -> Self {
        let ports = definition.port_mappings.as_deref().unwrap_or_default();
        let option = |name: &str| {
            let options = definition.log_configuration.as_ref()?.options.as_ref()?;
            options.get(name).cloned()
        };
        let credentials = definition.repository_credentials.as_ref();
        Self {
            image: definition.image.clone().unwrap_or_default(),
            port: ports.first().and_then(|port| u16::try_from(port.container_port?).ok()).unwrap_or(80),
            log_group: option("awslogs-group").unwrap_or_default(),
            log_stream_prefix: option("awslogs-stream-prefix").unwrap_or_default(),
            credentials: credentials.and_then(|credentials| credentials.credentials_parameter.clone()),
            command: definition.command.clone().unwrap_or_default(),
            environment: definition.environment.iter().flatten().filter_map(pair).collect(),
            secrets: definition.secrets.iter().flatten().filter_map(secret).collect(),
        }
    }
}

fn pair(pair: &wire::KeyValuePair) -> Option<(String, String)> {
    Some((pair.name.clone()?, pair.value.clone().unwrap_or_default()))
}

fn secret(secret: &wire::Secret) -> Option<(String, String)> {
    Some((secret.name.clone()?, secret.value_from.clone()?))
}
