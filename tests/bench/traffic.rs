//! What went over the wire between two moments: to ECS by the simulator's journal, to Kubernetes by the controller's own
//! count and, beside it, by the API server's.

use std::collections::BTreeMap;

use super::controller::Controller;
use super::metrics::{added, sums};
use super::world::World;

/// Verbs by which the API server counts what changes something.
const WRITING: [&str; 5] = ["APPLY", "DELETE", "PATCH", "POST", "PUT"];

/// How a read is named.
const READ: &str = "GET ";

/// A moment: all counters as they stood.
pub struct Moment {
    passes: u64,
    call: u64,
    own_writes: BTreeMap<String, u64>,
    server: BTreeMap<String, u64>,
}

/// What was counted between two moments.
#[derive(Debug)]
pub struct Traffic {
    /// Reconciles that ended.
    pub passes: u64,
    /// Calls that ECS received, by operation.
    pub aws: BTreeMap<String, u64>,
    /// Writes to Kubernetes by kind, as the controller counts them.
    pub writes: BTreeMap<String, u64>,
    /// What the API server received about our kind and about events, by verb: everybody's, the bench's own too.
    pub server: BTreeMap<String, u64>,
}

impl Moment {
    pub fn now(world: &World<'_>, controller: &Controller) -> Self {
        let page = controller.metrics();
        Self {
            passes: super::metrics::sum(&page, "expressway_reconciles_total", &[]),
            call: world.last_call(),
            own_writes: sums(&page, "expressway_kubernetes_writes_total", |labels| {
                labels.get("kind").map(|kind| (*kind).to_owned())
            }),
            server: sums(&world.cluster.metrics(), "apiserver_request_total", request_name),
        }
    }

    /// What was counted since.
    pub fn until_now(&self, world: &World<'_>, controller: &Controller) -> Traffic {
        let now = Self::now(world, controller);
        let mut aws = BTreeMap::new();
        for call in world.simulator.journal_since(self.call) {
            *aws.entry(call.operation).or_default() += 1;
        }
        Traffic {
            passes: now.passes - self.passes,
            aws,
            writes: added(&self.own_writes, &now.own_writes),
            server: added(&self.server, &now.server),
        }
    }
}

fn request_name(labels: &BTreeMap<&str, &str>) -> Option<String> {
    let (resource, verb) = (*labels.get("resource")?, *labels.get("verb")?);
    let subresource = labels.get("subresource").filter(|name| !name.is_empty());
    let subresource = subresource.map(|name| format!("/{name}")).unwrap_or_default();
    let counts = matches!(resource, "expressgatewayservices" | "events") && (WRITING.contains(&verb) || verb == "GET");
    counts.then(|| format!("{verb} {resource}{subresource}"))
}

impl Traffic {
    /// All calls to ECS.
    pub fn aws_calls(&self) -> u64 {
        self.aws.values().sum()
    }

    /// All writes to Kubernetes, as the API server counts them.
    pub fn server_writes(&self) -> u64 {
        self.written().values().sum()
    }

    /// Writes to Kubernetes by verb, as the API server counts them.
    pub fn written(&self) -> BTreeMap<String, u64> {
        self.server
            .iter()
            .filter(|(name, _)| !name.starts_with(READ))
            .map(|(name, count)| (name.clone(), *count))
            .collect()
    }

    /// Reads of single objects, as the API server counts them.
    pub fn server_reads(&self) -> u64 {
        self.server.iter().filter(|(name, _)| name.starts_with(READ)).map(|(_, count)| count).sum()
    }

    /// All writes to Kubernetes, as the controller counts them.
    pub fn own_writes(&self) -> u64 {
        self.writes.values().sum()
    }
}

/// `3 PATCH x, 2 POST y`; `none` when there are none.
pub fn listed(counts: &BTreeMap<String, u64>) -> String {
    let words: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}
