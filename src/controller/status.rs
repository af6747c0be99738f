//! Writing the status: one server-side apply for all of it, and none when nothing changed.

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::{Error, Resource, ResourceExt};
use serde::Serialize;
use serde_json::{Value, json};

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

/// Writes the status of this object. An object that is gone needs none.
pub async fn write(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    status: &ExpressGatewayServiceStatus,
) -> Result<(), Error> {
    let written = match was_replaced(object) {
        true => replace(api, object, status).await,
        false => match apply(api, object, status).await {
            Err(Error::Api(refused)) if cannot_be_applied(refused.code) => replace(api, object, status).await,
            written => written,
        },
    };
    match written {
        Err(Error::Api(refused)) if refused.is_not_found() => Ok(()),
        written => written,
    }
}

async fn apply(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    status: &ExpressGatewayServiceStatus,
) -> Result<(), Error> {
    let patch = StatusPatch {
        api_version: ExpressGatewayService::api_version(&()).into_owned(),
        kind: ExpressGatewayService::kind(&()).into_owned(),
        metadata: Identity { uid: &object.uid().unwrap_or_default() },
        status,
    };
    let parameters = PatchParams::apply(FIELD_MANAGER).force();
    api.patch_status(&object.name_any(), &parameters, &Patch::Apply(&patch)).await.map(drop)
}

/// Server-side apply wants the whole object to be of the types of its CRD. One that was stored under another CRD is refused
/// (500, "failed to create typed live object", Kubernetes 1.37), where a patch passes: what a write does not change is not
/// held against it.
fn cannot_be_applied(code: u16) -> bool {
    matches!(code, 400 | 422 | 500)
}

/// Replaces the status as a whole.
async fn replace(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    status: &ExpressGatewayServiceStatus,
) -> Result<(), Error> {
    let operations: Value = json!([
        {"op": "test", "path": "/metadata/uid", "value": object.uid()},
        {"op": "add", "path": "/status", "value": status},
    ]);
    let operations = serde_json::from_value(operations).map_err(Error::SerdeError)?;
    let parameters = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    api.patch_status(&object.name_any(), &parameters, &Patch::<()>::Json(operations)).await.map(drop)
}

/// Whether its status was once replaced: what was written so would stay for ever if it were only left out of an apply.
fn was_replaced(object: &DynamicObject) -> bool {
    object.managed_fields().iter().any(|fields| {
        fields.manager.as_deref() == Some(FIELD_MANAGER)
            && fields.operation.as_deref() == Some("Update")
            && fields.subresource.as_deref() == Some("status")
    })
}
