//! Work on every core, told one by one as it is done.

use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use crate::Failed;

/// Does `work` on each item, as many at a time as there are cores; `tell` hears of each in this thread, and may end it all.
pub fn in_parallel<T: Send, R: Send>(
    items: Vec<T>,
    work: impl Fn(T) -> Result<R, Failed> + Sync,
    mut tell: impl FnMut(R) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let queue = Mutex::new(items.into_iter());
    let (done, told) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (done, queue, work) = (done.clone(), &queue, &work);
            scope.spawn(move || {
                let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                // Nobody listens any more: something has failed.
                while next().is_some_and(|item| done.send(work(item)).is_ok()) {}
            });
        }
        drop(done);
        told.into_iter().try_for_each(|result| tell(result?))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_a_failure_ends_it() {
        let mut told = Vec::new();
        let double = |n: u32| Ok(2 * n);
        let listen = |n| {
            told.push(n);
            Ok(())
        };
        in_parallel((0..100).collect(), double, listen).unwrap();
        told.sort_unstable();
        assert_eq!(told, (0..100).map(|n| 2 * n).collect::<Vec<_>>());

        let mut count = 0;
        let fails = |n: u32| if n == 3 { Err(Failed::Survivors("no".to_owned())) } else { Ok(n) };
        let ended = in_parallel((0..100_000).collect(), fails, |_| {
            count += 1;
            Ok(())
        });
        assert!(ended.is_err() && count < 100_000);
    }
}
