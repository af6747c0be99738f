//! What is wanted, as the SDK sends it. `None` and empty sets are omitted.

use aws_sdk_ecs::error::BuildError;
use aws_sdk_ecs::types as ecs;

use crate::api::spec::{AutoScalingMetric, CpuArchitecture};
use crate::core::configuration::{Configuration, Container, Logs, Scaling};
use crate::core::observed::Tags;

/// What becomes of a container's empty lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EmptyLists {
    /// A new service has nothing to clear.
    Omitted,
    /// An update keeps a list that is omitted, and clears one that is sent empty (kayac/ecspresso, `express.go`).
    Sent,
}

/// The parts of a create and of an update that are more than a text.
pub(super) struct Parts {
    pub(super) container: Option<ecs::ExpressGatewayContainer>,
    pub(super) network: Option<ecs::ExpressGatewayServiceNetworkConfiguration>,
    pub(super) scaling: Option<ecs::ExpressGatewayScalingTarget>,
    pub(super) cpu_architecture: Option<ecs::ExpressCpuArchitecture>,
}

/// The SDK's form of a configuration.
pub(super) fn parts(wanted: &Configuration, lists: EmptyLists) -> Result<Parts, BuildError> {
    Ok(Parts {
        container: wanted.container.as_ref().map(|wanted| container(wanted, lists)).transpose()?,
        network: network(wanted),
        scaling: scaling(&wanted.scaling),
        cpu_architecture: wanted.cpu_architecture.map(architecture),
    })
}

/// Tags in the order of their keys.
pub(super) fn tags(tags: &Tags) -> Vec<ecs::Tag> {
    tags.iter().map(|(key, value)| ecs::Tag::builder().key(key).value(value).build()).collect()
}

fn container(wanted: &Container, lists: EmptyLists) -> Result<ecs::ExpressGatewayContainer, BuildError> {
    let environment: Vec<_> = wanted
        .environment
        .iter()
        .map(|(name, value)| ecs::KeyValuePair::builder().name(name).value(&value.0).build())
        .collect();
    let secrets: Vec<_> = wanted
        .secrets
        .iter()
        .map(|(name, from)| ecs::Secret::builder().name(name).value_from(from).build())
        .collect::<Result<_, _>>()?;
    ecs::ExpressGatewayContainer::builder()
        .image(&wanted.image)
        .set_container_port(wanted.port)
        .set_aws_logs_configuration(wanted.logs.as_ref().map(logs).transpose()?)
        .set_repository_credentials(
            wanted.repository_credentials.as_ref().map(|secret| {
                ecs::ExpressGatewayRepositoryCredentials::builder().credentials_parameter(secret).build()
            }),
        )
        .set_command(list(wanted.command.clone(), lists))
        .set_environment(list(environment, lists))
        .set_secrets(list(secrets, lists))
        .build()
}

fn list<T>(items: Vec<T>, lists: EmptyLists) -> Option<Vec<T>> {
    (lists == EmptyLists::Sent || !items.is_empty()).then_some(items)
}

fn logs(logs: &Logs) -> Result<ecs::ExpressGatewayServiceAwsLogsConfiguration, BuildError> {
    ecs::ExpressGatewayServiceAwsLogsConfiguration::builder()
        .log_group(&logs.group)
        .log_stream_prefix(&logs.stream_prefix)
        .build()
}

fn network(wanted: &Configuration) -> Option<ecs::ExpressGatewayServiceNetworkConfiguration> {
    let subnets: Vec<_> = wanted.subnets.iter().cloned().collect();
    let security_groups: Vec<_> = wanted.security_groups.iter().cloned().collect();
    (!subnets.is_empty() || !security_groups.is_empty()).then(|| {
        ecs::ExpressGatewayServiceNetworkConfiguration::builder()
            .set_subnets(list(subnets, EmptyLists::Omitted))
            .set_security_groups(list(security_groups, EmptyLists::Omitted))
            .build()
    })
}

fn scaling(wanted: &Scaling) -> Option<ecs::ExpressGatewayScalingTarget> {
    (*wanted != Scaling::default()).then(|| {
        ecs::ExpressGatewayScalingTarget::builder()
            .set_min_task_count(wanted.min_tasks)
            .set_max_task_count(wanted.max_tasks)
            .set_auto_scaling_metric(wanted.metric.map(metric))
            .set_auto_scaling_target_value(wanted.target_value)
            .build()
    })
}

fn metric(metric: AutoScalingMetric) -> ecs::ExpressGatewayServiceScalingMetric {
    use ecs::ExpressGatewayServiceScalingMetric as Metric;
    match metric {
        AutoScalingMetric::AverageCpu => Metric::AverageCpuUtilization,
        AutoScalingMetric::AverageMemory => Metric::AverageMemoryUtilization,
        AutoScalingMetric::RequestCountPerTarget => Metric::RequestCountPerTarget,
    }
}

fn architecture(architecture: CpuArchitecture) -> ecs::ExpressCpuArchitecture {
    match architecture {
        CpuArchitecture::X86_64 => ecs::ExpressCpuArchitecture::X8664,
        CpuArchitecture::Arm64 => ecs::ExpressCpuArchitecture::Arm64,
    }
}
