//! Stories of rollbacks that are asked for: stopped once, answered always, never in the way of what is true.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use strum::IntoEnumIterator;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::names;
use crate::api::status::{ExpressGatewayServiceStatus, RollbackStatus};
use crate::core::events::EventReason;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_spec, deployment_arn, live_service, rolled_back, with_image};
use crate::core::observed::{Live, Observed, Tags};
use crate::core::plan::{Requeue, Verdict};
use crate::core::report::Again;
use crate::core::rollback_request::sent;
use crate::core::rollout::DeploymentState::{InProgress, Pending, RollbackInProgress, RollbackSuccessful, Stopped};
use crate::core::rollout::Stage;
use crate::core::situations_rollout::{asks_for_a_rollback, in_a_canary};
use crate::core::step::Step;
use crate::core::story::{Aws, Pass, Story};

fn two() -> Live {
    live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress)
}

fn stops(pass: &Pass) -> bool {
    *pass.step() == Step::Stop { deployment_arn: deployment_arn("d2") }
}

fn answer(story: &Story) -> &str {
    story.status.rollback.as_ref().map(|rollback| rollback.answer.as_str()).unwrap_or_default()
}

/// What is answered to a request that is made now, without a write.
fn answered(story: Story) -> String {
    let mut story = asks_for_a_rollback(story);
    let pass = story.pass();
    assert!(!matches!(pass.step(), Step::Stop { .. }));
    assert_eq!(pass.events().last(), Some(&EventReason::RollbackRequestHandled), "{:?}", pass.verdict());
    assert_eq!(story.status.last_handled_rollback_at.as_deref(), Some("now"));
    let said = answer(&story).to_owned();
    assert!(!story.pass().events().contains(&EventReason::RollbackRequestHandled), "once");
    said
}

#[test]
fn what_is_in_flight_is_stopped_once_although_ecs_shows_it_late() {
    let mut story = asks_for_a_rollback(in_a_canary());
    let stopped = story.pass();
    assert!(stops(&stopped));
    assert_eq!(stopped.events(), [EventReason::RollbackRequestHandled]);
    assert!(answer(&story).contains("r2"), "{}", answer(&story));

    let stale = story.sees(two().at_stage(Stage::ProductionTrafficShift, 5)).pass();
    assert_eq!((stale.verdict(), stale.wrote()), (&Verdict::RollingOut, None));
    let back = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", RollbackInProgress);
    let back = story.sees(back).pass();
    assert_eq!(back.ready(), ("False".to_owned(), Reason::RollingBack));
    assert!(
        back.message().contains("as the annotation expressway.dev/rollback-requested-at asked"),
        "{}",
        back.message()
    );

    let held = story.sees(rolled_back()).pass();
    assert!(matches!(held.verdict(), Verdict::Held(_)));
    assert!(
        held.message().contains("the annotation expressway.dev/rollback-requested-at asked for it"),
        "{}",
        held.message()
    );
    story.edit(|spec| *spec = with_image("shop/web:3"));
    assert!(matches!(story.pass().step(), Step::Update(_)));
}

#[test]
fn it_is_stopped_although_the_answer_to_the_update_named_no_revision() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();
    story.status.submitted.as_mut().unwrap().revision = None;
    story.status.latest_revision.clone_from(&story.status.serving_revision);
    story = asks_for_a_rollback(story);

    assert!(stops(&story.sees(two()).pass()));

    assert!(matches!(story.sees(rolled_back()).pass().verdict(), Verdict::Held(_)), "it was this spec's");
}

#[test]
fn what_cannot_be_told_yet_is_waited_for() {
    let mut sent = Story::settled(a_spec());
    sent.edit(|spec| *spec = with_image("shop/web:2")).pass();
    let mut begun = sent.clone();
    begun.sees(live_service().serving("r1", &a_spec()).just_begun("d2"));
    let mut new = Story::new(a_spec());
    new.pass();
    for story in [sent, begun, new] {
        let mut story = asks_for_a_rollback(story);
        let pass = story.pass();
        assert_eq!(pass.wrote(), None);
        assert_eq!(story.status.last_handled_rollback_at, None, "{:?}", pass.verdict());
    }
}

#[test]
fn what_there_is_not_is_answered() {
    assert!(answered(Story::settled(a_spec())).contains("no deployment is in flight"));
    assert!(answered(Story::held()).contains("no deployment is in flight"));
    let mut gone = Story::settled(a_spec());
    gone.sees(Observed::Absent);
    assert!(answered(gone).contains("there is no service yet"));
    let mut first = Story::new(a_spec());
    first.pass();
    first.sees(live_service().in_flight("d1", "r1", InProgress)).pass();
    assert!(answered(first).contains("no revision to go back to"));
    let mut theirs = Story::settled(a_spec());
    theirs.sees(two().with_tags(Tags::new()));
    assert!(answered(theirs).contains("not this object's"));
    let mut back = in_a_canary();
    back.sees(live_service().serving("r1", &a_spec()).in_flight("d2", "r2", RollbackInProgress));
    assert_eq!(answered(back), "ECS is on its way back already");
}

#[test]
fn an_update_that_is_due_goes_out_with_the_answer_that_nothing_was_in_flight() {
    let mut story = asks_for_a_rollback(Story::settled(a_spec()));
    story.edit(|spec| *spec = with_image("shop/web:2"));

    assert!(matches!(story.pass().step(), Step::Update(_)));

    assert!(answer(&story).contains("no deployment is in flight"));
    assert_eq!(story.sees(two()).pass().wrote(), None, "the request was about what was there");
}

#[test]
fn an_annotation_from_before_the_first_look_asks_for_nothing() {
    let mut lost = asks_for_a_rollback(in_a_canary());
    lost.loses_its_status().sees(two());
    for _ in 0..3 {
        assert_eq!(lost.pass().wrote(), None);
    }
    lost.annotate(names::ROLLBACK_REQUESTED_AT, "later");
    assert!(stops(&lost.pass()));
}

#[test]
fn a_request_that_was_answered_stays_answered_when_the_service_is_another() {
    let mut story = asks_for_a_rollback(Story::settled(a_spec()));
    story.pass();
    story.sees(Observed::Absent).pass();
    let mut namesake = two();
    namesake.presence.created_at = Some(crate::core::fixtures::at(5000));

    assert_eq!(story.sees(namesake).pass().wrote(), None);
    assert_eq!(story.status.last_handled_rollback_at.as_deref(), Some("now"));
}

#[test]
fn a_stop_that_fails_is_told_and_tried_again_in_its_time_while_the_rollout_is_followed() {
    for class in FailureClass::iter() {
        let mut story = asks_for_a_rollback(in_a_canary());
        story.aws = Aws::RefusesWrites(class);
        let mut told = story.pass();
        assert!(stops(&told));
        if class == FailureClass::NotFound {
            assert_eq!(told.events(), [], "it may have ended: looked at again first");
            assert!(!told.message().contains("asked for"), "{}", told.message());
            told = story.later(600).pass();
        }
        assert_eq!(told.events(), [EventReason::RollbackRequestFailed], "{class}");
        assert_eq!(told.ready(), ("False".to_owned(), Reason::RollingOut), "{class}");
        assert_eq!(told.says(ConditionType::Reconciling).unwrap().1, Reason::ProgressingWithRetry);
        assert!(told.message().contains("asked for: StopServiceDeployment: said AWS"), "{}", told.message());
        assert_eq!(told.report.again, Again::For(Requeue::Rollout), "the rollout goes on");

        // Its time comes after another second at the earliest, or it has come.
        story.status.retry.as_mut().unwrap().next_attempt_at.as_mut().unwrap().0 =
            story.now + jiff::SignedDuration::from_secs(60);
        let followed = story.sees(two().at_stage(Stage::BakeTime, 100)).pass();
        assert_eq!((followed.wrote(), followed.events()), (None, vec![EventReason::TrafficShifted]), "{class}");
        assert_eq!(followed.says(ConditionType::RolledOut).unwrap().1, Reason::Baking);
        assert!(followed.message().contains("StopServiceDeployment"), "{}", followed.message());
        assert_eq!(story.status.retry.as_ref().unwrap().operation, "StopServiceDeployment");

        story.aws = Aws::Answers;
        assert!(stops(&story.later(60).pass()), "{class}");
        assert_eq!((story.status.retry.clone(), story.status.last_handled_rollback_at.as_deref()), (None, Some("now")));
    }
}

#[test]
fn an_invalid_edit_does_not_keep_the_rollout_before_it_from_being_stopped() {
    let mut story = asks_for_a_rollback(in_a_canary());
    story.edit(|spec| spec.health_check_path = Some("health".into()));

    let stopped = story.pass();

    assert!(stops(&stopped));
    assert_eq!(stopped.ready().1, Reason::InvalidSpec);
}

#[test]
fn an_object_that_is_being_deleted_is_deleted_and_not_rolled_back() {
    let mut story = asks_for_a_rollback(in_a_canary());
    assert!(matches!(story.delete().pass().step(), Step::Delete { .. }));
}

#[test]
fn a_deployment_that_is_pending_is_stopped_too() {
    let mut story = Story::rolling_out_two();
    story.sees(live_service().serving("r1", &a_spec()).in_flight("d2", "r2", Pending));
    assert!(stops(&asks_for_a_rollback(story).pass()));
}

#[test]
fn a_first_rollout_that_was_overtaken_and_stopped_has_failed_as_asked() {
    let mut story = asks_for_a_rollback(in_a_canary());
    story.pass();
    let pass = story.sees(live_service().serving("r1", &a_spec()).ended("d2", "r2", Stopped)).pass();
    assert_eq!(pass.ready().1, Reason::DeploymentFailed);
    assert!(pass.message().contains("rollback-requested-at asked for it"), "{}", pass.message());
}

#[test]
fn the_hash_of_a_stop_is_of_one_deployment() {
    let suspended = |id: &str| {
        let mut story = asks_for_a_rollback(in_a_canary());
        story.annotate(names::SUSPENDED, "true");
        story.sees(live_service().serving("r1", &a_spec()).in_flight(id, "r2", InProgress)).pass();
        let plan = story.held_back().clone();
        assert_eq!((plan.action.as_str(), plan.starts_rollout, plan.changes.len()), ("Stop", false, 0));
        plan.hash
    };
    assert_eq!(suspended("d2"), suspended("d2"));
    assert_ne!(suspended("d2"), suspended("d3"));
}

#[test]
fn what_failed_by_itself_before_it_was_stopped_says_why() {
    let mut story = asks_for_a_rollback(in_a_canary());
    story.pass();
    let mut failed = live_service().serving("r1", &a_spec()).ended("d2", "r2", RollbackSuccessful);
    failed.last_ended.as_mut().unwrap().triggered_alarms = vec!["4xx5xx".to_owned()];
    let pass = story.sees(failed).pass();
    assert!(pass.message().contains("alarm in ALARM: 4xx5xx"), "{}", pass.message());
    assert!(!pass.message().contains("asked for it"), "{}", pass.message());
}

/// The answer to the update was lost, and ECS cannot say yet what it rolls out.
#[test]
fn what_ecs_cannot_describe_yet_is_not_answered_yet() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).aws = Aws::RefusesWrites(FailureClass::Unavailable);
    story.pass();
    story.aws = Aws::Answers;
    story.sees(live_service().serving("r1", &a_spec()).just_begun("d2"));
    let waits = asks_for_a_rollback(story).pass();
    assert_eq!((waits.verdict(), waits.wrote(), &waits.plan().rollback), (&Verdict::RollingOut, None, &None));
}

#[test]
fn a_rollout_that_an_edit_would_overtake_is_stopped_as_another() {
    let mut story = in_a_canary();
    story.edit(|spec| *spec = with_image("shop/web:3"));
    let stopped = asks_for_a_rollback(story).pass();
    assert!(stops(&stopped));
    assert_eq!(stopped.verdict(), &Verdict::RollingOutOther);
}

#[test]
fn a_stop_that_does_not_get_through_is_told_without_the_id_of_its_request() {
    let mut story = asks_for_a_rollback(in_a_canary());
    story.aws = Aws::RefusesWrites(FailureClass::AccessDenied);
    let refused = story.pass();
    assert!(!answer(&story).contains("req-1"), "{}", answer(&story));
    let said = refused.says(ConditionType::Reconciling).unwrap().2;
    assert!(said.contains("The rollback that was asked for: "), "{said}");
}

#[test]
fn a_rollout_that_goes_back_by_itself_is_not_said_to_have_been_asked_to() {
    let back = || live_service().serving("r1", &a_spec()).in_flight("d2", "r2", RollbackInProgress);
    let by_itself = "the deployment failed, ECS is going back";
    let said = Story::rolling_out_two().sees(back()).pass().message();
    assert!(said.contains(by_itself), "{said}");

    let mut story = asks_for_a_rollback(in_a_canary());
    story.pass();
    let another = live_service().serving("r1", &a_spec()).in_flight("d3", "r2", RollbackInProgress);
    let said = story.sees(another).pass().message();
    assert!(said.contains(by_itself), "another one was stopped: {said}");
}

/// The controller has sent a stop, and died before it saw the answer.
fn dies_while_it_stops() -> Story {
    let mut story = asks_for_a_rollback(in_a_canary());
    assert_eq!(story.dies_in_the_write().step, Step::Stop { deployment_arn: deployment_arn("d2") });
    assert_eq!(answer(&story), "");
    story
}

#[test]
fn a_stop_whose_answer_nobody_saw_is_told_as_the_one_that_was_asked_for() {
    let undisturbed = {
        let mut story = asks_for_a_rollback(in_a_canary());
        story.pass();
        answer(&story).to_owned()
    };
    let back = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", RollbackInProgress);
    for seen in [back, rolled_back()] {
        let mut story = dies_while_it_stops();
        let pass = story.sees(seen).pass();
        assert_eq!(answer(&story), undisturbed);
        assert!(pass.events().contains(&EventReason::RollbackRequestHandled), "{:?}", pass.events());
        let held = story.sees(rolled_back()).pass();
        let asked = "the annotation expressway.dev/rollback-requested-at asked for it";
        assert!(held.message().contains(asked), "{}", held.message());
    }
}

#[test]
fn a_stop_that_was_never_sent_is_sent() {
    let mut story = dies_while_it_stops();
    assert!(stops(&story.pass()));
    assert_eq!(story.status.last_handled_rollback_at.as_deref(), Some("now"));
}

#[test]
fn a_rollout_that_ended_well_before_its_stop_arrived_was_not_stopped() {
    let mut story = dies_while_it_stops();
    let two = with_image("shop/web:2");
    let ended = live_service().serving("r2", &two).ended("d2", "r2", crate::core::rollout::DeploymentState::Successful);
    story.sees(ended).pass();
    assert!(answer(&story).contains("no deployment is in flight"), "{}", answer(&story));
}

#[test]
fn a_second_request_after_the_way_back_is_about_nothing() {
    let mut story = asks_for_a_rollback(in_a_canary());
    story.pass();
    story.sees(rolled_back()).pass();
    story.annotate(names::ROLLBACK_REQUESTED_AT, "again").pass();
    assert!(answer(&story).contains("no deployment is in flight"), "{}", answer(&story));
}

#[test]
fn a_stop_is_written_down_once_for_each_deployment() {
    let standing = |answer: &str, deployment: &str| ExpressGatewayServiceStatus {
        rollback: Some(RollbackStatus { answer: answer.to_owned(), deployment: Some(deployment_arn(deployment)) }),
        ..ExpressGatewayServiceStatus::default()
    };
    let written = |before: &ExpressGatewayServiceStatus| sent(&deployment_arn("d2"), before);
    let expected = standing("", "d2").rollback;
    assert_eq!(written(&ExpressGatewayServiceStatus::default()), expected);
    assert_eq!(written(&standing("", "d2")), None, "it stands already");
    assert_eq!(written(&standing("", "d1")), expected, "that is of another");
    assert_eq!(written(&standing("it was refused", "d2")), expected, "that was answered");
}
