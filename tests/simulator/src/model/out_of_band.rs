//! UpdateService and DeleteService: on an Express service, what somebody does beside the Express operations.
//! Source: developer guide, `express-service-advanced-customization`.
use super::Model;
use super::arn::ServiceKey;
use super::error::{ApiError, ErrorKind, invalid, required};
use super::service::{Service, Status};
use super::update::not_found;
use super::validate;
use crate::time::Time;
use crate::wire::{
    CapacityProviderStrategyItem, DeleteServiceRequest, DeleteServiceResponse, UpdateServiceRequest,
    UpdateServiceResponse,
};

impl Model {
    pub(super) fn update_service(&mut self, input: UpdateServiceRequest) -> Result<UpdateServiceResponse, ApiError> {
        let key = self.classic_key(input.cluster.as_deref(), input.service.as_deref())?;
        if self.classic(&key).is_some() {
            self.scale_classic(&key, &input)?;
            return Ok(UpdateServiceResponse { service: self.view_classic(&key, false) });
        }
        if input.load_balancers.is_some() || input.deployment_configuration.is_some() {
            return invalid("loadBalancers and deploymentConfiguration cannot be updated on an Express service.");
        }
        let desired = input.desired_count.map(|count| validate::task_count(count, "desiredCount")).transpose()?;
        let provider = input.capacity_provider_strategy.as_deref().map(capacity_provider).transpose()?;
        let (base, _) = self.base_configuration(&key)?;
        let mut configuration = base;
        if let Some(definition) = &input.task_definition {
            self.use_task_definition(&mut configuration, definition)?;
        }
        let at = self.now;
        let mut service = self.account.check_out(&key, at).ok_or_else(not_found)?;
        if let Some(provider) = provider {
            service.capacity_provider = provider;
        }
        if let Some(enabled) = input.enable_execute_command {
            service.execute_command = enabled;
        }
        if let Some(count) = desired {
            self.scale(&mut service, count);
        }
        if input.task_definition.is_some() || input.force_new_deployment == Some(true) {
            let fate = self.take_fate(&key, &configuration);
            let target = self.add_revision(&mut service, configuration);
            self.deploy(&mut service, target, fate, at);
        }
        let view = self.view_as_classic(&service, false);
        self.account.check_in(service);
        Ok(UpdateServiceResponse { service: Some(view) })
    }

    /// DeleteService is rejected outright on Express services.
    pub(super) fn delete_service(&mut self, input: &DeleteServiceRequest) -> Result<DeleteServiceResponse, ApiError> {
        let key = self.classic_key(input.cluster.as_deref(), input.service.as_deref())?;
        if self.classic(&key).is_some() {
            return self.delete_classic(&key, input.force.unwrap_or(false));
        }
        invalid("This operation is not supported on Express services. Use DeleteExpressGatewayService.")
    }

    /// Application Auto Scaling moves the desired count, within the limits of scalingTarget. False when there is no such
    /// service that takes updates.
    pub fn autoscale(&mut self, key: &ServiceKey, count: u32, now: Time) -> bool {
        self.tick(now);
        let active = self.account.service(key).filter(|service| service.status == Status::Active);
        let Some(limits) = active.and_then(|service| service.base()).map(|base| base.configuration.scaling.clone())
        else {
            return false;
        };
        let at = self.now;
        let Some(mut service) = self.account.check_out(key, at) else { return false };
        let count = count.clamp(limits.min, limits.max);
        self.scale(&mut service, count);
        let message = format!(
            "Message: Successfully set desired count to {count}. Change successfully fulfilled by ecs. Cause: monitor alarm \
             TargetTracking-service/{}/{} in state ALARM triggered policy {}",
            key.cluster, key.name, key.name
        );
        service.say(self.account.ids.uuid(), at, message);
        self.account.check_in(service);
        true
    }

    /// Brings the serving revision to `count` tasks. Scaling is no deployment.
    pub(super) fn scale(&mut self, service: &mut Service, count: u32) {
        let at = self.now;
        service.desired_count = count;
        let Some(serving) = service.serving else { return };
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        let starts_at = Some(at + self.config.timings.task_start);
        let live = |task: &&mut super::service::Task| task.revision == serving && task.stopped.is_none();
        let have = service.tasks.iter_mut().filter(live).count();
        for _ in have..wanted {
            let id = self.account.ids.hex(32);
            let task = super::service::Task::new(id, service, serving, at, starts_at);
            service.tasks.push(task);
        }
        let reason = format!("Scaling activity initiated by (service {})", service.key.name);
        for task in service.tasks.iter_mut().filter(live).skip(wanted) {
            task.stopped = Some(super::service::Stopped {
                at,
                code: "ServiceSchedulerInitiated",
                reason: reason.clone(),
                container_reason: None,
                exit_code: Some(0),
            });
        }
    }

    fn classic_key(&self, cluster: Option<&str>, service: Option<&str>) -> Result<ServiceKey, ApiError> {
        let cluster = self.existing_cluster(cluster)?;
        let service = required(service, "service")?;
        let key = self.config.service_key(&cluster, service).ok_or_else(not_found)?;
        let express = self.account.service(&key).map(|service| service.status);
        match express.or_else(|| self.classic(&key).map(|(_, status)| status)) {
            None => Err(not_found()),
            Some(Status::Active) => Ok(key),
            Some(_) => Err(ErrorKind::ServiceNotActive.with("Service was not ACTIVE.")),
        }
    }
}

fn capacity_provider(strategy: &[CapacityProviderStrategyItem]) -> Result<String, ApiError> {
    let name = strategy.first().and_then(|item| item.capacity_provider.clone());
    match name.as_deref() {
        Some("FARGATE" | "FARGATE_SPOT") => required(name, "capacityProvider"),
        _ => invalid("The specified capacity provider was not found."),
    }
}
