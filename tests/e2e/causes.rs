//! Row 8: a rollout that fails says which revision serves and why, in one line, and asks AWS for the cause only then.

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;
use serde_json::{Value, json};

use crate::vocabulary::{Manifest, Service, World, eventually, given_a_world};

/// The calls that look for a cause.
const OF_THE_CAUSE: [&str; 2] = ["ListTasks", "DescribeTasks"];

/// What AWS is asked for the cause.
fn asked(world: &World) -> [usize; 2] {
    OF_THE_CAUSE.map(|operation| world.calls().of(operation).len())
}

/// A service that served `nginx:1`, after this edit has failed.
fn given_a_failed<'w>(world: &'w World, edit: &Value) -> Service<'w> {
    let web = world.given_a_running("nginx:1");
    web.patch(&json!({"spec": edit}));
    web.has_deployments(2);
    web.rollout_ends();
    web
}

fn image(image: &str) -> Value {
    json!({"primaryContainer": {"image": image}})
}

/// `Ready` and `Stalled` say it in one line, with these words in this order, and which revision serves.
fn is_rolled_back(web: &Service<'_>, words: &[&str]) {
    let message = web.shows("Ready", "False", "RolledBack");
    assert_eq!(web.says("Stalled"), "True RolledBack");
    assert_eq!(web.message("Stalled"), message);
    let serving = web.text("/status/servingRevision");
    let serves = format!(". Revision {} serves. ", &serving[serving.len() - 7..]);
    let mut rest = message.as_str();
    for word in words.iter().copied().chain([serves.as_str()]) {
        let at = rest.find(word).unwrap_or_else(|| panic!("{word:?} is not, or not there, in: {message}"));
        rest = &rest[at + word.len()..];
    }
    assert!(!message.contains('\n') && message.len() < 900, "{message}");
    assert_eq!(web.column("MESSAGE"), message);
    assert_eq!(web.column("IMAGE"), "nginx:1");
    assert!(web.notes("RolledBack")[0].starts_with(&message[..message.len().min(500)]), "the event says it too");
}

/// Row 8: an alarm that ECS rolled back for is named, and no task is asked for.
#[test]
fn a_triggered_alarm_is_named() {
    let world = given_a_world();
    let web = given_a_failed(&world, &image("nginx:2-5xx"));

    let alarm = "AmazonECSManaged-default-web-4xx5xx";
    is_rolled_back(&web, &["image nginx:2-5xx was rolled back: ", "alarm in ALARM: ", alarm]);
    world.passes(5);
    assert_eq!(asked(&world), [0, 0]);
}

/// Row 8: an image that cannot be pulled is named with what the registry said, and how many tasks failed.
#[test]
fn an_image_that_cannot_be_pulled_is_named() {
    let world = given_a_world();
    let web = given_a_failed(&world, &image("nginx:2-cannot-pull"));

    let pull =
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): nginx:2-cannot-pull: not found";
    is_rolled_back(&web, &[pull, "circuit breaker threshold", "3 tasks failed, at 3 the circuit breaker triggers"]);
    world.passes(10);
    world.kill_the_controller();
    world.start_the_controller();
    world.passes(5);
    assert_eq!(asked(&world), [1, 1], "once, and not at every look");
}

/// Row 8: a container that exits tells its exit code.
#[test]
fn a_container_that_exits_tells_its_code() {
    let world = given_a_world();
    let web = given_a_failed(&world, &image("nginx:2-crash"));
    is_rolled_back(&web, &["image nginx:2-crash was rolled back: Essential container in task exited (exit code 1)"]);
}

/// Row 8: a secret that cannot be read is named as ECS names it.
#[test]
fn a_task_that_cannot_start_tells_why() {
    let world = given_a_world();
    let secret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:missing";
    let secrets = json!([{"name": "TOKEN", "valueFrom": secret}]);
    let edit = json!({"primaryContainer": {"image": "nginx:1", "secrets": secrets}});
    let web = given_a_failed(&world, &edit);
    is_rolled_back(&web, &["the last edit was rolled back: ResourceInitializationError: unable to pull secrets"]);
}

/// Row 8: a health check path is named with what it answered.
#[test]
fn a_health_check_path_is_named_with_its_answer() {
    let world = given_a_world();
    let web = given_a_failed(&world, &json!({"healthCheckPath": "/missing?full=1"}));
    is_rolled_back(
        &web,
        &["the last edit was rolled back: health check path /missing?full=1 answered 404 (task failed ELB"],
    );
}

/// Row 8: the path is known too when it was never written down.
#[test]
fn the_default_health_check_path_is_named_too() {
    let world = given_a_world();
    let web = given_a_failed(&world, &image("nginx:2-unhealthy"));
    is_rolled_back(&web, &["image nginx:2-unhealthy was rolled back: health check path / answered 404"]);
}

/// Row 8: a stop by somebody else is told from a failure, with where to find out who it was.
#[test]
fn a_stop_by_somebody_is_told_from_a_failure() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.reaches("BAKE_TIME");
    let arn = web.deployment().service_deployment_arn;
    world
        .somebody_calls(Operation::StopServiceDeployment, json!({"serviceDeploymentArn": arn, "stopType": "ROLLBACK"}));
    web.shows("Ready", "False", "RollingBack");
    web.rollout_ends();

    is_rolled_back(&web, &["a user requested it", "somebody may have stopped it (CloudTrail: StopServiceDeployment)"]);
}

/// Row 8: a rollback that fails too says both, and which revision has tasks.
#[test]
fn a_failed_rollback_says_what_is_left() {
    let world = given_a_world();
    let web = given_a_failed(&world, &image("nginx:2-rollback-fails"));

    let message = web.shows("Ready", "False", "RollbackFailed");
    assert_eq!(web.says("Stalled"), "True RollbackFailed");
    let left = web.text("/status/revisions/0/arn");
    let left = format!("What is left: revision {} has 1 of 1 tasks.", &left[left.len() - 7..]);
    for words in ["failed, and so did the rollback: CannotPullContainerError", "The rollback failed", &left, "Look at"]
    {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }
    web.told_last("RolloutFailed");
}

/// Row 8: a first rollout that fails says why as well.
#[test]
fn a_first_rollout_that_fails_says_why() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1-crash"));
    web.has_deployments(1);
    web.rollout_ends();

    let message = web.shows("Ready", "False", "DeploymentFailed");
    let why = "image nginx:1-crash failed, and there was no revision to go back to: Essential container in task exited";
    assert!(message.starts_with(why), "{message}");
}

/// Row 8: while ECS goes back, its reason is told already.
#[test]
fn the_reason_is_told_while_ecs_goes_back() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2-5xx");
    web.has_deployments(2);
    web.reaches("PRODUCTION_TRAFFIC_SHIFT");
    web.next_stage();

    let message = web.shows("Ready", "False", "RollingBack");
    assert!(message.contains("AmazonECSManaged-default-web-4xx5xx"), "{message}");
}

/// Row 8: tasks that fail are counted, and what their health check answered is told, before ECS gives up.
#[test]
fn what_goes_wrong_is_told_before_ecs_gives_up() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2-unhealthy");
    web.has_deployments(2);
    web.reaches("SCALE_UP");
    let says = |web: &Service<'_>, words: &str| {
        eventually(format_args!("Ready says {words:?}"), || {
            let message = web.message("Ready");
            if message.contains(words) { Ok(()) } else { Err(message) }
        });
    };
    for failed in ["1 task failed, at 3 ECS goes back", "2 tasks failed, at 3 ECS goes back"] {
        web.next_stage();
        says(&web, &format!("(IN_PROGRESS, stage SCALE_UP, {failed}, a health check answered 404)"));
    }
    assert_eq!(web.says("Ready"), "False RollingOut");
    assert_eq!(asked(&world), [0, 0]);
    web.rollout_ends();
    is_rolled_back(&web, &["health check path / answered 404", "3 tasks failed"]);

    web.set_image("nginx:3");
    web.has_deployments(3);
    web.reaches("SCALE_UP");
    assert_eq!(web.message("RolledOut"), "IN_PROGRESS, stage SCALE_UP", "what was before is over");
}

/// Row 8: a rollout that succeeds, and one that is overtaken, asks for no cause.
#[test]
fn success_and_a_newer_edit_ask_for_no_cause() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.reaches("SCALE_UP");
    web.set_image("nginx:3");
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(asked(&world), [0, 0]);
}

/// Row 8: where the tasks may not be read, ECS's own words about the deployment stand without them.
#[test]
fn without_permission_to_read_tasks_ecs_s_own_words_stand() {
    let world = given_a_world();
    let denied = FaultRequest::from(FaultKind::AccessDenied { message: None });
    world.simulator.add_fault(denied.on(Operation::ListTasks));
    let web = given_a_failed(&world, &image("nginx:2-crash"));
    is_rolled_back(&web, &["image nginx:2-crash was rolled back: Service deployment rolled back because the circuit"]);
}
