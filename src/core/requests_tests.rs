//! Requests: what is new, what is answered with what, and that a look that failed answers nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::names::{FLUX_RECONCILE_REQUESTED_AT, RECONCILE_REQUESTED_AT, SUSPENDED};
use crate::core::events::EventReason;
use crate::core::failure::{FailureClass, Operation};
use crate::core::fixtures::{a_spec, with_image};
use crate::core::observed::Observed;
use crate::core::plan::Verdict;
use crate::core::requests::is_new;
use crate::core::situations_held_back::{observe_only, settled_then, suspended};
use crate::core::story::{Aws, Pass, Story};

const HANDLED: EventReason = EventReason::ReconcileRequestHandled;

fn answered(pass: &Pass) -> Option<&str> {
    pass.report.status.last_handled_reconcile_at.as_deref()
}

#[test]
fn a_new_value_of_either_annotation_is_answered_with_itself_and_told_once() {
    let mut story = Story::settled(a_spec());

    for (annotation, value) in [
        (RECONCILE_REQUESTED_AT, "1"),
        (FLUX_RECONCILE_REQUESTED_AT, "2026-01-01T00:00:00Z"),
        (RECONCILE_REQUESTED_AT, "2"),
    ] {
        let pass = story.annotate(annotation, value).pass();
        assert_eq!(answered(&pass), Some(value));
        assert_eq!(pass.events(), [HANDLED]);
        let text = &pass.report.events[0].text;
        assert!(text.contains(annotation) && text.contains(value), "{text}");
        assert_eq!(pass.wrote(), None);

        let again = story.later(60).pass();
        assert_eq!((answered(&again), again.events()), (Some(value), vec![]));
    }
}

#[test]
fn two_at_once_are_answered_by_one_look_with_the_value_that_flux_waits_for() {
    let mut story = Story::settled(a_spec());

    let pass = story.annotate(RECONCILE_REQUESTED_AT, "ours").annotate(FLUX_RECONCILE_REQUESTED_AT, "theirs").pass();

    assert_eq!(answered(&pass), Some("theirs"));
    let handled = pass.report.status.handled_requests.clone().unwrap();
    assert_eq!((handled.expressway.as_deref(), handled.flux.as_deref()), (Some("ours"), Some("theirs")));
    assert_eq!(pass.events(), [HANDLED]);
    let text = &pass.report.events[0].text;
    assert!(text.contains("(ours)") && text.contains("(theirs)"), "{text}");
    // The other one is not new only because it is not the one that was repeated.
    assert_eq!(story.pass().events(), []);
}

#[test]
fn an_annotation_that_goes_and_comes_back_asks_for_nothing() {
    let mut story = Story::settled(a_spec());
    story.annotate(RECONCILE_REQUESTED_AT, "1").pass();
    story.annotations.clear();
    assert_eq!(answered(&story.pass()), Some("1"));

    assert_eq!(story.annotate(RECONCILE_REQUESTED_AT, "1").pass().events(), []);
    assert_eq!(story.annotate(RECONCILE_REQUESTED_AT, "").pass().events(), [], "an empty value asks for nothing");
    assert_eq!(story.annotate(RECONCILE_REQUESTED_AT, &"x".repeat(257)).pass().events(), [], "a long one neither");
    assert_eq!(story.annotate(RECONCILE_REQUESTED_AT, &"x".repeat(256)).pass().events(), [HANDLED]);
}

#[test]
fn an_annotation_that_came_with_the_yaml_is_answered_and_not_told() {
    let mut story = Story::new(a_spec());

    let pass = story.annotate(FLUX_RECONCILE_REQUESTED_AT, "1").pass();

    assert_eq!(answered(&pass), Some("1"));
    assert!(!pass.events().contains(&HANDLED));
}

#[test]
fn only_a_look_that_was_made_is_an_answer() {
    let mut story = Story::settled(a_spec());
    story.aws = Aws::CannotBeRead(FailureClass::Throttled);

    let failed = story.annotate(RECONCILE_REQUESTED_AT, "1").pass();

    assert_eq!((answered(&failed), failed.events()), (None, vec![]));
    assert!(is_new(&story.desired().requests, &Default::default()), "it is still asked for");

    story.aws = Aws::Answers;
    let healed = story.later(60).pass();
    assert_eq!((answered(&healed), healed.events()), (Some("1"), vec![HANDLED]));
}

#[test]
fn that_there_is_no_cluster_is_an_answer() {
    let mut story = Story::settled(a_spec());
    story.aws = Aws::CannotBeRead(FailureClass::ClusterNotFound);

    assert_eq!(answered(&story.annotate(RECONCILE_REQUESTED_AT, "1").pass()), Some("1"));
}

#[test]
fn it_is_answered_whatever_the_policy_holds_back() {
    let mut by_annotation = Story::settled(a_spec());
    by_annotation.annotate(SUSPENDED, "true");
    let mut invalid = Story::settled(a_spec());
    invalid.edit(|spec| spec.health_check_path = Some("health".into()));
    let mut deleted = Story::settled(a_spec());
    deleted.delete();
    for mut story in
        [settled_then(observe_only()), settled_then(suspended()), by_annotation, invalid, deleted, Story::held()]
    {
        let pass = story.annotate(FLUX_RECONCILE_REQUESTED_AT, "1").pass();
        assert_eq!(answered(&pass), Some("1"), "{:?}", pass.verdict());
    }
}

/// A person who has healed something does not wait for the next attempt's time.
#[test]
fn a_write_that_waits_for_its_time_is_tried_at_once_and_only_once() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    story.aws = Aws::RefusesWrites(FailureClass::InvalidParameter);
    assert!(story.pass().wrote().is_some());
    assert_eq!(story.later(1).pass().verdict(), &Verdict::BackingOff);

    let asked = story.annotate(RECONCILE_REQUESTED_AT, "1").pass();

    assert!(asked.wrote().is_some());
    assert_eq!(answered(&asked), Some("1"), "ECS was read, whatever became of the write");
    assert_eq!(asked.report.status.retry.unwrap().failures, 2);
    assert_eq!(story.later(1).pass().verdict(), &Verdict::BackingOff);
}

#[test]
fn what_was_answered_outlives_the_service() {
    let mut story = Story::settled(a_spec());
    story.annotate(RECONCILE_REQUESTED_AT, "1").pass();

    let gone = story.sees(Observed::Absent).pass();

    assert_eq!(answered(&gone), Some("1"));
    assert!(!gone.events().contains(&HANDLED));
    assert!(!story.pass().events().contains(&HANDLED));
}

#[test]
fn after_a_restart_what_is_asked_for_is_read_at_once() {
    use crate::core::freshness::wait;
    let mut story = Story::settled(a_spec());
    story.aws = Aws::CannotBeRead(FailureClass::Throttled);
    story.pass();
    let due = story.now.checked_add(jiff::SignedDuration::from_secs(1000)).unwrap();
    let retry = story.status.retry.as_mut().unwrap();
    retry.next_attempt_at = Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(due));
    assert_eq!(retry.operation, Operation::DescribeServices.to_string());
    assert!(wait(&story.desired(), &story.status, &story.freshness(), story.now).is_some());

    story.annotate(FLUX_RECONCILE_REQUESTED_AT, "1");

    assert!(wait(&story.desired(), &story.status, &story.freshness(), story.now).is_none());
}
