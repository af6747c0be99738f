//! `status.managedResources` and `status.recreation`: what ECS makes for a service, and what became of one that could not come up.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A resource that ECS manages for the service.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedResource {
    /// `LoadBalancer`, `LoadBalancerSecurityGroup`, `Certificate`, `Listener`, `ListenerRule`, `TargetGroup`, `SecurityGroup`, `ScalableTarget`, `ScalingPolicy`, `MetricAlarm` or `LogGroup`.
    pub kind: String,
    /// Its own name; absent before ECS has made it.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its ARN; absent before ECS has made it.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// ECS's own word: `PROVISIONING`, `ACTIVE`, `DEPROVISIONING`, `DELETED` or `FAILED`.
    pub state: String,
    /// Why it is in that state, in ECS's words.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when it is in that state, as far as ECS says.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// A service that was deleted in order to be created again.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recreation {
    /// Generation of the spec. For one generation it happens once at most.
    pub generation: i64,
    /// When the deletion was sent.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// When ECS had created the service that was deleted.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_service_created_at: Option<Time>,
    /// Why it was deleted.
    pub reason: String,
    /// Whether the new service has been created.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
}
