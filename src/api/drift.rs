//! What the status shows and remembers of changes that others make: a configuration that drifted, what was undone of it,
//! and a service that somebody deleted.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::CpuArchitecture;
use super::status::FieldDifference;

/// What ECS was last seen to roll out or run of a spec.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LastLive {
    /// Hash of that spec.
    pub spec_hash: String,
    /// ARN of the revision that it was seen as.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Hash of the tags that were last seen in place, the controller's among them.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags_hash: Option<String>,
    /// The architecture that ECS chose for the image, where that is not the one it was asked for.
    #[schemars(with = "CpuArchitecture")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_architecture: Option<CpuArchitecture>,
}

/// What somebody else changed: it differs from the spec, although the spec was live before.
#[derive(JsonSchema, Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DriftStatus {
    /// When it was first seen.
    #[schemars(with = "Time")]
    pub since: Time,
    /// What is done about it: `Pending` (it is undone as soon as the deployment in flight has ended, or the policy lets it), `Correcting` (it is being undone), `Reported` (the policy is to leave it), `Contested` (it was undone twice within a day, and is not undone again by itself).
    pub handling: DriftHandling,
    /// Hash of the spec that was live before.
    pub spec_hash: String,
    /// What differs, with both values.
    #[schemars(length(max = 64))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldDifference>,
}

/// What is done about a change that somebody else made.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum DriftHandling {
    /// It is undone as soon as it can be.
    Pending,
    /// It is being undone.
    Correcting,
    /// It is left as it is.
    Reported,
    /// It came back after it was undone, and is left until a person decides.
    Contested,
}

/// A change of somebody else's that was undone.
#[derive(JsonSchema, Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DriftCorrection {
    /// When it was undone.
    #[schemars(with = "Time")]
    pub at: Time,
    /// What was put back; `service`: the service itself.
    #[schemars(length(max = 64))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
}

/// A service of this object that somebody deleted.
#[derive(JsonSchema, Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingService {
    /// When that was first seen.
    #[schemars(with = "Time")]
    pub since: Time,
    /// Hash of the spec that it had.
    pub spec_hash: String,
    /// Where it answered. A service that is created again has another URL.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
