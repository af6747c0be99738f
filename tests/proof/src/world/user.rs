//! Who else is there: the person with kubectl, and the person in the AWS console.

use std::time::Duration;

use express_simulator::model::{Category, Fate, FateRule, ServiceKey};
use express_simulator::wire::{Operation, Request};
use expressway::api::names;
use serde_json::{Value, json};

use super::ecs::REGION;
use super::state::State;

/// Namespace of the object.
pub const NAMESPACE: &str = "shop";
/// Name of the object, and of its service.
pub const NAME: &str = "web";
/// The AWS account.
pub const ACCOUNT: &str = "111122223333";
/// The ECS cluster.
pub const CLUSTER: &str = "shop";

/// What somebody does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// `kubectl apply` of the least that there is, with these members of the spec besides.
    Apply(Value),
    /// A merge patch on the spec; `null` takes a member out of the YAML.
    Edit(Value),
    /// An annotation gets a value.
    Annotate(&'static str, &'static str),
    /// The plan that `status.plan` shows is approved.
    Approve,
    /// `kubectl delete`.
    Delete,
    /// The object is removed by force, its finalizer too, and the same YAML is applied again.
    ReplaceByForce,
    /// The object loses its status, as when it comes back from a backup.
    LoseStatus,
    /// Somebody calls ECS.
    Elsewhere(Operation, Value),
    /// Somebody creates a service of the same name, with these tags.
    ElsewhereCreates(Vec<(&'static str, &'static str)>),
    /// Somebody takes these tags off the service.
    Untag(&'static [&'static str]),
    /// What becomes of the service's next rollout.
    NextRollout(Fate),
    /// No role can be assumed for so long.
    RolesArriveIn(Duration),
    /// The infrastructure role is allowed nothing, or everything again.
    RoleHasPermissions(bool),
    /// ECS has no capacity for writes, or has it again.
    ThrottleWrites(bool),
    /// Nothing: time passes.
    Nothing,
}

/// ARN of the service.
#[must_use]
pub fn service_arn() -> String {
    format!("arn:aws:ecs:{REGION}:{ACCOUNT}:service/{CLUSTER}/{NAME}")
}

/// ARN of a role.
#[must_use]
pub fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// The least that there is.
#[must_use]
pub fn least() -> Value {
    json!({
        "cluster": CLUSTER,
        "infrastructureRoleArn": role("infrastructure"),
        "executionRoleArn": role("execution"),
        "primaryContainer": {"image": "nginx:1"},
    })
}

impl State {
    /// Somebody does this.
    pub fn act(&mut self, act: &Act) {
        let now = self.now();
        match act {
            Act::Apply(members) => {
                let mut spec = least();
                json_patch::merge(&mut spec, members);
                self.store.apply(NAMESPACE, NAME, &spec, now);
            }
            Act::Edit(members) => self.patch_object(&json!({"spec": members})),
            Act::Annotate(key, value) => self.patch_object(&json!({"metadata": {"annotations": {*key: value}}})),
            Act::Approve => {
                let hash = self.store.object(NAME).and_then(|object| object.pointer("/status/plan/hash")).cloned();
                if let Some(hash) = hash {
                    self.patch_object(&json!({"metadata": {"annotations": {names::APPROVED_PLAN: hash}}}));
                }
            }
            Act::Delete => self.store.delete(NAME, now),
            Act::ReplaceByForce => {
                self.patch_object(&json!({"metadata": {"finalizers": null}}));
                self.store.delete(NAME, now);
                self.store.apply(NAMESPACE, NAME, &least(), now);
            }
            Act::LoseStatus => self.store.lose_status(NAME),
            Act::Nothing => {}
            act => self.act_elsewhere(act),
        }
    }

    fn act_elsewhere(&mut self, act: &Act) {
        let now = self.time();
        self.ecs.tick(now);
        match act {
            Act::Elsewhere(operation, body) => self.somebody_calls(*operation, body.clone()),
            Act::ElsewhereCreates(tags) => {
                let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
                let mut body = least();
                let more = json!({"serviceName": NAME, "tags": tags, "primaryContainer": {"image": "theirs:1"}});
                json_patch::merge(&mut body, &more);
                self.somebody_calls(Operation::CreateExpressGatewayService, body);
            }
            Act::Untag(keys) => {
                let body = json!({"resourceArn": service_arn(), "tagKeys": keys});
                self.somebody_calls(Operation::UntagResource, body);
            }
            Act::NextRollout(fate) => {
                let rule = FateRule { service: Some(NAME.to_owned()), fate: *fate, left: Some(1) };
                self.ecs.set_fate(rule);
            }
            Act::RolesArriveIn(span) => self.ecs.deny_role("*", now + *span),
            Act::RoleHasPermissions(true) => self.ecs.allow_roles(),
            Act::RoleHasPermissions(false) => self.ecs.disarm_role("*"),
            Act::ThrottleWrites(is_throttled) => {
                let burst = if *is_throttled { 0 } else { 50 };
                if let Some(bucket) = self.ecs.quotas_mut().buckets.get_mut(&Category::ServiceModify) {
                    bucket.burst = burst;
                }
            }
            _ => {}
        }
    }

    /// Somebody calls ECS. What ECS refuses does not happen.
    fn somebody_calls(&mut self, operation: Operation, mut body: Value) {
        // `$deployment` stands for the newest deployment, as the console shows it.
        if body.get("serviceDeploymentArn").is_some_and(|arn| arn == "$deployment") {
            let key = service_arn();
            let summary = self.ecs.summary();
            let service = summary.services.iter().find(|service| service.service_arn == key);
            let newest = service.and_then(|service| service.deployment.as_ref());
            body["serviceDeploymentArn"] = json!(newest.map(|deployment| &deployment.service_deployment_arn));
        }
        let now = self.time();
        if let Ok(request) = Request::from_json(operation, body) {
            let _ = self.ecs.apply(request, now);
        }
    }

    fn patch_object(&mut self, patch: &Value) {
        // An object that is gone is not patched.
        let _ = self.store.merge(NAME, patch);
    }

    /// The service's place in ECS.
    #[must_use]
    pub fn service_key() -> ServiceKey {
        ServiceKey::new(CLUSTER, NAME)
    }
}
