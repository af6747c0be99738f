//! What ECS answers, in our own vocabulary. Total: whatever the answer holds, nothing here fails or panics.
//!
//! Times are cut to whole seconds, the precision of Kubernetes' `Time`: a time that went through a status must compare
//! equal to the same time read again. Only that of an active configuration, which is for ordering, is kept whole.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types as ecs;
use jiff::{SignedDuration, Timestamp};

use crate::api::spec::{AutoScalingMetric, CpuArchitecture, EnvironmentValue};
use crate::core::bake::Bakes;
use crate::core::configuration::{Configuration, Container, Logs, Scaling};
use crate::core::observed::{ActiveConfiguration, Glance, Presence, Tags};
use crate::core::rollout::{CircuitBreaker, Deployment, DeploymentState, RevisionLoad, Stage};

use super::service_events;

/// The first second of the year 0: what is earlier could be written into a status, and never be read again (RFC 3339).
const FIRST_SECOND: i64 = -62_167_219_200;

/// A time in whole seconds; `None` for one outside of the calendar.
pub(super) fn time(at: &DateTime) -> Option<Timestamp> {
    Timestamp::from_second(at.secs()).ok().filter(|_| at.secs() >= FIRST_SECOND)
}

/// A time as exact as ECS gives it; `None` for one outside of the calendar.
fn exact_time(at: &DateTime) -> Option<Timestamp> {
    let exact = Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?);
    exact.ok().filter(|_| at.secs() >= FIRST_SECOND)
}

/// A text; an empty one is none.
pub(super) fn text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// Tags by key; a tag without a key is no tag.
fn tags(tags: Option<Vec<ecs::Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}

/// What a record of `DescribeServices` says whatever its state; its newest event is its reason.
pub(super) fn presence(service: &ecs::Service) -> Presence {
    Presence {
        arn: service.service_arn.clone().unwrap_or_default(),
        created_at: service.created_at.as_ref().and_then(time),
        tags: tags(service.tags.clone()),
        reason: service
            .events()
            .iter()
            .max_by_key(|event| event.created_at)
            .and_then(|event| text(event.message.clone())),
    }
}

/// What a record of `DescribeServices` says of a service that takes updates.
pub(super) fn glance(service: &ecs::Service) -> Glance {
    Glance {
        presence: presence(service),
        revisions: service
            .current_service_revisions()
            .iter()
            .map(|revision| RevisionLoad {
                arn: revision.arn.clone().unwrap_or_default(),
                weight: None,
                requested: revision.requested_task_count,
                running: revision.running_task_count,
                pending: revision.pending_task_count,
            })
            .collect(),
        deployment: text(service.current_service_deployment.clone()),
        unhealthy: service_events::newest_unhealthy(service.events()),
    }
}

/// Active configurations, newest first: ECS documents no order.
pub(super) fn active_configurations(
    mut entries: Vec<ecs::ExpressGatewayServiceConfiguration>,
) -> Vec<ActiveConfiguration> {
    entries.sort_by_key(|entry| Reverse(entry.created_at));
    entries.into_iter().map(active_configuration).collect()
}

fn active_configuration(entry: ecs::ExpressGatewayServiceConfiguration) -> ActiveConfiguration {
    ActiveConfiguration {
        revision: entry.service_revision_arn.clone().unwrap_or_default(),
        created_at: entry.created_at.as_ref().and_then(exact_time),
        url: url(entry.ingress_paths()),
        configuration: configuration(entry),
    }
}

/// The address people call: the public one where there are both.
fn url(paths: &[ecs::IngressPathSummary]) -> Option<String> {
    paths
        .iter()
        .filter(|path| !path.endpoint.is_empty())
        .min_by_key(|path| path.access_type != ecs::AccessType::Public)
        .map(|path| with_scheme(&path.endpoint))
}

/// ECS shows endpoints with and without a scheme (kayac/ecspresso#905, terraform-provider-aws#47944).
fn with_scheme(endpoint: &str) -> String {
    let host = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://")).unwrap_or(endpoint);
    format!("https://{}", host.trim_end_matches('/'))
}

fn configuration(entry: ecs::ExpressGatewayServiceConfiguration) -> Configuration {
    let network = entry.network_configuration;
    let (subnets, security_groups) = network.map_or((None, None), |n| (n.subnets, n.security_groups));
    Configuration {
        execution_role_arn: text(entry.execution_role_arn),
        task_role_arn: text(entry.task_role_arn),
        task_definition_arn: text(entry.task_definition_arn),
        container: entry.primary_container.map(container),
        cpu: text(entry.cpu).map(|cpu| canonical(&cpu)),
        memory: text(entry.memory).map(|memory| canonical(&memory)),
        cpu_architecture: entry.cpu_architecture.as_ref().and_then(architecture),
        subnets: subnets.into_iter().flatten().collect(),
        security_groups: security_groups.into_iter().flatten().collect(),
        health_check_path: text(entry.health_check_path),
        scaling: entry.scaling_target.map(scaling).unwrap_or_default(),
    }
}

/// `"1024"` for `"01024"` or `" 1024"`; whatever is not a whole number stays as it is.
fn canonical(number: &str) -> String {
    number.trim().parse::<u64>().map_or_else(|_| number.to_owned(), |n| n.to_string())
}

fn container(container: ecs::ExpressGatewayContainer) -> Container {
    Container {
        image: container.image,
        port: container.container_port,
        logs: container
            .aws_logs_configuration
            .map(|logs| Logs { group: logs.log_group, stream_prefix: logs.log_stream_prefix }),
        repository_credentials: container
            .repository_credentials
            .and_then(|credentials| text(credentials.credentials_parameter)),
        command: container.command.unwrap_or_default(),
        environment: environment(container.environment),
        secrets: container
            .secrets
            .unwrap_or_default()
            .into_iter()
            .map(|secret| (secret.name, secret.value_from))
            .collect(),
    }
}

fn environment(pairs: Option<Vec<ecs::KeyValuePair>>) -> BTreeMap<String, EnvironmentValue> {
    pairs
        .unwrap_or_default()
        .into_iter()
        .filter_map(|pair| Some((pair.name?, EnvironmentValue(pair.value.unwrap_or_default()))))
        .collect()
}

fn scaling(target: ecs::ExpressGatewayScalingTarget) -> Scaling {
    Scaling {
        min_tasks: target.min_task_count,
        max_tasks: target.max_task_count,
        metric: target.auto_scaling_metric.as_ref().and_then(metric),
        target_value: target.auto_scaling_target_value,
    }
}

/// `None` for an architecture that this version does not know: it cannot be wanted either.
fn architecture(architecture: &ecs::ExpressCpuArchitecture) -> Option<CpuArchitecture> {
    match architecture {
        ecs::ExpressCpuArchitecture::X8664 => Some(CpuArchitecture::X86_64),
        ecs::ExpressCpuArchitecture::Arm64 => Some(CpuArchitecture::Arm64),
        _ => None,
    }
}

/// `None` for a metric that this version does not know: it cannot be wanted either.
fn metric(metric: &ecs::ExpressGatewayServiceScalingMetric) -> Option<AutoScalingMetric> {
    use ecs::ExpressGatewayServiceScalingMetric as Metric;
    match metric {
        Metric::AverageCpuUtilization => Some(AutoScalingMetric::AverageCpu),
        Metric::AverageMemoryUtilization => Some(AutoScalingMetric::AverageMemory),
        Metric::RequestCountPerTarget => Some(AutoScalingMetric::RequestCountPerTarget),
        _ => None,
    }
}

/// A deployment in full.
pub(super) fn deployment(deployment: ecs::ServiceDeployment) -> Deployment {
    Deployment {
        arn: deployment.service_deployment_arn.unwrap_or_default(),
        state: state(deployment.status.as_ref()),
        stage: deployment.lifecycle_stage.as_ref().map(stage),
        target: deployment.target_service_revision.map(load),
        sources: deployment.source_service_revisions.unwrap_or_default().into_iter().map(load).collect(),
        created_at: deployment.created_at.as_ref().and_then(time),
        started_at: deployment.started_at.as_ref().and_then(time),
        finished_at: deployment.finished_at.or(deployment.stopped_at).as_ref().and_then(time),
        reason: text(deployment.status_reason),
        rollback_reason: deployment.rollback.and_then(|rollback| text(rollback.reason)),
        triggered_alarms: deployment.alarms.and_then(|alarms| alarms.triggered_alarm_names).unwrap_or_default(),
        circuit_breaker: deployment.deployment_circuit_breaker.as_ref().map(circuit_breaker),
        bakes: deployment.deployment_configuration.as_ref().map(bakes).unwrap_or_default(),
        stopped_task: None,
        image: None,
        unhealthy: None,
    }
}

/// A deployment as `ListServiceDeployments` shows it: enough where it was successful.
pub(super) fn brief(brief: ecs::ServiceDeploymentBrief) -> Deployment {
    Deployment {
        state: state(brief.status.as_ref()),
        target: text(brief.target_service_revision_arn).map(|arn| RevisionLoad { arn, ..RevisionLoad::default() }),
        created_at: brief.created_at.as_ref().and_then(time),
        started_at: brief.started_at.as_ref().and_then(time),
        finished_at: brief.finished_at.as_ref().and_then(time),
        reason: text(brief.status_reason),
        ..Deployment::just_begun(brief.service_deployment_arn.unwrap_or_default())
    }
}

fn circuit_breaker(breaker: &ecs::ServiceDeploymentCircuitBreaker) -> CircuitBreaker {
    CircuitBreaker {
        triggered: breaker.status == Some(ecs::ServiceDeploymentRollbackMonitorsStatus::Triggered),
        failures: breaker.failure_count,
        threshold: breaker.threshold,
    }
}

/// ECS says for how long it watches; where it does not, what is documented holds.
fn bakes(configuration: &ecs::DeploymentConfiguration) -> Bakes {
    let usual = Bakes::default();
    let length =
        |minutes: Option<i32>, usual| minutes.map_or(usual, |minutes| SignedDuration::from_mins(minutes.into()));
    let canary = configuration.canary_configuration.as_ref().and_then(|canary| canary.canary_bake_time_in_minutes);
    Bakes { canary: length(canary, usual.canary), whole: length(configuration.bake_time_in_minutes, usual.whole) }
}

fn state(status: Option<&ecs::ServiceDeploymentStatus>) -> DeploymentState {
    let word = status.map_or("", ecs::ServiceDeploymentStatus::as_str);
    word.parse().unwrap_or_else(|_| DeploymentState::Unknown(word.to_owned()))
}

fn stage(stage: &ecs::ServiceDeploymentLifecycleStage) -> Stage {
    let word = stage.as_str();
    word.parse().unwrap_or_else(|_| Stage::Unknown(word.to_owned()))
}

fn load(revision: ecs::ServiceRevisionSummary) -> RevisionLoad {
    RevisionLoad {
        arn: revision.arn.unwrap_or_default(),
        weight: revision.requested_production_traffic_weight.map(percent),
        requested: revision.requested_task_count,
        running: revision.running_task_count,
        pending: revision.pending_task_count,
    }
}

/// ECS gives a fraction of 100; a share is shown in whole percent.
#[allow(clippy::cast_possible_truncation, reason = "clamped to 0..=100; not a number becomes 0")]
fn percent(weight: f64) -> i32 {
    weight.round().clamp(0.0, 100.0) as i32
}

#[cfg(test)]
#[path = "convert_in_tests.rs"]
mod tests;
