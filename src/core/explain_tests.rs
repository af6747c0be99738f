//! The words in which a rollout and its parts are told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::Deletion;
use crate::core::explain::list_of;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_spec, live_service, presence, rolled_back, with_image};
use crate::core::observed::{Live, Observed};
use crate::core::rollout::DeploymentState::{self, InProgress};
use crate::core::rollout::{CircuitBreaker, HealthAnswer, Stage};
use crate::core::situations_drift::{contested, report, theirs, theirs_in_flight};
use crate::core::situations_held_back::settled_then;
use crate::core::story::{Aws, Story};

#[test]
fn a_list_is_whole_or_says_how_many_more_there_are() {
    let list = |count: usize| list_of(&(1..=count).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(list(0), "the whole spec");
    assert_eq!(list(3), "1, 2, 3");
    assert_eq!(list(8), "1, 2, 3, 4, 5, 6, 7, 8");
    assert_eq!(list(10), "1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
}

#[test]
fn a_canary_says_how_the_traffic_is_shared() {
    let mut story = Story::rolling_out_two();
    let canary = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);
    let said = story.sees(canary.at_stage(Stage::ProductionTrafficShift, 5)).pass().message();
    assert!(said.starts_with("revision r2 takes 5 % of the traffic, the one before 95 % (IN_PROGRESS"), "{said}");
}

#[test]
fn a_service_is_named_with_its_cluster() {
    let said = settled_then(report()).sees(Observed::Inactive(presence())).pass().message();
    assert!(said.contains("somebody deleted the service \"web\" in cluster \"default\""), "{said}");
}

fn on_its_way() -> Live {
    live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress)
}

fn rolled_out(live: Live) -> (String, Reason) {
    let said = Story::rolling_out_two().sees(live).pass().says(ConditionType::RolledOut).unwrap();
    (said.0, said.1)
}

/// The answer to the update was lost: what has just begun is taken for ours, though ECS cannot say yet what it rolls out.
#[test]
fn what_replaces_another_is_not_called_the_first() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).aws = Aws::RefusesWrites(FailureClass::Unavailable);
    story.pass();
    story.aws = Aws::Answers;
    let begun = story.sees(live_service().serving("r1", &a_spec()).just_begun("d2")).pass();
    assert!(begun.message().contains("is about to be rolled out (PENDING)"), "{}", begun.message());
    assert_eq!(begun.ready().1, Reason::RollingOut);
}

#[test]
fn every_stage_has_its_reason() {
    for (stage, weight, reason) in [
        (Stage::ReconcileService, 0, Reason::ScalingUp),
        (Stage::PreScaleUp, 0, Reason::ScalingUp),
        (Stage::ScaleUp, 0, Reason::ScalingUp),
        (Stage::PostScaleUp, 0, Reason::ScalingUp),
        (Stage::TestTrafficShift, 0, Reason::ShiftingTraffic),
        (Stage::PostTestTrafficShift, 0, Reason::ShiftingTraffic),
        (Stage::PreProductionTrafficShift, 0, Reason::ShiftingTraffic),
        (Stage::ProductionTrafficShift, 0, Reason::ShiftingTraffic),
        (Stage::ProductionTrafficShift, 5, Reason::CanaryBaking),
        (Stage::ProductionTrafficShift, 50, Reason::ShiftingTraffic),
        (Stage::ProductionTrafficShift, 100, Reason::ShiftingTraffic),
        (Stage::PostProductionTrafficShift, 100, Reason::ShiftingTraffic),
        (Stage::BakeTime, 100, Reason::Baking),
        (Stage::CleanUp, 100, Reason::CleaningUp),
        (Stage::Unknown("NEW".to_owned()), 100, Reason::RollingOut),
    ] {
        let name = stage.to_string();
        assert_eq!(
            rolled_out(on_its_way().at_stage(stage, weight)),
            ("Unknown".to_owned(), reason),
            "{name}, {weight} %"
        );
    }
}

#[test]
fn every_state_of_a_deployment_has_its_reason() {
    for (state, reason) in [
        (DeploymentState::Pending, Reason::Waiting),
        (DeploymentState::InProgress, Reason::Waiting),
        (DeploymentState::StopRequested, Reason::RollingBack),
        (DeploymentState::RollbackRequested, Reason::RollingBack),
        (DeploymentState::RollbackInProgress, Reason::RollingBack),
    ] {
        let live = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", state);
        assert_eq!(rolled_out(live), ("Unknown".to_owned(), reason));
    }
    for (state, truth, reason) in [
        (DeploymentState::Successful, "True", Reason::Succeeded),
        (DeploymentState::RollbackSuccessful, "False", Reason::RolledBack),
        (DeploymentState::RollbackFailed, "False", Reason::RollbackFailed),
        (DeploymentState::Stopped, "False", Reason::Stopped),
    ] {
        // Somebody else's: what becomes of ours is told by what is held.
        let live = live_service().serving("r1", &a_spec()).ended("d8", "r8", state);
        let said = Story::settled(a_spec()).sees(live).pass().says(ConditionType::RolledOut).unwrap();
        assert_eq!((said.0.as_str(), said.1), (truth, reason));
    }
}

#[test]
fn a_deletion_that_waits_for_a_create_to_show_says_so() {
    let mut story = Story::new(a_spec());
    story.pass();
    let waits = story.delete().sees(Observed::Absent).pass();
    assert_eq!(waits.ready(), ("False".to_owned(), Reason::Deleting));
    assert!(
        waits.message().contains("\"web\" in cluster \"default\" may have just been created"),
        "{}",
        waits.message()
    );
}

#[test]
fn what_is_not_ecs_s_spec_though_nothing_differs_in_it_is_said_so() {
    let synced = |mut story: Story| {
        let said = story.pass().says(ConditionType::Synced).unwrap();
        (said.1, said.2)
    };
    // ECS does not show a configuration to compare.
    let mut unknown = Story::rolling_out_two();
    unknown.sees(live_service().serving("r1", &a_spec()).in_flight("d2", "r2", DeploymentState::RollbackInProgress));
    assert_eq!(synced(unknown), (Reason::OutOfSync, "the spec is not what ECS runs".to_owned()));
    let mut theirs = Story::settled(a_spec());
    theirs.sees(theirs_in_flight());
    theirs.manage(|management| management.drift = None);
    assert!(synced(theirs).1.contains("spec.primaryContainer.image"));
}

#[test]
fn a_first_service_replaces_none_that_somebody_deleted() {
    let created = Story::new(a_spec()).pass();
    assert!(!created.message().contains("Somebody deleted"), "{}", created.message());
    // And one that is left missing is not said to be created again.
    let mut left = settled_then(report());
    left.sees(Observed::Inactive(presence())).pass();
    assert!(!left.pass().message().contains("it is created again"));
}

#[test]
fn what_is_left_of_others_says_why_it_is_left() {
    let synced = |mut story: Story| story.pass().says(ConditionType::Synced).unwrap().2;
    let mut reported = settled_then(report());
    reported.sees(theirs());
    let said = synced(reported);
    assert!(said.contains("spec.management.drift: Report leaves it as it is"), "{said}");
    let said = synced(contested());
    assert!(said.contains("again and again: it is not undone any more"), "{said}");
}

#[test]
fn a_rollout_that_is_held_names_the_image_unless_the_image_did_not_change() {
    let said = Story::held().pass().message();
    assert!(said.starts_with("image shop/web:2 was rolled back: "), "{said}");

    let mut story = Story::settled(a_spec());
    story.edit(|spec| spec.cpu = Some("512".into())).pass();
    story.sees(live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress)).pass();
    let said = story.sees(rolled_back()).pass().message();
    assert!(said.starts_with("the last edit was rolled back: "), "{said}");
}

#[test]
fn a_rollout_that_is_held_says_how_it_ended_and_what_serves() {
    let said = |live: Live| Story::rolling_out_two().sees(live).pass().message();
    let serving_one = || live_service().serving("r1", &a_spec());
    let back = said(rolled_back());
    assert!(back.contains("was rolled back: ") && back.contains(". Revision r1 serves. The same"), "{back}");
    let failed = said(serving_one().ended("d2", "r2", DeploymentState::RollbackFailed));
    assert!(failed.contains("failed, and so did the rollback: "), "{failed}");
    assert!(failed.contains("What is left: revision r1 has 1 of 1 tasks.") && !failed.contains("serves"), "{failed}");
    let stopped = said(serving_one().ended("d2", "r2", DeploymentState::Stopped));
    assert!(
        stopped.contains("was stopped before it had ended: ") && stopped.contains("Revision r1 serves"),
        "{stopped}"
    );

    let mut first = Story::new(a_spec());
    first.pass();
    first.sees(live_service().in_flight("d1", "r1", InProgress)).pass();
    let none = first.sees(live_service().ended("d1", "r1", DeploymentState::Stopped)).pass().message();
    assert!(none.contains("failed, and there was no revision to go back to: ") && !none.contains("serves"), "{none}");
    let left = first.sees(serving_one().ended("d1", "r1", DeploymentState::Stopped)).pass().message();
    assert!(left.contains("no revision to go back to") && !left.contains("serves"), "what failed has tasks: {left}");
}

#[test]
fn a_rollout_says_what_has_gone_wrong_of_it_so_far() {
    let mut live = on_its_way();
    let deployment = live.in_flight.as_mut().unwrap();
    deployment.circuit_breaker = Some(CircuitBreaker { triggered: false, failures: 2, threshold: 3 });
    deployment.unhealthy = Some(HealthAnswer("answered 404".to_owned()));
    let said = Story::rolling_out_two().sees(live).pass().message();
    assert!(said.contains(", 2 tasks failed, at 3 ECS goes back, a health check answered 404)"), "{said}");
}

#[test]
fn a_service_that_is_let_go_is_said_to_stay() {
    let mut story = Story::settled(a_spec());
    story.manage(|management| management.deletion = Some(Deletion::Retain)).delete();
    let said = story.pass().message();
    assert!(said.contains("stays as it is: the controller's tags are taken off, then the object goes"), "{said}");
}
