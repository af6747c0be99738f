//! Service revisions.
use super::super::Model;
use super::super::arn::Named;
use super::super::error::{ApiError, invalid};
use super::super::service::{Revision, Service, Status};
use super::super::task_definition::MAIN;
use super::services::strategy;
use super::{at_most, missing};
use crate::wire::{
    ContainerImage, DescribeServiceRevisionsRequest, DescribeServiceRevisionsResponse, RuntimePlatformOverride,
    ServiceRevision, ServiceRevisionOverrides,
};

impl Model {
    pub(in super::super) fn describe_revisions(
        &self,
        input: &DescribeServiceRevisionsRequest,
    ) -> Result<DescribeServiceRevisionsResponse, ApiError> {
        let arns = at_most(input.service_revision_arns.as_deref(), 20, "serviceRevisionArns")?;
        let (mut found, mut failures) = (Vec::new(), Vec::new());
        for arn in arns {
            match self.revision_view(&arn)? {
                Some(revision) => found.push(revision),
                None => failures.push(missing(arn)),
            }
        }
        Ok(DescribeServiceRevisionsResponse { service_revisions: Some(found), failures: Some(failures) })
    }

    fn revision_view(&self, arn: &str) -> Result<Option<ServiceRevision>, ApiError> {
        let (key, id) = match self.config.named(arn) {
            Some(Named::Revision(key, id)) => (key, id),
            _ => return invalid(format!("Invalid service revision ARN: {arn:?}.")),
        };
        let Some(service) = self.account.seen(&key, self.now) else { return Ok(None) };
        if service.status == Status::Inactive {
            return invalid("Cannot call DescribeServiceRevisions for a service that is INACTIVE");
        }
        let revision = service.revisions.iter().find(|revision| revision.id == id);
        let revision = revision.filter(|revision| self.describable(revision.created_at));
        Ok(revision.map(|revision| self.view_revision(&service, revision)))
    }

    fn view_revision(&self, service: &Service, revision: &Revision) -> ServiceRevision {
        let overrides = revision.detected_architecture.map(|architecture| ServiceRevisionOverrides {
            runtime_platform: Some(RuntimePlatformOverride { cpu_architecture: Some(architecture.name().to_owned()) }),
        });
        ServiceRevision {
            service_revision_arn: Some(self.config.revision_arn(&service.key, &revision.id)),
            service_arn: Some(self.config.service_arn(&service.key)),
            cluster_arn: Some(self.config.cluster_arn(&service.key.cluster)),
            task_definition: Some(revision.configuration.task_definition.clone()),
            capacity_provider_strategy: Some(strategy(service)),
            platform_version: Some("1.4.0".to_owned()),
            platform_family: Some("Linux".to_owned()),
            load_balancers: Some(Vec::new()),
            network_configuration: Some(self.vpc(service, &revision.configuration)),
            container_images: Some(vec![ContainerImage {
                container_name: Some(MAIN.to_owned()),
                image_digest: Some(revision.image_digest.clone()),
                image: Some(revision.configuration.container.image.clone()),
            }]),
            guard_duty_enabled: Some(false),
            created_at: Some(revision.created_at),
            ecs_managed_resources: Some(self.view_managed(service, &revision.configuration)),
            overrides,
        }
    }
}
