//! The live object, read leniently: what cannot be parsed becomes a problem with a path, never a lost object.

use kube::ResourceExt;
use kube::api::DynamicObject;

use crate::api::spec::ExpressGatewayServiceSpec;
use crate::api::status::{ExpressGatewayServiceStatus, NEVER_OBSERVED};
use crate::core::checks::Problem;
use crate::core::desired::{Desired, ObjectFacts};
use crate::core::ownership::Owner;

/// What is wanted, and what the status said before.
pub struct LiveObject {
    /// What is wanted.
    pub desired: Desired,
    /// The status as it stands.
    pub before: ExpressGatewayServiceStatus,
}

/// Reads an object that came from the API server.
pub fn read(object: &DynamicObject, cluster_id: &str, region: &str) -> LiveObject {
    let facts = ObjectFacts {
        owner: Owner {
            cluster_id: cluster_id.to_owned(),
            namespace: object.namespace().unwrap_or_default(),
            name: object.name_any(),
            uid: object.uid().unwrap_or_default(),
        },
        generation: object.metadata.generation.unwrap_or_default(),
        deleting: object.metadata.deletion_timestamp.is_some(),
        finalizers: object.finalizers().to_vec(),
        annotations: object.annotations().clone(),
        region: region.to_owned(),
    };
    let spec = parse_spec(object);
    LiveObject { desired: Desired::parse(facts, spec.as_ref().map_err(Clone::clone)), before: parse_status(object) }
}

fn parse_spec(object: &DynamicObject) -> Result<ExpressGatewayServiceSpec, Problem> {
    let spec = object.data.get("spec").ok_or_else(|| Problem::at("spec", "is missing"))?;
    serde_json::from_value(spec.clone()).map_err(|error| Problem::at("spec", format!("cannot be read: {error}")))
}

/// A status that cannot be read was written by somebody else, or by another version: AWS tells what it should say.
fn parse_status(object: &DynamicObject) -> ExpressGatewayServiceStatus {
    let status = object.data.get("status").cloned();
    status.and_then(|status| serde_json::from_value(status).ok()).unwrap_or(ExpressGatewayServiceStatus {
        observed_generation: NEVER_OBSERVED,
        ..ExpressGatewayServiceStatus::default()
    })
}
