//! A fixed share of the crash points, that no write is forgotten, and that the examination can fail.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::workloads;
use crate::world::Call;
use express_simulator::wire::Operation;

/// One of so many points: enough for each workload to be hit a few times, each time elsewhere.
const SHARE: Share = Share { singles: 23, pairs: 0 };

fn named(name: &str) -> Workload {
    workloads::named(name).unwrap()
}

#[test]
fn a_share_of_the_crash_points_ends_as_the_undisturbed_run_does_and_no_write_is_forgotten() {
    let outcomes = in_parallel(&workloads::all(), 2, &|workload| examine(workload, SHARE, 1));
    let failures: Vec<String> =
        outcomes.iter().flat_map(|outcome| &outcome.failures).map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));

    let writes: BTreeSet<Write> = outcomes.iter().flat_map(|outcome| outcome.writes.clone()).collect();
    let forgotten: Vec<Write> = Write::iter().filter(|write| !writes.contains(write)).collect();
    assert!(forgotten.is_empty(), "no workload makes these writes: {forgotten:?}");
}

#[test]
fn every_write_that_a_workload_makes_is_hit_in_each_way() {
    let outcome = examine(&named("adopt"), Share { singles: 1, pairs: 1 }, 2);
    let every: BTreeSet<_> =
        outcome.writes.iter().flat_map(|write| Point::iter().map(move |point| (*write, point))).collect();
    assert_eq!(outcome.hits, every);
    assert_eq!(outcome.singles, outcome.boundaries * 3);
    assert!(outcome.pairs > outcome.singles, "{outcome:?}");
}

#[test]
fn a_run_that_goes_on_from_what_a_death_has_left_is_the_run_with_that_death() {
    let workload = named("tags-only");
    let calm = go_on(&workload, None, &[], true);
    let update = calm.passed.iter().rposition(|passed| matches!(passed.call, Call::Ecs(_))).unwrap();
    for point in [(update, Point::Before), (update, Point::After)] {
        let left = left_at(&calm, 0, point).unwrap().clone();
        let (short, whole) = (go_on(&workload, Some(left), &[], false), hit(&workload, &[point]));
        let calls = |lived: &Lived| lived.passed.iter().map(|it| (it.call, it.age, it.took_effect)).collect::<Vec<_>>();
        assert_eq!((calls(&short), &short.end), (calls(&whole), &whole.end), "{point:?}");
    }
}

/// A retry is written down before it is sent. When the process dies between the two, ECS shows the revision that the rollback
/// had gone back to: that is nobody's change.
#[test]
fn a_retry_that_was_written_down_and_never_sent_is_no_drift() {
    let workload = named("retry");
    let calm = hit(&workload, &[]);
    let intention = calm.passed.iter().rposition(|passed| passed.write == Some(Write::Intention)).unwrap();
    let lived = hit(&workload, &[(intention, Point::After)]);
    assert_eq!(differences(&calm, &lived), Vec::<String>::new());
}

#[test]
fn another_end_and_a_write_too_many_are_failures() {
    let calm = hit(&named("adopt"), &[]);
    assert_eq!(differences(&calm, &calm), Vec::<String>::new());

    let mut another = calm.clone();
    another.end["service"]["status"] = "INACTIVE".into();
    assert!(differences(&calm, &another)[0].contains(".service.status is \"INACTIVE\""));

    let mut too_many = calm.clone();
    let mut update = calm.passed[0].clone();
    (update.call, update.took_effect) = (Call::Ecs(Operation::UpdateExpressGatewayService), true);
    too_many.passed.push(update);
    assert_eq!(differences(&calm, &too_many), ["UpdateExpressGatewayService took effect 1 times, undisturbed 0"]);
}
