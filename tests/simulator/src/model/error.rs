//! The errors that ECS answers with: a closed list, each with the message a caller reads.

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind:?}: {message}")]
pub struct ApiError {
    /// Which exception.
    pub kind: ErrorKind,
    /// The text for a person.
    pub message: String,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $status:literal;)*) => {
        /// The exceptions, by the names of botocore's model (and three that no model lists: throttling, expired credentials and bad JSON).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum ErrorKind { $($(#[$doc])* #[serde(rename = $name)] $kind),* }

        impl ErrorKind {
            /// The name on the wire, as in `__type`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }

            /// The HTTP status: 500 for the only fault, 400 for all others.
            pub fn status(self) -> u16 {
                match self { $(Self::$kind => $status),* }
            }

            pub(crate) fn with(self, message: impl Into<String>) -> ApiError {
                ApiError { kind: self, message: message.into() }
            }
        }
    };
}

kinds! {
    /// A role cannot be assumed, or a call is not allowed.
    AccessDenied = "AccessDeniedException", 400;
    /// An identifier or action that is not valid for this caller.
    Client = "ClientException", 400;
    /// The cluster is not there.
    ClusterNotFound = "ClusterNotFoundException", 400;
    /// The state of the resource does not allow the call now.
    Conflict = "ConflictException", 400;
    /// A parameter is not valid.
    InvalidParameter = "InvalidParameterException", 400;
    /// The caller's credentials are too old.
    ExpiredToken = "ExpiredTokenException", 400;
    /// More than the limit allows.
    LimitExceeded = "LimitExceededException", 400;
    /// The task definition does not fit the platform (create only).
    PlatformTaskDefinitionIncompatibility = "PlatformTaskDefinitionIncompatibilityException", 400;
    /// The platform version does not exist (create only).
    PlatformUnknown = "PlatformUnknownException", 400;
    /// The resource is not there (Describe).
    ResourceNotFound = "ResourceNotFoundException", 400;
    /// The body cannot be read.
    Serialization = "SerializationException", 400;
    /// A fault of the server's own.
    Server = "ServerException", 500;
    /// The deployment is not there.
    ServiceDeploymentNotFound = "ServiceDeploymentNotFoundException", 400;
    /// The service is DRAINING or INACTIVE.
    ServiceNotActive = "ServiceNotActiveException", 400;
    /// The service is not there (Update, Delete).
    ServiceNotFound = "ServiceNotFoundException", 400;
    /// Too many calls.
    Throttling = "ThrottlingException", 400;
    /// The operation does not exist.
    UnknownOperation = "UnknownOperationException", 400;
    /// Not offered here.
    UnsupportedFeature = "UnsupportedFeatureException", 400;
}

pub(crate) fn invalid<T>(message: impl Into<String>) -> Result<T, ApiError> {
    Err(ErrorKind::InvalidParameter.with(message))
}

/// A member that the operation requires.
pub(crate) fn required<T>(member: Option<T>, name: &str) -> Result<T, ApiError> {
    member.ok_or_else(|| ErrorKind::InvalidParameter.with(format!("{name} cannot be blank.")))
}
