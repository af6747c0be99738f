//! When an object that has nothing under way is looked at next: after its own interval or the controller's, spread over
//! time by its uid.

use std::time::Duration;

use jiff::Timestamp;

use super::retry::fraction;

/// The wait until the next look at an object with this uid: up to a tenth less or more than `interval`, always the same
/// share for the same object, so that objects that were applied together are not looked at together for ever. Then on to the
/// next mark of a grid of this width, so that those of one mark share their calls.
#[must_use]
pub fn next_look(interval: Duration, grid: Duration, uid: &str, now: Timestamp) -> Duration {
    let wait = interval.mul_f64(0.9 + fraction(uid) / 5.0);
    let grid = grid.min(interval / 4).as_nanos().max(1);
    let past = (now.as_nanosecond().unsigned_abs() + wait.as_nanos()) % grid;
    let left = if past == 0 { 0 } else { grid - past };
    wait.saturating_add(Duration::from_nanos(u64::try_from(left).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::core::fixtures::at;

    const MINUTE: Duration = Duration::from_secs(60);
    const NO_GRID: Duration = Duration::ZERO;

    /// Row 20: the same object waits the same time, whatever the time is.
    #[test]
    fn an_object_has_its_own_interval_within_a_tenth() {
        let waits: BTreeSet<Duration> =
            (0..1000).map(|uid| next_look(MINUTE, NO_GRID, &uid.to_string(), at(0))).collect();
        let bounds = MINUTE.mul_f64(0.9)..=MINUTE.mul_f64(1.1);
        assert!(waits.iter().all(|wait| bounds.contains(wait)), "{waits:?}");
        assert!(waits.len() > 900, "{} of 1000 differ", waits.len());
        let share = |from: f64| waits.iter().filter(|wait| wait.as_secs_f64() >= from).count() * 100 / waits.len();
        let shares = [56.0, 58.0, 60.0, 62.0, 64.0].map(share);
        for (share, even) in shares.into_iter().zip([83, 67, 50, 33, 17]) {
            assert!(share.abs_diff(even) <= 5, "they are spread evenly: {shares:?}");
        }

        assert_eq!(next_look(MINUTE, NO_GRID, "u-1", at(0)), next_look(MINUTE, NO_GRID, "u-1", at(12_345)));
    }

    /// Row 20: those that are due at almost the same moment are due at the same.
    #[test]
    fn looks_fall_on_the_marks_of_a_grid() {
        let grid = Duration::from_secs(1);
        for uid in ["u-1", "u-2", "u-3"] {
            let wait = next_look(MINUTE, grid, uid, at(1000));
            assert_eq!(wait.subsec_nanos(), 0, "{uid}: {wait:?}");
            assert!(wait >= MINUTE.mul_f64(0.9) && wait <= MINUTE.mul_f64(1.1) + grid);
        }
        // A wait is never much longer than its interval, however wide the grid is.
        let wait = next_look(Duration::from_millis(100), grid, "u-1", at(0));
        assert!(wait <= Duration::from_millis(135), "{wait:?}");
    }
}
