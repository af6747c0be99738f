//! Conditions and their reasons, as closed sets. The doc comments are the meanings that `crds/README.md` gives.

use strum::{AsRefStr, Display, EnumIter, EnumMessage, EnumString, IntoStaticStr};

/// Type of a condition.
#[derive(
    AsRefStr,
    Clone,
    Copy,
    Debug,
    Display,
    EnumIter,
    EnumMessage,
    EnumString,
    Eq,
    Hash,
    IntoStaticStr,
    Ord,
    PartialEq,
    PartialOrd,
)]
pub enum ConditionType {
    /// The revision of this generation takes all production traffic, its deployment ended `SUCCESSFUL`, and the reading is fresh.
    Ready,
    /// The controller is acting on the latest generation. Present only while `True`.
    Reconciling,
    /// Nothing more will happen until a person or the spec changes something. Present only while `True`.
    Stalled,
    /// The live configuration equals the spec, whether or not it is healthy.
    Synced,
    /// How the last rollout went, or goes.
    RolledOut,
    /// Somebody stopped every write to AWS. Present only while `True`.
    Suspended,
}

/// Reason of a condition.
#[derive(
    AsRefStr,
    Clone,
    Copy,
    Debug,
    Display,
    EnumIter,
    EnumMessage,
    EnumString,
    Eq,
    Hash,
    IntoStaticStr,
    Ord,
    PartialEq,
    PartialOrd,
)]
pub enum Reason {
    /// The revision of this generation takes all production traffic.
    Available,
    /// The object was seen; nothing is known of the service yet.
    Pending,
    /// The service is being created: load balancer, certificate and first tasks are on their way.
    Creating,
    /// A deployment is under way.
    RollingOut,
    /// The deployment failed and ECS is going back to the revision before.
    RollingBack,
    /// The deployment failed and ECS went back to the revision before. The same spec is not sent again.
    RolledBack,
    /// The deployment failed and so did the way back.
    RollbackFailed,
    /// The deployment ended without success, and ECS did not go back to another revision.
    DeploymentFailed,
    /// The first deployment cannot end. The message names the resource of AWS that is in the way.
    Wedged,
    /// The service could never come up: it is deleted and created again, with a new URL.
    Recreating,
    /// Somebody or something stopped the deployment.
    Stopped,
    /// The spec holds a value that cannot work. The message names the field.
    InvalidSpec,
    /// AWS refused the credentials, or a role, what they need. It heals when the permission is there.
    AccessDenied,
    /// The ECS cluster of the spec does not exist.
    ClusterNotFound,
    /// ECS does not offer here what the spec asks for.
    Unsupported,
    /// The name belongs to an ECS service that is not an Express service.
    Conflict,
    /// The name belongs to an Express service of another owner.
    AlreadyExists,
    /// The service of this name was not this object's and is adopted: its tags are written, and nothing else.
    Adopting,
    /// A change waits for its approval: the annotation `expressway.dev/approved-plan` has to hold the hash in `status.plan`.
    AwaitingApproval,
    /// ECS accepted the update but shows other values than it was given. The message names them.
    NotConverging,
    /// Somebody else changed the service: it is shown, as the policy says, or it came back after it was undone twice.
    DriftDetected,
    /// The service's region, account or infrastructure role is not the wanted one, and ECS cannot change it. Nothing is written.
    ImmutableDiffers,
    /// Somebody deleted the service, and it is not created again by itself.
    Missing,
    /// The service is looked at and never written to. What would be changed is in `status.plan`.
    ObserveOnly,
    /// A change is due, and writes are stopped. What would be changed is in `status.plan`.
    Suspended,
    /// A service of this name is still draining; this one is created when it is gone.
    WaitingForDrain,
    /// The service is being deleted.
    Deleting,
    /// The object is to be deleted, and its service is protected.
    DeletionProtected,
    /// AWS asked to slow down.
    Throttled,
    /// AWS could not be reached or failed.
    ServiceUnavailable,
    /// ECS could not be read for three observe intervals: what it runs now is not known.
    ObservationStale,
    /// ECS has been draining the service for much longer than a deletion takes.
    DeletionHangs,
    /// The controller is on its way.
    Progressing,
    /// The controller is on its way and the last call failed.
    ProgressingWithRetry,
    /// The live configuration equals the spec.
    InSync,
    /// The spec was sent to ECS and is being rolled out.
    UpdateSubmitted,
    /// The live configuration differs from the spec.
    OutOfSync,
    /// The comparison could not be made.
    Error,
    /// The last deployment ended `SUCCESSFUL`.
    Succeeded,
    /// The deployment has not started yet.
    Waiting,
    /// New tasks are being started.
    ScalingUp,
    /// Traffic is moving to the new revision.
    ShiftingTraffic,
    /// The new revision takes a small share of the traffic and is watched.
    CanaryBaking,
    /// The new revision takes all traffic and is watched.
    Baking,
    /// The tasks of the old revision are being stopped.
    CleaningUp,
    /// `spec.management.suspend` stops every write.
    SuspendedBySpec,
    /// The annotation `expressway.dev/suspended` stops every write.
    SuspendedByAnnotation,
}
