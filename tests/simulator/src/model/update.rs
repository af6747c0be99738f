//! UpdateExpressGatewayService: a partial merge, then a new revision and a canary.
use super::Model;
use super::arn::{Named, ServiceKey};
use super::configuration::Configuration;
use super::error::{ApiError, ErrorKind, invalid, required};
use super::merge::Changes;
use super::service::{Service, Status};
use crate::wire::{UpdateExpressGatewayServiceRequest, UpdateExpressGatewayServiceResponse};

impl Model {
    pub(super) fn update(
        &mut self,
        input: UpdateExpressGatewayServiceRequest,
    ) -> Result<UpdateExpressGatewayServiceResponse, ApiError> {
        let key = self.active_service(&required(input.service_arn, "serviceArn")?)?;
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
        let (base, role) = self.base_configuration(&key)?;
        self.role(&role)?;
        let configuration = self.merge(base.clone(), &changes)?;
        let at = self.now;
        let Some(mut service) = self.account.check_out(&key, at) else { return Err(not_found()) };
        let revision = self.land(&mut service, &base, configuration, &changes);
        let view = self.view_updated(&service, revision);
        self.account.check_in(service);
        Ok(UpdateExpressGatewayServiceResponse { service: Some(view) })
    }

    /// Makes the revision and its deployment; gives the revision that the service is going to.
    fn land(
        &mut self,
        service: &mut Service,
        base: &Configuration,
        mut new: Configuration,
        changes: &Changes,
    ) -> usize {
        let switches = &self.config.switches;
        let at = self.now;
        service.updated_at = at;
        let desired = service.desired_count.clamp(new.scaling.min, new.scaling.max);
        let current = service.in_flight().map(|deployment| deployment.target).or(service.serving);
        let in_place = changes.only_scaling() && !switches.scaling_only_update_creates_deployment;
        if let Some(current) = current {
            if *base == new && !switches.noop_update_creates_deployment {
                return current;
            }
            if in_place && let Some(revision) = service.revisions.get_mut(current) {
                revision.configuration = new;
                self.scale(service, desired);
                return current;
            }
        }
        if changes.task_definition.is_none() && changes.touch_task_definition() {
            new.task_definition = self.register_managed(&service.key, Some(&base.task_definition), &new);
        }
        self.account.log_groups.insert(new.container.log_group.clone());
        service.desired_count = desired;
        let fate = self.take_fate(&service.key, &new);
        let target = self.add_revision(service, new);
        self.deploy(service, target, fate, at);
        target
    }

    pub(super) fn base_configuration(&self, key: &ServiceKey) -> Result<(Configuration, String), ApiError> {
        let service = self.account.service(key).ok_or_else(not_found)?;
        let base = service.base().ok_or_else(not_found)?;
        Ok((base.configuration.clone(), service.infrastructure_role.clone()))
    }

    /// The service of an ARN, when it can be changed.
    pub(super) fn active_service(&self, arn: &str) -> Result<ServiceKey, ApiError> {
        let key = self.known_service(arn)?.ok_or_else(|| {
            if self.config.switches.not_found_is_invalid_parameter {
                ErrorKind::InvalidParameter.with("Resource not found")
            } else {
                not_found()
            }
        })?;
        match self.account.service(&key).map(|service| service.status) {
            Some(Status::Active) => Ok(key),
            Some(Status::Draining { .. }) => Err(ErrorKind::ServiceNotActive.with("Service is in DRAINING status")),
            _ => Err(ErrorKind::ServiceNotActive.with("Cannot perform this operation on a service in INACTIVE status")),
        }
    }

    /// The service of an ARN; `None` when there is none. What is no service ARN is refused.
    pub(super) fn known_service(&self, arn: &str) -> Result<Option<ServiceKey>, ApiError> {
        if !arn.starts_with("arn:") {
            return invalid(format!("Invalid identifier: serviceArn must be the full ARN of a service, not {arn:?}."));
        }
        let Some(Named::Service(key)) = self.config.named(arn) else { return Ok(None) };
        if !self.account.clusters.contains_key(&key.cluster) {
            return Err(ErrorKind::ClusterNotFound.with("Cluster not found."));
        }
        if self.classic(&key).is_some() {
            // The service is there, but it is not Express.
            return Err(ErrorKind::InvalidParameter.with("Resource not found"));
        }
        Ok(self.account.service(&key).is_some().then_some(key))
    }
}

pub(super) fn not_found() -> ApiError {
    ErrorKind::ServiceNotFound.with("Service not found.")
}
