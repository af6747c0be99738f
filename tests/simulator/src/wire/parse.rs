//! Reading a request body: what the types of botocore's model refuse is refused here.
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseError(pub String);

/// The members whose value is a structure. Serde alone would read an array as a structure, by position.
const STRUCTURES: &[&str] = &[
    "primaryContainer",
    "awsLogsConfiguration",
    "repositoryCredentials",
    "networkConfiguration",
    "awsvpcConfiguration",
    "scalingTarget",
    "createdAt",
    "runtimePlatform",
    "logConfiguration",
    "linuxParameters",
];

/// Refuses a body that is no structure, an array where a structure belongs, and an array directly inside an array.
pub(super) fn check_structure(body: &Value) -> Result<(), ParseError> {
    let Value::Object(members) = body else {
        return Err(ParseError("Start of structure or map found where not expected.".to_owned()));
    };
    for (name, member) in members {
        if member.is_array() && STRUCTURES.contains(&name.as_str()) {
            return Err(ParseError(format!("Start of list found where not expected: {name}")));
        }
        check_member(name, member)?;
    }
    Ok(())
}

fn check_member(name: &str, member: &Value) -> Result<(), ParseError> {
    match member {
        Value::Object(_) => check_structure(member),
        Value::Array(items) => items.iter().try_for_each(|item| match item {
            Value::Array(_) => Err(ParseError(format!("Start of list found where not expected: {name}"))),
            item => check_member(name, item),
        }),
        _ => Ok(()),
    }
}

/// Reads the members of a structure.
pub(super) fn members<T: DeserializeOwned>(body: Value) -> Result<T, ParseError> {
    serde_json::from_value(body).map_err(|error| ParseError(error.to_string()))
}
