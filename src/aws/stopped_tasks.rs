//! Why a rollout failed, from the tasks that stopped: the line that is otherwise found only in the AWS console.
//!
//! Costs two calls, made only once a deployment has been seen to fail. What cannot be read here is left out: ECS's own
//! words about the deployment stand without it.

use aws_sdk_ecs::types as ecs;

use crate::core::failure::{Failure, Operation};
use crate::core::observed::Place;
use crate::core::rollout::{Deployment, DeploymentState};

use super::client::Ecs;
use super::convert_in::text;
use super::error::tidy;

/// Stopped tasks that are looked at. ECS keeps them for an hour (developer guide: stopped-task-errors).
const LOOKED_AT: i32 = 10;

/// How ECS begins to say that it stopped a task itself because it was no longer wanted: no reason for a failure.
const NOT_WANTED: &str = "Scaling activity";

impl Ecs {
    /// The deployment with the reason of its last failed task, if it failed because of its tasks.
    pub(super) async fn with_stopped_task(&self, place: &Place, ended: Deployment) -> Deployment {
        let failed = matches!(
            ended.state,
            DeploymentState::RollbackSuccessful | DeploymentState::RollbackFailed | DeploymentState::Stopped
        );
        let revision = ended.target.as_ref().and_then(|target| target.arn.rsplit('/').next()).map(str::to_owned);
        let (Some(revision), true, true) = (revision, failed, ended.triggered_alarms.is_empty()) else { return ended };
        let stopped_task = self.stopped_task(place, &revision).await.unwrap_or_else(|failure| {
            // What AWS says may quote what was sent, and here nobody knows what of it is secret.
            let Failure { operation, code, request_id, .. } = failure;
            tracing::debug!(%operation, code, request_id, "why tasks stopped could not be read");
            None
        });
        Deployment { stopped_task, ..ended }
    }

    async fn stopped_task(&self, place: &Place, revision: &str) -> Result<Option<String>, Failure> {
        let list = self
            .reads
            .list_tasks()
            .cluster(&place.cluster)
            .service_name(&place.service_name)
            .desired_status(ecs::DesiredStatus::Stopped)
            .max_results(LOOKED_AT);
        let arns = self.calls.track(Operation::ListTasks, list.send()).await?.task_arns.unwrap_or_default();
        if arns.is_empty() {
            return Ok(None);
        }
        let describe = self.reads.describe_tasks().cluster(&place.cluster).set_tasks(Some(arns));
        let tasks = self.calls.track(Operation::DescribeTasks, describe.send()).await?.tasks.unwrap_or_default();
        // `ecs-svc/<n>`: the number of the revision (terraform-provider-aws: service.go, findPrimaryDeploymentARN).
        let of_it = tasks.into_iter().filter(|task| task.started_by().is_some_and(|by| by.ends_with(revision)));
        let failed = of_it.filter(|task| !task.stopped_reason().is_some_and(|why| why.starts_with(NOT_WANTED)));
        Ok(failed.max_by_key(|task| task.stopped_at).and_then(why_it_stopped))
    }
}

/// `CannotPullContainerError: …`, or `Essential container in task exited (exit code 1: OutOfMemoryError …)`.
fn why_it_stopped(task: ecs::Task) -> Option<String> {
    let container =
        task.containers.unwrap_or_default().into_iter().find(|c| c.exit_code.is_some() || c.reason.is_some());
    let (code, reason) = container.map_or((None, None), |c| (c.exit_code, text(c.reason)));
    let why = text(task.stopped_reason).or_else(|| reason.clone())?;
    let detail = reason.filter(|reason| !why.contains(reason.as_str()));
    let said = match (code, detail) {
        (None, None) => why,
        (None, Some(detail)) => format!("{why} ({detail})"),
        (Some(code), None) => format!("{why} (exit code {code})"),
        (Some(code), Some(detail)) => format!("{why} (exit code {code}: {detail})"),
    };
    Some(tidy(&said))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;
    use crate::aws::canned::{Answer, Canned, DEPLOYMENT, REVISION};
    use crate::core::rollout::RevisionLoad;

    #[tokio::test]
    async fn the_last_task_of_the_revision_that_failed_says_why() {
        let task = |of: &str, at: i64, reason: &str| json!({"startedBy": of, "stoppedAt": at, "stoppedReason": reason});
        let own = "ecs-svc/1111111111111111111";
        let tasks = [
            task(own, 1, "an earlier one"),
            task(own, 3, "the last one"),
            task("ecs-svc/2", 4, "one of another revision"),
            task(own, 5, "Scaling activity initiated by (service web)"),
            task(own, 2, "one between"),
        ];
        let aws = Canned::start();
        aws.answers("ListTasks", Answer::ok(&json!({"taskArns": ["arn:1"]})))
            .answers("DescribeTasks", Answer::ok(&json!({"tasks": tasks})));
        let place = Place { cluster: "shop".to_owned(), service_name: "web".to_owned() };
        let ended = |state| Deployment {
            state,
            target: Some(RevisionLoad { arn: REVISION.to_owned(), ..RevisionLoad::default() }),
            ..Deployment::just_begun(DEPLOYMENT.to_owned())
        };

        let failed = ended(DeploymentState::RollbackSuccessful);
        let read = aws.ecs.with_stopped_task(&place, failed.clone()).await;

        assert_eq!(read, Deployment { stopped_task: Some("the last one".to_owned()), ..failed });
        let successful = ended(DeploymentState::Successful);
        assert_eq!(aws.ecs.with_stopped_task(&place, successful.clone()).await, successful);
        assert_eq!(aws.operations(), ["ListTasks", "DescribeTasks"], "what did not fail is not asked about");
    }

    fn stopped(reason: &str, container: ecs::Container) -> Option<String> {
        why_it_stopped(ecs::Task::builder().stopped_reason(reason).containers(container).build())
    }

    #[test]
    fn what_ecs_says_twice_is_said_once() {
        let said = "CannotPullContainerError: shop/web:2: not found";
        let container = ecs::Container::builder().reason(said).build();
        assert_eq!(stopped(said, container).unwrap(), said);
    }

    #[test]
    fn an_exit_code_and_its_reason_are_told() {
        let essential = "Essential container in task exited";
        let container = ecs::Container::builder().exit_code(137).reason("OutOfMemoryError").build();
        assert_eq!(stopped(essential, container).unwrap(), format!("{essential} (exit code 137: OutOfMemoryError)"));
        let container = ecs::Container::builder().exit_code(1).build();
        assert_eq!(stopped(essential, container).unwrap(), format!("{essential} (exit code 1)"));
    }

    #[test]
    fn a_task_that_says_nothing_is_no_reason() {
        assert_eq!(why_it_stopped(ecs::Task::builder().build()), None);
    }
}
