//! A fixed share of the fault plans, and that a seed is a plan.

use super::*;
use crate::world::{Act, Passed};
use serde_json::json;

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

/// An edit that only writes out a default starts no rollout. What it is compared with has to be read first, and that fails.
#[test]
fn an_edit_is_not_sent_before_what_is_rolled_out_could_be_read() {
    let workload = Workload::named("edit-that-changes-nothing")
        .then(Act::Apply(json!({})))
        .then(Act::Edit(json!({"primaryContainer": {"image": "nginx:2"}})))
        .after(60, Act::Edit(json!({"scalingTarget": {"minTaskCount": 1}})));
    for operation in [Operation::DescribeServices, Operation::DescribeServiceDeployments] {
        let mut left = 3;
        let fortune: Fortune = Box::new(move |moment| {
            let is_due = moment.acts == 3 && moment.call == Call::Ecs(operation) && left > 0;
            left -= usize::from(is_due);
            is_due.then_some(Mishap::Refused(ErrorKind::Server))
        });
        let begun =
            Beginning { workload: &workload, left: None, is_recorded: false, fortune, climate: Climate::default() };
        let lived = live(begun);
        let is_update = |passed: &&Passed| passed.call == Call::Ecs(Operation::UpdateExpressGatewayService);
        assert_eq!(lived.passed.iter().filter(is_update).count(), 1, "{operation:?}");
        assert!(lived.breaches.is_empty(), "{:?}", lived.breaches);
    }
}
