//! The world: API server, etcd, controller manager, ECS and the controller, each in a process of its own.

use std::path::Path;

use control_plane::{Options, Program};
use expressway::api::ExpressGatewayService;
use kube::api::{Api, DynamicObject};
use kube::core::ApiResource;

use crate::ecs::Ecs;
use crate::replica::{End, Replica};
use crate::settings::Settings;
use crate::vocabulary::control_plane::Cluster;
use crate::vocabulary::{controller, page};

/// Where the objects are.
pub const NAMESPACE: &str = "soak";

/// Waits for an ECS that runs sixty times too fast. `--aws-timeout` is shorter than ECS hangs, the longest backoff shorter
/// than anybody wants to wait here, and `--visibility-grace` longer than a call is ever held up on its way.
const FLAGS: [&str; 10] = [
    "--rollout-interval=700ms",
    "--drain-interval=1s",
    "--full-observe-interval=30s",
    "--batch-window=200ms",
    "--retry-base=200ms",
    "--retry-cap=5s",
    "--aws-timeout=3s",
    "--visibility-grace=12s",
    "--reconcile-timeout=20s",
    "--shutdown-grace=10s",
];

/// As many as `deploy/` has. Whichever has the Lease leads.
const REPLICAS: [&str; 2] = ["replica-1", "replica-2"];

/// The Lease, and where the shipped role lets it be.
pub const LEASE: &str = "expressway-soak";
pub const LEASES: &str = "expressway-system";

/// Everything that runs.
pub struct World {
    /// etcd, API server, controller manager.
    pub cluster: Cluster,
    /// ECS.
    pub ecs: Ecs,
    /// The controller.
    pub replicas: Vec<Replica>,
}

impl World {
    /// Starts everything but the controller.
    pub fn start(settings: &Settings) -> Self {
        let cluster = Cluster::with(Options { is_durable: true, ..Options::default() });
        cluster.kubectl(&["create", "namespace", NAMESPACE], "").done();
        let folder = cluster.control_plane.dir();
        let ecs = Ecs::start(folder, settings.speed);
        let observe = format!("--observe-interval={}ms", settings.observe.as_millis());
        let lease_namespace = format!("--lease-namespace={LEASES}");
        let command = |listen: &str| {
            let election = ["--leader-election=true", &lease_namespace];
            let flags = [&FLAGS[..], &election, &settings.flags, &[listen, &observe]].concat();
            controller::command(NAMESPACE, &ecs.endpoint(), &cluster.shipped_kubeconfig, &flags)
        };
        let replicas = REPLICAS.iter().map(|name| Replica::new(name, folder, command)).collect();
        Self { cluster, ecs, replicas }
    }

    /// The objects.
    pub fn api(&self) -> Api<DynamicObject> {
        let resource = ApiResource::erase::<ExpressGatewayService>(&());
        Api::namespaced_with(self.cluster.client.clone(), NAMESPACE, &resource)
    }

    /// Starts every replica that is down.
    pub fn start_the_controller(&self) {
        self.replicas.iter().for_each(Replica::start);
    }

    /// The replica that acts.
    pub fn leader(&self) -> &Replica {
        self.replicas.iter().find(|replica| leads(replica)).unwrap_or(&self.replicas[0])
    }

    /// Whether a replica acts.
    pub fn is_led(&self) -> bool {
        self.replicas.iter().any(leads)
    }

    /// How replicas ended by themselves.
    pub fn ends_by_themselves(&self) -> Vec<End> {
        self.replicas.iter().flat_map(Replica::ends).collect()
    }

    /// All programs of the control plane run, or are started again.
    pub fn heal_the_control_plane(&self) {
        let has = |program: &Program| {
            *program != Program::ControllerManager || self.cluster.control_plane.has_controller_manager()
        };
        for program in Program::ALL.into_iter().filter(has) {
            let started = self.cluster.control_plane.start_again(program);
            started.unwrap_or_else(|error| panic!("{error}"));
        }
    }

    /// Where everything writes.
    pub fn folder(&self) -> &Path {
        self.cluster.control_plane.dir()
    }

    /// What all replicas have logged.
    pub fn log(&self) -> String {
        self.replicas.iter().map(Replica::log).collect()
    }
}

fn leads(replica: &Replica) -> bool {
    replica.metrics().is_some_and(|page| page::sum_of(&page, LEADS, &[]) > 0)
}

/// 1 where a replica leads.
pub const LEADS: &str = "expressway_leader";
