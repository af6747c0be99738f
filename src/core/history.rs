//! A random history of an object and its service, for the core's properties: what people, ECS, AWS and time do to both, and
//! what the controller says at each look.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use strum::IntoEnumIterator;

use crate::api::conditions::ConditionType;
use crate::api::management::{Adoption, Approval, Deletion, Management, Mode};
use crate::api::status::ExpressGatewayServiceStatus;

use super::conditions::find;
use super::failure::FailureClass;
use super::fixtures::{a_spec, tag, with_image};
use super::freshness;
use super::history_ecs::{Ecs, Happens};
use super::memory::Memory;
use super::observed::{Known, Observed};
use super::plan::{Plan, Verdict};
use super::rollout::DeploymentState;
use super::step::Step;
use super::story::{Aws, Story};

/// Enough histories for nearly everything that can happen, always the same ones.
const MANY: usize = 400;

/// The moves from one reason of `Ready` to another, over many histories. `[*]` is a status that says nothing yet.
pub fn moves() -> &'static BTreeSet<(String, String)> {
    static MOVES: OnceLock<BTreeSet<(String, String)>> = OnceLock::new();
    MOVES.get_or_init(|| {
        let mut runner = TestRunner::deterministic();
        let many = (0..MANY).map(|_| any_history().new_tree(&mut runner).unwrap().current());
        let mut moves = BTreeSet::new();
        for history in many {
            let mut lived = History::begins();
            moves.extend(history.iter().flat_map(|act| lived.goes_on(act)).map(|look| look.moved()));
        }
        moves
    })
}

/// The reason of `Ready` in a status.
pub fn reason(status: &ExpressGatewayServiceStatus) -> String {
    find(&status.conditions, ConditionType::Ready).map_or_else(|| "[*]".to_owned(), |ready| ready.reason.clone())
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Act {
    /// The controller looks.
    Look,
    /// The controller looks again while nothing else happens.
    LookTwice,
    /// Somebody edits the spec.
    Edit(Edit),
    /// Somebody asks for a retry.
    Retry,
    /// Somebody approves what is held back, if anything is.
    Approve,
    /// Something happens in ECS.
    Ecs(Happens),
    /// From now on AWS answers so.
    Aws(Aws),
    /// A write that fails with `Unavailable` takes effect all the same, or not.
    AnswersAreLost(bool),
    /// Seconds pass.
    Later(i64),
    /// The controller starts anew, and remembers what the status says.
    Restart,
    /// Somebody empties the status.
    LoseStatus,
    /// `kubectl delete`.
    Delete,
}

/// An edit of the spec.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Another image, one of few, so that histories go back and forth.
    Image(u8),
    /// A tag.
    Tag(u8),
    /// A value that cannot work.
    Nonsense,
    /// Another policy.
    Policy(Management),
}

/// Half of the histories begin with a service that serves. What happens is mostly seen, soon or late.
pub fn any_history() -> impl Strategy<Value = Vec<Act>> {
    let look = || prop_oneof![Just(vec![Act::Look]), Just(vec![Act::LookTwice]), Just(vec![])];
    let step = (any_act(), prop_oneof![Just(1), Just(15), Just(61), Just(200)], look(), look());
    let step = step.prop_map(|(act, seconds, soon, late)| [vec![act], soon, vec![Act::Later(seconds)], late].concat());
    (any::<bool>(), proptest::collection::vec(step, 1..40)).prop_map(|(serves, steps)| {
        let begin = if serves { service_that_serves() } else { Vec::new() };
        begin.into_iter().chain(steps.into_iter().flatten()).collect()
    })
}

/// A service is created, and its first rollout ends well.
pub fn service_that_serves() -> Vec<Act> {
    let end = Happens::Ends(DeploymentState::Successful);
    vec![Act::Look, Act::Ecs(Happens::Advances), Act::Look, Act::Later(200), Act::Ecs(end), Act::LookTwice]
}

fn any_act() -> impl Strategy<Value = Act> {
    let class = (0..FailureClass::iter().count()).prop_map(|index| FailureClass::iter().nth(index).unwrap());
    let aws = prop_oneof![
        6 => Just(Aws::Answers),
        2 => class.clone().prop_map(Aws::RefusesWrites),
        3 => class.prop_map(Aws::CannotBeRead),
    ];
    prop_oneof![
        60 => any_edit().prop_map(Act::Edit),
        10 => Just(Act::Retry),
        20 => Just(Act::Approve),
        120 => Happens::any().prop_map(Act::Ecs),
        30 => aws.prop_map(Act::Aws),
        5 => any::<bool>().prop_map(Act::AnswersAreLost),
        10 => Just(Act::Later(3700)),
        5 => Just(Act::Restart),
        2 => Just(Act::LoseStatus),
        3 => Just(Act::Delete),
    ]
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let rarely = || proptest::bool::weighted(0.2);
    let adoption = any::<bool>().prop_map(|always| always.then_some(Adoption::Always));
    let deletion = rarely().prop_map(|retain| retain.then_some(Deletion::Retain));
    let writes = (rarely(), rarely(), rarely(), rarely());
    let policy =
        (adoption, deletion, writes).prop_map(|(adoption, deletion, (suspend, observe, approval, protect))| {
            Management {
                adoption,
                deletion,
                suspend: Some(suspend),
                mode: observe.then_some(Mode::Observe),
                approval: approval.then_some(Approval::Required),
                deletion_protection: Some(protect),
                ..Management::default()
            }
        });
    prop_oneof![
        6 => (1..4u8).prop_map(Edit::Image),
        1 => (0..3u8).prop_map(Edit::Tag),
        1 => Just(Edit::Nonsense),
        1 => Just(Edit::Policy(Management::default())),
        4 => policy.prop_map(Edit::Policy),
    ]
}

/// An object, its service, and the controller's process.
pub struct History {
    pub story: Story,
    pub ecs: Ecs,
    /// The last reading that this process made.
    last_read: Option<Timestamp>,
    has_just_started: bool,
    answers_are_lost: bool,
    retries: u32,
    pub is_gone: bool,
}

/// What one look of the controller led to.
#[derive(Clone, Debug)]
pub struct Look {
    pub before: ExpressGatewayServiceStatus,
    pub after: ExpressGatewayServiceStatus,
    pub generation: i64,
    pub now: Timestamp,
    pub plan: Option<Plan>,
    /// Whether ECS was read.
    pub has_read: bool,
    /// Whether AWS was written to, whatever came of it.
    pub has_written: bool,
    /// Whether a service of this name drains.
    pub drains: bool,
    /// Image of the revision that serves while nothing is in flight.
    pub serves: Option<String>,
    /// Image of the spec.
    pub wanted: String,
}

impl Look {
    fn moved(&self) -> (String, String) {
        (reason(&self.before), reason(&self.after))
    }
}

impl History {
    pub fn begins() -> Self {
        let mut story = Story::new(a_spec());
        story.finalizer = false;
        // A clock has fractions of a second; the status may have none.
        story.now = story.now.checked_add(SignedDuration::from_nanos(123_456_789)).unwrap();
        Self {
            story,
            ecs: Ecs::default(),
            last_read: None,
            has_just_started: true,
            answers_are_lost: false,
            retries: 0,
            is_gone: false,
        }
    }

    /// Lets it happen. A look gives what it led to, twice when it is a double one.
    pub fn goes_on(&mut self, act: &Act) -> Vec<Look> {
        if self.is_gone {
            return Vec::new();
        }
        let story = &mut self.story;
        match act {
            Act::Look => return self.look().into_iter().collect(),
            Act::LookTwice => return [self.look(), self.look()].into_iter().flatten().collect(),
            Act::Edit(edit) => self.edit(edit),
            Act::Retry => {
                self.retries += 1;
                story.token = Some(format!("retry {}", self.retries));
            }
            Act::Approve => story.approved = story.status.plan.as_ref().map(|plan| plan.hash.clone()),
            Act::Ecs(happens) => self.ecs.goes_on(happens),
            Act::Aws(aws) => story.aws = *aws,
            Act::AnswersAreLost(lost) => self.answers_are_lost = *lost,
            Act::Later(seconds) => {
                story.later(*seconds);
            }
            Act::Restart => (self.last_read, self.has_just_started) = (None, true),
            Act::LoseStatus => {
                story.loses_its_status();
            }
            Act::Delete if !story.deleting => {
                story.delete();
                self.is_gone = !story.finalizer;
            }
            Act::Delete => {}
        }
        Vec::new()
    }

    fn edit(&mut self, edit: &Edit) {
        self.story.edit(|spec| match edit {
            Edit::Image(version) => {
                spec.primary_container = with_image(&format!("shop/web:{version}")).primary_container;
                spec.health_check_path = None;
            }
            Edit::Tag(value) => spec.tags = vec![tag("team", &value.to_string())],
            Edit::Nonsense => spec.health_check_path = Some("health".to_owned()),
            Edit::Policy(policy) => spec.management = Some(policy.clone()),
        });
    }

    /// The controller looks; `None`: at an object that is let go.
    pub fn look(&mut self) -> Option<Look> {
        if self.is_gone {
            return None;
        }
        if let Some(early) = self.look_before_its_time() {
            return Some(early);
        }
        let story = &mut self.story;
        let has_read = !matches!(story.aws, Aws::CannotBeRead(_));
        story.observed = as_read(&self.ecs.observed(), story, std::mem::take(&mut self.has_just_started));
        if has_read && !story.finalizer && story.plan().step == Step::AddFinalizer {
            // The controller writes it on the way.
            story.finalizer = true;
        }
        story.unread_for = self.last_read.map_or(i64::MAX, |read| story.now.duration_since(read).as_secs());
        let before = story.status.clone();
        let pass = story.pass();
        if has_read {
            self.last_read = Some(story.now);
        }
        let takes_effect = match story.aws {
            Aws::RefusesWrites(FailureClass::Unavailable) => self.answers_are_lost,
            aws => aws == Aws::Answers,
        };
        let has_written = pass.wrote().is_some();
        if let (Some(write), true) = (pass.wrote(), takes_effect) {
            let spec = story.spec.clone().unwrap();
            self.ecs.takes(&write, &spec, story.updates);
        }
        self.is_gone = pass.plan.as_ref().is_some_and(|plan| matches!(plan.verdict, Verdict::Released(_)));
        let (after, plan) = (pass.report.status, pass.plan);
        (!self.is_gone).then(|| self.looked(before, after, plan, has_read, has_written))
    }

    /// After a restart, what failed is not read before its time.
    fn look_before_its_time(&mut self) -> Option<Look> {
        let story = &mut self.story;
        let is_due = !self.has_just_started || self.last_read.is_some();
        story.unread_for = i64::MAX;
        let told = freshness::wait(&story.desired(), &story.status, &story.freshness(), story.now);
        let told = told.filter(|_| !is_due)?;
        let before = story.status.clone();
        story.status = serde_json::from_str(&serde_json::to_string(&told.status).unwrap()).unwrap();
        Some(self.looked(before, told.status, None, false, false))
    }

    fn looked(
        &self,
        before: ExpressGatewayServiceStatus,
        after: ExpressGatewayServiceStatus,
        plan: Option<Plan>,
        has_read: bool,
        has_written: bool,
    ) -> Look {
        let spec = self.story.spec.as_ref().unwrap();
        Look {
            before,
            after,
            plan,
            has_read,
            has_written,
            generation: self.story.generation,
            now: self.story.now,
            drains: matches!(self.ecs.observed(), Observed::Draining(_)),
            serves: self.ecs.serves(),
            wanted: spec.primary_container.as_ref().unwrap().image.clone(),
        }
    }
}

/// What the controller reads of what there is: nothing that it knows already.
fn as_read(there_is: &Observed, story: &Story, full: bool) -> Observed {
    let Observed::Live(live) = there_is else { return there_is.clone() };
    let desired = story.desired();
    let owner = (!desired.policy.reads_anyones()).then(|| story.owner.clone());
    let known = Memory::of(&story.status).known(story.generation, full);
    Ecs::as_listed(live, &Known { owner, adoption: desired.policy.adoption, ..known })
}
