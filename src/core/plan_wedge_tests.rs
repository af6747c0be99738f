//! What is done about a first deployment that cannot end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::{Approval, Management, Mode, Recreate};
use crate::core::events::EventReason;
use crate::core::fixtures::{a_spec, at, deployment_arn, live_service, presence, resource, shown_of, with_image};
use crate::core::managed::Kind;
use crate::core::observed::Observed;
use crate::core::plan::Verdict;
use crate::core::planned::Action;
use crate::core::rollout::DeploymentState::{InProgress, Successful};
use crate::core::rollout::{Deployment, Stage};
use crate::core::situations_wedge::{REFUSED, creating, creating_for, first, later_born, recreating, refused};
use crate::core::step::{AwsWrite, Step};
use crate::core::story::{Pass, Story};
use crate::core::wedge::Remedy;

fn wedged(policy: Management) -> Pass {
    creating_for(6, policy, refused()).pass()
}

#[test]
fn by_default_a_wedge_is_said_and_nothing_is_written() {
    let mut story = creating_for(6, Management::default(), refused());
    let pass = story.pass();
    assert_eq!((pass.wrote(), pass.ready()), (None, ("False".to_owned(), Reason::Wedged)));
    assert_eq!(pass.says(ConditionType::Stalled).unwrap().1, Reason::Wedged);
    for words in ["the load balancer is FAILED", REFUSED, "role/infrastructure", "WhenWedged", "new URL"] {
        assert!(pass.message().contains(words), "{words}: {}", pass.message());
    }
    assert_eq!(pass.events(), [EventReason::Wedged]);
    story.later(60);
    assert_eq!(story.pass().events(), []);
}

#[test]
fn a_refusal_is_named_at_once_and_called_a_wedge_after_five_minutes() {
    let mut story = creating(Management::default(), refused());
    let pass = story.pass();
    assert_eq!(pass.ready().1, Reason::Creating);
    assert!(pass.message().contains(REFUSED), "{}", pass.message());
}

#[test]
fn a_look_that_does_not_read_the_resources_says_the_same() {
    let mut story = creating_for(6, Management::default(), refused());
    let before = story.pass().message();
    // Neither the resources nor, in the next one, the deployment.
    assert_eq!(story.sees(first()).pass().message(), before);
    let unmoved = live_service().just_begun("d1").managing(refused());
    let pass = story.sees(unmoved).pass();
    assert_eq!(pass.message(), before);
    assert_eq!(pass.report.status.deployment.unwrap().status, "IN_PROGRESS");
}

#[test]
fn with_the_policy_the_service_is_deleted_and_created_again() {
    let mut story = creating_for(6, recreating(), refused());
    let deleted = story.pass();
    assert!(matches!(deleted.wrote(), Some(AwsWrite::Delete { .. })), "{:?}", deleted.step());
    assert_eq!((deleted.ready().1, deleted.events()), (Reason::Recreating, vec![EventReason::Recreating]));
    assert!(deleted.message().contains("with a new URL"), "{}", deleted.message());

    let drains = story.sees(Observed::Draining(presence())).pass();
    assert_eq!((drains.step(), drains.ready().1), (&Step::Wait, Reason::Recreating));
    assert!(drains.message().contains(REFUSED), "{}", drains.message());
    assert_eq!((&drains.report.status.missing, drains.events()), (&None, vec![]), "nobody else deleted it");

    let created = story.sees(Observed::Inactive(presence())).pass();
    assert!(matches!(created.wrote(), Some(AwsWrite::Create(_))), "{:?}", created.step());
    story.sees(later_born().managing(Vec::new())).pass();
    assert!(story.status.creating_since.is_some(), "it is a creation again");
}

#[test]
fn one_that_was_created_again_can_be_missed_as_any_other() {
    let mut story = creating_for(6, recreating(), refused());
    story.pass();
    story.sees(Observed::Inactive(presence())).pass();
    let anew = later_born();
    story.sees(anew.clone()).pass();
    let gone = story.sees(Observed::Draining(anew.presence)).pass();
    assert!(gone.report.status.missing.is_some(), "{:?}", gone.verdict());
    assert_eq!(gone.events(), [EventReason::Missing]);
}

#[test]
fn a_service_that_served_is_never_deleted() {
    let mut shifted = creating(recreating(), refused());
    shifted.sees(first().at_stage(Stage::ProductionTrafficShift, 100).managing(refused())).pass();
    assert_eq!(shifted.status.creating_since, None);
    let mut ended = creating(recreating(), Vec::new());
    ended.pass();
    ended.sees(live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful)).pass();
    assert_eq!(ended.status.creating_since, None);
    // Without tasks there is no source.
    ended.edit(|spec| spec.primary_container = with_image("shop/web:2").primary_container).pass();
    ended.sees(live_service().in_flight("d2", "r2", InProgress).managing(refused())).pass();

    for mut story in [shifted, ended] {
        story.later(7200);
        for _ in 0..3 {
            let pass = story.pass();
            assert_eq!(pass.wrote(), None, "{:?}", pass.verdict());
        }
    }
}

#[test]
fn one_whose_beginning_was_not_seen_is_not_deleted() {
    let mut story = creating_for(6, recreating(), refused());
    story.loses_its_status();
    story.sees(first().showing("r1", shown_of(&a_spec())).managing(refused())).pass();
    story.later(1800);
    let pass = story.pass();
    assert_eq!((pass.wrote(), pass.ready().1), (None, Reason::Wedged));
    assert!(pass.message().contains("it may have served"), "{}", pass.message());
}

#[test]
fn a_hang_that_is_not_of_the_infrastructure_is_not_cured_by_another_service() {
    let pass = creating_for(31, recreating(), vec![resource(Kind::LoadBalancer, "ACTIVE")]).pass();
    assert_eq!((pass.wrote(), pass.ready().1), (None, Reason::Wedged));
    assert!(pass.message().contains("a changed spec is sent at once"), "{}", pass.message());
}

#[test]
fn a_changed_spec_is_sent_to_a_wedged_service_and_its_clock_begins_anew() {
    let mut story = creating_for(31, Management::default(), vec![resource(Kind::LoadBalancer, "ACTIVE")]);
    story.pass();
    story.edit(|spec| spec.primary_container = with_image("shop/web:2").primary_container);
    story.sees(first().showing("r1", shown_of(&a_spec())));
    assert!(matches!(story.pass().wrote(), Some(AwsWrite::Update(_))));
    let second = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);
    assert_eq!(story.sees(second).pass().verdict(), &Verdict::RollingOut);
    story.later(1900);
    assert_eq!(story.pass().verdict(), &Verdict::Wedged);
}

#[test]
fn protection_suspension_and_observing_hold_it_back() {
    for policy in [Management::default(), recreating()] {
        let mut story = creating(Management { mode: Some(Mode::Observe), ..policy.clone() }, refused());
        story.sees(first().showing("r1", shown_of(&a_spec())).managing(refused())).pass();
        let observed = story.later(1860).pass();
        assert_eq!((observed.wrote(), observed.ready().0), (None, "False".to_owned()));
        for words in [REFUSED, "Mode Observe writes nothing to AWS"] {
            assert!(observed.message().contains(words), "{words}: {}", observed.message());
        }
    }

    let protected = wedged(Management { deletion_protection: Some(true), ..recreating() });
    assert_eq!((protected.wrote(), protected.ready().1), (None, Reason::Wedged));
    assert!(protected.message().contains("deletionProtection keeps this service"), "{}", protected.message());

    let mut suspended = creating(recreating(), refused());
    suspended.pass();
    suspended.manage(|management| management.suspend = Some(true)).later(600);
    let pass = suspended.pass();
    assert_eq!((pass.wrote(), pass.ready().1), (None, Reason::Suspended));
    for words in [REFUSED, "delete the service", "with a new URL"] {
        assert!(pass.message().contains(words), "{}", pass.message());
    }
}

#[test]
fn one_approval_is_for_the_deletion_and_the_creation_that_follows() {
    let mut story = creating(Management { approval: Some(Approval::Required), ..recreating() }, refused());
    story.observed = Observed::Absent;
    story.pass();
    story.approve().pass();
    story.sees(first().managing(refused())).pass();
    story.later(600);
    let awaits = story.pass();
    assert_eq!((awaits.wrote(), awaits.ready().1), (None, Reason::AwaitingApproval));
    assert!(awaits.message().contains(REFUSED), "{}", awaits.message());
    let plan = story.held_back();
    assert_eq!((plan.action.as_str(), plan.needs_replacement), ("Recreate", true));

    story.approve();
    assert!(matches!(story.pass().wrote(), Some(AwsWrite::Delete { .. })));
    story.sees(Observed::Draining(presence())).pass();
    assert!(matches!(story.sees(Observed::Absent).pass().wrote(), Some(AwsWrite::Create(_))));
    story.sees(later_born().managing(Vec::new())).pass();

    // Somebody deletes the new one: that is another story, and asks again.
    let asks = story.sees(Observed::Absent).later(3600).pass();
    assert_eq!((asks.wrote(), asks.ready().1), (None, Reason::AwaitingApproval));
}

#[test]
fn a_wedge_that_heals_goes_on_by_itself() {
    let mut story = creating_for(40, Management::default(), refused());
    assert_eq!(story.pass().verdict(), &Verdict::Wedged);
    let up = |minutes: i64| {
        let mut balancer = resource(Kind::LoadBalancer, "ACTIVE");
        balancer.since = Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(at(minutes * 60)));
        vec![balancer]
    };
    let healed = story.sees(first().managing(up(40))).pass();
    assert_eq!(healed.verdict(), &Verdict::RollingOut, "{}", healed.message());
    let ended = live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful).managing(up(40));
    let ready = story.sees(ended).pass();
    assert_eq!(ready.ready(), ("True".to_owned(), Reason::Available));
    assert_eq!(story.status.creating_since, None);
}

#[test]
fn an_update_by_somebody_does_not_hide_that_nothing_ever_served() {
    let mut story = creating_for(6, recreating(), refused());
    story.manage(|management| management.recreate = None);
    let other = Story::settled(a_spec()).hash();
    assert_eq!(story.hash(), other, "the policy is no part of what is rolled out");
    assert_eq!(story.pass().verdict(), &Verdict::Wedged);
}

#[test]
fn a_first_deployment_that_takes_traffic_is_no_wedge() {
    let mut story = creating_for(40, Management::default(), refused());
    let serves = first().at_stage(Stage::BakeTime, 100).managing(refused());
    assert_eq!(story.sees(serves).pass().verdict(), &Verdict::RollingOut);
}

#[test]
fn a_creation_that_hangs_is_said_with_the_words_of_ecs() {
    let up = vec![resource(Kind::LoadBalancer, "ACTIVE")];
    let mut story = creating_for(40, Management::default(), up);
    story.observed = match story.observed.clone() {
        Observed::Live(mut live) => {
            live.in_flight.as_mut().unwrap().reason = Some("tasks wait.".to_owned());
            Observed::Live(live)
        }
        other => other,
    };
    let said = story.pass().message();
    assert!(said.contains("(IN_PROGRESS, stage SCALE_UP: tasks wait)"), "{said}");
}

/// What this object has created itself is planned to be created again, where that is wished.
#[test]
fn in_mode_observe_a_wedge_of_ours_waits_for_mode_manage() {
    for (recreate, is_planned) in [(Recreate::WhenWedged, true), (Recreate::Never, false)] {
        let mut story = creating_for(6, Management::default(), refused());
        story.manage(|management| {
            management.mode = Some(Mode::Observe);
            management.recreate = Some(recreate);
        });
        let seen = story.pass();
        let is_held_back = matches!(seen.verdict(), Verdict::HeldBack { action: Action::Recreate, .. });
        assert_eq!((seen.wrote(), is_held_back), (None, is_planned), "{:?}", seen.verdict());
        assert_eq!(seen.plan().wedge.as_ref().unwrap().remedy == Remedy::Observed, !is_planned);
    }
}

/// Nothing is remembered of its creation, and a look that reads its resources does not read its deployment.
#[test]
fn a_wedge_that_was_not_seen_from_its_beginning_is_told_once() {
    let mut story = creating_for(6, Management::default(), refused());
    story.loses_its_status();
    let whole = || {
        let mut live = first().showing("r1", shown_of(&a_spec())).managing(refused());
        live.in_flight.as_mut().unwrap().started_at = Some(at(5));
        live
    };
    story.sees(whole()).pass();
    assert_eq!(story.later(1860).pass().ready().1, Reason::Wedged);
    let mut unread = live_service().just_begun("d1").managing(refused());
    unread.in_flight = Some(Deployment::just_begun(deployment_arn("d1")));
    for seen in [unread, whole()] {
        let pass = story.later(60).sees(seen).pass();
        assert_eq!((pass.ready().1, pass.events()), (Reason::Wedged, Vec::new()));
    }
}
