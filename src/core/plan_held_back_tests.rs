//! Mode `Observe` and suspension: not one write, and the truth all the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::{Adoption, Management, Mode};
use crate::api::names;
use crate::api::spec::{EnvironmentValue, ExpressGatewayServiceSpec};
use crate::core::any_spec::any_spec;
use crate::core::fixtures::{MARKER, a_spec, live_service, owner, revision, rolled_back, shown_of, tag, with_image};
use crate::core::memory::Memory;
use crate::core::observed::{Live, Observed, Tags};
use crate::core::ownership::Owner;
use crate::core::plan::{Release, Requeue, Verdict};
use crate::core::planned::Action;
use crate::core::rollout::DeploymentState::{InProgress, Successful};
use crate::core::rollout::Stage;
use crate::core::situations;
use crate::core::situations_held_back::{approval_required, observe_only, observing, settled_then, suspended, under};
use crate::core::step::{Step, TagChange};
use crate::core::story::Story;

fn says(pass: &crate::core::story::Pass, kind: ConditionType) -> (String, Reason) {
    let (status, reason, _) = pass.says(kind).unwrap_or_else(|| panic!("no {kind}"));
    (status, reason)
}

fn is(status: &str, reason: Reason) -> (String, Reason) {
    (status.to_owned(), reason)
}

fn nobodys(id: &str, spec: &ExpressGatewayServiceSpec) -> Live {
    live_service().serving(id, spec).ended("d9", id, Successful).with_tags(Tags::new())
}

fn with_new_image(story: &mut Story, image: &str) {
    story.edit(|spec| spec.primary_container = with_image(image).primary_container);
}

/// Every way to say that nothing is to be written.
fn forbidding(story: &Story) -> Vec<Story> {
    let mut annotated = story.clone();
    annotated.annotate(names::SUSPENDED, "true");
    let under = |policy: Management| {
        let mut story = story.clone();
        if story.spec.is_ok() {
            story.manage(|management| *management = policy);
        }
        story
    };
    let both = Management { suspend: Some(true), ..observe_only() };
    let mut all = vec![annotated];
    if story.spec.is_ok() {
        all.extend([under(observe_only()), under(suspended()), under(both)]);
    }
    all
}

#[test]
fn no_write_passes_in_mode_observe_or_while_suspended_in_any_situation() {
    for (name, story) in situations::all() {
        for mut story in forbidding(&story) {
            for _ in 0..2 {
                let pass = story.pass();
                assert_eq!(pass.wrote(), None, "{name}: {pass:?}");
                story.later(100);
            }
        }
    }
}

proptest! {
    #[test]
    fn no_write_passes_whatever_is_wanted_seen_and_remembered(
        wanted in any_spec(),
        live in any_spec(),
        remembered in any_spec(),
        owned in 0..3usize,
        deleting in any::<bool>(),
        finalizer in any::<bool>(),
        in_flight in any::<bool>(),
    ) {
        let mut story = Story::settled(remembered);
        story.edit(|spec| *spec = wanted);
        story.finalizer = finalizer;
        let tags = [owner().tags(), Tags::new(), Owner { cluster_id: "c-2".into(), ..owner() }.tags()];
        let mut seen = live_service().serving("r1", &live).with_tags(tags[owned].clone());
        if in_flight {
            seen = seen.in_flight("d8", "r8", InProgress);
        }
        story.sees(seen);
        if deleting {
            story.delete();
        }
        for story in forbidding(&story) {
            let step = story.plan().step;
            prop_assert!(step.aws_write().is_none(), "{step:?}");
            let observes = story.desired().policy.mode == Mode::Observe;
            prop_assert!(step != Step::AddFinalizer || !observes);
        }
    }
}

#[test]
fn a_service_that_is_observed_is_shown_whoever_it_belongs_to_and_would_be_adopted_or_refused() {
    let other = Owner { cluster_id: "c-2".into(), ..owner() };
    for (tags, adoption, says_what) in [
        (Tags::new(), Adoption::Never, "refuse it unless spec.management.adoption is IfUnowned"),
        (Tags::new(), Adoption::IfUnowned, "would adopt it"),
        (other.tags(), Adoption::IfUnowned, "(cluster id c-2); mode Manage would refuse it unless"),
        (other.tags(), Adoption::Always, "would adopt it"),
    ] {
        let mut story = observing(nobodys("r9", &a_spec()).with_tags(tags));
        story.manage(|management| management.adoption = Some(adoption));

        let seen = story.pass();

        assert_eq!(seen.ready(), is("True", Reason::Available));
        assert_eq!(says(&seen, ConditionType::Synced), is("True", Reason::ObserveOnly));
        assert!(seen.message().contains(says_what), "{}", seen.message());
        assert_eq!((story.held_back().action.as_str(), story.held_back().changes.len()), ("Adopt", 0));
        assert_eq!(story.status.serving_revision, Some(revision("r9")));
        assert!(story.status.url.is_some());
    }
}

#[test]
fn every_difference_of_an_observed_service_is_shown_with_both_values() {
    let mut theirs = with_image("theirs:7");
    theirs.primary_container.as_mut().unwrap().environment[0].value = EnvironmentValue("not-ours".to_owned());
    let mut story = observing(nobodys("r9", &theirs).tagged("team", "theirs"));
    story.edit(|spec| spec.tags = vec![tag("team", "shop")]);

    let seen = story.pass();

    assert_eq!(seen.ready(), is("False", Reason::ObserveOnly));
    assert_eq!(says(&seen, ConditionType::Synced), is("False", Reason::ObserveOnly));
    assert!(seen.says(ConditionType::Stalled).is_none() && seen.says(ConditionType::Reconciling).is_none());
    let shown: Vec<_> =
        story.held_back().changes.iter().map(|c| (&*c.path, c.wanted.as_deref(), c.live.as_deref())).collect();
    let secret = Some("<redacted>");
    assert_eq!(
        shown,
        [
            ("spec.primaryContainer.environment[PASSWORD]", secret, secret),
            ("spec.primaryContainer.image", Some("shop/web:1"), Some("theirs:7")),
            ("spec.tags[team]", Some("shop"), Some("theirs")),
        ]
    );
    assert!(!format!("{:?}", seen.report).contains(MARKER));
}

#[test]
fn an_observed_service_that_is_not_there_would_be_created_and_the_object_goes_without_a_trace() {
    for observed in [Observed::Absent, Observed::Draining(crate::core::fixtures::presence())] {
        let mut story = observing(observed);

        let seen = story.pass();

        assert_eq!(seen.ready(), is("False", Reason::ObserveOnly));
        assert!(seen.message().contains("would create the service \"web\""), "{}", seen.message());
        assert_eq!(story.held_back().action, "Create");
        assert!(story.held_back().starts_rollout);
    }
    let mut story = settled_then(observe_only());
    story.delete();
    let plan = story.plan();
    assert_eq!((plan.step, plan.verdict), (Step::Release, Verdict::Released(Release::OnlyObserved)));
}

#[test]
fn managing_what_was_observed_without_a_difference_writes_nothing() {
    let mut story = settled_then(observe_only());
    assert_eq!(story.pass().ready(), is("True", Reason::Available));
    assert_eq!(story.status.plan, None);

    story.manage(|management| management.mode = None);
    let managed = story.pass();

    assert_eq!((managed.step(), managed.ready()), (&Step::Nothing, is("True", Reason::Available)));
}

#[test]
fn what_was_only_observed_was_not_set_so_nothing_goes_back_to_a_default() {
    let mut theirs = a_spec();
    theirs.health_check_path = Some("/theirs".into());
    let mut story = observing(nobodys("r9", &theirs));
    story.edit(|spec| spec.health_check_path = Some("/theirs".into()));
    assert_eq!(story.pass().ready().0, "True");

    story.edit(|spec| spec.health_check_path = None);

    assert_eq!(story.pass().ready().0, "True", "{:?}", story.status.plan);
}

#[test]
fn suspending_leaves_ready_as_it_was_in_the_very_status_that_has_the_new_generation() {
    let mut story = settled_then(suspended());
    let seen = story.pass();
    assert_eq!(seen.ready(), is("True", Reason::Available));
    assert_eq!(says(&seen, ConditionType::Suspended), is("True", Reason::SuspendedBySpec));
    assert_eq!(seen.report.status.observed_generation, story.generation);

    story.manage(|management| management.suspend = None);
    assert!(story.pass().says(ConditionType::Suspended).is_none());

    story.annotate(names::SUSPENDED, "true");
    let seen = story.pass();
    assert_eq!(says(&seen, ConditionType::Suspended), is("True", Reason::SuspendedByAnnotation));
    assert_eq!(says(&seen, ConditionType::Synced), is("True", Reason::InSync));
}

#[test]
fn edits_while_suspended_wait_and_resuming_sends_the_last_one() {
    let mut story = settled_then(suspended());
    story.pass();
    with_new_image(&mut story, "shop/web:2");
    story.pass();
    with_new_image(&mut story, "shop/web:3");

    let held = story.pass();
    assert_eq!(held.ready(), is("False", Reason::Suspended));
    assert_eq!(says(&held, ConditionType::Synced), is("False", Reason::Suspended));
    assert!(held.message().contains("update spec.primaryContainer.image, which starts a canary"), "{}", held.message());

    story.manage(|management| management.suspend = Some(false));
    let resumed = story.pass();
    assert_eq!(resumed.updated().container.as_ref().unwrap().image, "shop/web:3");
    assert_eq!(resumed.report.status.plan, None);
}

#[test]
fn a_rollout_is_followed_to_its_end_while_suspended() {
    let mut story = Story::rolling_out_two();
    story.annotate(names::SUSPENDED, "true");
    let two = || live_service().serving("r1", &a_spec()).in_flight("d2", "r2", InProgress);

    let baking = story.sees(two().at_stage(Stage::BakeTime, 100)).pass();
    assert_eq!(baking.ready(), is("False", Reason::RollingOut));
    assert!(baking.says(ConditionType::Suspended).is_some());

    let done = live_service().serving("r2", &with_image("shop/web:2")).ended("d2", "r2", Successful);
    assert_eq!(story.sees(done).pass().ready(), is("True", Reason::Available));
}

#[test]
fn a_rollout_that_fails_while_suspended_is_shown_as_failed_and_its_tag_is_written_on_resuming() {
    let mut story = Story::rolling_out_two();
    story.annotate(names::SUSPENDED, "true");

    let failed = story.sees(rolled_back()).pass();
    assert_eq!(failed.ready(), is("False", Reason::RolledBack));
    assert_eq!((failed.wrote(), story.status.plan.as_ref()), (None, None));

    story.annotations.clear();
    let TagChange::Set(tags) = story.pass().retagged().clone() else { panic!("no tag is set") };
    assert!(tags.contains_key(names::TAG_FAILED_SPEC_HASH));
}

#[test]
fn drift_and_a_lost_service_are_seen_while_suspended() {
    let mut story = settled_then(suspended());
    let drifted = live_service().serving("r8", &with_image("else:1")).ended("d8", "r8", Successful);
    assert_eq!(story.sees(drifted).pass().ready(), is("False", Reason::Suspended));
    assert_eq!(story.held_back().changes[0].live.as_deref(), Some("else:1"));

    let lost = story.sees(Observed::Absent).pass();
    assert_eq!(lost.ready(), is("False", Reason::Suspended));
    assert_eq!((story.held_back().action.as_str(), story.status.url.as_deref()), ("Create", None));
}

#[test]
fn a_deletion_waits_while_suspended_and_says_so() {
    let mut story = settled_then(suspended());
    story.delete();

    let waiting = story.pass();
    assert_eq!((waiting.step(), waiting.ready()), (&Step::Refuse, is("False", Reason::Deleting)));
    assert!(
        waiting.message().contains("suspended by spec.management.suspend. Resuming will delete"),
        "{}",
        waiting.message()
    );

    story.manage(|management| management.suspend = None);
    assert!(matches!(story.pass().step(), Step::Delete { .. }));
}

#[test]
fn what_has_to_be_changed_first_is_named_first() {
    let mut story =
        Story::new(under(Management { suspend: Some(true), mode: observe_only().mode, ..approval_required() }));
    let all = story.pass();
    assert_eq!(all.ready().1, Reason::ObserveOnly);
    assert!(all.says(ConditionType::Suspended).is_some());

    story.manage(|management| management.mode = None);
    assert_eq!(story.pass().ready().1, Reason::Suspended);
    let shown = story.held_back().hash.clone();

    story.manage(|management| management.suspend = None);
    assert_eq!(story.pass().ready().1, Reason::AwaitingApproval);
    assert_eq!(story.held_back().hash, shown, "an approval can be given while suspended");
    assert_eq!(Memory::of(&story.status).last_approved_plan, None);
}

#[test]
fn what_is_not_shown_yet_is_not_compared_and_the_rollout_is_let_end() {
    let mut story = Story::rolling_out_two();
    story.annotate(names::SUSPENDED, "true");
    with_new_image(&mut story, "shop/web:3");
    let plan = story.plan();
    let expected = (&Step::Wait, &Verdict::RollingOutOther, Requeue::Rollout, None);
    assert_eq!((&plan.step, &plan.verdict, plan.requeue, plan.comparison.as_ref()), expected);
}

#[test]
fn what_is_held_back_is_looked_at_again_as_soon_as_the_rollout_that_it_is_about() {
    let mut at_rest = settled_then(suspended());
    with_new_image(&mut at_rest, "shop/web:2");
    let requeue = |story: &Story| {
        let plan = story.plan();
        assert!(matches!(plan.verdict, Verdict::HeldBack { .. }), "{:?}", plan.verdict);
        plan.requeue
    };
    assert_eq!(requeue(&at_rest), Requeue::Settled);
    let one = live_service().serving("r1", &a_spec());
    let two = one.showing("r8", shown_of(&with_image("theirs:1"))).in_flight("d8", "r8", InProgress);
    at_rest.sees(two);
    assert_eq!(requeue(&at_rest), Requeue::Rollout);
    let mut stripped = settled_then(suspended());
    stripped.sees(live_service().serving("r1", &a_spec()).glanced().with_tags(Tags::new()));
    let plan = stripped.plan();
    assert_eq!(
        (plan.verdict, plan.step, plan.requeue),
        (Verdict::Settled, Step::Wait, Requeue::Settled),
        "bookkeeping"
    );
}

#[test]
fn letting_a_service_go_is_held_back_as_what_it_is() {
    let mut story =
        settled_then(Management { deletion: Some(crate::api::management::Deletion::Retain), ..suspended() });
    let pass = story.delete().pass();
    assert!(matches!(pass.verdict(), Verdict::HeldBack { action: Action::Retain, .. }), "{:?}", pass.verdict());
}

/// An approval is for one write. Who only looks, or resumes, gets all at once.
#[test]
fn a_plan_that_is_approved_shows_what_it_changes_and_every_other_one_all_that_differs() {
    let paths = |policy: Management, edit: fn(&mut ExpressGatewayServiceSpec)| {
        let mut spec = a_spec();
        spec.tags = vec![tag("a", "1")];
        let mut story = Story::settled(spec);
        story.manage(|management| *management = policy).edit(edit).pass();
        story.held_back().changes.iter().map(|change| change.path.clone()).collect::<Vec<_>>()
    };
    let both = || Management { mode: Some(Mode::Observe), ..approval_required() };
    let image_and_tag = |spec: &mut ExpressGatewayServiceSpec| {
        spec.primary_container = with_image("shop/web:2").primary_container;
        spec.tags = vec![tag("a", "2")];
    };
    let (image, a, b) = ("spec.primaryContainer.image", "spec.tags[a]", "spec.tags[b]");
    assert_eq!(paths(approval_required(), image_and_tag), [image]);
    assert_eq!(paths(suspended(), image_and_tag), [image, a]);
    assert_eq!(paths(both(), image_and_tag), [image, a]);
    let other_tag = |spec: &mut ExpressGatewayServiceSpec| spec.tags = vec![tag("b", "1")];
    assert_eq!(paths(approval_required(), other_tag), [b], "what is set comes before what is removed");
    assert_eq!(paths(suspended(), other_tag), [a, b]);
    assert_eq!(paths(both(), other_tag), [a, b]);
}
