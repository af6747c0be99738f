//! Writes to AWS. Nothing else in the crate can change anything there.
//!
//! Each write is one call that is sent once: after a failure of class `Unavailable` its outcome is unknown, and the next
//! reconcile looks before it writes again.

use aws_sdk_ecs::error::BuildError;
use aws_sdk_ecs::types::StopServiceDeploymentStopType;

use crate::core::configuration::Configuration;
use crate::core::failure::{Failure, FailureClass, Operation};
use crate::core::redaction::Redaction;
use crate::core::step::{AwsWrite, CreateService, Effect, Retag, TagChange, UpdateService};

use super::client::Ecs;
use super::convert_in::text;
use super::convert_out::{EmptyLists, parts, tags};
use super::error::{incomplete, tidy};

impl Ecs {
    /// Executes one write.
    ///
    /// # Errors
    /// What AWS refused, or that its answer was lost. A delete of what is draining or gone already is a success.
    pub async fn act(&self, write: AwsWrite<'_>) -> Result<Effect, Failure> {
        match write {
            AwsWrite::Create(create) => {
                self.create(create).await.map_err(|failure| without_values(failure, &create.configuration))
            }
            AwsWrite::Update(update) => {
                self.update(update).await.map_err(|failure| without_values(failure, &update.configuration))
            }
            AwsWrite::Retag(retag) => self.retag(retag).await,
            AwsWrite::Stop { deployment_arn } => self.stop(deployment_arn).await,
            AwsWrite::Delete { service_arn } => self.delete(service_arn).await,
        }
    }

    async fn create(&self, create: &CreateService) -> Result<Effect, Failure> {
        let operation = Operation::CreateExpressGatewayService;
        let wanted = &create.configuration;
        let parts = parts(wanted, EmptyLists::Omitted).map_err(|e| not_built(operation, &e))?;
        let call = self
            .writes
            .create_express_gateway_service()
            .service_name(&create.service_name)
            .cluster(&create.cluster)
            .infrastructure_role_arn(&create.infrastructure_role_arn)
            .set_execution_role_arn(wanted.execution_role_arn.clone())
            .set_task_role_arn(wanted.task_role_arn.clone())
            .set_task_definition_arn(wanted.task_definition_arn.clone())
            .set_primary_container(parts.container)
            .set_cpu(wanted.cpu.clone())
            .set_memory(wanted.memory.clone())
            .set_cpu_architecture(parts.cpu_architecture)
            .set_network_configuration(parts.network)
            .set_health_check_path(wanted.health_check_path.clone())
            .set_scaling_target(parts.scaling)
            .set_tags((!create.tags.is_empty()).then(|| tags(&create.tags)));
        let service = self.calls.track(operation, call.send()).await?.service;
        let service = service.ok_or_else(|| incomplete(operation, NO_SERVICE))?;
        Ok(Effect::Created { service_arn: text(service.service_arn).ok_or_else(|| incomplete(operation, NO_SERVICE))? })
    }

    async fn update(&self, update: &UpdateService) -> Result<Effect, Failure> {
        let operation = Operation::UpdateExpressGatewayService;
        let wanted = &update.configuration;
        let parts = parts(wanted, EmptyLists::Sent).map_err(|e| not_built(operation, &e))?;
        let call = self
            .writes
            .update_express_gateway_service()
            .service_arn(&update.service_arn)
            .set_execution_role_arn(wanted.execution_role_arn.clone())
            .set_task_role_arn(wanted.task_role_arn.clone())
            .set_task_definition_arn(wanted.task_definition_arn.clone())
            .set_primary_container(parts.container)
            .set_cpu(wanted.cpu.clone())
            .set_memory(wanted.memory.clone())
            .set_cpu_architecture(parts.cpu_architecture)
            .set_network_configuration(parts.network)
            .set_health_check_path(wanted.health_check_path.clone())
            .set_scaling_target(parts.scaling);
        let service = self.calls.track(operation, call.send()).await?.service;
        let target = service.and_then(|service| service.target_configuration);
        Ok(Effect::Updated { target_revision: target.and_then(|target| text(target.service_revision_arn)) })
    }

    async fn retag(&self, retag: &Retag) -> Result<Effect, Failure> {
        match &retag.change {
            TagChange::Set(set) => {
                let call = self.writes.tag_resource().resource_arn(&retag.service_arn).set_tags(Some(tags(set)));
                self.calls.track(Operation::TagResource, call.send()).await?;
            }
            TagChange::Remove(keys) => {
                let call =
                    self.writes.untag_resource().resource_arn(&retag.service_arn).set_tag_keys(Some(keys.clone()));
                self.calls.track(Operation::UntagResource, call.send()).await?;
            }
        }
        Ok(Effect::Retagged)
    }

    /// ECS rolls back what it stops: it takes no other type of stop (developer guide: stop-service-deployment).
    async fn stop(&self, deployment_arn: &str) -> Result<Effect, Failure> {
        let call = self
            .writes
            .stop_service_deployment()
            .service_deployment_arn(deployment_arn)
            .stop_type(StopServiceDeploymentStopType::Rollback);
        match self.calls.track(Operation::StopServiceDeployment, call.send()).await {
            Ok(_) => Ok(Effect::Stopped),
            // It has ended, or has nothing to go back to: not a fault of AWS, but something to look at again.
            Err(failure) if failure.code == "ConflictException" => {
                Err(Failure { class: FailureClass::NotFound, ..failure })
            }
            Err(failure) => Err(failure),
        }
    }

    async fn delete(&self, service_arn: &str) -> Result<Effect, Failure> {
        let call = self.writes.delete_express_gateway_service().service_arn(service_arn);
        let answer = self.calls.track(Operation::DeleteExpressGatewayService, call.send()).await;
        match answer {
            Ok(_) => Ok(Effect::Deleting),
            Err(failure) => match failure.class {
                FailureClass::NotActive | FailureClass::NotFound => Ok(Effect::Deleting),
                _ => Err(failure),
            },
        }
    }
}

const NO_SERVICE: &str = "ECS accepted the call, but its answer names no service";

fn not_built(operation: Operation, error: &BuildError) -> Failure {
    Failure {
        operation,
        class: FailureClass::InvalidParameter,
        code: "RequestNotBuilt".to_owned(),
        message: tidy(&error.to_string()),
        request_id: None,
    }
}

/// ECS may quote what it refuses; environment values are nobody's business.
fn without_values(failure: Failure, sent: &Configuration) -> Failure {
    Redaction::of(sent).failure(failure)
}

#[cfg(test)]
#[path = "act_tests.rs"]
mod tests;
