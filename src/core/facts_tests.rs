//! What the columns show, in each phase of a service's life.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::drift::{DriftCorrection, MissingService};
use crate::api::status::{ExpressGatewayServiceStatus, RetryStatus};
use crate::core::facts::{forget, short_revision, whole_seconds};
use crate::core::fixtures::{a_spec, at, live_service, revision, rolled_back, shown_of, with_image};
use crate::core::rollout::DeploymentState::{InProgress, RollbackSuccessful, Successful};
use crate::core::rollout::{CircuitBreaker, RevisionLoad, Stage};
use crate::core::story::{Pass, Story};

fn summary(pass: &Pass) -> [String; 3] {
    let summary = pass.report.status.summary.clone().unwrap();
    [summary.revision, summary.traffic, summary.tasks]
}

#[test]
fn a_settled_service_shows_its_revision_with_all_traffic() {
    let mut story = Story::settled(a_spec());
    let pass = story.pass();

    assert_eq!(summary(&pass), ["r1", "100", "1/1"]);
    let status = pass.report.status;
    assert_eq!(status.summary.unwrap().reason, "Available");
    assert_eq!(status.url.as_deref(), Some("https://we-1.ecs.eu-central-1.on.aws"));
    assert_eq!((status.account_id.as_deref(), status.region.as_deref()), (Some("111122223333"), Some("eu-central-1")));
    assert_eq!(status.effective.unwrap().image.as_deref(), Some("shop/web:1"));
}

#[test]
fn a_canary_shows_both_revisions_and_their_shares() {
    let mut story = Story::rolling_out_two();
    let two = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);

    let canary = story.sees(two.clone().at_stage(Stage::ProductionTrafficShift, 5)).pass();
    assert_eq!(summary(&canary), ["r1→r2", "95→5", "2/2"]);
    assert_eq!(canary.report.status.serving_revision, Some(revision("r1")));
    assert_eq!(canary.report.status.revisions[0].image.as_deref(), Some("shop/web:2"));

    let baking = story.sees(two.at_stage(Stage::BakeTime, 100)).pass();
    assert_eq!(summary(&baking), ["r1→r2", "0→100", "2/2"]);
    assert_eq!(baking.report.status.serving_revision, Some(revision("r2")));
    assert_eq!(baking.report.status.deployment.unwrap().stage.as_deref(), Some("BAKE_TIME"));
}

#[test]
fn what_serves_stays_shown_until_ecs_can_describe_the_new_deployment() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();

    let begun = story.sees(live_service().serving("r1", &a_spec()).just_begun("d2")).pass();

    assert_eq!(summary(&begun), ["r1", "100", "1/1"]);
}

#[test]
fn after_a_rollback_the_revision_before_is_shown_again() {
    let mut story = Story::rolling_out_two();

    let back = story.sees(rolled_back()).pass();

    assert_eq!(summary(&back), ["r1", "100", "1/1"]);
    assert_eq!(back.report.status.deployment.unwrap().stage, None);
}

/// The fuzzer's find.
#[test]
fn tasks_beyond_any_count_are_added_up_all_the_same() {
    let mut story = Story::settled(a_spec());
    let mut live = live_service().serving("r1", &a_spec());
    live.revisions[0].running = i32::MAX;
    live.revisions[0].requested = i32::MAX;
    live.revisions.push(live.revisions[0].clone());
    live.revisions[1].arn = revision("r0");

    let pass = story.sees(live).pass();

    assert_eq!(summary(&pass)[2], "4294967294/4294967294");
    let weights: Vec<i32> = pass.report.status.revisions.iter().map(|revision| revision.weight).collect();
    assert_eq!(weights, [0, 0], "nobody says how two at rest share the traffic");
}

#[test]
fn a_revision_is_shown_by_the_end_of_its_id() {
    assert_eq!(short_revision("arn:aws:ecs:eu-central-1:1:service-revision/default/web/1234567890"), "4567890");
    assert_eq!(short_revision("ü€x"), "ü€x");
}

#[test]
fn of_a_service_that_is_gone_only_what_was_asked_for_and_done_about_it_is_kept() {
    let text = |text: &str| Some(text.to_owned());
    let held = Story::held().status;
    let kept = ExpressGatewayServiceStatus {
        observed_generation: 7,
        last_observed_time: Some(whole_seconds(at(5))),
        retry: Some(RetryStatus { failures: 3, ..Default::default() }),
        last_handled_retry_at: text("retry"),
        last_handled_rollback_at: text("rollback"),
        rollback: Some(Default::default()),
        last_handled_reconcile_at: text("reconcile"),
        handled_requests: Some(Default::default()),
        last_approved_plan: text("plan"),
        drift_corrections: vec![DriftCorrection { at: whole_seconds(at(5)), paths: vec!["spec.cpu".to_owned()] }],
        missing: Some(MissingService { since: whole_seconds(at(5)), spec_hash: "hash".to_owned(), url: None }),
        recreation: Some(Default::default()),
        conditions: held.conditions.clone(),
        ..ExpressGatewayServiceStatus::default()
    };
    let mut status = ExpressGatewayServiceStatus {
        service_arn: held.service_arn,
        url: held.url,
        submitted: held.submitted,
        revisions: held.revisions,
        deployment: held.deployment,
        ..kept.clone()
    };
    assert_ne!(status, kept);
    forget(&mut status);
    assert_eq!(status, kept);
}

#[test]
fn each_revision_shows_its_own_image() {
    let mut story = Story::settled(a_spec());
    let two = live_service().serving("r1", &a_spec()).showing("r2", shown_of(&with_image("theirs:2")));
    let two = two.in_flight("d2", "r2", InProgress);
    for seen in [two.clone(), two.glanced()] {
        let seen = story.sees(seen).pass().report.status.revisions;
        let images: Vec<&str> = seen.iter().map(|revision| revision.image.as_deref().unwrap()).collect();
        assert_eq!(images, ["theirs:2", "shop/web:1"]);
    }
}

#[test]
fn while_others_still_stop_the_newest_serves_unless_ecs_has_gone_back_from_it() {
    for (state, serving) in [(Successful, "r2"), (RollbackSuccessful, "r1")] {
        let mut live = live_service().serving("r1", &a_spec()).ended("d2", "r2", state);
        live.revisions.push(RevisionLoad { arn: revision("r2"), ..RevisionLoad::default() });
        let live = live.showing("r2", shown_of(&with_image("shop/web:2")));
        let seen = Story::rolling_out_two().sees(live).pass();
        assert_eq!(seen.report.status.serving_revision, Some(revision(serving)));
    }
}

#[test]
fn failed_tasks_are_shown_when_there_are_any() {
    for (failures, shown) in [(0, None), (1, Some((1, 3)))] {
        let mut live = live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);
        live.in_flight.as_mut().unwrap().circuit_breaker =
            Some(CircuitBreaker { triggered: false, failures, threshold: 3 });
        let deployment = Story::rolling_out_two().sees(live).pass().report.status.deployment.unwrap();
        assert_eq!(deployment.failed_tasks.zip(deployment.failed_tasks_limit), shown);
    }
}
