//! Stories of services that somebody deleted: created again with a new URL, or left to a person.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::{ConditionType, Reason};
use crate::core::events::EventReason;
use crate::core::fixtures::{a_spec, at, live_service, presence, with_image};
use crate::core::observed::{Live, Observed, Presence};
use crate::core::plan::Verdict;
use crate::core::rollout::DeploymentState::{InProgress, Successful};
use crate::core::situations_drift::report;
use crate::core::situations_held_back::settled_then;
use crate::core::step::Step;
use crate::core::story::Story;

/// Another service of the same name serves, at another URL.
fn anew() -> Live {
    let mut live = live_service().serving("r9", &a_spec()).ended("d9", "r9", Successful);
    live.presence = Presence { created_at: Some(at(9000)), ..presence() };
    live.configurations.as_mut().unwrap()[0].url = Some("https://we-2.ecs.eu-central-1.on.aws".into());
    live
}

#[test]
fn it_is_created_again_when_it_has_drained_and_the_new_url_is_told() {
    let mut story = Story::settled(a_spec());

    let drains = story.sees(Observed::Draining(presence())).pass();
    assert_eq!((drains.wrote(), drains.ready().1), (None, Reason::WaitingForDrain));
    assert!(drains.message().contains("created again, with a new URL"), "{}", drains.message());
    assert_eq!(drains.events(), [EventReason::Missing]);
    assert_eq!(drains.report.status.url, None);

    let created = story.sees(Observed::Inactive(presence())).pass();
    assert!(matches!(created.step(), Step::Create(_)));
    assert!(created.report.events[0].text.contains("again"), "{:?}", created.report.events);
    assert!(created.message().contains("with a new URL"), "{}", created.message());

    let serves = story.sees(anew()).pass();
    assert_eq!(serves.verdict(), &Verdict::Settled);
    let told = serves.report.events.iter().find(|note| note.reason == EventReason::UrlChanged).unwrap();
    assert!(told.text.contains("we-2") && told.text.contains("we-1"), "{}", told.text);
    assert_eq!((serves.report.status.missing, serves.report.status.url.is_some()), (None, true));
}

#[test]
fn a_policy_to_report_creates_nothing_until_a_person_asks() {
    let asks: [fn(&mut Story); 3] = [
        |story| story.token = Some("again".into()),
        |story| {
            story.edit(|spec| spec.primary_container = with_image("shop/web:2").primary_container);
        },
        |story| {
            story.manage(|management| management.drift = None);
        },
    ];
    for ask in asks {
        for gone in [Observed::Inactive(presence()), Observed::Absent] {
            let mut story = settled_then(report());
            story.pass();
            for seen in [Observed::Draining(presence()), gone.clone(), gone] {
                let pass = story.sees(seen).pass();
                assert_eq!((pass.wrote(), pass.ready()), (None, ("False".to_owned(), Reason::Missing)));
                assert_eq!(pass.says(ConditionType::Stalled).unwrap().1, Reason::Missing);
            }
            ask(&mut story);
            let created = story.pass();
            assert!(matches!(created.step(), Step::Create(_)));
            assert_eq!(created.report.status.last_handled_retry_at, story.token);
            assert_eq!(story.sees(anew()).pass().report.status.missing, None);
        }
    }
}

#[test]
fn a_request_is_kept_until_the_service_can_be_created_again() {
    let mut story = settled_then(report());
    story.token = Some("again".into());
    let drains = story.sees(Observed::Draining(presence())).pass();
    assert_eq!((drains.wrote(), &drains.report.status.last_handled_retry_at), (None, &None));
    let created = story.sees(Observed::Inactive(presence())).pass();
    assert!(matches!(created.step(), Step::Create(_)));
    assert_eq!(created.report.status.last_handled_retry_at, story.token);
}

#[test]
fn it_is_the_same_at_any_moment_of_a_rollout() {
    let first = || {
        let mut story = Story::new(a_spec());
        story.pass();
        story.sees(live_service().in_flight("d1", "r1", InProgress)).pass();
        story
    };
    for mut story in [first(), Story::rolling_out_two(), Story::held()] {
        let drains = story.sees(Observed::Draining(presence())).pass();
        assert_eq!(drains.ready().1, Reason::WaitingForDrain);
        assert!(drains.report.status.missing.is_some());
        assert!(matches!(story.sees(Observed::Inactive(presence())).pass().step(), Step::Create(_)));
    }
}

#[test]
fn what_was_deleted_before_this_object_had_it_is_not_missed() {
    for gone in [Observed::Draining(presence()), Observed::Inactive(presence()), Observed::Absent] {
        let mut story = Story::new(crate::core::situations_held_back::under(report()));
        let seen = story.sees(gone).pass();
        assert_eq!(seen.report.status.missing, None);
        assert_ne!(seen.ready().1, Reason::Missing);
    }
}

#[test]
fn what_is_not_there_at_all_is_missed_if_it_was_seen_and_ecs_has_had_time_to_show_it() {
    let mut seen = Story::settled(a_spec());
    let gone = seen.sees(Observed::Absent).pass();
    assert!(gone.report.status.missing.is_some(), "{:?}", gone.verdict());

    let mut never_seen = Story::new(a_spec());
    never_seen.pass();
    never_seen.later(3600);
    assert_eq!(never_seen.pass().report.status.missing, None);

    let mut just_sent = Story::settled(a_spec());
    just_sent.edit(|spec| spec.primary_container = with_image("shop/web:2").primary_container).pass();
    let hidden = just_sent.sees(Observed::Absent).pass();
    assert_eq!((hidden.wrote(), &hidden.report.status.missing), (None, &None));
}

#[test]
fn one_that_is_deleted_again_and_again_is_left_to_a_person() {
    let mut story = Story::settled(a_spec());
    for round in 0..3 {
        let created_at = Some(at(9000 + round));
        let gone = Presence { created_at, ..presence() };
        let serving = Live { presence: gone.clone(), ..anew() };
        story.sees(serving).pass();
        story.sees(Observed::Inactive(gone));
        let pass = story.pass();
        match round {
            0 | 1 => assert!(matches!(pass.step(), Step::Create(_)), "{round}: {:?}", pass.verdict()),
            _ => {
                assert_eq!((pass.wrote(), pass.ready().1), (None, Reason::Missing));
                assert!(pass.message().contains("2 times within a day"), "{}", pass.message());
            }
        }
        story.later(100);
    }
}
