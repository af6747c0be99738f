//! A head start: an edit is read from the moment it is seen, while kube's queue, whose timer counts whole milliseconds, holds
//! its reconcile back for one or two of them.
//!
//! What was read is good only if nothing was written since: no reading begins while the object's reconcile is at work,
//! and the next reconcile takes it or drops it.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::RemoteHandle;
use tokio::time::Instant;

use super::recollection::Key;

/// A reading that is older has waited for a busy controller, and ECS may have moved on.
const FRESH: Duration = Duration::from_millis(500);

/// Readings that were begun before their reconcile.
#[derive(Debug)]
pub struct HeadStarts<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    at_work: HashSet<Key>,
    begun: HashMap<Key, Begun<T>>,
}

/// A reading under way. Dropping it ends it.
#[derive(Debug)]
struct Begun<T> {
    generation: i64,
    since: Instant,
    reading: RemoteHandle<T>,
}

/// A reconcile of one object at work, until it is dropped.
#[derive(Debug)]
pub struct Turn<'a, T> {
    starts: &'a HeadStarts<T>,
    key: &'a Key,
    begun: Option<Begun<T>>,
}

impl<T> Default for HeadStarts<T> {
    fn default() -> Self {
        Self(Mutex::new(State { at_work: HashSet::new(), begun: HashMap::new() }))
    }
}

impl<T: Send + 'static> HeadStarts<T> {
    /// Begins to read the object as of `generation`, unless its reconcile is at work, or as many as `most` objects are
    /// being reconciled or read.
    pub fn begin(&self, key: Key, generation: i64, most: usize, reading: impl Future<Output = T> + Send + 'static) {
        let mut state = self.state();
        state.begun.retain(|_, begun| begun.since.elapsed() < FRESH);
        if state.at_work.contains(&key) || state.at_work.len() + state.begun.len() >= most {
            return;
        }
        let (work, reading) = reading.remote_handle();
        tokio::spawn(work);
        state.begun.insert(key, Begun { generation, since: Instant::now(), reading });
    }

    /// A reconcile of the object starts.
    pub fn turn<'a>(&'a self, key: &'a Key) -> Turn<'a, T> {
        let mut state = self.state();
        state.at_work.insert(key.clone());
        Turn { starts: self, key, begun: state.begun.remove(key) }
    }
}

impl<T> HeadStarts<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: 'static> Turn<'_, T> {
    /// What was read of this generation, if its reading was begun.
    pub async fn reading(&mut self, generation: i64) -> Option<T> {
        let begun = self.begun.take()?;
        let is_good = begun.generation == generation && begun.since.elapsed() < FRESH;
        if is_good { Some(begun.reading.await) } else { None }
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.starts.state().at_work.remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    const MOST: usize = 2;

    fn key(name: &str) -> Key {
        ("shop".to_owned(), name.to_owned())
    }

    #[tokio::test]
    async fn a_reconcile_takes_what_was_read_of_its_generation_once() {
        let (starts, web) = (HeadStarts::default(), key("web"));
        starts.begin(web.clone(), 2, MOST, ready("seen"));

        let mut turn = starts.turn(&web);

        assert_eq!(turn.reading(2).await, Some("seen"));
        assert_eq!(turn.reading(2).await, None);
    }

    #[tokio::test]
    async fn what_was_read_of_another_generation_is_dropped() {
        let (starts, web) = (HeadStarts::default(), key("web"));
        starts.begin(web.clone(), 2, MOST, ready("seen"));

        assert_eq!(starts.turn(&web).reading(3).await, None);
        assert_eq!(starts.turn(&web).reading(2).await, None);
    }

    #[tokio::test]
    async fn nothing_is_begun_while_the_reconcile_writes() {
        let (starts, web) = (HeadStarts::default(), key("web"));
        let turn = starts.turn(&web);
        starts.begin(web.clone(), 2, MOST, ready("before the write"));
        drop(turn);

        assert_eq!(starts.turn(&web).reading(2).await, None);
        starts.begin(web.clone(), 2, MOST, ready("after it"));
        assert_eq!(starts.turn(&web).reading(2).await, Some("after it"));
    }

    #[tokio::test]
    async fn many_edits_at_once_do_not_get_past_the_bound() {
        let (starts, names) = (HeadStarts::default(), ["a", "b", "c"].map(key));
        for name in &names {
            starts.begin(name.clone(), 2, MOST, ready(()));
        }

        let [a, b, c] = &names;
        assert_eq!(starts.turn(a).reading(2).await, Some(()));
        assert_eq!(starts.turn(b).reading(2).await, Some(()));
        assert_eq!(starts.turn(c).reading(2).await, None);
    }
}
