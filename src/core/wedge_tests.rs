//! When a first deployment is called wedged, and what is remembered of a service that was created again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::status::ManagedResource;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_spec, at, resource, with_image};
use crate::core::managed::Kind;
use crate::core::observed::Observed;
use crate::core::plan::Verdict;
use crate::core::situations_wedge::{creating_for, first, later_born, recreating, refused};
use crate::core::story::{Aws, Story};
use crate::core::wedge::{CREATION_LIMIT, Creation, in_words};

fn hindrance(resources: &[ManagedResource], minutes: i64) -> Option<String> {
    let words = "IN_PROGRESS, stage SCALE_UP".to_owned();
    let creation = Creation { resources, begun: at(0), limit: CREATION_LIMIT, words };
    creation.hindrance(at(minutes * 60)).map(|(cause, _)| cause)
}

fn since(minutes: i64, resource: ManagedResource) -> ManagedResource {
    ManagedResource { since: Some(Time(at(minutes * 60))), ..resource }
}

#[test]
fn what_has_failed_is_said_after_five_minutes() {
    assert_eq!(hindrance(&refused(), 4), None);
    assert!(hindrance(&refused(), 5).unwrap().starts_with("the load balancer is FAILED: not authorized"));
}

#[test]
fn what_does_not_move_is_said_after_half_an_hour() {
    let slow = [resource(Kind::LoadBalancer, "PROVISIONING")];
    assert_eq!(hindrance(&slow, 29), None);
    let said = hindrance(&slow, 30).unwrap();
    assert_eq!(
        said,
        "nothing has moved for 30 min: the load balancer web-LoadBalancer is PROVISIONING, and ECS gives no reason"
    );

    let moving = [slow[0].clone(), since(20, resource(Kind::Certificate, "ACTIVE"))];
    assert_eq!(hindrance(&moving, 49), None, "something moved twenty minutes after the beginning");
    assert!(hindrance(&moving, 50).is_some());
    let skewed = [slow[0].clone(), since(2000, resource(Kind::Certificate, "ACTIVE"))];
    assert!(hindrance(&skewed, 30).is_some(), "a moment to come is none");
}

#[test]
fn a_deployment_that_hangs_though_everything_is_there_is_said_so() {
    let up = [resource(Kind::LoadBalancer, "ACTIVE")];
    assert_eq!(hindrance(&up, 29), None);
    let said = hindrance(&up, 30).unwrap();
    assert!(said.contains("(IN_PROGRESS, stage SCALE_UP), though every resource"), "{said}");
    assert!(hindrance(&[], 30).unwrap().contains("does not show its resources"));
}

#[test]
fn times_are_said_in_whole_minutes_or_seconds() {
    assert_eq!(in_words(CREATION_LIMIT), "30 min");
    assert_eq!(in_words(SignedDuration::from_secs(90)), "90 s");
}

#[test]
fn one_generation_gets_one_new_service() {
    let mut story = creating_for(6, recreating(), refused());
    assert_eq!(story.pass().verdict(), &Verdict::Recreating);
    let recreation = story.status.recreation.clone().unwrap();
    assert_eq!((recreation.generation, recreation.done), (1, false));
    assert!(recreation.reason.contains("FAILED"), "{}", recreation.reason);
    assert_eq!(recreation.deleted_service_created_at, Some(Time(at(0))));

    story.sees(Observed::Absent).pass();
    assert!(story.status.recreation.as_ref().unwrap().done, "it survives that the old service is forgotten");
    assert_eq!(story.sees(later_born().managing(refused())).pass().verdict(), &Verdict::Wedged);
    story.later(600);
    assert_eq!(story.pass().verdict(), &Verdict::Wedged);

    story.manage(|management| management.resync_interval = Some("1m".to_owned()));
    assert_eq!(story.pass().verdict(), &Verdict::Recreating, "another generation, another chance");
}

#[test]
fn a_deletion_that_did_not_take_effect_is_repeated() {
    for class in [FailureClass::AccessDenied, FailureClass::Unavailable] {
        let mut story = creating_for(6, recreating(), refused());
        story.aws = Aws::RefusesWrites(class);
        assert_eq!(story.pass().verdict(), &Verdict::Recreating);
        assert_eq!(story.status.recreation.is_some(), class == FailureClass::Unavailable, "{class}");

        story.aws = Aws::Answers;
        story.later(600);
        assert_eq!(story.pass().verdict(), &Verdict::Recreating, "{class}");
    }
}

/// The answer to the create was lost: that the new service is there tells that it was made.
#[test]
fn a_new_service_that_is_seen_was_created_and_one_that_is_still_there_was_not_deleted() {
    let mut story = creating_for(6, recreating(), refused());
    story.pass();
    let done = |story: &Story| story.status.recreation.as_ref().unwrap().done;
    story.sees(first().managing(refused())).pass();
    assert!(!done(&story));
    for _ in 0..2 {
        story.sees(later_born()).pass();
        assert!(done(&story));
    }
}

#[test]
fn a_creation_begins_with_a_create_that_may_have_taken_effect_and_with_no_other_write() {
    for (class, begins) in [(FailureClass::Unavailable, true), (FailureClass::AccessDenied, false)] {
        let mut story = Story::new(a_spec());
        story.aws = Aws::RefusesWrites(class);
        story.pass();
        assert_eq!(story.status.creating_since.is_some(), begins, "{class}");
    }
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).aws = Aws::RefusesWrites(FailureClass::Unavailable);
    story.pass();
    assert_eq!(story.status.creating_since, None);
}
