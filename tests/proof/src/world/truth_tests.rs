//! The API server of a world is the real one as far as the controller can tell: the same script against both.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::Path;

use control_plane::{ControlPlane, Options};
use expressway::api::ExpressGatewayService;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};

use super::script::Script;
use super::state::Shared;
use super::user::{NAME, NAMESPACE, least};
use super::{World, kubernetes};

/// What the controller, or its user, does.
#[derive(Clone, Debug)]
enum Deed {
    Creates,
    Edits(Value),
    Annotates,
    Deletes,
    Looks,
    ApplyStatus(Value, Held),
    ReplaceStatus(Value, Held),
    Finalizers(Vec<&'static str>, Held),
}

/// What a write is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Uid,
    Version,
    OldVersion,
    AnotherUid,
}

fn story() -> Vec<Deed> {
    use Deed::{Annotates, ApplyStatus, Creates, Deletes, Edits, Finalizers, Looks, ReplaceStatus};
    use Held::{AnotherUid, OldVersion, Uid, Version};
    let status = |url: Option<&str>| match url {
        Some(url) => json!({"observedGeneration": 1, "url": url}),
        None => json!({"observedGeneration": 1}),
    };
    let ours = || vec!["expressway.dev/finalizer"];
    vec![
        Looks,
        Creates,
        Looks,
        Finalizers(ours(), AnotherUid),
        Finalizers(ours(), OldVersion),
        Finalizers(ours(), Version),
        Finalizers(ours(), Version),
        ApplyStatus(status(Some("a.test")), Uid),
        ApplyStatus(status(Some("a.test")), Version),
        ApplyStatus(status(Some("b.test")), OldVersion),
        ApplyStatus(status(Some("b.test")), AnotherUid),
        ApplyStatus(status(None), Version),
        Edits(json!({"primaryContainer": {"image": "nginx:2"}})),
        Edits(json!({"primaryContainer": {"image": "nginx:2"}})),
        Annotates,
        ReplaceStatus(status(Some("c.test")), OldVersion),
        ReplaceStatus(status(Some("c.test")), AnotherUid),
        ReplaceStatus(status(Some("c.test")), Version),
        ReplaceStatus(status(Some("c.test")), Uid),
        Deletes,
        Deletes,
        Edits(json!({"primaryContainer": {"image": "nginx:3"}})),
        // What was replaced once is never applied again.
        ReplaceStatus(status(Some("d.test")), Uid),
        Finalizers(Vec::new(), Version),
        Looks,
        Finalizers(Vec::new(), Uid),
        ApplyStatus(status(None), Uid),
        Creates,
        Finalizers(ours(), Uid),
        Deletes,
        Looks,
    ]
}

/// An API server, and what it said of the object last.
struct Told<'a> {
    api: Api<DynamicObject>,
    world: Option<&'a Shared>,
    last: Option<DynamicObject>,
}

impl Told<'_> {
    /// Does this. Gives the code of the answer, and how the object stands then.
    async fn after(&mut self, deed: &Deed) -> (u16, Value) {
        let answer = match (deed, self.world) {
            (Deed::Looks, _) => self.api.get(NAME).await.map(drop),
            (Deed::ApplyStatus(..) | Deed::ReplaceStatus(..) | Deed::Finalizers(..), _) => self.write(deed).await,
            (deed, Some(world)) => {
                elsewhere(world, deed);
                Ok(())
            }
            (deed, None) => self.user(deed).await,
        };
        let code = match answer {
            Ok(()) => 200,
            Err(kube::Error::Api(status)) => status.code,
            Err(other) => panic!("{deed:?}: {other}"),
        };
        let seen = self.api.get_opt(NAME).await.unwrap();
        let version =
            |object: &Option<DynamicObject>| object.as_ref().and_then(|it| it.metadata.resource_version.clone());
        let moved = version(&seen) != version(&self.last);
        let shown = shown(seen.as_ref(), moved);
        self.last = seen.or(self.last.take());
        (code, shown)
    }

    /// What the controller writes.
    async fn write(&self, deed: &Deed) -> kube::Result<()> {
        let (Deed::ApplyStatus(_, held) | Deed::ReplaceStatus(_, held) | Deed::Finalizers(_, held)) = deed else {
            panic!("{deed:?} is no write of the controller")
        };
        let last = self.last.as_ref().map(|object| object.metadata.clone()).unwrap_or_default();
        let uid = if *held == Held::AnotherUid { Some("another".to_owned()) } else { last.uid };
        let version = match held {
            Held::Version => last.resource_version,
            Held::OldVersion => Some("1".to_owned()),
            Held::Uid | Held::AnotherUid => None,
        };
        let mut metadata = json!({"uid": uid});
        if let Some(version) = &version {
            metadata["resourceVersion"] = json!(version);
        }
        let parameters = PatchParams { field_manager: Some("expressway".to_owned()), ..PatchParams::default() };
        match deed {
            Deed::ApplyStatus(status, _) => {
                let kind = ApiResource::erase::<ExpressGatewayService>(&());
                let patch = json!({
                    "apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, "status": status,
                });
                self.api.patch_status(NAME, &parameters.force(), &Patch::Apply(patch)).await.map(drop)
            }
            Deed::ReplaceStatus(status, _) => {
                let mut operations = vec![
                    json!({"op": "test", "path": "/metadata/uid", "value": uid}),
                    json!({"op": "add", "path": "/status", "value": status}),
                ];
                let held = |version| json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version});
                operations.extend(version.map(held));
                let operations = serde_json::from_value(Value::Array(operations)).unwrap();
                self.api.patch_status(NAME, &parameters, &Patch::<()>::Json(operations)).await.map(drop)
            }
            Deed::Finalizers(finalizers, _) => {
                metadata["finalizers"] = json!(finalizers);
                let patch = json!({"metadata": metadata});
                self.api.patch(NAME, &parameters, &Patch::Merge(patch)).await.map(drop)
            }
            other => panic!("{other:?} is no write of the controller"),
        }
    }

    /// What a user does with the real API server.
    async fn user(&self, deed: &Deed) -> kube::Result<()> {
        let merge = |patch: Value| async move {
            self.api.patch(NAME, &PatchParams::default(), &Patch::Merge(patch)).await.map(drop)
        };
        match deed {
            Deed::Creates => {
                let mut object = DynamicObject::new(NAME, &ApiResource::erase::<ExpressGatewayService>(&()));
                object.data = json!({"spec": least()});
                self.api.create(&kube::api::PostParams::default(), &object).await.map(drop)
            }
            Deed::Edits(members) => merge(json!({"spec": members})).await,
            Deed::Annotates => merge(json!({"metadata": {"annotations": {"a": "b"}}})).await,
            Deed::Deletes => self.api.delete(NAME, &kube::api::DeleteParams::default()).await.map(drop),
            other => panic!("{other:?} is nothing that a user does"),
        }
    }
}

/// What a user does with a world's.
fn elsewhere(world: &Shared, deed: &Deed) {
    let mut state = world.state();
    let now = state.now();
    match deed {
        Deed::Creates => state.store.apply(NAMESPACE, NAME, &least(), now),
        Deed::Edits(members) => drop(state.store.merge(NAME, &json!({"spec": members}))),
        Deed::Annotates => drop(state.store.merge(NAME, &json!({"metadata": {"annotations": {"a": "b"}}}))),
        Deed::Deletes => state.store.delete(NAME, now),
        other => panic!("{other:?} is nothing that a user does"),
    }
}

/// The object as the controller sees it, without what no two servers have in common.
fn shown(object: Option<&DynamicObject>, moved: bool) -> Value {
    let Some(object) = object else { return Value::Null };
    let metadata = &object.metadata;
    let is_replaced = metadata.managed_fields.iter().flatten().any(|fields| {
        fields.manager.as_deref() == Some("expressway")
            && fields.operation.as_deref() == Some("Update")
            && fields.subresource.as_deref() == Some("status")
    });
    json!({
        "generation": metadata.generation,
        "finalizers": metadata.finalizers,
        "annotations": metadata.annotations,
        "isBeingDeleted": metadata.deletion_timestamp.is_some(),
        "spec": object.data["spec"],
        "status": object.data["status"],
        "isReplaced": is_replaced,
        "moved": moved,
    })
}

fn api(client: Client) -> Api<DynamicObject> {
    Api::namespaced_with(client, NAMESPACE, &ApiResource::erase::<ExpressGatewayService>(&()))
}

#[tokio::test]
async fn a_worlds_api_server_does_what_the_real_one_does() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let real = ControlPlane::start(Options { deploy: Some(deploy), ..Options::default() });
    let real = real.unwrap_or_else(|error| panic!("{error}"));
    real.run_kubectl(&["create", "namespace", NAMESPACE]).unwrap();
    let kubeconfig = Kubeconfig::read_from(real.admin_kubeconfig()).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    let ecs = express_simulator::model::Model::new(express_simulator::model::Config::default());
    let world = Shared::begin(World::new(ecs, Script::begin(&[])), false, Box::new(|_| None), Box::new(|_, _, _| None));
    let life = world.is_born();

    let mut theirs = Told { api: api(Client::try_from(config).unwrap()), world: None, last: None };
    let mut ours = Told { api: api(kubernetes::connect(&world, life)), world: Some(&world), last: None };
    for (place, deed) in story().iter().enumerate() {
        assert_eq!(ours.after(deed).await, theirs.after(deed).await, "{place}: {deed:?}");
    }
}
