//! What somebody else does in the same AWS account. It leaves no trace in the journal of calls.

use express_simulator::wire::{Operation, Request};
use serde_json::{Value, json};

use super::manifest::ACCOUNT;
use super::world::World;

impl World {
    /// Somebody calls ECS.
    #[track_caller]
    pub fn somebody_calls(&self, operation: Operation, body: Value) -> Value {
        let request = Request::from_json(operation, body).unwrap();
        let now = self.simulator.now();
        self.simulator.with_model(|model| model.apply(request, now).unwrap().to_json())
    }

    /// Somebody creates an Express service of this name, with these tags.
    #[track_caller]
    pub fn somebody_creates(&self, name: &str, tags: &[(&str, &str)]) {
        let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        let body = json!({
            "serviceName": name,
            "infrastructureRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/theirs"),
            "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/theirs"),
            "primaryContainer": {"image": "theirs:1"},
            "tags": tags,
        });
        self.somebody_calls(Operation::CreateExpressGatewayService, body);
    }
}
