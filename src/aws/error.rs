//! An SDK error, read: its class by variant, code or message, and a text that a person can act on.
//!
//! Sources of codes and messages: botocore ECS model (modelled exceptions); developer guide,
//! `express-service-troubleshooting`; terraform-provider-aws, `express_gateway_service.go` (role propagation,
//! "Resource not found"); AWS SDK reference, retry behaviour (throttling codes); AWS API reference, common errors.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ecs::config::http::HttpResponse;
use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ecs::operation::RequestId;

use crate::core::failure::{Failure, FailureClass, Operation};

/// Most characters of a message that is kept: conditions and events have little room, and AWS can quote whole documents.
const MESSAGE_CHARACTERS: usize = 512;

const THROTTLED: [&str; 12] = [
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "EC2ThrottledException",
    "SlowDown",
];

const ACCESS_DENIED: [&str; 6] = [
    "AccessDeniedException",
    "AccessDenied",
    "NotAuthorized",
    "UnauthorizedOperation",
    "OptInRequired",
    "BlockedException",
];

const CREDENTIALS: [&str; 12] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
];

const UNAVAILABLE: [&str; 9] = [
    "ServerException",
    "InternalFailure",
    "InternalError",
    "InternalServerError",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ConflictException",
];

/// The failure that an SDK error is.
pub(super) fn failure<E>(operation: Operation, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (class, code, message) = match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            match answer.err().code() {
                Some(code) => {
                    let message = answer.err().message().unwrap_or_default();
                    (classify(code, message, status), code, said(code, message))
                }
                None => unreadable(status),
            }
        }
        // The body is there whole, and yet it could not be read.
        SdkError::ResponseError(answer) if answer.raw().body().bytes().is_some() => {
            unreadable(answer.raw().status().as_u16())
        }
        SdkError::ResponseError(_) => {
            (FailureClass::Unavailable, "ResponseCutShort", format!("AWS's answer broke off: {}", causes(error)))
        }
        SdkError::TimeoutError(_) => {
            (FailureClass::Unavailable, "Timeout", format!("AWS did not answer in time: {}", causes(error)))
        }
        SdkError::DispatchFailure(_) if lacks_credentials(error) => (
            FailureClass::Credentials,
            "NoCredentials",
            format!(
                "no usable AWS credentials: give the controller's service account a role (EKS Pod Identity or IRSA), or set \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: {}",
                causes(error)
            ),
        ),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            (FailureClass::Unavailable, "Timeout", format!("AWS could not be reached in time: {}", causes(error)))
        }
        SdkError::DispatchFailure(_) => {
            (FailureClass::Unavailable, "ConnectionFailed", format!("AWS could not be reached: {}", causes(error)))
        }
        _ => (FailureClass::Unexpected, "RequestNotBuilt", format!("the request could not be made: {}", causes(error))),
    };
    let message = tidy(without_what_was_signed(&message));
    Failure { operation, class, code: tidy(code), message, request_id: error.request_id().map(tidy) }
}

/// An answer that was accepted and yet lacks what it must have.
pub(super) fn incomplete(operation: Operation, what: &str) -> Failure {
    Failure {
        operation,
        class: FailureClass::Unexpected,
        code: "UnreadableResponse".to_owned(),
        message: tidy(what),
        request_id: None,
    }
}

/// A text without control characters, of at most [`MESSAGE_CHARACTERS`].
pub(super) fn tidy(text: &str) -> String {
    let mut kept: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MESSAGE_CHARACTERS + 1).collect();
    if let Some((cut, _)) = kept.char_indices().nth(MESSAGE_CHARACTERS) {
        let room = kept.char_indices().nth(MESSAGE_CHARACTERS - 1);
        kept.truncate(room.map_or(cut, |(at, _)| at));
        kept.push('…');
    }
    kept.trim().to_owned()
}

/// About a signature that is wrong, AWS quotes all that was signed: the session token is part of it.
fn without_what_was_signed(message: &str) -> &str {
    let quotes =
        ["The Canonical String", "The String-to-Sign", "Authorization=", "Credential=", "x-amz-security-token"];
    let end = quotes.iter().filter_map(|quote| message.find(quote)).min();
    message.get(..end.unwrap_or(message.len())).unwrap_or(message).trim_end()
}

fn said(code: &str, message: &str) -> String {
    if message.trim().is_empty() { format!("AWS answered {code} and said no more") } else { message.to_owned() }
}

/// No code: a body that is no ECS answer, from a proxy, a captive portal or a newer API.
fn unreadable(status: u16) -> (FailureClass, &'static str, String) {
    let class = match status {
        429 => FailureClass::Throttled,
        401 | 403 => FailureClass::AccessDenied,
        500.. => FailureClass::Unavailable,
        _ => FailureClass::Unexpected,
    };
    (
        class,
        "UnreadableResponse",
        format!("the answer (HTTP {status}) is not one of ECS's: check the endpoint and any proxy in between"),
    )
}

fn classify(code: &str, message: &str, status: u16) -> FailureClass {
    if THROTTLED.contains(&code) || status == 429 {
        return FailureClass::Throttled;
    }
    if ACCESS_DENIED.contains(&code) {
        return denied(message);
    }
    if CREDENTIALS.contains(&code) {
        return FailureClass::Credentials;
    }
    if UNAVAILABLE.contains(&code) {
        return FailureClass::Unavailable;
    }
    match code {
        "InvalidParameterException" | "ClientException" => refused(message),
        "LimitExceededException" | "ValidationException" | "SerializationException" => FailureClass::InvalidParameter,
        "ResourceNotFoundException" | "ServiceNotFoundException" | "ServiceDeploymentNotFoundException" => {
            FailureClass::NotFound
        }
        "ServiceNotActiveException" => FailureClass::NotActive,
        "ClusterNotFoundException" => FailureClass::ClusterNotFound,
        "PlatformUnknownException"
        | "PlatformTaskDefinitionIncompatibilityException"
        | "UnsupportedFeatureException"
        | "UnknownOperationException" => FailureClass::Unsupported,
        _ if status >= 500 => FailureClass::Unavailable,
        _ if status == 401 || status == 403 => FailureClass::AccessDenied,
        _ => FailureClass::Unexpected,
    }
}

/// A role of the spec that ECS cannot assume (yet), or a permission that somebody lacks.
fn denied(message: &str) -> FailureClass {
    let message = message.to_lowercase();
    let role = ["cannot assume role", "not authorized to perform: sts:assumerole"];
    if role.iter().any(|text| message.contains(text)) { FailureClass::RoleNotReady } else { FailureClass::AccessDenied }
}

/// ECS says much with one code: the message decides.
fn refused(message: &str) -> FailureClass {
    let message = message.to_lowercase();
    let table = [
        ("not able to validate the provided access credentials", FailureClass::RoleNotReady),
        ("cannot assume role", FailureClass::RoleNotReady),
        ("still draining", FailureClass::StillDraining),
        ("was not idempotent", FailureClass::NameTaken),
        ("already exists", FailureClass::NameTaken),
        ("resource not found", FailureClass::NotFound),
        ("service that is inactive", FailureClass::NotActive),
    ];
    table.iter().find(|(text, _)| message.contains(text)).map_or(FailureClass::InvalidParameter, |(_, class)| *class)
}

fn lacks_credentials(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| cause.is::<CredentialsError>())
}

/// The causes of an error, the outermost left out: it only names the SDK's own stage.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in chain(error).skip(1) {
        let text = cause.to_string();
        // The SDK's name for "neither timeout nor input and output": it says nothing.
        if text != "other" && !texts.contains(&text) {
            texts.push(text);
        }
    }
    if texts.is_empty() {
        texts.push(error.to_string());
    }
    texts.join(": ")
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn Error + 'static)| (*cause).source())
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
