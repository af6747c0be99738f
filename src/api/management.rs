//! `spec.management`: what this controller may do with the service. AWS knows none of it, so it can never collide.
//!
//! Doc comments here become the descriptions of `kubectl explain`. No member has a default in the schema: a default inside
//! an optional object makes GitOps tools see a difference for ever (argo-cd#28724).

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules;

/// What the controller may do with the service. Nothing here starts a rollout.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Management {
    /// `Manage` (default) makes AWS what the spec says. `Observe` never writes to AWS; `status.plan` shows what `Manage` would change.
    #[schemars(with = "Mode")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// `true` stops every write to AWS; observation goes on. Default: `false`.
    #[schemars(with = "bool")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// What is done with a service of this name that is not this object's: `Never` (default) refuses it, `IfUnowned` adopts one without an owner, `Always` takes it over from another owner too. Adoption writes tags only.
    #[schemars(with = "Adoption")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,
    /// What becomes of the service when the object is deleted: `Delete` (default) deletes it, `Retain` takes the controller's tags off and leaves it running.
    #[schemars(with = "Deletion")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Deletion>,
    /// `true` keeps the service from being deleted, even when the object is: set it to `false` first. Default: `false`.
    #[schemars(with = "bool")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_protection: Option<bool>,
    /// What is done about changes that others make to the service: `Correct` (default) undoes them once, `Report` only shows them in `status.drift`.
    #[schemars(with = "Drift")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// Who starts a change: `Automatic` (default) the spec alone; with `Required`, `status.plan` shows it first, and it runs once the annotation `expressway.dev/approved-plan` holds the plan's hash.
    #[schemars(with = "Approval")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Whether a service may be deleted and created again: `Never` (default), or `WhenWedged`, when its first deployment can never end. A service that is created again has a new URL.
    #[schemars(with = "Recreate")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recreate: Option<Recreate>,
    /// Time between two looks at a settled service, such as `30s`, `10m` or `1h30m`; from 10 seconds to 24 hours. Default: the controller's `--observe-interval`.
    #[schemars(length(max = 16))]
    #[x_kube(validation = rules::resync_interval())]
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resync_interval: Option<String>,
}

/// Whether AWS is changed at all.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Mode {
    /// AWS is made what the spec says.
    #[default]
    Manage,
    /// AWS is never written to.
    Observe,
}

/// What is done with a service of this name that is not this object's.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Adoption {
    /// It is refused.
    #[default]
    Never,
    /// It is adopted unless its tags name an owner.
    IfUnowned,
    /// It is adopted, whoever owned it.
    Always,
}

/// What becomes of the service when the object is deleted.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Deletion {
    /// It is deleted.
    #[default]
    Delete,
    /// It stays, without this controller's tags.
    Retain,
}

/// What is done about changes that others make to the service.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Drift {
    /// They are undone once.
    #[default]
    Correct,
    /// They are shown.
    Report,
}

/// Who starts a change.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Approval {
    /// The spec alone.
    #[default]
    Automatic,
    /// A person who has seen the plan.
    Required,
}

/// Whether a service may be deleted and created again.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Recreate {
    /// Only by a person.
    #[default]
    Never,
    /// When its first deployment can never end.
    WhenWedged,
}
