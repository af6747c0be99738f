//! Writing the status: one server-side apply for all of it, and none when nothing changed.

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::{Error, Resource};
use serde::Serialize;

use crate::api::names::FIELD_MANAGER;
use crate::api::{ExpressGatewayService, ExpressGatewayServiceStatus};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusPatch<'a> {
    api_version: String,
    kind: String,
    metadata: Identity<'a>,
    status: &'a ExpressGatewayServiceStatus,
}

/// The uid makes the API server refuse a status that was meant for a namesake of before.
#[derive(Debug, Serialize)]
struct Identity<'a> {
    uid: &'a str,
}

/// Writes the status of the object with this name and uid. An object that is gone needs none.
pub async fn write(
    api: &Api<DynamicObject>,
    name: &str,
    uid: &str,
    status: &ExpressGatewayServiceStatus,
) -> Result<(), Error> {
    let patch = StatusPatch {
        api_version: ExpressGatewayService::api_version(&()).into_owned(),
        kind: ExpressGatewayService::kind(&()).into_owned(),
        metadata: Identity { uid },
        status,
    };
    match api.patch_status(name, &PatchParams::apply(FIELD_MANAGER).force(), &Patch::Apply(&patch)).await {
        Err(Error::Api(refused)) if refused.is_not_found() => Ok(()),
        written => written.map(drop),
    }
}
