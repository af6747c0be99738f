//! Every kind of situation that the core's properties are held against, by name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use strum::IntoEnumIterator;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::{Adoption, Deletion, Management};

use crate::api::spec::ExpressGatewayServiceSpec;

use super::failure::FailureClass;
use super::fixtures::{a_spec, live_service, presence, rolled_back, shown_of, tag, with_image};
use super::observed::{Live, Observed, Tags};
use super::rollout::DeploymentState::{
    InProgress, Pending, RollbackFailed, RollbackInProgress, RollbackSuccessful, StopRequested, Stopped, Successful,
};
use super::rollout::Stage;
use super::situations_drift::drift;
use super::situations_failure::failing;
use super::situations_held_back::held_back;
use super::situations_moves::moves;
use super::situations_rollout::rollouts;
use super::situations_wedge::wedged;
use super::story::{Aws, Pass, Story};

/// Passes that each story makes.
const PASSES: usize = 4;

/// One pass of a story, and the story before it.
pub struct Told {
    pub name: String,
    pub before: Story,
    pub pass: Pass,
}

/// Every story's next passes.
pub fn all_told() -> &'static [Told] {
    static TOLD: OnceLock<Vec<Told>> = OnceLock::new();
    TOLD.get_or_init(|| all().into_iter().flat_map(|(name, story)| told(&name, story)).collect())
}

fn told(name: &str, mut story: Story) -> Vec<Told> {
    let mut one = || Told { name: name.to_owned(), before: story.clone(), pass: story.pass() };
    (0..PASSES).map(|_| one()).collect()
}

/// Every reason that a condition has, over all situations.
pub fn reasons_of(kind: ConditionType) -> BTreeSet<Reason> {
    let conditions = all_told().iter().flat_map(|told| &told.pass.report.status.conditions);
    conditions.filter(|condition| condition.type_ == kind.as_ref()).map(|c| c.reason.parse().unwrap()).collect()
}

/// Stories that are about to make one more pass.
pub fn all() -> Vec<(String, Story)> {
    let mut all: Vec<(String, Story)> = Vec::new();
    let moving = in_flight().into_iter().chain(moves()).chain(rollouts()).chain(wedged());
    let others = not_live().into_iter().chain(held_back()).chain(failing()).chain(drift());
    for (name, story) in at_rest().into_iter().chain(moving).chain(others) {
        all.push((name.to_owned(), story.clone()));
        let mut edited = story.clone();
        edited.edit(|spec| *spec = with_image("shop/web:4"));
        all.push((format!("{name}, edited"), edited));
        let mut invalid = story.clone();
        invalid.edit(|spec| spec.health_check_path = Some("health".into()));
        all.push((format!("{name}, edited into nonsense"), invalid));
        let mut deleted = story;
        deleted.delete();
        all.push((format!("{name}, deleted"), deleted));
    }
    // Each story meets two of the failures, in turn: all meet all, over all stories.
    let aws = || FailureClass::iter().flat_map(|class| [Aws::RefusesWrites(class), Aws::CannotBeRead(class)]);
    let failing: Vec<_> = all
        .iter()
        .enumerate()
        .flat_map(|(index, _)| [index, index])
        .zip(aws().chain([Aws::Answers]).cycle())
        .map(|(index, aws)| {
            let (name, story) = &all[index];
            (format!("{name}, {aws:?}"), Story { aws, ..story.clone() })
        })
        .collect();
    all.extend(failing);
    // Unread for longer than a reading is good.
    let stale: Vec<_> = at_rest()
        .into_iter()
        .map(|(name, story)| {
            let aws = Aws::CannotBeRead(FailureClass::Unavailable);
            let mut stale = Story { aws, unread_for: 600, ..story };
            stale.later(600);
            (format!("{name}, stale"), stale)
        })
        .collect();
    all.extend(stale);
    all
}

fn with(story: &Story, observed: impl Into<Observed>) -> Story {
    let mut story = story.clone();
    story.sees(observed);
    story
}

fn at_rest() -> Vec<(&'static str, Story)> {
    let settled = Story::settled(a_spec());
    let rolling = Story::rolling_out_two();
    let one = || live_service().serving("r1", &a_spec());
    let drifted = live_service().serving("r8", &with_image("else:1")).ended("d8", "r8", Successful);
    let mut first = Story::new(a_spec());
    first.pass();
    first.sees(live_service().in_flight("d1", "r1", InProgress)).pass();
    let mut stubborn = settled.clone();
    stubborn.edit(|spec| spec.health_check_path = Some("/health".into())).pass();
    stubborn.sees(live_service().serving("r2", &a_spec()).ended("d2", "r2", Successful)).pass();
    let stubborn = with(&stubborn, live_service().serving("r3", &a_spec()).ended("d3", "r3", Successful));
    let mut retagged = settled.clone();
    retagged.edit(|spec| spec.tags = vec![tag("team", "shop")]);
    let mut back = Story::held();
    back.edit(|spec| *spec = a_spec());
    let mut retried = Story::held();
    retried.token = Some("again".into());
    let mut uncleared_spec = a_spec();
    uncleared_spec.task_role_arn = Some("arn:aws:iam::111122223333:role/task".into());
    let mut uncleared = Story::settled(uncleared_spec);
    uncleared.edit(|spec| spec.task_role_arn = None);
    let mut adopted = Story::new(a_spec());
    adopted.owner.uid = "u-2".into();
    vec![
        ("settled", with(&settled, one().glanced())),
        ("settled, read in full", with(&settled, one().ended("d1", "r1", Successful))),
        ("drifted", with(&settled, drifted)),
        ("held", Story::held()),
        ("held anew", with(&rolling, rolled_back())),
        ("held, first stopped", with(&first, one().ended("d1", "r1", Stopped))),
        ("held, stopped", with(&rolling, one().ended("d2", "r2", Stopped))),
        ("held, rollback failed", with(&rolling, one().ended("d2", "r2", RollbackFailed))),
        ("not converging", stubborn),
        ("tags to write", with(&retagged, one().glanced())),
        ("back to what serves", back),
        ("retried", retried),
        ("uncleared", uncleared),
        (
            "rolled out",
            with(&rolling, live_service().serving("r2", &with_image("shop/web:2")).ended("d2", "r2", Successful)),
        ),
        ("nothing shown", with(&first, live_service())),
        ("adopted", with(&adopted, one().ended("d1", "r1", Successful))),
    ]
}

fn in_flight() -> Vec<(&'static str, Story)> {
    let rolling = Story::rolling_out_two();
    let one = || live_service().serving("r1", &a_spec());
    let mut first = Story::new(a_spec());
    first.pass();
    let mut settled = Story::settled(a_spec());
    let two = || one().in_flight("d2", "r2", InProgress);
    let stages = [
        ("reconciling", Stage::ReconcileService, 0),
        ("scaling up", Stage::ScaleUp, 0),
        ("test traffic", Stage::TestTrafficShift, 0),
        ("canary", Stage::ProductionTrafficShift, 5),
        ("shifting", Stage::ProductionTrafficShift, 100),
        ("baking", Stage::BakeTime, 100),
        ("cleaning up", Stage::CleanUp, 100),
        ("an unknown stage", Stage::Unknown("POLISHING".into()), 50),
    ];
    let mut all: Vec<(&str, Story)> =
        stages.into_iter().map(|(name, stage, weight)| (name, with(&rolling, two().at_stage(stage, weight)))).collect();
    let other: Live = one().showing("r8", shown_of(&with_image("else:1"))).in_flight("d8", "r8", InProgress);
    all.extend([
        ("first pending", with(&first, live_service().in_flight("d1", "r1", Pending))),
        ("pending", with(&rolling, one().in_flight("d2", "r2", Pending))),
        ("just begun", with(&rolling, one().just_begun("d2"))),
        ("stopping", with(&rolling, one().in_flight("d2", "r2", StopRequested))),
        ("rolling back", with(&rolling, one().in_flight("d2", "r2", RollbackInProgress))),
        ("somebody else's", with(&settled, other)),
    ]);
    settled.edit(|spec| *spec = with_image("shop/web:2")).pass();
    all.push(("sent, not shown", with(&settled, one().ended("d1", "r1", Successful))));
    all
}

fn not_live() -> Vec<(&'static str, Story)> {
    let new = Story::new(a_spec());
    let settled = Story::settled(a_spec());
    let mut created = new.clone();
    created.pass();
    let mut unfinalized = new.clone();
    unfinalized.finalizer = false;
    let foreign = live_service().serving("r9", &a_spec()).with_tags(Tags::new());
    let managed = |management| Story::new(ExpressGatewayServiceSpec { management: Some(management), ..a_spec() });
    let adopting = managed(Management { adoption: Some(Adoption::Always), ..Management::default() });
    let theirs = || live_service().with_tags(Tags::new());
    let mut approved = with(&adopting, theirs().serving("r9", &with_image("theirs:1")));
    approved.approved = approved.pass().report.status.plan.map(|plan| plan.hash);
    let settled_with =
        |management| Story::settled(ExpressGatewayServiceSpec { management: Some(management), ..a_spec() });
    let kept = settled_with(Management { deletion_protection: Some(true), ..Management::default() });
    let retained = settled_with(Management { deletion: Some(Deletion::Retain), ..Management::default() });
    let mut going = settled_with(Management::default());
    going.delete().pass();
    let mut hanging = with(&going, Observed::Draining(presence()));
    hanging.pass();
    hanging.later(3000);
    let mut waiting = with(&new, Observed::Draining(presence()));
    waiting.pass();
    waiting.later(3000);
    let gone_before = live_service().serving("r1", &a_spec()).ended("d1", "r1", RollbackSuccessful);
    vec![
        ("new", new.clone()),
        ("new, without finalizer", unfinalized),
        ("created", created),
        ("draining before", with(&new, Observed::Draining(presence()))),
        ("inactive before", with(&new, Observed::Inactive(presence()))),
        ("not Express", with(&new, Observed::NotExpress(presence()))),
        ("another owner's", with(&new, foreign)),
        ("adopted from nobody", with(&adopting, theirs().serving("r9", &a_spec()))),
        ("adopted when it rests", with(&adopting, theirs().serving("r8", &a_spec()).in_flight("d9", "r9", InProgress))),
        ("adopted when approved", with(&adopting, theirs().serving("r9", &with_image("theirs:1")))),
        ("adopted, approved", approved),
        ("protected", with(&kept, live_service().serving("r1", &a_spec()).glanced())),
        ("retained", with(&retained, live_service().serving("r1", &a_spec()).glanced())),
        ("retained while it drains", with(&retained, Observed::Draining(presence()))),
        ("hanging", hanging),
        ("waiting for what hangs", waiting),
        ("failed before we came", with(&new, gone_before)),
        ("lost", with(&settled, Observed::Absent)),
        ("drained by somebody", with(&settled, Observed::Draining(presence()))),
    ]
}
