//! All crash points of a workload: the runs that are hit once, and those that are hit twice.
//!
//! A run in which the controller dies goes on from what it left: what came before was lived through already. And where two
//! deaths leave the same, what follows is lived through once.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use expressway::controller::gate::Write;
use strum::IntoEnumIterator;

use crate::crashes::{Failure, Plan, differences, go_on, hit};
use crate::parallel::in_parallel;
use crate::run::Lived;
use crate::workload::Workload;
use crate::world::{Point, World};

/// How much of it is run: one of so many. 0: none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Of the runs with one hit.
    pub singles: usize,
    /// Of the runs with two.
    pub pairs: usize,
}

/// What came of disturbing a workload.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many boundaries it passes undisturbed.
    pub boundaries: usize,
    /// Runs with one hit.
    pub singles: usize,
    /// Runs with two.
    pub pairs: usize,
    /// Those of both that go on as another one does.
    pub same: usize,
    /// Those that did not come out as they have to.
    pub failures: Vec<Failure>,
    /// The writes that it makes undisturbed.
    pub writes: BTreeSet<Write>,
    /// The writes that were hit, each with how.
    pub hits: BTreeSet<(Write, Point)>,
}

/// Hits a workload at every point once, and at every two, or at a share of them.
#[must_use]
pub fn examine(workload: &Workload, share: Share, threads: usize) -> Outcome {
    let calm = go_on(workload, None, &[], true);
    let exam = Exam { workload, calm: &calm, pairs: share.pairs, seen: Mutex::default() };
    let points: Vec<_> = points(0, calm.passed.len()).step_by(share.singles.max(1)).collect();
    let mut whole = Outcome { boundaries: calm.passed.len(), ..Outcome::default() };
    whole.failures.extend(exam.failure(&[], &calm));
    whole.writes.extend(calm.passed.iter().filter_map(|passed| passed.write));
    for part in in_parallel(&points, threads, &|point| exam.single(*point)) {
        whole.singles += part.singles;
        whole.pairs += part.pairs;
        whole.same += part.same;
        whole.failures.extend(part.failures);
        whole.hits.extend(part.hits);
    }
    whole
}

fn points(from: usize, to: usize) -> impl Iterator<Item = (usize, Point)> {
    (from..to).flat_map(|place| Point::iter().map(move |point| (place, point)))
}

struct Exam<'a> {
    workload: &'a Workload,
    calm: &'a Lived,
    pairs: usize,
    /// What deaths have left so far.
    seen: Mutex<HashSet<u64>>,
}

impl Exam<'_> {
    fn single(&self, point: (usize, Point)) -> Outcome {
        let mut outcome = Outcome { singles: 1, ..Outcome::default() };
        let (place, how) = point;
        outcome.hits.extend(self.calm.passed.get(place).and_then(|passed| passed.write).map(|write| (write, how)));
        let left = left_at(self.calm, 0, point);
        if left.is_some_and(|left| self.was_left_before(left)) {
            outcome.same = 1;
            return outcome;
        }
        let rest: &[_] = if left.is_some() { &[] } else { &[point] };
        let lived = go_on(self.workload, left.cloned(), rest, self.pairs > 0);
        outcome.failures.extend(self.failure(&[point], &lived));
        if self.pairs > 0 {
            let seconds = points(place + 1, lived.passed.len()).step_by(self.pairs);
            seconds.for_each(|second| self.pair((point, left), second, &lived, &mut outcome));
        }
        outcome
    }

    fn pair(
        &self,
        (first, left): ((usize, Point), Option<&World>),
        second: (usize, Point),
        lived: &Lived,
        outcome: &mut Outcome,
    ) {
        outcome.pairs += 1;
        let begun = lived.passed.len() - lived.boundaries.len();
        let left_twice = left_at(lived, begun, second);
        if left_twice.is_some_and(|left| self.was_left_before(left)) {
            outcome.same += 1;
            return;
        }
        let lived = match (left_twice, left) {
            (Some(left_twice), _) => go_on(self.workload, Some(left_twice.clone()), &[], false),
            (None, Some(left)) => go_on(self.workload, Some(left.clone()), &[second], false),
            (None, None) => hit(self.workload, &[first, second]),
        };
        outcome.failures.extend(self.failure(&[first, second], &lived));
    }

    fn was_left_before(&self, left: &World) -> bool {
        !self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(left.fingerprint())
    }

    fn failure(&self, plan: &[(usize, Point)], lived: &Lived) -> Option<Failure> {
        let what = differences(self.calm, lived);
        let plan: Plan = plan.to_vec();
        let Workload { name, is_down_for, .. } = self.workload;
        (!what.is_empty()).then(|| Failure { workload: name.clone(), is_down_for: *is_down_for, plan, what })
    }
}

/// What a death at this point leaves; `None` where the process goes on. `begun`: how many calls came before the run.
fn left_at(lived: &Lived, begun: usize, (place, point): (usize, Point)) -> Option<&World> {
    let (before, after) = lived.boundaries.get(place.checked_sub(begun)?)?;
    match point {
        Point::Before => Some(before),
        Point::After => Some(after),
        Point::Lost => None,
    }
}

#[cfg(test)]
#[path = "exam_tests.rs"]
mod tests;
