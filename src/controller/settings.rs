//! What the controller is told when it starts: where to look, who it is, and how long it waits for what.

use std::time::Duration;

use crate::core::retry::Backoff;
use crate::core::{plan, wedge};

/// Settings of the controller. They do not change while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The only namespace that is watched; `None`: all of them.
    pub namespace: Option<String>,
    /// Identity of this Kubernetes cluster, written to AWS as the tag `expressway.dev/cluster-id`. It proves who owns a
    /// service, so it must never change for a cluster and never be shared by two.
    pub cluster_id: String,
    /// Objects reconciled at the same time, at least 1. (To kube, 0 would mean "no bound".)
    pub concurrency: u16,
    /// How long the controller waits for what.
    pub pace: Pace,
}

/// Every wait of the controller. None is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two looks at a settled service: how late an edit made in the AWS console is seen.
    pub observe: Duration,
    /// Between two looks at a deployment in flight. Three times that in stages that take minutes.
    pub rollout: Duration,
    /// Between two looks at a service that drains, which takes minutes.
    pub drain: Duration,
    /// Between two full readings of a settled service: a few changes make no new revision, so the cheap look misses them.
    pub full_observe: Duration,
    /// Most time that a first deployment may take: then what is in its way is said.
    pub creation_limit: Duration,
    /// How long ECS is given to show what it was sent, before it is sent again.
    pub visibility_grace: Duration,
    /// First wait after a failed call; it doubles with every failure in a row.
    pub retry_base: Duration,
    /// Longest wait after failed calls.
    pub retry_cap: Duration,
    /// Longest time that one reconcile may take, all its calls included.
    pub reconcile_time_limit: Duration,
    /// Settled services are looked at on a grid of this width, so that those due at the same mark share their
    /// `DescribeServices` calls (ten fit in one).
    pub batch_window: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            observe: Duration::from_secs(60),
            rollout: Duration::from_secs(5),
            drain: Duration::from_secs(10),
            full_observe: Duration::from_secs(600),
            creation_limit: wedge::CREATION_LIMIT.unsigned_abs(),
            visibility_grace: plan::VISIBILITY_GRACE.unsigned_abs(),
            retry_base: Duration::from_secs(1),
            retry_cap: Duration::from_secs(300),
            reconcile_time_limit: Duration::from_secs(60),
            batch_window: Duration::from_secs(1),
        }
    }
}

impl Pace {
    /// The bounds of the backoff after failed calls.
    #[must_use]
    pub fn backoff(&self) -> Backoff {
        Backoff { base: self.retry_base, cap: self.retry_cap }
    }
}
