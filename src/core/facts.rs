//! What was read, put into the status: revisions, deployment, traffic, URL, effective configuration.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::conditions::ConditionType;
use crate::api::spec::{NetworkConfiguration, ScalingTarget};
use crate::api::status::{
    DeploymentStatus, EffectiveConfiguration, ExpressGatewayServiceStatus, RevisionStatus, Summary,
};

use super::conditions::find;
use super::configuration::Configuration;
use super::managed;
use super::observed::{ActiveConfiguration, Live, Observed, Presence};
use super::rollout::{Deployment, DeploymentState, RevisionLoad};

/// Most revisions that a status lists: ECS has two at a time, three while one rollout overtakes another.
const MAX_REVISIONS: usize = 8;

/// Digits of a revision id that a column shows.
const SHORT_ID: usize = 7;

/// Puts what was read into the status.
pub fn record(status: &mut ExpressGatewayServiceStatus, observed: &Observed, region: &str) {
    match observed {
        Observed::Live(live) => record_live(status, live, region),
        Observed::Draining(presence) => {
            record_presence(status, presence, region);
            // They are being taken down.
            status.managed_resources.clear();
        }
        Observed::Absent | Observed::Inactive(_) | Observed::NotExpress(_) | Observed::InAnotherAccount(_) => {}
    }
}

/// Forgets a service that is gone, and all that was remembered of it.
pub fn forget(status: &mut ExpressGatewayServiceStatus) {
    *status = ExpressGatewayServiceStatus {
        observed_generation: status.observed_generation,
        last_observed_time: status.last_observed_time.clone(),
        retry: status.retry.clone(),
        last_handled_retry_at: status.last_handled_retry_at.clone(),
        last_handled_rollback_at: status.last_handled_rollback_at.clone(),
        rollback: status.rollback.clone(),
        last_handled_reconcile_at: status.last_handled_reconcile_at.clone(),
        handled_requests: status.handled_requests.clone(),
        last_approved_plan: status.last_approved_plan.clone(),
        drift_corrections: status.drift_corrections.clone(),
        missing: status.missing.clone(),
        recreation: status.recreation.clone(),
        conditions: status.conditions.clone(),
        ..ExpressGatewayServiceStatus::default()
    };
}

/// The short form of a revision's id, for a column.
#[must_use]
pub fn short_revision(arn: &str) -> &str {
    let id = arn.rsplit('/').next().unwrap_or(arn);
    id.len().checked_sub(SHORT_ID).and_then(|from| id.get(from..)).unwrap_or(id)
}

fn record_presence(status: &mut ExpressGatewayServiceStatus, presence: &Presence, region: &str) {
    if status.service_created_at.is_some()
        && !presence.was_created_at(status.service_created_at.as_ref().map(|time| time.0))
    {
        forget(status);
    }
    status.service_arn = Some(presence.arn.clone());
    status.service_created_at = presence.created_at.map(whole_seconds);
    status.cluster = presence.arn.rsplit('/').nth(1).map(str::to_owned);
    status.account_id = presence.arn.split(':').nth(4).map(str::to_owned);
    status.region = Some(region.to_owned());
}

fn record_live(status: &mut ExpressGatewayServiceStatus, live: &Live, region: &str) {
    record_presence(status, &live.presence, region);
    let configurations = live.configurations.as_deref().unwrap_or_default();
    if let Some(url) = configurations.iter().filter_map(|c| c.url.clone()).next() {
        status.url = Some(url);
    }
    let untold = live.in_flight.as_ref().is_some_and(is_untold);
    if let Some(deployment) = live.in_flight.as_ref().or(live.last_ended.as_ref()) {
        let is_told_already = status.deployment.as_ref().is_some_and(|before| before.arn == deployment.arn);
        if !(untold && is_told_already) {
            status.deployment = Some(deployment_status(deployment));
        }
    }
    if !untold {
        status.revisions = revisions(status, live, configurations);
        status.serving_revision = serving(status, live, configurations);
    }
    if let Some(serving) = configurations.iter().find(|c| Some(&c.revision) == status.serving_revision.as_ref()) {
        status.effective = Some(effective(&serving.configuration));
    }
    status.managed_resources = managed::listed(&status.managed_resources, &live.managed);
    if has_served(status, live) {
        status.creating_since = None;
    }
    status.summary = Some(summary(status, live));
}

/// Whether a revision is seen to take traffic, or to have taken it. In a deployment, only the target tells: one that was
/// overtaken before any traffic reached it is a source with all of the weight that was asked for.
fn has_served(status: &ExpressGatewayServiceStatus, live: &Live) -> bool {
    let target = live.in_flight.as_ref().and_then(|deployment| deployment.target.as_ref());
    match &live.in_flight {
        Some(_) => target.and_then(|target| target.weight).is_some_and(|weight| weight > 0),
        None => {
            let ended = status.deployment.as_ref().map(DeploymentState::of);
            ended.is_some_and(|state| state == DeploymentState::Successful)
        }
    }
}

/// Puts the reason of `Ready` where a field selector finds it: conditions are a list, which none can look into.
pub fn summarize_reason(status: &mut ExpressGatewayServiceStatus) {
    let reason = find(&status.conditions, ConditionType::Ready).map(|ready| ready.reason.clone());
    if let Some(reason) = reason {
        status.summary.get_or_insert_default().reason = reason;
    }
}

fn deployment_status(deployment: &Deployment) -> DeploymentStatus {
    let over = deployment.state.is_over();
    let counted = deployment.circuit_breaker.filter(|breaker| breaker.failures > 0);
    DeploymentStatus {
        arn: deployment.arn.clone(),
        status: deployment.state.to_string(),
        stage: deployment.stage.as_ref().filter(|_| !over).map(ToString::to_string),
        bake_ends_at: None,
        failed_tasks: counted.map(|breaker| breaker.failures),
        failed_tasks_limit: counted.map(|breaker| breaker.threshold),
        health_check: deployment.unhealthy.as_ref().map(|answer| answer.0.clone()),
        target_revision: deployment.target.as_ref().map(|t| t.arn.clone()),
        started_at: deployment.started_at.or(deployment.created_at).map(whole_seconds),
        finished_at: deployment.finished_at.map(whole_seconds),
        reason: deployment.rollback_reason.clone().or_else(|| deployment.reason.clone()),
    }
}

/// A status keeps whole seconds: anything finer would look like a change at the next comparison.
pub(super) fn whole_seconds(moment: jiff::Timestamp) -> Time {
    Time(jiff::Timestamp::from_second(moment.as_second()).unwrap_or(moment))
}

/// ECS lists a deployment before it can describe it ("MISSING" is normal right after, aws-cli's deployment monitor):
/// until then what was seen before stands.
fn is_untold(deployment: &Deployment) -> bool {
    deployment.target.is_none() && deployment.sources.is_empty()
}

/// In flight, ECS tells the weights with the deployment; at rest a lone revision takes everything.
fn revisions(
    status: &ExpressGatewayServiceStatus,
    live: &Live,
    configurations: &[ActiveConfiguration],
) -> Vec<RevisionStatus> {
    let loads: Vec<RevisionLoad> = match &live.in_flight {
        Some(deployment) => deployment.target.iter().chain(&deployment.sources).cloned().collect(),
        None => live.revisions.clone(),
    };
    let lone = loads.len() == 1 && live.in_flight.is_none();
    let image_of = |arn: &str| {
        let read = configurations.iter().find(|c| c.revision == arn);
        let read = read.and_then(|c| c.configuration.container.as_ref()).map(|c| c.image.clone());
        read.or_else(|| status.revisions.iter().find(|r| r.arn == arn).and_then(|r| r.image.clone()))
    };
    loads
        .into_iter()
        .take(MAX_REVISIONS)
        .map(|load| RevisionStatus {
            image: image_of(&load.arn),
            weight: load.weight.unwrap_or(if lone { 100 } else { 0 }),
            requested: load.requested,
            running: load.running,
            pending: load.pending,
            arn: load.arn,
        })
        .collect()
}

fn serving(
    status: &ExpressGatewayServiceStatus,
    live: &Live,
    configurations: &[ActiveConfiguration],
) -> Option<String> {
    if live.in_flight.is_some() {
        let heaviest = status.revisions.iter().filter(|r| r.weight > 0).max_by_key(|r| r.weight);
        return heaviest.map(|r| r.arn.clone());
    }
    match live.revisions.as_slice() {
        [only] => Some(only.arn.clone()),
        // While others still stop: the newest, unless ECS has just gone back from it.
        _ => {
            let rolled_back =
                status.deployment.as_ref().filter(|d| DeploymentState::of(d) == DeploymentState::RollbackSuccessful);
            let gone = rolled_back.and_then(|d| d.target_revision.as_ref());
            let left = configurations.iter().filter(|c| Some(&c.revision) != gone);
            left.max_by_key(|c| c.created_at).map(|c| c.revision.clone())
        }
    }
}

fn effective(configuration: &Configuration) -> EffectiveConfiguration {
    let container = configuration.container.as_ref();
    EffectiveConfiguration {
        image: container.map(|c| c.image.clone()),
        container_port: container.and_then(|c| c.port),
        cpu: configuration.cpu.clone(),
        memory: configuration.memory.clone(),
        cpu_architecture: configuration.cpu_architecture,
        health_check_path: configuration.health_check_path.clone(),
        log_group: container.and_then(|c| c.logs.as_ref()).map(|l| l.group.clone()),
        task_definition_arn: configuration.task_definition_arn.clone(),
        execution_role_arn: configuration.execution_role_arn.clone(),
        task_role_arn: configuration.task_role_arn.clone(),
        network_configuration: Some(NetworkConfiguration {
            security_groups: configuration.security_groups.iter().cloned().collect(),
            subnets: configuration.subnets.iter().cloned().collect(),
        }),
        scaling_target: Some(ScalingTarget {
            min_task_count: configuration.scaling.min_tasks,
            max_task_count: configuration.scaling.max_tasks,
            auto_scaling_metric: configuration.scaling.metric,
            auto_scaling_target_value: configuration.scaling.target_value,
        }),
    }
}

fn summary(status: &ExpressGatewayServiceStatus, live: &Live) -> Summary {
    let running: i64 = status.revisions.iter().map(|r| i64::from(r.running)).sum();
    let requested: i64 = status.revisions.iter().map(|r| i64::from(r.requested)).sum();
    let tasks = format!("{running}/{requested}");
    let target = live.in_flight.as_ref().and_then(|d| d.target.as_ref());
    let source = live.in_flight.as_ref().and_then(|d| d.sources.first());
    match (source, target) {
        (Some(source), Some(target)) => Summary {
            reason: String::new(),
            revision: format!("{}→{}", short_revision(&source.arn), short_revision(&target.arn)),
            traffic: format!("{}→{}", source.weight.unwrap_or(0), target.weight.unwrap_or(0)),
            tasks,
        },
        _ => {
            let serving = status.serving_revision.as_deref();
            let weight = status.revisions.iter().find(|r| Some(r.arn.as_str()) == serving).map_or(0, |r| r.weight);
            Summary {
                reason: String::new(),
                revision: serving.map(short_revision).unwrap_or_default().to_owned(),
                traffic: weight.to_string(),
                tasks,
            }
        }
    }
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
