//! One service: what ECS keeps about it.
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::arn::ServiceKey;
use super::configuration::{Architecture, Configuration};
use super::deployment::Deployment;
use super::infrastructure::Infrastructure;
use crate::time::Time;

/// The three statuses that ECS knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    Active,
    Draining { since: Time },
    Inactive,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Draining { .. } => "DRAINING",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// One incarnation of a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Service {
    pub key: ServiceKey,
    /// The cluster as the caller named it.
    pub cluster_sent: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub infrastructure_role: String,
    pub status: Status,
    pub tags: BTreeMap<String, String>,
    /// Without a scheme. Another one for each incarnation.
    pub endpoint: String,
    pub infrastructure: Infrastructure,
    /// Oldest first.
    pub revisions: Vec<Revision>,
    /// Oldest first. Only the last one can be in flight.
    pub deployments: Vec<Deployment>,
    /// The revision that the last successful deployment made: where a rollback goes.
    pub serving: Option<usize>,
    pub desired_count: u32,
    pub execute_command: bool,
    pub capacity_provider: String,
    /// Newest first, at most 100.
    pub events: VecDeque<Event>,
    /// Oldest first.
    pub tasks: Vec<Task>,
    /// When something happens next by itself.
    pub wake: Option<Time>,
}

/// One configuration, numbered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Revision {
    /// 19 digits.
    pub id: String,
    pub created_at: Time,
    pub configuration: Configuration,
    pub image_digest: String,
    /// Where the tasks run when the image was made for another architecture than the configured one.
    pub detected_architecture: Option<Architecture>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Event {
    pub id: String,
    pub at: Time,
    pub message: String,
}

/// One task of a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Task {
    pub id: String,
    /// Index in the service's revisions.
    pub revision: usize,
    pub created_at: Time,
    /// When its container runs; `None`: it never does.
    pub starts_at: Option<Time>,
    pub stopped: Option<Stopped>,
    /// The tags that the service had when it started: later ones are on newer tasks only.
    pub tags: Arc<BTreeMap<String, String>>,
}

impl Task {
    /// A task of `service` that is made now.
    pub(crate) fn new(
        id: String,
        service: &Service,
        revision: usize,
        created_at: Time,
        starts_at: Option<Time>,
    ) -> Self {
        Self { id, revision, created_at, starts_at, stopped: None, tags: Arc::new(service.tags.clone()) }
    }

    pub(crate) fn runs(&self, now: Time) -> bool {
        self.stopped.is_none() && self.starts_at.is_some_and(|at| at <= now)
    }
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Stopped {
    pub at: Time,
    pub code: &'static str,
    pub reason: String,
    pub container_reason: Option<String>,
    pub exit_code: Option<i32>,
}

/// How many tasks a revision has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TaskCount {
    pub running: i32,
    pub pending: i32,
}

impl Service {
    /// The deployment in flight.
    pub(crate) fn in_flight(&self) -> Option<&Deployment> {
        self.deployments.last().filter(|deployment| deployment.status.is_ongoing())
    }

    pub(crate) fn in_flight_mut(&mut self) -> Option<&mut Deployment> {
        self.deployments.last_mut().filter(|deployment| deployment.status.is_ongoing())
    }

    /// What the next partial update is merged into: the newest target, unless it was rolled back.
    pub(crate) fn base(&self) -> Option<&Revision> {
        let target = self.in_flight().map(|deployment| deployment.target);
        let index = target.or(self.serving).or_else(|| self.revisions.len().checked_sub(1))?;
        self.revisions.get(index)
    }

    /// The revisions that are active now, oldest first: one when stable, two during a canary.
    pub(crate) fn active_revisions(&self) -> Vec<usize> {
        let mut active: Vec<usize> = self.serving.into_iter().collect();
        let target = match (self.in_flight(), self.serving) {
            (Some(deployment), _) if deployment.shows_target() => Some(deployment.target),
            (_, None) => self.deployments.last().map(|deployment| deployment.target),
            _ => None,
        };
        active.extend(target.filter(|target| self.serving != Some(*target)));
        active
    }

    pub(crate) fn count(&self, revision: usize, now: Time) -> TaskCount {
        let mut count = TaskCount::default();
        for task in self.tasks.iter().filter(|task| task.revision == revision && task.stopped.is_none()) {
            if task.runs(now) {
                count.running += 1;
            } else {
                count.pending += 1;
            }
        }
        count
    }

    /// Writes an event for a person; the oldest of more than 100 goes.
    pub(crate) fn say(&mut self, id: String, at: Time, message: String) {
        self.events.push_front(Event { id, at, message: format!("(service {}) {message}", self.key.name) });
        self.events.truncate(100);
    }
}
