//! Stories of what is remembered of others' changes: for how long, and what is forgotten with an edit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use jiff::SignedDuration;

use crate::api::management::Management;
use crate::api::names;
use crate::api::spec::CpuArchitecture;
use crate::api::status::ExpressGatewayServiceStatus;
use crate::core::drift::WINDOW;
use crate::core::events::EventReason;
use crate::core::fixtures::{a_spec, live_service, shown_of, tag, with_image};
use crate::core::observed::{Live, Tags};
use crate::core::plan::Verdict;
use crate::core::rollout::DeploymentState::InProgress;
use crate::core::situations_drift::{contested, corrected, report, theirs, theirs_as, theirs_in_flight};
use crate::core::step::TagChange;
use crate::core::story::Story;

#[test]
fn an_edit_begins_anew_what_was_undone_before_is_forgotten() {
    let mut story = contested();
    assert_eq!(story.status.drift_corrections.len(), 2);
    let container = with_image("shop/web:2").primary_container;
    story.edit(|spec| spec.primary_container = container).pass();
    assert_eq!(story.status.drift_corrections, []);
}

#[test]
fn a_correction_is_remembered_for_less_than_a_day() {
    let after = |time: SignedDuration| {
        let mut story = Story::settled(a_spec());
        story.sees(theirs()).pass();
        let again = story.now.checked_add(time).unwrap();
        let live = corrected(&story);
        story.sees(live).pass();
        story.sees(theirs_as("r82", "theirs:1")).now = again;
        story.pass();
        story.status.drift_corrections.len()
    };
    assert_eq!(after(WINDOW - SignedDuration::from_secs(1)), 2);
    assert_eq!(after(WINDOW), 1);
}

#[test]
fn an_architecture_that_nobody_asked_for_is_not_remembered() {
    let settled = Story::settled(a_spec());
    assert_eq!(settled.status.effective.unwrap().cpu_architecture, Some(CpuArchitecture::X86_64));
    assert_eq!(settled.status.last_live.unwrap().cpu_architecture, None);
}

fn tagged(policy: Option<Management>) -> Story {
    let mut spec = a_spec();
    spec.tags = vec![tag("team", "shop")];
    spec.management = policy;
    Story::settled(spec)
}

fn carrying(story: &Story, team: &str) -> Live {
    let mut tags = story.owner.tags();
    tags.insert("team".to_owned(), team.to_owned());
    live_service().serving("r1", &a_spec()).glanced().with_tags(tags)
}

#[test]
fn a_tag_that_never_was_there_was_changed_by_nobody() {
    let mut story = tagged(None);
    let before = carrying(&story, "shop");
    story.edit(|spec| spec.tags = vec![tag("team", "checkout")]).sees(before.clone()).pass();
    story.later(600);
    let again = story.sees(before).pass();
    assert!(matches!(again.retagged(), TagChange::Set(_)));
    assert_eq!(again.report.status.drift, None);
    assert!(!again.events().contains(&EventReason::DriftDetected), "{:?}", again.events());
}

#[test]
fn a_tag_that_is_left_to_others_is_not_said_to_be_put_back_with_ours() {
    let mut story = tagged(Some(report()));
    let mut live = carrying(&story, "theirs");
    live.presence.tags.remove(names::TAG_UID);
    let seen = story.sees(live).pass();
    let TagChange::Set(set) = seen.retagged() else { panic!("tags are removed") };
    assert_eq!(set.keys().collect::<Vec<_>>(), [names::TAG_UID]);
    assert_eq!(seen.events(), [EventReason::DriftDetected]);
}

fn changed_paths(status: &ExpressGatewayServiceStatus) -> Vec<&str> {
    let changes = status.drift.iter().flat_map(|drift| &drift.changes);
    changes.map(|change| change.path.as_str()).collect()
}

#[test]
fn what_is_undone_first_is_shown_first_and_what_is_left_is_shown_at_once() {
    for (policy, expected) in [
        (None, vec!["spec.primaryContainer.image"]),
        (Some(report()), vec!["spec.primaryContainer.image", "spec.tags[team]"]),
    ] {
        let mut story = tagged(policy);
        let mut tags = story.owner.tags();
        tags.insert("team".to_owned(), "theirs".to_owned());
        tags.remove(names::TAG_UID);
        let seen = story.sees(theirs().with_tags(tags)).pass();
        assert_eq!(changed_paths(&seen.report.status), expected);
    }
}

#[test]
fn what_was_sent_and_never_began_was_changed_by_nobody() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();
    let seen = story.later(600).sees(theirs_in_flight()).pass();
    assert_eq!((seen.verdict(), seen.report.status.drift.as_ref()), (&Verdict::RollingOutOther, None));
}

#[test]
fn what_has_failed_was_never_live_and_what_serves_instead_is_nobodys_change() {
    assert_eq!(Story::held().status.last_live.unwrap().spec_hash, "");
}

#[test]
fn in_a_rollout_our_tags_are_put_back_only_when_they_say_no_more_that_the_service_is_ours() {
    let one = live_service().serving("r1", &a_spec());
    let in_flight = one.clone().in_flight("d2", "r2", InProgress);
    let mut tags = Story::rolling_out_two().owner.tags();
    tags.remove(names::TAG_UID);
    assert_eq!(Story::rolling_out_two().sees(in_flight.clone().with_tags(tags)).pass().wrote(), None);
    let back = Story::rolling_out_two().sees(in_flight.with_tags(Tags::new())).pass();
    assert!(back.events().contains(&EventReason::DriftCorrected), "{:?}", back.events());

    let mut edited = Story::settled(a_spec());
    edited.edit(|spec| *spec = with_image("shop/web:2"));
    let sent = edited.sees(one.with_tags(Tags::new())).pass();
    assert_eq!(sent.updated().container, shown_of(&with_image("shop/web:2")).container, "an update goes before them");
}
