//! When the next reconcile of an object is due.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;

use crate::core::desired::Desired;
use crate::core::plan::Requeue;
use crate::core::report::Again;
use crate::core::resync;

use super::context::{Context, Error, Metadata};
use super::settings::Pace;

/// In a stage that takes minutes, one look in so many of a rollout's is enough: a hundred rollouts at once then leave most
/// of ECS's 20 reads a second to others.
const STAGE_LOOKS: u32 = 3;

/// After how long an object is looked at again; `None`: when something about it changes.
pub type NextLook = Option<Duration>;

/// When to look at this object again.
pub fn next_look(again: Again, desired: &Desired, pace: &Pace, now: Timestamp) -> NextLook {
    match again {
        Again::After(delay) => Some(delay),
        Again::For(Requeue::Now) => Some(Duration::ZERO),
        Again::For(Requeue::Rollout) => Some(pace.rollout),
        Again::For(Requeue::Stage) => Some(pace.rollout * STAGE_LOOKS),
        Again::For(Requeue::Drain) => Some(pace.drain),
        Again::For(Requeue::Settled) => {
            let interval = desired.policy.resync.unwrap_or(pace.observe);
            Some(resync::next_look(interval, pace.batch_window, &desired.owner.uid, now))
        }
        Again::For(Requeue::Never) => None,
    }
}

/// What follows an error: another try, soon at first, and ever more slowly while it lasts.
pub fn after_error(metadata: Arc<Metadata>, error: &Error, context: Arc<Context>) -> NextLook {
    let pace = &context.settings.pace;
    let key = (metadata.namespace().unwrap_or_default(), metadata.name_any());
    let who = metadata.uid().unwrap_or_default();
    let failures = context.recollections.failed(key);
    match error {
        Error::Closed(_) => None,
        Error::Panicked => Some(pace.retry_cap),
        Error::Kubernetes(_) | Error::TimeLimit(_) => {
            Some(pace.backoff().delay_of(&who, failures, context.clock.now()))
        }
    }
}
