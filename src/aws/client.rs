//! The connection to ECS: credentials, region, time limits and retries, settled once.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ecs::Client;
use aws_sdk_ecs::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_ecs::config::timeout::TimeoutConfig;
use prometheus_client::registry::Registry;

use super::calls::Calls;
use super::glances::Glances;
use super::observe::ServiceReader;

/// Time to open a connection. One that takes longer inside AWS's network will not come.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Time for one attempt. ECS answers within a second or two, a create within five; an answer after ten is lost.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for a call with its retry, so that one reconcile is not held for longer.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

/// Attempts of a read. One repetition covers a dropped connection; after that the reconciler's own backoff, which the
/// user sees in the status, is the better place to wait.
const READ_ATTEMPTS: u32 = 2;

/// The longest pause before a read is repeated; the SDK's own would hold a reconcile for up to 20 s.
const READ_BACKOFF: Duration = Duration::from_millis(200);

/// What a connection to ECS needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcsSettings {
    /// AWS region; `None`: from the environment, the profile or the instance.
    pub region: Option<String>,
    /// See [`CONNECT_TIMEOUT`].
    pub connect_timeout: Duration,
    /// See [`ATTEMPT_TIMEOUT`].
    pub attempt_timeout: Duration,
    /// See [`OPERATION_TIMEOUT`].
    pub operation_timeout: Duration,
}

impl Default for EcsSettings {
    fn default() -> Self {
        Self {
            region: None,
            connect_timeout: CONNECT_TIMEOUT,
            attempt_timeout: ATTEMPT_TIMEOUT,
            operation_timeout: OPERATION_TIMEOUT,
        }
    }
}

/// Why there is no connection to ECS.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConnectError {
    /// Nothing says which region.
    #[error("no AWS region is configured: set AWS_REGION or --region, for example AWS_REGION=eu-central-1")]
    MissingRegion,
}

/// ECS in one account and region. Cheap to clone; clones share connections, credentials, batches and counts.
#[derive(Clone, Debug)]
pub struct Ecs {
    /// For calls that change nothing: tried again by the SDK, once.
    pub(super) reads: Client,
    /// For calls that change something: each is sent once. Whether one that was not answered took effect is unknown,
    /// and only another look can tell.
    pub(super) writes: Client,
    pub(super) calls: Calls,
    pub(super) glances: Glances<ServiceReader>,
    region: Arc<str>,
}

impl Ecs {
    /// Finds region and credentials by the SDK's default chains. `AWS_ENDPOINT_URL_ECS` leads it elsewhere.
    /// Makes no call to ECS; credentials are fetched with the first one.
    ///
    /// # Errors
    /// When no region is configured anywhere.
    pub async fn connect(settings: &EcsSettings) -> Result<Self, ConnectError> {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12());
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        Self::over(&loader.load().await, settings)
    }

    /// The connection that an SDK configuration describes: its credentials, and its way over the network, which in a test may
    /// lead nowhere else than into the same process.
    ///
    /// # Errors
    /// When it names no region.
    pub fn over(config: &SdkConfig, settings: &EcsSettings) -> Result<Self, ConnectError> {
        let region = config.region().ok_or(ConnectError::MissingRegion)?;
        let reading = aws_sdk_ecs::config::Builder::from(config)
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(settings.connect_timeout)
                    .operation_attempt_timeout(settings.attempt_timeout)
                    .operation_timeout(settings.operation_timeout)
                    .build(),
            )
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(READ_ATTEMPTS)
                    .with_initial_backoff(READ_BACKOFF)
                    .with_max_backoff(READ_BACKOFF),
            )
            // Not shared with whoever else uses the SDK in this process: what their calls spend on retries is not ours.
            .retry_partition(RetryPartition::custom("expressway").build())
            .build();
        let writing = reading.to_builder().retry_config(RetryConfig::disabled()).build();
        let reads = Client::from_conf(reading);
        let calls = Calls::default();
        Ok(Self {
            glances: Glances::new(ServiceReader::new(reads.clone(), calls.clone())),
            reads,
            writes: Client::from_conf(writing),
            calls,
            region: Arc::from(region.as_ref()),
        })
    }

    /// The AWS region, for example `eu-central-1`.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Puts the counts and durations of AWS calls into `registry`.
    pub fn register(&self, registry: &mut Registry) {
        self.calls.register(registry);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_missing_region_is_an_error_that_says_what_to_set() {
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::v2026_01_12()).build();

        let error = Ecs::over(&config, &EcsSettings::default()).map(|_| ()).unwrap_err();

        assert_eq!(error, ConnectError::MissingRegion);
        assert!(error.to_string().contains("set AWS_REGION or --region"));
    }
}
