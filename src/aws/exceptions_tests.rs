//! Row 22: every exception of every operation, and everything that is no answer of ECS at all: its class, what is said, and
//! when it is tried again. Sources: botocore ECS model (modelled exceptions of each operation); AWS API reference, common
//! errors; AWS SDK reference, retry behaviour.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::time::Duration;

use serde_json::{Value, json};
use strum::IntoEnumIterator;

use crate::api::conditions::{ConditionType, Reason};
use crate::aws::canned::{
    Answer, Canned, DEPLOYMENT, REQUEST_ID, REVISION, SERVICE, connect, service, without_credentials,
};
use crate::aws::client::{Ecs, EcsSettings};
use crate::core::advice;
use crate::core::conditions::{Statement, Truth};
use crate::core::desired::{Desired, ObjectFacts};
use crate::core::failure::{Failure, FailureClass, Operation};
use crate::core::fixtures::{a_spec, owner};
use crate::core::observed::{Known, Observed, Place};
use crate::core::retry::Backoff;

use FailureClass as C;

/// Calls the operation with as little as the SDK asks for.
async fn call(ecs: &Ecs, operation: Operation) -> Failure {
    macro_rules! sent {
        ($client:ident . $call:ident() $(. $member:ident($value:expr))*) => {
            ecs.calls.track(operation, ecs.$client.$call()$(.$member($value))*.send()).await.map(drop)
        };
    }
    let answer = match operation {
        Operation::CreateExpressGatewayService => {
            sent!(writes.create_express_gateway_service().infrastructure_role_arn("arn:aws:iam::1:role/i"))
        }
        Operation::UpdateExpressGatewayService => sent!(writes.update_express_gateway_service().service_arn(SERVICE)),
        Operation::DeleteExpressGatewayService => sent!(writes.delete_express_gateway_service().service_arn(SERVICE)),
        Operation::TagResource => sent!(writes.tag_resource().resource_arn(SERVICE).set_tags(Some(Vec::new()))),
        Operation::UntagResource => sent!(writes.untag_resource().resource_arn(SERVICE).tag_keys("team")),
        Operation::DescribeExpressGatewayService => {
            sent!(reads.describe_express_gateway_service().service_arn(SERVICE))
        }
        Operation::DescribeServices => sent!(reads.describe_services().services("web")),
        Operation::ListServiceDeployments => sent!(reads.list_service_deployments().service(SERVICE)),
        Operation::DescribeServiceDeployments => {
            sent!(reads.describe_service_deployments().service_deployment_arns("d"))
        }
        Operation::StopServiceDeployment => sent!(writes.stop_service_deployment().service_deployment_arn("d")),
        Operation::DescribeServiceRevisions => {
            sent!(reads.describe_service_revisions().service_revision_arns("r"))
        }
        Operation::ListTasks => sent!(reads.list_tasks()),
        Operation::DescribeTasks => sent!(reads.describe_tasks().tasks("t")),
    };
    answer.unwrap_err()
}

/// What the model lists for every operation.
const OF_ALL: [(&str, FailureClass); 5] = [
    ("AccessDeniedException", C::AccessDenied),
    ("ClientException", C::InvalidParameter),
    ("ClusterNotFoundException", C::ClusterNotFound),
    ("InvalidParameterException", C::InvalidParameter),
    ("ServerException", C::Unavailable),
];

/// What the model lists besides.
fn more(operation: Operation) -> Vec<(&'static str, FailureClass)> {
    let unsupported = ("UnsupportedFeatureException", C::Unsupported);
    let no_service = ("ServiceNotFoundException", C::NotFound);
    let no_resource = ("ResourceNotFoundException", C::NotFound);
    match operation {
        Operation::CreateExpressGatewayService => vec![
            ("PlatformTaskDefinitionIncompatibilityException", C::Unsupported),
            ("PlatformUnknownException", C::Unsupported),
            unsupported,
        ],
        Operation::UpdateExpressGatewayService | Operation::DeleteExpressGatewayService => {
            vec![("ServiceNotActiveException", C::NotActive), no_service, unsupported]
        }
        Operation::DescribeExpressGatewayService => vec![no_resource, unsupported],
        Operation::ListServiceDeployments
        | Operation::DescribeServiceDeployments
        | Operation::DescribeServiceRevisions => vec![no_service, unsupported],
        Operation::StopServiceDeployment => vec![
            ("ConflictException", C::Unavailable),
            ("ServiceDeploymentNotFoundException", C::NotFound),
            unsupported,
        ],
        Operation::ListTasks => vec![no_service],
        Operation::TagResource => vec![("LimitExceededException", C::InvalidParameter), no_resource],
        Operation::UntagResource => vec![no_resource],
        Operation::DescribeServices | Operation::DescribeTasks => vec![],
    }
}

/// What no model lists and every operation may answer.
const OF_NO_MODEL: [(&str, FailureClass); 8] = [
    ("ThrottlingException", C::Throttled),
    ("RequestLimitExceeded", C::Throttled),
    ("ExpiredTokenException", C::Credentials),
    ("UnrecognizedClientException", C::Credentials),
    ("InvalidSignatureException", C::Credentials),
    ("ServiceUnavailable", C::Unavailable),
    ("ValidationException", C::InvalidParameter),
    ("SomethingOfALaterApiException", C::Unexpected),
];

#[tokio::test]
async fn every_exception_of_every_operation_has_its_class_its_message_and_its_retry() {
    let aws = Canned::start();
    for operation in Operation::iter() {
        for (exception, class) in OF_ALL.into_iter().chain(more(operation)).chain(OF_NO_MODEL) {
            aws.answers(operation.as_ref(), Answer::exception(exception, "AWS says why."));

            let failure = call(&aws.ecs, operation).await;

            assert_eq!((failure.operation, failure.class), (operation, class), "{exception}");
            assert_eq!((failure.code.as_str(), failure.message.as_str()), (exception, "AWS says why."));
            assert_eq!(failure.request_id.as_deref(), Some(REQUEST_ID));
            is_told_and_tried_again(&failure);
        }
    }
}

#[tokio::test]
async fn what_is_no_answer_of_ecs_has_its_class_for_every_operation() {
    for operation in Operation::iter() {
        for (answer, class, code) in [
            (Answer::Half(json!({"service": {}}).to_string()), C::Unavailable, "ResponseCutShort"),
            (Answer::Lost, C::Unavailable, "ConnectionFailed"),
            (Answer::Silence, C::Unavailable, "Timeout"),
            (Answer::Whole(200, "{\"service\":".to_owned()), C::Unexpected, "UnreadableResponse"),
            (Answer::Whole(503, "<html>the proxy says no</html>".to_owned()), C::Unavailable, "UnreadableResponse"),
            (Answer::Whole(407, String::new()), C::Unexpected, "UnreadableResponse"),
        ] {
            let aws = Canned::answering(operation.as_ref(), answer.clone());

            let failure = call(&aws.ecs, operation).await;

            assert_eq!((failure.class, failure.code.as_str()), (class, code), "{operation} {answer:?}: {failure:?}");
            is_told_and_tried_again(&failure);
        }
    }
}

/// What a later API may say where this version knows a few words: nothing of it is a failure but the state of the service
/// itself, for nothing is known of what may be done with it then.
#[tokio::test]
async fn an_unknown_word_breaks_nothing() {
    let deployment = json!({"serviceDeploymentArn": DEPLOYMENT, "status": "POLISHING", "lifecycleStage": "MOON_SHIFT",
        "deploymentCircuitBreaker": {"status": "MELTED"}, "alarms": {"status": "SINGING"}});
    let configuration = json!({"serviceRevisionArn": REVISION, "cpuArchitecture": "RISCV",
        "scalingTarget": {"autoScalingMetric": "MOOD"}, "ingressPaths": [{"accessType": "LUNAR", "endpoint": "web.example"}]});
    let express = json!({"status": {"statusCode": "POLISHING"}, "activeConfigurations": [configuration]});
    let seen = |more: Value| {
        let aws = Canned::start();
        aws.answers("DescribeServices", Answer::ok(&json!({"services": [service("web", &more)]})));
        aws.answers("DescribeServiceDeployments", Answer::ok(&json!({"serviceDeployments": [deployment.clone()]})));
        aws.answers("DescribeExpressGatewayService", Answer::ok(&json!({"service": express.clone()})));
        async move {
            let place = Place { cluster: "shop".to_owned(), service_name: "web".to_owned() };
            aws.ecs.observe(&place, &Known { full: true, ..Known::default() }, Duration::ZERO).await
        }
    };

    let words = json!({"currentServiceDeployment": DEPLOYMENT, "launchType": "BALLOON", "propagateTags": "SOME",
        "schedulingStrategy": "WHENEVER", "availabilityZoneRebalancing": "MAYBE", "novelty": {"of": ["a", "later", "API"]}});
    let Ok(Observed::Live(live)) = seen(words).await else { panic!("it is live") };
    let in_flight = live.in_flight.expect("a deployment in a state that is not known is not over");
    assert_eq!(
        (in_flight.state.to_string(), in_flight.stage.unwrap().to_string()),
        ("POLISHING".into(), "MOON_SHIFT".into())
    );
    assert!(in_flight.circuit_breaker.is_none_or(|breaker| !breaker.triggered && breaker.failures == 0));
    assert_eq!(in_flight.triggered_alarms, [""; 0]);
    let shown = &live.configurations.expect("it is read")[0];
    assert_eq!((shown.configuration.cpu_architecture, shown.configuration.scaling.metric), (None, None));
    assert_eq!(shown.url.as_deref(), Some("https://web.example"));

    let other = seen(json!({"resourceManagementType": "NEIGHBOUR"})).await;
    assert!(matches!(other, Ok(Observed::NotExpress(_))), "{other:?}");
    let failure = seen(json!({"status": "POLISHING"})).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (C::Unexpected, "UnreadableResponse"));
    is_told_and_tried_again(&failure);
}

/// About a signature that is wrong, AWS quotes all that was signed, the session token too.
#[tokio::test]
async fn no_failure_says_what_was_signed() {
    let aws = Canned::start();
    let said = "The signature we calculated does not match.";
    for quoted in [
        "The Canonical String for this request should have been 'POST / x-amz-security-token:hunter2'",
        "The String-to-Sign should have been 'AWS4-HMAC-SHA256 hunter2'",
        "Authorization=AWS4-HMAC-SHA256 Credential=hunter2/20260101/eu-central-1/ecs/aws4_request",
        "Credential=hunter2",
        "x-amz-security-token:hunter2",
    ] {
        aws.answers("DescribeServices", Answer::exception("InvalidSignatureException", &format!("{said} {quoted}")));
        let failure = call(&aws.ecs, Operation::DescribeServices).await;
        assert_eq!((failure.class, failure.message.as_str()), (C::Credentials, said));
    }
}

#[tokio::test]
async fn without_a_network_or_without_credentials_every_operation_says_so() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = connect(&format!("http://{}", closed.local_addr().unwrap()), &EcsSettings::default());
    drop(closed);
    let penniless = without_credentials();
    for operation in Operation::iter() {
        let unreachable = call(&nobody, operation).await;
        assert_eq!((unreachable.class, unreachable.code.as_str()), (C::Unavailable, "ConnectionFailed"));
        is_told_and_tried_again(&unreachable);
        let unsigned = call(&penniless, operation).await;
        assert_eq!((unsigned.class, unsigned.code.as_str()), (C::Credentials, "NoCredentials"));
        is_told_and_tried_again(&unsigned);
    }
}

/// How a class is tried again, and what a person reads meanwhile.
fn is_told_and_tried_again(failure: &Failure) {
    let facts = ObjectFacts { owner: owner(), generation: 1, ..ObjectFacts::default() };
    let desired = Desired::parse(facts, Ok(&a_spec()));
    let said = advice::statements(failure, &desired);
    let of = |kind| said.iter().find(|s: &&Statement| s.kind == kind);
    let ready = of(ConditionType::Ready).expect("Ready");
    assert_ne!(ready.truth, Truth::True);
    for words in [failure.operation.as_ref(), &failure.code, failure.message.trim_end_matches('.')] {
        assert!(ready.message.contains(words), "{words:?} is not in: {}", ready.message);
    }
    let (_, what_to_do) = ready.message.rsplit_once("). ").expect("what to do");
    assert!(!what_to_do.is_empty());

    let backoff = Backoff::default();
    let (soonest, latest) = (backoff.delay(failure.class, 1, 0.0), backoff.delay(failure.class, 100, 1.0));
    assert!(latest <= backoff.cap);
    match failure.class {
        // Only a person or the spec can change it: said so, and tried again slowly all the same.
        C::InvalidParameter | C::Unsupported | C::ClusterNotFound => {
            assert!(of(ConditionType::Stalled).is_some() && of(ConditionType::Reconciling).is_none());
            assert!(soonest >= backoff.cap / 2, "{soonest:?}");
        }
        // It heals outside: never stalled, and soon tried again.
        C::Throttled
        | C::AccessDenied
        | C::Credentials
        | C::RoleNotReady
        | C::StillDraining
        | C::NameTaken
        | C::NotFound
        | C::NotActive
        | C::Unavailable
        | C::Unexpected => {
            let reconciling = of(ConditionType::Reconciling).expect("Reconciling");
            let expected =
                if failure.class == C::StillDraining { Reason::Progressing } else { Reason::ProgressingWithRetry };
            assert_eq!(reconciling.reason, expected);
            assert!(of(ConditionType::Stalled).is_none());
            assert!(backoff.delay(failure.class, 1, 1.0) <= backoff.base, "{soonest:?}");
        }
    }
}
