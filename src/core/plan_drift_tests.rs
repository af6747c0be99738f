//! Stories of changes that others make: undone once, shown, or left because they keep coming back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::{ConditionType, Reason};
use crate::api::drift::DriftHandling;
use crate::api::names;
use crate::api::spec::{CpuArchitecture, EnvironmentValue};
use crate::core::events::EventReason;
use crate::core::fixtures::{MARKER, a_spec, live_service, owner, revision, shown_of, tag, with_image};
use crate::core::memory::Memory;
use crate::core::observed::{Live, Tags};
use crate::core::plan::Verdict;
use crate::core::rollout::DeploymentState::{InProgress, RollbackSuccessful, Successful};
use crate::core::situations_drift::{contested, corrected, report, theirs, theirs_as, theirs_in_flight};
use crate::core::situations_held_back::{approval_required, observe_only, settled_then, suspended};
use crate::core::step::{Step, TagChange};
use crate::core::story::{Pass, Story};

const IMAGE: &str = "spec.primaryContainer.image";

fn one() -> Live {
    live_service().serving("r1", &a_spec())
}

fn handling(pass: &Pass) -> Option<DriftHandling> {
    pass.report.status.drift.as_ref().map(|drift| drift.handling)
}

fn note(pass: &Pass, reason: EventReason) -> String {
    let found = pass.report.events.iter().find(|note| note.reason == reason);
    found.unwrap_or_else(|| panic!("no {reason} in {:?}", pass.report.events)).text.clone()
}

#[test]
fn a_change_is_told_with_both_values_undone_by_one_update_and_forgotten() {
    let mut story = Story::settled(a_spec());

    let seen = story.sees(theirs()).pass();
    assert_eq!(seen.updated().container.as_ref().unwrap().image, "shop/web:1");
    assert_eq!(seen.events(), [EventReason::DriftDetected, EventReason::DriftCorrected]);
    assert!(
        note(&seen, EventReason::DriftDetected)
            .contains("spec.primaryContainer.image is theirs:1 instead of shop/web:1")
    );
    assert!(note(&seen, EventReason::DriftCorrected).contains(IMAGE));
    assert!(seen.message().contains("somebody changed spec.primaryContainer.image"), "{}", seen.message());
    let shown = seen.report.status.drift.unwrap();
    assert_eq!((shown.changes.len(), shown.handling), (1, DriftHandling::Correcting));
    assert_eq!(
        (shown.changes[0].wanted.as_deref(), shown.changes[0].live.as_deref()),
        (Some("shop/web:1"), Some("theirs:1"))
    );

    let in_flight = theirs().in_flight("d2", "r2", InProgress);
    let followed = story.sees(in_flight).pass();
    assert_eq!((followed.verdict(), handling(&followed)), (&Verdict::RollingOut, Some(DriftHandling::Correcting)));

    let live = corrected(&story);
    let settled = story.sees(live.clone()).pass();
    assert_eq!((settled.verdict(), handling(&settled)), (&Verdict::Settled, None));
    assert_eq!(story.sees(live.glanced()).pass().step(), &Step::Nothing);
}

#[test]
fn somebody_elses_rollout_is_shown_with_what_it_changes_let_end_and_then_undone() {
    let mut story = Story::settled(a_spec());

    let seen = story.sees(theirs_in_flight()).pass();
    assert_eq!(
        (seen.verdict(), seen.wrote(), handling(&seen)),
        (&Verdict::RollingOutOther, None, Some(DriftHandling::Pending))
    );
    assert_eq!(seen.says(ConditionType::Synced).unwrap().1, Reason::DriftDetected);
    assert!(seen.message().contains("It is let end, and then undone"), "{}", seen.message());
    assert_eq!(seen.events(), [EventReason::DriftDetected]);
    let since = seen.report.status.drift.unwrap().since;

    let undone = story.sees(theirs()).pass();
    assert!(matches!(undone.step(), Step::Update(_)));
    assert!(
        undone.events().contains(&EventReason::DriftCorrected)
            && !undone.events().contains(&EventReason::DriftDetected)
    );
    assert_eq!(undone.report.status.drift.unwrap().since, since);
}

#[test]
fn a_foreign_rollout_that_ecs_rolls_back_is_over_without_a_write() {
    let mut story = Story::settled(a_spec());
    story.sees(theirs_in_flight()).pass();

    let seen = story.sees(one().ended("d8", "r8", RollbackSuccessful)).pass();

    assert_eq!((seen.verdict(), seen.wrote(), handling(&seen)), (&Verdict::Settled, None, None));
}

#[test]
fn a_policy_to_report_shows_it_and_writes_nothing() {
    let mut story = settled_then(report());
    story.pass();

    let seen = story.sees(theirs()).pass();
    assert_eq!(
        (seen.verdict(), seen.wrote(), handling(&seen)),
        (&Verdict::Drifted, None, Some(DriftHandling::Reported))
    );
    assert_eq!(seen.ready(), ("False".to_owned(), Reason::DriftDetected));
    assert_eq!(seen.says(ConditionType::Synced).unwrap().1, Reason::DriftDetected);
    assert_eq!((seen.says(ConditionType::Stalled), seen.says(ConditionType::Reconciling)), (None, None));
    let still = story.sees(theirs()).pass();
    assert_eq!((still.report.status, still.report.events), (seen.report.status, vec![]));

    story.manage(|management| management.drift = None);
    assert!(matches!(story.sees(theirs()).pass().step(), Step::Update(_)), "the policy says otherwise now");
}

#[test]
fn what_was_reported_and_is_written_into_the_spec_settles_without_a_rollout() {
    let mut story = settled_then(report());
    story.sees(theirs()).pass();
    story.edit(|spec| spec.primary_container = with_image("theirs:1").primary_container);

    let seen = story.pass();

    assert_eq!((seen.verdict(), seen.wrote(), handling(&seen)), (&Verdict::Settled, None, None));
}

#[test]
fn an_edit_is_sent_though_the_policy_is_to_report() {
    let mut story = settled_then(report());
    story.sees(theirs()).pass();
    story.edit(|spec| spec.primary_container = with_image("shop/web:2").primary_container);

    let sent = story.pass();

    assert_eq!(sent.updated().container.as_ref().unwrap().image, "shop/web:2");
    assert_eq!((handling(&sent), sent.events().contains(&EventReason::UpdateSubmitted)), (None, true));
}

#[test]
fn what_comes_back_a_third_time_within_a_day_is_left_until_a_person_asks() {
    let mut story = contested();

    let held = story.pass();
    assert_eq!((held.wrote(), held.ready()), (None, ("False".to_owned(), Reason::DriftDetected)));
    assert_eq!(held.says(ConditionType::Stalled).unwrap().1, Reason::DriftDetected);
    assert_eq!(handling(&held), Some(DriftHandling::Contested));
    assert!(held.events().contains(&EventReason::DriftContested));
    for _ in 0..3 {
        assert_eq!(story.later(3600).pass().wrote(), None);
    }

    let mut asked = contested();
    asked.pass();
    asked.token = Some("once more".into());
    assert!(matches!(asked.sees(theirs_as("r83", "theirs:1")).pass().step(), Step::Update(_)));
    let live = corrected(&asked);
    assert_eq!(asked.sees(live).pass().verdict(), &Verdict::Settled);
    assert_eq!(asked.sees(theirs_as("r84", "theirs:1")).pass().verdict(), &Verdict::Drifted, "asked for once");
}

#[test]
fn another_field_or_another_day_is_another_matter() {
    let mut other = contested();
    let mut spec = a_spec();
    spec.health_check_path = Some("/theirs".into());
    let live = live_service().serving("r83", &spec).ended("d83", "r83", Successful);
    other.edit(|spec| spec.health_check_path = Some("/".into()));
    let ended = corrected(&other);
    other.sees(ended).pass();
    assert!(matches!(other.sees(live).pass().step(), Step::Update(_)));

    let mut later = contested();
    assert!(matches!(later.later(25 * 3600).pass().step(), Step::Update(_)));
}

#[test]
fn a_rollout_of_ours_that_somebody_overtakes_is_drift_too() {
    let mut story = Story::rolling_out_two();

    let seen = story.sees(theirs()).pass();

    assert_eq!(seen.updated().container.as_ref().unwrap().image, "shop/web:2");
    assert_eq!(handling(&seen), Some(DriftHandling::Correcting));
}

#[test]
fn a_change_that_an_update_does_not_undo_is_shown_until_it_is_undone() {
    let mut story = Story::settled(a_spec());
    story.sees(theirs()).pass();
    let still_theirs = |id: &str| theirs_as(id, "theirs:1");

    let repeated = story.sees(still_theirs("r2")).pass();

    assert!(matches!(repeated.verdict(), Verdict::Updating { repeats: 1, .. }), "{:?}", repeated.verdict());
    assert_eq!(handling(&repeated), Some(DriftHandling::Correcting));
    assert_eq!(story.status.drift_corrections.len(), 1, "it is counted until it works");
    let held = story.sees(still_theirs("r3")).pass();
    assert!(matches!(held.verdict(), Verdict::NotConverging(_)), "{:?}", held.verdict());
    assert_eq!(handling(&held), Some(DriftHandling::Correcting));
}

#[test]
fn what_never_read_back_is_not_drift() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| spec.health_check_path = Some("/health".into())).pass();
    story.sees(one().in_flight("d2", "r2", InProgress)).pass();
    let ignored = |id: &str| live_service().serving(id, &a_spec()).ended(&id.replace('r', "d"), id, Successful);

    let repeated = story.sees(ignored("r2")).pass();
    assert!(matches!(repeated.verdict(), Verdict::Updating { repeats: 1, .. }), "{:?}", repeated.verdict());
    assert_eq!(handling(&repeated), None);
    assert!(matches!(story.sees(ignored("r3")).pass().verdict(), Verdict::NotConverging(_)));
}

#[test]
fn a_change_in_place_is_drift_and_stays_reported() {
    let mut story = settled_then(report());
    story.pass();
    let mut changed = shown_of(&a_spec());
    changed.container.as_mut().unwrap().image = "theirs:1".into();
    let live = Live { configurations: None, ..one().ended("d1", "r1", Successful) }.showing("r1", changed);

    for _ in 0..3 {
        let seen = story.sees(live.clone()).pass();
        assert_eq!((seen.wrote(), handling(&seen)), (None, Some(DriftHandling::Reported)));
    }
}

#[test]
fn drift_is_shown_and_not_undone_while_nothing_may_be_written() {
    for (policy, reason) in [
        (suspended(), Reason::Suspended),
        (observe_only(), Reason::ObserveOnly),
        (approval_required(), Reason::AwaitingApproval),
    ] {
        let mut story = settled_then(policy);
        story.pass();

        for _ in 0..2 {
            let seen = story.sees(theirs()).pass();
            assert_eq!((seen.wrote(), seen.ready().1, handling(&seen)), (None, reason, Some(DriftHandling::Pending)));
            assert_eq!(seen.report.status.plan.unwrap().changes.len(), 1);
        }
    }
}

#[test]
fn values_of_the_environment_are_redacted() {
    let mut story = settled_then(report());
    story.pass();
    let mut spec = a_spec();
    spec.primary_container.as_mut().unwrap().environment[0].value = EnvironmentValue(format!("{MARKER}-theirs"));

    let seen = story.sees(live_service().serving("r8", &spec).ended("d8", "r8", Successful)).pass();

    let change = seen.report.status.drift.clone().unwrap().changes.remove(0);
    assert_eq!(change.path, "spec.primaryContainer.environment[PASSWORD]");
    assert_eq!((change.wanted.as_deref(), change.live.as_deref()), (Some("<redacted>"), Some("<redacted>")));
    assert!(note(&seen, EventReason::DriftDetected).contains("[PASSWORD] has another value"));
    assert!(!format!("{seen:?}").contains(MARKER));
}

#[test]
fn the_architecture_that_ecs_chose_is_not_drift_in_a_revision_that_somebody_forced() {
    let mut spec = a_spec();
    spec.cpu_architecture = Some(CpuArchitecture::Arm64);
    let mut story = Story::new(spec.clone());
    story.pass();
    story.sees(live_service().in_flight("d1", "r1", InProgress)).pass();
    let on = |id: &str, architecture| {
        let mut shown = shown_of(&spec);
        shown.cpu_architecture = Some(architecture);
        let live = live_service().serving(id, &spec).ended(&id.replace('r', "d"), id, Successful);
        Live { configurations: None, ..live }.showing(id, shown)
    };
    assert_eq!(story.sees(on("r1", CpuArchitecture::X86_64)).pass().verdict(), &Verdict::Settled);

    assert_eq!(story.sees(on("r8", CpuArchitecture::X86_64)).pass().verdict(), &Verdict::Settled);

    let mut on_arm = Story::settled(spec.clone());
    let changed = on_arm.sees(on("r8", CpuArchitecture::X86_64)).pass();
    assert_eq!(changed.report.status.drift.unwrap().changes[0].path, "spec.cpuArchitecture");
}

/// An object that has the tag `team: shop` on its service, which was seen there.
fn tagged(policy: Option<crate::api::management::Management>) -> Story {
    let mut spec = a_spec();
    spec.tags = vec![tag("team", "shop")];
    spec.management = policy;
    let mut story = Story::settled(spec);
    let live = carrying(&story, &[("team", "shop"), ("cost", "42")]);
    story.sees(live).pass();
    story
}

fn carrying(story: &Story, pairs: &[(&str, &str)]) -> Live {
    let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    one().glanced().with_tags(story.owner.tags().into_iter().chain(pairs).collect())
}

#[test]
fn tags_that_somebody_changed_are_put_back_without_a_rollout_and_others_are_left() {
    let mut story = tagged(None);
    let live = carrying(&story, &[("team", "theirs"), ("cost", "43"), ("new", "1")]);

    let seen = story.sees(live.clone()).pass();
    assert_eq!(seen.retagged(), &TagChange::Set(Tags::from([("team".into(), "shop".into())])));
    assert_eq!(seen.events(), [EventReason::DriftDetected, EventReason::DriftCorrected]);
    assert_eq!(seen.ready().0, "True");
    assert_ne!(seen.says(ConditionType::Synced).unwrap().1, Reason::DriftDetected, "it is not left so");

    let late = story.sees(live).pass();
    assert_eq!((late.wrote(), late.events()), (None, vec![]), "tags read back late");
    let live = carrying(&story, &[("team", "shop"), ("cost", "43")]);
    let over = story.sees(live).pass();
    assert_eq!((over.step(), handling(&over)), (&Step::Nothing, None));
}

#[test]
fn tags_that_somebody_changed_are_only_shown_where_the_policy_is_to_report_for_one_call_a_look() {
    let mut story = tagged(Some(report()));
    let live = carrying(&story, &[("cost", "42")]);

    for _ in 0..2 {
        let seen = story.sees(live.clone()).pass();
        assert_eq!((seen.wrote(), handling(&seen)), (None, Some(DriftHandling::Reported)));
        assert_eq!(seen.ready(), ("True".to_owned(), Reason::Available), "what serves is none the worse for it");
        assert_eq!(seen.says(ConditionType::Synced).unwrap().1, Reason::DriftDetected);
        let known = Memory::of(&story.status).known(story.generation, false);
        assert_eq!(known.settled_revision, Some(revision("r1")), "a glance is enough");
    }
    story.edit(|spec| spec.tags = vec![tag("team", "checkout")]);
    assert_eq!(story.pass().retagged(), &TagChange::Set(Tags::from([("team".into(), "checkout".into())])));
}

#[test]
fn our_own_tags_are_put_back_whatever_the_policy_and_the_service_stays_ours() {
    for policy in [None, Some(report())] {
        for left in [vec![names::TAG_CLUSTER_ID, names::TAG_NAME], vec![names::TAG_UID], vec![]] {
            let mut story = tagged(policy.clone());
            let mut live = carrying(&story, &[("team", "shop")]);
            live.presence.tags.retain(|key, _| left.contains(&key.as_str()) || key == "team");

            let seen = story.sees(live).pass();

            let TagChange::Set(set) = seen.retagged() else { panic!("tags are removed") };
            assert!(set.iter().all(|(key, value)| owner().tags().get(key) == Some(value)), "{set:?}");
            assert_eq!(set.len(), owner().tags().len() - left.len());
            assert_eq!(seen.ready(), ("True".to_owned(), Reason::Available));
            assert!(seen.events().contains(&EventReason::DriftCorrected), "{:?}", seen.events());
        }
    }
}

#[test]
fn our_own_tags_are_put_back_during_a_rollout_too_and_not_while_suspended() {
    let mut story = Story::rolling_out_two();
    let in_flight = || one().in_flight("d2", "r2", InProgress).with_tags(Tags::new());
    let seen = story.sees(in_flight()).pass();
    assert_eq!((seen.verdict(), seen.retagged()), (&Verdict::RollingOut, &TagChange::Set(owner().tags())));

    let mut still = Story::rolling_out_two();
    still.annotate(names::SUSPENDED, "true");
    assert_eq!(still.sees(in_flight()).pass().wrote(), None);
}

#[test]
fn a_service_that_was_only_observed_does_not_become_ours_by_having_no_owner() {
    let mut story =
        crate::core::situations_held_back::observing(one().ended("d1", "r1", Successful).with_tags(Tags::new()));
    assert_eq!(story.pass().ready().0, "True");
    story.finalizer = true;
    story.manage(|management| management.mode = None);

    let seen = story.pass();

    assert_eq!((seen.wrote(), seen.ready().1), (None, Reason::AlreadyExists));
}
