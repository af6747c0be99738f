//! What is made of what ECS shows: what serves, what was seen of a submission, what belongs together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::Case;
use crate::api::conditions::{ConditionType, Reason};
use crate::api::drift::LastLive;
use crate::api::spec::CpuArchitecture;
use crate::api::status::{DeploymentStatus, Submission};
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_spec, at, deployment_arn, live_service, revision, rolled_back, shown_of, with_image};
use crate::core::memory::Memory;
use crate::core::observed::Live;
use crate::core::plan::{Plan, Requeue, Verdict};
use crate::core::rollout::Deployment;
use crate::core::rollout::DeploymentState::{InProgress, RollbackSuccessful, Successful};
use crate::core::situations_wedge::refused;
use crate::core::step::Step;
use crate::core::story::{Aws, Pass, Story};

fn one() -> Live {
    live_service().serving("r1", &a_spec())
}

fn synced(pass: &Pass) -> (Reason, String) {
    let (_, reason, message) = pass.says(ConditionType::Synced).unwrap();
    (reason, message)
}

/// `shop/web:2` was sent, and its answer was lost.
fn lost_answer() -> Story {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).aws = Aws::RefusesWrites(FailureClass::Unavailable);
    story.pass();
    story.aws = Aws::Answers;
    story
}

/// The submission of `r2` a moment ago; ECS's answers are eventually consistent, each by itself.
#[test]
fn what_was_sent_has_shown_once_anything_shows_it() {
    let desired = Story::new(a_spec()).desired();
    let intent = desired.intent.as_ref().unwrap();
    let sent = Submission { at: Some(Time(at(0))), revision: Some(revision("r2")), ..Submission::default() };
    let memory = || Memory { submitted: Some(sent.clone()), ..Memory::default() };
    let is_unseen =
        |memory: &Memory, live: &Live| Case { desired: &desired, intent, live, memory, now: at(1) }.is_unseen();
    let two = Some(revision("r2"));
    let rolled_out = DeploymentStatus { target_revision: two.clone(), ..DeploymentStatus::default() };
    assert!(is_unseen(&memory(), &one()));
    assert!(!is_unseen(&Memory { deployment: Some(rolled_out), ..memory() }, &one()));
    let last_live = Some(LastLive { revision: two, ..LastLive::default() });
    assert!(!is_unseen(&Memory { last_live, ..memory() }, &one()));
    let with_tasks = Live { revisions: live_service().serving("r2", &a_spec()).revisions, ..one() };
    assert!(!is_unseen(&memory(), &with_tasks));
    assert!(!is_unseen(&memory(), &one().showing("r2", shown_of(&a_spec()))));
}

/// ECS's answers are eventually consistent: a later one may be of before an earlier one. (Found by the state space: a torn reading,
/// then an old one, and the same spec was sent once more.)
#[test]
fn a_reading_that_is_older_than_the_one_before_starts_no_second_canary() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    story.pass().updated();
    let began = Some(story.now);
    let mut torn = one().in_flight("d2", "r2", InProgress);
    (torn.configurations, torn.revisions) = (Some(vec![]), vec![]);
    torn.in_flight = torn.in_flight.map(|d2| Deployment { created_at: began, started_at: began, ..d2 });
    story.sees(torn).later(1).pass();

    let pass = story.sees(one().ended("d1", "r1", Successful)).later(1).pass();

    assert_eq!((pass.wrote(), pass.verdict()), (None, &Verdict::Submitted));
}

#[test]
fn a_deployment_from_before_is_not_taken_for_what_was_sent_since() {
    let mut story = Story::rolling_out_two();
    story.edit(|spec| *spec = with_image("shop/web:3")).aws = Aws::RefusesWrites(FailureClass::Unavailable);
    story.pass();
    story.aws = Aws::Answers;
    assert_eq!(story.sees(one().in_flight("d2", "r2", InProgress)).pass().verdict(), &Verdict::Submitted);
    assert_eq!(story.status.submitted.as_ref().unwrap().revision, None);
    assert_eq!(story.status.deployment.as_ref().unwrap().arn, deployment_arn("d2"));
}

/// What ECS shows may not be what it was given, and the image says whose it is.
#[test]
fn a_deployment_of_this_image_is_followed_though_it_reads_back_differently() {
    let mut story = lost_answer();
    story.spec.as_mut().unwrap().cpu = Some("512".to_owned());
    story.status.submitted.as_mut().unwrap().spec_hash = story.hash();
    let shown = one().showing("r2", shown_of(&with_image("shop/web:2"))).in_flight("d2", "r2", InProgress);
    assert_eq!(story.sees(shown).pass().verdict(), &Verdict::RollingOut);
}

#[test]
fn a_lone_revision_with_tasks_serves_whatever_else_is_shown() {
    let mut story = Story::settled(a_spec());
    let live = one().showing("r2", shown_of(&with_image("theirs:2")));
    assert_eq!(story.sees(live).pass().verdict(), &Verdict::Settled);
}

#[test]
fn a_reading_without_the_configuration_of_what_was_sent_is_not_whole() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();
    let without = |id: &str| Live {
        configurations: Some(Vec::new()),
        ..live_service().serving(id, &with_image("shop/web:2")).ended("d2", id, Successful)
    };
    assert_eq!(story.clone().sees(without("r2")).pass().verdict(), &Verdict::Submitted);
    assert_eq!(story.sees(without("r8")).pass().verdict(), &Verdict::Creating, "nobody knows what that is");
}

#[test]
fn what_is_held_and_has_not_moved_is_held_and_says_what_differs() {
    let mut story = Story::held();
    let differs = (Reason::OutOfSync, "live values differ from the spec: spec.primaryContainer.image".to_owned());
    assert_eq!(synced(&story.pass()), differs);
    let unmoved = story.sees(rolled_back().glanced()).pass();
    assert!(matches!(unmoved.verdict(), Verdict::Held(_)), "{:?}", unmoved.verdict());

    let mut settled = Story::settled(a_spec());
    let ended = Live { last_ended: rolled_back().last_ended, ..one().glanced() };
    assert_eq!(settled.sees(ended).pass().verdict(), &Verdict::Settled, "another's rollout that came and went");
}

#[test]
fn what_never_began_is_sent_anew_and_what_does_not_read_back_once_more() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| spec.health_check_path = Some("/health".into())).pass();
    let repeats = |pass: &Pass| match pass.verdict() {
        Verdict::Updating { repeats, .. } => *repeats,
        other => panic!("{other:?}"),
    };
    assert_eq!(repeats(&story.later(600).sees(one()).pass()), 0);
    let ignored = |id: &str| live_service().serving(id, &a_spec()).ended(&id.replace('r', "d"), id, Successful);
    assert_eq!(repeats(&story.sees(ignored("r3")).pass()), 1);
    let left = story.sees(ignored("r4")).pass();
    assert_eq!(synced(&left).1, "live values differ from the spec: spec.healthCheckPath");
}

/// Only an architecture that ECS was seen to have chosen is not asked for again.
#[test]
fn an_architecture_that_is_not_shown_is_a_difference() {
    let mut spec = a_spec();
    spec.cpu_architecture = Some(CpuArchitecture::Arm64);
    let mut shown = shown_of(&spec);
    shown.cpu_architecture = None;
    let live = live_service().serving("r8", &spec).ended("d8", "r8", Successful);
    let live = Live { configurations: None, ..live }.showing("r8", shown);
    let seen = Story::settled(spec).sees(live).pass();
    assert_eq!(seen.report.status.drift.unwrap().changes[0].path, "spec.cpuArchitecture");
}

/// The glance tells nothing of a deployment that was followed to its end: the status remembers how it ended.
#[test]
fn a_revision_that_is_remembered_to_have_failed_does_not_serve() {
    let desired = Story::new(a_spec()).desired();
    let intent = desired.intent.as_ref().unwrap();
    let live = Live { revisions: Vec::new(), ..one() }.showing("r2", shown_of(&with_image("theirs:2")));
    for (status, serving) in [("ROLLBACK_SUCCESSFUL", "r1"), ("SUCCESSFUL", "r2")] {
        let ended = DeploymentStatus {
            status: status.to_owned(),
            target_revision: Some(revision("r2")),
            ..DeploymentStatus::default()
        };
        let memory = Memory { deployment: Some(ended), ..Memory::default() };
        let case = Case { desired: &desired, intent, live: &live, memory: &memory, now: at(1) };
        assert_eq!(case.serving().unwrap().revision, revision(serving), "{status}");
    }
}

#[test]
fn a_revision_that_was_gone_back_from_does_not_serve() {
    for (state, verdict_is_settled) in [(RollbackSuccessful, true), (Successful, false)] {
        let mut live = one().showing("r2", shown_of(&with_image("theirs:2"))).ended("d2", "r2", state);
        live.revisions.push(live_service().serving("r2", &a_spec()).revisions.remove(0));
        let seen = Story::settled(a_spec()).sees(live).pass();
        assert_eq!(seen.verdict() == &Verdict::Settled, verdict_is_settled, "{:?}", seen.verdict());
    }
}

/// ECS shows a rollout late. An edit that is taken back before that finds its own values in what serves.
#[test]
fn an_edit_that_is_taken_back_before_ecs_shows_it_waits_for_it_and_overtakes_it() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();
    let serving = live_service().serving("r1", &a_spec());
    let pass = story.edit(|spec| *spec = a_spec()).sees(serving.clone()).later(12).pass();
    assert_eq!((pass.verdict(), pass.wrote()), (&Verdict::Submitted, None));
    assert_ne!(pass.ready().0, "True", "{}", pass.message());

    let rolls_out = serving.showing("r2", shown_of(&with_image("shop/web:2"))).in_flight("d2", "r2", InProgress);
    let pass = story.sees(rolls_out).pass();
    assert!(matches!(pass.step(), Step::Update(_)), "{:?}", pass.verdict());
    assert_eq!(story.status.drift, None, "nobody else has changed anything");
}

#[test]
fn an_edit_that_is_taken_back_and_never_arrived_is_not_waited_for_for_ever() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).dies_in_the_write();
    story.edit(|spec| *spec = a_spec()).sees(live_service().serving("r1", &a_spec()));
    assert_eq!(story.pass().verdict(), &Verdict::Submitted);
    let pass = story.later(120).pass();
    assert_eq!((pass.verdict(), pass.ready().0.as_str()), (&Verdict::Settled, "True"));
}

/// `shop/web:2` is being rolled out; an edit has no answer, and nobody can say whether it has arrived.
fn two_in_flight_and_an_edit_without_an_answer() -> (Story, Live) {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();
    let flies = one().showing("r2", shown_of(&with_image("shop/web:2"))).in_flight("d2", "r2", InProgress);
    story.edit(|spec| *spec = a_spec()).sees(flies.clone()).later(12).aws =
        Aws::RefusesWrites(FailureClass::Unavailable);
    assert!(matches!(story.pass().step(), Step::Update(_)));
    story.aws = Aws::Answers;
    (story, flies)
}

#[test]
fn an_edit_that_never_arrived_is_sent_again_over_the_rollout_that_it_was_to_overtake() {
    let (mut story, flies) = two_in_flight_and_an_edit_without_an_answer();
    assert_eq!(story.later(12).sees(flies.clone()).pass().verdict(), &Verdict::Submitted);
    let pass = story.later(60).sees(flies).pass();
    assert!(matches!(pass.step(), Step::Update(_)), "{:?}", pass.verdict());
    assert_eq!(story.status.drift, None, "nobody else has changed anything");
}

/// ECS has not described it when the edit was sent.
#[test]
fn a_rollout_from_before_an_edit_without_an_answer_is_not_taken_for_the_edits_own() {
    let (mut story, flies) = two_in_flight_and_an_edit_without_an_answer();
    story.status.deployment = None;
    assert_eq!(story.later(12).sees(flies).pass().verdict(), &Verdict::Submitted);
    let failed = one().ended("d2", "r2", RollbackSuccessful);
    let pass = story.sees(failed).pass();
    assert_ne!(pass.ready().1, Reason::RolledBack, "{}", pass.message());
}

/// An answer was lost; one of both memories alone tells that what is in flight is older.
#[test]
fn what_was_seen_or_sent_before_is_not_followed_as_what_was_sent_last() {
    let desired = Story::new(a_spec()).desired();
    let spec_hash = desired.intent.as_ref().unwrap().spec_hash.clone();
    let sent = Submission { at: Some(Time(at(0))), spec_hash, ..Submission::default() };
    let memory = || Memory { submitted: Some(sent.clone()), ..Memory::default() };
    let (arn, two) = (deployment_arn("d2"), Some(revision("r2")));
    let seen = DeploymentStatus { arn, target_revision: two.clone(), ..DeploymentStatus::default() };
    let live = one().in_flight("d2", "r2", InProgress);
    for (memory, verdict) in [
        (memory(), Verdict::RollingOut),
        (Memory { deployment: Some(seen), ..memory() }, Verdict::Submitted),
        (Memory { latest_revision: two, ..memory() }, Verdict::Submitted),
    ] {
        assert_eq!(
            crate::core::plan_live::plan(&desired, desired.intent.as_ref().unwrap(), &live, &memory, at(1)).verdict,
            verdict
        );
    }
}

#[test]
fn a_first_deployment_that_was_not_described_began_when_it_was_seen_to() {
    let desired = Story::new(a_spec()).desired();
    let intent = desired.intent.as_ref().unwrap();
    let mut live = live_service().just_begun("d1").managing(refused());
    let deployment = live.in_flight.as_mut().unwrap();
    (deployment.started_at, deployment.created_at) = (None, None);
    let is_wedged = |id: &str| {
        let (arn, started_at) = (deployment_arn(id), Some(Time(at(0))));
        let deployment = Some(DeploymentStatus { arn, started_at, ..DeploymentStatus::default() });
        let memory = Memory { deployment, ..Memory::default() };
        let case = Case { desired: &desired, intent, live: &live, memory: &memory, now: at(900) };
        let followed = Plan::new(Step::Wait, Verdict::RollingOut, Requeue::Rollout);
        case.unless_wedged(live.in_flight.as_ref().unwrap(), followed).wedge.is_some()
    };
    assert!(is_wedged("d1") && !is_wedged("d0"));
}
