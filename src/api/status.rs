//! The status of an `ExpressGatewayService`: what was seen in AWS, in the words of `kubectl get`.
//!
//! Lists are capped, values of environment variables are never here, and every field that a column shows is a
//! ready-made string, because a column cannot compute.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drift::{DriftCorrection, DriftStatus, LastLive, MissingService};
pub use super::managed_resources::{ManagedResource, Recreation};
pub use super::plan::{FieldDifference, PlanStatus};
use super::requests::ReconcileRequests;
use super::spec::{CpuArchitecture, NetworkConfiguration, ScalingTarget};

pub use super::status_rollout::{DeploymentStatus, FailedAttempt, RevisionStatus, RollbackStatus};

/// What was last seen of the service, and what the controller must remember about it.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpressGatewayServiceStatus {
    /// The newest generation of the spec that was looked at; `-1` before the first look. Whether it succeeded is told by the conditions.
    #[serde(default = "never_observed")]
    pub observed_generation: i64,

    /// When ECS was last read. Refreshed with every other change of this status, when ECS cannot be read any more, and at least once an hour.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_observed_time: Option<Time>,

    /// ARN of the ECS service. Deleting and creating a service of the same name gives the same ARN.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_arn: Option<String>,

    /// When ECS created the service: it tells this service from a namesake that came before it. Kept when another owner takes the service over.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_created_at: Option<Time>,

    /// Short name of the ECS cluster that the service is in.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,

    /// AWS account of the service.
    #[schemars(with = "String")]
    #[serde(rename = "accountID", default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,

    /// AWS region of the service.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,

    /// Since when the service has been created by this object: gone as soon as one of its revisions takes traffic. Only a service that has it is ever deleted in order to be created again.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creating_since: Option<Time>,

    /// Since when ECS has been draining the service, or an earlier one of this name.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draining_since: Option<Time>,

    /// Where the service answers. Kept over updates; a service that is deleted and created again gets a new one.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,

    /// ARN of the newest service revision that this object's spec led to.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_revision: Option<String>,

    /// ARN of the service revision that takes the production traffic.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serving_revision: Option<String>,

    /// Every revision that has tasks or traffic, newest first.
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["arn".into()]))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<RevisionStatus>,

    /// The deployment in flight, or the last one that ended.
    #[schemars(with = "DeploymentStatus")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<DeploymentStatus>,

    /// What ECS really runs, defaults filled in.
    #[schemars(with = "EffectiveConfiguration")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<EffectiveConfiguration>,

    /// The resources that ECS manages for the service, each with its state: read while the service is being created, and at every full look.
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub managed_resources: Vec<ManagedResource>,

    /// Ready-made texts for the columns of `kubectl get`, and for field selectors.
    #[schemars(with = "Summary")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,

    /// What was sent to ECS last, or is about to be: a create and an update are written down before they are sent.
    #[schemars(with = "Submission")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<Submission>,

    /// What would be done, and is not: the policy, a suspension or a missing approval holds it back.
    #[schemars(with = "PlanStatus")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,

    /// What ECS was last seen to roll out or run of the spec: what differs from it later, somebody else has changed.
    #[schemars(with = "LastLive")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_live: Option<LastLive>,

    /// What somebody else changed. Absent: nothing that is known of.
    #[schemars(with = "DriftStatus")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftStatus>,

    /// What was undone of it lately. The same is undone twice within a day, and no more.
    #[schemars(length(max = 16))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift_corrections: Vec<DriftCorrection>,

    /// The service that this object had until somebody deleted it. Absent once another one serves.
    #[schemars(with = "MissingService")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingService>,

    /// The rollout that failed last. Its spec is not sent again until the spec changes or a retry is asked for.
    #[schemars(with = "FailedAttempt")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_attempt: Option<FailedAttempt>,

    /// The service that was deleted last in order to be created again.
    #[schemars(with = "Recreation")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recreation: Option<Recreation>,

    /// Calls to AWS that failed in a row, and when the next one is due.
    #[schemars(with = "RetryStatus")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryStatus>,

    /// The value of `expressway.dev/retry-requested-at` that was acted on last.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_retry_at: Option<String>,

    /// The value of `expressway.dev/rollback-requested-at` that was answered last.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_rollback_at: Option<String>,

    /// What came of the rollback that was asked for last.
    #[schemars(with = "RollbackStatus")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<RollbackStatus>,

    /// The value of `expressway.dev/reconcile-requested-at` or `reconcile.fluxcd.io/requestedAt` that was answered last: ECS was read after it was set.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,

    /// The values of both annotations that were answered last.
    #[schemars(with = "ReconcileRequests")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled_requests: Option<ReconcileRequests>,

    /// Hash of the plan that ran last because it was approved. It approves nothing more.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_approved_plan: Option<String>,

    /// Conditions: `Ready`, `Reconciling`, `Stalled`, `Synced`, `RolledOut`, `Suspended`.
    #[schemars(length(max = 16))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}

/// `observedGeneration` of an object that no controller has looked at.
pub const NEVER_OBSERVED: i64 = -1;

fn never_observed() -> i64 {
    NEVER_OBSERVED
}

/// What ECS really runs in the serving revision, defaults filled in. Environment and secrets are left out.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveConfiguration {
    /// Image of the primary container.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Port of the primary container.
    #[schemars(with = "i32")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_port: Option<i32>,
    /// CPU units of a task.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// Memory of a task in MiB.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// Processor architecture.
    #[schemars(with = "CpuArchitecture")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_architecture: Option<CpuArchitecture>,
    /// Health check path.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check_path: Option<String>,
    /// CloudWatch log group.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_group: Option<String>,
    /// Task definition, which every Express service has.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_definition_arn: Option<String>,
    /// Execution role.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_role_arn: Option<String>,
    /// Task role.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_role_arn: Option<String>,
    /// Subnets and security groups, with those that ECS added.
    #[schemars(with = "NetworkConfiguration")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_configuration: Option<NetworkConfiguration>,
    /// Scaling.
    #[schemars(with = "ScalingTarget")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling_target: Option<ScalingTarget>,
}

/// Ready-made texts for the columns of `kubectl get`, and for field selectors.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Summary {
    /// Reason of the condition `Ready`: `--field-selector status.summary.reason=RolledBack`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Short id of the serving revision; `a→b` while traffic shifts from a to b.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// Share of the traffic in percent: `100`, or `95→5` while it shifts.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub traffic: String,
    /// Running and wanted tasks: `2/2`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tasks: String,
}

/// What was sent to ECS last, or is about to be: a create and an update are written down before they are sent.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Submission {
    /// Generation of the spec that was sent.
    pub generation: i64,
    /// Hash of what was sent, over everything that starts a rollout.
    pub spec_hash: String,
    /// When it was sent; until its answer is there, when it will have been sent at the latest.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// ARN of the revision that ECS made of it, once it is known.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// How often the same spec was sent because ECS did not show what it was given.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeats: i32,
    /// Paths of the spec fields that were set: one that leaves the YAML goes back to ECS's default.
    #[schemars(length(max = 128))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Security groups that were set: one that leaves the YAML is removed; others on the service are ECS's own.
    #[schemars(length(max = 16))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
    /// Keys of the tags that were set: one that leaves the YAML is removed; others on the service are somebody else's.
    #[schemars(length(max = 100))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tag_keys: Vec<String>,
    /// Whether ECS makes it out of a `taskDefinitionArn`: its own, or one that was sent before it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub own_task_definition: bool,
}

/// Calls to AWS that failed in a row.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryStatus {
    /// AWS operation that failed last.
    #[serde(default)]
    pub operation: String,
    /// How many in a row.
    pub failures: i32,
    /// Generation of the spec they happened with.
    pub generation: i64,
    /// When the last one happened.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure_at: Option<Time>,
    /// When the next one is due.
    #[schemars(with = "Time")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Time>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_zero(value: &i32) -> bool {
    *value == 0
}
