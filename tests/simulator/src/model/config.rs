//! What a model is made with: account, region, seed, and the length of everything that takes time.
use std::time::Duration;

use super::quota::QuotaConfig;
use super::switches::Switches;

/// What a model is made with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Config {
    /// The region in ARNs and endpoints.
    pub region: String,
    /// The account in ARNs: twelve digits.
    pub account: String,
    /// All identifiers follow from this number and the calls made.
    pub seed: u64,
    /// Clusters that exist from the start. `default` is made by the first create that needs it.
    pub clusters: Vec<String>,
    /// How long things take.
    pub timings: Timings,
    /// The answers to open questions, and the quirks.
    pub switches: Switches,
    /// The token buckets.
    pub quotas: QuotaConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            seed: 1,
            clusters: Vec::new(),
            timings: Timings::default(),
            switches: Switches::default(),
            quotas: QuotaConfig::default(),
        }
    }
}

macro_rules! timings {
    ($($(#[doc = $doc:literal])* $name:ident: $seconds:literal;)*) => {
        /// How long things take, in simulated time. The defaults are what was documented or observed.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct Timings { $($(#[doc = $doc])* pub $name: Duration),* }

        impl Default for Timings {
            fn default() -> Self { Self { $($name: Duration::from_secs($seconds)),* } }
        }
    };
}

timings! {
    /// Until activeConfigurations and currentDeployment of a new service can be read.
    configuration_lag: 3;
    /// Until the endpoint of a new service can be read.
    endpoint_lag: 15;
    /// How long a listed deployment or revision can still be MISSING when described.
    describe_lag: 1;
    /// The first load balancer of a VPC (10 to 25 minutes until the URL answers, rollout included).
    load_balancer: 300;
    /// The certificate of a service.
    certificate: 90;
    /// Listener rule, target groups, security groups, alarms, scaling: what is quick.
    small_resource: 20;
    /// PENDING, before a deployment starts.
    pending: 5;
    /// RECONCILE_SERVICE, only when more than one revision is active.
    reconcile: 10;
    /// Each stage between the long ones.
    short_stage: 5;
    /// From a task's creation until its container runs.
    task_start: 40;
    /// Five health checks, 30 seconds apart.
    health_checks: 150;
    /// What a slow start adds.
    slow_start: 600;
    /// The canary's bake at 5 % of the traffic.
    canary_bake: 180;
    /// The bake after all traffic has moved.
    bake: 180;
    /// From bad answers to the alarm: two data points in three minutes.
    alarm: 120;
    /// Stopping the old tasks.
    clean_up: 60;
    /// From ROLLBACK_REQUESTED (or STOP_REQUESTED) to what follows.
    stop_request: 5;
    /// ROLLBACK_IN_PROGRESS.
    rollback: 60;
    /// One attempt to pull an image that cannot be pulled, or to read a secret that is not there.
    failed_start: 20;
    /// One start of a container that exits at once.
    crash: 45;
    /// One task that never gets healthy: the grace period and two health checks.
    unhealthy: 360;
    /// DRAINING of a service whose tasks run.
    drain: 300;
    /// DRAINING of a service that never ran a task.
    drain_fresh: 90;
    /// How long an INACTIVE service can be read.
    purge: 3600;
    /// How long a stopped task can be read.
    stopped_task: 3600;
}
