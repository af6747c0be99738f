//! What the simulator's model answers, in the core's words: what `aws::convert_in` does, without the AWS SDK. A test holds the two
//! against each other over a whole life.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use express_simulator::time::Time;
use express_simulator::wire;
use expressway::api::spec::{AutoScalingMetric, CpuArchitecture, EnvironmentValue};
use expressway::core::bake::Bakes;
use expressway::core::configuration::{Configuration, Container, Logs, Scaling};
use expressway::core::observed::{ActiveConfiguration, Glance, Presence, Tags};
use expressway::core::rollout::{CircuitBreaker, Deployment, DeploymentState, RevisionLoad, Stage};
use jiff::{SignedDuration, Timestamp};

/// A moment of the model in whole seconds.
fn time(at: Time) -> Option<Timestamp> {
    Timestamp::from_second(at.0.div_euclid(1000)).ok()
}

fn exact_time(at: Time) -> Option<Timestamp> {
    Timestamp::from_millisecond(at.0).ok()
}

fn text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn tags(tags: Option<Vec<wire::Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}

/// What every record says. The newest event, which only messages quote, is left out.
pub(super) fn presence(service: &wire::Service) -> Presence {
    Presence {
        arn: service.service_arn.clone().unwrap_or_default(),
        created_at: service.created_at.and_then(time),
        tags: tags(service.tags.clone()),
        reason: None,
    }
}

pub(super) fn glance(service: &wire::Service) -> Glance {
    Glance {
        presence: presence(service),
        revisions: service
            .current_service_revisions
            .iter()
            .flatten()
            .map(|revision| RevisionLoad {
                arn: revision.arn.clone().unwrap_or_default(),
                weight: None,
                requested: revision.requested_task_count.unwrap_or_default(),
                running: revision.running_task_count.unwrap_or_default(),
                pending: revision.pending_task_count.unwrap_or_default(),
            })
            .collect(),
        deployment: text(service.current_service_deployment.clone()),
        unhealthy: None,
    }
}

/// Newest first, as the controller orders them.
pub(super) fn active_configurations(
    mut entries: Vec<wire::ExpressGatewayServiceConfiguration>,
) -> Vec<ActiveConfiguration> {
    entries.sort_by_key(|entry| Reverse(entry.created_at));
    entries.into_iter().map(active_configuration).collect()
}

fn active_configuration(entry: wire::ExpressGatewayServiceConfiguration) -> ActiveConfiguration {
    ActiveConfiguration {
        revision: entry.service_revision_arn.clone().unwrap_or_default(),
        created_at: entry.created_at.and_then(exact_time),
        url: url(entry.ingress_paths.as_deref().unwrap_or_default()),
        configuration: configuration(entry),
    }
}

fn url(paths: &[wire::IngressPathSummary]) -> Option<String> {
    let endpoint = paths.iter().filter_map(|path| path.endpoint.as_deref()).find(|endpoint| !endpoint.is_empty())?;
    Some(format!("https://{}", endpoint.trim_start_matches("https://").trim_end_matches('/')))
}

fn configuration(entry: wire::ExpressGatewayServiceConfiguration) -> Configuration {
    let network = entry.network_configuration.unwrap_or_default();
    Configuration {
        execution_role_arn: text(entry.execution_role_arn),
        task_role_arn: text(entry.task_role_arn),
        task_definition_arn: text(entry.task_definition_arn),
        container: entry.primary_container.map(container),
        cpu: text(entry.cpu),
        memory: text(entry.memory),
        cpu_architecture: entry.cpu_architecture.as_deref().and_then(architecture),
        subnets: network.subnets.into_iter().flatten().collect(),
        security_groups: network.security_groups.into_iter().flatten().collect(),
        health_check_path: text(entry.health_check_path),
        scaling: entry.scaling_target.map(scaling).unwrap_or_default(),
    }
}

fn container(container: wire::ExpressGatewayContainer) -> Container {
    Container {
        image: container.image.unwrap_or_default(),
        port: container.container_port,
        logs: container.aws_logs_configuration.map(|logs| Logs {
            group: logs.log_group.unwrap_or_default(),
            stream_prefix: logs.log_stream_prefix.unwrap_or_default(),
        }),
        repository_credentials: container.repository_credentials.and_then(|it| text(it.credentials_parameter)),
        command: container.command.unwrap_or_default(),
        environment: environment(container.environment),
        secrets: container
            .secrets
            .into_iter()
            .flatten()
            .map(|secret| (secret.name.unwrap_or_default(), secret.value_from.unwrap_or_default()))
            .collect(),
    }
}

fn environment(pairs: Option<Vec<wire::KeyValuePair>>) -> BTreeMap<String, EnvironmentValue> {
    let pair = |pair: wire::KeyValuePair| Some((pair.name?, EnvironmentValue(pair.value.unwrap_or_default())));
    pairs.into_iter().flatten().filter_map(pair).collect()
}

fn scaling(target: wire::ExpressGatewayScalingTarget) -> Scaling {
    Scaling {
        min_tasks: target.min_task_count,
        max_tasks: target.max_task_count,
        metric: target.auto_scaling_metric.as_deref().and_then(metric),
        target_value: target.auto_scaling_target_value,
    }
}

fn architecture(word: &str) -> Option<CpuArchitecture> {
    [CpuArchitecture::X86_64, CpuArchitecture::Arm64].into_iter().find(|known| known.as_str() == word)
}

fn metric(word: &str) -> Option<AutoScalingMetric> {
    use AutoScalingMetric::{AverageCpu, AverageMemory, RequestCountPerTarget};
    [AverageCpu, AverageMemory, RequestCountPerTarget].into_iter().find(|known| known.as_str() == word)
}

pub(super) fn deployment(deployment: wire::ServiceDeployment) -> Deployment {
    Deployment {
        arn: deployment.service_deployment_arn.unwrap_or_default(),
        state: state(deployment.status.as_deref()),
        stage: deployment.lifecycle_stage.as_deref().map(stage),
        target: deployment.target_service_revision.map(load),
        sources: deployment.source_service_revisions.into_iter().flatten().map(load).collect(),
        created_at: deployment.created_at.and_then(time),
        started_at: deployment.started_at.and_then(time),
        finished_at: deployment.finished_at.or(deployment.stopped_at).and_then(time),
        reason: text(deployment.status_reason),
        rollback_reason: deployment.rollback.and_then(|rollback| text(rollback.reason)),
        triggered_alarms: deployment.alarms.and_then(|alarms| alarms.triggered_alarm_names).unwrap_or_default(),
        circuit_breaker: deployment.deployment_circuit_breaker.map(circuit_breaker),
        bakes: deployment.deployment_configuration.as_ref().map(bakes).unwrap_or_default(),
        stopped_task: None,
        image: None,
        unhealthy: None,
    }
}

/// A deployment as a list shows it.
pub(super) fn brief(brief: wire::ServiceDeploymentBrief) -> Deployment {
    Deployment {
        state: state(brief.status.as_deref()),
        target: text(brief.target_service_revision_arn).map(|arn| RevisionLoad { arn, ..RevisionLoad::default() }),
        created_at: brief.created_at.and_then(time),
        started_at: brief.started_at.and_then(time),
        finished_at: brief.finished_at.and_then(time),
        reason: text(brief.status_reason),
        ..Deployment::just_begun(brief.service_deployment_arn.unwrap_or_default())
    }
}

fn circuit_breaker(breaker: wire::ServiceDeploymentCircuitBreaker) -> CircuitBreaker {
    CircuitBreaker {
        triggered: breaker.status.as_deref() == Some("TRIGGERED"),
        failures: breaker.failure_count.unwrap_or_default(),
        threshold: breaker.threshold.unwrap_or_default(),
    }
}

fn bakes(configuration: &wire::DeploymentConfiguration) -> Bakes {
    let usual = Bakes::default();
    let length =
        |minutes: Option<i32>, usual| minutes.map_or(usual, |minutes| SignedDuration::from_mins(minutes.into()));
    let canary = configuration.canary_configuration.as_ref().and_then(|canary| canary.canary_bake_time_in_minutes);
    Bakes { canary: length(canary, usual.canary), whole: length(configuration.bake_time_in_minutes, usual.whole) }
}

fn state(word: Option<&str>) -> DeploymentState {
    let word = word.unwrap_or_default();
    word.parse().unwrap_or_else(|_| DeploymentState::Unknown(word.to_owned()))
}

fn stage(word: &str) -> Stage {
    word.parse().unwrap_or_else(|_| Stage::Unknown(word.to_owned()))
}

#[allow(clippy::cast_possible_truncation, reason = "clamped to 0..=100")]
fn load(revision: wire::ServiceRevisionSummary) -> RevisionLoad {
    RevisionLoad {
        arn: revision.arn.unwrap_or_default(),
        weight: revision.requested_production_traffic_weight.map(|weight| weight.round().clamp(0.0, 100.0) as i32),
        requested: revision.requested_task_count.unwrap_or_default(),
        running: revision.running_task_count.unwrap_or_default(),
        pending: revision.pending_task_count.unwrap_or_default(),
    }
}
