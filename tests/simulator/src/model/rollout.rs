//! The deployment engine: ten stages, and the ways back. Source: developer guide, `express-service-update-full`.
use std::ops::RangeInclusive;

use super::Model;
use super::deployment::{Deployment, DeploymentStatus, Phase, Rollback};
use super::fate::Fate;
use super::service::{Service, Stopped, Task};
use super::switches::{FirstDeploymentFailure, SupersededStatus};
use crate::time::Time;

/// The phases in which tasks of the target can fail.
const WITH_TASKS: RangeInclusive<Phase> = Phase::ScaleUp..=Phase::Bake;
/// The phases in which the alarm looks at the target's answers.
const WITH_TRAFFIC: RangeInclusive<Phase> = Phase::Canary..=Phase::Bake;

/// What goes wrong in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    TaskFails,
    Alarm,
    Hangs,
}

fn trouble(fate: Fate, phase: Phase, tasks: u32) -> Option<Trouble> {
    match fate {
        Fate::CannotPull
        | Fate::Crash
        | Fate::ExecFormat
        | Fate::CannotStart
        | Fate::Unhealthy
        | Fate::RollbackFails => (WITH_TASKS.contains(&phase) && tasks > 0).then_some(Trouble::TaskFails),
        Fate::Answers5xx | Fate::Answers4xx => WITH_TRAFFIC.contains(&phase).then_some(Trouble::Alarm),
        Fate::Hang => WITH_TASKS.contains(&phase).then_some(Trouble::Hangs),
        Fate::Healthy | Fate::Slow | Fate::Wedge | Fate::WedgeSilent => None,
    }
}

/// How many failed tasks trigger the circuit breaker: half of the desired count, at least 3 and at most 200.
pub(super) fn breaker_threshold(desired_count: u32) -> u32 {
    desired_count.div_ceil(2).clamp(3, 200)
}

impl Model {
    /// Starts a deployment of the revision `target`; one in flight is overtaken.
    pub(super) fn deploy(&mut self, service: &mut Service, target: usize, fate: Fate, at: Time) {
        let live = |index: &usize| service.tasks.iter().any(|task| task.revision == *index && task.stopped.is_none());
        let sources = service.active_revisions().into_iter().filter(|index| live(index)).collect();
        let superseded = match self.config.switches.superseded_deployment_status {
            SupersededStatus::Stopped => DeploymentStatus::Stopped,
            SupersededStatus::RollbackSuccessful => DeploymentStatus::RollbackSuccessful,
            SupersededStatus::Successful => DeploymentStatus::Successful,
        };
        if let Some(overtaken) = service.in_flight_mut() {
            overtaken.end(superseded, at, Some("A newer service deployment has replaced this one.".to_owned()));
        }
        service.deployments.push(Deployment {
            id: self.account.ids.deployment(),
            target,
            sources,
            created_at: at,
            started_at: None,
            finished_at: None,
            stopped_at: None,
            updated_at: at,
            status: DeploymentStatus::Pending,
            reason: None,
            phase: Phase::Waiting,
            fate,
            failed_tasks: 0,
            breaker_triggered: false,
            alarm_triggered: false,
            rollback: None,
        });
        service.updated_at = at;
        service.wake = Some(at + self.config.timings.pending);
    }

    /// What happens when a deployment's time has come.
    pub(super) fn advance(&mut self, service: &mut Service, at: Time) {
        let Some(deployment) = service.in_flight_mut() else { return };
        deployment.updated_at = at;
        match deployment.status {
            DeploymentStatus::Pending => {
                deployment.status = DeploymentStatus::InProgress;
                deployment.started_at = Some(at);
                let first = if deployment.sources.len() > 1 { Phase::Reconcile } else { Phase::PreScaleUp };
                self.enter(service, first, at);
            }
            DeploymentStatus::InProgress => self.step(service, at),
            DeploymentStatus::StopRequested => {
                deployment.end(DeploymentStatus::Stopped, at, None);
                let serving = service.serving;
                self.stop_other_tasks(service, serving, at);
            }
            DeploymentStatus::RollbackRequested => {
                deployment.status = DeploymentStatus::RollbackInProgress;
                service.wake = Some(at + self.config.timings.rollback);
            }
            DeploymentStatus::RollbackInProgress => self.rolled_back(service, at),
            DeploymentStatus::Successful
            | DeploymentStatus::Stopped
            | DeploymentStatus::RollbackSuccessful
            | DeploymentStatus::RollbackFailed => {}
        }
    }

    fn step(&mut self, service: &mut Service, at: Time) {
        let tasks = service.desired_count;
        let Some(deployment) = service.in_flight() else { return };
        match (trouble(deployment.fate, deployment.phase, tasks), deployment.phase.next()) {
            (Some(Trouble::TaskFails), _) => self.task_failed(service, at),
            (Some(Trouble::Alarm), _) => self.alarm(service, at),
            (Some(Trouble::Hangs), _) => {}
            (None, Some(Phase::Canary)) if deployment.sources.is_empty() => self.enter(service, Phase::FullShift, at),
            (None, Some(next)) => self.enter(service, next, at),
            (None, None) => self.succeed(service, at),
        }
    }

    fn enter(&mut self, service: &mut Service, phase: Phase, at: Time) {
        let Some(deployment) = service.in_flight_mut() else { return };
        deployment.phase = phase;
        deployment.updated_at = at;
        if phase == Phase::ScaleUp {
            self.launch(service, at);
        }
        service.wake = self.due_after(service, at);
    }

    /// When the phase of the deployment in flight is over; `None` when it never is.
    pub(super) fn due_after(&self, service: &Service, at: Time) -> Option<Time> {
        let timings = &self.config.timings;
        let deployment = service.in_flight()?;
        let wait = match trouble(deployment.fate, deployment.phase, service.desired_count) {
            Some(Trouble::Hangs) => return None,
            Some(Trouble::Alarm) => timings.alarm,
            Some(Trouble::TaskFails) => match deployment.fate {
                Fate::Crash | Fate::ExecFormat => timings.crash,
                Fate::Unhealthy => return Some(at.max(service.infrastructure.ready_at()?) + timings.unhealthy),
                _ => timings.failed_start,
            },
            None => match deployment.phase {
                Phase::Reconcile => timings.reconcile,
                Phase::ScaleUp => {
                    let slow =
                        if deployment.fate == Fate::Slow { timings.slow_start } else { std::time::Duration::ZERO };
                    let running = at + timings.task_start + slow;
                    return Some(running.max(service.infrastructure.ready_at()?) + timings.health_checks);
                }
                Phase::Canary => timings.canary_bake,
                Phase::Bake => timings.bake,
                Phase::CleanUp => timings.clean_up,
                _ => timings.short_stage,
            },
        };
        Some(at + wait)
    }

    /// Starts the target's tasks, and forgets those that stopped long ago.
    fn launch(&mut self, service: &mut Service, at: Time) {
        let kept = self.config.timings.stopped_task;
        service.tasks.retain(|task| task.stopped.as_ref().is_none_or(|stopped| at.since(stopped.at) < kept));
        let Some(deployment) = service.in_flight() else { return };
        let revision = deployment.target;
        let starts_at = match deployment.fate {
            Fate::CannotPull | Fate::CannotStart | Fate::RollbackFails | Fate::Hang => None,
            Fate::Slow => Some(at + self.config.timings.task_start + self.config.timings.slow_start),
            _ => Some(at + self.config.timings.task_start),
        };
        for _ in 0..service.desired_count {
            let id = self.account.ids.hex(32);
            let task = Task::new(id, service, revision, at, starts_at);
            service.tasks.push(task);
        }
        let message = format!("has started {} tasks.", service.desired_count);
        service.say(self.account.ids.uuid(), at, message);
    }

    /// All tasks of the target fail once.
    fn task_failed(&mut self, service: &mut Service, at: Time) {
        let threshold = breaker_threshold(service.desired_count);
        let Some(deployment) = service.in_flight() else { return };
        let (target, fate) = (deployment.target, deployment.fate);
        // Each revision has the target group that the one before it has not.
        let group = service.infrastructure.target_groups.get(target % 2).map(|id| self.config.target_group_arn(id));
        let group = group.unwrap_or_default();
        let Some(revision) = service.revisions.get(target) else { return };
        let (stopped, port) = (how_it_failed(fate, revision, &group, at), revision.configuration.container.port);
        if fate == Fate::Unhealthy {
            let codes = "Health checks failed with these codes: [404]";
            let message = format!("(port {port}) is unhealthy in (target-group {group}) due to (reason {codes}).");
            service.say(self.account.ids.uuid(), at, message);
        }
        let mut failures = 0;
        for task in service.tasks.iter_mut().filter(|task| task.revision == target && task.stopped.is_none()) {
            task.stopped = Some(stopped.clone());
            failures += 1;
        }
        service.say(self.account.ids.uuid(), at, format!("was unable to keep its tasks running: {}", stopped.reason));
        let Some(deployment) = service.in_flight_mut() else { return };
        deployment.failed_tasks += failures;
        if deployment.failed_tasks >= threshold {
            deployment.breaker_triggered = true;
            let reason = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
            self.fail(service, reason, at);
        } else {
            self.launch(service, at);
            service.wake = self.due_after(service, at);
        }
    }

    fn alarm(&mut self, service: &mut Service, at: Time) {
        let name = service.alarm_name();
        if let Some(deployment) = service.in_flight_mut() {
            deployment.alarm_triggered = true;
        }
        let reason = format!("Service deployment rolled back because the alarm {name} is in the ALARM state.");
        self.fail(service, &reason, at);
    }

    /// Goes back to the revision that served before; a first deployment has none.
    pub(super) fn fail(&mut self, service: &mut Service, reason: &str, at: Time) {
        service.say(self.account.ids.uuid(), at, reason.to_owned());
        let serving = service.serving;
        let Some(deployment) = service.in_flight_mut() else { return };
        deployment.updated_at = at;
        deployment.reason = Some(reason.to_owned());
        if let Some(revision) = serving {
            deployment.status = DeploymentStatus::RollbackRequested;
            deployment.rollback = Some(Rollback { reason: reason.to_owned(), started_at: at, revision });
            service.wake = Some(at + self.config.timings.stop_request);
            return;
        }
        let reason =
            Some("The first deployment of the service failed: there is no revision to roll back to.".to_owned());
        match self.config.switches.first_deployment_failure {
            FirstDeploymentFailure::InProgress => return,
            FirstDeploymentFailure::Stopped => deployment.end(DeploymentStatus::Stopped, at, reason),
            FirstDeploymentFailure::RollbackFailed => deployment.end(DeploymentStatus::RollbackFailed, at, reason),
        }
        self.stop_other_tasks(service, None, at);
    }

    fn rolled_back(&mut self, service: &mut Service, at: Time) {
        let serving = service.serving;
        let Some(deployment) = service.in_flight_mut() else { return };
        if deployment.fate == Fate::RollbackFails {
            deployment.end(DeploymentStatus::RollbackFailed, at, Some("The rollback failed.".to_owned()));
        } else {
            deployment.end(DeploymentStatus::RollbackSuccessful, at, None);
        }
        self.stop_other_tasks(service, serving, at);
        service.updated_at = at;
    }

    fn succeed(&mut self, service: &mut Service, at: Time) {
        let Some(deployment) = service.in_flight_mut() else { return };
        let target = deployment.target;
        deployment.end(DeploymentStatus::Successful, at, None);
        service.serving = Some(target);
        service.updated_at = at;
        self.stop_other_tasks(service, Some(target), at);
        service.say(self.account.ids.uuid(), at, "has reached a steady state.".to_owned());
    }

    /// Stops every task but those of the revision `kept`.
    pub(super) fn stop_other_tasks(&mut self, service: &mut Service, kept: Option<usize>, at: Time) {
        let reason = format!("Scaling activity initiated by (service {})", service.key.name);
        for task in &mut service.tasks {
            if task.stopped.is_none() && kept != Some(task.revision) {
                let exit_code = task.runs(at).then_some(0);
                let stopped = Stopped {
                    at,
                    code: "ServiceSchedulerInitiated",
                    reason: reason.clone(),
                    container_reason: None,
                    exit_code,
                };
                task.stopped = Some(stopped);
            }
        }
    }
}

/// What DescribeTasks says about a task of this fate.
fn how_it_failed(fate: Fate, revision: &super::service::Revision, target_group: &str, at: Time) -> Stopped {
    let image = &revision.configuration.container.image;
    let (code, reason, container_reason, exit_code) = match fate {
        Fate::Crash | Fate::ExecFormat => {
            let exec = "exec /usr/local/bin/app: exec format error".to_owned();
            let container_reason = (fate == Fate::ExecFormat).then_some(exec);
            ("EssentialContainerExited", "Essential container in task exited".to_owned(), container_reason, Some(1))
        }
        Fate::Unhealthy => {
            let reason = format!("Task failed ELB health checks in (target-group {target_group})");
            ("ServiceSchedulerInitiated", reason, None, Some(0))
        }
        Fate::CannotStart => {
            let reason = "ResourceInitializationError: unable to pull secrets or registry auth: the execution role could not \
                          be assumed, or a secret was not found";
            ("TaskFailedToStart", reason.to_owned(), None, None)
        }
        _ => {
            let reason =
                format!("CannotPullContainerError: pull image manifest has been retried 1 time(s): {image}: not found");
            ("TaskFailedToStart", reason.clone(), Some(reason), None)
        }
    };
    Stopped { at, code, reason, container_reason, exit_code }
}

impl Service {
    /// The alarm that watches the share of 4xx and 5xx answers.
    pub(super) fn alarm_name(&self) -> String {
        format!("AmazonECSManaged-{}-{}-4xx5xx", self.key.cluster, self.key.name)
    }
}
