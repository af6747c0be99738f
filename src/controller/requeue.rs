//! When the next reconcile of an object is due.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::controller::Action;

use crate::core::desired::Desired;
use crate::core::plan::Requeue;
use crate::core::report::Again;
use crate::core::resync::next_look;

use super::context::{Context, Error, Metadata};
use super::settings::Pace;

/// In a stage that takes minutes, one look in so many of a rollout's is enough: a hundred rollouts at once then leave most
/// of ECS's 20 reads a second to others.
const STAGE_LOOKS: u32 = 3;

/// The queue's word for when to look at this object again.
pub fn action(again: Again, desired: &Desired, pace: &Pace) -> Action {
    match again {
        Again::After(delay) => Action::requeue(delay),
        Again::For(Requeue::Now) => Action::requeue(Duration::ZERO),
        Again::For(Requeue::Rollout) => Action::requeue(pace.rollout),
        Again::For(Requeue::Stage) => Action::requeue(pace.rollout * STAGE_LOOKS),
        Again::For(Requeue::Drain) => Action::requeue(pace.drain),
        Again::For(Requeue::Settled) => {
            let interval = desired.policy.resync.unwrap_or(pace.observe);
            Action::requeue(next_look(interval, pace.batch_window, &desired.owner.uid, Timestamp::now()))
        }
        Again::For(Requeue::Never) => Action::await_change(),
    }
}

/// What follows an error: another try, soon at first, and ever more slowly while it lasts.
pub fn after_error(metadata: Arc<Metadata>, error: &Error, context: Arc<Context>) -> Action {
    let pace = &context.settings.pace;
    let key = (metadata.namespace().unwrap_or_default(), metadata.name_any());
    let who = metadata.uid().unwrap_or_default();
    let failures = context.recollections.failed(key);
    match error {
        Error::Closed(_) => Action::await_change(),
        Error::Panicked => Action::requeue(pace.retry_cap),
        Error::Kubernetes(_) | Error::TimeLimit(_) => {
            Action::requeue(pace.backoff().delay_of(&who, failures, Timestamp::now()))
        }
    }
}
