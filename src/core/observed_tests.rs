//! How little has to be read: a glance when nothing moved, one call more in a rollout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::management::Adoption;
use crate::core::fixtures::{
    a_spec, at, deployment_arn, live_service, owner, presence, revision, rolled_back, shown_of, with_image,
};
use crate::core::memory::Memory;
use crate::core::observed::{Glance, Known, LastEnded, Live, Presence, ReadingList, Rested, Tags};
use crate::core::ownership::Owner;
use crate::core::rollout::DeploymentState::{InProgress, Successful};
use crate::core::story::Story;

/// What has to be read next, when ECS goes on showing `live`.
fn next_reading(story: &Story, live: &Live) -> ReadingList {
    let glance = Glance {
        presence: presence(),
        revisions: live.revisions.clone(),
        deployment: live.in_flight.as_ref().map(|deployment| deployment.arn.clone()),
        unhealthy: None,
    };
    glance.reading_list(&Memory::of(&story.status).known(story.generation, false))
}

fn one() -> Live {
    live_service().serving("r1", &a_spec())
}

#[test]
fn an_idle_pass_needs_only_the_glance() {
    assert_eq!(next_reading(&Story::settled(a_spec()), &one()), ReadingList::default());
}

#[test]
fn an_idle_pass_after_going_back_to_what_serves_needs_only_the_glance() {
    let mut story = Story::held();
    story.edit(|spec| *spec = a_spec()).pass();
    story.sees(rolled_back()).pass();

    assert_eq!(next_reading(&story, &rolled_back()), ReadingList::default());
}

#[test]
fn a_rollout_that_is_known_needs_its_deployment_and_no_more() {
    let live = one().in_flight("d2", "r2", InProgress);
    let list = next_reading(&Story::rolling_out_two(), &live);

    let only = ReadingList { in_flight: Some(deployment_arn("d2")), ..ReadingList::default() };
    assert_eq!(list, only);
}

#[test]
fn an_edit_a_new_revision_or_another_service_needs_a_full_reading() {
    let mut edited = Story::settled(a_spec());
    edited.edit(|spec| *spec = with_image("shop/web:2"));
    assert!(next_reading(&edited, &one()).configurations);

    let settled = Story::settled(a_spec());
    let other = live_service().serving("r8", &a_spec());
    assert!(next_reading(&settled, &other).configurations);

    let mut lost = settled;
    lost.loses_its_status();
    let list = next_reading(&lost, &one());
    assert_eq!((list.configurations, list.last_ended), (true, LastEnded::Newest));
}

#[test]
fn how_a_rollout_ended_is_asked_for_by_its_deployment() {
    let two = live_service().serving("r2", &with_image("shop/web:2")).ended("d2", "r2", Successful);

    let list = next_reading(&Story::rolling_out_two(), &two);

    assert_eq!((list.configurations, list.last_ended), (true, LastEnded::Describe(deployment_arn("d2"))));
    assert_eq!(two.revisions[0].arn, revision("r2"));
}

#[test]
fn what_belongs_to_somebody_else_is_not_read_any_further() {
    let glance = Glance { presence: presence(), deployment: Some(deployment_arn("d1")), ..Glance::default() };
    let stranger = Owner { name: "another".to_owned(), ..Owner::default() };
    let known = Known { owner: Some(stranger), ..Known::default() };

    assert_eq!(glance.reading_list(&known), ReadingList::default());
    assert!(glance.reading_list(&Known::default()).configurations);
}

#[test]
fn what_may_be_adopted_is_read_for_what_serves_and_only_once() {
    let stranger = Owner { name: "another".to_owned(), ..Owner::default() };
    let known = Known { owner: Some(stranger), adoption: Adoption::Always, ..Known::default() };
    let glance = |deployment| {
        let revisions = live_service().serving("r9", &with_image("theirs:1")).revisions;
        Glance { presence: presence(), deployment, revisions, unhealthy: None }
    };
    let only = |configurations| ReadingList { configurations, ..ReadingList::default() };
    assert_eq!(glance(None).reading_list(&known), only(true));
    let moving = glance(Some(deployment_arn("d9"))).reading_list(&known);
    assert_eq!((moving.configurations, moving.in_flight), (false, Some(deployment_arn("d9"))));

    let planned = Known { adoption_base: Some(revision("r9")), ..known.clone() };
    assert_eq!(glance(None).reading_list(&planned), only(false));
    let other = Known { adoption_base: Some(revision("r8")), ..known.clone() };
    assert_eq!(glance(None).reading_list(&other), only(true));
    let was_ours = Known { created_at: presence().created_at, ..known };
    assert_eq!(glance(None).reading_list(&was_ours), only(false), "taken over, and not taken back");
}

#[test]
fn what_rests_is_read_once_and_anew_when_anything_moves() {
    let live = live_service().serving("r1", &with_image("shop/web:1"));
    let rested = Rested::of(&live).unwrap();
    let known = Known { created_at: presence().created_at, rested: Some(rested.clone()), ..Known::default() };
    let glance = Glance { presence: presence(), revisions: live.revisions, ..Glance::default() };

    assert_eq!(glance.reading_list(&known), ReadingList::default());
    assert_eq!(glance.unmoved(&known), Some(&rested));
    let moves = Glance { deployment: Some(deployment_arn("d2")), ..glance.clone() };
    let other = live_service().serving("r2", &with_image("shop/web:2")).revisions;
    let moved = Glance { revisions: other, ..glance.clone() };
    let unknown = Known { created_at: None, ..known.clone() };
    let namesake = Known { created_at: Some(at(99)), ..known.clone() };
    let due = Known { full: true, ..known.clone() };
    for (glance, known) in
        [(&moves, &known), (&moved, &known), (&glance, &unknown), (&glance, &namesake), (&glance, &due)]
    {
        assert_eq!(glance.unmoved(known), None);
        assert!(glance.reading_list(known).configurations);
    }
}

#[test]
fn a_rollout_of_somebody_elses_is_read_once_ecs_shows_what_it_brings() {
    let one = live_service().serving("r1", &a_spec());
    let begun = one.clone().in_flight("d8", "r8", InProgress);
    assert_eq!(Rested::of(&begun), None, "what it rolls out is not shown yet");

    let shown = one.showing("r8", shown_of(&with_image("theirs:1"))).in_flight("d8", "r8", InProgress);
    let known = Known { created_at: presence().created_at, rested: Rested::of(&shown), ..Known::default() };
    let glance = |id: &str| Glance {
        presence: presence(),
        deployment: Some(deployment_arn(id)),
        revisions: shown.revisions.clone(),
        ..Glance::default()
    };
    let list = glance("d8").reading_list(&known);
    assert_eq!((list.configurations, list.in_flight), (false, Some(deployment_arn("d8"))));
    assert!(glance("d9").reading_list(&known).configurations, "another one is read anew");
}

/// In a rollout of ours.
fn rolling() -> Known {
    Known {
        created_at: presence().created_at,
        deployment: Some(deployment_arn("d1")),
        deployment_target: Some(revision("r1")),
        submitted_revision: Some(revision("r1")),
        ..Known::default()
    }
}

#[test]
fn in_a_rollout_what_is_not_known_makes_a_full_reading() {
    let glance = Glance { presence: presence(), deployment: Some(deployment_arn("d1")), ..Glance::default() };
    let is_full = |known: Known| glance.reading_list(&known).configurations;
    assert!(!is_full(rolling()));
    for known in [
        Known { full: true, ..rolling() },
        Known { holds_back: true, ..rolling() },
        Known { created_at: Some(at(99)), ..rolling() },
        Known { deployment: Some(deployment_arn("d0")), ..rolling() },
        Known { submitted_revision: Some(revision("r2")), ..rolling() },
        Known { submitted_revision: None, deployment_target: None, ..rolling() },
    ] {
        assert!(is_full(known.clone()), "{known:?}");
    }
}

/// The deployment that was followed is over now, and its revision is known.
#[test]
fn at_rest_what_is_not_known_makes_a_full_reading() {
    let glance = Glance { presence: presence(), revisions: one().revisions, ..Glance::default() };
    let known = Known { settled_revision: Some(revision("r1")), ..rolling() };
    let list = glance.reading_list(&known);
    assert_eq!((list.configurations, list.last_ended), (false, LastEnded::Describe(deployment_arn("d1"))));
    for known in [
        Known { full: true, ..known.clone() },
        Known { created_at: Some(at(99)), ..known.clone() },
        Known { settled_revision: Some(revision("r0")), ..known.clone() },
    ] {
        assert!(glance.reading_list(&known).configurations, "{known:?}");
    }
}

#[test]
fn a_service_without_our_tags_is_read_as_ours_if_we_made_this_very_one() {
    let stripped = Presence { tags: Tags::new(), ..presence() };
    let glance = Glance { presence: stripped, revisions: one().revisions, ..Glance::default() };
    for (was_managed, created_at, expected) in [
        (true, presence().created_at, true),
        (true, None, true),
        (true, Some(at(99)), false),
        (false, presence().created_at, false),
        (false, None, false),
    ] {
        let known = Known { owner: Some(owner()), was_managed, created_at, ..Known::default() };
        assert_eq!(glance.reading_list(&known).configurations, expected, "{was_managed} {created_at:?}");
    }
}

#[test]
fn what_is_known_is_that_of_a_status_whatever_was_read_besides() {
    let status = rolling();
    let read = Known { adoption: Adoption::Always, rested: Rested::of(&one()), ..status.clone() };
    assert!(read.rested.is_some() && read.is_that_of(status.clone(), Adoption::Always));
    assert!(!read.is_that_of(status.clone(), Adoption::Never));
    assert!(!read.is_that_of(Known { full: true, ..status }, Adoption::Always));
}
