//! Each case of `src/api/rules_cases.yaml`, and the samples, on the real API server: what it lets through, what it refuses, and what
//! it says. `src/api/rules_tests.rs` runs those that need no server.

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DynamicObject, PostParams};
use kube::core::ApiResource;
use kube::{Error, ResourceExt};
use serde::Deserialize;
use serde_json::{Value, json};

use expressway::api::ExpressGatewayService;

use crate::vocabulary::control_plane::{CLUSTER, RUNTIME, Turn};

/// One case; the file's head says what its members are.
#[derive(Deserialize)]
struct Case {
    field: String,
    says: String,
    good: Value,
    bad: Value,
    #[serde(default)]
    before: Option<Value>,
    #[serde(default)]
    name: Option<String>,
}

impl Case {
    fn object(&self, patch: &Value) -> DynamicObject {
        let mut object = json!({
            "apiVersion": "expressway.dev/v1alpha1",
            "kind": "ExpressGatewayService",
            "metadata": { "name": self.name.as_deref().unwrap_or("web") },
            "spec": {
                "infrastructureRoleArn": "arn:aws:iam::111122223333:role/infra",
                "executionRoleArn": "arn:aws:iam::111122223333:role/exec",
                "primaryContainer": { "image": "nginx:1.27" },
            },
        });
        merge(&mut object["spec"], patch);
        serde_json::from_value(object).unwrap()
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    for (key, value) in patch {
        match (value, target.as_object_mut()) {
            (Value::Null, Some(members)) => drop(members.remove(key)),
            (value, Some(_)) => merge(&mut target[key], value),
            (value, None) => {
                *target = json!({});
                merge(&mut target[key], value);
            }
        }
    }
}

/// A namespace that no controller watches, and where nothing is kept.
struct Court(Api<DynamicObject>);

impl Court {
    async fn open(namespace: &str) -> Self {
        let made = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        let namespaces = Api::<Namespace>::all(CLUSTER.client.clone());
        namespaces.create(&PostParams::default(), &serde_json::from_value(made).unwrap()).await.unwrap();
        Self(Api::namespaced_with(CLUSTER.client.clone(), namespace, &ApiResource::erase::<ExpressGatewayService>(&())))
    }

    /// Creates the object, or replaces what was there before; nothing is stored.
    async fn judge(&self, case: &Case, patch: &Value) -> Result<DynamicObject, Error> {
        let only_asked = PostParams { dry_run: true, ..PostParams::default() };
        let mut object = case.object(patch);
        let Some(before) = &case.before else { return self.0.create(&only_asked, &object).await };
        let stored = self.0.create(&PostParams::default(), &case.object(before)).await.unwrap();
        object.metadata.resource_version = stored.resource_version();
        let judged = self.0.replace(&stored.name_any(), &only_asked, &object).await;
        self.0.delete(&stored.name_any(), &kube::api::DeleteParams::default()).await.unwrap();
        judged
    }
}

#[test]
fn each_case_is_let_through_when_good_and_refused_with_its_sentence_when_bad() {
    let _turn = Turn::shared();
    let cases: Vec<Case> = serde_saphyr::from_str(include_str!("../../src/api/rules_cases.yaml")).unwrap();
    assert!(cases.len() > 50, "{} cases", cases.len());
    RUNTIME.block_on(async {
        let court = Court::open("rules").await;
        for case in cases {
            let Case { field, says, .. } = &case;
            let good = court.judge(&case, &case.good).await;
            assert!(good.is_ok(), "{field}, {says}: refused {}: {good:?}", case.good);
            let refused = match court.judge(&case, &case.bad).await {
                Err(Error::Api(status)) => status,
                other => panic!("{field}, {says}: {} gave {other:?}", case.bad),
            };
            // `details.causes` has the fields apart from the sentences.
            let causes = refused.details.map(|details| details.causes).unwrap_or_default();
            let is_it =
                |cause: &kube::core::response::StatusCause| cause.field == *field && cause.message.contains(says);
            assert!(causes.iter().any(is_it), "{field}, {says}: {} gave {causes:#?}", case.bad);
        }
    });
}
