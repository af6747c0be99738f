//! Whatever spec is applied, and whatever it is changed to, reads back as in sync: decided, sent, rolled out and observed
//! over the real wire, with every read-back quirk on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::time::Duration;

use express_simulator::model::Config;
use express_simulator::server::{self, Running, ServerOptions};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};

use super::canned::connect;
use super::{Ecs, EcsSettings};
use crate::api::names;
use crate::api::spec::ExpressGatewayServiceSpec;
use crate::api::status::{ExpressGatewayServiceStatus, NEVER_OBSERVED};
use crate::core::any_spec::any_spec;
use crate::core::desired::{Desired, ObjectFacts};
use crate::core::fixtures::{REGION, owner};
use crate::core::freshness::Freshness;
use crate::core::memory::Memory;
use crate::core::observed::Observed;
use crate::core::plan::{Plan, Verdict, plan};
use crate::core::report::{Situation, report};
use crate::core::retry::Backoff;
use crate::core::step::{AwsWrite, Step};

/// Specs that are tried. Each pair costs two rollouts of some twenty looks.
const CASES: u32 = 16;

/// Looks after which a rollout should long have ended.
const MOST_PASSES: usize = 200;

struct Service {
    simulator: Running,
    ecs: Ecs,
    status: ExpressGatewayServiceStatus,
    generation: i64,
}

impl Service {
    async fn begin() -> Self {
        let mut config = Config { region: REGION.into(), account: "111122223333".into(), ..Config::default() };
        config.quotas.enabled = false;
        let simulator = server::start(ServerOptions { config, ..ServerOptions::default() }).await.unwrap();
        let ecs = connect(&simulator.endpoint, &EcsSettings::default());
        let status = ExpressGatewayServiceStatus { observed_generation: NEVER_OBSERVED, ..Default::default() };
        Self { simulator, ecs, status, generation: 0 }
    }

    /// Applies the spec and reconciles until it has settled; how many creates and updates that took.
    async fn settle(&mut self, spec: &ExpressGatewayServiceSpec) -> Result<usize, TestCaseError> {
        self.generation += 1;
        let desired = self.desired(spec);
        let mut rollouts = 0;
        for _ in 0..MOST_PASSES {
            let decided = self.pass(&desired).await;
            let write = decided.step.aws_write();
            rollouts += usize::from(matches!(write, Some(AwsWrite::Create(_) | AwsWrite::Update(_))));
            match decided.verdict {
                Verdict::Settled if decided.step == Step::Nothing => return Ok(rollouts),
                Verdict::NotConverging(_) | Verdict::Held(_) | Verdict::Invalid(_) => {
                    return Err(TestCaseError::fail(format!("{:?} {:?}", decided.verdict, decided.comparison)));
                }
                _ => _ = self.simulator.advance_to_next_event(),
            }
        }
        Err(TestCaseError::fail("never settled"))
    }

    fn desired(&self, spec: &ExpressGatewayServiceSpec) -> Desired {
        let facts = ObjectFacts {
            owner: owner(),
            generation: self.generation,
            finalizers: vec![names::FINALIZER.into()],
            region: REGION.into(),
            ..ObjectFacts::default()
        };
        Desired::parse(facts, Ok(spec))
    }

    async fn observe(&self, desired: &Desired) -> Observed {
        let known = Memory::of(&self.status).known(self.generation, false);
        let observed = self.ecs.observe(desired.place.as_ref().unwrap(), &known, Duration::ZERO).await;
        observed.or_else(|failure| desired.read_of_a_missing_cluster(failure, false)).unwrap()
    }

    async fn pass(&mut self, desired: &Desired) -> Plan {
        let now = Timestamp::from_millisecond(self.simulator.now().0).unwrap();
        let observed = self.observe(desired).await;
        let decided = plan(desired, &observed, &Memory::of(&self.status), now);
        let outcome = match decided.step.aws_write() {
            Some(write) => Some(self.ecs.act(write).await),
            None => None,
        };
        assert!(!matches!(outcome, Some(Err(_))), "{outcome:?}");
        let situation = Situation {
            desired,
            before: &self.status,
            observed: Ok(&observed),
            plan: Some(&decided),
            outcome: outcome.as_ref().map(Result::as_ref),
            freshness: Freshness::new(Some(now), &self.status, Duration::from_secs(180)),
            region: REGION,
        };
        self.status = report(&situation, &Backoff::default(), now).status;
        decided
    }
}

#[test]
fn every_spec_and_every_edit_settles_with_one_rollout_at_most() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Cases { cases: CASES, failure_persistence: None, ..Cases::default() });
    let edits = (any_spec(), any_spec());
    let result = runner.run(&edits, |(one, two)| {
        runtime.block_on(async {
            let mut service = Service::begin().await;
            prop_assert_eq!(service.settle(&one).await?, 1);
            prop_assert!(service.settle(&two).await? <= 1, "one canary is enough");
            prop_assert_eq!(service.settle(&two).await?, 0, "and nothing is left to send");
            Ok(())
        })
    });
    result.unwrap();
}
