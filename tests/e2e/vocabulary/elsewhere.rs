//! What somebody else does in the same AWS account. It leaves no trace in the journal of calls.

use express_simulator::wire::{Operation, Request};
use serde_json::{Value, json};

use super::fields::merge;
use super::manifest::ACCOUNT;
use super::world::World;

/// ARN of the service of this name in the cluster `default`.
fn arn(name: &str) -> String {
    format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:service/default/{name}")
}

impl World {
    /// Somebody calls ECS.
    #[track_caller]
    pub fn somebody_calls(&self, operation: Operation, body: Value) -> Value {
        let request = Request::from_json(operation, body).unwrap();
        let now = self.simulator.now();
        self.simulator.with_model(|model| model.apply(request, now).unwrap().to_json())
    }

    /// What `DescribeExpressGatewayService` shows of the service of this name, in the cluster `default`, with its tags.
    #[track_caller]
    pub fn describes(&self, name: &str) -> Value {
        let request = json!({"serviceArn": arn(name), "include": ["TAGS"]});
        self.somebody_calls(Operation::DescribeExpressGatewayService, request)["service"].clone()
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

    /// Somebody calls UpdateExpressGatewayService with these members, in the cluster `default`.
    #[track_caller]
    pub fn somebody_updates(&self, name: &str, mut members: Value) {
        members["serviceArn"] = json!(arn(name));
        self.somebody_calls(Operation::UpdateExpressGatewayService, members);
    }

    /// Somebody calls the classic UpdateService with these members, in the cluster `default`.
    #[track_caller]
    pub fn somebody_updates_the_classic_way(&self, name: &str, mut members: Value) {
        members["service"] = json!(name);
        self.somebody_calls(Operation::UpdateService, members);
    }

    /// Somebody writes tags, in the cluster `default`.
    #[track_caller]
    pub fn somebody_tags(&self, name: &str, tags: &[(&str, &str)]) {
        let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        self.somebody_calls(Operation::TagResource, json!({"resourceArn": arn(name), "tags": tags}));
    }

    /// Somebody takes tags off, in the cluster `default`.
    #[track_caller]
    pub fn somebody_untags(&self, name: &str, keys: &[&str]) {
        self.somebody_calls(Operation::UntagResource, json!({"resourceArn": arn(name), "tagKeys": keys}));
    }

    /// Somebody registers the task definition of a service anew, with these members laid over it, and deploys it.
    #[track_caller]
    pub fn somebody_deploys_a_definition(&self, name: &str, members: &Value, container: &Value) {
        let arn = self.describes(name)["activeConfigurations"][0]["taskDefinitionArn"].clone();
        let answer = self.somebody_calls(Operation::DescribeTaskDefinition, json!({"taskDefinition": arn}));
        let mut definition = answer["taskDefinition"].clone();
        merge(&mut definition, members);
        merge(&mut definition["containerDefinitions"][0], container);
        definition["family"] = json!(format!("theirs-{name}"));
        let registered = self.somebody_calls(Operation::RegisterTaskDefinition, definition);
        let arn = registered["taskDefinition"]["taskDefinitionArn"].clone();
        self.somebody_updates_the_classic_way(name, json!({"taskDefinition": arn}));
    }

    /// Somebody deletes the service, in the cluster `default`.
    #[track_caller]
    pub fn somebody_deletes(&self, name: &str) {
        self.somebody_calls(Operation::DeleteExpressGatewayService, json!({"serviceArn": arn(name)}));
    }

    /// Somebody creates a service of this name that is not Express, in the cluster `default`.
    #[track_caller]
    pub fn somebody_creates_a_classic(&self, name: &str) {
        self.somebody_calls(Operation::CreateCluster, json!({}));
        self.somebody_calls(Operation::CreateService, json!({"serviceName": name, "taskDefinition": "theirs:1"}));
    }

    /// Somebody deletes that service; it is gone when its tasks have drained.
    #[track_caller]
    pub fn somebody_deletes_the_classic(&self, name: &str) {
        self.somebody_calls(Operation::DeleteService, json!({"service": name, "force": true}));
    }
}
