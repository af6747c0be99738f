//! What one reconcile leaves to the next in this process: a few hundred bytes an object, so that ECS can be read while
//! the object is being read. Losing it costs time, never truth.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::api::requests::ReconcileRequests;
use crate::core::managed::Due;
use crate::core::observed::{Known, Place};

/// Namespace and name.
pub type Key = (String, String);

/// What is remembered of an object.
#[derive(Clone, Debug)]
pub struct Recollection {
    /// Its uid: a namesake is another object.
    pub uid: String,
    /// The generation that was looked at.
    pub generation: i64,
    /// Where its service is.
    pub place: Place,
    /// ARN of its service, once it has one.
    pub service_arn: Option<String>,
    /// Whether it is read whoever it belongs to.
    pub reads_anyones: bool,
    /// What need not be read again, for that generation.
    pub known: Known,
    /// The requests for a look that were answered.
    pub answered: ReconcileRequests,
    /// When everything was last read.
    pub full_at: Instant,
    /// When ECS was last read.
    pub last_read: Option<Timestamp>,
    /// When the resources that ECS manages were last asked for.
    pub managed_at: Option<Instant>,
    /// Whether that was in the last look.
    pub managed_just_now: bool,
}

/// What is remembered of all objects.
#[derive(Debug, Default)]
pub struct Recollections {
    objects: Mutex<HashMap<Key, Recollection>>,
    failures: Mutex<HashMap<Key, i32>>,
    /// What was said of objects that cannot be written to.
    unwritten: Mutex<HashMap<Key, String>>,
}

impl Recollections {
    /// What is remembered of the object with this uid.
    pub fn of(&self, key: &Key, uid: &str) -> Option<Recollection> {
        locked(&self.objects).get(key).filter(|r| r.uid == uid).cloned()
    }

    /// Remembers; the reconcile went well.
    pub fn keep(&self, key: Key, recollection: Recollection) {
        locked(&self.failures).remove(&key);
        locked(&self.unwritten).remove(&key);
        locked(&self.objects).insert(key, recollection);
    }

    /// Forgets an object that is gone.
    pub fn forget(&self, key: &Key) {
        locked(&self.failures).remove(key);
        locked(&self.unwritten).remove(key);
        locked(&self.objects).remove(key);
    }

    /// Whether this was not the last that was said of an object that cannot be written to. From now on it is.
    pub fn is_news(&self, key: Key, said: String) -> bool {
        let mut unwritten = locked(&self.unwritten);
        unwritten.get(&key) != Some(&said) && {
            unwritten.insert(key, said);
            true
        }
    }

    /// Counts a reconcile that failed as a whole; says how many did so in a row.
    pub fn failed(&self, key: Key) -> i32 {
        let mut failures = locked(&self.failures);
        let count = failures.entry(key).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recollection {
    /// Whether it is time to read the resources that ECS manages. Never twice in a row: in a creation, that takes the place
    /// of the reading of its deployment.
    pub fn managed_due(&self, while_creating: Duration, everything: Duration) -> Due {
        let rests = self.managed_at.is_some_and(|at| at.elapsed() < while_creating);
        match () {
            () if self.is_due(everything) => Due::Everything,
            () if rests || self.managed_just_now => Due::Nothing,
            () => Due::WhileCreating,
        }
    }

    /// Whether everything should be read again: some changes make no new revision, and only a full reading sees them.
    pub fn is_due(&self, every: Duration) -> bool {
        self.full_at.elapsed() >= every
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// Read in full a moment ago, and asked for the managed resources so long ago.
    fn left(managed_ago: Option<Duration>, managed_just_now: bool) -> Recollection {
        let now = Instant::now();
        Recollection {
            uid: String::new(),
            generation: 1,
            place: Place::default(),
            service_arn: None,
            reads_anyones: false,
            answered: ReconcileRequests::default(),
            known: Known::default(),
            full_at: now,
            last_read: None,
            managed_at: managed_ago.and_then(|ago| now.checked_sub(ago)),
            managed_just_now,
        }
    }

    #[test]
    fn managed_resources_are_due_once_a_minute_and_never_twice_in_a_row() {
        let due = |left: Recollection| left.managed_due(MINUTE, 10 * MINUTE);
        assert_eq!(due(left(None, false)), Due::WhileCreating);
        assert_eq!(due(left(Some(MINUTE / 2), false)), Due::Nothing);
        assert_eq!(due(left(Some(MINUTE), false)), Due::WhileCreating);
        assert_eq!(due(left(Some(MINUTE), true)), Due::Nothing);
        assert_eq!(left(None, false).managed_due(MINUTE, Duration::ZERO), Due::Everything);
    }
}
