//! One call of awsJson1.1 without a connection: its target and body in, status and body out.
use serde_json::{Value, json};

use crate::model::{ApiError, ErrorKind};
use crate::wire::{Operation, Request, Response};

/// What stands before the operation in `X-Amz-Target`.
pub const TARGET_PREFIX: &str = "AmazonEC2ContainerServiceV20141113.";

/// An answer as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: String,
    /// The exception, for `x-amzn-errortype`.
    pub exception: Option<&'static str>,
}

/// Reads a call.
///
/// # Errors
/// As ECS answers what it does not know, or cannot read.
pub fn read(target: &str, body: &[u8]) -> Result<Request, ApiError> {
    let named = target.strip_prefix(TARGET_PREFIX);
    let Some(operation) = named.and_then(Operation::from_name) else {
        return Err(ErrorKind::UnknownOperation.with(format!("Unknown operation: {}", named.unwrap_or(target))));
    };
    let body = serde_json::from_slice::<Value>(body).map_err(|error| ErrorKind::Serialization.with(error.to_string()));
    Request::from_json(operation, body?).map_err(|error| ErrorKind::Serialization.with(error.to_string()))
}

/// Writes an answer.
pub fn write(answer: &Result<Response, ApiError>) -> Answer {
    match answer {
        Ok(response) => Answer { status: 200, body: response.to_json().to_string(), exception: None },
        Err(error) => Answer {
            status: error.kind.status(),
            body: json!({"__type": error.kind.name(), "message": error.message}).to_string(),
            exception: Some(error.kind.name()),
        },
    }
}
