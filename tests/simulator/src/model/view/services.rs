//! The Express service as the classic service operations show it.
use super::super::Model;
use super::super::arn::ServiceKey;
use super::super::deployment::{Deployment, DeploymentStatus};
use super::super::error::{ApiError, invalid};
use super::super::service::{Revision, Service, Status};
use super::super::tag;
use super::{Page, at_most, count, includes_tags, missing};
use crate::wire::{
    self, AwsVpcConfiguration, CanaryConfiguration, CapacityProviderStrategyItem, DeploymentAlarms,
    DeploymentCircuitBreaker, DeploymentConfiguration, DeploymentController, DescribeServicesRequest,
    DescribeServicesResponse, ListServicesRequest, ListServicesResponse, NetworkConfiguration,
    ServiceCurrentRevisionSummary, ServiceEvent,
};

impl Model {
    pub(in super::super) fn describe_services(
        &self,
        input: &DescribeServicesRequest,
    ) -> Result<DescribeServicesResponse, ApiError> {
        let names = at_most(input.services.as_deref(), 10, "services")?;
        let with_tags = includes_tags(input.include.as_ref())?;
        let cluster = self.existing_cluster(input.cluster.as_deref())?;
        let (mut services, mut failures) = (Vec::new(), Vec::new());
        for name in names {
            let key = self.config.service_key(&cluster, &name);
            match key.as_ref().and_then(|key| self.seen_as_classic(key, with_tags)) {
                Some(service) => services.push(service),
                None => failures.push(missing(key.map_or(name, |key| self.config.service_arn(&key)))),
            }
        }
        Ok(DescribeServicesResponse { services: Some(services), failures: Some(failures) })
    }

    pub(in super::super) fn list_services(
        &self,
        input: &ListServicesRequest,
    ) -> Result<ListServicesResponse, ApiError> {
        let cluster = self.existing_cluster(input.cluster.as_deref())?;
        let (express, classic) = match input.resource_management_type.as_deref() {
            None => (true, true),
            Some("ECS") => (true, false),
            Some("CUSTOMER") => (false, true),
            Some(other) => return invalid(format!("resourceManagementType must be ECS or CUSTOMER, not {other:?}.")),
        };
        let fits = input.launch_type.as_deref().is_none_or(|launch| launch == "FARGATE")
            && input.scheduling_strategy.as_deref().is_none_or(|strategy| strategy == "REPLICA");
        let seen = self.account.services(Some(&cluster)).filter_map(|it| self.account.seen(&it.key, self.now));
        let active = seen.filter(|service| express && service.status == Status::Active);
        let own = self.account.classic.keys().filter(|key| classic && key.cluster == cluster);
        let own = own.filter(|key| self.classic(key).is_some_and(|(_, status)| status == Status::Active));
        let keys = active.map(|service| service.key.clone()).chain(own.cloned()).filter(|_| fits);
        let arns = keys.map(|key| self.config.service_arn(&key)).collect();
        let page = Page { token: input.next_token.as_deref(), size: input.max_results, default_size: 10 };
        let (arns, next_token) = page.cut(arns)?;
        Ok(ListServicesResponse { service_arns: Some(arns), next_token })
    }

    fn seen_as_classic(&self, key: &ServiceKey, with_tags: bool) -> Option<wire::Service> {
        let express = self.account.seen(key, self.now).map(|service| self.view_as_classic(&service, with_tags));
        express.or_else(|| self.view_classic(key, with_tags))
    }

    /// `taskDefinition` and `loadBalancers` are not set on Express services.
    pub(in super::super) fn view_as_classic(&self, service: &Service, with_tags: bool) -> wire::Service {
        let (mut running, mut pending) = (0, 0);
        let revisions = service.active_revisions();
        for index in &revisions {
            let tasks = service.count(*index, self.now);
            running += tasks.running;
            pending += tasks.pending;
        }
        let configuration = service.base().map(|revision| &revision.configuration);
        let event = |event: &super::super::service::Event| ServiceEvent {
            id: Some(event.id.clone()),
            created_at: Some(event.at),
            message: Some(event.message.clone()),
        };
        wire::Service {
            service_arn: Some(self.config.service_arn(&service.key)),
            service_name: Some(service.key.name.clone()),
            cluster_arn: Some(self.config.cluster_arn(&service.key.cluster)),
            load_balancers: Some(Vec::new()),
            service_registries: Some(Vec::new()),
            status: Some(service.status.name().to_owned()),
            desired_count: count(service.desired_count),
            running_count: Some(running),
            pending_count: Some(pending),
            capacity_provider_strategy: Some(strategy(service)),
            platform_version: Some("LATEST".to_owned()),
            platform_family: Some("Linux".to_owned()),
            task_definition: None,
            deployment_configuration: Some(deployment_configuration(service)),
            deployments: Some(self.classic_deployments(service)),
            role_arn: None,
            events: Some(service.events.iter().map(event).collect()),
            created_at: Some(service.created_at),
            current_service_deployment: service
                .in_flight()
                .map(|deployment| self.config.deployment_arn(&service.key, &deployment.id)),
            current_service_revisions: Some(self.current_revisions(service, &revisions)),
            placement_constraints: Some(Vec::new()),
            placement_strategy: Some(Vec::new()),
            network_configuration: configuration.map(|it| self.vpc(service, it)),
            health_check_grace_period_seconds: Some(300),
            scheduling_strategy: Some("REPLICA".to_owned()),
            deployment_controller: Some(DeploymentController { r#type: Some("ECS".to_owned()) }),
            tags: with_tags.then(|| self.unordered(tag::list(&service.tags), "tags")),
            created_by: None,
            enable_ecs_managed_tags: Some(true),
            propagate_tags: Some("SERVICE".to_owned()),
            enable_execute_command: Some(service.execute_command),
            availability_zone_rebalancing: Some("ENABLED".to_owned()),
            resource_management_type: Some("ECS".to_owned()),
        }
    }

    fn current_revisions(&self, service: &Service, active: &[usize]) -> Vec<ServiceCurrentRevisionSummary> {
        let summary = |index: &usize| {
            let revision = service.revisions.get(*index)?;
            let tasks = service.count(*index, self.now);
            Some(ServiceCurrentRevisionSummary {
                arn: Some(self.config.revision_arn(&service.key, &revision.id)),
                requested_task_count: count(service.desired_count),
                running_task_count: Some(tasks.running),
                pending_task_count: Some(tasks.pending),
            })
        };
        active.iter().filter_map(summary).collect()
    }

    /// The classic view: PRIMARY is where the service is going, ACTIVE is what it comes from.
    fn classic_deployments(&self, service: &Service) -> Vec<wire::Deployment> {
        let mut entries = Vec::new();
        let in_flight = service.in_flight();
        let last = service.deployments.last();
        let primary = match (in_flight, service.serving) {
            (Some(deployment), _) => Some(deployment.target),
            (None, Some(serving)) => Some(serving),
            (None, None) => last.map(|deployment| deployment.target),
        };
        if let Some(revision) = primary.and_then(|index| service.revisions.get(index).map(|it| (index, it))) {
            entries.push(self.classic_deployment(service, revision, "PRIMARY", in_flight.or(last)));
        }
        let source = service.serving.filter(|serving| primary != Some(*serving));
        if let Some(revision) = source.and_then(|index| service.revisions.get(index).map(|it| (index, it))) {
            entries.push(self.classic_deployment(service, revision, "ACTIVE", None));
        }
        entries
    }

    fn classic_deployment(
        &self,
        service: &Service,
        (index, revision): (usize, &Revision),
        status: &str,
        deployment: Option<&Deployment>,
    ) -> wire::Deployment {
        let tasks = service.count(index, self.now);
        let own = deployment.filter(|deployment| deployment.target == index);
        let state = own.map_or("COMPLETED", |deployment| match deployment.status {
            DeploymentStatus::Successful => "COMPLETED",
            status if status.is_ongoing() => "IN_PROGRESS",
            _ => "FAILED",
        });
        wire::Deployment {
            id: Some(format!("ecs-svc/{}", revision.id)),
            status: Some(status.to_owned()),
            task_definition: Some(revision.configuration.task_definition.clone()),
            desired_count: count(service.desired_count),
            pending_count: Some(tasks.pending),
            running_count: Some(tasks.running),
            failed_tasks: count(own.map_or(0, |deployment| deployment.failed_tasks)),
            created_at: Some(revision.created_at),
            updated_at: Some(own.map_or(revision.created_at, |deployment| deployment.updated_at)),
            capacity_provider_strategy: Some(strategy(service)),
            platform_version: Some("1.4.0".to_owned()),
            platform_family: Some("Linux".to_owned()),
            network_configuration: Some(self.vpc(service, &revision.configuration)),
            rollout_state: Some(state.to_owned()),
            rollout_state_reason: Some(
                own.and_then(|deployment| deployment.reason.clone())
                    .unwrap_or_else(|| format!("ECS deployment ecs-svc/{} is {state}.", revision.id)),
            ),
        }
    }

    pub(super) fn vpc(
        &self,
        service: &Service,
        configuration: &super::super::configuration::Configuration,
    ) -> NetworkConfiguration {
        NetworkConfiguration {
            awsvpc_configuration: Some(AwsVpcConfiguration {
                subnets: Some(self.subnets(configuration)),
                security_groups: Some(self.security_groups(service, configuration)),
                assign_public_ip: Some(if service.infrastructure.private { "DISABLED" } else { "ENABLED" }.to_owned()),
            }),
        }
    }
}

pub(super) fn strategy(service: &Service) -> Vec<CapacityProviderStrategyItem> {
    vec![CapacityProviderStrategyItem {
        capacity_provider: Some(service.capacity_provider.clone()),
        weight: Some(1),
        base: Some(1),
    }]
}

/// What Express fixes: a canary of 5 %, three minutes of bake twice, alarm and circuit breaker with rollback.
pub(super) fn deployment_configuration(service: &Service) -> DeploymentConfiguration {
    DeploymentConfiguration {
        deployment_circuit_breaker: Some(DeploymentCircuitBreaker { enable: Some(true), rollback: Some(true) }),
        maximum_percent: Some(200),
        minimum_healthy_percent: Some(100),
        alarms: Some(DeploymentAlarms {
            alarm_names: Some(vec![service.alarm_name()]),
            rollback: Some(true),
            enable: Some(true),
        }),
        strategy: Some("CANARY".to_owned()),
        bake_time_in_minutes: Some(3),
        lifecycle_hooks: Some(Vec::new()),
        canary_configuration: Some(CanaryConfiguration {
            canary_percent: Some(5.0),
            canary_bake_time_in_minutes: Some(3),
        }),
    }
}
