//! Deployments that fail: by alarm, by circuit breaker, by stop, and with nothing to go back to.
use std::time::Duration;

use crate::given::*;
use express_simulator::model::{ErrorKind, Fate, FateRule};
use express_simulator::wire::*;

/// An image that answers 5xx or 4xx gets 5 % of the traffic, triggers the alarm, and is rolled back.
/// [D] developer guide: express-service-update-full
#[test]
fn the_alarm_rolls_back() {
    for tag in ["v2-5xx", "v2-4xx"] {
        let mut story = Story::begins().where_web_runs();
        story.image(&format!("nginx:{tag}"));
        let deployment = story.reaches("PRODUCTION_TRAFFIC_SHIFT");
        assert_eq!(deployment.target_service_revision.unwrap().requested_production_traffic_weight, Some(5.0));
        assert_eq!(deployment.alarms.unwrap().status.as_deref(), Some("MONITORING"));
        let deployment = story.comes_to("ROLLBACK_SUCCESSFUL");
        let alarms = deployment.alarms.unwrap();
        assert_eq!(alarms.status.as_deref(), Some("TRIGGERED"));
        assert_eq!(alarms.triggered_alarm_names, alarms.alarm_names);
        assert_eq!(alarms.alarm_names, strings(&["AmazonECSManaged-default-web-4xx5xx"]));
        let reason = deployment.rollback.unwrap().reason.unwrap();
        assert!(reason.contains(&alarms.triggered_alarm_names.unwrap()[0]), "{reason}");
        assert_eq!(deployment.deployment_circuit_breaker.unwrap().status.as_deref(), Some("MONITORING_COMPLETE"));
    }
}

/// An image that cannot be pulled triggers the circuit breaker, and is rolled back.
/// [O] terraform-provider-aws#47919
#[test]
fn the_circuit_breaker_rolls_back() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:cannot-pull");
    let breaker = story.comes_to("ROLLBACK_SUCCESSFUL").deployment_circuit_breaker.unwrap();
    assert_eq!(breaker.status.as_deref(), Some("TRIGGERED"));
    assert_eq!((breaker.failure_count, breaker.threshold), (Some(3), Some(3)));
}

/// A pull that fails is over sooner than a start that crashes.
/// [I] the simulator's own rule
#[test]
fn a_pull_that_fails_is_over_sooner_than_a_crash() {
    let seconds_until_it_goes_back = |image: &str| {
        let mut story = Story::begins().where_web_runs();
        story.image(image);
        story.reaches("SCALE_UP");
        let began = story.now;
        story.comes_to("ROLLBACK_REQUESTED");
        story.now.since(began).as_secs()
    };
    assert_eq!(["nginx:cannot-pull", "nginx:crash"].map(seconds_until_it_goes_back), [3 * 20, 3 * 45]);
}

/// A rollback passes ROLLBACK_REQUESTED and ROLLBACK_IN_PROGRESS and says why, when, and to which revision.
/// [M] botocore ECS model: Rollback
#[test]
fn a_rollback_says_why_when_and_to_which_revision() {
    let mut story = Story::begins().where_web_runs();
    let old = story.configuration().service_revision_arn;
    story.image("nginx:crash");
    let requested = story.comes_to("ROLLBACK_REQUESTED");
    story.comes_to("ROLLBACK_IN_PROGRESS");
    let rollback = story.comes_to("ROLLBACK_SUCCESSFUL").rollback.unwrap();
    assert_eq!(rollback.service_revision_arn, old);
    assert_eq!(rollback.started_at, requested.updated_at);
    assert!(rollback.reason.unwrap().contains("circuit breaker"));
}

/// After a rollback the service is ACTIVE on the old revision, and no new revision was made.
/// [D] developer guide: service-revision
#[test]
fn a_rollback_leaves_the_service_active_on_the_old_revision() {
    let mut story = Story::begins().where_web_runs();
    let before = story.configuration();
    story.image("nginx:5xx");
    story.settles();
    assert_eq!(story.status(), "ACTIVE");
    assert_eq!(story.configuration().service_revision_arn, before.service_revision_arn);
    assert_eq!(story.container().image.as_deref(), Some("nginx:1"));
    assert_eq!(story.classic().running_count, Some(1));
}

/// The statuses of a deployment have no FAILED.
/// [M] botocore ECS model: ServiceDeploymentStatus
#[test]
fn there_is_no_failed_status() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:rollback-fails");
    story.settles();
    assert_eq!(story.newest_deployment().status.as_deref(), Some("ROLLBACK_FAILED"));
    let request =
        ListServiceDeploymentsRequest { service: text("web"), status: strings(&["FAILED"]), ..Default::default() };
    refused_about(story.list_deployments(request), ErrorKind::InvalidParameter, "FAILED");
}

/// How a first deployment ends that fails is a switch (first_deployment_failure), STOPPED by default.
/// [?] not seen
#[test]
fn a_failed_first_deployment_ends_by_a_switch() {
    for status in ["STOPPED", "IN_PROGRESS", "ROLLBACK_FAILED"] {
        let mut story = Story::begins().where_switch("first_deployment_failure", status);
        story.create(web("nginx:cannot-pull")).unwrap();
        story.after(24 * 3600);
        assert_eq!(story.newest_deployment().status.as_deref(), Some(status));
        assert_eq!(story.status(), "ACTIVE");
    }
}

fn stop_request(story: &mut Story) -> StopServiceDeploymentRequest {
    let service_deployment_arn = story.deployments()[0].service_deployment_arn.clone();
    StopServiceDeploymentRequest { service_deployment_arn, stop_type: text("ROLLBACK") }
}

/// StopServiceDeployment rolls a deployment back, while it is pending or in progress.
/// [D] developer guide: stop-service-deployment
#[test]
fn a_stop_rolls_back() {
    for seconds in [0, 60, 300] {
        let mut story = Story::begins().where_web_runs();
        story.image("nginx:2");
        story.after(seconds);
        let request = stop_request(&mut story);
        story.stop(request).unwrap();
        assert_eq!(story.newest_deployment().status.as_deref(), Some("ROLLBACK_REQUESTED"));
        story.settles();
        let deployment = story.newest_deployment();
        assert_eq!(deployment.status.as_deref(), Some("ROLLBACK_SUCCESSFUL"));
        assert!(deployment.rollback.unwrap().reason.unwrap().contains("a user requested it"));
    }
}

/// A stop of what is being stopped already changes nothing; of what has ended, it is refused.
/// [D] developer guide: stop-service-deployment
#[test]
fn a_second_stop_changes_nothing_and_a_late_one_is_refused() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    let request = stop_request(&mut story);
    story.stop(request.clone()).unwrap();
    let before = story.model.account().clone();
    story.stop(request.clone()).unwrap();
    assert_eq!(*story.model.account(), before);
    story.settles();
    refused_about(story.stop(request), ErrorKind::Conflict, "ROLLBACK_SUCCESSFUL");
}

/// A stop of a first deployment ends in STOPPED: there is nothing to go back to.
/// [I] follows from the statuses
#[test]
fn a_stopped_first_deployment_is_stopped() {
    let mut story = Story::begins();
    story.create(web("nginx:1")).unwrap();
    story.reaches("SCALE_UP");
    let request = stop_request(&mut story);
    story.stop(request).unwrap();
    assert_eq!(story.newest_deployment().status.as_deref(), Some("STOP_REQUESTED"));
    story.settles();
    let deployment = story.newest_deployment();
    assert_eq!(deployment.status.as_deref(), Some("STOPPED"));
    assert!(deployment.stopped_at.is_some());
    let tasks = deployment.target_service_revision.unwrap();
    assert_eq!((tasks.running_task_count, tasks.pending_task_count), (Some(0), Some(0)));
}

/// How a first deployment takes a stop is a switch (first_deployment_stop), STOPPED by default.
/// [?] the documentation tells of a rollback only, and there is no revision to roll back to
#[test]
fn a_stop_of_a_first_deployment_ends_by_a_switch() {
    for end in ["STOPPED", "ROLLBACK_FAILED"] {
        let mut story = Story::begins().where_switch("first_deployment_stop", end);
        story.create(web("nginx:1")).unwrap();
        story.reaches("SCALE_UP");
        let request = stop_request(&mut story);
        story.stop(request).unwrap();
        let deployment = story.comes_to(end);
        assert!(deployment.status_reason.is_some());
        assert_eq!(story.status(), "ACTIVE");
    }
    let mut story = Story::begins().where_switch("first_deployment_stop", "REFUSED");
    story.create(web("nginx:1")).unwrap();
    story.reaches("SCALE_UP");
    let request = stop_request(&mut story);
    refused_about(story.stop(request), ErrorKind::Conflict, "no service revision");
}

/// stopType ABORT is in the enum and not in the documentation: a switch (stop_abort_allowed).
/// [?] documentation and model differ
#[test]
fn abort_is_a_switch() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.after(60);
    let request = StopServiceDeploymentRequest { stop_type: text("ABORT"), ..stop_request(&mut story) };
    refused_about(story.stop(request.clone()), ErrorKind::InvalidParameter, "stopType");
    let mut story = story.where_switch("stop_abort_allowed", "true");
    story.stop(request).unwrap();
    story.settles();
    assert_eq!(story.newest_deployment().status.as_deref(), Some("STOPPED"));
    assert_eq!(story.classic().running_count, Some(1), "the old revision still serves");
}

/// ContinueServiceDeployment needs a hook, and Express has none.
/// [I] Express offers no way to attach one
#[test]
fn there_is_no_hook_to_continue() {
    let mut story = Story::begins().where_web_runs();
    let arn = story.deployments()[0].service_deployment_arn.clone();
    let request = ContinueServiceDeploymentRequest { service_deployment_arn: arn, hook_id: text("x"), action: None };
    refused_about(story.continue_deployment(request), ErrorKind::InvalidParameter, "hook");
}

/// The rollback's traffic goes back to the old revision.
/// [D] developer guide: express-service-update-full
#[test]
fn a_rollback_moves_the_traffic_back() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("BAKE_TIME");
    let request = stop_request(&mut story);
    story.stop(request).unwrap();
    let deployment = story.comes_to("ROLLBACK_IN_PROGRESS");
    assert_eq!(deployment.target_service_revision.unwrap().requested_production_traffic_weight, Some(0.0));
    assert_eq!(deployment.source_service_revisions.unwrap()[0].requested_production_traffic_weight, Some(100.0));
}

/// With fresh roles the load balancer can be refused once, and nothing retries: ACTIVE and IN_PROGRESS for ever, also
/// after an update; a delete and a new create cure it.
/// [O] agno: field report of 2026-07
#[test]
fn a_wedged_service_stays_in_progress_for_ever() {
    let mut story = Story::begins();
    story.model.set_fate(FateRule { service: Some("web".to_owned()), fate: Fate::Wedge, left: Some(1) });
    story.create(web("nginx:1")).unwrap();
    story.after(7 * 24 * 3600);
    assert_eq!(story.newest_deployment().status.as_deref(), Some("IN_PROGRESS"));
    assert_eq!(story.status(), "ACTIVE");
    story.image("nginx:2");
    story.after(24 * 3600);
    assert_eq!(story.newest_deployment().status.as_deref(), Some("IN_PROGRESS"));
    story.delete(delete_web()).unwrap();
    story.after(600);
    assert_eq!(story.status(), "INACTIVE");
    story.create(web("nginx:1")).unwrap();
    story.settles();
    assert_eq!(story.newest_deployment().status.as_deref(), Some("SUCCESSFUL"));
}

/// A health check that fails is seen only after the grace period of 300 seconds.
/// [D] developer guide: express-service-work
#[test]
fn an_unhealthy_task_fails_after_the_grace_period() {
    let mut story = Story::begins().where_web_runs();
    let start = story.now;
    story.image("nginx:unhealthy");
    let mut failed = story.newest_deployment();
    while failed.deployment_circuit_breaker.as_ref().unwrap().failure_count == Some(0) {
        story.after(10);
        failed = story.newest_deployment();
    }
    assert!(story.now.since(start) > Duration::from_secs(300));
    story.comes_to("ROLLBACK_SUCCESSFUL");
}

/// What a health path answered stands in the service's events: "(service …) (port …) is unhealthy in (target-group …) due to
/// (reason Health checks failed with these codes: [404]).", also after the rollback.
/// [D] developer guide: service-event-messages-list
#[test]
fn the_events_say_what_a_health_path_answered() {
    let mut story = Story::begins().where_web_runs();
    let request = UpdateExpressGatewayServiceRequest { health_check_path: text("/missing"), ..change() };
    story.update(request).unwrap();
    story.comes_to("ROLLBACK_SUCCESSFUL");
    let events = story.classic().events.unwrap().into_iter().filter_map(|event| event.message);
    let unhealthy: Vec<String> = events.filter(|message| message.contains(" is unhealthy in ")).collect();
    assert_eq!(unhealthy.len(), 3, "once for each task that failed");
    assert!(
        unhealthy[0].starts_with("(service web) (port 80) is unhealthy in (target-group arn:aws:elasticloadbalancing:")
    );
    assert!(
        unhealthy[0].ends_with(" due to (reason Health checks failed with these codes: [404])."),
        "{}",
        unhealthy[0]
    );
}

/// A deployment that somebody stops has triggered neither its alarms nor its circuit breaker, and says so.
/// [M] botocore ECS model: ServiceDeploymentAlarms, ServiceDeploymentCircuitBreaker
#[test]
fn a_stop_triggers_no_monitor() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("BAKE_TIME");
    let request = stop_request(&mut story);
    story.stop(request).unwrap();
    let deployment = story.comes_to("ROLLBACK_SUCCESSFUL");
    let (breaker, alarms) = (deployment.deployment_circuit_breaker.unwrap(), deployment.alarms.unwrap());
    assert_eq!((breaker.status.as_deref(), breaker.failure_count), (Some("MONITORING_COMPLETE"), Some(0)));
    assert_eq!(
        (alarms.status.as_deref(), alarms.triggered_alarm_names),
        (Some("MONITORING_COMPLETE"), Some(Vec::new()))
    );
}

/// A deployment is stopped by its own ARN alone; one that ECS does not know is a ServiceDeploymentNotFoundException.
/// [M] botocore ECS model: StopServiceDeployment
#[test]
fn a_stop_of_an_unknown_deployment_is_refused() {
    let mut story = Story::begins().where_web_runs();
    let known = stop_request(&mut story).service_deployment_arn.unwrap();
    let (place, _) = known.rsplit_once('/').unwrap();
    let service_deployment_arn = Some(format!("{place}/ABCDEFGHIJKLMNOPQRSTU"));
    let request = StopServiceDeploymentRequest { service_deployment_arn, stop_type: text("ROLLBACK") };
    refused_about(story.stop(request), ErrorKind::ServiceDeploymentNotFound, "not found");
}
