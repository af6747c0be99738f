//! What can be done to AWS or to the object: a closed set, at most one per reconcile.

use super::configuration::Configuration;
use super::failure::Operation;
use super::observed::Tags;
use strum::AsRefStr;

/// What a reconcile does. As a string it is the variant's name.
#[derive(AsRefStr, Clone, Debug, PartialEq)]
pub enum Step {
    /// Everything is as it should be.
    Nothing,
    /// Put the finalizer on the object, then plan again.
    AddFinalizer,
    /// Create the service.
    Create(Box<CreateService>),
    /// Update the service: one canary.
    Update(Box<UpdateService>),
    /// Write and remove tags. Starts no rollout.
    Retag(Retag),
    /// Stop the deployment in flight: ECS goes back to the revision before.
    Stop {
        /// ARN of the deployment.
        deployment_arn: String,
    },
    /// Delete the service.
    Delete {
        /// ARN of the service.
        service_arn: String,
    },
    /// Take the finalizer off: the service is gone, or was never ours.
    Release,
    /// Something is under way; look again later.
    Wait,
    /// Nothing is done until a person or the spec changes something.
    Refuse,
}

/// The steps that write to AWS, and nothing else: what can be executed there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AwsWrite<'a> {
    /// Create the service.
    Create(&'a CreateService),
    /// Update the service.
    Update(&'a UpdateService),
    /// Write or remove tags.
    Retag(&'a Retag),
    /// Stop the deployment in flight, with a rollback.
    Stop {
        /// ARN of the deployment.
        deployment_arn: &'a str,
    },
    /// Delete the service.
    Delete {
        /// ARN of the service.
        service_arn: &'a str,
    },
}

impl Step {
    /// The write to AWS that this step is; `None` when it changes nothing there.
    #[must_use]
    pub fn aws_write(&self) -> Option<AwsWrite<'_>> {
        match self {
            Self::Create(create) => Some(AwsWrite::Create(create)),
            Self::Update(update) => Some(AwsWrite::Update(update)),
            Self::Retag(retag) => Some(AwsWrite::Retag(retag)),
            Self::Stop { deployment_arn } => Some(AwsWrite::Stop { deployment_arn }),
            Self::Delete { service_arn } => Some(AwsWrite::Delete { service_arn }),
            Self::Nothing | Self::AddFinalizer | Self::Release | Self::Wait | Self::Refuse => None,
        }
    }
}

impl AwsWrite<'_> {
    /// The AWS operation that it is.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::Create(_) => Operation::CreateExpressGatewayService,
            Self::Update(_) => Operation::UpdateExpressGatewayService,
            Self::Retag(Retag { change: TagChange::Set(_), .. }) => Operation::TagResource,
            Self::Retag(Retag { change: TagChange::Remove(_), .. }) => Operation::UntagResource,
            Self::Stop { .. } => Operation::StopServiceDeployment,
            Self::Delete { .. } => Operation::DeleteExpressGatewayService,
        }
    }
}

/// A `CreateExpressGatewayService`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateService {
    /// Always sent: unique in its cluster, it makes the create idempotent.
    pub service_name: String,
    /// Short name or ARN.
    pub cluster: String,
    /// The infrastructure role.
    pub infrastructure_role_arn: String,
    /// Everything else; `None` is left to ECS.
    pub configuration: Configuration,
    /// The user's tags and ours.
    pub tags: Tags,
}

/// An `UpdateExpressGatewayService`.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateService {
    /// ARN of the service.
    pub service_arn: String,
    /// What is sent; `None` and empty sets are omitted, which ECS reads as "keep". The container is sent whole, with
    /// explicit empty lists, and `scaling` with all its members.
    pub configuration: Configuration,
}

/// A change of tags: one AWS call, so either write or remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retag {
    /// ARN of the service.
    pub service_arn: String,
    /// What changes.
    pub change: TagChange,
}

/// What changes about a service's tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagChange {
    /// Write these; others stay.
    Set(Tags),
    /// Remove these keys; others stay.
    Remove(Vec<String>),
}

/// What a step that writes to AWS brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The service exists now.
    Created {
        /// Its ARN.
        service_arn: String,
    },
    /// The update was accepted.
    Updated {
        /// The revision that ECS made of it, where the answer says so.
        target_revision: Option<String>,
    },
    /// The tags were written.
    Retagged,
    /// The deployment is being stopped.
    Stopped,
    /// The service is draining, or was already.
    Deleting,
}

impl Effect {
    /// ARN of the revision that an update made, where the answer says so.
    #[must_use]
    pub fn target_revision(&self) -> Option<&String> {
        match self {
            Self::Updated { target_revision } => target_revision.as_ref(),
            _ => None,
        }
    }
}
