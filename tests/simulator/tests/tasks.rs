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

/// The tasks of one revision are in one target group of the two, and those of the next in the other.
/// [I] there are two and the weights of the rule move, [O] field report on rule weights
#[test]
fn the_next_revision_has_the_other_target_group() {
    let group = |task: Task| {
        let reason = task.stopped_reason.unwrap();
        reason.split("target-group ").nth(1).unwrap().split(')').next().unwrap().to_owned()
    };
    let mut story = Story::begins();
    story.create(web("nginx:unhealthy")).unwrap();
    story.settles();
    let first = group(tasks(&mut story, "STOPPED").remove(0));
    assert_ne!(first, group(why_it_failed("nginx:unhealthy")), "the first of a service, and the second");
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

/// Tasks are listed by family and by launch type; those of an Express service run on Fargate.
/// [M] botocore ECS model: ListTasksRequest
#[test]
fn tasks_are_listed_by_family_and_launch_type() {
    let mut story = Story::begins().where_web_runs();
    story.create(service("shop", "nginx:1")).unwrap();
    story.settles();
    story.after(600);
    let all = ListTasksRequest::default;
    for (request, count) in [
        (all(), 2),
        (ListTasksRequest { service_name: text("web"), ..all() }, 1),
        (ListTasksRequest { family: text("default-web"), ..all() }, 1),
        (ListTasksRequest { family: text("default-web"), service_name: text("shop"), ..all() }, 0),
        (ListTasksRequest { launch_type: text("FARGATE"), ..all() }, 2),
        (ListTasksRequest { launch_type: text("EC2"), ..all() }, 0),
    ] {
        assert_eq!(story.list_tasks(request.clone()).unwrap().task_arns.unwrap().len(), count, "{request:?}");
    }
}

/// A task is named by its identifier or its ARN, in its own cluster; what is missing is named by an ARN.
/// [M] botocore ECS model: DescribeTasksRequest
#[test]
fn a_task_is_found_by_identifier_and_by_arn_in_its_own_cluster() {
    let mut story = Story::begins().where_web_runs();
    story.create_cluster(CreateClusterRequest { cluster_name: text("shop"), tags: None }).unwrap();
    let task = story.list_tasks(ListTasksRequest::default()).unwrap().task_arns.unwrap().remove(0);
    let id = task.rsplit('/').next().unwrap().to_owned();
    let mut described = |cluster: &str, name: &str| {
        let request = DescribeTasksRequest { cluster: text(cluster), tasks: strings(&[name]), include: None };
        let answer = story.describe_tasks(request).unwrap();
        let found = answer.tasks.unwrap().into_iter().map(|task| task.task_arn.unwrap());
        found
            .chain(answer.failures.unwrap().into_iter().map(|it| format!("no {}", it.arn.unwrap())))
            .collect::<Vec<_>>()
    };
    for name in [&id, &task] {
        assert_eq!(described("default", name), std::slice::from_ref(&task));
    }
    assert_eq!(described("shop", &task), [format!("no {task}")], "it is of another cluster");
    let nothing = "arn:aws:ecs:us-east-1:123456789012:task/default/nothing";
    assert_eq!(described("default", "nothing"), [format!("no {nothing}")]);
    assert_eq!(described("default", nothing), [format!("no {nothing}")]);
}

/// A task is PENDING until its container runs, then RUNNING, and STOPPED in the end; it tells when it started.
/// [M] botocore ECS model: Task
#[test]
fn a_task_tells_how_far_it_is() {
    let mut story = Story::begins();
    story.create(web("nginx:1")).unwrap();
    let mut told = Vec::new();
    while story.classic().running_count != Some(1) {
        story.after(1);
        let listed = tasks(&mut story, "RUNNING");
        told.extend(listed.iter().map(|task| (task.last_status.clone().unwrap(), task.started_at.is_some())));
    }
    told.dedup();
    assert_eq!(told, [("PENDING".to_owned(), false), ("RUNNING".to_owned(), true)]);
    let started_at = tasks(&mut story, "RUNNING")[0].started_at;
    assert_eq!(started_at, Some(story.now), "it has just started");
    story.settles();
    story.delete(delete_web()).unwrap();
    story.after(600);
    let gone = tasks(&mut story, "STOPPED");
    assert_eq!(gone.iter().map(|task| task.last_status.as_deref().unwrap()).collect::<Vec<_>>(), ["STOPPED"]);
    assert_eq!(gone[0].started_at, started_at);
}
