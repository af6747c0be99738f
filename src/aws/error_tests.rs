//! Each failure that ECS is known for, through the SDK's own deserialiser.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use aws_sdk_ecs::error::ConnectorError;
use serde_json::json;

use super::*;
use crate::aws::canned::{Answer, Canned, REQUEST_ID, SERVICE, connect};
use crate::aws::client::{Ecs, EcsSettings};
use crate::core::step::{AwsWrite, Retag, TagChange};

const TAG: &str = "TagResource";

/// A write, for it is sent once whatever comes back.
async fn call(ecs: &Ecs) -> Failure {
    let retag = Retag {
        service_arn: SERVICE.to_owned(),
        change: TagChange::Set([("team".to_owned(), "shop".to_owned())].into()),
    };
    ecs.act(AwsWrite::Retag(&retag)).await.unwrap_err()
}

async fn failure_of(answer: Answer) -> Failure {
    let aws = Canned::answering(TAG, answer);
    call(&aws.ecs).await
}

#[tokio::test]
async fn each_exception_has_its_class() {
    use FailureClass as C;
    let user = "User: arn:aws:sts::111122223333:assumed-role/expressway/i is not authorized to perform:";
    let table = [
        ("AccessDeniedException", "Cannot assume role".to_owned(), C::RoleNotReady),
        ("AccessDeniedException", format!("{user} sts:AssumeRole on resource: x"), C::RoleNotReady),
        ("AccessDeniedException", format!("{user} iam:PassRole on resource: x"), C::AccessDenied),
        ("AccessDeniedException", format!("{user} ecs:CreateExpressGatewayService"), C::AccessDenied),
        ("ClientException", "AWS was not able to validate the provided access credentials".to_owned(), C::RoleNotReady),
        ("InvalidParameterException", "Unable to Start a service that is still Draining.".to_owned(), C::StillDraining),
        (
            "InvalidParameterException",
            "taskDefinitionArn cannot be provided with primaryContainer, executionRoleArn, taskRoleArn, cpu, or memory.".to_owned(),
            C::InvalidParameter,
        ),
        (
            "InvalidParameterException",
            "Task definition must contain a container named 'Main' with a single TCP port mapping.".to_owned(),
            C::InvalidParameter,
        ),
        ("InvalidParameterException", "Creation of service was not idempotent.".to_owned(), C::NameTaken),
        ("InvalidParameterException", "Resource not found".to_owned(), C::NotFound),
        (
            "InvalidParameterException",
            "Cannot call DescribeServiceRevisions for a service that is INACTIVE".to_owned(),
            C::NotActive,
        ),
        ("ClientException", "The identifier is not valid".to_owned(), C::InvalidParameter),
        ("ResourceNotFoundException", "Resource not found".to_owned(), C::NotFound),
        ("ServiceNotFoundException", "Service not found.".to_owned(), C::NotFound),
        ("ServiceDeploymentNotFoundException", "gone".to_owned(), C::NotFound),
        ("ServiceNotActiveException", "Service is in DRAINING status".to_owned(), C::NotActive),
        (
            "ServiceNotActiveException",
            "Cannot perform this operation on a service in INACTIVE status".to_owned(),
            C::NotActive,
        ),
        ("ClusterNotFoundException", "Cluster not found.".to_owned(), C::ClusterNotFound),
        ("PlatformUnknownException", String::new(), C::Unsupported),
        ("PlatformTaskDefinitionIncompatibilityException", String::new(), C::Unsupported),
        ("UnsupportedFeatureException", "not in this region".to_owned(), C::Unsupported),
        ("ServerException", "Service Unavailable. Please try again later.".to_owned(), C::Unavailable),
        ("ConflictException", "try again".to_owned(), C::Unavailable),
        ("ThrottlingException", "Rate exceeded".to_owned(), C::Throttled),
        ("TooManyRequestsException", "Rate exceeded".to_owned(), C::Throttled),
        ("RequestLimitExceeded", "Rate exceeded".to_owned(), C::Throttled),
        ("LimitExceededException", "Too many tags".to_owned(), C::InvalidParameter),
        ("ExpiredTokenException", "The security token included in the request is expired".to_owned(), C::Credentials),
        ("ExpiredToken", "expired".to_owned(), C::Credentials),
        ("UnrecognizedClientException", "The security token is invalid".to_owned(), C::Credentials),
        ("InvalidSignatureException", "Signature expired".to_owned(), C::Credentials),
        ("SomethingNewException", "of a later API".to_owned(), C::Unexpected),
    ];
    let aws = Canned::start();
    for (code, message, class) in table {
        aws.answers(TAG, Answer::exception(code, &message));

        let failure = call(&aws.ecs).await;

        assert_eq!(failure.class, class, "{code}: {message}");
        assert_eq!(failure.code, code);
        assert!(failure.message.contains(&message), "{failure:?}");
        assert!(!failure.message.is_empty());
        assert_eq!(failure.operation, Operation::TagResource);
        assert_eq!(failure.request_id.as_deref(), Some(REQUEST_ID));
    }
}

#[tokio::test]
async fn an_answer_that_is_not_one_of_ecs_is_told_from_ones_that_are() {
    use FailureClass as C;
    let html = "<html>the proxy says no</html>";
    for (status, class) in [
        (200, C::Unexpected),
        (400, C::Unexpected),
        (403, C::AccessDenied),
        (429, C::Throttled),
        (500, C::Unavailable),
        (502, C::Unavailable),
        (503, C::Unavailable),
    ] {
        let failure = failure_of(Answer::Whole(status, html.to_owned())).await;

        assert_eq!((failure.class, failure.code.as_str()), (class, "UnreadableResponse"), "{status}");
        assert!(failure.message.contains("check the endpoint"), "{failure:?}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_never_comes_leaves_the_outcome_unknown() {
    for (answer, code) in [
        (Answer::Half(json!({}).to_string()), "ResponseCutShort"),
        (Answer::Lost, "ConnectionFailed"),
        (Answer::Silence, "Timeout"),
    ] {
        let failure = failure_of(answer.clone()).await;

        assert_eq!(failure.class, FailureClass::Unavailable, "{answer:?}");
        assert_eq!(failure.code, code, "{failure:?}");
    }
}

#[tokio::test]
async fn an_endpoint_that_nobody_listens_on_is_unavailable() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);

    let failure = call(&connect(&format!("http://{address}"), &EcsSettings::default())).await;

    assert_eq!(failure.class, FailureClass::Unavailable);
    assert_eq!(failure.code, "ConnectionFailed");
    assert!(failure.message.to_lowercase().contains("refused"), "{failure:?}");
}

#[tokio::test]
async fn missing_credentials_are_an_access_failure_that_says_what_to_configure() {
    let failure = call(&crate::aws::canned::without_credentials()).await;

    assert_eq!(failure.class, FailureClass::Credentials);
    assert_eq!(failure.code, "NoCredentials");
    assert!(failure.message.contains("AWS_ACCESS_KEY_ID"), "{failure:?}");
}

#[tokio::test]
async fn a_message_is_short_and_without_control_characters() {
    let long = format!("line one\nline two\u{1b}[31m {}", "ä".repeat(2000));

    let failure = failure_of(Answer::exception("InvalidParameterException", &long)).await;

    assert_eq!(failure.message.chars().count(), MESSAGE_CHARACTERS);
    assert!(failure.message.starts_with("line one line two [31m ä"));
    assert!(failure.message.ends_with('…'));
    assert!(!failure.message.chars().any(char::is_control));
}

#[test]
fn a_code_that_nobody_knows_is_read_by_its_status() {
    use FailureClass as C;
    for (status, class) in [
        (400, C::Unexpected),
        (401, C::AccessDenied),
        (402, C::Unexpected),
        (403, C::AccessDenied),
        (429, C::Throttled),
        (499, C::Unexpected),
        (500, C::Unavailable),
        (503, C::Unavailable),
    ] {
        assert_eq!(classify("StrangeException", "", status), class, "{status}");
    }
}

#[test]
fn an_endpoint_that_cannot_be_reached_in_time_is_told_from_one_that_refuses() {
    type TagError = SdkError<aws_sdk_ecs::operation::tag_resource::TagResourceError, HttpResponse>;
    let cause = || Box::new(std::io::Error::other("connect"));
    let late = TagError::dispatch_failure(ConnectorError::timeout(cause()));
    let refused = TagError::dispatch_failure(ConnectorError::io(cause()));
    for (error, code) in [(late, "Timeout"), (refused, "ConnectionFailed")] {
        let failure = failure(Operation::TagResource, &error);
        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Unavailable, code), "{failure:?}");
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cause(&'static str, #[source] Option<Box<Cause>>);

#[test]
fn causes_are_told_once_and_without_those_that_say_nothing() {
    let chained = |texts: &[&'static str]| {
        let mut outermost = None;
        for text in texts.iter().rev() {
            outermost = Some(Box::new(Cause(text, outermost)));
        }
        causes(outermost.unwrap().as_ref())
    };
    assert_eq!(
        chained(&["dispatch failure", "other", "no route", "no route", "host is down"]),
        "no route: host is down"
    );
    assert_eq!(chained(&["dispatch failure", "other"]), "dispatch failure");
}
