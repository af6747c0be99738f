//! Our finalizer, on and off. When it goes is decided by `core`; kube's own helper would take it off while AWS drains.

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::{Error, ResourceExt};
use serde_json::json;

use crate::api::names::{FIELD_MANAGER, FINALIZER};

use super::gate::Pass;

/// Puts the finalizer on. The patch fails if the object has changed since it was read.
pub async fn add(_pass: Pass, api: &Api<DynamicObject>, object: &DynamicObject) -> Result<DynamicObject, Error> {
    let mut finalizers = object.finalizers().to_vec();
    finalizers.push(FINALIZER.to_owned());
    write(api, object, &finalizers).await
}

/// Takes the finalizer off. An object that is gone already is as good.
pub async fn remove(_pass: Pass, api: &Api<DynamicObject>, object: &DynamicObject) -> Result<(), Error> {
    let finalizers: Vec<String> = object.finalizers().iter().filter(|f| *f != FINALIZER).cloned().collect();
    match write(api, object, &finalizers).await {
        Err(Error::Api(status)) if status.is_not_found() => Ok(()),
        written => written.map(drop),
    }
}

async fn write(
    api: &Api<DynamicObject>,
    object: &DynamicObject,
    finalizers: &[String],
) -> Result<DynamicObject, Error> {
    let patch = json!({ "metadata": {
        "uid": object.uid(),
        "resourceVersion": object.resource_version(),
        "finalizers": finalizers,
    }});
    api.patch(
        &object.name_any(),
        &PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() },
        &Patch::Merge(&patch),
    )
    .await
}
