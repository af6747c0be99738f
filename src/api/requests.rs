//! Requests for a look at ECS now, by the annotation that each comes from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The values of the two annotations that ask for a look.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReconcileRequests {
    /// The value of `expressway.dev/reconcile-requested-at`.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expressway: Option<String>,
    /// The value of `reconcile.fluxcd.io/requestedAt`.
    #[schemars(with = "String")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flux: Option<String>,
}
