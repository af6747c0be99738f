//! StopServiceDeployment, and ContinueServiceDeployment (of no use on Express: there is no hook to continue).
use super::Model;
use super::arn::{Named, ServiceKey};
use super::deployment::DeploymentStatus;
use super::error::{ApiError, ErrorKind, invalid, required};
use super::fate::Fate;
use super::switches::FirstDeploymentStop;
use crate::wire::{
    ContinueServiceDeploymentRequest, ContinueServiceDeploymentResponse, StopServiceDeploymentRequest,
    StopServiceDeploymentResponse,
};

/// The reason of a deployment that somebody stopped, when there is a revision to go back to.
const ROLLED_BACK: &str = "Service deployment rolled back because a user requested it.";

impl Model {
    pub(super) fn stop(
        &mut self,
        input: &StopServiceDeploymentRequest,
    ) -> Result<StopServiceDeploymentResponse, ApiError> {
        let arn = required(input.service_deployment_arn.clone(), "serviceDeploymentArn")?;
        let abort = match input.stop_type.as_deref() {
            None | Some("ROLLBACK") => false,
            Some("ABORT") if self.config.switches.stop_abort_allowed => true,
            Some(other) => return invalid(format!("stopType must be ROLLBACK, not {other:?}.")),
        };
        let (key, status) = self.deployment_status(&arn)?;
        match status {
            DeploymentStatus::Pending | DeploymentStatus::InProgress => self.stop_ongoing(&key, abort)?,
            // The way back has begun: it goes on.
            DeploymentStatus::StopRequested
            | DeploymentStatus::RollbackRequested
            | DeploymentStatus::RollbackInProgress => {}
            DeploymentStatus::Successful
            | DeploymentStatus::Stopped
            | DeploymentStatus::RollbackSuccessful
            | DeploymentStatus::RollbackFailed => {
                let message = format!("The service deployment cannot be stopped: it is in {} status.", status.name());
                return Err(ErrorKind::Conflict.with(message));
            }
        }
        Ok(StopServiceDeploymentResponse { service_deployment_arn: Some(arn) })
    }

    fn stop_ongoing(&mut self, key: &ServiceKey, abort: bool) -> Result<(), ApiError> {
        let at = self.now;
        let first_stop = self.config.switches.first_deployment_stop;
        let is_first = self.account.service(key).is_some_and(|service| service.serving.is_none());
        if is_first && !abort && first_stop == FirstDeploymentStop::Refused {
            return Err(ErrorKind::Conflict.with("There is no service revision to roll back to."));
        }
        let Some(mut service) = self.account.check_out(key, at) else { return Ok(()) };
        if service.serving.is_some() && !abort {
            self.fail(&mut service, ROLLED_BACK, at);
        } else if is_first && !abort && first_stop == FirstDeploymentStop::RollbackFailed {
            if let Some(deployment) = service.in_flight_mut() {
                deployment.status = DeploymentStatus::RollbackRequested;
                deployment.updated_at = at;
                deployment.reason = Some(ROLLED_BACK.to_owned());
                // There is nothing that it could go back to.
                deployment.fate = Fate::RollbackFails;
                service.wake = Some(at + self.config.timings.stop_request);
            }
        } else if let Some(deployment) = service.in_flight_mut() {
            deployment.status = DeploymentStatus::StopRequested;
            deployment.updated_at = at;
            deployment.reason = Some("Service deployment stopped because a user requested it.".to_owned());
            service.wake = Some(at + self.config.timings.stop_request);
        }
        self.account.check_in(service);
        Ok(())
    }

    pub(super) fn continue_deployment(
        &self,
        input: &ContinueServiceDeploymentRequest,
    ) -> Result<ContinueServiceDeploymentResponse, ApiError> {
        let arn = required(input.service_deployment_arn.clone(), "serviceDeploymentArn")?;
        let hook = required(input.hook_id.clone(), "hookId")?;
        self.deployment_status(&arn)?;
        invalid(format!("The service deployment has no lifecycle hook {hook:?} that waits."))
    }

    fn deployment_status(&self, arn: &str) -> Result<(ServiceKey, DeploymentStatus), ApiError> {
        let missing = || ErrorKind::ServiceDeploymentNotFound.with("Service deployment not found.");
        let Some(Named::Deployment(key, id)) = self.config.named(arn) else { return Err(missing()) };
        let service = self.account.service(&key).ok_or_else(missing)?;
        let deployment = service.deployments.iter().find(|deployment| deployment.id == id).ok_or_else(missing)?;
        Ok((key, deployment.status))
    }
}
