//! A reading is believed for three observe intervals, no longer and no shorter, also after a restart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::time::Duration;

use super::*;
use crate::core::events::EventReason;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_spec, at, live_service, with_image};
use crate::core::rollout::DeploymentState::Successful;
use crate::core::story::{Aws, Pass, Story};

fn unread_for(seconds: i64) -> (Story, Pass) {
    unread(Story::settled(a_spec()), seconds)
}

fn unread(mut story: Story, seconds: i64) -> (Story, Pass) {
    story.aws = Aws::CannotBeRead(FailureClass::Throttled);
    story.unread_for = seconds;
    story.later(seconds);
    let pass = story.pass();
    (story, pass)
}

fn ready(pass: &Pass) -> (String, Reason) {
    pass.ready()
}

#[test]
fn what_serves_stays_ready_for_three_intervals_and_is_unknown_then() {
    assert_eq!(ready(&unread_for(179).1), ("True".to_owned(), Reason::Available));

    let (_, stale) = unread_for(180);

    assert_eq!(ready(&stale), ("Unknown".to_owned(), Reason::ObservationStale));
    assert_eq!(stale.says(ConditionType::Reconciling).unwrap().1, Reason::ProgressingWithRetry);
    assert_eq!(stale.says(ConditionType::Synced).unwrap().1, Reason::ObservationStale);
    assert_eq!(stale.events(), [EventReason::ObservationStale]);
    for words in ["ECS was last read at 2026-", "what it runs now is not known", "ThrottledException", "tried again"] {
        assert!(stale.message().contains(words), "{}", stale.message());
    }
}

#[test]
fn the_first_failed_reading_shows_when_the_last_good_one_was() {
    let (story, pass) = unread_for(40);

    let shown = pass.report.status.last_observed_time.unwrap().0;

    assert_eq!(story.now.duration_since(shown).as_secs(), 40);
}

#[test]
fn the_next_look_comes_no_later_than_the_moment_at_which_it_has_to_be_said() {
    let mut story = Story::settled(a_spec());
    story.status.retry =
        Some(crate::api::status::RetryStatus { failures: 15, generation: story.generation, ..Default::default() });
    let (_, pass) = unread(story, 170);

    let Again::After(delay) = pass.report.again else { panic!("{:?}", pass.report.again) };

    assert!(delay <= Duration::from_secs(10), "{delay:?}");
}

#[test]
fn it_is_told_once_and_heals_by_itself_without_a_rollout() {
    let (mut story, _) = unread_for(180);
    story.unread_for = 400;
    assert_eq!(story.later(220).pass().events(), []);
    assert_eq!(story.later(220).pass().ready().1, Reason::ObservationStale);

    story.aws = Aws::Answers;
    story.unread_for = 0;
    let healed = story.later(300).pass();

    assert_eq!(healed.ready(), ("True".to_owned(), Reason::Available));
    assert_eq!(healed.wrote(), None);
    assert_eq!(healed.events(), []);
}

#[test]
fn what_is_stalled_is_unknown_too_and_stays_stalled_and_is_not_told_again() {
    let (mut story, stale) = unread(Story::held(), 180);

    assert_eq!(stale.ready(), ("Unknown".to_owned(), Reason::ObservationStale));
    assert_eq!(stale.says(ConditionType::Stalled).unwrap().1, Reason::RolledBack);
    assert!(stale.says(ConditionType::Reconciling).is_none());

    story.aws = Aws::Answers;
    story.unread_for = 0;
    let healed = story.later(300).pass();

    assert_eq!(healed.ready(), ("False".to_owned(), Reason::RolledBack));
    assert_eq!(healed.events(), []);
}

#[test]
fn an_edit_that_could_not_be_sent_is_sent_when_ecs_is_read_again() {
    let (mut story, _) = unread_for(180);
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();
    story.pass();

    story.aws = Aws::Answers;
    story.unread_for = 0;

    assert_eq!(story.later(300).pass().updated().container.as_ref().unwrap().image, "shop/web:2");
}

#[test]
fn a_rollout_that_ended_while_ecs_could_not_be_read_is_told() {
    let (mut story, _) = unread(Story::rolling_out_two(), 180);
    story.aws = Aws::Answers;
    story.unread_for = 0;

    story.sees(live_service().serving("r2", &with_image("shop/web:2")).ended("d2", "r2", Successful));

    assert!(story.later(300).pass().events().contains(&EventReason::RolloutSucceeded));
}

#[test]
fn what_goes_and_what_has_no_cluster_is_said_as_before() {
    let mut deleted = Story::settled(a_spec());
    deleted.delete();
    assert_eq!(unread(deleted, 999).1.ready().1, Reason::Deleting);

    let mut story = Story::settled(a_spec());
    story.unread_for = 999;
    story.aws = Aws::CannotBeRead(FailureClass::ClusterNotFound);
    assert_eq!(story.pass().ready().1, Reason::ClusterNotFound);
}

/// A new process looks at the object `seconds` after its last look.
fn after_a_restart(story: &mut Story, seconds: i64) -> Option<Report> {
    story.later(seconds);
    let freshness = Freshness::new(None, &story.status, Duration::from_secs(180));
    wait(&story.desired(), &story.status, &freshness, story.now)
}

#[test]
fn a_restart_waits_for_the_time_of_the_next_look() {
    let (mut story, _) = unread_for(0);
    let due = &mut story.status.retry.as_mut().unwrap().next_attempt_at;
    *due = Some(Time(story.now.checked_add(SignedDuration::from_secs(20)).unwrap()));

    let waits = after_a_restart(&mut story, 5).expect("it is early");

    assert_eq!(waits.status, story.status);
    assert_eq!(waits.again, Again::After(Duration::from_secs(15)));
    assert!(after_a_restart(&mut story, 15).is_none(), "it is time");
}

#[test]
fn a_restart_says_at_once_what_became_too_old_meanwhile() {
    let (mut story, _) = unread_for(0);
    let due = &mut story.status.retry.as_mut().unwrap().next_attempt_at;
    *due = Some(Time(story.now.checked_add(SignedDuration::from_secs(1000)).unwrap()));
    let read = story.now;

    let waits = after_a_restart(&mut story, 300).expect("it is early");

    let ready = find(&waits.status.conditions, ConditionType::Ready).unwrap();
    assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("Unknown", "ObservationStale"));
    assert!(ready.message.contains(&format!("{read:.0}")), "{}", ready.message);
    assert!(ready.message.contains("ThrottledException"), "{}", ready.message);
    assert_eq!(waits.events.len(), 1);

    story.status = waits.status;
    assert!(after_a_restart(&mut story, 1).unwrap().events.is_empty());
}

#[test]
fn a_restart_reads_at_once_what_was_changed_or_asked_for() {
    let (mut story, _) = unread_for(0);
    let due = &mut story.status.retry.as_mut().unwrap().next_attempt_at;
    *due = Some(Time(story.now.checked_add(SignedDuration::from_secs(1000)).unwrap()));

    let mut asked = story.clone();
    asked.token = Some("again".into());
    assert!(after_a_restart(&mut asked, 1).is_none());
    let mut edited = story.clone();
    edited.edit(|spec| *spec = with_image("shop/web:2"));
    assert!(after_a_restart(&mut edited, 1).is_none());
    let mut writes = story.clone();
    writes.status.retry.as_mut().unwrap().operation = "UpdateExpressGatewayService".into();
    assert!(after_a_restart(&mut writes, 1).is_none(), "only reads are held: what is written is held by the plan");
    assert!(after_a_restart(&mut story, 1).is_some());
}

#[test]
fn an_object_that_was_never_read_claims_nothing() {
    let never = Freshness::new(None, &ExpressGatewayServiceStatus::default(), Duration::from_secs(180));

    assert_eq!(never.stale_since(at(1_000_000)), None);
    assert_eq!(never.by_its_end(Duration::from_secs(300), at(0)), Duration::from_secs(300));
}

/// Row 20: an object that is looked at once a day does not claim for three days what nobody could read.
#[test]
fn a_reading_is_good_for_three_intervals_and_a_seldom_one_not_for_days() {
    let [short, minute, day] = [10, 60, 86_400].map(Duration::from_secs);
    assert_eq!(trust(None, minute), minute * 3);
    assert_eq!(trust(Some(short), minute), short * 3);
    assert_eq!(trust(Some(day), minute), day + minute * 2);
}

#[test]
fn the_time_of_the_last_reading_is_written_once_though_a_clock_has_fractions() {
    let mut story = Story::settled(a_spec());
    story.now = story.now.checked_add(SignedDuration::from_millis(250)).unwrap();
    story.edit(|spec| spec.health_check_path = Some("health".into()));
    let (mut story, _) = unread(story, 40);
    let written = story.status.clone();
    story.unread_for += 15;

    let again = story.later(15).pass();

    assert_eq!(again.report.status, written);
}

#[test]
fn a_reading_that_is_refused_does_not_stall_what_serves_or_rolls_out() {
    for mut story in [Story::settled(a_spec()), Story::rolling_out_two()] {
        let before = story.clone().pass().ready();
        for class in [FailureClass::InvalidParameter, FailureClass::Unsupported] {
            story.aws = Aws::CannotBeRead(class);

            let seen = story.pass();

            assert_eq!(seen.ready(), before, "{class}");
            assert_eq!(seen.says(ConditionType::Stalled), None, "{class}");
            let (_, reason, message) = seen.says(ConditionType::Reconciling).unwrap();
            assert_eq!(reason, Reason::ProgressingWithRetry, "{class}");
            assert!(message.contains(&format!("{class}Exception")), "{message}");
        }
    }
}

/// The next look is far off.
fn waiting(mut story: Story) -> Story {
    let due = &mut story.status.retry.as_mut().unwrap().next_attempt_at;
    *due = Some(Time(story.now.checked_add(SignedDuration::from_secs(1000)).unwrap()));
    story
}

#[test]
fn a_request_that_was_taken_back_asks_for_nothing_after_a_restart() {
    let mut story = waiting(unread_for(0).0);
    story.status.last_handled_retry_at = Some("once".to_owned());
    assert!(after_a_restart(&mut story, 1).is_some());
    story.token = Some("once".to_owned());
    assert!(after_a_restart(&mut story, 1).is_some(), "and one that was answered neither");
}

#[test]
fn a_restart_says_of_what_is_stalled_why_it_could_not_be_read() {
    let mut story = waiting(unread(Story::held(), 0).0);
    let waits = after_a_restart(&mut story, 300).expect("it is early");
    let ready = find(&waits.status.conditions, ConditionType::Ready).unwrap();
    assert!(ready.message.contains("ThrottledException"), "{}", ready.message);
}

#[test]
fn a_restart_claims_nothing_of_what_goes_and_of_what_has_no_cluster() {
    let mut deleted = Story::settled(a_spec());
    deleted.delete();
    let mut lost = Story::settled(a_spec());
    lost.aws = Aws::CannotBeRead(FailureClass::ClusterNotFound);
    lost.pass();
    for story in [unread(deleted, 0).0, lost] {
        let mut story = waiting(story);
        let waits = after_a_restart(&mut story, 300).expect("it is early");
        assert_eq!(waits.status, story.status);
    }
}
