//! The Express service as it reads back, quirks and all.
use super::super::Model;
use super::super::configuration::Configuration;
use super::super::error::{ApiError, ErrorKind, required};
use super::super::service::{Revision, Service, Status};
use super::super::tag;
use super::includes_tags;
use crate::wire::{
    DescribeExpressGatewayServiceRequest, DescribeExpressGatewayServiceResponse, ECSExpressGatewayService,
    ExpressGatewayContainer, ExpressGatewayRepositoryCredentials, ExpressGatewayScalingTarget,
    ExpressGatewayServiceAwsLogsConfiguration, ExpressGatewayServiceConfiguration,
    ExpressGatewayServiceNetworkConfiguration, ExpressGatewayServiceStatus, IngressPathSummary, KeyValuePair, Secret,
    UpdatedExpressGatewayService,
};

impl Model {
    pub(in super::super) fn describe(
        &self,
        input: &DescribeExpressGatewayServiceRequest,
    ) -> Result<DescribeExpressGatewayServiceResponse, ApiError> {
        let arn = required(input.service_arn.as_deref(), "serviceArn")?;
        let with_tags = includes_tags(input.include.as_ref())?;
        let kind = match self.config.switches.not_found_is_invalid_parameter {
            true => ErrorKind::InvalidParameter,
            false => ErrorKind::ResourceNotFound,
        };
        let key = self.known_service(arn)?;
        let service = key.and_then(|key| self.account.seen(&key, self.now));
        let service = service.ok_or_else(|| kind.with("Resource not found"))?;
        Ok(DescribeExpressGatewayServiceResponse { service: Some(self.view_service(&service, with_tags)) })
    }

    /// The answer to a create: as a read, but with no deployment yet.
    pub(in super::super) fn view_created(&self, service: &Service) -> ECSExpressGatewayService {
        ECSExpressGatewayService { current_deployment: None, ..self.view_service(service, true) }
    }

    pub(in super::super) fn view_service(&self, service: &Service, with_tags: bool) -> ECSExpressGatewayService {
        let settled = self.after_lag(service, self.config.timings.configuration_lag);
        let active = service.active_revisions().into_iter().filter_map(|index| service.revisions.get(index));
        let live = service.status != Status::Inactive;
        let configurations: Vec<_> =
            active.filter(|_| settled && live).map(|revision| self.view_configuration(service, revision)).collect();
        let deployment = service.in_flight().filter(|_| settled);
        ECSExpressGatewayService {
            cluster: Some(self.view_cluster_name(service)),
            service_name: Some(service.key.name.clone()),
            service_arn: Some(self.config.service_arn(&service.key)),
            infrastructure_role_arn: Some(service.infrastructure_role.clone()),
            status: Some(self.view_status(service)),
            current_deployment: deployment.map(|deployment| self.config.deployment_arn(&service.key, &deployment.id)),
            active_configurations: Some(self.unordered(configurations, "activeConfigurations")),
            tags: with_tags.then(|| self.unordered(tag::list(&service.tags), "tags")),
            created_at: Some(service.created_at),
            updated_at: Some(service.updated_at),
        }
    }

    pub(in super::super) fn view_updated(&self, service: &Service, revision: usize) -> UpdatedExpressGatewayService {
        let mut target = service.revisions.get(revision).map(|revision| self.view_configuration(service, revision));
        if !self.config.switches.update_response_has_revision_arn
            && let Some(target) = &mut target
        {
            target.service_revision_arn = None;
        }
        UpdatedExpressGatewayService {
            service_arn: Some(self.config.service_arn(&service.key)),
            cluster: Some(self.view_cluster_name(service)),
            service_name: Some(service.key.name.clone()),
            status: Some(self.view_status(service)),
            target_configuration: target,
            created_at: Some(service.created_at),
            updated_at: Some(service.updated_at),
        }
    }

    fn view_status(&self, service: &Service) -> ExpressGatewayServiceStatus {
        let reason = &self.config.switches.status_reason;
        ExpressGatewayServiceStatus {
            status_code: Some(service.status.name().to_owned()),
            status_reason: (!reason.is_empty()).then(|| reason.clone()),
        }
    }

    fn view_configuration(&self, service: &Service, revision: &Revision) -> ExpressGatewayServiceConfiguration {
        let switches = &self.config.switches;
        let configuration = &revision.configuration;
        let detected = revision.detected_architecture.filter(|_| switches.detected_architecture_reads_back);
        let populated = switches.quirk_defaults_populated;
        let ingress = self.after_lag(service, self.config.timings.endpoint_lag).then(|| IngressPathSummary {
            access_type: Some(if service.infrastructure.private { "PRIVATE" } else { "PUBLIC" }.to_owned()),
            endpoint: Some(self.view_endpoint(service)),
        });
        ExpressGatewayServiceConfiguration {
            service_revision_arn: Some(self.config.revision_arn(&service.key, &revision.id)),
            execution_role_arn: configuration.execution_role.clone(),
            task_role_arn: configuration.task_role.clone(),
            task_definition_arn: Some(configuration.task_definition.clone()),
            cpu: Some(configuration.cpu.to_string()),
            memory: Some(configuration.memory.to_string()),
            cpu_architecture: detected.or(configuration.architecture).map(|it| it.name().to_owned()),
            network_configuration: (populated || configuration.sent.network)
                .then(|| self.view_network(service, configuration)),
            health_check_path: Some(configuration.health_check_path.clone()),
            primary_container: Some(self.view_container(revision)),
            scaling_target: (populated || configuration.sent.scaling).then(|| scaling(configuration)),
            ingress_paths: ingress.map(|path| vec![path]),
            created_at: Some(revision.created_at),
        }
    }

    fn view_container(&self, revision: &Revision) -> ExpressGatewayContainer {
        let switches = &self.config.switches;
        let container = &revision.configuration.container;
        let logs_shown = switches.quirk_defaults_populated || revision.configuration.sent.logs;
        let pair = |(name, value): (String, String)| KeyValuePair { name: Some(name), value: Some(value) };
        let secret = |(name, from): (String, String)| Secret { name: Some(name), value_from: Some(from) };
        let environment = self.unordered(container.environment.clone(), (&revision.id, "environment"));
        let secrets = self.unordered(container.secrets.clone(), (&revision.id, "secrets"));
        let credentials = container.credentials.clone();
        ExpressGatewayContainer {
            image: Some(container.image.clone()),
            container_port: Some(container.port.into()),
            aws_logs_configuration: logs_shown.then(|| ExpressGatewayServiceAwsLogsConfiguration {
                log_group: Some(container.log_group.clone()),
                log_stream_prefix: Some(container.log_stream_prefix.clone()),
            }),
            repository_credentials: credentials
                .map(|parameter| ExpressGatewayRepositoryCredentials { credentials_parameter: Some(parameter) }),
            command: (switches.quirk_empty_command || !container.command.is_empty()).then(|| container.command.clone()),
            environment: Some(environment.into_iter().map(pair).collect()),
            secrets: Some(secrets.into_iter().map(secret).collect()),
        }
    }

    fn view_network(
        &self,
        service: &Service,
        configuration: &Configuration,
    ) -> ExpressGatewayServiceNetworkConfiguration {
        ExpressGatewayServiceNetworkConfiguration {
            security_groups: Some(self.security_groups(service, configuration)),
            subnets: Some(self.unordered(self.subnets(configuration), "subnets")),
        }
    }

    /// The groups that were sent and, with one or none of them, the managed one too.
    pub(super) fn security_groups(&self, service: &Service, configuration: &Configuration) -> Vec<String> {
        let mut groups = configuration.network.security_groups.clone();
        let managed = &service.infrastructure.security_group;
        if self.config.switches.quirk_managed_security_group && groups.len() <= 1 && !groups.contains(managed) {
            groups.push(managed.clone());
        }
        self.unordered(groups, "securityGroups")
    }

    /// The subnets that were sent, or else the public ones of the default VPC.
    pub(super) fn subnets(&self, configuration: &Configuration) -> Vec<String> {
        if configuration.network.subnets.is_empty() {
            return vec!["subnet-0default0a".to_owned(), "subnet-0default0b".to_owned()];
        }
        configuration.network.subnets.clone()
    }

    fn view_cluster_name(&self, service: &Service) -> String {
        if self.config.switches.quirk_cluster_as_arn {
            self.config.cluster_arn(&service.key.cluster)
        } else {
            service.cluster_sent.clone()
        }
    }

    pub(super) fn view_endpoint(&self, service: &Service) -> String {
        if self.config.switches.quirk_endpoint_without_scheme {
            service.endpoint.clone()
        } else {
            format!("https://{}", service.endpoint)
        }
    }

    fn after_lag(&self, service: &Service, lag: std::time::Duration) -> bool {
        !self.config.switches.quirk_configuration_lag || self.now >= service.created_at + lag
    }
}

fn scaling(configuration: &Configuration) -> ExpressGatewayScalingTarget {
    let scaling = &configuration.scaling;
    ExpressGatewayScalingTarget {
        min_task_count: super::count(scaling.min),
        max_task_count: super::count(scaling.max),
        auto_scaling_metric: Some(scaling.metric.name().to_owned()),
        auto_scaling_target_value: super::count(scaling.target),
    }
}
