//! Waiting: on a condition, never for a time.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// Everything waited for takes well under a second; the rest is for a machine that is busy.
const LIMIT: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(15);

/// Looks until there is something to see, and gives it. `Err` says what is seen instead.
///
/// # Panics
/// When it is not seen in time, with what was seen last.
#[track_caller]
pub fn eventually<T, E: Display>(what: impl Display, look: impl FnMut() -> Result<T, E>) -> T {
    let seen = eventually_within(LIMIT, PAUSE, look);
    seen.unwrap_or_else(|instead| {
        panic!("not seen within {} s: {what}; the last look gave: {instead}", LIMIT.as_secs())
    })
}

/// The same with other patience. `Err` is what the last look gave.
pub fn eventually_within<T, E>(
    limit: Duration,
    pause: Duration,
    mut look: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    let started = Instant::now();
    loop {
        match look() {
            Err(_) if started.elapsed() <= limit => std::thread::sleep(pause),
            seen => return seen,
        }
    }
}
