//! What each write puts on the wire, how often, and what comes of the answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use serde_json::{Value, json};

use super::*;
use crate::api::spec::{AutoScalingMetric, CpuArchitecture, EnvironmentValue};
use crate::aws::canned::{Answer, Canned, DEPLOYMENT, REVISION, SERVICE};
use crate::core::configuration::{Container, Logs, Scaling};
use crate::core::step::Step;

const CREATE: &str = "CreateExpressGatewayService";
const UPDATE: &str = "UpdateExpressGatewayService";
const DELETE: &str = "DeleteExpressGatewayService";
const STOP: &str = "StopServiceDeployment";
const MARKER: &str = "hunter2-planted";

fn everything() -> Configuration {
    Configuration {
        execution_role_arn: Some("arn:aws:iam::111122223333:role/execution".to_owned()),
        task_role_arn: Some("arn:aws:iam::111122223333:role/task".to_owned()),
        task_definition_arn: None,
        container: Some(Container {
            image: "shop/web:2".to_owned(),
            port: Some(8080),
            logs: Some(Logs { group: "/shop".to_owned(), stream_prefix: "web".to_owned() }),
            repository_credentials: Some("arn:registry".to_owned()),
            command: vec!["serve".to_owned()],
            environment: [("PASSWORD".to_owned(), EnvironmentValue(MARKER.to_owned()))].into(),
            secrets: [("TOKEN".to_owned(), "arn:secret".to_owned())].into(),
        }),
        cpu: Some("512".to_owned()),
        memory: Some("1024".to_owned()),
        cpu_architecture: Some(CpuArchitecture::Arm64),
        subnets: ["subnet-b".to_owned(), "subnet-a".to_owned()].into(),
        security_groups: ["sg-1".to_owned()].into(),
        health_check_path: Some("/health".to_owned()),
        scaling: Scaling {
            min_tasks: Some(2),
            max_tasks: Some(4),
            metric: Some(AutoScalingMetric::AverageCpu),
            target_value: Some(70),
        },
    }
}

fn only_an_image() -> Configuration {
    Configuration {
        container: Some(Container { image: "shop/web:1".to_owned(), ..Container::default() }),
        ..Configuration::default()
    }
}

fn create(configuration: Configuration) -> Step {
    Step::Create(Box::new(CreateService {
        service_name: "web".to_owned(),
        cluster: "shop".to_owned(),
        infrastructure_role_arn: "arn:aws:iam::111122223333:role/infrastructure".to_owned(),
        configuration,
        tags: [("expressway.dev/uid".to_owned(), "u-1".to_owned())].into(),
    }))
}

fn update(configuration: Configuration) -> Step {
    Step::Update(Box::new(UpdateService { service_arn: SERVICE.to_owned(), configuration }))
}

fn delete() -> Step {
    Step::Delete { service_arn: SERVICE.to_owned() }
}

fn stop() -> Step {
    Step::Stop { deployment_arn: DEPLOYMENT.to_owned() }
}

async fn act(aws: &Canned, step: &Step) -> Result<Effect, Failure> {
    aws.ecs.act(step.aws_write().unwrap()).await
}

fn created() -> Answer {
    Answer::ok(&json!({"service": {"serviceArn": SERVICE, "createdAt": 1_780_000_000.75}}))
}

/// The members that are the same in a create and an update.
fn everything_on_the_wire() -> Value {
    json!({
        "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
        "taskRoleArn": "arn:aws:iam::111122223333:role/task",
        "primaryContainer": {
            "image": "shop/web:2",
            "containerPort": 8080,
            "awsLogsConfiguration": {"logGroup": "/shop", "logStreamPrefix": "web"},
            "repositoryCredentials": {"credentialsParameter": "arn:registry"},
            "command": ["serve"],
            "environment": [{"name": "PASSWORD", "value": MARKER}],
            "secrets": [{"name": "TOKEN", "valueFrom": "arn:secret"}],
        },
        "cpu": "512",
        "memory": "1024",
        "cpuArchitecture": "ARM64",
        "networkConfiguration": {"subnets": ["subnet-a", "subnet-b"], "securityGroups": ["sg-1"]},
        "healthCheckPath": "/health",
        "scalingTarget": {
            "minTaskCount": 2, "maxTaskCount": 4, "autoScalingMetric": "AVERAGE_CPU", "autoScalingTargetValue": 70,
        },
    })
}

#[tokio::test]
async fn a_create_sends_everything_and_brings_back_who_was_created() {
    let aws = Canned::start();
    aws.answers(CREATE, created());

    let effect = act(&aws, &create(everything())).await.unwrap();

    let mut wire = everything_on_the_wire();
    wire["serviceName"] = json!("web");
    wire["cluster"] = json!("shop");
    wire["infrastructureRoleArn"] = json!("arn:aws:iam::111122223333:role/infrastructure");
    wire["tags"] = json!([{"key": "expressway.dev/uid", "value": "u-1"}]);
    assert_eq!(aws.sent(CREATE), [wire]);
    assert_eq!(effect, Effect::Created { service_arn: SERVICE.to_owned() });
}

#[tokio::test]
async fn a_create_leaves_out_what_nobody_set() {
    let aws = Canned::start();
    aws.answers(CREATE, created());

    act(&aws, &create(only_an_image())).await.unwrap();

    let sent = &aws.sent(CREATE)[0];
    assert_eq!(sent["primaryContainer"], json!({"image": "shop/web:1"}));
    let members: Vec<_> = sent.as_object().unwrap().keys().cloned().collect();
    let expected = ["cluster", "infrastructureRoleArn", "primaryContainer", "serviceName", "tags"];
    assert_eq!(members, expected);
}

#[tokio::test]
async fn an_update_sends_what_it_is_given_and_brings_back_the_revision() {
    let aws = Canned::start();
    aws.answers(UPDATE, Answer::ok(&json!({"service": {"targetConfiguration": {"serviceRevisionArn": REVISION}}})));

    let effect = act(&aws, &update(everything())).await.unwrap();

    let mut wire = everything_on_the_wire();
    wire["serviceArn"] = json!(SERVICE);
    assert_eq!(aws.sent(UPDATE), [wire]);
    let target_revision = Some(REVISION.to_owned());
    assert_eq!(effect, Effect::Updated { target_revision });
}

#[tokio::test]
async fn an_update_clears_the_lists_of_the_container_and_keeps_all_else() {
    let aws = Canned::start();
    aws.answers(UPDATE, Answer::ok(&json!({"service": {}})));

    let effect = act(&aws, &update(only_an_image())).await.unwrap();

    let container = json!({"image": "shop/web:1", "command": [], "environment": [], "secrets": []});
    let wire = json!({"serviceArn": SERVICE, "primaryContainer": container});
    assert_eq!(aws.sent(UPDATE), [wire]);
    assert_eq!(effect, Effect::Updated { target_revision: None });
}

#[tokio::test]
async fn tags_are_written_and_removed_by_their_own_calls() {
    let aws = Canned::start();
    aws.answers("TagResource", Answer::ok(&json!({})));
    aws.answers("UntagResource", Answer::ok(&json!({})));
    let retag = |change| Step::Retag(Retag { service_arn: SERVICE.to_owned(), change });

    let set = TagChange::Set([("team".to_owned(), "shop".to_owned())].into());
    assert_eq!(act(&aws, &retag(set)).await, Ok(Effect::Retagged));
    let remove = TagChange::Remove(vec!["team".to_owned()]);
    assert_eq!(act(&aws, &retag(remove)).await, Ok(Effect::Retagged));

    let tags = json!([{"key": "team", "value": "shop"}]);
    assert_eq!(aws.sent("TagResource"), [json!({"resourceArn": SERVICE, "tags": tags})]);
    let keys = json!(["team"]);
    assert_eq!(aws.sent("UntagResource"), [json!({"resourceArn": SERVICE, "tagKeys": keys})]);
}

#[tokio::test]
async fn a_delete_of_what_is_going_or_gone_is_a_success() {
    let aws = Canned::start();
    for answer in [
        Answer::ok(&json!({"service": {"status": {"statusCode": "DRAINING"}}})),
        Answer::exception("ServiceNotActiveException", "Service is in DRAINING status"),
        Answer::exception("ServiceNotFoundException", "Service not found."),
        Answer::exception("InvalidParameterException", "Resource not found"),
        Answer::exception("ResourceNotFoundException", "Resource not found"),
    ] {
        aws.answers(DELETE, answer.clone());

        assert_eq!(act(&aws, &delete()).await, Ok(Effect::Deleting), "{answer:?}");
    }
    aws.answers(DELETE, Answer::exception("InvalidParameterException", "Not like this"));
    assert_eq!(act(&aws, &delete()).await.unwrap_err().class, FailureClass::InvalidParameter);
}

#[tokio::test]
async fn a_stop_asks_for_a_rollback_and_what_cannot_be_stopped_is_to_be_looked_at_again() {
    let aws = Canned::start();
    aws.answers(STOP, Answer::ok(&json!({"serviceDeploymentArn": DEPLOYMENT})));
    assert_eq!(act(&aws, &stop()).await.unwrap(), Effect::Stopped);
    assert_eq!(aws.sent(STOP), [json!({"serviceDeploymentArn": DEPLOYMENT, "stopType": "ROLLBACK"})]);

    for exception in ["ConflictException", "ServiceDeploymentNotFoundException"] {
        aws.answers(STOP, Answer::exception(exception, "it has ended"));

        let failure = act(&aws, &stop()).await.unwrap_err();

        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::NotFound, exception));
    }
}

#[tokio::test]
async fn every_write_is_sent_once_whatever_happens_to_its_answer() {
    let tags = TagChange::Remove(vec!["team".to_owned()]);
    let retag = Step::Retag(Retag { service_arn: SERVICE.to_owned(), change: tags });
    let writes = [
        (CREATE, create(everything())),
        (UPDATE, update(everything())),
        (DELETE, delete()),
        (STOP, stop()),
        ("UntagResource", retag),
    ];
    for answer in [
        Answer::exception("ServerException", "Service Unavailable"),
        Answer::exception("ThrottlingException", "Rate exceeded"),
        Answer::Whole(503, String::new()),
        Answer::Lost,
        Answer::Half(json!({"service": {}}).to_string()),
        Answer::Silence,
    ] {
        for (operation, step) in &writes {
            let aws = Canned::answering(operation, answer.clone());

            let failure = act(&aws, step).await.unwrap_err();

            assert_eq!(aws.sent(operation).len(), 1, "{operation} {answer:?}");
            let classes = [FailureClass::Unavailable, FailureClass::Throttled];
            assert!(classes.contains(&failure.class), "{operation} {answer:?} {failure:?}");
        }
    }
}

#[tokio::test]
async fn a_create_whose_answer_names_no_service_is_not_taken_for_a_success() {
    let aws = Canned::start();
    for answer in [json!({}), json!({"service": {}}), json!({"service": {"serviceArn": ""}})] {
        aws.answers(CREATE, Answer::ok(&answer));

        let failure = act(&aws, &create(only_an_image())).await.unwrap_err();

        assert_eq!(failure.class, FailureClass::Unexpected, "{answer}");
        assert_eq!(failure.code, "UnreadableResponse");
    }
}

#[tokio::test]
async fn no_failure_tells_an_environment_value_even_if_ecs_quotes_it() {
    let quoted = format!("Value '{MARKER}' at 'primaryContainer.environment' is not allowed");
    for answer in [
        Answer::exception("InvalidParameterException", &quoted),
        Answer::exception("ServerException", &quoted),
        Answer::Whole(200, quoted.clone()),
        Answer::Half(quoted.clone()),
        Answer::Lost,
        Answer::Silence,
    ] {
        for (operation, step) in [(CREATE, create(everything())), (UPDATE, update(everything()))] {
            let aws = Canned::answering(operation, answer.clone());

            let failure = act(&aws, &step).await.unwrap_err();

            assert!(aws.sent(operation)[0].to_string().contains(MARKER));
            assert!(!format!("{failure:?} {step:?}").contains(MARKER), "{failure:?}");
        }
    }
}
