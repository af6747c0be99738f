//! Stories of rollouts that fail: seen, remembered wherever memory can be lost, and not repeated unasked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::Mode;
use crate::api::names;
use crate::api::status::Submission;
use crate::core::events::EventReason;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_deployment, a_spec, at, live_service, revision, rolled_back, shown_of, tag, with_image};
use crate::core::memory::Memory;
use crate::core::observed::{Live, Tags};
use crate::core::plan::Verdict;
use crate::core::plan_live::Case;
use crate::core::rollout::Deployment;
use crate::core::rollout::DeploymentState::{
    InProgress, RollbackFailed, RollbackInProgress, RollbackSuccessful, Stopped, Successful,
};
use crate::core::situations_held_back::{observe_only, under};
use crate::core::step::{Step, TagChange};
use crate::core::story::{Aws, Pass, Story};

fn held(pass: &Pass) -> bool {
    matches!(pass.verdict(), Verdict::Held(_)) && !matches!(pass.step(), Step::Update(_))
}

/// What ECS shows after the failure was written into the tag.
fn tagged(story: &Story) -> Live {
    rolled_back().tagged(names::TAG_FAILED_SPEC_HASH, &story.hash())
}

#[test]
fn a_rollback_is_followed_then_held_and_written_into_a_tag_once() {
    let mut story = Story::rolling_out_two();
    let back = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", RollbackInProgress);
    assert_eq!(story.sees(back).pass().verdict(), &Verdict::RollingBack);

    let seen = story.sees(rolled_back()).pass();
    let hash = Tags::from([(names::TAG_FAILED_SPEC_HASH.to_owned(), story.hash())]);
    assert_eq!(seen.retagged(), &TagChange::Set(hash));
    assert_eq!(seen.ready(), ("False".to_owned(), Reason::RolledBack));
    assert_eq!(seen.events(), [EventReason::RolledBack]);

    let live = tagged(&story);
    let again = story.sees(live).pass();
    assert_eq!((again.step(), again.events()), (&Step::Refuse, vec![]));
}

#[test]
fn what_failed_is_held_over_every_resync_restart_and_unrelated_change() {
    let mut story = Story::held();

    for _ in 0..10 {
        assert!(held(&story.later(3600).pass()));
    }
    story.edit(|spec| spec.tags = vec![tag("team", "shop")]);
    assert!(held(&story.pass()), "a tag starts no rollout");
    story.edit(|spec| spec.tags.clear());
    assert!(held(&story.pass()));
}

#[test]
fn what_failed_is_held_though_the_status_was_lost() {
    let mut story = Story::held();

    for _ in 0..3 {
        assert!(held(&story.loses_its_status().later(60).pass()));
    }
    assert!(held(&story.pass()), "remembered in the new status");
}

/// As after `rolled_back`, with the image that the failed rollout had.
fn rolled_back_from(deployment: &str, target: &str, image: &str) -> Live {
    let mut live = live_service().serving("r1", &a_spec()).ended(deployment, target, RollbackSuccessful);
    if let Some(ended) = &mut live.last_ended {
        ended.image = Some(image.to_owned());
    }
    live
}

#[test]
fn what_failed_after_the_status_was_lost_is_known_by_its_image() {
    let mut story = Story::rolling_out_two();
    story.loses_its_status().sees(rolled_back_from("d2", "r2", "shop/web:2"));
    assert!(held(&story.pass()));

    let mut story = Story::rolling_out_two();
    story.loses_its_status().sees(rolled_back_from("d2", "r2", "shop/web:of-somebody-else"));
    assert!(matches!(story.pass().step(), Step::Update(_)));
}

#[test]
fn an_update_that_arrived_twice_and_failed_is_not_sent_again() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();
    let sent = story.now;
    // The second made `r3`, and ended what the first had begun.
    let mut twice = rolled_back_from("d3", "r3", "shop/web:2");
    twice.last_ended.as_mut().unwrap().created_at = Some(sent);

    assert!(held(&story.later(600).sees(twice.clone()).pass()));
    assert!(held(&story.sees(twice).later(600).pass()));
}

#[test]
fn somebody_elses_rollout_that_failed_is_not_what_was_written_down_and_never_sent() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    assert!(matches!(story.dies_in_the_write().step, Step::Update(_)));

    let theirs = rolled_back_from("d9", "r9", "shop/web:of-somebody-else");
    assert!(matches!(story.later(120).sees(theirs).pass().step(), Step::Update(_)));
}

#[test]
fn a_retry_that_is_asked_for_before_anything_has_failed_repeats_no_failure() {
    let mut story = Story::rolling_out_two();
    story.annotate(names::RETRY_REQUESTED_AT, "early").pass();

    assert!(held(&story.sees(rolled_back()).pass()));
    assert!(held(&story.later(60).pass()));

    story.annotate(names::RETRY_REQUESTED_AT, "now");
    assert!(matches!(story.pass().step(), Step::Update(_)));
}

/// (Found by a random history: it was said to be sent.)
#[test]
fn in_mode_observe_a_retry_asks_for_nothing() {
    let mut story = Story::held();
    story.manage(|management| management.mode = Some(Mode::Observe)).annotate(names::RETRY_REQUESTED_AT, "now");

    for _ in 0..2 {
        let pass = story.pass();
        assert!(held(&pass), "{:?}", pass.verdict());
        assert_eq!(pass.ready(), ("False".to_owned(), Reason::RolledBack));
    }
}

#[test]
fn a_retry_that_was_asked_for_before_the_service_was_created_repeats_no_failure() {
    let mut story = Story::new(a_spec());
    story.aws = Aws::CannotBeRead(FailureClass::Throttled);
    story.pass();
    story.aws = Aws::Answers;
    story.annotate(names::RETRY_REQUESTED_AT, "early").later(400).pass();
    story.sees(live_service().serving("r1", &a_spec()).ended("d1", "r1", Stopped)).pass();

    assert!(held(&story.later(60).pass()));
}

#[test]
fn what_failed_is_held_by_its_tag_alone_though_a_later_deployment_ended_well() {
    let mut story = Story::held();
    let forced = live_service().serving("r1", &a_spec()).ended("d9", "r1", Successful);
    let forced = forced.tagged(names::TAG_FAILED_SPEC_HASH, &story.hash());

    let seen = story.loses_its_status().sees(forced.clone()).pass();

    assert!(held(&seen));
    assert_eq!(seen.ready().1, Reason::RolledBack);
    assert!(held(&story.sees(forced).pass()));
}

#[test]
fn an_old_retry_annotation_does_not_repeat_what_failed_when_the_status_was_lost() {
    let mut story = Story::held();
    story.token = Some("1".into());
    story.loses_its_status();

    assert!(held(&story.later(60).pass()));
    assert!(held(&story.later(60).pass()), "the annotation is older than the status");
    story.token = Some("2".into());
    assert!(matches!(story.pass().step(), Step::Update(_)));
}

#[test]
fn an_annotation_that_the_object_was_created_with_asks_for_no_retry() {
    let mut story = Story::new(a_spec());
    story.token = Some("1".into());
    story.pass();
    story.sees(live_service().in_flight("d1", "r1", InProgress)).pass();
    let failed = live_service().serving("r1", &a_spec()).ended("d1", "r1", Stopped);

    assert!(held(&story.sees(failed.clone()).pass()));
    assert!(held(&story.sees(failed.tagged(names::TAG_FAILED_SPEC_HASH, &story.hash())).pass()));
}

#[test]
fn a_retry_that_is_asked_for_is_sent_once() {
    let mut story = Story::held();
    story.token = Some("2026-01-01".into());

    let sent = story.pass();
    assert!(matches!(sent.step(), Step::Update(_)));
    assert_eq!(sent.report.status.last_handled_retry_at.as_deref(), Some("2026-01-01"));
    let live = tagged(&story);
    assert_eq!(story.sees(live.clone()).pass().verdict(), &Verdict::Submitted);

    story.sees(live.clone().in_flight("d3", "r3", InProgress)).pass();
    let failed = live.ended("d3", "r3", RollbackSuccessful);
    assert!(held(&story.sees(failed.clone()).pass()));
    assert!(held(&story.sees(failed).pass()));
}

#[test]
fn an_edit_after_a_failure_is_sent_and_the_failure_is_forgotten() {
    let mut story = Story::held();
    let live = tagged(&story);
    story.edit(|spec| *spec = with_image("shop/web:3"));
    assert!(matches!(story.sees(live.clone()).pass().step(), Step::Update(_)));

    let good = live_service().serving("r3", &with_image("shop/web:3")).with_tags(live.presence.tags);
    let seen = story.sees(good.ended("d3", "r3", Successful)).pass();

    assert_eq!(seen.retagged(), &TagChange::Remove(vec![names::TAG_FAILED_SPEC_HASH.to_owned()]));
    assert_eq!(seen.report.status.failed_attempt, None);
}

#[test]
fn going_back_to_what_serves_settles_without_an_update() {
    let mut story = Story::held();
    story.edit(|spec| *spec = a_spec());

    let seen = story.pass();
    assert!(matches!(seen.step(), Step::Retag(_)));
    assert_eq!(seen.ready(), ("True".to_owned(), Reason::Available));
    assert_eq!(story.sees(rolled_back()).pass().step(), &Step::Nothing);
    assert_eq!(story.sees(rolled_back().glanced()).pass().step(), &Step::Nothing);
}

#[test]
fn a_failed_revision_that_ecs_still_lists_is_not_taken_for_what_serves() {
    let mut story = Story::rolling_out_two();
    let lists_both = rolled_back().showing("r2", shown_of(&with_image("shop/web:2")));

    let seen = story.sees(lists_both.clone()).pass();
    assert!(held(&seen));
    assert_eq!(seen.report.status.serving_revision, Some(revision("r1")));
    let mut drains = lists_both;
    drains.revisions.push(crate::core::rollout::RevisionLoad { arn: revision("r2"), ..Default::default() });
    assert!(held(&story.sees(drains).pass()), "its tasks still stop");
}

#[test]
fn a_first_deployment_that_is_stopped_has_failed_and_a_better_spec_is_sent() {
    let mut story = Story::new(a_spec());
    story.pass();
    story.sees(live_service().in_flight("d1", "r1", InProgress)).pass();
    let stopped = live_service().serving("r1", &a_spec()).ended("d1", "r1", Stopped);

    let seen = story.sees(stopped.clone()).pass();
    assert!(held(&seen));
    assert_eq!(seen.ready(), ("False".to_owned(), Reason::DeploymentFailed));
    assert!(held(&story.sees(stopped.clone().tagged(names::TAG_FAILED_SPEC_HASH, &story.hash())).pass()));

    story.edit(|spec| *spec = with_image("shop/web:2"));
    assert!(matches!(story.pass().step(), Step::Update(_)));
}

#[test]
fn our_deployment_that_ours_overtook_was_stopped_and_has_not_failed() {
    let mut story = Story::rolling_out_two();
    story.edit(|spec| *spec = with_image("shop/web:3")).pass();

    let between = live_service().serving("r1", &a_spec()).ended("d2", "r2", Stopped);
    let seen = story.sees(between).pass();

    assert_eq!((seen.verdict(), seen.wrote()), (&Verdict::Submitted, None));
    assert_eq!(seen.report.status.failed_attempt, None);
}

#[test]
fn our_deployment_that_somebody_else_overtook_was_stopped_and_has_not_failed() {
    let mut story = Story::rolling_out_two();
    let other = live_service().showing("r0", shown_of(&a_spec())).serving("r8", &with_image("somebody/else:1"));
    let mut stopped = a_deployment("d2", Some("r2"), Stopped);
    stopped.created_at = Some(at(5));
    let overtaken = Live { last_ended: Some(stopped), ..other };

    let seen = story.sees(overtaken).pass();

    assert!(matches!(seen.step(), Step::Update(_)), "{:?}", seen.verdict());
    assert_eq!(seen.report.status.failed_attempt, None);
}

#[test]
fn a_rollback_that_failed_is_held_whatever_is_shown() {
    let mut story = Story::rolling_out_two();
    let broken = live_service().serving("r2", &with_image("shop/web:2")).ended("d2", "r2", RollbackFailed);

    let seen = story.sees(broken).pass();

    assert!(held(&seen));
    assert_eq!(seen.ready(), ("False".to_owned(), Reason::RollbackFailed));
    assert_eq!(seen.says(ConditionType::RolledOut).unwrap().1, Reason::RollbackFailed);
}

#[test]
fn a_failure_names_the_image_that_failed_not_the_one_that_was_edited_in_meanwhile() {
    let mut story = Story::rolling_out_two();
    story.edit(|spec| *spec = with_image("shop/web:3"));
    story.aws = crate::core::story::Aws::RefusesWrites(crate::core::failure::FailureClass::Throttled);

    let seen = story.sees(rolled_back()).pass();

    let image = seen.report.status.failed_attempt.unwrap().image;
    assert_ne!(image.as_deref(), Some("shop/web:3"));
}

#[test]
fn a_tag_of_an_old_failure_says_nothing_while_the_spec_serves_though_nobody_takes_it_off() {
    let mut story = Story::new(a_spec());
    let tag = story.hash();
    story.edit(|spec| *spec = under(observe_only()));
    let live = || live_service().serving("r3", &a_spec()).tagged(names::TAG_FAILED_SPEC_HASH, &tag);
    for seen in [live().ended("d3", "r3", Successful), live().glanced(), live().ended("d3", "r3", Successful)] {
        let pass = story.sees(seen).pass();

        assert_eq!(pass.ready(), ("True".to_owned(), Reason::Available));
        assert_eq!(pass.wrote(), None);
    }
}

#[test]
fn a_failed_rollout_is_seen_by_one_who_remembers_nothing_of_it_while_ecs_shows_what_it_rolled_out() {
    for (state, reason) in [(RollbackFailed, Reason::RollbackFailed), (Stopped, Reason::DeploymentFailed)] {
        let mut story = Story::new(a_spec());
        story.status.observed_generation = 1;
        let failed = live_service().showing("r9", shown_of(&a_spec())).ended("d9", "r9", state);

        let seen = story.sees(failed).pass();

        assert!(held(&seen), "{:?}", seen.verdict());
        assert_eq!(seen.ready(), ("False".to_owned(), reason));
    }
}

#[test]
fn a_retry_that_ecs_does_not_show_yet_is_neither_ready_nor_failed_again() {
    for state in [Stopped, RollbackFailed] {
        let mut story = Story::new(a_spec());
        story.pass();
        let failed = || live_service().showing("r1", shown_of(&a_spec())).ended("d1", "r1", state.clone());
        assert!(held(&story.sees(failed()).pass()));
        story.token = Some("again".into());
        assert!(matches!(story.later(200).pass().step(), Step::Update(_)));

        let unseen = story.sees(failed()).pass();

        assert_eq!((unseen.verdict(), unseen.wrote()), (&Verdict::Submitted, None));
        assert_eq!(unseen.ready(), ("False".to_owned(), Reason::RollingOut));
    }
}

/// ECS may take one update twice, and lets the second overtake the first.
#[test]
fn a_deployment_is_the_repeated_one_if_it_began_when_this_spec_was_sent_and_has_its_image() {
    let desired = Story::new(a_spec()).desired();
    let intent = desired.intent.as_ref().unwrap();
    let (live, memory) = (live_service(), Memory::default());
    let case = Case { desired: &desired, intent, live: &live, memory: &memory, now: at(900) };
    let sent = Submission {
        spec_hash: intent.spec_hash.clone(),
        at: Some(Time(at(0))),
        revision: Some(revision("r2")),
        ..Submission::default()
    };
    let is_repeated = |began: i64, image: Option<&str>| {
        let ended = Deployment {
            created_at: Some(at(began)),
            image: image.map(str::to_owned),
            ..a_deployment("d3", Some("r3"), RollbackSuccessful)
        };
        case.is_repeated_by(&ended, &sent)
    };
    let grace = desired.visibility_grace.as_secs();
    assert!(is_repeated(grace - 1, Some("shop/web:1")) && is_repeated(1 - grace, Some("shop/web:1")));
    assert!(!is_repeated(grace, Some("shop/web:1")));
    assert!(!is_repeated(0, Some("theirs:1")) && !is_repeated(0, None));
}

#[test]
fn a_spec_whose_rollout_was_stopped_and_that_somebody_has_brought_live_all_the_same_is_held_no_more() {
    let mut story = Story::rolling_out_two();
    story.sees(live_service().serving("r1", &a_spec()).ended("d2", "r2", Stopped)).pass();
    assert_eq!(story.pass().ready(), ("False".to_owned(), Reason::DeploymentFailed));

    let live = live_service().serving("r3", &with_image("shop/web:2"));
    story.sees(live.ended("d3", "r3", Successful)).pass();

    assert_eq!(story.pass().ready(), ("True".to_owned(), Reason::Available));
}
