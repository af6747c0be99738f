//! Approval: nothing runs but the plan that was seen, and it runs once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::names;
use crate::api::spec::ExpressGatewayServiceSpec;
use crate::core::any_spec::{any_spec, turned_around};
use crate::core::events::EventReason;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_spec, live_service, rolled_back, tag, with_image};
use crate::core::observed::Observed;
use crate::core::rollout::DeploymentState::{InProgress, Successful};
use crate::core::rollout::Stage;
use crate::core::situations_held_back::{approval_required, settled_then, under};
use crate::core::step::{AwsWrite, Step};
use crate::core::story::{Aws, Story};

fn set_image(story: &mut Story, image: &str) {
    story.edit(|spec| spec.primary_container = with_image(image).primary_container);
}

/// Settled on `shop/web:1`; `shop/web:2` waits for approval.
fn waiting() -> Story {
    let mut story = settled_then(approval_required());
    set_image(&mut story, "shop/web:2");
    story.pass();
    story
}

fn is_waiting(story: &mut Story) -> String {
    let seen = story.pass();
    assert_eq!((seen.wrote(), seen.ready()), (None, ("False".to_owned(), Reason::AwaitingApproval)));
    seen.message()
}

#[test]
fn a_change_waits_and_says_what_it_costs_and_how_to_approve_it() {
    let mut story = settled_then(approval_required());
    set_image(&mut story, "shop/web:2");

    let seen = story.pass();

    assert_eq!(seen.ready(), ("False".to_owned(), Reason::AwaitingApproval));
    assert_eq!(seen.says(ConditionType::Synced).unwrap().1, Reason::OutOfSync);
    assert!(seen.says(ConditionType::Stalled).is_none() && seen.says(ConditionType::Reconciling).is_none());
    assert_eq!(seen.events(), [EventReason::ApprovalRequired]);
    let plan = story.held_back();
    assert_eq!((plan.action.as_str(), plan.starts_rollout, plan.needs_replacement), ("Update", true, false));
    let command = format!("kubectl annotate -n shop egs/web --overwrite {}={}", names::APPROVED_PLAN, plan.hash);
    assert!(seen.message().ends_with(&command), "{}", seen.message());
}

#[test]
fn the_hash_is_the_same_at_every_look() {
    let mut story = waiting();
    let hash = story.held_back().hash.clone();
    for _ in 0..3 {
        let seen = story.later(600).pass();
        assert_eq!(seen.events(), []);
        assert_eq!(story.held_back().hash, hash);
    }
}

proptest! {
    #[test]
    fn the_order_of_lists_changes_no_hash(wanted in any_spec(), live in any_spec()) {
        let mut story = settled_then(approval_required());
        story.sees(live_service().serving("r1", &live).ended("d1", "r1", Successful));
        let mut hash = |wanted: ExpressGatewayServiceSpec| {
            story.edit(|spec| *spec = ExpressGatewayServiceSpec { management: Some(approval_required()), ..wanted });
            story.plan().held_back.map(|plan| plan.hash)
        };

        prop_assert_eq!(hash(wanted.clone()), hash(turned_around(&wanted)));
    }
}

#[test]
fn the_approved_plan_runs_once_and_a_later_drift_asks_again() {
    let mut story = waiting();
    let sent = story.approve().pass();
    assert_eq!(sent.updated().container.as_ref().unwrap().image, "shop/web:2");
    assert_eq!(sent.report.status.plan, None);
    let done = live_service().serving("r2", &with_image("shop/web:2")).ended("d2", "r2", Successful);
    assert_eq!(story.sees(done).pass().ready(), ("True".to_owned(), Reason::Available));

    story.sees(live_service().serving("r1", &a_spec()).ended("d3", "r1", Successful));

    let message = is_waiting(&mut story);
    assert!(message.contains("one approval is for one run"), "{message}");
}

#[test]
fn another_edit_is_another_plan_and_an_edit_taken_back_is_none() {
    let mut story = waiting();
    story.approve();
    set_image(&mut story, "shop/web:3");
    let approved = story.annotations[names::APPROVED_PLAN].clone();
    let message = is_waiting(&mut story);
    assert!(message.contains(&format!("approves another plan, {approved:?}")), "{message}");

    set_image(&mut story, "shop/web:1");
    let back = story.pass();
    assert_eq!((back.wrote(), back.ready()), (None, ("True".to_owned(), Reason::Available)));
    assert_eq!(story.status.plan, None);
}

#[test]
fn a_create_waits_and_one_after_a_loss_waits_again() {
    let mut story = Story::new(under(approval_required()));
    is_waiting(&mut story);
    let first = story.held_back().clone();
    assert_eq!(first.action, "Create");
    assert!(first.changes.iter().any(|change| change.path == "spec.primaryContainer.image"));
    assert!(matches!(story.approve().pass().wrote(), Some(AwsWrite::Create(_))));
    story.sees(live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful)).pass();

    story.later(600).sees(Observed::Absent);

    is_waiting(&mut story);
    assert_ne!(story.held_back().hash, first.hash);
}

#[test]
fn an_approved_plan_whose_answer_was_lost_has_run_once_ecs_shows_it() {
    let mut story = Story::new(under(approval_required()));
    story.pass();
    assert!(matches!(story.approve().dies_in_the_write().step, Step::Create(_)));
    assert_eq!(story.status.last_approved_plan, None, "it may never have been sent");
    story.sees(live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful)).pass();
    assert_eq!(story.status.last_approved_plan.as_ref(), story.annotations.get(names::APPROVED_PLAN));

    story.later(600).sees(Observed::Absent);

    is_waiting(&mut story);
}

#[test]
fn what_was_approved_and_refused_by_aws_is_sent_again_without_asking_again() {
    let mut story = waiting();
    story.approve();
    story.aws = Aws::RefusesWrites(FailureClass::Throttled);
    assert!(story.pass().wrote().is_some());

    story.aws = Aws::Answers;

    assert!(story.later(600).pass().wrote().is_some());
}

#[test]
fn a_repeat_because_ecs_shows_other_values_is_a_plan_of_its_own() {
    let mut story = settled_then(approval_required());
    story.edit(|spec| spec.health_check_path = Some("/health".into())).pass();
    assert!(story.approve().pass().wrote().is_some());

    story.sees(live_service().serving("r2", &a_spec()).ended("d2", "r2", Successful));

    is_waiting(&mut story);
    assert!(story.approve().pass().wrote().is_some());
}

#[test]
fn the_users_tags_wait_and_ours_do_not() {
    let mut story = settled_then(approval_required());
    story.edit(|spec| spec.tags = vec![tag("team", "shop")]);
    is_waiting(&mut story);
    assert!(!story.held_back().starts_rollout);
    assert_eq!(story.held_back().changes[0].path, "spec.tags[team]");
    assert!(matches!(story.approve().pass().wrote(), Some(AwsWrite::Retag(_))));

    story.owner.uid = "u-2".into();
    let tags = story.own_tags();
    let live = live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful).with_tags(tags);
    story.sees(live.tagged(names::TAG_UID, "u-1"));
    assert!(matches!(story.pass().wrote(), Some(AwsWrite::Retag(_))), "another uid of the same object");

    let tags = story.own_tags();
    let live = live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful).with_tags(tags);
    story.sees(live.tagged("team", "theirs"));
    is_waiting(&mut story);
    assert_eq!(story.held_back().changes[0].live.as_deref(), Some("theirs"));
}

#[test]
fn a_failure_is_remembered_in_its_tag_without_an_approval() {
    let mut story = Story::rolling_out_two();
    story.manage(|management| *management = approval_required());

    let failed = story.sees(rolled_back()).pass();

    assert_eq!(failed.ready().1, Reason::RolledBack);
    assert!(matches!(failed.wrote(), Some(AwsWrite::Retag(_))));
}

#[test]
fn an_edit_in_a_rollout_waits_until_ecs_shows_what_it_would_replace() {
    let mut story = Story::rolling_out_two();
    story.manage(|management| *management = approval_required());
    set_image(&mut story, "shop/web:3");
    let two = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);
    assert_eq!(story.sees(two.clone()).pass().ready().1, Reason::RollingOut);

    let shown = two.showing("r2", crate::core::fixtures::shown_of(&with_image("shop/web:2")));
    story.sees(shown.clone().at_stage(Stage::ScaleUp, 0));
    is_waiting(&mut story);
    let hash = story.held_back().hash.clone();
    story.sees(shown.at_stage(Stage::BakeTime, 100));
    is_waiting(&mut story);
    assert_eq!(story.held_back().hash, hash);

    story.sees(live_service().serving("r2", &with_image("shop/web:2")).ended("d2", "r2", Successful));
    is_waiting(&mut story);
    assert_eq!(story.held_back().hash, hash, "the rollout is over, and the plan is the same");
    assert!(matches!(story.approve().pass().step(), Step::Update(_)));
}

#[test]
fn a_deletion_needs_no_approval() {
    let mut story = waiting();
    assert!(matches!(story.delete().pass().step(), Step::Delete { .. }));
}
