//! What is told of a write: once, and no more than what it did.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::core::events::EventReason;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{SERVICE, a_spec, live_service, with_image};
use crate::core::observed::Tags;
use crate::core::rollout::DeploymentState::{self, InProgress, Successful};
use crate::core::rollout::Stage;
use crate::core::situations_drift::{theirs, theirs_as};
use crate::core::story::{Aws, Pass, Story};

fn text(pass: &Pass, reason: EventReason) -> &str {
    let note = pass.report.events.iter().find(|note| note.reason == reason);
    &note.unwrap_or_else(|| panic!("no {reason} in {:?}", pass.report.events)).text
}

#[test]
fn a_first_service_is_created_and_not_created_again() {
    let created = Story::new(a_spec()).pass();
    assert_eq!(created.events(), [EventReason::Created]);
    assert_eq!(text(&created, EventReason::Created), format!("created {SERVICE}"));
}

#[test]
fn an_update_says_which_rollout_it_overtakes_and_only_then() {
    let sent = |mut story: Story, image: &str| {
        let container = with_image(image).primary_container;
        let pass = story.edit(|spec| spec.primary_container = container).pass();
        text(&pass, EventReason::UpdateSubmitted).to_owned()
    };
    let overtakes = sent(Story::rolling_out_two(), "shop/web:3");
    assert!(overtakes.ends_with(". The rollout of revision r2 is superseded"), "{overtakes}");
    let alone = sent(Story::settled(a_spec()), "shop/web:2");
    assert!(!alone.contains("superseded"), "{alone}");
}

#[test]
fn a_shift_of_all_traffic_is_told_also_by_a_look_that_comes_late_but_not_of_a_first_revision() {
    let two = with_image("shop/web:2");
    let tells = |pass: &Pass| pass.events().contains(&EventReason::TrafficShifted);
    let mut ended = Story::rolling_out_two();
    let pass = ended.sees(live_service().serving("r2", &two).ended("d2", "r2", Successful)).pass();
    assert!(tells(&pass));
    let note = pass.report.events.iter().find(|note| note.reason == EventReason::RolloutSucceeded).unwrap();
    assert!(!note.warning, "that it went well is no warning");

    let mut shifted = Story::settled(a_spec());
    shifted.edit(|spec| *spec = two).pass();
    let all = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);
    assert!(tells(&shifted.sees(all.at_stage(Stage::BakeTime, 100)).pass()));

    let mut first = Story::new(a_spec());
    first.pass();
    let pass = first.sees(live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful)).pass();
    assert!(!tells(&pass), "{:?}", pass.events());
}

#[test]
fn a_rollout_that_fails_is_told_whether_it_could_be_rolled_back_or_not() {
    for (ended, told) in [
        (DeploymentState::RollbackSuccessful, EventReason::RolledBack),
        (DeploymentState::RollbackFailed, EventReason::RolloutFailed),
    ] {
        let mut story = Story::rolling_out_two();
        let live = live_service().serving("r1", &a_spec()).ended("d2", "r2", ended);
        let pass = story.sees(live).pass();
        assert!(pass.events().contains(&told), "{:?}", pass.events());
    }
}

#[test]
fn what_needs_a_person_is_told_once_by_an_event_of_its_own() {
    let after = |mut story: Story, change: &dyn Fn(&mut Story)| {
        change(&mut story);
        story
    };
    let settled = || Story::settled(a_spec());
    let refused = |class| after(Story::new(a_spec()), &|story| story.aws = Aws::RefusesWrites(class));
    let not_converging = after(settled(), &|story| {
        story.sees(theirs()).pass();
        story.sees(theirs_as("r2", "theirs:1")).pass();
        story.sees(theirs_as("r3", "theirs:1"));
    });
    let protected = after(settled(), &|story| {
        story.manage(|management| management.deletion_protection = Some(true)).pass();
        story.delete();
    });
    let unread = after(settled(), &|story| {
        (story.aws, story.unread_for) = (Aws::CannotBeRead(FailureClass::Unavailable), 600);
    });
    for (mut story, told) in [
        (
            after(settled(), &|story| {
                story.edit(|spec| spec.cpu = Some("300".into()));
            }),
            EventReason::InvalidSpec,
        ),
        (refused(FailureClass::Unsupported), EventReason::InvalidSpec),
        (refused(FailureClass::AccessDenied), EventReason::AccessDenied),
        (refused(FailureClass::Throttled), EventReason::Throttled),
        (
            after(Story::new(a_spec()), &|story| {
                story.sees(live_service().with_tags(Tags::new()));
            }),
            EventReason::NameInUse,
        ),
        (not_converging, EventReason::NotConverging),
        (after(settled(), &|story| story.region = "us-east-1".into()), EventReason::ImmutableDiffers),
        (protected, EventReason::DeletionProtected),
        (unread, EventReason::ObservationStale),
    ] {
        let pass = story.pass();
        let note = pass.report.events.iter().find(|note| note.reason == told);
        assert!(note.is_some_and(|note| note.warning), "{told}: {:?}, {:?}", pass.ready(), pass.report.events);
        assert!(!story.pass().events().contains(&told), "{told} is told twice");
    }
}
