//! The account as a model checker tells states apart: identifiers by their place, moments by their distance from now, and without
//! what no call that decides anything can read (events, ids of tasks and of managed resources, the numbers of task definitions).
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::Model;
use super::deployment::Deployment;
use super::service::{Revision, Service};
use crate::time::Time;

/// The past is told apart up to here.
const MEMORY: Duration = Duration::from_secs(60);

impl Model {
    /// The account in normal form, into `hasher`. Two accounts with the same go on in the same way.
    pub fn digest(&self, hasher: &mut impl Hasher) {
        for service in self.account.services(None) {
            self.digest_service(service, hasher);
        }
        for (key, service) in &self.account.classic {
            (key, service).hash(hasher);
        }
        self.account.fates.hash(hasher);
        self.config.switches.hash(hasher);
    }

    /// The identifiers of revisions and deployments, in an order that does not depend on them.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        self.account.services(None).flat_map(|service| {
            let revisions = service.revisions.iter().map(|revision| revision.id.as_str());
            revisions.chain(service.deployments.iter().map(|deployment| deployment.id.as_str()))
        })
    }

    /// When each service was created.
    pub fn creations(&self) -> impl Iterator<Item = Time> {
        self.account.services(None).map(|service| service.created_at)
    }

    fn digest_service(&self, service: &Service, hasher: &mut impl Hasher) {
        (&service.key, &service.tags, service.serving, service.desired_count).hash(hasher);
        (service.status.name(), &service.infrastructure_role).hash(hasher);
        (self.until(service.wake), self.ago(service.created_at)).hash(hasher);
        self.until(service.infrastructure.ready_at()).hash(hasher);
        service.revisions.len().hash(hasher);
        for revision in &service.revisions {
            self.digest_revision(revision, hasher);
        }
        service.deployments.len().hash(hasher);
        for deployment in &service.deployments {
            self.digest_deployment(deployment, hasher);
        }
        for task in service.tasks.iter().filter(|task| task.stopped.is_none()) {
            (task.revision, self.until(task.starts_at)).hash(hasher);
        }
    }

    fn digest_revision(&self, revision: &Revision, hasher: &mut impl Hasher) {
        let configuration = &revision.configuration;
        (&configuration.container.image, &configuration.cpu, &configuration.memory).hash(hasher);
        (&configuration.scaling, &configuration.health_check_path, &configuration.network).hash(hasher);
        (&configuration.container.environment, &configuration.container.command).hash(hasher);
        self.ago(revision.created_at).hash(hasher);
    }

    fn digest_deployment(&self, deployment: &Deployment, hasher: &mut impl Hasher) {
        let Deployment { target, sources, status, phase, fate, failed_tasks, rollback, .. } = deployment;
        (target, sources, status, phase, fate, failed_tasks).hash(hasher);
        rollback.as_ref().map(|rollback| rollback.revision).hash(hasher);
        self.ago(deployment.created_at).hash(hasher);
    }

    /// How long ago, as far as anything depends on it.
    fn ago(&self, at: Time) -> Duration {
        self.now.since(at).min(MEMORY)
    }

    /// How long until then; zero for what is past.
    fn until(&self, at: Option<Time>) -> Option<Duration> {
        at.map(|at| at.since(self.now))
    }
}
