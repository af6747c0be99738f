//! A service that is not Express: a record that takes its name. It runs no tasks here.
use std::collections::BTreeMap;
use std::time::Duration;

use super::Model;
use super::arn::ServiceKey;
use super::error::{ApiError, ErrorKind, invalid, required};
use super::service::Status;
use super::{tag, validate};
use crate::time::Time;
use crate::wire::{self, CreateServiceRequest, CreateServiceResponse, DeleteServiceResponse, UpdateServiceRequest};

/// What ECS keeps about a service that is not Express.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ClassicService {
    created_at: Time,
    deleted_at: Option<Time>,
    desired_count: u32,
    task_definition: String,
    pub tags: BTreeMap<String, String>,
}

impl ClassicService {
    /// Where it is in its life; `None`: its record is gone. It is read off the clock and is no event of the model.
    fn status(&self, now: Time, drain: Duration, purge: Duration) -> Option<Status> {
        match self.deleted_at {
            None => Some(Status::Active),
            Some(since) if now < since + drain => Some(Status::Draining { since }),
            Some(since) if now < since + drain + purge => Some(Status::Inactive),
            Some(_) => None,
        }
    }
}

impl Model {
    /// The service of this name that is not Express, and its status.
    pub(super) fn classic(&self, key: &ServiceKey) -> Option<(&ClassicService, Status)> {
        let service = self.account.classic.get(key)?;
        let timings = &self.config.timings;
        Some((service, service.status(self.now, timings.drain, timings.purge)?))
    }

    pub(super) fn create_service(&mut self, input: CreateServiceRequest) -> Result<CreateServiceResponse, ApiError> {
        let name = required(input.service_name, "serviceName")?;
        validate::service_name(&name)?;
        let cluster = self.existing_cluster(input.cluster.as_deref())?;
        let tags = validate::tags(input.tags.as_deref().unwrap_or_default())?;
        let desired_count = validate::task_count(input.desired_count.unwrap_or(1), "desiredCount")?;
        let task_definition = required(input.task_definition, "taskDefinition")?;
        let key = ServiceKey::new(cluster, name);
        self.check_name(&key)?;
        drop(self.account.check_out(&key, self.now));
        let created = ClassicService { created_at: self.now, deleted_at: None, desired_count, task_definition, tags };
        self.account.classic.insert(key.clone(), created);
        Ok(CreateServiceResponse { service: self.view_classic(&key, true) })
    }

    /// Of all that can be updated, the number of tasks.
    pub(super) fn scale_classic(&mut self, key: &ServiceKey, input: &UpdateServiceRequest) -> Result<(), ApiError> {
        let Some(count) = input.desired_count else { return Ok(()) };
        let count = validate::task_count(count, "desiredCount")?;
        if let Some(service) = self.account.classic.get_mut(key) {
            service.desired_count = count;
        }
        Ok(())
    }

    pub(super) fn delete_classic(&mut self, key: &ServiceKey, force: bool) -> Result<DeleteServiceResponse, ApiError> {
        let at = self.now;
        match self.account.classic.get_mut(key) {
            Some(service) if service.desired_count > 0 && !force => {
                invalid("The service cannot be stopped while it is scaled above 0.")
            }
            Some(service) => {
                service.deleted_at = Some(at);
                Ok(DeleteServiceResponse { service: self.view_classic(key, false) })
            }
            None => Err(ErrorKind::ServiceNotFound.with("Service not found.")),
        }
    }

    pub(super) fn view_classic(&self, key: &ServiceKey, with_tags: bool) -> Option<wire::Service> {
        let (service, status) = self.classic(key)?;
        Some(wire::Service {
            service_arn: Some(self.config.service_arn(key)),
            service_name: Some(key.name.clone()),
            cluster_arn: Some(self.config.cluster_arn(&key.cluster)),
            status: Some(status.name().to_owned()),
            desired_count: i32::try_from(service.desired_count).ok(),
            running_count: Some(0),
            pending_count: Some(0),
            task_definition: Some(service.task_definition.clone()),
            deployments: Some(Vec::new()),
            events: Some(Vec::new()),
            created_at: Some(service.created_at),
            scheduling_strategy: Some("REPLICA".to_owned()),
            tags: with_tags.then(|| tag::list(&service.tags)),
            resource_management_type: Some("CUSTOMER".to_owned()),
            ..wire::Service::default()
        })
    }
}
