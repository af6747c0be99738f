//! A call to AWS that failed: its class decides what happens next, its text tells a person what to do.

use strum::{AsRefStr, Display, EnumIter, EnumString};

/// The AWS operations that are called.
#[derive(AsRefStr, Clone, Copy, Debug, Display, EnumIter, EnumString, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the AWS operation of that name")]
pub enum Operation {
    CreateExpressGatewayService,
    UpdateExpressGatewayService,
    DescribeExpressGatewayService,
    DeleteExpressGatewayService,
    DescribeServices,
    ListServiceDeployments,
    DescribeServiceDeployments,
    StopServiceDeployment,
    DescribeServiceRevisions,
    ListTasks,
    DescribeTasks,
    TagResource,
    UntagResource,
}

impl Operation {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_read(self) -> bool {
        match self {
            Self::DescribeExpressGatewayService
            | Self::DescribeServices
            | Self::ListServiceDeployments
            | Self::DescribeServiceDeployments
            | Self::DescribeServiceRevisions
            | Self::ListTasks
            | Self::DescribeTasks => true,
            Self::CreateExpressGatewayService
            | Self::UpdateExpressGatewayService
            | Self::DeleteExpressGatewayService
            | Self::StopServiceDeployment
            | Self::TagResource
            | Self::UntagResource => false,
        }
    }
}

/// What kind of failure it was.
#[derive(AsRefStr, Clone, Copy, Debug, Display, EnumIter, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// AWS asked to slow down.
    Throttled,
    /// The controller, or a role, lacks a permission. Heals outside.
    AccessDenied,
    /// The controller's credentials are missing, expired or wrong. Heals outside.
    Credentials,
    /// A role of the spec cannot be assumed. New roles take minutes until AWS knows them everywhere.
    RoleNotReady,
    /// ECS refused a value. The same request will be refused again.
    InvalidParameter,
    /// A service of this name is still draining; the name comes free by itself.
    StillDraining,
    /// The name is taken by a live service: look whose it is.
    NameTaken,
    /// ECS knows no such service (or deployment): look again.
    NotFound,
    /// The service is draining or gone.
    NotActive,
    /// The cluster does not exist.
    ClusterNotFound,
    /// The region or platform does not offer what was asked for.
    Unsupported,
    /// AWS failed, or could not be reached. For a write, whether it took effect is unknown: look again.
    Unavailable,
    /// An answer that this version cannot read.
    Unexpected,
}

/// A call to AWS that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was called.
    pub operation: Operation,
    /// What kind of failure it was.
    pub class: FailureClass,
    /// AWS's code, for example `InvalidParameterException`; for a failure before any answer, a word of ours such as `Timeout`.
    pub code: String,
    /// AWS's message, or the cause chain. Never holds what was sent.
    pub message: String,
    /// AWS's request id, for a support case.
    pub request_id: Option<String>,
}

impl Failure {
    /// Whether the call may have taken effect all the same: no answer came that says otherwise.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        !self.operation.is_read() && matches!(self.class, FailureClass::Unavailable | FailureClass::Unexpected)
    }

    /// Whether it is of a create that may have taken effect all the same.
    #[must_use]
    pub fn is_lost_create(&self) -> bool {
        self.operation == Operation::CreateExpressGatewayService && self.may_have_taken_effect()
    }
}
