//! Service deployments: newest first in lists, whole when described.
use std::collections::BTreeSet;
use std::time::Duration;

use super::super::Model;
use super::super::arn::Named;
use super::super::deployment::{Deployment, DeploymentStatus};
use super::super::error::{ApiError, ErrorKind, invalid, required};
use super::super::rollout::breaker_threshold;
use super::super::service::{Service, Status};
use super::services::deployment_configuration;
use super::{Page, at_most, count, missing};
use crate::time::Time;
use crate::wire::{
    DescribeServiceDeploymentsRequest, DescribeServiceDeploymentsResponse, ListServiceDeploymentsRequest,
    ListServiceDeploymentsResponse, Rollback, ServiceDeployment, ServiceDeploymentAlarms, ServiceDeploymentBrief,
    ServiceDeploymentCircuitBreaker, ServiceRevisionSummary,
};

/// How long deployments can be read. Source: developer guide, `service-deployment`.
const HISTORY: Duration = Duration::from_secs(90 * 24 * 3600);

impl Model {
    pub(in super::super) fn list_deployments(
        &self,
        input: &ListServiceDeploymentsRequest,
    ) -> Result<ListServiceDeploymentsResponse, ApiError> {
        let name = required(input.service.as_deref(), "service")?;
        let statuses = wanted_statuses(input.status.as_deref())?;
        let cluster = match self.config.named(name) {
            Some(Named::Service(key)) => self.existing_cluster(Some(&key.cluster))?,
            _ => self.existing_cluster(input.cluster.as_deref())?,
        };
        let key = self.config.service_key(&cluster, name);
        let service = key.and_then(|key| self.account.seen(&key, self.now));
        let service = service.ok_or_else(|| ErrorKind::ServiceNotFound.with("Service not found."))?;
        let range = input.created_at.clone().unwrap_or_default();
        let fits = |deployment: &&Deployment| {
            self.remembered(&service, deployment)
                && (statuses.is_empty() || statuses.contains(&deployment.status))
                && range.after.is_none_or(|after| deployment.created_at > after)
                && range.before.is_none_or(|before| deployment.created_at < before)
        };
        let newest_first = service.deployments.iter().rev().filter(fits);
        let briefs = newest_first.map(|deployment| self.brief(&service, deployment)).collect();
        let page = Page { token: input.next_token.as_deref(), size: input.max_results, default_size: 20 };
        let (briefs, next_token) = page.cut(briefs)?;
        Ok(ListServiceDeploymentsResponse { service_deployments: Some(briefs), next_token })
    }

    pub(in super::super) fn describe_deployments(
        &self,
        input: &DescribeServiceDeploymentsRequest,
    ) -> Result<DescribeServiceDeploymentsResponse, ApiError> {
        let arns = at_most(input.service_deployment_arns.as_deref(), 20, "serviceDeploymentArns")?;
        let (mut found, mut failures) = (Vec::new(), Vec::new());
        for arn in arns {
            match self.deployment_view(&arn)? {
                Some(deployment) => found.push(deployment),
                None => failures.push(missing(arn)),
            }
        }
        Ok(DescribeServiceDeploymentsResponse { service_deployments: Some(found), failures: Some(failures) })
    }

    fn deployment_view(&self, arn: &str) -> Result<Option<ServiceDeployment>, ApiError> {
        let (key, id) = match self.config.named(arn) {
            Some(Named::Deployment(key, id)) => (key, id),
            _ => return invalid(format!("Invalid service deployment ARN: {arn:?}.")),
        };
        let Some(service) = self.account.seen(&key, self.now) else { return Ok(None) };
        let shown = |deployment: &&Deployment| deployment.id == id && self.remembered(&service, deployment);
        let deployment = service.deployments.iter().find(shown).filter(|it| self.describable(it.created_at));
        Ok(deployment.map(|deployment| self.view_deployment(&service, deployment)))
    }

    /// Deployments go with their service, and after 90 days.
    fn remembered(&self, service: &Service, deployment: &Deployment) -> bool {
        service.status != Status::Inactive && self.now.since(deployment.created_at) < HISTORY
    }

    /// Reads are eventually consistent: for a moment, what is listed cannot be described.
    pub(super) fn describable(&self, created_at: Time) -> bool {
        let lag = self.config.timings.describe_lag;
        !self.config.switches.quirk_missing_after_list || self.now >= created_at + lag
    }

    fn brief(&self, service: &Service, deployment: &Deployment) -> ServiceDeploymentBrief {
        ServiceDeploymentBrief {
            service_deployment_arn: Some(self.config.deployment_arn(&service.key, &deployment.id)),
            service_arn: Some(self.config.service_arn(&service.key)),
            cluster_arn: Some(self.config.cluster_arn(&service.key.cluster)),
            started_at: deployment.started_at,
            created_at: Some(deployment.created_at),
            finished_at: deployment.finished_at,
            target_service_revision_arn: self.revision_arn_of(service, deployment.target),
            status: Some(deployment.status.name().to_owned()),
            status_reason: deployment.reason.clone(),
        }
    }

    fn view_deployment(&self, service: &Service, deployment: &Deployment) -> ServiceDeployment {
        let target_weight = deployment.target_weight();
        // Only one source has traffic: the one that serves; before the first success, the one that was overtaken.
        let carrier = deployment.sources.iter().find(|source| Some(**source) == service.serving);
        let carrier = carrier.or(deployment.sources.last()).copied();
        let source = |index: &usize| {
            let weight = if Some(*index) == carrier { 100 - target_weight } else { 0 };
            let test_weight = if Some(*index) == carrier { 100 - deployment.target_test_weight() } else { 0 };
            self.revision_summary(service, *index, weight, test_weight)
        };
        let target = self.revision_summary(service, deployment.target, target_weight, deployment.target_test_weight());
        let rollback = deployment.rollback.as_ref().map(|rollback| Rollback {
            reason: Some(rollback.reason.clone()),
            started_at: Some(rollback.started_at),
            service_revision_arn: self.revision_arn_of(service, rollback.revision),
        });
        let names_unknown = self.config.switches.quirk_unknown_lifecycle_stage;
        ServiceDeployment {
            service_deployment_arn: Some(self.config.deployment_arn(&service.key, &deployment.id)),
            service_arn: Some(self.config.service_arn(&service.key)),
            cluster_arn: Some(self.config.cluster_arn(&service.key.cluster)),
            created_at: Some(deployment.created_at),
            started_at: deployment.started_at,
            finished_at: deployment.finished_at,
            stopped_at: deployment.stopped_at,
            updated_at: Some(deployment.updated_at),
            source_service_revisions: Some(deployment.sources.iter().filter_map(source).collect()),
            target_service_revision: target,
            status: Some(deployment.status.name().to_owned()),
            status_reason: deployment.reason.clone(),
            lifecycle_stage: deployment.phase.stage(names_unknown).map(str::to_owned),
            lifecycle_hook_details: None,
            deployment_configuration: Some(deployment_configuration(service)),
            rollback,
            deployment_circuit_breaker: Some(breaker(service, deployment)),
            alarms: Some(alarms(service, deployment)),
        }
    }

    fn revision_summary(
        &self,
        service: &Service,
        index: usize,
        production: u8,
        test: u8,
    ) -> Option<ServiceRevisionSummary> {
        let tasks = service.count(index, self.now);
        Some(ServiceRevisionSummary {
            arn: Some(self.revision_arn_of(service, index)?),
            requested_task_count: count(service.desired_count),
            running_task_count: Some(tasks.running),
            pending_task_count: Some(tasks.pending),
            requested_test_traffic_weight: Some(test.into()),
            requested_production_traffic_weight: Some(production.into()),
        })
    }

    fn revision_arn_of(&self, service: &Service, index: usize) -> Option<String> {
        service.revisions.get(index).map(|revision| self.config.revision_arn(&service.key, &revision.id))
    }
}

fn wanted_statuses(names: Option<&[String]>) -> Result<BTreeSet<DeploymentStatus>, ApiError> {
    let read = |name: &String| {
        DeploymentStatus::ALL
            .into_iter()
            .find(|status| status.name() == name)
            .ok_or_else(|| ErrorKind::InvalidParameter.with(format!("{name:?} is no service deployment status.")))
    };
    names.unwrap_or_default().iter().map(read).collect()
}

fn monitor(deployment: &Deployment, triggered: bool) -> Option<String> {
    let status = match deployment.status {
        _ if triggered => "TRIGGERED",
        status if status.is_ongoing() => "MONITORING",
        _ => "MONITORING_COMPLETE",
    };
    Some(status.to_owned())
}

fn breaker(service: &Service, deployment: &Deployment) -> ServiceDeploymentCircuitBreaker {
    ServiceDeploymentCircuitBreaker {
        status: monitor(deployment, deployment.breaker_triggered),
        failure_count: count(deployment.failed_tasks),
        threshold: count(breaker_threshold(service.desired_count)),
    }
}

fn alarms(service: &Service, deployment: &Deployment) -> ServiceDeploymentAlarms {
    let name = service.alarm_name();
    ServiceDeploymentAlarms {
        status: monitor(deployment, deployment.alarm_triggered),
        triggered_alarm_names: Some(if deployment.alarm_triggered { vec![name.clone()] } else { Vec::new() }),
        alarm_names: Some(vec![name]),
    }
}
