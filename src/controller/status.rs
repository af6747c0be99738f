//! Writing the status: one server-side apply for all of it, and none when nothing changed.

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::{Error, Resource, ResourceExt};
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::names::FIELD_MANAGER;
use crate::api::{ExpressGatewayService, ExpressGatewayServiceStatus};

use super::gate::Pass;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusPatch<'a> {
    api_version: String,
    kind: String,
    metadata: Identity<'a>,
    status: &'a ExpressGatewayServiceStatus,
}

/// The resourceVersion makes the API server refuse a status that was decided upon an object of before, and one that was meant
/// for a namesake of before: of a uid it takes no notice here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    resource_version: Option<&'a str>,
}

/// What a status may be written over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Only the object as it was read: what was decided upon another one is refused.
    WhatWasRead,
    /// The status as it was read, whatever else of the object has changed since: AWS has taken a write, or may have, or has
    /// refused one that was written down, and that must not be forgotten. A status that another process has written since,
    /// which believes that it leads, is refused.
    TheSameStatus,
}

/// So often an object is read anew whose status is to be written. Who writes to it more often than it can be read leaves the
/// rest to the next reconcile.
const TRIES: u32 = 5;

/// Whether somebody has written to the object since it was read.
pub fn is_overtaken(error: &Error) -> bool {
    matches!(error, Error::Api(refused) if refused.code == 409)
}

/// Writes the status of this object, and gives the object as it stands then. An object that is gone needs none.
pub async fn write(
    _pass: Pass,
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    status: &ExpressGatewayServiceStatus,
    over: Over,
) -> Result<DynamicObject, Error> {
    let mut stands = object.clone();
    let mut tries = if over == Over::TheSameStatus { TRIES } else { 1 };
    loop {
        tries -= 1;
        match write_over(api, &stands, status).await {
            Err(error) if is_overtaken(&error) && tries > 0 => match api.get_opt(&object.name_any()).await? {
                Some(newer) if newer.uid() == object.uid() => {
                    if newer.data.get("status") != object.data.get("status") {
                        return Err(error);
                    }
                    stands = newer;
                }
                // One of its name is another object.
                _ => return Ok(stands),
            },
            Err(Error::Api(refused)) if refused.is_not_found() => return Ok(stands),
            written => return written,
        }
    }
}

/// Writes it over this very version of the object.
async fn write_over(
    api: &Api<DynamicObject>,
    stands: &DynamicObject,
    status: &ExpressGatewayServiceStatus,
) -> Result<DynamicObject, Error> {
    if was_replaced(stands) {
        return replace(api, stands, status).await;
    }
    match apply(api, stands, status).await {
        Err(Error::Api(refused)) if cannot_be_applied(refused.code) => replace(api, stands, status).await,
        Ok(written) if is_more_than(&written, status) => replace(api, &written, status).await,
        written => written,
    }
}

async fn apply(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    status: &ExpressGatewayServiceStatus,
) -> Result<DynamicObject, Error> {
    let patch = StatusPatch {
        api_version: ExpressGatewayService::api_version(&()).into_owned(),
        kind: ExpressGatewayService::kind(&()).into_owned(),
        metadata: Identity { resource_version: object.metadata.resource_version.as_deref() },
        status,
    };
    let parameters = PatchParams::apply(FIELD_MANAGER).force();
    api.patch_status(&object.name_any(), &parameters, &Patch::Apply(&patch)).await
}

/// Server-side apply wants the whole object to be of the types of its CRD. One that was stored under another CRD is refused
/// (500, "failed to create typed live object", Kubernetes 1.37), where a patch passes: what a write does not change is not
/// held against it.
fn cannot_be_applied(code: u16) -> bool {
    matches!(code, 400 | 422 | 500)
}

/// Replaces the status as a whole. A resourceVersion that is patched in is what the API server holds the object to.
async fn replace(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    status: &ExpressGatewayServiceStatus,
) -> Result<DynamicObject, Error> {
    let operations = json!([
        {"op": "test", "path": "/metadata/uid", "value": object.uid()},
        {"op": "add", "path": "/status", "value": status},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": object.resource_version()},
    ]);
    let operations = serde_json::from_value(operations).map_err(Error::SerdeError)?;
    let parameters = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    api.patch_status(&object.name_any(), &parameters, &Patch::<()>::Json(operations)).await
}

/// Whether something of an earlier status is left. An apply takes away only what an apply has put there, and while the object was
/// not of the types of its CRD there was none; nor does the API server keep account of who wrote what then.
fn is_more_than(written: &DynamicObject, status: &ExpressGatewayServiceStatus) -> bool {
    let wanted = serde_json::to_value(status).unwrap_or_default();
    written.data.get("status").is_some_and(|written| has_more(written, &wanted))
}

fn has_more(written: &Value, wanted: &Value) -> bool {
    match (written, wanted) {
        (Value::Object(written), Value::Object(wanted)) => {
            written.iter().any(|(member, value)| wanted.get(member).is_none_or(|wanted| has_more(value, wanted)))
        }
        (Value::Array(written), Value::Array(wanted)) => written.len() > wanted.len(),
        _ => false,
    }
}

/// Whether its status was once replaced: what was written so would stay if it were only left out of an apply.
fn was_replaced(object: &DynamicObject) -> bool {
    object.managed_fields().iter().any(|fields| {
        fields.manager.as_deref() == Some(FIELD_MANAGER)
            && fields.operation.as_deref() == Some("Update")
            && fields.subresource.as_deref() == Some("status")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_an_earlier_status_is_seen() {
        let wanted = json!({"url": "a", "plan": {"hash": "b"}, "conditions": [{"type": "Ready"}]});
        for more in [
            json!({"url": "a", "retry": {}}),
            json!({"plan": {"hash": "b", "base": "c"}}),
            json!({"conditions": [{"type": "Ready"}, {"type": "Stalled"}]}),
        ] {
            assert!(has_more(&more, &wanted), "{more}");
        }
        assert!(!has_more(&wanted, &wanted));
        assert!(!has_more(&json!({"url": "another"}), &wanted), "it is as new as it can be");
    }
}
