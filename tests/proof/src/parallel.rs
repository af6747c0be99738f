//! Many runs at once: each is a world of its own, so any thread may take the next.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `run` makes of each of these, in their order.
pub fn in_parallel<T: Sync, R: Send>(all: &[T], threads: usize, run: &(impl Fn(&T) -> R + Sync)) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let worker = || {
            let mut done = Vec::new();
            while let (place, Some(one)) = next_of(all, &next) {
                done.push((place, run(one)));
            }
            done
        };
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

fn next_of<'a, T>(all: &'a [T], next: &AtomicUsize) -> (usize, Option<&'a T>) {
    let place = next.fetch_add(1, Ordering::Relaxed);
    (place, all.get(place))
}
