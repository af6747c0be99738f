//! Situations in which a rollback is asked for, at every point of a rollout and where there is none.

use crate::api::names;

use super::fixtures::{a_spec, live_service, with_image};
use super::observed::{Observed, Tags};
use super::rollout::DeploymentState::{InProgress, RollbackInProgress, RollbackSuccessful, Successful};
use super::rollout::{CircuitBreaker, HealthAnswer, Stage};
use super::situations_held_back::suspended;
use super::story::Story;

/// Somebody asks for a rollback.
pub fn asks_for_a_rollback(mut story: Story) -> Story {
    story.annotate(names::ROLLBACK_REQUESTED_AT, "now");
    story
}

/// `shop/web:2` takes 5 % of the traffic.
pub fn in_a_canary() -> Story {
    let mut story = Story::rolling_out_two();
    let two = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);
    story.sees(two.at_stage(Stage::ProductionTrafficShift, 5)).pass();
    story
}

fn seeing(mut story: Story, observed: impl Into<Observed>) -> Story {
    story.sees(observed);
    story
}

pub fn rollouts() -> Vec<(&'static str, Story)> {
    let one = || live_service().serving("r1", &a_spec());
    let mut first = Story::new(a_spec());
    first.pass();
    let first = seeing(first, live_service().in_flight("d1", "r1", InProgress));
    let mut stopped = asks_for_a_rollback(in_a_canary());
    stopped.pass();
    let mut held_back = in_a_canary();
    held_back.manage(|management| *management = suspended());
    let mut taken = Story::settled(a_spec());
    taken.sees(one().with_tags(Tags::new()));
    let mut unhealthy = one().ended("d2", "r2", RollbackSuccessful);
    if let Some(ended) = &mut unhealthy.last_ended {
        ended.unhealthy = Some(HealthAnswer("answered 404".to_owned()));
        ended.circuit_breaker = Some(CircuitBreaker { triggered: true, failures: 3, threshold: 3 });
    }
    let mut newer = in_a_canary();
    newer.edit(|spec| *spec = with_image("shop/web:3"));
    vec![
        ("asked to go back in a canary", asks_for_a_rollback(in_a_canary())),
        ("asked to go back with an edit", asks_for_a_rollback(newer)),
        ("asked to go back before it is described", asks_for_a_rollback(seeing(in_a_canary(), one().just_begun("d2")))),
        ("asked to go back twice", seeing(stopped.clone(), one().in_flight("d2", "r2", RollbackInProgress))),
        ("gone back as asked", seeing(stopped, one().ended("d2", "r2", RollbackSuccessful))),
        ("asked to go back on the way", {
            asks_for_a_rollback(seeing(in_a_canary(), one().in_flight("d2", "r2", RollbackInProgress)))
        }),
        ("asked to go back from the first", asks_for_a_rollback(first)),
        ("asked to go back at rest", {
            asks_for_a_rollback(seeing(Story::settled(a_spec()), one().ended("d1", "r1", Successful)))
        }),
        ("asked to go back and suspended", asks_for_a_rollback(held_back)),
        ("asked to go back from nothing", asks_for_a_rollback(seeing(Story::settled(a_spec()), Observed::Absent))),
        ("asked to go back with what is another's", asks_for_a_rollback(taken)),
        ("unhealthy", seeing(in_a_canary(), unhealthy)),
    ]
}
