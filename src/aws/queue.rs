//! Who waits for the next `DescribeServices` of a cluster, and when it leaves: no tasks, no clock.

use std::collections::BTreeSet;

use tokio::sync::oneshot;
use tokio::time::Instant;

/// Most services that one `DescribeServices` takes (botocore ECS model).
pub(super) const SEATS: usize = 10;

/// One who waits for the answer about one name.
pub(super) struct Rider<A> {
    /// Name of the service.
    pub(super) name: String,
    /// When it will wait no longer for company.
    pub(super) due: Instant,
    /// Where its answer goes.
    pub(super) seat: oneshot::Sender<A>,
}

/// Those who wait, in the order in which they came.
pub(super) struct Queue<A> {
    riders: Vec<Rider<A>>,
}

impl<A> Queue<A> {
    pub(super) fn new() -> Self {
        Self { riders: Vec::new() }
    }

    pub(super) fn board(&mut self, rider: Rider<A>) {
        self.riders.push(rider);
    }

    /// When the next call leaves: with every seat taken at once, otherwise when the first rider is due.
    /// `None`: nobody waits. Riders who gave up are forgotten.
    pub(super) fn departure(&mut self, now: Instant) -> Option<Instant> {
        self.riders.retain(|rider| !rider.seat.is_closed());
        let first_due = self.riders.iter().map(|rider| rider.due).min()?;
        let names: BTreeSet<_> = self.riders.iter().map(|rider| &rider.name).collect();
        Some(if names.len() >= SEATS { now } else { first_due })
    }

    /// Takes the riders of the next call: at most [`SEATS`] names, those due first, each with all who ask for it.
    pub(super) fn depart(&mut self) -> Vec<Rider<A>> {
        self.riders.sort_by_key(|rider| rider.due);
        let mut names = BTreeSet::new();
        for rider in &self.riders {
            if names.len() < SEATS {
                names.insert(rider.name.clone());
            }
        }
        let (leaving, staying) =
            std::mem::take(&mut self.riders).into_iter().partition(|rider| names.contains(&rider.name));
        self.riders = staying;
        leaving
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn board(queue: &mut Queue<()>, name: &str, due: Instant) -> oneshot::Receiver<()> {
        let (seat, answer) = oneshot::channel();
        queue.board(Rider { name: name.to_owned(), due, seat });
        answer
    }

    fn names(riders: &[Rider<()>]) -> Vec<&str> {
        riders.iter().map(|rider| rider.name.as_str()).collect()
    }

    #[test]
    fn nobody_waiting_means_no_call() {
        assert_eq!(Queue::<()>::new().departure(Instant::now()), None);
    }

    #[test]
    fn a_call_leaves_when_its_first_rider_is_due() {
        let (mut queue, now) = (Queue::new(), Instant::now());
        let _patient = board(&mut queue, "a", now + 60 * SECOND);
        let _sooner = board(&mut queue, "b", now + 2 * SECOND);

        assert_eq!(queue.departure(now), Some(now + 2 * SECOND));
        assert_eq!(names(&queue.depart()), ["b", "a"]);
        assert_eq!(queue.departure(now), None);
    }

    #[test]
    fn a_full_call_leaves_at_once_with_those_who_are_due_first() {
        let (mut queue, now) = (Queue::new(), Instant::now());
        let seats: Vec<_> = (0..12u32).map(|n| board(&mut queue, &format!("s{n}"), now + (12 - n) * SECOND)).collect();

        assert_eq!(queue.departure(now), Some(now));
        let leaving = queue.depart();

        assert_eq!(leaving.len(), SEATS);
        assert_eq!(names(&leaving)[0], "s11");
        assert_eq!(queue.departure(now), Some(now + 11 * SECOND));
        assert_eq!(names(&queue.depart()), ["s1", "s0"]);
        assert_eq!(seats.len(), 12);
    }

    #[test]
    fn riders_of_one_name_share_a_seat() {
        let (mut queue, now) = (Queue::new(), Instant::now());
        let _seats: Vec<_> = (0..15).map(|_| board(&mut queue, "a", now + SECOND)).collect();

        assert_eq!(queue.departure(now), Some(now + SECOND));
        assert_eq!(queue.depart().len(), 15);
    }

    #[test]
    fn a_rider_who_gave_up_is_forgotten() {
        let (mut queue, now) = (Queue::new(), Instant::now());
        drop(board(&mut queue, "gone", now));
        let _stays = board(&mut queue, "stays", now + SECOND);

        assert_eq!(queue.departure(now), Some(now + SECOND));
        assert_eq!(names(&queue.depart()), ["stays"]);
    }
}
