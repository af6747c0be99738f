//! DeleteExpressGatewayService: DRAINING, then INACTIVE, then gone.
use super::Model;
use super::deployment::DeploymentStatus;
use super::error::{ApiError, required};
use super::service::{Service, Status};
use super::update::not_found;
use crate::time::Time;
use crate::wire::{DeleteExpressGatewayServiceRequest, DeleteExpressGatewayServiceResponse};
use std::time::Duration;

/// How soon a removal that the infrastructure role could not do is tried again.
const REMOVAL_RETRY: Duration = Duration::from_secs(60);

impl Model {
    pub(super) fn delete(
        &mut self,
        input: &DeleteExpressGatewayServiceRequest,
    ) -> Result<DeleteExpressGatewayServiceResponse, ApiError> {
        let key = self.active_service(&required(input.service_arn.clone(), "serviceArn")?)?;
        let at = self.now;
        let mut service = self.account.check_out(&key, at).ok_or_else(not_found)?;
        if let Some(deployment) = service.in_flight_mut() {
            deployment.end(DeploymentStatus::Stopped, at, Some("The service is being deleted.".to_owned()));
        }
        let ran = service.serving.is_some() || service.tasks.iter().any(|task| task.runs(at));
        let timings = &self.config.timings;
        service.wake = Some(at + if ran { timings.drain } else { timings.drain_fresh });
        service.status = Status::Draining { since: at };
        service.updated_at = at;
        service.desired_count = 0;
        let view = self.view_service(&service, false);
        self.account.check_in(service);
        Ok(DeleteExpressGatewayServiceResponse { service: Some(view) })
    }

    /// The tasks have finished and the infrastructure goes, if its role still can remove it.
    pub(super) fn drained(&mut self, service: &mut Service, at: Time) {
        let role = &service.infrastructure_role;
        if self.is_denied_at(role, at) || self.is_powerless(role) {
            self.stays_draining(service, at);
            return;
        }
        service.status = Status::Inactive;
        service.updated_at = at;
        service.infrastructure.removal_refused_at = None;
        service.wake = Some(at + self.config.timings.purge);
        self.stop_other_tasks(service, None, at);
        self.leave_load_balancer(&service.infrastructure.load_balancer.clone(), &service.key.clone());
    }

    /// Only the infrastructure role can remove the infrastructure, and it is tried for ever.
    fn stays_draining(&mut self, service: &mut Service, at: Time) {
        service.wake = Some(at + REMOVAL_RETRY);
        if service.infrastructure.removal_refused_at.is_none() {
            service.infrastructure.removal_refused_at = Some(at);
            let message = "was unable to remove its managed resources: the infrastructure role is not allowed to.";
            service.say(self.account.ids.uuid(), at, message.to_owned());
        }
    }
}
