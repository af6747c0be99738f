//! Stories of deletion: the object goes when its service is gone, and never takes another's with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::ConditionType;
use crate::api::conditions::Reason;
use crate::api::management::{Deletion, Management};
use crate::api::names;
use crate::core::checks::Problem;
use crate::core::events::EventReason;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{SERVICE, a_spec, live_service, owner, presence};
use crate::core::observed::{Observed, Presence, Tags};
use crate::core::ownership::Owner;
use crate::core::plan::{Release, Requeue, Verdict};
use crate::core::policy::ProtectedBy;
use crate::core::rollout::DeploymentState::InProgress;
use crate::core::step::{AwsWrite, Step, TagChange};
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

/// A reading of before the create, a moment after one that showed the service; when it was sent nobody remembers.
#[test]
fn what_was_just_created_is_not_left_behind_though_the_create_is_forgotten() {
    let mut story = Story::new(a_spec());
    story.pass();
    story.loses_its_status();
    let mut live = live_service().in_flight("d1", "r1", InProgress);
    live.presence.created_at = Some(story.now);
    story.sees(live).pass();
    story.delete();

    let pass = story.sees(Observed::Absent).pass();

    assert_eq!((pass.step(), pass.verdict()), (&Step::Wait, &Verdict::LookedFor));
    assert_eq!(released(story.later(120)), Some(Release::Gone));
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
fn a_create_whose_answer_was_lost_is_not_forgotten_when_the_next_is_refused() {
    let mut story = Story::new(a_spec());
    story.aws = Aws::RefusesWrites(FailureClass::Unavailable);
    story.pass();
    story.aws = Aws::RefusesWrites(FailureClass::Throttled);
    assert!(matches!(story.later(10).pass().wrote(), Some(AwsWrite::Create(_))));
    story.delete();

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
fn a_service_whose_tags_were_taken_off_is_deleted_and_waited_for_all_the_same() {
    let bare = Presence { tags: Tags::new(), ..presence() };
    let mut story = Story::settled(a_spec());
    story.delete().sees(live_service().with_tags(Tags::new()));
    assert!(deletes(&mut story));

    let drains = story.sees(Observed::Draining(bare.clone())).pass();
    assert_eq!(drains.step(), &Step::Wait, "{:?}", drains.verdict());
    assert_eq!(story.later(15).pass().step(), &Step::Wait);
    assert_eq!(released(story.sees(Observed::Inactive(bare))), Some(Release::Gone));
}

#[test]
fn a_service_whose_tags_were_taken_off_before_it_was_first_seen_is_deleted_too() {
    let created_at = Some(crate::core::fixtures::at(1002));
    let bare = Presence { tags: Tags::new(), created_at, ..presence() };
    let mut live = live_service();
    live.presence = bare.clone();
    let mut story = Story::new(a_spec());
    story.pass();
    story.delete().sees(live);
    assert!(deletes(&mut story));

    assert_eq!(story.sees(Observed::Draining(bare)).pass().step(), &Step::Wait);
}

#[test]
fn a_service_without_tags_that_is_younger_than_the_one_of_the_object_survives_it() {
    let mut theirs = live_service();
    theirs.presence = Presence { tags: Tags::new(), created_at: Some(crate::core::fixtures::at(1061)), ..presence() };
    let mut story = Story::new(a_spec());
    story.pass();
    story.delete().sees(theirs);

    assert_eq!(released(&mut story), Some(Release::NeverOurs));
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

fn managed(management: Management) -> crate::api::spec::ExpressGatewayServiceSpec {
    crate::api::spec::ExpressGatewayServiceSpec { management: Some(management), ..a_spec() }
}

fn retained() -> Management {
    Management { deletion: Some(Deletion::Retain), ..Management::default() }
}

#[test]
fn retain_takes_our_tags_off_and_lets_go() {
    let mut story = Story::settled(managed(retained()));
    let mut tags = owner().tags();
    tags.extend([("team", "shop"), (names::TAG_FAILED_SPEC_HASH, "1")].map(|(k, v)| (k.to_owned(), v.to_owned())));
    story.sees(live_service().with_tags(tags).in_flight("d1", "r1", InProgress)).delete();

    let pass = story.pass();
    let TagChange::Remove(removed) = pass.retagged() else { panic!("{:?}", pass.step()) };
    assert_eq!(removed.iter().map(String::as_str).collect::<Vec<_>>(), names::OWN_TAGS);
    assert_eq!(pass.events(), [EventReason::Retained]);

    story.sees(live_service().with_tags([("team".to_owned(), "shop".to_owned())].into()));
    assert_eq!(released(&mut story), Some(Release::NeverOurs));
}

#[test]
fn tags_that_cannot_be_taken_off_are_said_and_tried_again() {
    let mut story = Story::settled(managed(retained()));
    story.delete();
    story.aws = Aws::RefusesWrites(FailureClass::AccessDenied);
    let pass = story.pass();
    assert_eq!(pass.ready(), ("False".to_owned(), Reason::Deleting));
    assert!(pass.message().contains("UntagResource"), "{}", pass.message());
    assert!(!pass.events().contains(&EventReason::Retained));

    story.aws = Aws::Answers;
    assert_eq!(story.later(600).pass().events(), [EventReason::Retained]);
}

#[test]
fn retain_lets_go_of_what_drains_without_a_write() {
    let mut story = Story::settled(a_spec());
    story.delete().pass();
    story.sees(Observed::Draining(presence())).pass();
    story.edit(|spec| *spec = managed(retained()));

    let pass = story.pass();

    assert_eq!(pass.verdict(), &Verdict::Released(Release::LeftDraining));
    assert_eq!((pass.wrote(), pass.events()), (None, vec![EventReason::Retained]));
}

#[test]
fn what_is_protected_stays_until_the_protection_is_lifted() {
    let protect = |on| Management { deletion_protection: Some(on), ..Management::default() };
    let mut story = Story::settled(managed(protect(true)));
    story.delete();
    let pass = story.pass();
    assert_eq!(pass.step(), &Step::Refuse);
    assert_eq!(pass.ready(), ("False".to_owned(), Reason::DeletionProtected));
    assert_eq!(pass.says(ConditionType::Stalled).unwrap().1, Reason::DeletionProtected);
    assert_eq!(pass.events(), [EventReason::DeletionProtected]);
    assert!(pass.message().contains(crate::core::explain_deletion::LIFT_PROTECTION), "{}", pass.message());
    assert_eq!(story.later(60).pass().events(), []);

    story.edit(|spec| *spec = managed(protect(false)));
    assert!(deletes(&mut story));
}

#[test]
fn a_policy_that_cannot_be_read_protects_in_doubt() {
    let mut story = Story::settled(a_spec());
    story.spec = Err(Problem::at("spec.management.deletion", "cannot be read"));
    story.delete();

    let pass = story.pass();

    assert_eq!((pass.step(), pass.verdict()), (&Step::Refuse, &Verdict::Protected(ProtectedBy::Doubt)));
    assert!(pass.message().starts_with("spec.management cannot be read"), "{}", pass.message());
}

#[test]
fn protection_is_for_what_is_there() {
    let mut story = Story::settled(managed(Management { deletion_protection: Some(true), ..Management::default() }));
    story.delete();
    assert_eq!(story.sees(Observed::Draining(presence())).pass().step(), &Step::Wait);
    assert_eq!(released(story.sees(Observed::Inactive(presence()))), Some(Release::Gone));
}

#[test]
fn a_deletion_says_how_long_it_takes_and_when_it_hangs() {
    let mut story = Story::settled(a_spec());
    story.delete().pass();
    let since = story.status.draining_since.clone();
    assert!(since.is_some());
    let stuck = Presence { reason: Some("was unable to remove its load balancer.".into()), ..presence() };
    story.sees(Observed::Draining(stuck));

    for (seconds, words, hangs) in [
        (0, "is draining", false),
        (240, "for 4 min", false),
        (1500, "for 29 min", false),
        (45, "for 30 min", true),
        (5400, "for 2 h", true),
    ] {
        let pass = story.later(seconds).pass();
        assert_eq!(pass.ready(), ("False".to_owned(), Reason::Deleting));
        assert!(pass.message().contains(words), "{words}: {}", pass.message());
        let stalled = pass.says(ConditionType::Stalled).map(|stalled| stalled.1);
        assert_eq!(stalled, hangs.then_some(Reason::DeletionHangs), "{words}");
        let told = pass.events().contains(&EventReason::DeletionHangs);
        assert_eq!(told, words == "for 30 min", "{words}");
        assert_eq!(story.status.draining_since, since);
        if hangs {
            for words in ["unable to remove its load balancer", "role/infrastructure", "Retain"] {
                assert!(pass.message().contains(words), "{}", pass.message());
            }
        }
    }
    assert_eq!(released(story.sees(Observed::Inactive(presence()))), Some(Release::Gone));
}

#[test]
fn a_name_that_drains_for_too_long_is_said_to_who_waits_for_it() {
    let mut story = Story::new(a_spec());
    story.sees(Observed::Draining(presence())).pass();

    let pass = story.later(3600).pass();

    assert_eq!(pass.ready(), ("False".to_owned(), Reason::WaitingForDrain));
    assert_eq!(pass.says(ConditionType::Stalled).unwrap().1, Reason::DeletionHangs);
    story.sees(Observed::Absent).pass();
    assert_eq!(story.status.draining_since, None);
}

/// A status that tells of no reading tells of no create either. (Found by the state space: two that lead, and a status that is lost.)
#[test]
fn an_object_that_was_never_read_is_looked_for_before_it_goes() {
    let mut story = Story::new(a_spec());
    story.aws = Aws::CannotBeRead(FailureClass::Throttled);
    story.pass();
    story.status.last_observed_time = None;
    story.aws = Aws::Answers;
    story.delete();

    assert_eq!(story.pass().verdict(), &Verdict::LookedFor);
    assert_eq!(released(story.later(60)), Some(Release::NeverOurs));
}

/// The process died between the create and its status, and the next one is asked to delete.
#[test]
fn a_create_that_no_status_tells_of_is_looked_for_before_the_object_goes() {
    let mut story = Story::new(a_spec());
    story.delete();

    assert_eq!(story.pass().verdict(), &Verdict::LookedFor);
    assert_eq!(story.later(50).pass().verdict(), &Verdict::LookedFor);
    assert_eq!(released(story.later(11)), Some(Release::NeverOurs));
}
