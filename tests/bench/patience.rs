//! Waiting: on a condition, never for a time.

use std::time::{Duration, Instant};

/// Longer than anything here takes on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Looks until there is something to see, and gives it.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(started.elapsed() < LIMIT, "not seen within {} s: {what}", LIMIT.as_secs());
        std::thread::sleep(PAUSE);
    }
}
