//! What went over the wire, to AWS and to the API server, counted.

use express_simulator::server::{Entry, Outcome};

use super::control_plane::kubectl;
use super::page::sum_of;
use super::world::World;

/// Every operation of ECS that changes something.
const WRITES: [&str; 8] = [
    "CreateExpressGatewayService",
    "UpdateExpressGatewayService",
    "DeleteExpressGatewayService",
    "TagResource",
    "UntagResource",
    "UpdateService",
    "StopServiceDeployment",
    "RegisterTaskDefinition",
];

/// The calls that a story received from one moment on.
pub struct Calls(Vec<Entry>);

impl World {
    /// Every call that ECS received.
    pub fn calls(&self) -> Calls {
        Calls(self.simulator.journal())
    }

    /// A moment, to count calls from.
    pub fn now(&self) -> u64 {
        self.simulator.journal().last().map_or(0, |call| call.sequence)
    }

    /// Every call that ECS received after that moment.
    pub fn calls_since(&self, moment: u64) -> Calls {
        Calls(self.simulator.journal_since(moment))
    }
}

impl Calls {
    /// How many there were.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Those of one operation, refused or not.
    pub fn of(&self, operation: &str) -> Vec<&Entry> {
        self.0.iter().filter(|call| call.operation == operation).collect()
    }

    /// Those that were signed with this access key.
    pub fn by(&self, access_key: &str) -> Self {
        let is_theirs = |call: &&Entry| call.caller.as_deref() == Some(access_key);
        Self(self.0.iter().filter(is_theirs).cloned().collect())
    }

    /// How many of one operation had their effect.
    pub fn effects_of(&self, operation: &str) -> usize {
        let has_effect = |call: &&&Entry| matches!(call.outcome, Outcome::Ok | Outcome::Fault { effect: true, .. });
        self.of(operation).iter().filter(has_effect).count()
    }

    /// `UpdateExpressGatewayService`, refused or not.
    pub fn updates(&self) -> usize {
        self.of("UpdateExpressGatewayService").len()
    }

    /// `CreateExpressGatewayService`, refused or not.
    pub fn creates(&self) -> usize {
        self.of("CreateExpressGatewayService").len()
    }

    /// Everything that changes the service of this name, by operation.
    pub fn writes_about(&self, service: &str) -> Vec<&str> {
        let is_about = |call: &&Entry| {
            let named = call.service.as_deref().unwrap_or_default();
            named.rsplit('/').next() == Some(service)
        };
        let writes = self.0.iter().filter(is_about).map(|call| call.operation.as_str());
        writes.filter(|operation| WRITES.contains(operation)).collect()
    }

    /// Everything that changes something, by operation.
    pub fn writes(&self) -> Vec<&str> {
        let writes = self.0.iter().map(|call| call.operation.as_str());
        writes.filter(|operation| WRITES.contains(operation)).collect()
    }
}

/// Writes to `ExpressGatewayService`s that the API server has received, from anybody.
pub fn writes_to_the_api_server() -> u64 {
    let metrics = kubectl(&["get", "--raw", "/metrics"], "").done();
    let of = |verb: &str| {
        let verb = format!("verb=\"{verb}\"");
        sum_of(&metrics, "apiserver_request_total", &["resource=\"expressgatewayservices\"", &verb])
    };
    ["PATCH", "APPLY", "PUT", "POST", "UPDATE", "DELETE", "CREATE"].into_iter().map(of).sum()
}
