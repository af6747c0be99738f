//! When the next reconcile of an object is due.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::controller::Action;

use crate::core::plan::Requeue;
use crate::core::report::Again;

use super::context::{Context, Error, Metadata};
use super::settings::Pace;

/// In a stage that takes minutes, one look in so many of a rollout's is enough: a hundred rollouts at once then leave most
/// of ECS's 20 reads a second to others.
const STAGE_LOOKS: u32 = 3;

/// The queue's word for when to look again.
pub fn action(again: Again, uid: &str, pace: &Pace) -> Action {
    match again {
        Again::After(delay) => Action::requeue(delay),
        Again::For(Requeue::Now) => Action::requeue(Duration::ZERO),
        Again::For(Requeue::Rollout) => Action::requeue(pace.rollout),
        Again::For(Requeue::Stage) => Action::requeue(pace.rollout * STAGE_LOOKS),
        Again::For(Requeue::Drain) => Action::requeue(pace.drain),
        Again::For(Requeue::Settled) => Action::requeue(spread(pace, uid)),
        Again::For(Requeue::Never) => Action::await_change(),
    }
}

/// Up to a tenth more or less, so that objects that were applied together are not looked at together for ever; then on
/// to the next mark of a grid, so that those of one mark share their calls.
fn spread(pace: &Pace, uid: &str) -> Duration {
    let now = Timestamp::now().as_nanosecond().unsigned_abs();
    let seed = uid.bytes().fold(now, |sum, byte| sum.wrapping_mul(31).wrapping_add(u128::from(byte)));
    let share = f64::from(u32::try_from(seed % 2_000).unwrap_or(0)) / 10_000.0;
    let wait = pace.observe.mul_f64(0.9 + share);
    let grid = pace.batch_window.min(pace.observe / 4).as_nanos().max(1);
    let past = u64::try_from((now + wait.as_nanos()) % grid).unwrap_or(0);
    let grid = u64::try_from(grid).unwrap_or(past);
    wait + Duration::from_nanos(grid.saturating_sub(past))
}

/// What follows an error: another try, soon at first, and ever more slowly while it lasts.
pub fn after_error(metadata: Arc<Metadata>, error: &Error, context: Arc<Context>) -> Action {
    let pace = &context.settings.pace;
    let key = (metadata.namespace().unwrap_or_default(), metadata.name_any());
    let who = metadata.uid().unwrap_or_default();
    let failures = context.recollections.failed(key);
    match error {
        Error::Panicked => Action::requeue(pace.retry_cap),
        Error::Kubernetes(_) | Error::TimeLimit(_) => {
            Action::requeue(pace.backoff().delay_of(&who, failures, Timestamp::now()))
        }
    }
}
