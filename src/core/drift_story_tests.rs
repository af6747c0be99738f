//! Stories of what is remembered of others' changes: for how long, and what is forgotten with an edit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use jiff::SignedDuration;

use crate::api::management::Management;
use crate::api::names;
use crate::api::spec::CpuArchitecture;
use crate::core::drift::WINDOW;
use crate::core::events::EventReason;
use crate::core::fixtures::{a_spec, live_service, tag, with_image};
use crate::core::observed::Live;
use crate::core::situations_drift::{contested, corrected, report, theirs, theirs_as};
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
