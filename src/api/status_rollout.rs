//! What the status tells of rollouts: revisions, the deployment, the last failure, the last rollback that was asked for.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One service revision that has tasks or traffic.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionStatus {
    /// ARN of the service revision.
    pub arn: String,
    /// Image of its primary container, where it is known.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Share of the production traffic, in percent.
    pub weight: i32,
    /// Tasks that ECS wants to run.
    pub requested: i32,
    /// Tasks that run.
    pub running: i32,
    /// Tasks that are being started.
    pub pending: i32,
}

/// A service deployment: one rollout.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentStatus {
    /// ARN of the service deployment.
    pub arn: String,
    /// ECS's own word for it, for example `IN_PROGRESS`, `SUCCESSFUL` or `ROLLBACK_SUCCESSFUL`.
    pub status: String,
    /// ECS's lifecycle stage while it is in flight, for example `BAKE_TIME`.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// When the bake that is under way ends, at the latest: ECS watches the canary for three minutes, and then the whole for three more.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bake_ends_at: Option<Time>,
    /// Tasks of it that failed, as ECS's circuit breaker counts them. Absent while none did.
    #[schemars(with = "i32")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_tasks: Option<i32>,
    /// At how many failed tasks ECS goes back.
    #[schemars(with = "i32")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_tasks_limit: Option<i32>,
    /// How a task last answered a health check that it failed, for example `answered 404`.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check: Option<String>,
    /// ARN of the revision it rolls out.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_revision: Option<String>,
    /// When it started.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// Why it was stopped or rolled back, in ECS's words.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A rollout that failed.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedAttempt {
    /// Generation of the spec that failed.
    pub generation: i64,
    /// Hash of the spec that failed.
    pub spec_hash: String,
    /// `RolledBack`, `RollbackFailed` or `DeploymentFailed`.
    pub outcome: String,
    /// ARN of the deployment that failed.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// Image that was rolled out.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Why: the alarm, the stopped tasks, the health check path, and ECS's own words.
    pub reason: String,
    /// When the failure was seen.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}

/// What came of a rollback that was asked for.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RollbackStatus {
    /// What was done, or why nothing was; empty while ECS is being asked.
    pub answer: String,
    /// ARN of the deployment that goes back, or went back, because it was asked for.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
}
