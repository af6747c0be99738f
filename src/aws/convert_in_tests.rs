//! Read-back quirks of ECS, brought to one normal form, through the SDK's own deserialiser.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};

use super::*;
use crate::aws::canned::{Answer, Canned, DEPLOYMENT, SERVICE, service};
use crate::core::observed::{Known, Live, Observed, Place};

/// What is read of a service with these active configurations and this deployment in flight.
async fn read(configurations: Value, deployment: Value) -> Live {
    let aws = Canned::start();
    let record = service("web", &json!({"currentServiceDeployment": DEPLOYMENT}));
    aws.answers("DescribeServices", Answer::ok(&json!({"services": [record]})))
        .answers(
            "DescribeExpressGatewayService",
            Answer::ok(&json!({"service": {"serviceArn": SERVICE, "activeConfigurations": configurations}})),
        )
        .answers("DescribeServiceDeployments", Answer::ok(&json!({"serviceDeployments": [deployment]})));
    let place = Place { cluster: "shop".to_owned(), service_name: "web".to_owned() };
    let observed = aws.ecs.observe(&place, &Known::default(), Duration::ZERO).await;
    match observed.unwrap() {
        Observed::Live(live) => *live,
        other => panic!("not live: {other:?}"),
    }
}

async fn read_configuration(configuration: Value) -> ActiveConfiguration {
    let live = read(json!([configuration]), json!({"serviceDeploymentArn": DEPLOYMENT})).await;
    live.configurations.unwrap().remove(0)
}

async fn read_deployment(mut deployment: Value) -> Deployment {
    deployment["serviceDeploymentArn"] = json!(DEPLOYMENT);
    read(json!([]), deployment).await.in_flight.unwrap()
}

#[tokio::test]
async fn everything_that_ecs_shows_is_read() {
    let read = read_configuration(json!({
        "serviceRevisionArn": "rev", "createdAt": 1_780_000_000.5,
        "executionRoleArn": "execution", "taskRoleArn": "task", "taskDefinitionArn": "definition",
        "cpu": "512", "memory": "1024", "cpuArchitecture": "ARM64", "healthCheckPath": "/health",
        "networkConfiguration": {"subnets": ["b", "a"], "securityGroups": ["managed", "mine"]},
        "scalingTarget": {"minTaskCount": 0, "maxTaskCount": 4, "autoScalingMetric": "REQUEST_COUNT_PER_TARGET",
                          "autoScalingTargetValue": 100},
        "primaryContainer": {
            "image": "shop/web:1", "containerPort": 8080, "command": ["serve"],
            "awsLogsConfiguration": {"logGroup": "/shop", "logStreamPrefix": "web"},
            "repositoryCredentials": {"credentialsParameter": "arn:registry"},
            "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": ""}],
            "secrets": [{"name": "TOKEN", "valueFrom": "arn:secret"}],
        },
        "ingressPaths": [{"accessType": "PUBLIC", "endpoint": "we-0123.ecs.eu-central-1.on.aws"}],
    }))
    .await;

    let configuration = read.configuration;
    assert_eq!(read.revision, "rev");
    assert_eq!(read.created_at, Some("2026-05-28T20:26:40.5Z".parse().unwrap()));
    assert_eq!(configuration.execution_role_arn.as_deref(), Some("execution"));
    assert_eq!(configuration.task_role_arn.as_deref(), Some("task"));
    assert_eq!(configuration.task_definition_arn.as_deref(), Some("definition"));
    assert_eq!(configuration.cpu.as_deref(), Some("512"));
    assert_eq!(configuration.memory.as_deref(), Some("1024"));
    assert_eq!(configuration.cpu_architecture, Some(CpuArchitecture::Arm64));
    assert_eq!(configuration.health_check_path.as_deref(), Some("/health"));
    assert_eq!(configuration.subnets, ["a".to_owned(), "b".to_owned()].into());
    assert_eq!(configuration.security_groups, ["managed".to_owned(), "mine".to_owned()].into());
    assert_eq!(
        configuration.scaling,
        Scaling {
            min_tasks: Some(0),
            max_tasks: Some(4),
            metric: Some(AutoScalingMetric::RequestCountPerTarget),
            target_value: Some(100),
        }
    );
    let environment = [("A", ""), ("B", "2")];
    assert_eq!(
        configuration.container,
        Some(Container {
            image: "shop/web:1".to_owned(),
            port: Some(8080),
            logs: Some(Logs { group: "/shop".to_owned(), stream_prefix: "web".to_owned() }),
            repository_credentials: Some("arn:registry".to_owned()),
            command: vec!["serve".to_owned()],
            environment: environment.map(|(name, value)| (name.to_owned(), EnvironmentValue(value.to_owned()))).into(),
            secrets: [("TOKEN".to_owned(), "arn:secret".to_owned())].into(),
        })
    );
}

#[tokio::test]
async fn empty_and_absent_are_the_same() {
    let absent = read_configuration(json!({"primaryContainer": {"image": "i"}})).await;
    let empty = read_configuration(json!({
        "taskRoleArn": "", "executionRoleArn": "", "networkConfiguration": {"subnets": [], "securityGroups": []},
        "scalingTarget": {}, "ingressPaths": [],
        "primaryContainer": {"image": "i", "command": [], "environment": [], "secrets": [],
                             "repositoryCredentials": {"credentialsParameter": ""}},
    }))
    .await;

    assert_eq!(absent, empty);
}

#[tokio::test]
async fn configurations_come_newest_first_even_within_one_second() {
    let entry = |revision: &str, at: f64| json!({"serviceRevisionArn": revision, "createdAt": at});
    let entries = [entry("old", 10.0), entry("newest", 20.75), entry("newer", 20.25)];

    let live = read(json!(entries), json!({"serviceDeploymentArn": DEPLOYMENT})).await;

    let order: Vec<_> = live.configurations.unwrap().into_iter().map(|c| c.revision).collect();
    assert_eq!(order, ["newest", "newer", "old"]);
}

#[tokio::test]
async fn the_url_is_the_public_one_with_its_scheme() {
    for (paths, url) in [
        (json!([{"accessType": "PUBLIC", "endpoint": "a.on.aws"}]), Some("https://a.on.aws")),
        (json!([{"accessType": "PUBLIC", "endpoint": "https://a.on.aws/"}]), Some("https://a.on.aws")),
        (json!([{"accessType": "PRIVATE", "endpoint": "p.on.aws"}]), Some("https://p.on.aws")),
        (
            json!([{"accessType": "PRIVATE", "endpoint": "p.on.aws"}, {"accessType": "PUBLIC", "endpoint": "a.on.aws"}]),
            Some("https://a.on.aws"),
        ),
        (json!([{"accessType": "LATER", "endpoint": "l.on.aws"}]), Some("https://l.on.aws")),
        (json!([{"accessType": "PUBLIC", "endpoint": ""}]), None),
        (json!([]), None),
    ] {
        let read = read_configuration(json!({"ingressPaths": paths})).await;

        assert_eq!(read.url.as_deref(), url, "{paths}");
    }
}

#[tokio::test]
async fn words_of_a_later_api_are_kept_or_left_out_and_nothing_breaks() {
    let read = read_configuration(json!({
        "cpuArchitecture": "RISCV", "scalingTarget": {"autoScalingMetric": "MOON_PHASE", "minTaskCount": 1},
        "cpu": "1 vCPU", "newMember": {"of": ["a", "later", "API"]},
    }))
    .await;
    assert_eq!(read.configuration.cpu_architecture, None);
    assert_eq!(read.configuration.scaling.metric, None);
    assert_eq!(read.configuration.scaling.min_tasks, Some(1));
    assert_eq!(read.configuration.cpu.as_deref(), Some("1 vCPU"));

    let deployment = read_deployment(json!({"status": "PAUSED", "lifecycleStage": "MOON_SHIFT"})).await;
    assert_eq!(deployment.state, DeploymentState::Unknown("PAUSED".to_owned()));
    assert_eq!(deployment.stage, Some(Stage::Unknown("MOON_SHIFT".to_owned())));
    assert_eq!(deployment.state.to_string(), "PAUSED");

    let documented = read_deployment(json!({"lifecycleStage": "PRE_PRODUCTION_TRAFFIC_SHIFT"})).await;
    assert_eq!(documented.stage, Some(Stage::PreProductionTrafficShift));
    assert_eq!(documented.state, DeploymentState::Unknown(String::new()));
}

#[tokio::test]
async fn every_word_that_the_api_has_today_is_known() {
    for word in ecs::ServiceDeploymentStatus::values() {
        let read = state(Some(&ecs::ServiceDeploymentStatus::from(*word)));
        assert!(!matches!(read, DeploymentState::Unknown(_)), "{word}");
        assert_eq!(read.to_string(), *word);
    }
    for word in ecs::ServiceDeploymentLifecycleStage::values() {
        let read = stage(&ecs::ServiceDeploymentLifecycleStage::from(*word));
        assert!(!matches!(read, Stage::Unknown(_)), "{word}");
        assert_eq!(read.to_string(), *word);
    }
    for word in ecs::ExpressCpuArchitecture::values() {
        assert!(architecture(&ecs::ExpressCpuArchitecture::from(*word)).is_some(), "{word}");
    }
    for word in ecs::ExpressGatewayServiceScalingMetric::values() {
        assert!(metric(&ecs::ExpressGatewayServiceScalingMetric::from(*word)).is_some(), "{word}");
    }
}

#[tokio::test]
async fn numbers_and_times_outside_of_reason_do_not_break_the_reading() {
    for (weight, shown) in [(4.6, 5), (-1.0, 0), (1e12, 100)] {
        let target = json!({"arn": "rev", "requestedProductionTrafficWeight": weight});
        let deployment = read_deployment(json!({"targetServiceRevision": target, "createdAt": 1e17})).await;

        assert_eq!(deployment.target.unwrap().weight, Some(shown));
        assert_eq!(deployment.created_at, None);
    }
}

#[tokio::test]
async fn a_circuit_breaker_is_read_whether_it_watches_or_has_triggered() {
    for (status, triggered) in
        [("MONITORING", false), ("TRIGGERED", true), ("MONITORING_COMPLETE", false), ("NEW", false)]
    {
        let breaker = json!({"status": status, "failureCount": 2, "threshold": 3});

        let deployment = read_deployment(json!({"deploymentCircuitBreaker": breaker})).await;

        assert_eq!(deployment.circuit_breaker, Some(CircuitBreaker { triggered, failures: 2, threshold: 3 }));
    }
    assert_eq!(read_deployment(json!({})).await.circuit_breaker, None);
}

#[tokio::test]
async fn the_length_of_a_bake_is_what_ecs_says_it_is() {
    let configuration = json!({"bakeTimeInMinutes": 5, "canaryConfiguration": {"canaryBakeTimeInMinutes": 10}});

    let said = read_deployment(json!({"deploymentConfiguration": configuration})).await.bakes;

    assert_eq!((said.canary, said.whole), (SignedDuration::from_mins(10), SignedDuration::from_mins(5)));
    assert_eq!(read_deployment(json!({"deploymentConfiguration": {}})).await.bakes, Bakes::default());
}

/// The fuzzer's find: a status that holds such a time cannot be read any more.
#[test]
fn a_time_that_no_status_can_hold_is_none() {
    let years_before_christ = DateTime::from_secs(FIRST_SECOND - 1);
    assert_eq!((time(&years_before_christ), exact_time(&years_before_christ)), (None, None));

    for seconds in [FIRST_SECOND, 1_780_000_000, 253_402_207_200] {
        let shown = serde_json::to_value(Time(time(&DateTime::from_secs(seconds)).unwrap())).unwrap();
        assert!(serde_json::from_value::<Time>(shown.clone()).is_ok(), "{shown}");
    }
}

#[test]
fn a_deployment_in_a_list_says_when_it_was_and_why() {
    let at = |seconds| Some(DateTime::from_secs(seconds));
    let shown = ecs::ServiceDeploymentBrief::builder()
        .service_deployment_arn(DEPLOYMENT)
        .target_service_revision_arn("rev")
        .status(ecs::ServiceDeploymentStatus::Successful)
        .status_reason("done")
        .set_created_at(at(1))
        .set_started_at(at(2))
        .set_finished_at(at(3))
        .build();
    let second = |second| Timestamp::from_second(second).ok();
    let expected = Deployment {
        state: DeploymentState::Successful,
        target: Some(RevisionLoad { arn: "rev".to_owned(), ..RevisionLoad::default() }),
        created_at: second(1),
        started_at: second(2),
        finished_at: second(3),
        reason: Some("done".to_owned()),
        ..Deployment::just_begun(DEPLOYMENT.to_owned())
    };
    assert_eq!(brief(shown), expected);
}
