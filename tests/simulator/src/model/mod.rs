//! ECS Express Mode as a value: `apply` a call, let time pass with `tick`. No clock, no I/O, no randomness from outside.

mod account;
mod arn;
mod classic;
mod cluster;
mod config;
mod configuration;
mod create;
mod delete;
mod deployment;
mod digest;
mod error;
mod fate;
mod ids;
mod infrastructure;
mod merge;
mod out_of_band;
mod quota;
mod registration;
mod rollout;
mod service;
mod settings;
mod stop;
mod summary;
mod switches;
mod tag;
mod task_definition;
mod update;
mod validate;
mod view;

pub use account::Account;
pub use arn::ServiceKey;
pub use config::{Config, Timings};
pub use error::{ApiError, ErrorKind};
pub use fate::{Fate, FateRule};
pub use quota::{BucketSize, Category, QuotaConfig, category};
pub use summary::{DeploymentSummary, ServiceSummary, Summary};
pub use switches::{
    FirstDeploymentFailure, FirstDeploymentStop, RefusedRemovalStatus, SupersededStatus, SwitchError, SwitchInfo,
    Switches,
};

use crate::time::Time;
use crate::wire::{Operation, Request, Response};
use quota::Buckets;

/// ECS Express Mode for one account in one region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Model {
    config: Config,
    account: Account,
    buckets: Buckets,
    now: Time,
}

impl Model {
    /// An empty account, with the clusters of `config`.
    pub fn new(config: Config) -> Self {
        let account = Account::new(config.seed, &config.clusters);
        Self { config, account, buckets: Buckets::default(), now: Time::default() }
    }

    /// Lets time pass until `now`, then answers one call.
    ///
    /// # Errors
    /// As ECS would. A refused call takes its token from the quota and changes nothing else.
    pub fn apply(&mut self, request: impl Into<Request>, now: Time) -> Result<Response, ApiError> {
        self.tick(now);
        let request = request.into();
        self.take_tokens(request.operation())?;
        match request {
            Request::CreateExpressGatewayService(input) => {
                self.create(input).map(Response::CreateExpressGatewayService)
            }
            Request::UpdateExpressGatewayService(input) => {
                self.update(input).map(Response::UpdateExpressGatewayService)
            }
            Request::DescribeExpressGatewayService(input) => {
                self.describe(&input).map(Response::DescribeExpressGatewayService)
            }
            Request::DeleteExpressGatewayService(input) => {
                self.delete(&input).map(Response::DeleteExpressGatewayService)
            }
            Request::DescribeServices(input) => self.describe_services(&input).map(Response::DescribeServices),
            Request::ListServices(input) => self.list_services(&input).map(Response::ListServices),
            Request::CreateService(input) => self.create_service(input).map(Response::CreateService),
            Request::UpdateService(input) => self.update_service(input).map(Response::UpdateService),
            Request::DeleteService(input) => self.delete_service(&input).map(Response::DeleteService),
            Request::ListServiceDeployments(input) => {
                self.list_deployments(&input).map(Response::ListServiceDeployments)
            }
            Request::DescribeServiceDeployments(input) => {
                self.describe_deployments(&input).map(Response::DescribeServiceDeployments)
            }
            Request::StopServiceDeployment(input) => self.stop(&input).map(Response::StopServiceDeployment),
            Request::ContinueServiceDeployment(input) => {
                self.continue_deployment(&input).map(Response::ContinueServiceDeployment)
            }
            Request::DescribeServiceRevisions(input) => {
                self.describe_revisions(&input).map(Response::DescribeServiceRevisions)
            }
            Request::TagResource(input) => self.tag(&input).map(Response::TagResource),
            Request::UntagResource(input) => self.untag(&input).map(Response::UntagResource),
            Request::ListTagsForResource(input) => self.list_tags(&input).map(Response::ListTagsForResource),
            Request::RegisterTaskDefinition(input) => self.register(input).map(Response::RegisterTaskDefinition),
            Request::DescribeTaskDefinition(input) => {
                self.describe_task_definition(&input).map(Response::DescribeTaskDefinition)
            }
            Request::CreateCluster(input) => self.create_cluster(&input).map(Response::CreateCluster),
            Request::DescribeClusters(input) => self.describe_clusters(&input).map(Response::DescribeClusters),
            Request::ListTasks(input) => self.list_tasks(&input).map(Response::ListTasks),
            Request::DescribeTasks(input) => self.describe_tasks(&input).map(Response::DescribeTasks),
        }
    }

    /// Lets time pass until `now`. However it is cut into steps, the state at the end is the same.
    pub fn tick(&mut self, now: Time) {
        while let Some((at, key)) = self.account.due(now) {
            self.wake(&key, at);
        }
        self.now = self.now.max(now);
    }

    /// When something happens next by itself; `None` when nothing will.
    pub fn next_event(&self) -> Option<Time> {
        self.account.next_wake()
    }

    /// What ECS keeps: to compare before and after.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What the model was made with, and its switches as they are now.
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn take_tokens(&mut self, operation: Operation) -> Result<(), ApiError> {
        let mut wanted = vec![category(operation)];
        let drains = self.config.switches.express_update_drains_task_definition_bucket;
        if drains && operation == Operation::UpdateExpressGatewayService {
            wanted.push(Category::TaskDefinitionModify);
        }
        self.buckets.take(&self.config.quotas, &wanted, self.now)
    }

    fn wake(&mut self, key: &ServiceKey, at: Time) {
        let Some(mut service) = self.account.check_out(key, at) else { return };
        service.wake = None;
        match service.status {
            service::Status::Active => self.advance(&mut service, at),
            service::Status::Draining { .. } => self.drained(&mut service, at),
            // The record has been kept long enough.
            service::Status::Inactive => return,
        }
        self.account.check_in(service);
    }
}
