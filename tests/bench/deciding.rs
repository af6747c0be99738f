//! What a decision costs: `plan`, `report` and `Desired::parse` of an object that is as it should be.

use std::hint::black_box;
use std::time::{Duration, Instant};

use expressway::api::spec::ExpressGatewayServiceSpec;
use expressway::api::status::ExpressGatewayServiceStatus;
use expressway::core::desired::{Desired, ObjectFacts};
use expressway::core::freshness::Freshness;
use expressway::core::managed::ManagedReading;
use expressway::core::memory::Memory;
use expressway::core::observed::{ActiveConfiguration, Live, Observed, Presence};
use expressway::core::ownership::Owner;
use expressway::core::plan::{Plan, plan};
use expressway::core::report::{Report, Situation, report};
use expressway::core::retry::Backoff;
use expressway::core::rollout::RevisionLoad;
use jiff::Timestamp;

use super::row;
use super::statistics::percentile;
use super::{table, world};

const BATCHES: usize = 400;
const A_BATCH: u32 = 250;

const ARN: &str = "arn:aws:ecs:eu-central-1:111122223333:service/default/web";
const REVISION: &str = "arn:aws:ecs:eu-central-1:111122223333:service-revision/default/web/1";
const BACKOFF: Backoff = Backoff { base: Duration::from_secs(1), cap: Duration::from_secs(300) };

pub fn measure() {
    table::heading("Deciding about an object that is as it should be");
    let object = Unchanged::new();
    let after_a_glance = object.observed(false);
    let after_a_reading = object.observed(true);
    let now = Timestamp::now();
    let rows = [
        line("plan, nothing has moved", || plan(&object.desired, &after_a_glance, &object.memory, now)),
        line("plan, with a comparison of every field", || plan(&object.desired, &after_a_reading, &object.memory, now)),
        line("Memory::of the status", || Memory::of(&object.status)),
        line("report, nothing has moved", || object.report(&after_a_glance, &object.plan(&after_a_glance, now), now)),
        line("Desired::parse", || Desired::parse(object.facts.clone(), Ok(&object.spec))),
    ];
    let decided = object.plan(&after_a_reading, now);
    let told = object.report(&after_a_reading, &decided, now);
    println!(
        "{BATCHES} batches of {A_BATCH}, one thread, this process; the step was {:?}, and the status was",
        decided.step
    );
    println!(
        "{}. The report's figure holds a plan, too.\n",
        if told.status == object.status { "unchanged" } else { "CHANGED" }
    );
    table::print(&["nanoseconds each", "median", "p99 of the batches"], &rows);
}

fn line<T>(what: &str, work: impl Fn() -> T) -> Vec<String> {
    let batch = || {
        let started = Instant::now();
        for _ in 0..A_BATCH {
            black_box(work());
        }
        started.elapsed().as_nanos() as f64 / f64::from(A_BATCH)
    };
    batch();
    let batches: Vec<f64> = (0..BATCHES).map(|_| batch()).collect();
    row![what, format!("{:.0}", percentile(&batches, 0.5)), format!("{:.0}", percentile(&batches, 0.99))]
}

/// An object whose service serves just what it asks for.
struct Unchanged {
    facts: ObjectFacts,
    spec: ExpressGatewayServiceSpec,
    desired: Desired,
    status: ExpressGatewayServiceStatus,
    memory: Memory,
}

impl Unchanged {
    fn new() -> Self {
        let owner = Owner {
            cluster_id: "0b2c0a4e-1f2d-4c57-8f6f-7d0f8d0f2a11".to_owned(),
            namespace: "default".to_owned(),
            name: "web".to_owned(),
            uid: "6c7a6b1e-93de-4d4f-a1a9-0f6e0b8f9e21".to_owned(),
        };
        let facts = ObjectFacts {
            owner,
            generation: 1,
            finalizers: vec![expressway::api::names::FINALIZER.to_owned()],
            region: "eu-central-1".to_owned(),
            ..ObjectFacts::default()
        };
        let spec = serde_json::from_value(world::manifest("web", "nginx:1")["spec"].clone()).unwrap();
        let desired = Desired::parse(facts.clone(), Ok(&spec));
        let status = ExpressGatewayServiceStatus::default();
        let mut object = Self { facts, spec, desired, memory: Memory::of(&status), status };
        // The first pass settles; the second sees what the first left.
        for _ in 0..2 {
            let (observed, now) = (object.observed(true), Timestamp::now());
            let told = object.report(&observed, &object.plan(&observed, now), now);
            object.memory = Memory::of(&told.status);
            object.status = told.status;
        }
        object
    }

    /// The service, with or without what the full reading adds.
    fn observed(&self, in_full: bool) -> Observed {
        let intent = self.desired.intent.as_ref().unwrap();
        let shown = ActiveConfiguration {
            revision: REVISION.to_owned(),
            created_at: Some(Timestamp::UNIX_EPOCH),
            configuration: intent.configuration.clone(),
            url: Some("https://web.ecs.eu-central-1.on.aws".to_owned()),
        };
        Observed::Live(Box::new(Live {
            infrastructure_role: None,
            presence: Presence {
                arn: ARN.to_owned(),
                created_at: Some(Timestamp::UNIX_EPOCH),
                tags: self.desired.owner.tags(),
                reason: None,
            },
            revisions: vec![RevisionLoad { arn: REVISION.to_owned(), ..RevisionLoad::default() }],
            configurations: in_full.then(|| vec![shown]),
            in_flight: None,
            last_ended: None,
            managed: ManagedReading::NotAsked,
        }))
    }

    fn plan(&self, observed: &Observed, now: Timestamp) -> Plan {
        plan(&self.desired, observed, &self.memory, now)
    }

    fn report(&self, observed: &Observed, decided: &Plan, now: Timestamp) -> Report {
        let situation = Situation {
            desired: &self.desired,
            before: &self.status,
            observed: Ok(observed),
            plan: Some(decided),
            outcome: None,
            freshness: Freshness::new(Some(now), &self.status, Duration::from_secs(60)),
            region: "eu-central-1",
        };
        report(&situation, &BACKOFF, now)
    }
}
