//! Histories that were told wrong once: random ones found them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::ConditionType;
use crate::api::management::Management;

use super::conditions::find;
use super::history::{Act, Edit, History, Look, service_that_serves};
use super::history_ecs::Happens;
use super::rollout::DeploymentState::{RollbackFailed, RollbackSuccessful};

fn lived(acts: impl IntoIterator<Item = Act>) -> History {
    let mut lived = History::begins();
    acts.into_iter().for_each(|act| drop(lived.goes_on(&act)));
    lived
}

/// Reason and message of `Ready`.
fn ready(look: &Look) -> (&str, &str) {
    let ready = find(&look.after.conditions, ConditionType::Ready).unwrap();
    (&ready.reason, &ready.message)
}

/// What is sent next is compared with what ECS rolls out: a look that does not read it again must not forget that.
#[test]
fn a_change_that_is_held_back_during_a_rollout_is_told_the_same_at_every_look() {
    let suspended = Management { suspend: Some(true), ..Management::default() };
    let mut lived = lived(service_that_serves().into_iter().chain([
        Act::Edit(Edit::Image(2)),
        Act::Look,
        Act::Ecs(Happens::Advances),
        Act::Look,
        Act::Edit(Edit::Policy(suspended)),
        Act::Look,
        Act::Edit(Edit::Image(3)),
    ]));
    let first = lived.look().unwrap();
    assert!(ready(&first).1.contains("Resuming will update spec.primaryContainer.image"), "{:?}", ready(&first));

    for _ in 0..3 {
        let then = lived.look().unwrap();
        assert_eq!((&then.after.plan, ready(&then)), (&first.after.plan, ready(&first)));
    }
}

#[test]
fn a_rollout_that_fails_while_the_spec_is_invalid_has_failed_when_it_is_valid_again() {
    for (state, reason) in [(RollbackFailed, "RollbackFailed"), (RollbackSuccessful, "RolledBack")] {
        let mut lived = lived(service_that_serves().into_iter().chain([
            Act::Edit(Edit::Image(2)),
            Act::Look,
            Act::Ecs(Happens::Advances),
            Act::Look,
            Act::Edit(Edit::Nonsense),
            Act::Look,
            Act::Ecs(Happens::Ends(state)),
            Act::Look,
            Act::Edit(Edit::Image(2)),
        ]));

        assert_eq!(ready(&lived.look().unwrap()).0, reason);
    }
}

#[test]
fn a_first_rollout_that_fails_while_the_spec_is_invalid_has_failed_when_it_is_valid_again() {
    let mut lived = lived([
        Act::Look,
        Act::Edit(Edit::Nonsense),
        Act::Look,
        Act::Ecs(Happens::Ends(RollbackFailed)),
        Act::Look,
        Act::Edit(Edit::Image(1)),
    ]);

    assert_eq!(ready(&lived.look().unwrap()).0, "RollbackFailed");
}
