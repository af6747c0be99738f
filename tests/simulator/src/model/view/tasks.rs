//! ListTasks and DescribeTasks: running tasks, and for an hour those that stopped, with the reason.
use super::super::Model;
use super::super::arn::Named;
use super::super::error::{ApiError, ErrorKind, invalid};
use super::super::service::{Revision, Service, Task};
use super::super::tag;
use super::super::task_definition::MAIN;
use super::{Page, at_most, includes_tags, missing};
use crate::wire::{self, Container, DescribeTasksRequest, DescribeTasksResponse, ListTasksRequest, ListTasksResponse};

impl Model {
    pub(in super::super) fn list_tasks(&self, input: &ListTasksRequest) -> Result<ListTasksResponse, ApiError> {
        let cluster = self.existing_cluster(input.cluster.as_deref())?;
        let stopped = match input.desired_status.as_deref() {
            None | Some("RUNNING" | "PENDING") => false,
            Some("STOPPED") => true,
            Some(other) => {
                return invalid(format!("desiredStatus must be RUNNING, PENDING or STOPPED, not {other:?}."));
            }
        };
        let key = input.service_name.as_deref().map(|name| {
            let key = self.config.service_key(&cluster, name).filter(|key| self.account.service(key).is_some());
            key.ok_or_else(|| ErrorKind::ServiceNotFound.with("Service not found."))
        });
        let key = key.transpose()?;
        let launch_fits = input.launch_type.as_deref().is_none_or(|launch| launch == "FARGATE");
        let mut arns = Vec::new();
        for service in self.account.services(Some(&cluster)) {
            let family = format!("{}-{}", service.key.cluster, service.key.name);
            let fits = key.as_ref().is_none_or(|key| *key == service.key)
                && input.family.as_ref().is_none_or(|wanted| *wanted == family)
                && launch_fits;
            let shown =
                service.tasks.iter().filter(|task| fits && self.is_shown(task) && task.stopped.is_some() == stopped);
            arns.extend(shown.map(|task| self.config.task_arn(&cluster, &task.id)));
        }
        let page = Page { token: input.next_token.as_deref(), size: input.max_results, default_size: 100 };
        let (task_arns, next_token) = page.cut(arns)?;
        Ok(ListTasksResponse { task_arns: Some(task_arns), next_token })
    }

    pub(in super::super) fn describe_tasks(
        &self,
        input: &DescribeTasksRequest,
    ) -> Result<DescribeTasksResponse, ApiError> {
        let cluster = self.existing_cluster(input.cluster.as_deref())?;
        let names = at_most(input.tasks.as_deref(), 100, "tasks")?;
        let with_tags = includes_tags(input.include.as_ref())?;
        let (mut tasks, mut failures) = (Vec::new(), Vec::new());
        for name in names {
            let id = match self.config.named(&name) {
                Some(Named::Task(_, id)) => id,
                _ => name.clone(),
            };
            match self.find_task(&cluster, &id) {
                Some((service, task, revision)) => tasks.push(self.view_task(service, task, revision, with_tags)),
                None if name.starts_with("arn:") => failures.push(missing(name)),
                None => failures.push(missing(self.config.task_arn(&cluster, &id))),
            }
        }
        Ok(DescribeTasksResponse { tasks: Some(tasks), failures: Some(failures) })
    }

    fn find_task<'a>(&'a self, cluster: &'a str, id: &str) -> Option<(&'a Service, &'a Task, &'a Revision)> {
        self.account.services(Some(cluster)).find_map(|service| {
            let task = service.tasks.iter().find(|task| task.id == id && self.is_shown(task))?;
            Some((service.as_ref(), task, service.revisions.get(task.revision)?))
        })
    }

    fn is_shown(&self, task: &Task) -> bool {
        let kept = self.config.timings.stopped_task;
        task.stopped.as_ref().is_none_or(|stopped| self.now.since(stopped.at) < kept)
    }

    fn view_task(&self, service: &Service, task: &Task, revision: &Revision, with_tags: bool) -> wire::Task {
        let stopped = task.stopped.as_ref();
        let runs = task.runs(self.now);
        let last_status = match stopped {
            Some(_) => "STOPPED",
            None if runs => "RUNNING",
            None => "PENDING",
        };
        let arn = self.config.task_arn(&service.key.cluster, &task.id);
        let started_at = task.starts_at.filter(|at| *at <= stopped.map_or(self.now, |stopped| stopped.at));
        let health = "UNKNOWN".to_owned();
        let configuration = &revision.configuration;
        wire::Task {
            availability_zone: Some(format!("{}a", self.config.region)),
            capacity_provider_name: Some(service.capacity_provider.clone()),
            cluster_arn: Some(self.config.cluster_arn(&service.key.cluster)),
            containers: Some(vec![Container {
                container_arn: Some(self.config.arn("ecs", &format!("container/{}/{}", service.key.cluster, task.id))),
                task_arn: Some(arn.clone()),
                name: Some(MAIN.to_owned()),
                image: Some(configuration.container.image.clone()),
                image_digest: started_at.map(|_| revision.image_digest.clone()),
                last_status: Some(last_status.to_owned()),
                exit_code: stopped.and_then(|stopped| stopped.exit_code),
                reason: stopped.and_then(|stopped| stopped.container_reason.clone()),
                health_status: Some(health.clone()),
            }]),
            cpu: Some(configuration.cpu.to_string()),
            created_at: Some(task.created_at),
            desired_status: Some(if stopped.is_some() { "STOPPED" } else { "RUNNING" }.to_owned()),
            group: Some(format!("service:{}", service.key.name)),
            health_status: Some(health),
            last_status: Some(last_status.to_owned()),
            launch_type: Some("FARGATE".to_owned()),
            memory: Some(configuration.memory.to_string()),
            platform_version: Some("1.4.0".to_owned()),
            platform_family: Some("Linux".to_owned()),
            started_at,
            started_by: Some(format!("ecs-svc/{}", revision.id)),
            stop_code: stopped.map(|stopped| stopped.code.to_owned()),
            stopped_at: stopped.map(|stopped| stopped.at),
            stopped_reason: stopped.map(|stopped| stopped.reason.clone()),
            stopping_at: stopped.map(|stopped| stopped.at),
            tags: with_tags.then(|| tag::list(&task.tags)),
            task_arn: Some(arn),
            task_definition_arn: Some(configuration.task_definition.clone()),
            version: Some(1),
        }
    }
}
