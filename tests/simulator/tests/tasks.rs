//! Tasks, and why they stopped.
use crate::given::*;
use express_simulator::wire::*;

fn tasks(story: &mut Story, status: &str) -> Vec<Task> {
    let request = ListTasksRequest { service_name: text("web"), desired_status: text(status), ..Default::default() };
    let arns = story.list_tasks(request).unwrap().task_arns.unwrap();
    if arns.is_empty() {
        return Vec::new();
    }
    let request = DescribeTasksRequest { tasks: Some(arns), ..Default::default() };
    story.describe_tasks(request).unwrap().tasks.unwrap()
}

fn why_it_failed(image: &str) -> Task {
    let mut story = Story::begins().where_web_runs().where_switch("architecture_is_detected", "false");
    story.image(image);
    story.settles();
    let mut failed = tasks(&mut story, "STOPPED");
    failed.retain(|task| task.containers.as_ref().unwrap()[0].image.as_deref() == Some(image));
    assert_eq!(failed.len(), 3);
    failed.remove(0)
}

/// An image that cannot be pulled: TaskFailedToStart, CannotPullContainerError.
/// [D] developer guide: stopped task error codes
#[test]
fn a_task_that_cannot_pull_says_so() {
    let task = why_it_failed("nginx:cannot-pull");
    assert_eq!(task.stop_code.as_deref(), Some("TaskFailedToStart"));
    assert!(task.stopped_reason.unwrap().starts_with("CannotPullContainerError"));
    assert_eq!(task.started_at, None);
}

/// A container that exits: EssentialContainerExited, with its exit code.
/// [D] developer guide: stopped task error codes
#[test]
fn a_task_that_crashes_has_an_exit_code() {
    let task = why_it_failed("nginx:crash");
    assert_eq!(task.stop_code.as_deref(), Some("EssentialContainerExited"));
    assert_eq!(task.containers.unwrap()[0].exit_code, Some(1));
}

/// A task that fails its health checks: stopped by the scheduler, "Task failed ELB health checks".
/// [D] developer guide: stopped task error codes
#[test]
fn a_task_that_is_unhealthy_failed_elb_health_checks() {
    let task = why_it_failed("nginx:unhealthy");
    assert_eq!(task.stop_code.as_deref(), Some("ServiceSchedulerInitiated"));
    let reason = task.stopped_reason.unwrap();
    assert!(
        reason.starts_with("Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:"),
        "{reason}"
    );
}

/// Tags propagate from the service to its tasks.
/// [D] developer guide: express-service-work
#[test]
fn tags_propagate_to_tasks() {
    let mut story = Story::begins();
    story.create(CreateExpressGatewayServiceRequest { tags: Some(tags(&[("a", "1")])), ..web("nginx:1") }).unwrap();
    story.settles();
    let arns = story.list_tasks(ListTasksRequest::default()).unwrap().task_arns;
    let request = DescribeTasksRequest { tasks: arns, include: strings(&["TAGS"]), ..Default::default() };
    assert_eq!(story.describe_tasks(request).unwrap().tasks.unwrap()[0].tags, Some(tags(&[("a", "1")])));
}

/// A stopped task can be read for an hour.
/// [M] botocore ECS model: DescribeTasks
#[test]
fn a_stopped_task_can_be_read_for_an_hour() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.settles();
    assert_eq!(tasks(&mut story, "STOPPED").len(), 1);
    story.after(3600);
    assert_eq!(tasks(&mut story, "STOPPED").len(), 0);
    assert_eq!(tasks(&mut story, "RUNNING").len(), 1);
}

/// A container for another architecture exits with "exec format error"; one that merely crashes gives no reason.
/// [O] classmethod: ecs-express-mode-arm64-fargate-spot-exec
#[test]
fn a_container_of_another_architecture_says_so() {
    let reason = |image| why_it_failed(image).containers.unwrap().remove(0).reason;
    assert_eq!(reason("nginx:arm64").as_deref(), Some("exec /usr/local/bin/app: exec format error"));
    assert_eq!(reason("nginx:crash"), None);
}

/// A task whose role or secret is not there fails to start: ResourceInitializationError.
/// [D] developer guide: stopped task error codes
#[test]
fn a_task_that_cannot_start_says_so() {
    let mut story = Story::begins().where_web_runs();
    let role = text("arn:aws:iam::123456789012:role/missing");
    story.update(UpdateExpressGatewayServiceRequest { execution_role_arn: role, ..change() }).unwrap();
    story.settles();
    let failed = tasks(&mut story, "STOPPED");
    let words = |task: &Task| task.stopped_reason.clone().unwrap_or_default();
    assert!(failed.iter().any(|task| words(task).starts_with("ResourceInitializationError")), "{failed:?}");
}

/// What cannot be pulled never runs, and what starts slowly runs ten minutes later.
/// [I] the simulator's own rule
#[test]
fn a_task_runs_when_its_container_does() {
    let running = |story: &mut Story| {
        let target = story.newest_deployment().target_service_revision.unwrap();
        (target.running_task_count.unwrap(), target.pending_task_count.unwrap())
    };
    for (image, after_a_minute, after_twelve) in
        [("nginx:2", (1, 0), (1, 0)), ("nginx:hang", (0, 1), (0, 1)), ("nginx:slow", (0, 1), (1, 0))]
    {
        let mut story = Story::begins().where_web_runs();
        story.image(image);
        story.reaches("SCALE_UP");
        assert_eq!(running(&mut story), (0, 1), "{image}");
        story.after(60);
        assert_eq!(running(&mut story), after_a_minute, "{image}");
        story.after(660);
        assert_eq!(running(&mut story), after_twelve, "{image}");
    }
}
