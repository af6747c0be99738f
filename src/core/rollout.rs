//! Reading a service deployment: its status, its stage, and what they mean for the spec that is being rolled out.
//!
//! Source: botocore ECS model, `ServiceDeployment`; developer guide, `service-deployment` and `express-service-update-full`.

use jiff::Timestamp;
use strum::{Display, EnumString};

use crate::api::status::DeploymentStatus;

use super::bake::Bakes;

/// ECS's status of a service deployment. There is no `FAILED`.
#[derive(Clone, Debug, Display, EnumString, PartialEq, Eq)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentState {
    /// Accepted, not started.
    Pending,
    /// Under way.
    InProgress,
    /// Somebody asked to stop it.
    StopRequested,
    /// Ended without a rollback: overtaken by a newer one, or stopped.
    Stopped,
    /// The way back was asked for.
    RollbackRequested,
    /// On the way back.
    RollbackInProgress,
    /// The revision before serves again.
    RollbackSuccessful,
    /// The way back failed too.
    RollbackFailed,
    /// The target revision takes all traffic and the bake time is over.
    Successful,
    /// A word that this version does not know: read as still under way.
    #[strum(default)]
    Unknown(String),
}

/// ECS's stage of a deployment in flight.
#[derive(Clone, Debug, Display, EnumString, PartialEq, Eq)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Stage {
    /// More than one revision was active at the start; ECS brings them to one.
    ReconcileService,
    /// Before new tasks start.
    PreScaleUp,
    /// New tasks start.
    ScaleUp,
    /// New tasks are healthy.
    PostScaleUp,
    /// Test traffic moves.
    TestTrafficShift,
    /// Test traffic has moved.
    PostTestTrafficShift,
    /// Before production traffic moves: in the model's text, not in its enum.
    PreProductionTrafficShift,
    /// Production traffic moves: 5 % first, watched for 3 minutes, then all.
    ProductionTrafficShift,
    /// All production traffic has moved.
    PostProductionTrafficShift,
    /// The new revision takes everything and is watched for 3 minutes.
    BakeTime,
    /// Old tasks stop.
    CleanUp,
    /// A word that this version does not know.
    #[strum(default)]
    Unknown(String),
}

/// One service deployment, as ECS shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// ARN of the deployment.
    pub arn: String,
    /// Its status.
    pub state: DeploymentState,
    /// Its stage, while it is in flight.
    pub stage: Option<Stage>,
    /// The revision it rolls out.
    pub target: Option<RevisionLoad>,
    /// The revisions it replaces.
    pub sources: Vec<RevisionLoad>,
    /// When it was asked for.
    pub created_at: Option<Timestamp>,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// ECS's `statusReason`.
    pub reason: Option<String>,
    /// Why it was rolled back.
    pub rollback_reason: Option<String>,
    /// Alarms that triggered.
    pub triggered_alarms: Vec<String>,
    /// What the circuit breaker counted; `None` where ECS does not say.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// For how long ECS watches it.
    pub bakes: Bakes,
    /// Why the last of its failed tasks stopped, once the deployment has failed.
    pub stopped_task: Option<String>,
    /// The image that it rolls out, read once the deployment has failed: what was rolled back is no active configuration.
    pub image: Option<String>,
    /// How a task last answered a health check that it failed, since the deployment began.
    pub unhealthy: Option<HealthAnswer>,
}

/// What ECS's circuit breaker counts of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// Whether it has ended the deployment.
    pub triggered: bool,
    /// Tasks that failed.
    pub failures: i32,
    /// At how many it triggers.
    pub threshold: i32,
}

/// How a task answered a health check that it failed: `answered 404`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthAnswer(pub String);

/// Tasks and traffic of one revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevisionLoad {
    /// ARN of the service revision.
    pub arn: String,
    /// Share of the production traffic in percent; `None` where ECS does not say.
    pub weight: Option<i32>,
    /// Tasks that ECS wants.
    pub requested: i32,
    /// Tasks that run.
    pub running: i32,
    /// Tasks that are starting.
    pub pending: i32,
}

impl Deployment {
    /// A deployment of which ECS shows no more than the ARN.
    #[must_use]
    pub fn just_begun(arn: String) -> Self {
        Self {
            arn,
            state: DeploymentState::Pending,
            stage: None,
            target: None,
            sources: Vec::new(),
            created_at: None,
            started_at: None,
            finished_at: None,
            reason: None,
            rollback_reason: None,
            triggered_alarms: Vec::new(),
            circuit_breaker: None,
            bakes: Bakes::default(),
            stopped_task: None,
            image: None,
            unhealthy: None,
        }
    }
}

impl DeploymentState {
    /// The state that a status remembers. A word that this version does not know is kept as it is.
    #[must_use]
    pub fn of(remembered: &DeploymentStatus) -> Self {
        remembered.status.parse().unwrap_or_else(|_| Self::Unknown(remembered.status.clone()))
    }

    /// Whether nothing more will happen to the deployment.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed)
    }

    /// Whether it is over, and its target does not serve because of it.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(self, Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed)
    }

    /// Whether ECS is going back to the revision before.
    #[must_use]
    pub fn is_going_back(&self) -> bool {
        matches!(self, Self::StopRequested | Self::RollbackRequested | Self::RollbackInProgress)
    }
}

#[cfg(test)]
mod tests {
    use super::DeploymentState::{InProgress, RollbackFailed, RollbackSuccessful, Stopped, Successful};

    #[test]
    fn a_deployment_that_has_failed_is_over_and_one_that_is_over_has_not_always_failed() {
        for failed in [Stopped, RollbackSuccessful, RollbackFailed] {
            assert!(failed.has_failed() && failed.is_over(), "{failed}");
        }
        assert!(Successful.is_over() && !Successful.has_failed());
        assert!(!InProgress.is_over() && !InProgress.has_failed());
    }
}
