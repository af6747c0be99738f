//! Stories of a live service: an update on a difference and only then, and one canary per edit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::Reason;
use crate::api::spec::{CpuArchitecture, EnvironmentValue, EnvironmentVariable, NetworkConfiguration};
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_spec, live_service, revision, shown_of, with_image};
use crate::core::observed::Live;
use crate::core::plan::{Requeue, Verdict};
use crate::core::rollout::DeploymentState::{
    InProgress, Pending, RollbackInProgress, RollbackSuccessful, Stopped, Successful,
};
use crate::core::rollout::Stage;
use crate::core::step::Step;
use crate::core::story::{Aws, Story};

fn one() -> Live {
    live_service().serving("r1", &a_spec())
}

fn two() -> Live {
    live_service().serving("r2", &with_image("shop/web:2")).ended("d2", "r2", Successful)
}

#[test]
fn what_is_as_the_spec_wants_it_is_left_alone() {
    let mut story = Story::settled(a_spec());

    for _ in 0..3 {
        let seen = story.sees(one().glanced()).pass();
        assert_eq!((seen.step(), seen.plan().requeue), (&Step::Nothing, Requeue::Settled));
    }
    assert_eq!(story.sees(one()).pass().step(), &Step::Nothing);
}

#[test]
fn a_rollout_that_failed_in_the_middle_of_a_reading_is_not_called_ready() {
    for state in [RollbackSuccessful, Stopped] {
        let mut story = Story::rolling_out_two();
        // The glance showed it in flight, so that no configuration was read.
        let torn = Live { configurations: None, ..one().ended("d2", "r2", state.clone()) };

        assert_eq!(story.sees(torn).pass().ready().0, "False");
        let pass = story.sees(one().ended("d2", "r2", state)).pass();
        assert!(matches!(pass.verdict(), Verdict::Held(_)), "{:?}", pass.verdict());
    }
}

#[test]
fn a_rollout_of_another_image_is_not_followed_as_what_was_written_down_and_never_sent() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    assert!(matches!(story.dies_in_the_write().step, Step::Update(_)));

    let theirs = live_service().serving("r1", &a_spec()).in_flight("d9", "r9", InProgress);
    let shown = theirs.showing("r9", shown_of(&with_image("shop/web:9")));
    assert_eq!(story.sees(shown.clone()).pass().verdict(), &Verdict::Submitted, "ours may still show");
    assert_eq!(story.later(61).sees(shown).pass().verdict(), &Verdict::RollingOutOther);
    let ended = live_service().serving("r9", &with_image("shop/web:9")).ended("d9", "r9", Successful);
    let pass = story.later(120).sees(ended).pass();
    assert!(matches!(pass.step(), Step::Update(_)), "{:?}", pass.verdict());
}

#[test]
fn a_reading_that_the_end_of_a_rollout_has_torn_is_made_again() {
    let mut story = Story::rolling_out_two();

    let torn = story.sees(Live { revisions: one().revisions, ..two() }).pass();
    assert_eq!((torn.step(), torn.ready().1), (&Step::Wait, Reason::RollingOut));

    let whole = story.sees(two()).pass();
    assert_eq!(whole.ready(), ("True".to_owned(), Reason::Available));
    assert_eq!(whole.report.status.effective.unwrap().image.as_deref(), Some("shop/web:2"));
}

#[test]
fn an_edit_is_sent_once_and_followed_to_its_end() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));

    let sent = story.pass();
    assert_eq!(sent.updated().container.as_ref().unwrap().image, "shop/web:2");
    let paths = vec!["spec.primaryContainer.image".to_owned()];
    assert_eq!(sent.verdict(), &Verdict::Updating { paths, repeats: 0 });

    let seen = [
        story.sees(one()).pass(),
        story.sees(one().just_begun("d2")).pass(),
        story.sees(one().in_flight("d2", "r2", Pending)).pass(),
        story.sees(one().in_flight("d2", "r2", InProgress)).pass(),
        story.sees(one().showing("r2", shown_of(&with_image("shop/web:2"))).in_flight("d2", "r2", InProgress)).pass(),
        story.sees(two()).pass(),
        story.sees(two().glanced()).pass(),
    ];

    assert!(seen.iter().all(|pass| pass.wrote().is_none()));
    assert_eq!(seen[3].verdict(), &Verdict::RollingOut);
    assert_eq!(seen[6].verdict(), &Verdict::Settled);
    assert_eq!(seen[6].report.status.latest_revision, Some(revision("r2")));
}

#[test]
fn the_order_of_lists_makes_no_difference() {
    let variable = |name: &str| EnvironmentVariable { name: name.into(), value: EnvironmentValue(name.into()) };
    let mut spec = a_spec();
    spec.primary_container.as_mut().unwrap().environment = vec![variable("B"), variable("A")];
    spec.network_configuration =
        Some(NetworkConfiguration { security_groups: vec!["sg-b".into(), "sg-a".into()], subnets: vec![] });
    let mut story = Story::settled(spec);

    story.edit(|spec| {
        spec.primary_container.as_mut().unwrap().environment.reverse();
        spec.network_configuration.as_mut().unwrap().security_groups.reverse();
    });

    assert_eq!(story.pass().step(), &Step::Nothing);
}

#[test]
fn what_was_sent_and_never_shows_is_sent_again_after_the_grace() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();

    assert_eq!(story.later(59).pass().verdict(), &Verdict::Submitted);
    assert!(matches!(story.later(1).pass().step(), Step::Update(_)));
}

#[test]
fn a_newer_edit_overtakes_the_rollout_in_flight() {
    let mut story = Story::rolling_out_two();
    story.edit(|spec| *spec = with_image("shop/web:3"));

    let sent = story.pass();
    assert_eq!(sent.updated().container.as_ref().unwrap().image, "shop/web:3");

    let stale = story.sees(one().in_flight("d2", "r2", InProgress)).pass();
    assert_eq!((stale.verdict(), stale.wrote()), (&Verdict::Submitted, None));
    let followed = story.sees(one().in_flight("d3", "r3", InProgress)).pass();
    assert_eq!(followed.verdict(), &Verdict::RollingOut);
}

#[test]
fn a_revision_of_ours_that_runs_but_whose_configuration_is_shown_late_is_not_sent_again() {
    let mut story = Story::rolling_out_two();
    let mut late = one().ended("d2", "r2", Successful);
    late.revisions[0].arn = revision("r2");

    let seen = story.later(600).sees(late).pass();

    assert_eq!((seen.verdict(), seen.wrote()), (&Verdict::Submitted, None));
    assert_eq!(story.sees(two()).pass().verdict(), &Verdict::Settled);
}

#[test]
fn a_deployment_that_ecs_for_once_cannot_describe_is_still_ours() {
    let mut story = Story::rolling_out_two();
    let before = story.status.deployment.clone();

    let seen = story.later(60).sees(one().just_begun("d2")).pass();

    assert_eq!((seen.verdict(), &seen.report.status.deployment), (&Verdict::RollingOut, &before));
}

#[test]
fn an_edit_that_is_reverted_in_flight_goes_back_to_what_was() {
    let mut story = Story::rolling_out_two();
    story.edit(|spec| *spec = a_spec());

    let sent = story.pass();
    assert_eq!(sent.updated().container.as_ref().unwrap().image, "shop/web:1");

    let live = live_service().serving("r3", &a_spec()).ended("d3", "r3", Successful);
    assert_eq!(story.sees(live).pass().verdict(), &Verdict::Settled);
}

#[test]
fn a_rollout_on_its_way_back_is_let_end_before_a_newer_edit_is_sent() {
    let mut story = Story::rolling_out_two();
    story.edit(|spec| *spec = with_image("shop/web:3"));

    let waits = story.sees(one().in_flight("d2", "r2", RollbackInProgress)).pass();

    assert_eq!((waits.verdict(), waits.wrote()), (&Verdict::RollingOutOther, None));
    let sent = story.sees(crate::core::fixtures::rolled_back()).pass();
    assert!(matches!(sent.step(), Step::Update(_)));
}

#[test]
fn an_update_that_was_sent_before_a_crash_is_followed_not_repeated() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));

    let pending = story.sees(one().in_flight("d2", "r2", Pending)).pass();
    let shown = one().showing("r2", shown_of(&with_image("shop/web:2"))).in_flight("d2", "r2", InProgress);
    let shown = story.sees(shown).pass();
    let ended = story.sees(two()).pass();

    assert_eq!((pending.verdict(), pending.wrote()), (&Verdict::RollingOutOther, None));
    assert_eq!((shown.verdict(), shown.wrote()), (&Verdict::RollingOut, None));
    assert_eq!((ended.verdict(), ended.wrote()), (&Verdict::Settled, None));
}

#[test]
fn a_status_that_was_lost_during_a_rollout_is_made_anew_without_a_write() {
    let mut story = Story::rolling_out_two();
    let shown = one().showing("r2", shown_of(&with_image("shop/web:2"))).in_flight("d2", "r2", InProgress);

    let seen = story.loses_its_status().sees(shown).pass();

    assert_eq!((seen.verdict(), seen.wrote()), (&Verdict::RollingOut, None));
    assert_eq!(seen.report.status.submitted.unwrap().revision, Some(revision("r2")));
}

#[test]
fn drift_is_corrected_by_one_update() {
    let mut story = Story::settled(a_spec());
    let drifted = live_service().serving("r8", &with_image("somebody/else:1")).ended("d8", "r8", Successful);

    let corrected = story.sees(drifted).pass();
    assert_eq!(corrected.updated().container.as_ref().unwrap().image, "shop/web:1");

    let live = live_service().serving("r2", &a_spec()).ended("d2", "r2", Successful);
    assert_eq!(story.sees(live.clone()).pass().verdict(), &Verdict::Settled);
    assert_eq!(story.sees(live.glanced()).pass().step(), &Step::Nothing);
}

#[test]
fn somebody_elses_rollout_is_let_end_and_then_corrected() {
    let mut story = Story::settled(a_spec());
    let other = shown_of(&with_image("somebody/else:1"));

    let in_flight = story.sees(one().showing("r8", other).in_flight("d8", "r8", InProgress)).pass();
    assert_eq!((in_flight.verdict(), in_flight.wrote()), (&Verdict::RollingOutOther, None));

    let ended = live_service().serving("r8", &with_image("somebody/else:1")).ended("d8", "r8", Successful);
    assert!(matches!(story.sees(ended).pass().step(), Step::Update(_)));
}

#[test]
fn what_does_not_read_back_is_sent_once_more_and_then_never_again() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| spec.health_check_path = Some("/health".into()));
    let ignored = |id: &str| live_service().serving(id, &a_spec()).ended(&id.replace('r', "d"), id, Successful);
    assert!(matches!(story.pass().verdict(), Verdict::Updating { repeats: 0, .. }));

    assert!(matches!(story.sees(ignored("r2")).pass().verdict(), Verdict::Updating { repeats: 1, .. }));
    let stopped = story.sees(ignored("r3")).pass();

    assert_eq!(stopped.verdict(), &Verdict::NotConverging(vec!["spec.healthCheckPath".into()]));
    assert_eq!(stopped.ready().1, Reason::NotConverging);
    for _ in 0..5 {
        assert_eq!(story.later(3600).pass().wrote(), None);
    }
    story.edit(|spec| spec.health_check_path = None);
    assert!(story.pass().wrote().is_none(), "the field that did not converge is taken out");
}

#[test]
fn an_architecture_that_ecs_overrides_for_the_image_is_no_difference() {
    let mut spec = a_spec();
    spec.cpu_architecture = Some(CpuArchitecture::Arm64);
    let mut story = Story::new(spec.clone());
    story.pass();
    story.sees(live_service().in_flight("d1", "r1", InProgress)).pass();
    let mut overridden = shown_of(&spec);
    overridden.cpu_architecture = Some(CpuArchitecture::X86_64);
    let live = live_service().serving("r1", &spec).ended("d1", "r1", Successful);
    let live = Live { configurations: None, ..live }.showing("r1", overridden);

    assert_eq!(story.sees(live.clone()).pass().verdict(), &Verdict::Settled);
    assert_eq!(story.sees(live).pass().step(), &Step::Nothing);
}

#[test]
fn a_failed_write_waits_for_its_time_but_what_is_seen_goes_on_being_told() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    story.aws = Aws::RefusesWrites(FailureClass::InvalidParameter);
    assert!(story.pass().wrote().is_some());

    let mut busier = one();
    busier.revisions[0].running = 7;
    let waits = story.sees(busier).pass();

    assert_eq!((waits.verdict(), waits.wrote()), (&Verdict::BackingOff, None));
    assert_eq!(waits.ready(), ("False".to_owned(), Reason::InvalidSpec));
    assert_eq!(waits.report.status.revisions[0].running, 7);
    assert!(story.later(300).pass().wrote().is_some());
}

#[test]
fn an_edit_does_not_wait_for_the_backoff_of_the_spec_before() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    story.aws = Aws::RefusesWrites(FailureClass::InvalidParameter);
    story.pass();
    story.pass();

    story.edit(|spec| *spec = with_image("shop/web:3"));
    let sent = story.pass();

    assert!(sent.wrote().is_some());
    assert_eq!(sent.report.status.retry.unwrap().failures, 1);
}

#[test]
fn a_failed_reading_holds_back_no_write_once_ecs_can_be_read_again() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2"));
    story.aws = Aws::CannotBeRead(FailureClass::InvalidParameter);
    story.pass();

    story.aws = Aws::Answers;

    assert!(matches!(story.later(1).pass().step(), Step::Update(_)));
}

#[test]
fn a_stage_that_takes_minutes_is_looked_at_less_often_and_a_way_back_is_not() {
    let mut story = Story::rolling_out_two();
    let in_flight = |state| one().in_flight("d2", "r2", state);

    story.sees(in_flight(InProgress).at_stage(Stage::BakeTime, 100));
    assert_eq!(story.pass().plan.unwrap().requeue, Requeue::Stage);

    story.sees(in_flight(InProgress).at_stage(Stage::PostScaleUp, 0));
    assert_eq!(story.pass().plan.unwrap().requeue, Requeue::Rollout);

    story.sees(in_flight(RollbackInProgress).at_stage(Stage::BakeTime, 100));
    assert_eq!(story.pass().plan.unwrap().requeue, Requeue::Rollout);
}

#[test]
fn an_edit_right_after_an_edit_waits_until_ecs_describes_the_deployment_and_overtakes_it() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).pass();
    story.edit(|spec| *spec = with_image("shop/web:3"));

    let waits = story.sees(one().just_begun("d2")).pass();
    assert_eq!(waits.wrote(), None);
    assert!(waits.message().contains("as soon as ECS describes it"), "{}", waits.message());

    let sent = story.sees(one().in_flight("d2", "r2", Pending)).pass();
    assert_eq!(sent.updated().container.as_ref().unwrap().image, "shop/web:3");
}
