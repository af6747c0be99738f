//! What is seen at each stage of a service's life, and which calls it took.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use serde_json::{Value, json};

use super::*;
use crate::aws::canned::{Answer, Canned, DEPLOYMENT, REVISION, SERVICE, service};
use crate::core::managed::KnownManaged;
use crate::core::rollout::Stage;

const DESCRIBE: &str = "DescribeExpressGatewayService";
const GLANCE: &str = "DescribeServices";
const LIST: &str = "ListServiceDeployments";
const DEPLOYMENTS: &str = "DescribeServiceDeployments";

fn place() -> Place {
    Place { cluster: "shop".to_owned(), service_name: "web".to_owned() }
}

/// Nothing is known: everything has to be read.
fn nothing() -> Known {
    Known::default()
}

/// The status tells of a service that settled on `REVISION`.
fn settled() -> Known {
    Known {
        settled_revision: Some(REVISION.to_owned()),
        created_at: Some("2026-05-28T20:26:40Z".parse().unwrap()),
        submitted_revision: Some(REVISION.to_owned()),
        deployment: Some(DEPLOYMENT.to_owned()),
        deployment_target: Some(REVISION.to_owned()),
        deployment_is_over: true,
        managed: KnownManaged { is_settled: true, ..KnownManaged::default() },
        ..Known::default()
    }
}

async fn observe(aws: &Canned, known: &Known) -> Result<Observed, Failure> {
    aws.ecs.observe(&place(), known, Duration::ZERO).await
}

async fn live(aws: &Canned, known: &Known) -> Live {
    match observe(aws, known).await.unwrap() {
        Observed::Live(live) => *live,
        other => panic!("not live: {other:?}"),
    }
}

/// An ECS that shows one service, `more` laid over its record, and nothing else of it yet.
fn ecs_with(more: &Value) -> Canned {
    let aws = Canned::start();
    aws.answers(GLANCE, Answer::ok(&json!({"services": [service("web", more)], "failures": []})))
        .answers(DESCRIBE, Answer::exception("ResourceNotFoundException", "Resource not found"))
        .answers(LIST, Answer::ok(&json!({"serviceDeployments": []})))
        .answers(DEPLOYMENTS, missing_deployment());
    aws
}

fn missing_deployment() -> Answer {
    Answer::ok(&json!({"serviceDeployments": [], "failures": [{"arn": DEPLOYMENT, "reason": "MISSING"}]}))
}

fn a_deployment(status: &str) -> Value {
    json!({"serviceDeploymentArn": DEPLOYMENT, "status": status, "createdAt": 1_780_000_100.5,
           "targetServiceRevision": {"arn": REVISION, "requestedTaskCount": 2, "runningTaskCount": 1,
                                     "pendingTaskCount": 1, "requestedProductionTrafficWeight": 5.0}})
}

fn deployments(of: &[Value]) -> Answer {
    Answer::ok(&json!({"serviceDeployments": of, "failures": []}))
}

fn express(more: &Value) -> Answer {
    let mut service = json!({"serviceArn": SERVICE, "status": {"statusCode": "ACTIVE"},
        "activeConfigurations": [{"serviceRevisionArn": REVISION, "createdAt": 1_780_000_000.25,
                                  "primaryContainer": {"image": "shop/web:1"}}]});
    crate::aws::canned::lay_over(&mut service, more);
    Answer::ok(&json!({"service": service}))
}

#[tokio::test]
async fn a_name_that_ecs_does_not_know_is_absent() {
    let aws = Canned::start();
    let failures = json!([{"arn": SERVICE, "reason": "MISSING"}]);
    aws.answers(GLANCE, Answer::ok(&json!({"services": [], "failures": failures})));

    assert_eq!(observe(&aws, &nothing()).await, Ok(Observed::Absent));

    let sent = json!({"cluster": "shop", "services": ["web"], "include": ["TAGS"]});
    assert_eq!(aws.sent(GLANCE), [sent]);
}

#[tokio::test]
async fn a_full_look_at_a_known_service_sees_the_same_with_as_many_calls() {
    let aws = ecs_with(&json!({}));
    aws.answers(DESCRIBE, express(&json!({})));
    let known = Known { full: true, ..settled() };

    let again = aws.ecs.observe_again(&place(), SERVICE, &known).await;

    assert_eq!(aws.sent(GLANCE).len(), 1);
    assert_eq!(aws.sent(DESCRIBE), [json!({"serviceArn": SERVICE})]);
    assert_eq!(again, observe(&aws, &known).await);
}

#[tokio::test]
async fn a_name_that_the_answer_leaves_out_or_withholds_is_not_absent() {
    for failures in [json!([]), json!([{"arn": SERVICE, "reason": "ACCESS_DENIED"}])] {
        let aws = Canned::start();
        aws.answers(GLANCE, Answer::ok(&json!({"services": [], "failures": failures})));

        let failure = observe(&aws, &nothing()).await.unwrap_err();

        assert_eq!(failure.class, FailureClass::Unexpected, "{failures}");
    }
}

#[tokio::test]
async fn a_cluster_that_does_not_exist_is_a_failure_of_its_own() {
    let aws = Canned::start();
    aws.answers(GLANCE, Answer::exception("ClusterNotFoundException", "Cluster not found."));

    let failure = observe(&aws, &nothing()).await.unwrap_err();

    assert_eq!(failure.class, FailureClass::ClusterNotFound);
}

#[tokio::test]
async fn a_service_that_is_going_or_gone_or_foreign_is_told_by_the_glance_alone() {
    for (more, expected) in [
        (json!({"status": "DRAINING"}), Observed::Draining as fn(Presence) -> Observed),
        (json!({"status": "INACTIVE"}), Observed::Inactive),
        (json!({"status": "INACTIVE", "resourceManagementType": "CUSTOMER"}), Observed::Inactive),
        (json!({"resourceManagementType": "CUSTOMER"}), Observed::NotExpress),
        (json!({"resourceManagementType": null}), Observed::NotExpress),
    ] {
        let aws = ecs_with(&more);

        let presence = Presence {
            arn: SERVICE.to_owned(),
            created_at: settled().created_at,
            tags: [("expressway.dev/uid".to_owned(), "u-1".to_owned())].into(),
            reason: None,
        };
        assert_eq!(observe(&aws, &nothing()).await, Ok(expected(presence)), "{more}");
        assert_eq!(aws.operations(), [GLANCE]);
    }
}

#[tokio::test]
async fn a_service_in_an_unknown_state_is_left_alone() {
    let aws = ecs_with(&json!({"status": "HIBERNATING"}));

    let failure = observe(&aws, &nothing()).await.unwrap_err();

    assert_eq!(failure.class, FailureClass::Unexpected);
    assert!(failure.message.contains("HIBERNATING"));
}

#[tokio::test]
async fn a_service_that_was_just_created_shows_little_and_nothing_is_wrong() {
    let aws =
        ecs_with(&json!({"events": [{"createdAt": 1.0, "message": "old"}, {"createdAt": 2.0, "message": "new"}]}));

    let live = live(&aws, &nothing()).await;

    assert_eq!(live.configurations, Some(vec![]));
    assert_eq!((live.in_flight, live.last_ended), (None, None));
    assert_eq!(live.presence.reason.as_deref(), Some("new"));
    assert_eq!((live.revisions[0].requested, live.revisions[0].running), (2, 1));
}

#[tokio::test]
async fn a_deployment_in_flight_is_seen_with_its_stage_and_traffic() {
    let aws = ecs_with(&json!({"currentServiceDeployment": DEPLOYMENT}));
    let mut canary = a_deployment("IN_PROGRESS");
    canary["lifecycleStage"] = json!("PRODUCTION_TRAFFIC_SHIFT");
    aws.answers(DEPLOYMENTS, deployments(&[canary])).answers(DESCRIBE, express(&json!({})));

    let live = live(&aws, &nothing()).await;

    let deployment = live.in_flight.unwrap();
    assert_eq!(deployment.state, DeploymentState::InProgress);
    assert_eq!(deployment.stage, Some(Stage::ProductionTrafficShift));
    assert_eq!(deployment.target.unwrap().weight, Some(5));
    assert_eq!(live.configurations.unwrap()[0].revision, REVISION);
    assert_eq!(live.last_ended, None);
    assert!(aws.sent(LIST).is_empty());
}

#[tokio::test]
async fn a_deployment_that_is_named_but_not_shown_yet_is_under_way() {
    let aws = ecs_with(&json!({"currentServiceDeployment": DEPLOYMENT}));

    let deployment = live(&aws, &nothing()).await.in_flight.unwrap();
    assert_eq!((deployment.arn.as_str(), deployment.state), (DEPLOYMENT, DeploymentState::Pending));
}

#[tokio::test]
async fn a_deployment_that_ended_since_the_glance_is_over() {
    let aws = ecs_with(&json!({"currentServiceDeployment": DEPLOYMENT}));
    aws.answers(DEPLOYMENTS, deployments(&[a_deployment("ROLLBACK_SUCCESSFUL")]));

    let live = live(&aws, &nothing()).await;

    assert_eq!(live.in_flight, None);
    assert_eq!(live.last_ended.unwrap().state, DeploymentState::RollbackSuccessful);
}

#[tokio::test]
async fn a_deployment_that_began_since_the_glance_is_under_way() {
    let aws = ecs_with(&json!({}));
    aws.answers(LIST, Answer::ok(&json!({"serviceDeployments": [a_deployment("PENDING")]})));

    let live = live(&aws, &nothing()).await;
    assert_eq!(live.in_flight.unwrap().state, DeploymentState::Pending);
    assert_eq!(live.last_ended, None);
}

#[tokio::test]
async fn a_settled_service_takes_one_call_per_pass() {
    let aws = ecs_with(&json!({}));

    let live = live(&aws, &settled()).await;

    assert_eq!(live.configurations, None);
    assert_eq!((live.in_flight, live.last_ended), (None, None));
    assert_eq!(aws.operations(), [GLANCE]);
}

#[tokio::test]
async fn the_newest_of_the_listed_deployments_counts_and_success_needs_no_details() {
    let aws = ecs_with(&json!({}));
    let older = json!({"serviceDeploymentArn": "older", "status": "STOPPED", "createdAt": 1_780_000_000.0});
    let newest = json!({"serviceDeploymentArn": DEPLOYMENT, "status": "SUCCESSFUL", "createdAt": 1_780_000_100.0,
                        "targetServiceRevisionArn": REVISION});
    aws.answers(LIST, Answer::ok(&json!({"serviceDeployments": [older, newest]})));

    let ended = live(&aws, &nothing()).await.last_ended.unwrap();

    assert_eq!((ended.arn.as_str(), ended.state), (DEPLOYMENT, DeploymentState::Successful));
    assert_eq!(ended.target.unwrap().arn, REVISION);
    assert!(aws.sent(DEPLOYMENTS).is_empty());
    assert_eq!(aws.sent(LIST)[0]["cluster"], "shop");
    assert_eq!(aws.sent(LIST)[0]["service"], SERVICE);
}

#[tokio::test]
async fn of_two_deployments_that_began_at_the_same_moment_the_one_listed_first_is_the_newest() {
    let aws = ecs_with(&json!({}));
    let entry =
        |arn: &str, status: &str| json!({"serviceDeploymentArn": arn, "status": status, "createdAt": 1_780_000_100.0});
    let both = [entry("second", "SUCCESSFUL"), entry("first", "STOPPED")];
    aws.answers(LIST, Answer::ok(&json!({"serviceDeployments": both})));

    let ended = live(&aws, &nothing()).await.last_ended.unwrap();

    assert_eq!((ended.arn.as_str(), ended.state), ("second", DeploymentState::Successful));
}

#[tokio::test]
async fn a_rollback_is_read_with_its_reason_its_alarms_and_its_failed_tasks() {
    let aws = ecs_with(&json!({}));
    aws.answers(LIST, Answer::ok(&json!({"serviceDeployments": [a_deployment("ROLLBACK_SUCCESSFUL")]})));
    let mut rolled_back = a_deployment("ROLLBACK_SUCCESSFUL");
    rolled_back["rollback"] = json!({"reason": "Service deployment rolled back because of an alarm"});
    rolled_back["alarms"] = json!({"status": "TRIGGERED", "triggeredAlarmNames": ["4xx5xx"]});
    rolled_back["deploymentCircuitBreaker"] = json!({"status": "TRIGGERED", "failureCount": 3, "threshold": 3});
    aws.answers(DEPLOYMENTS, deployments(&[rolled_back]));

    let ended = live(&aws, &nothing()).await.last_ended.unwrap();

    assert_eq!(ended.state, DeploymentState::RollbackSuccessful);
    assert!(ended.rollback_reason.unwrap().contains("alarm"));
    assert_eq!(ended.triggered_alarms, ["4xx5xx"]);
    let breaker = ended.circuit_breaker.unwrap();
    assert_eq!((breaker.triggered, breaker.failures, breaker.threshold), (true, 3, 3));
}

#[tokio::test]
async fn a_deployment_that_was_overtaken_gives_way_to_the_one_that_overtook_it() {
    let newest = json!({"serviceDeploymentArn": "newer", "status": "SUCCESSFUL", "createdAt": 1_780_000_100.0});
    let known = Known { settled_revision: None, deployment_is_over: false, ..settled() };
    for (current, known) in [(json!(null), known), (json!(DEPLOYMENT), nothing())] {
        let aws = ecs_with(&json!({"currentServiceDeployment": current}));
        aws.answers(DEPLOYMENTS, deployments(&[a_deployment("STOPPED")]));
        aws.answers(LIST, Answer::ok(&json!({"serviceDeployments": [newest]})));
        assert_eq!(live(&aws, &known).await.last_ended.unwrap().arn, "newer");
    }
}

#[tokio::test]
async fn the_image_of_a_rollout_that_failed_is_read_from_its_revision_also_if_it_ended_since_the_glance() {
    let images = json!([{"containerName": "sidecar", "image": "x"}, {"containerName": "Main", "image": "shop/web:2"}]);
    for current in [json!(null), json!(DEPLOYMENT)] {
        let aws = ecs_with(&json!({"currentServiceDeployment": current}));
        aws.answers(LIST, Answer::ok(&json!({"serviceDeployments": [a_deployment("ROLLBACK_SUCCESSFUL")]})));
        aws.answers(DEPLOYMENTS, deployments(&[a_deployment("ROLLBACK_SUCCESSFUL")]));
        let revision = json!({"serviceRevisionArn": REVISION, "containerImages": images});
        aws.answers("DescribeServiceRevisions", Answer::ok(&json!({"serviceRevisions": [revision]})));
        assert_eq!(live(&aws, &nothing()).await.last_ended.unwrap().image.as_deref(), Some("shop/web:2"));
    }
}

#[tokio::test]
async fn a_health_check_that_failed_is_told_of_the_deployment_of_its_time() {
    let text = "(service web) (port 80) is unhealthy in (target-group arn) due to (reason Health checks failed with these codes: [404]).";
    let began = 1_780_000_000.0;
    for (status, at, answer) in [
        ("IN_PROGRESS", began + 400.0, Some("answered 404")),
        ("ROLLBACK_SUCCESSFUL", began + 400.0, Some("answered 404")),
        ("ROLLBACK_SUCCESSFUL", began - 400.0, None),
        ("ROLLBACK_SUCCESSFUL", began + 4000.0, None),
        ("SUCCESSFUL", began + 400.0, None),
    ] {
        let events = json!([{"createdAt": at, "message": text}]);
        let aws = ecs_with(&json!({"currentServiceDeployment": DEPLOYMENT, "events": events}));
        let mut shown = a_deployment(status);
        shown["createdAt"] = json!(began);
        if status != "IN_PROGRESS" {
            shown["finishedAt"] = json!(began + 1000.0);
        }
        aws.answers(DEPLOYMENTS, deployments(&[shown]));

        let live = live(&aws, &nothing()).await;

        let unhealthy = live.in_flight.or(live.last_ended).unwrap().unhealthy;
        assert_eq!(unhealthy.map(|answer| answer.0).as_deref(), answer, "{status} {at}");
    }
}

#[tokio::test]
async fn a_remembered_deployment_that_ecs_no_longer_has_gives_way_to_the_newest() {
    let aws = ecs_with(&json!({}));
    let newest = json!({"serviceDeploymentArn": "newer", "status": "SUCCESSFUL", "createdAt": 1_780_000_100.0});
    aws.answers(LIST, Answer::ok(&json!({"serviceDeployments": [newest]})));
    let known = Known { deployment_is_over: false, settled_revision: None, ..settled() };

    assert_eq!(live(&aws, &known).await.last_ended.unwrap().arn, "newer");
    // The configurations are read at the same time.
    let mut operations = aws.operations();
    operations.retain(|operation| operation != DESCRIBE);
    assert_eq!(operations, [GLANCE, DEPLOYMENTS, LIST]);
}

#[tokio::test]
async fn a_service_that_was_deleted_since_the_glance_is_going() {
    for (code, expected) in
        [("DRAINING", Observed::Draining as fn(Presence) -> Observed), ("INACTIVE", Observed::Inactive)]
    {
        let aws = ecs_with(&json!({}));
        let status = json!({"statusCode": code, "statusReason": "deleted by a person"});
        aws.answers(DESCRIBE, express(&json!({"status": status})))
            .answers(LIST, Answer::exception("ServiceNotFoundException", "Service not found."));

        let observed = observe(&aws, &nothing()).await.unwrap();

        let presence = Presence {
            arn: SERVICE.to_owned(),
            created_at: settled().created_at,
            tags: [("expressway.dev/uid".to_owned(), "u-1".to_owned())].into(),
            reason: Some("deleted by a person".to_owned()),
        };
        assert_eq!(observed, expected(presence));
    }
}

#[tokio::test]
async fn a_read_is_tried_twice_and_no_more() {
    let aws = Canned::start();
    for (code, class) in
        [("ServerException", FailureClass::Unavailable), ("ThrottlingException", FailureClass::Throttled)]
    {
        let before = aws.sent(GLANCE).len();
        aws.answers(GLANCE, Answer::exception(code, "later"));

        let failure = observe(&aws, &nothing()).await.unwrap_err();

        assert_eq!(failure.class, class);
        assert_eq!(aws.sent(GLANCE).len() - before, 2);
    }
}

#[tokio::test]
async fn a_read_that_fails_once_is_not_noticed() {
    let aws = ecs_with(&json!({}));
    let mut first = true;
    aws.answers_with(GLANCE, move |_| {
        if std::mem::take(&mut first) {
            Answer::Lost
        } else {
            Answer::ok(&json!({"services": [service("web", &json!({}))]}))
        }
    });

    assert!(observe(&aws, &settled()).await.is_ok());
}
