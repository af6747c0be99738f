//! What the model checker sees of the model, against what the real controller sees of the same model over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use express_simulator::model::{Config, Model};
use express_simulator::server::{self, Running, ServerOptions};
use expressway::aws::{Ecs, EcsSettings};
use expressway::core::managed::ManagedReading;
use expressway::core::memory::Memory;
use expressway::core::observed::{Known, Observed};
use expressway::core::plan::plan;
use expressway::core::report::{Situation, report};
use expressway::core::rollout::Deployment;
use expressway::core::step::Step;
use jiff::Timestamp;

use super::cast::{self, Cast, Policy, REGION};
use super::flaw::Flaw;
use super::reading;
use super::world::{Object, Status};

/// The same account, seen in two ways.
struct Both {
    simulator: Running,
    ecs: Ecs,
    cast: Cast,
    object: Object,
    looks: usize,
}

impl Both {
    async fn begin() -> Self {
        let config = Config { clusters: vec!["default".to_owned()], region: REGION.to_owned(), ..Config::default() };
        let simulator = server::start(ServerOptions { config, ..ServerOptions::default() }).await.unwrap();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(REGION))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .endpoint_url(&simulator.endpoint)
            .build();
        let ecs = Ecs::over(&config, &EcsSettings::default()).unwrap();
        let mut object = Object::new(1, 0);
        object.finalizer = true;
        Self { simulator, ecs, cast: Cast::new(Policy::Defaults, Flaw::None), object, looks: 0 }
    }

    fn model(&self) -> Model {
        self.simulator.with_model(|model| model.clone())
    }

    /// Looks in both ways, with what the status leaves open and with nothing known; the reading is the same.
    async fn look(&mut self) -> Observed {
        let desired = self.cast.desired(&self.object).unwrap();
        let known = |full| {
            let known = Memory::of(&self.object.status).known(desired.generation, full);
            Known { owner: Some(desired.owner.clone()), ..known }
        };
        for known in [Known::default(), known(true), known(false)] {
            let now = self.simulator.now();
            let seen = reading::observe((&self.model(), now), (&self.model(), now), &cast::place(), &known).unwrap();
            let read = self.ecs.observe(&cast::place(), &known, Duration::ZERO).await.unwrap();
            assert_eq!(comparable(seen), comparable(read), "look {}, with {known:?}", self.looks);
            self.looks += 1;
        }
        let (model, now) = (self.model(), self.simulator.now());
        reading::observe((&model, now), (&model, now), &cast::place(), &known(false)).unwrap()
    }

    /// One reconcile, with the real write.
    async fn reconcile(&mut self) -> Step {
        let observed = self.look().await;
        let desired = self.cast.desired(&self.object).unwrap();
        let now = Timestamp::from_millisecond(self.simulator.now().0).unwrap();
        let plan = plan(&desired, &observed, &Memory::of(&self.object.status), now);
        let outcome = match plan.step.aws_write() {
            Some(write) => Some(self.ecs.act(write).await),
            None => None,
        };
        let before: &Status = &self.object.status;
        let situation = Situation {
            desired: &desired,
            before,
            observed: Ok(&observed),
            plan: Some(&plan),
            outcome: outcome.as_ref().map(Result::as_ref),
            freshness: expressway::core::freshness::Freshness::new(Some(now), before, Duration::from_secs(180)),
            region: REGION,
        };
        let told = report(&situation, &cast::backoff(), now);
        self.object.status = std::sync::Arc::new(told.status);
        plan.step
    }

    /// Reconciles at every event until nothing happens by itself any more, and a minute longer.
    async fn until_rest(&mut self) {
        self.reconcile().await;
        while self.simulator.advance_to_next_event() {
            if matches!(self.reconcile().await, Step::Release) {
                return;
            }
        }
        self.simulator.advance(Duration::from_secs(61));
        self.reconcile().await;
        self.reconcile().await;
    }

    fn edit(&mut self, variant: u8) {
        self.object.variant = variant;
        self.object.generation += 1;
    }
}

/// What decides. Why tasks stopped, what a health check answered and what an event says is only told; managed resources are not
/// part of the state space.
fn comparable(mut observed: Observed) -> Observed {
    let plain = |deployment: &mut Deployment| {
        deployment.stopped_task = None;
        deployment.unhealthy = None;
    };
    match &mut observed {
        Observed::Live(live) => {
            live.presence.reason = None;
            live.managed = ManagedReading::NotAsked;
            // A moment goes through JSON as a fraction of seconds.
            for shown in live.configurations.iter_mut().flatten() {
                shown.created_at = shown.created_at.and_then(|at| at.round(jiff::Unit::Millisecond).ok());
            }
            live.in_flight.iter_mut().chain(live.last_ended.iter_mut()).for_each(plain);
        }
        Observed::Draining(presence) | Observed::Inactive(presence) | Observed::NotExpress(presence) => {
            presence.reason = None;
        }
        Observed::Absent | Observed::InAnotherAccount(_) => {}
    }
    observed
}

#[tokio::test]
async fn the_model_is_seen_as_the_controller_sees_ecs() {
    let mut both = Both::begin().await;
    both.until_rest().await;
    for variant in [1, 2, 0] {
        both.edit(variant);
        both.until_rest().await;
    }
    both.object.deleting = true;
    both.until_rest().await;
    assert!(both.looks > 100, "{} looks", both.looks);
}

/// As over HTTP: `a_service_that_was_deleted_since_the_glance_is_going`.
#[tokio::test]
async fn a_service_that_was_deleted_since_the_glance_is_going_in_the_model_too() {
    let mut both = Both::begin().await;
    both.until_rest().await;
    let (before, now) = (both.model(), both.simulator.now());
    both.object.deleting = true;
    both.reconcile().await;
    let after = (&both.model(), both.simulator.now());

    let seen = reading::observe((&before, now), after, &cast::place(), &Known::default()).unwrap();

    assert!(matches!(seen, Observed::Draining(_)), "{seen:?}");
}
