//! An object's story, for the core's tests: one pass after another, with the status going through JSON in between.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::Management;
use crate::api::names;
use crate::api::spec::ExpressGatewayServiceSpec;
use crate::api::status::{ExpressGatewayServiceStatus, NEVER_OBSERVED, PlanStatus};

use super::checks::Problem;
use super::configuration::Configuration;
use super::desired::{Desired, ObjectFacts};
use super::events::EventReason;
use super::failure::{Failure, FailureClass, Operation};
use super::fixtures::{REGION, SERVICE, a_spec, at, failure, live_service, owner, revision, rolled_back, with_image};
use super::freshness::Freshness;
use super::intention::intended;
use super::memory::Memory;
use super::observed::{Observed, Tags};
use super::ownership::Owner;
use super::plan::{Plan, Verdict, plan, plan_unseen};
use super::policy::Unreadable;
use super::report::{Report, Situation, report};
use super::retry::Backoff;
use super::rollout::DeploymentState;
use super::step::{AwsWrite, Effect, Step, TagChange};

/// What AWS answers in the next pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aws {
    Answers,
    RefusesWrites(FailureClass),
    CannotBeRead(FailureClass),
}

/// An object, its status, and what ECS shows.
#[derive(Clone, Debug)]
pub struct Story {
    pub spec: Result<ExpressGatewayServiceSpec, Problem>,
    pub generation: i64,
    pub owner: Owner,
    pub deleting: bool,
    pub finalizer: bool,
    pub token: Option<String>,
    pub annotations: BTreeMap<String, String>,
    /// Region that the controller works in.
    pub region: String,
    pub approved: Option<String>,
    pub status: ExpressGatewayServiceStatus,
    pub observed: Observed,
    pub aws: Aws,
    pub now: Timestamp,
    /// Seconds since ECS was last read; more than there ever were: not since the start of the process.
    pub unread_for: i64,
    pub updates: usize,
}

/// One pass: what was decided and what was left behind.
#[derive(Clone, Debug)]
pub struct Pass {
    pub plan: Option<Plan>,
    pub report: Report,
}

impl Story {
    /// A new object, whose service does not exist.
    pub fn new(spec: ExpressGatewayServiceSpec) -> Self {
        let status = ExpressGatewayServiceStatus {
            observed_generation: NEVER_OBSERVED,
            ..ExpressGatewayServiceStatus::default()
        };
        Self {
            spec: Ok(spec),
            generation: 1,
            owner: owner(),
            deleting: false,
            finalizer: true,
            token: None,
            annotations: BTreeMap::new(),
            region: REGION.to_owned(),
            approved: None,
            status,
            observed: Observed::Absent,
            aws: Aws::Answers,
            now: at(1000),
            unread_for: 0,
            updates: 1,
        }
    }

    /// An object whose first rollout has ended well: `r1` serves its spec.
    pub fn settled(spec: ExpressGatewayServiceSpec) -> Self {
        let mut story = Self::new(spec.clone());
        story.pass();
        story.sees(live_service().in_flight("d1", "r1", DeploymentState::InProgress)).pass();
        story.sees(live_service().serving("r1", &spec).ended("d1", "r1", DeploymentState::Successful));
        for _ in 0..3 {
            story.pass();
            let tags = story.own_tags();
            let Observed::Live(live) = &mut story.observed else { unreachable!() };
            live.presence.tags = tags;
            story.later(15);
        }
        assert_eq!(story.pass().verdict(), &Verdict::Settled);
        story.later(3600);
        story
    }

    /// Settled on `shop/web:1`; then `shop/web:2` was sent as `r2` and is in flight as `d2`.
    pub fn rolling_out_two() -> Self {
        let mut story = Self::settled(a_spec());
        story.edit(|spec| *spec = with_image("shop/web:2"));
        story.pass();
        story.sees(live_service().serving("r1", &a_spec()).in_flight("d2", "r2", DeploymentState::InProgress)).pass();
        story
    }

    /// `shop/web:2` failed in `r2` and `r1` serves again; it was seen, and its tag was written.
    pub fn held() -> Self {
        let mut story = Self::rolling_out_two();
        story.sees(rolled_back()).pass();
        let tag = story.hash();
        story.sees(rolled_back().tagged(names::TAG_FAILED_SPEC_HASH, &tag)).pass();
        story
    }

    pub fn sees(&mut self, observed: impl Into<Observed>) -> &mut Self {
        self.observed = observed.into();
        self.later(15)
    }

    pub fn later(&mut self, seconds: i64) -> &mut Self {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        self
    }

    pub fn edit(&mut self, edit: impl FnOnce(&mut ExpressGatewayServiceSpec)) -> &mut Self {
        edit(self.spec.as_mut().unwrap());
        self.generation += 1;
        self
    }

    /// Edits `spec.management`.
    pub fn manage(&mut self, edit: impl FnOnce(&mut Management)) -> &mut Self {
        self.edit(|spec| edit(spec.management.get_or_insert_default()))
    }

    /// Puts an annotation on the object, which is no new generation.
    pub fn annotate(&mut self, name: &str, value: &str) -> &mut Self {
        self.annotations.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What is held back, as the status shows it.
    pub fn held_back(&self) -> &PlanStatus {
        self.status.plan.as_ref().expect("nothing is held back")
    }

    /// Approves the plan that the status shows.
    pub fn approve(&mut self) -> &mut Self {
        let hash = self.held_back().hash.clone();
        self.annotate(names::APPROVED_PLAN, &hash)
    }

    pub fn delete(&mut self) -> &mut Self {
        self.deleting = true;
        self.generation += 1;
        self
    }

    pub fn loses_its_status(&mut self) -> &mut Self {
        self.status = ExpressGatewayServiceStatus {
            observed_generation: NEVER_OBSERVED,
            ..ExpressGatewayServiceStatus::default()
        };
        self
    }

    pub fn desired(&self) -> Desired {
        let annotation = |name: &str, value: &Option<String>| value.clone().map(|value| (name.to_owned(), value));
        let retry = annotation(names::RETRY_REQUESTED_AT, &self.token);
        let approved = annotation(names::APPROVED_PLAN, &self.approved);
        let facts = ObjectFacts {
            owner: self.owner.clone(),
            generation: self.generation,
            deleting: self.deleting,
            finalizers: self.finalizer.then(|| names::FINALIZER.to_owned()).into_iter().collect(),
            annotations: self.annotations.clone().into_iter().chain(retry).chain(approved).collect(),
            management: self.management(),
            region: self.region.clone(),
            ..ObjectFacts::default()
        };
        Desired::parse(facts, self.spec.as_ref().map_err(Clone::clone))
    }

    /// The policy is read by itself: only what is wrong with it makes it unreadable.
    fn management(&self) -> Result<Management, Unreadable> {
        match &self.spec {
            Ok(spec) => Ok(spec.management.clone().unwrap_or_default()),
            Err(problem) if problem.path.starts_with("spec.management") => Err(Unreadable),
            Err(_) => Ok(Management::default()),
        }
    }

    pub fn hash(&self) -> String {
        self.desired().intent.unwrap().spec_hash
    }

    /// Every tag that the service should carry.
    pub fn own_tags(&self) -> Tags {
        let mut tags = self.desired().intent.unwrap().user_tags;
        tags.extend(self.owner.tags());
        tags
    }

    /// What would be done, without doing it.
    pub fn plan(&self) -> Plan {
        plan(&self.desired(), &self.observed, &Memory::of(&self.status), self.now)
    }

    /// One pass; the status goes through JSON, as it does in the API server.
    pub fn pass(&mut self) -> Pass {
        let desired = self.desired();
        let unread = match self.aws {
            Aws::CannotBeRead(class) => Some(failure(Operation::DescribeServices, class)),
            _ => None,
        };
        let plan = if unread.is_none() { Some(self.plan()) } else { plan_unseen(&desired, &Memory::of(&self.status)) };
        let outcome = plan.as_ref().and_then(|plan| plan.step.aws_write()).map(|write| self.answer(&write));
        let situation = Situation {
            desired: &desired,
            before: &self.status,
            observed: unread.as_ref().map_or(Ok(&self.observed), Err),
            plan: plan.as_ref(),
            outcome: outcome.as_ref().map(Result::as_ref),
            freshness: self.freshness(),
            region: REGION,
        };
        let report = report(&situation, &Backoff::default(), self.now);
        self.status = serde_json::from_str(&serde_json::to_string(&report.status).unwrap()).unwrap();
        Pass { plan, report }
    }

    /// The controller dies in the middle of the write that is due: what it wrote down before is all that is left. Whether the
    /// write took effect is what the story sees next.
    pub fn dies_in_the_write(&mut self) -> Plan {
        let (desired, plan) = (self.desired(), self.plan());
        let situation = Situation {
            desired: &desired,
            before: &self.status,
            observed: Ok(&self.observed),
            plan: Some(&plan),
            outcome: None,
            freshness: self.freshness(),
            region: REGION,
        };
        if let Some(status) = intended(&situation, self.now) {
            self.status = serde_json::from_str(&serde_json::to_string(&status).unwrap()).unwrap();
        }
        plan
    }

    /// With an observe interval of a minute.
    pub fn freshness(&self) -> Freshness {
        let last_read = self.now.checked_sub(SignedDuration::from_secs(self.unread_for)).ok();
        Freshness::new(last_read, &self.status, Duration::from_secs(180))
    }

    fn answer(&mut self, write: &AwsWrite<'_>) -> Result<Effect, Failure> {
        if let Aws::RefusesWrites(class) = self.aws {
            return Err(failure(write.operation(), class));
        }
        Ok(match write {
            AwsWrite::Create(_) => Effect::Created { service_arn: SERVICE.into() },
            AwsWrite::Update(_) => {
                self.updates += 1;
                Effect::Updated { target_revision: Some(revision(&format!("r{}", self.updates))) }
            }
            AwsWrite::Retag(_) => Effect::Retagged,
            AwsWrite::Stop { .. } => Effect::Stopped,
            AwsWrite::Delete { .. } => Effect::Deleting,
        })
    }
}

impl Pass {
    pub fn plan(&self) -> &Plan {
        self.plan.as_ref().unwrap()
    }

    pub fn verdict(&self) -> &Verdict {
        &self.plan().verdict
    }

    pub fn step(&self) -> &Step {
        &self.plan().step
    }

    /// The write to AWS, if one was made.
    pub fn wrote(&self) -> Option<AwsWrite<'_>> {
        self.plan.as_ref().and_then(|plan| plan.step.aws_write())
    }

    /// The configuration that was sent in an update.
    pub fn updated(&self) -> &Configuration {
        match self.step() {
            Step::Update(update) => &update.configuration,
            other => panic!("no update, but {other:?}"),
        }
    }

    pub fn retagged(&self) -> &TagChange {
        match self.step() {
            Step::Retag(retag) => &retag.change,
            other => panic!("no change of tags, but {other:?}"),
        }
    }

    /// Status, reason and message of a condition.
    pub fn says(&self, kind: ConditionType) -> Option<(String, Reason, String)> {
        let found = super::conditions::find(&self.report.status.conditions, kind)?;
        Some((found.status.clone(), found.reason.parse().unwrap(), found.message.clone()))
    }

    /// `True`, `False` or `Unknown`, and why.
    pub fn ready(&self) -> (String, Reason) {
        let (status, reason, _) = self.says(ConditionType::Ready).expect("no Ready");
        (status, reason)
    }

    pub fn message(&self) -> String {
        self.says(ConditionType::Ready).expect("no Ready").2
    }

    pub fn events(&self) -> Vec<EventReason> {
        self.report.events.iter().map(|note| note.reason).collect()
    }
}
