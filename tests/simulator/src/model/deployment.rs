//! One service deployment: its status, its stage, and how the traffic lies.
use super::fate::Fate;
use crate::time::Time;

/// The statuses of a service deployment. There is no `FAILED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DeploymentStatus {
    Pending,
    InProgress,
    StopRequested,
    RollbackRequested,
    RollbackInProgress,
    Successful,
    Stopped,
    RollbackSuccessful,
    RollbackFailed,
}

impl DeploymentStatus {
    pub(crate) const ALL: [Self; 9] = [
        Self::Pending,
        Self::InProgress,
        Self::StopRequested,
        Self::RollbackRequested,
        Self::RollbackInProgress,
        Self::Successful,
        Self::Stopped,
        Self::RollbackSuccessful,
        Self::RollbackFailed,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::StopRequested => "STOP_REQUESTED",
            Self::RollbackRequested => "ROLLBACK_REQUESTED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::Successful => "SUCCESSFUL",
            Self::Stopped => "STOPPED",
            Self::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            Self::RollbackFailed => "ROLLBACK_FAILED",
        }
    }

    pub(crate) fn is_ongoing(self) -> bool {
        match self {
            Self::Pending | Self::InProgress | Self::StopRequested => true,
            Self::RollbackRequested | Self::RollbackInProgress => true,
            Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed => false,
        }
    }
}

/// Where a deployment stands, in order. A canary's shift has three phases, two of them within one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Phase {
    Waiting,
    Reconcile,
    PreScaleUp,
    ScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    /// 5 % of the traffic.
    Canary,
    /// 100 % of the traffic.
    FullShift,
    PostProductionTrafficShift,
    Bake,
    CleanUp,
}

impl Phase {
    pub(crate) fn next(self) -> Option<Self> {
        Some(match self {
            Self::Waiting => Self::PreScaleUp,
            Self::Reconcile => Self::PreScaleUp,
            Self::PreScaleUp => Self::ScaleUp,
            Self::ScaleUp => Self::PostScaleUp,
            Self::PostScaleUp => Self::TestTrafficShift,
            Self::TestTrafficShift => Self::PostTestTrafficShift,
            Self::PostTestTrafficShift => Self::PreProductionTrafficShift,
            Self::PreProductionTrafficShift => Self::Canary,
            Self::Canary => Self::FullShift,
            Self::FullShift => Self::PostProductionTrafficShift,
            Self::PostProductionTrafficShift => Self::Bake,
            Self::Bake => Self::CleanUp,
            Self::CleanUp => return None,
        })
    }

    /// The stage as ECS names it; before the start there is none.
    pub(crate) fn stage(self, names_unknown: bool) -> Option<&'static str> {
        Some(match self {
            Self::Waiting => return None,
            Self::Reconcile => "RECONCILE_SERVICE",
            Self::PreScaleUp => "PRE_SCALE_UP",
            Self::ScaleUp => "SCALE_UP",
            Self::PostScaleUp => "POST_SCALE_UP",
            Self::TestTrafficShift => "TEST_TRAFFIC_SHIFT",
            Self::PostTestTrafficShift => "POST_TEST_TRAFFIC_SHIFT",
            Self::PreProductionTrafficShift if names_unknown => "PRE_PRODUCTION_TRAFFIC_SHIFT",
            Self::PreProductionTrafficShift => "POST_TEST_TRAFFIC_SHIFT",
            Self::Canary | Self::FullShift => "PRODUCTION_TRAFFIC_SHIFT",
            Self::PostProductionTrafficShift => "POST_PRODUCTION_TRAFFIC_SHIFT",
            Self::Bake => "BAKE_TIME",
            Self::CleanUp => "CLEAN_UP",
        })
    }

    /// The share of production traffic that the target takes, in percent.
    fn production_weight(self) -> u8 {
        match self {
            Self::Canary => 5,
            phase if phase >= Self::FullShift => 100,
            _ => 0,
        }
    }

    /// The share of test traffic that the target takes, in percent.
    fn test_weight(self) -> u8 {
        if self >= Self::PostTestTrafficShift { 100 } else { 0 }
    }
}

/// The way back of a deployment that failed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Rollback {
    pub reason: String,
    pub started_at: Time,
    pub revision: usize,
}

/// One deployment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Deployment {
    pub id: String,
    /// Index in the service's revisions.
    pub target: usize,
    pub sources: Vec<usize>,
    pub created_at: Time,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    pub stopped_at: Option<Time>,
    pub updated_at: Time,
    pub status: DeploymentStatus,
    pub reason: Option<String>,
    pub phase: Phase,
    pub fate: Fate,
    pub failed_tasks: u32,
    pub breaker_triggered: bool,
    pub alarm_triggered: bool,
    pub rollback: Option<Rollback>,
}

impl Deployment {
    /// Whether the target is among the active configurations: from SCALE_UP until the rollback has moved the traffic.
    pub(crate) fn shows_target(&self) -> bool {
        self.phase >= Phase::ScaleUp && self.status.is_ongoing()
    }

    /// The percent of production traffic that the target takes now.
    pub(crate) fn target_weight(&self) -> u8 {
        match self.status {
            DeploymentStatus::Pending
            | DeploymentStatus::RollbackInProgress
            | DeploymentStatus::RollbackSuccessful
            | DeploymentStatus::RollbackFailed
            | DeploymentStatus::Stopped => 0,
            _ => self.phase.production_weight(),
        }
    }

    /// The percent of test traffic that the target takes now.
    pub(crate) fn target_test_weight(&self) -> u8 {
        match self.status {
            DeploymentStatus::Successful => 100,
            DeploymentStatus::InProgress | DeploymentStatus::StopRequested | DeploymentStatus::RollbackRequested => {
                self.phase.test_weight()
            }
            _ => 0,
        }
    }

    pub(crate) fn end(&mut self, status: DeploymentStatus, at: Time, reason: Option<String>) {
        self.status = status;
        self.finished_at = Some(at);
        self.updated_at = at;
        if status == DeploymentStatus::Stopped {
            self.stopped_at = Some(at);
        }
        if reason.is_some() {
            self.reason = reason;
        }
    }
}
