//! `status.plan`: a change that is held back, field by field.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A change that is held back.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanStatus {
    /// Hash of this very plan: what it changes, from what, on which service revision.
    pub hash: String,
    /// What it does: `Create`, `Update`, `Retag`, `Adopt`, `Recreate`, `Stop`, `Retain` or `Delete`.
    pub action: String,
    /// What it starts from: ARN of the service revision that serves, or of the deployment that it stops. Absent where there is none yet.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Whether it starts a canary. An adoption does when an update has to follow it.
    pub starts_rollout: bool,
    /// Whether the service is deleted and created again, which gives it a new URL.
    pub needs_replacement: bool,
    /// The fields that it changes.
    #[schemars(length(max = 64))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldDifference>,
}

/// A field that differs between the spec and ECS. Values that may be secret are redacted.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDifference {
    /// Path in the YAML.
    pub path: String,
    /// What the spec asks for, ECS's default where the field has left the YAML; absent: nothing.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<String>,
    /// What ECS has; absent: nothing.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<String>,
}
