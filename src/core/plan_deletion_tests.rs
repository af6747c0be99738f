//! Stories of deletion: the object goes when its service is gone, and never takes another's with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::Reason;
use crate::core::checks::Problem;
use crate::core::events::EventReason;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{SERVICE, a_spec, live_service, owner, presence};
use crate::core::observed::{Observed, Presence, Tags};
use crate::core::ownership::Owner;
use crate::core::plan::{Release, Requeue, Verdict};
use crate::core::rollout::DeploymentState::InProgress;
use crate::core::step::Step;
use crate::core::story::{Aws, Story};

fn deletes(story: &mut Story) -> bool {
    matches!(story.pass().step(), Step::Delete { service_arn } if service_arn == SERVICE)
}

fn released(story: &mut Story) -> Option<Release> {
    let pass = story.pass();
    match (pass.step(), pass.verdict()) {
        (Step::Release, Verdict::Released(why)) => Some(*why),
        _ => None,
    }
}

#[test]
fn a_service_is_deleted_drained_and_only_then_let_go() {
    let mut story = Story::settled(a_spec());
    story.delete();
    let deleted = story.pass();
    assert!(matches!(deleted.step(), Step::Delete { .. }));
    assert_eq!(deleted.events(), [EventReason::Draining]);
    assert_eq!(deleted.ready(), ("False".to_owned(), Reason::Deleting));

    let drains = story.sees(Observed::Draining(presence())).pass();
    assert_eq!((drains.step(), drains.plan().requeue), (&Step::Wait, Requeue::Drain));
    let gone = story.sees(Observed::Inactive(presence())).pass();
    assert_eq!(gone.verdict(), &Verdict::Released(Release::Gone));
    assert_eq!(gone.events(), [EventReason::Deleted]);
}

#[test]
fn a_service_is_deleted_in_the_middle_of_its_rollout() {
    let mut story = Story::rolling_out_two();
    story.delete();

    assert!(deletes(&mut story));
}

#[test]
fn what_was_just_created_and_is_not_visible_yet_is_not_left_behind() {
    let mut story = Story::new(a_spec());
    story.pass();
    story.delete();

    for _ in 0..5 {
        assert_eq!(story.later(10).pass().step(), &Step::Wait);
    }
    story.sees(live_service().in_flight("d1", "r1", InProgress));
    assert!(deletes(&mut story));
}

#[test]
fn a_create_whose_answer_was_lost_is_looked_for_before_the_object_goes() {
    let mut story = Story::new(a_spec());
    story.aws = Aws::RefusesWrites(FailureClass::Unavailable);
    story.pass();
    story.aws = Aws::Answers;
    story.delete();

    assert_eq!(story.later(5).pass().step(), &Step::Wait);
    assert_eq!(story.later(5).pass().step(), &Step::Wait);
    assert_eq!(released(story.later(60)), Some(Release::NeverOurs));
}

#[test]
fn what_never_shows_is_let_go_after_the_grace() {
    let mut story = Story::new(a_spec());
    story.pass();
    story.delete();

    assert_eq!(released(story.later(61)), Some(Release::Gone));
}

#[test]
fn a_deletion_that_was_seen_is_not_waited_for_any_longer() {
    let mut story = Story::new(a_spec());
    story.pass();
    story.sees(live_service().in_flight("d1", "r1", InProgress)).pass();
    story.delete();
    assert!(deletes(&mut story));

    story.sees(Observed::Inactive(presence()));

    assert_eq!(released(&mut story), Some(Release::Gone), "fifteen seconds after the create");
}

#[test]
fn a_create_that_aws_refused_holds_nothing_up() {
    for class in [FailureClass::InvalidParameter, FailureClass::AccessDenied, FailureClass::Throttled] {
        let mut story = Story::new(a_spec());
        story.aws = Aws::RefusesWrites(class);
        story.pass();
        story.delete();

        assert_eq!(released(&mut story), Some(Release::NeverOurs), "{class}");
    }
}

#[test]
fn a_service_of_another_owner_survives_the_object() {
    let other = Owner { name: "other".into(), ..owner() };
    for tags in [other.tags(), Tags::new()] {
        let theirs = Presence { tags: tags.clone(), ..presence() };
        for observed in [
            live_service().with_tags(tags).into(),
            Observed::Draining(theirs.clone()),
            Observed::NotExpress(theirs.clone()),
        ] {
            let mut story = Story::new(a_spec());
            story.sees(observed).delete();
            assert_eq!(released(&mut story), Some(Release::NeverOurs));
        }
    }
}

#[test]
fn a_spec_that_cannot_be_read_any_more_does_not_keep_the_service_alive() {
    let mut story = Story::settled(a_spec());
    story.spec = Err(Problem::at("spec", "cannot be read"));
    story.delete();

    assert!(deletes(&mut story));
    story.sees(Observed::Inactive(presence()));
    assert_eq!(released(&mut story), Some(Release::Gone));
}

#[test]
fn a_deletion_that_aws_refused_is_tried_again_in_its_time() {
    let mut story = Story::settled(a_spec());
    story.delete();
    story.aws = Aws::RefusesWrites(FailureClass::InvalidParameter);
    let refused = story.pass();
    assert_eq!(refused.ready(), ("False".to_owned(), Reason::Deleting));
    assert!(refused.message().contains("InvalidParameterException"), "{}", refused.message());

    assert_eq!(story.pass().verdict(), &Verdict::BackingOff);
    assert!(deletes(story.later(300)));
}

#[test]
fn an_object_without_our_finalizer_is_left_to_go() {
    let mut story = Story::settled(a_spec());
    story.finalizer = false;
    story.delete();

    assert_eq!(story.pass().step(), &Step::Nothing);
}
