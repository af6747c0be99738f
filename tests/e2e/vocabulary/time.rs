//! Time passes: simulated time by hand, the controller's by the passes it makes.

use std::time::Duration;

use express_simulator::model::{DeploymentSummary, ServiceSummary};
use serde_json::Value;

use super::patience::eventually;
use super::seen::Service;
use super::world::World;

/// Every stage of a rollout that runs, in order.
pub const STAGES: [&str; 9] = [
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
];

/// Longer than any rollout, shorter than ECS remembers a service that is gone.
const A_WHOLE_ROLLOUT: Duration = Duration::from_secs(40 * 60);

/// The counter of reconciles that ended.
const RECONCILES: &str = "expressway_reconciles_total";

impl World {
    /// Simulated time jumps ahead.
    pub fn advance(&self, seconds: u64) {
        self.simulator.advance(Duration::from_secs(seconds));
    }

    /// Waits until the controller has looked `count` times more at what there is.
    #[track_caller]
    pub fn passes(&self, count: u64) {
        let done = || self.controller(|controller| controller.counter(RECONCILES, &[]));
        let from = done();
        eventually(format_args!("{count} more reconciles"), || {
            let more = done().saturating_sub(from);
            if more >= count { Ok(()) } else { Err(more) }
        });
    }
}

impl Service<'_> {
    /// What ECS has under this service's name; `None` when it never had anything.
    pub fn in_ecs(&self) -> Option<ServiceSummary> {
        let end = format!("/{}", self.service_name);
        let services = self.world.simulator.with_model(|model| model.summary()).services;
        services.into_iter().find(|service| service.service_arn.ends_with(&end))
    }

    /// The newest deployment in ECS.
    #[track_caller]
    pub fn deployment(&self) -> DeploymentSummary {
        self.in_ecs().and_then(|service| service.deployment).expect("ECS has a deployment")
    }

    /// Waits until ECS has this many deployments of the service.
    #[track_caller]
    pub fn has_deployments(&self, count: usize) {
        eventually(format_args!("{count} deployments of {} in ECS", self.name), || {
            let seen = self.in_ecs().map_or(0, |service| service.deployments);
            if seen == count { Ok(()) } else { Err(seen) }
        });
    }

    /// Waits until ECS drains the service.
    #[track_caller]
    pub fn drains(&self) {
        eventually(format_args!("ECS drains {}", self.service_name), || {
            let status = self.in_ecs().map(|service| service.status);
            if status == Some("DRAINING") { Ok(()) } else { Err(format!("{status:?}")) }
        });
    }

    /// One thing happens in ECS, and the controller shows it.
    #[track_caller]
    pub fn next_stage(&self) {
        assert!(self.world.simulator.advance_to_next_event(), "nothing will happen in ECS");
        self.shows_what_ecs_does();
    }

    /// Waits until the object shows the deployment as ECS does.
    #[track_caller]
    pub fn shows_what_ecs_does(&self) {
        eventually(format_args!("{} shows what ECS does", self.name), || {
            let deployment = self.deployment();
            let object = self.object().unwrap_or_default();
            let shown = object.pointer("/status/deployment").cloned().unwrap_or_default();
            let revisions = object.pointer("/status/revisions").and_then(Value::as_array).cloned().unwrap_or_default();
            let target = revisions.iter().find(|revision| revision["arn"] == shown["targetRevision"]);
            let weight = target.and_then(|revision| revision["weight"].as_u64()).unwrap_or(0);
            let is_the_same_moment =
                shown["stage"].as_str() == deployment.stage && weight == u64::from(deployment.traffic);
            let is_it = shown["arn"] == deployment.service_deployment_arn
                && shown["status"] == deployment.status
                && (deployment.status != "IN_PROGRESS" || is_the_same_moment);
            if is_it { Ok(()) } else { Err(format!("ECS: {deployment:?}; shown: {shown}, {weight} %")) }
        });
    }

    /// Stage by stage until ECS is at `stage` of a deployment, and the object shows it.
    #[track_caller]
    pub fn reaches(&self, stage: &str) {
        // For a moment, a new deployment cannot be described.
        self.world.advance(2);
        self.shows_what_ecs_does();
        while self.deployment().stage != Some(stage) {
            assert!(self.deployment().is_in_flight(), "{:?} ended before {stage}", self.deployment());
            self.next_stage();
        }
    }

    /// An image that crashes is written into the spec, rolled out and rolled back. Before it, `deployments` were made.
    #[track_caller]
    pub fn crashes_after(&self, deployments: usize) {
        self.set_image("nginx:2-crash");
        self.has_deployments(deployments + 1);
        self.reaches("SCALE_UP");
        self.rollout_ends();
        self.shows("Stalled", "True", "RolledBack");
        self.told_last("RolledBack");
    }

    /// Lets the deployment in flight end, in one jump.
    #[track_caller]
    pub fn rollout_ends(&self) {
        self.world.simulator.advance(A_WHOLE_ROLLOUT);
        assert!(!self.deployment().is_in_flight(), "{:?} has not ended", self.deployment());
    }
}

/// Whether a deployment has not ended yet.
pub trait InFlight {
    fn is_in_flight(&self) -> bool;
}

impl InFlight for DeploymentSummary {
    fn is_in_flight(&self) -> bool {
        !matches!(self.status, "SUCCESSFUL" | "STOPPED" | "ROLLBACK_SUCCESSFUL" | "ROLLBACK_FAILED")
    }
}
