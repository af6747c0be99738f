//! Until when a write may be on its way: one that was decided too long ago goes no further.

use std::future::Future;

use jiff::Timestamp;

use crate::core::failure::{Failure, FailureClass, Operation};

use super::clock::Clock;
use super::gate::as_long_as;

/// The moment has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLate;

/// Sends something before a moment, or not at all.
///
/// # Errors
/// The moment has passed. What was under way by then may have arrived.
pub async fn before<F: Future>(moment: Timestamp, clock: &Clock, sending: F) -> Result<F::Output, TooLate> {
    as_long_as(|| if clock.now() < moment { Ok(()) } else { Err(TooLate) }, sending).await
}

/// What is told of a write that was given up so: nobody knows whether it has arrived.
pub fn too_late(operation: Operation) -> Failure {
    Failure {
        operation,
        class: FailureClass::Unavailable,
        code: "Timeout".to_owned(),
        message: "AWS did not answer in time: the call was given up half of --visibility-grace after it was decided"
            .to_owned(),
        request_id: None,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    /// A clock that is set by hand, in seconds.
    fn set_by_hand() -> (Arc<AtomicI64>, Clock) {
        let seconds = Arc::new(AtomicI64::new(0));
        let shown = Arc::clone(&seconds);
        let clock = Clock::telling(move || Timestamp::constant(0, 0) + seconds_of(&shown));
        (seconds, clock)
    }

    fn seconds_of(shown: &AtomicI64) -> jiff::SignedDuration {
        jiff::SignedDuration::from_secs(shown.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn what_is_in_time_is_sent() {
        let (_, clock) = set_by_hand();
        assert_eq!(before(Timestamp::constant(30, 0), &clock, async { 1 }).await, Ok(1));
    }

    #[tokio::test]
    async fn what_is_too_late_is_not_begun() {
        let (seconds, clock) = set_by_hand();
        seconds.store(30, Ordering::SeqCst);
        let sent = Cell::new(false);
        let outcome = before(Timestamp::constant(30, 0), &clock, async { sent.set(true) }).await;
        assert_eq!((outcome, sent.get()), (Err(TooLate), false));
    }

    /// As in a process that is paused between two attempts of one write.
    #[tokio::test]
    async fn what_was_begun_in_time_goes_no_further_afterwards() {
        let (seconds, clock) = set_by_hand();
        let attempts = Cell::new(0);
        let sending = async {
            for _ in 0..3 {
                attempts.set(attempts.get() + 1);
                seconds.fetch_add(15, Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        };
        let outcome = before(Timestamp::constant(30, 0), &clock, sending).await;
        assert_eq!((outcome, attempts.get()), (Err(TooLate), 2));
    }
}
