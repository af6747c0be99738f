//! The controller's clock: the wall's, in everything that ships. Whoever drives the reconciler otherwise may give it another.
//!
//! Spans of time are measured by tokio's clock, which no adjustment of the wall's clock moves.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The wall's clock.
    #[must_use]
    pub fn wall() -> Self {
        Self::telling(Timestamp::now)
    }

    /// A clock that tells this.
    #[must_use]
    pub fn telling(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
