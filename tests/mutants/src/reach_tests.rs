//! A mutant meets the tests that run its function, the quick ones first.
#![allow(clippy::unwrap_used)]

use super::*;

fn test(name: &str, millis: u64, bodies: &[usize]) -> Test {
    let bodies = bodies.iter().copied().collect();
    Test { name: name.to_owned(), took: Duration::from_millis(millis), bodies }
}

fn names(groups: Vec<Vec<&Test>>) -> Vec<Vec<&str>> {
    groups.into_iter().map(|group| group.into_iter().map(|test| test.name.as_str()).collect()).collect()
}

#[test]
fn the_quick_tests_that_reach_a_function_come_together_and_the_slow_ones_after() {
    let reach = Reach::new(vec![
        test("bake::slowest", 9000, &[1]),
        test("cause::slow", 800, &[1, 2]),
        test("cause::quick", 20, &[1]),
        test("bake::quick", 30, &[1]),
        test("cause::elsewhere", 10, &[2]),
        test("cause::quickest", 5, &[1]),
    ]);

    assert_eq!(
        names(reach.of(Some(1), "bake::")),
        [vec!["bake::quick"], vec!["cause::quickest", "cause::quick"], vec!["cause::slow"], vec!["bake::slowest"]]
    );
    assert_eq!(names(reach.of(Some(2), "bake::")), [vec!["cause::elsewhere"], vec!["cause::slow"]]);
    assert_eq!(names(reach.of(Some(3), "bake::")), Vec::<Vec<&str>>::new());
    assert_eq!(reach.of(None, "bake::").concat().len(), 6);
}
