//! CreateExpressGatewayService.
use super::Model;
use super::arn::ServiceKey;
use super::configuration::Configuration;
use super::error::{ApiError, ErrorKind, invalid, required};
use super::fate::{self, MISSING};
use super::merge::Changes;
use super::service::{Revision, Service, Status};
use super::validate;
use crate::wire::{CreateExpressGatewayServiceRequest, CreateExpressGatewayServiceResponse};

/// A create that has been found good: nothing can refuse it any more.
struct Checked {
    key: ServiceKey,
    cluster_sent: String,
    role: String,
    configuration: Configuration,
    default_log_group: bool,
    own_task_definition: bool,
    tags: std::collections::BTreeMap<String, String>,
}

impl Model {
    pub(super) fn create(
        &mut self,
        input: CreateExpressGatewayServiceRequest,
    ) -> Result<CreateExpressGatewayServiceResponse, ApiError> {
        let checked = self.check_create(input)?;
        let key = checked.key.clone();
        self.make(checked);
        let service = self.account.service(&key).map(|service| self.view_created(service));
        Ok(CreateExpressGatewayServiceResponse { service })
    }

    fn check_create(&self, input: CreateExpressGatewayServiceRequest) -> Result<Checked, ApiError> {
        let role = self.infrastructure_role(required(input.infrastructure_role_arn, "infrastructureRoleArn")?)?;
        let own_task_definition = input.task_definition_arn.is_some();
        if !own_task_definition {
            let needed = "is required when taskDefinitionArn is not provided.";
            if input.primary_container.is_none() {
                return invalid(format!("primaryContainer {needed}"));
            }
            if input.execution_role_arn.is_none() {
                return invalid(format!("executionRoleArn {needed}"));
            }
        }
        let tags = validate::tags(input.tags.as_deref().unwrap_or_default())?;
        let cluster = self.config.cluster_name(input.cluster.as_deref())?;
        let cluster_sent = input.cluster.unwrap_or_else(|| cluster.clone());
        let logs = input.primary_container.as_ref().and_then(|container| container.aws_logs_configuration.as_ref());
        let default_log_group = logs.is_none() && !own_task_definition;
        let changes = Changes {
            execution_role: input.execution_role_arn,
            task_role: input.task_role_arn,
            container: input.primary_container,
            network: input.network_configuration,
            cpu: input.cpu,
            memory: input.memory,
            architecture: input.cpu_architecture,
            scaling: input.scaling_target,
            health_check_path: input.health_check_path,
            task_definition: input.task_definition_arn,
        };
        let configuration = self.merge(Configuration::defaults(), &changes)?;
        if cluster != "default" && !self.account.clusters.contains_key(&cluster) {
            return Err(ErrorKind::ClusterNotFound.with("Cluster not found."));
        }
        let name = match input.service_name {
            Some(name) => name,
            None => self.generated_name(&cluster, &configuration.container.image),
        };
        validate::service_name(&name)?;
        let key = ServiceKey::new(cluster, name);
        self.check_name(&key)?;
        Ok(Checked { key, cluster_sent, role, configuration, default_log_group, own_task_definition, tags })
    }

    /// Whether a service of this name, Express or not, can be made.
    pub(super) fn check_name(&self, key: &ServiceKey) -> Result<(), ApiError> {
        let express = self.account.service(key).map(|service| service.status);
        match express.or_else(|| self.classic(key).map(|(_, status)| status)) {
            None | Some(Status::Inactive) => Ok(()),
            Some(Status::Draining { .. }) => invalid("Unable to Start a service that is still Draining."),
            Some(Status::Active) => invalid(self.config.switches.create_on_active_error_text.clone()),
        }
    }

    /// A name derived from the image, made unique by a number that is free.
    fn generated_name(&self, cluster: &str, image: &str) -> String {
        let last = image.rsplit('/').next().unwrap_or(image);
        let base: String = last
            .split([':', '@'])
            .next()
            .unwrap_or("service")
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' })
            .take(200)
            .collect();
        let base = if base.is_empty() { "service".to_owned() } else { base };
        (0_u32..)
            .map(|number| if number == 0 { base.clone() } else { format!("{base}-{number}") })
            .find(|name| {
                let key = ServiceKey::new(cluster, name.as_str());
                self.account.service(&key).is_none() && self.classic(&key).is_none()
            })
            .unwrap_or(base)
    }

    fn infrastructure_role(&self, role: String) -> Result<String, ApiError> {
        if role.contains(MISSING) {
            return Err(ErrorKind::AccessDenied.with("Cannot assume role"));
        }
        self.role(&role)
    }

    fn make(&mut self, checked: Checked) {
        let Checked { key, cluster_sent, role, mut configuration, default_log_group, own_task_definition, tags } =
            checked;
        let at = self.now;
        // An INACTIVE record of the same name goes.
        drop(self.account.check_out(&key, at));
        self.account.classic.remove(&key);
        self.account.clusters.entry(key.cluster.clone()).or_default();
        if default_log_group {
            let suffix = self.account.ids.suffix();
            configuration.container.log_group = format!("/aws/ecs/{}/{}-{suffix}", key.cluster, key.name);
        }
        self.account.log_groups.insert(configuration.container.log_group.clone());
        if !own_task_definition {
            configuration.task_definition = self.register_managed(&key, None, &configuration);
        }
        let fate = self.take_fate(&key, &configuration);
        let private = configuration.network.is_private();
        let log_group = configuration.container.log_group.clone();
        let infrastructure = self.provision(&key, private, log_group, fate, &role, at);
        let prefix: String = key.name.chars().take(2).collect();
        let mut service = Service {
            endpoint: format!("{prefix}-{}.ecs.{}.on.aws", self.account.ids.hex(32), self.config.region),
            key,
            cluster_sent,
            created_at: at,
            updated_at: at,
            infrastructure_role: role,
            status: Status::Active,
            tags,
            infrastructure,
            revisions: Vec::new(),
            deployments: Vec::new(),
            serving: None,
            desired_count: configuration.scaling.min,
            execute_command: false,
            capacity_provider: "FARGATE".to_owned(),
            events: std::collections::VecDeque::new(),
            tasks: Vec::new(),
            wake: None,
        };
        let target = self.add_revision(&mut service, configuration);
        self.deploy(&mut service, target, fate, at);
        self.account.check_in(service);
    }

    /// Numbers a configuration; its image is pinned to a digest now.
    pub(super) fn add_revision(&mut self, service: &mut Service, configuration: Configuration) -> usize {
        let detected_architecture =
            if self.config.switches.architecture_is_detected { fate::runs_on(&configuration) } else { None };
        service.revisions.push(Revision {
            id: self.account.ids.revision(),
            created_at: self.now,
            image_digest: format!("sha256:{}", self.account.ids.hex(64)),
            configuration,
            detected_architecture,
        });
        service.revisions.len() - 1
    }
}
