//! When to try again after a failure: by its class, with full jitter, remembered in the status.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sha2::{Digest, Sha256};

use crate::api::status::RetryStatus;

use super::failure::{Failure, FailureClass};

/// Bounds of the exponential backoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first delay's upper bound.
    pub base: Duration,
    /// The upper bound of every delay.
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base: Duration::from_secs(1), cap: Duration::from_secs(300) }
    }
}

/// Delays double up to here: beyond it the cap has long been reached.
const MAX_DOUBLINGS: u32 = 16;

/// IAM takes two to four minutes until a new role is known everywhere (terraform-provider-aws retries for that long).
const ROLE_CAP: Duration = Duration::from_secs(30);

impl Backoff {
    /// Adds a failure to those before it. A new generation starts to count anew.
    #[must_use]
    pub fn after(
        &self,
        before: Option<&RetryStatus>,
        generation: i64,
        failure: &Failure,
        uid: &str,
        now: Timestamp,
    ) -> RetryStatus {
        let failures = 1 + before.filter(|b| b.generation == generation).map_or(0, |b| b.failures);
        let delay = self.delay(failure.class, failures, jitter(uid, failures, now));
        let next = SignedDuration::try_from(delay).ok().and_then(|d| now.checked_add(d).ok()).unwrap_or(now);
        RetryStatus {
            operation: failure.operation.to_string(),
            failures,
            generation,
            last_failure_at: Some(Time(now)),
            next_attempt_at: Some(Time(next)),
        }
    }

    /// The delay before the attempt after `failures` failures. `jitter` is in 0..=1.
    ///
    /// What heals outside is retried with full jitter: anywhere between at once and a bound that doubles. What only a
    /// change of the spec heals is retried slowly all the same, in the second half of the cap: a quota may be raised, a
    /// cluster created.
    #[must_use]
    pub fn delay(&self, class: FailureClass, failures: i32, jitter: f64) -> Duration {
        let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(0).min(MAX_DOUBLINGS);
        let exponential = self.base.saturating_mul(1 << doublings).min(self.cap);
        match class {
            FailureClass::InvalidParameter | FailureClass::Unsupported | FailureClass::ClusterNotFound => {
                self.cap.mul_f64(0.5 + jitter / 2.0)
            }
            FailureClass::RoleNotReady | FailureClass::StillDraining => exponential.min(ROLE_CAP).mul_f64(jitter),
            FailureClass::Throttled
            | FailureClass::AccessDenied
            | FailureClass::Credentials
            | FailureClass::NameTaken
            | FailureClass::NotFound
            | FailureClass::NotActive
            | FailureClass::Unavailable
            | FailureClass::Unexpected => exponential.mul_f64(jitter),
        }
    }

    /// The delay after so many failures in a row that were not AWS's.
    #[must_use]
    pub fn delay_of(&self, who: &str, failures: i32, now: Timestamp) -> Duration {
        self.delay(FailureClass::Unavailable, failures, jitter(who, failures, now))
    }
}

/// What is left of the wait after a failure; `None`: the next attempt is due. A failure that is remembered from later than now
/// was before somebody set the clock back, and nobody waits until the clock has caught up.
pub(super) fn left(retry: &RetryStatus, now: Timestamp) -> Option<Duration> {
    let failed_by_now = retry.last_failure_at.as_ref().is_none_or(|at| at.0 <= now);
    let next = retry.next_attempt_at.as_ref().filter(|_| failed_by_now)?;
    Duration::try_from(next.0.duration_since(now)).ok().filter(|left| !left.is_zero())
}

/// A number in 0..=1 that differs from object to object and from attempt to attempt.
fn jitter(uid: &str, failures: i32, now: Timestamp) -> f64 {
    fraction(&format!("{uid}/{failures}/{now}"))
}

/// A number in 0..=1 that is always the same for this text, and spread evenly over texts.
pub(super) fn fraction(text: &str) -> f64 {
    let [high, low, ..]: [u8; 32] = Sha256::digest(text).into();
    f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX)
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
