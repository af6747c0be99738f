//! Who plays: the specs that an object can have, the policies, and ECS with its clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use express_simulator::model::{Config, Model, QuotaConfig, Switches, Timings};
use express_simulator::time::Time;
use expressway::api::management::{Adoption, Deletion, Drift, Management, Mode};
use expressway::api::names;
use expressway::api::spec::{ExpressGatewayServiceSpec, PrimaryContainer};
use expressway::core::desired::{Desired, ObjectFacts};
use expressway::core::observed::{Place, Tags};
use expressway::core::ownership::Owner;
use expressway::core::retry::Backoff;

use super::flaw::Flaw;
use super::moves::Fault;
use super::world::Object;

/// When every history begins, in seconds.
pub(super) const BEGINNING: i64 = 1_800_000_000;

/// The region of the controller and of the simulator.
pub(super) const REGION: &str = "us-east-1";

/// After a failure, the next attempt is due so many seconds later: the jitter, which hides equal states from each other, is taken out.
pub(super) const RETRY_AFTER: i64 = 5;

const NAME: &str = "web";
const CLUSTER: &str = "default";

/// What the object's image can be. The last one cannot be pulled, so that its rollout is rolled back.
pub(super) const IMAGES: [&str; 3] = ["shop/web:1", "shop/web:2", "shop/web:3-cannot-pull"];

/// The image that somebody sets beside the controller.
pub(super) const FOREIGN_IMAGE: &str = "shop/web:console";

/// One that somebody sets, and that is rolled back.
pub(super) const BAD_FOREIGN_IMAGE: &str = "shop/web:console-cannot-pull";

/// `spec.management` of all specs of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::AsRefStr, strum::EnumIter, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum Policy {
    /// Every default: manage, delete with the object, correct drift, adopt nothing.
    Defaults,
    /// The service outlives its object.
    Retain,
    /// Drift is shown.
    Report,
    /// A service without an owner is adopted.
    Adopt,
    /// AWS is never written to.
    Observe,
}

impl Policy {
    fn management(self) -> Option<Management> {
        let default = Management::default();
        Some(match self {
            Self::Defaults => return None,
            Self::Retain => Management { deletion: Some(Deletion::Retain), ..default },
            Self::Report => Management { drift: Some(Drift::Report), ..default },
            Self::Adopt => Management { adoption: Some(Adoption::IfUnowned), ..default },
            Self::Observe => Management { mode: Some(Mode::Observe), ..default },
        })
    }
}

/// The specs, parsed once: parsing is not what is checked.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    pub(super) policy: Policy,
    pub(super) flaw: Flaw,
    /// What does not go wrong.
    pub(super) without: Vec<Fault>,
    parsed: Vec<Desired>,
}

impl Cast {
    pub(super) fn new(policy: Policy, flaw: Flaw) -> Self {
        Self { policy, flaw, without: Vec::new(), parsed: IMAGES.iter().map(|image| parsed(image, policy)).collect() }
    }

    /// What the object asks for.
    pub(super) fn desired(&self, object: &Object) -> Option<Desired> {
        let mut desired = self.parsed.get(usize::from(object.variant))?.clone();
        desired.owner.uid = uid(object.uid);
        desired.generation = object.generation;
        desired.deleting = object.deleting;
        desired.has_finalizer = object.finalizer;
        desired.retry_token = object.retry.map(|token| token.to_string());
        Some(desired)
    }

    /// The hash of each spec: what the controller remembers them by.
    pub(super) fn spec_hash(&self, variant: u8) -> Option<&str> {
        let intent = self.parsed.get(usize::from(variant))?.intent.as_ref().ok()?;
        Some(&intent.spec_hash)
    }
}

/// Uid of the object's n-th incarnation.
pub(super) fn uid(number: u8) -> String {
    format!("uid-{number}")
}

pub(super) fn place() -> Place {
    Place { cluster: CLUSTER.to_owned(), service_name: NAME.to_owned() }
}

pub(super) fn service_arn() -> String {
    format!("arn:aws:ecs:{REGION}:123456789012:service/{CLUSTER}/{NAME}")
}

pub(super) fn backoff() -> Backoff {
    Backoff::default()
}

fn owner(uid: String) -> Owner {
    Owner { cluster_id: "cluster-1".to_owned(), namespace: "shop".to_owned(), name: NAME.to_owned(), uid }
}

/// The tags of another cluster's object of the same name.
pub(super) fn tags_of_somebody_else() -> Tags {
    Owner { cluster_id: "cluster-2".to_owned(), ..owner("uid-of-theirs".to_owned()) }.tags()
}

/// Whether tags name another owner than this object, or one that came before it.
pub(super) fn names_somebody_else(tags: &Tags) -> bool {
    tags.get(names::TAG_CLUSTER_ID).is_some_and(|cluster| cluster != "cluster-1")
}

/// Whether tags name this object, or one of its name that came before.
pub(super) fn names_us(tags: &Tags) -> bool {
    tags.get(names::TAG_CLUSTER_ID).is_some_and(|cluster| cluster == "cluster-1")
}

pub(super) fn spec(image: &str, policy: Policy) -> ExpressGatewayServiceSpec {
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    ExpressGatewayServiceSpec {
        service_name: None,
        cluster: None,
        infrastructure_role_arn: role("infrastructure"),
        execution_role_arn: Some(role("execution")),
        task_role_arn: None,
        task_definition_arn: None,
        primary_container: Some(PrimaryContainer { image: image.to_owned(), ..PrimaryContainer::default() }),
        cpu: None,
        memory: None,
        cpu_architecture: None,
        network_configuration: None,
        health_check_path: None,
        scaling_target: None,
        tags: Vec::new(),
        management: policy.management(),
    }
}

fn parsed(image: &str, policy: Policy) -> Desired {
    let facts = ObjectFacts {
        owner: owner(uid(1)),
        annotations: BTreeMap::new(),
        management: Ok(policy.management().unwrap_or_default()),
        region: REGION.to_owned(),
        ..ObjectFacts::default()
    };
    Desired::parse(facts, Ok(&spec(image, policy)))
}

/// An empty account. Stages that show a reader nothing of their own take no time, so that fewer moments are told apart; the others
/// take as long as they take.
pub(super) fn ecs() -> Arc<Model> {
    let none = Duration::ZERO;
    let timings = Timings {
        load_balancer: none,
        certificate: none,
        small_resource: none,
        short_stage: none,
        reconcile: none,
        task_start: none,
        clean_up: none,
        stop_request: none,
        configuration_lag: Duration::from_secs(5),
        endpoint_lag: Duration::from_secs(5),
        describe_lag: Duration::from_secs(5),
        ..Timings::default()
    };
    let switches = Switches { quirk_order_shuffled: false, ..Switches::default() };
    let quotas = QuotaConfig { enabled: false, ..QuotaConfig::default() };
    let config = Config {
        region: REGION.to_owned(),
        clusters: vec![CLUSTER.to_owned()],
        timings,
        switches,
        quotas,
        ..Config::default()
    };
    let mut model = Model::new(config);
    model.tick(Time(BEGINNING * 1000));
    Arc::new(model)
}
