//! Stories of a controller that dies in the middle of a write: what it wrote down before is enough to go on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use jiff::Timestamp;

use crate::api::conditions::Reason;
use crate::api::management::Management;
use crate::api::spec::ExpressGatewayServiceSpec;
use crate::api::status::NEVER_OBSERVED;
use crate::core::failure::{FailureClass, Operation};
use crate::core::fixtures::{a_spec, at, failure, live_service, rolled_back, with_image};
use crate::core::intention::must_be_told;
use crate::core::observed::Live;
use crate::core::plan::Verdict;
use crate::core::rollout::DeploymentState::{InProgress, Stopped};
use crate::core::situations_drift::{corrected, theirs_as};
use crate::core::situations_wedge::{creating_for, first, recreating, refused};
use crate::core::step::{AwsWrite, Effect, Step};
use crate::core::story::Story;

/// Settled on `shop/web:1`; `shop/web:2` is written down, and the controller dies while it sends it.
fn dies_while_it_sends_two() -> Story {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    let plan = story.dies_in_the_write();
    assert!(matches!(plan.step, Step::Update(_)), "{:?}", plan.step);
    story
}

#[test]
fn a_rollout_that_failed_while_nobody_looked_is_not_started_again() {
    let mut story = dies_while_it_sends_two();
    let pass = story.sees(rolled_back()).pass();
    assert_eq!(pass.ready(), ("False".to_owned(), Reason::RolledBack));
    assert!(!matches!(pass.step(), Step::Update(_)), "{:?}", pass.step());
    let pass = story.later(3600).pass();
    assert_eq!(pass.ready(), ("False".to_owned(), Reason::RolledBack));
    assert!(!matches!(pass.step(), Step::Update(_)), "{:?}", pass.step());
}

#[test]
fn a_rollout_that_has_begun_is_followed() {
    let mut story = dies_while_it_sends_two();
    let seen = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);
    assert_eq!(story.sees(seen).pass().verdict(), &Verdict::RollingOut);
}

#[test]
fn what_was_not_sent_is_sent_once_ecs_could_have_shown_it() {
    let mut story = dies_while_it_sends_two();
    assert_eq!(story.later(15).pass().verdict(), &Verdict::Submitted);
    assert_eq!(story.later(61).pass().verdict(), &Verdict::Submitted);
    assert!(matches!(story.later(15).pass().wrote(), Some(AwsWrite::Update(_))));
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_wait_until_it_has_caught_up() {
    let mut story = dies_while_it_sends_two();
    assert_eq!(story.later(-3600).pass().verdict(), &Verdict::Submitted);
    assert_eq!(story.later(85).pass().verdict(), &Verdict::Submitted);
    assert!(matches!(story.later(10).pass().wrote(), Some(AwsWrite::Update(_))));
}

#[test]
fn what_may_be_in_aws_and_what_was_written_down_must_be_told() {
    let lost = failure(Operation::CreateExpressGatewayService, FailureClass::Unavailable);
    let refused = failure(Operation::CreateExpressGatewayService, FailureClass::AccessDenied);
    for (outcome, was_written_down, must) in [
        (None, false, false),
        (Some(Err(&refused)), false, false),
        (Some(Err(&refused)), true, true),
        (Some(Err(&lost)), false, true),
        (Some(Ok(&Effect::Deleting)), false, true),
    ] {
        assert_eq!(must_be_told(outcome, was_written_down), must, "{outcome:?} {was_written_down}");
    }
}

/// (Found by the state space: of two that lead, one took back what was refused, and with it what the other had written down.)
#[test]
fn two_intentions_of_one_second_are_not_the_same() {
    let mut story = Story::new(a_spec());
    story.dies_in_the_write();
    let first = story.status.clone();

    story.dies_in_the_write();

    assert_ne!(story.status, first);
}

#[test]
fn a_clock_at_the_end_of_time_stops_nobody() {
    let mut story = dies_while_it_sends_two();
    story.now = Timestamp::MAX;
    assert_eq!(story.status.submitted.as_ref().unwrap().revision, None);
    story.pass();
}

#[test]
fn what_people_read_stays_as_it_is_until_the_write_was_sent() {
    let before = Story::settled(a_spec()).status;
    let after = dies_while_it_sends_two().status;
    assert_eq!(after.conditions, before.conditions);
    assert_eq!(after.observed_generation, before.observed_generation);
    assert_eq!(after.retry, None);
}

#[test]
fn a_retry_that_died_is_no_reason_for_another() {
    let mut story = Story::held();
    story.token = Some("again".to_owned());
    let plan = story.dies_in_the_write();
    assert!(matches!(plan.step, Step::Update(_)), "{:?}", plan.step);
    let again = rolled_back().ended("d3", "r3", crate::core::rollout::DeploymentState::RollbackSuccessful);
    let pass = story.sees(again).later(120).pass();
    assert_eq!(pass.ready(), ("False".to_owned(), Reason::RolledBack));
    assert!(!matches!(pass.step(), Step::Update(_)), "{:?}", pass.step());
}

/// A retry that was asked for before the service was created is answered by its creation. (Found by the state space: an object that
/// was looked at before it could be read.)
#[test]
fn a_create_that_died_answers_the_retry_that_was_asked_for_before() {
    for answers in [true, false] {
        let mut story = Story::new(a_spec());
        story.status.observed_generation = 1;
        story.token = Some("early".to_owned());
        match answers {
            true => assert_eq!(story.pass().report.status.last_handled_retry_at, story.token),
            false => drop(story.dies_in_the_write()),
        }
        story.sees(live_service().serving("r1", &a_spec()).ended("d1", "r1", Stopped)).later(400);
        for _ in 0..2 {
            let pass = story.pass();
            assert_eq!(pass.ready(), ("False".to_owned(), Reason::DeploymentFailed));
            assert!(!matches!(pass.step(), Step::Update(_)), "{:?}", pass.step());
        }
    }
}

fn theirs_made_now(story: &Story, id: &str) -> Live {
    let mut live = theirs_as(id, "theirs:1");
    live.configurations.iter_mut().flatten().for_each(|shown| shown.created_at = Some(story.now));
    live
}

#[test]
fn corrections_that_arrived_are_counted_though_the_controller_died_in_them() {
    let mut story = Story::settled(a_spec());
    for id in ["r81", "r82"] {
        let theirs = theirs_made_now(&story, id);
        assert!(matches!(story.sees(theirs).later(120).dies_in_the_write().step, Step::Update(_)));
    }
    let theirs = theirs_made_now(&story, "r83");
    assert_eq!(story.sees(theirs).later(120).pass().verdict(), &Verdict::Drifted);
}

#[test]
fn a_correction_that_never_arrived_is_sent_again_and_counts_once() {
    let mut story = Story::settled(a_spec());
    for (id, count) in [("r81", 1), ("r82", 2)] {
        let theirs = theirs_made_now(&story, id);
        assert!(matches!(story.sees(theirs).later(120).dies_in_the_write().step, Step::Update(_)));
        assert!(matches!(story.later(120).pass().wrote(), Some(AwsWrite::Update(_))));
        assert_eq!(story.status.drift_corrections.len(), count);
        let live = corrected(&story);
        story.sees(live).pass();
    }
}

#[test]
fn a_service_is_deleted_only_once_to_be_created_again() {
    let mut story = creating_for(6, recreating(), refused());
    let plan = story.dies_in_the_write();
    assert_eq!(plan.verdict, Verdict::Recreating);
    assert!(story.status.recreation.is_some());
}

#[test]
fn a_service_that_was_created_by_one_that_died_may_be_created_again_when_it_is_wedged() {
    let mut story = Story::new(ExpressGatewayServiceSpec { management: Some(recreating()), ..a_spec() });
    story.now = at(5);
    assert!(matches!(story.dies_in_the_write().step, Step::Create(_)));
    assert_eq!(story.status.observed_generation, NEVER_OBSERVED);
    assert_eq!(story.status.conditions, []);
    assert_eq!(story.sees(first().managing(refused())).later(360).pass().verdict(), &Verdict::Recreating);
}

#[test]
fn what_can_be_repeated_without_harm_is_not_written_down() {
    let mut wedged = creating_for(6, Management::default(), refused());
    let before = wedged.status.clone();
    assert_eq!(wedged.dies_in_the_write().verdict, Verdict::Wedged);
    assert_eq!(wedged.status, before);

    let mut deleted = Story::settled(a_spec());
    deleted.delete();
    let before = deleted.status.clone();
    assert!(matches!(deleted.dies_in_the_write().step, Step::Delete { .. }));
    assert_eq!(deleted.status, before);
}
