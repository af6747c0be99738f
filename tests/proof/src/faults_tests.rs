//! A fixed share of the fault plans, and that a seed is a plan.

use super::*;

#[test]
fn a_share_of_the_fault_plans_ends_as_the_undisturbed_runs_do() {
    let failures: Vec<String> = examine(0..24, 2).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_seed_always_is_the_same_run() {
    let (one, two) = (Plan::of(22).disturbed(false), Plan::of(22).disturbed(false));
    assert_eq!(one.passed, two.passed);
    assert!(one.passed.iter().any(|passed| passed.disturbed), "nothing goes wrong in it");
}
