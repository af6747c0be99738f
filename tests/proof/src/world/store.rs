//! The objects of an API server, as a value: what the controller and its users do to them, by the rules of Kubernetes.
//!
//! Only what Expressway uses: no validation (the real API server is asked for that elsewhere), the one default that its
//! schema has, and one manager that applies the status.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub code: u16,
    /// The reason in one word.
    pub reason: &'static str,
    /// The text.
    pub message: String,
}

/// What a watch tells of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Its metadata; `None` once it is gone.
    pub metadata: Option<Value>,
}

/// The objects of one kind in one namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Store {
    objects: BTreeMap<String, Value>,
    resource_version: u64,
    uids: u64,
    changes: Vec<Change>,
}

const API_VERSION: &str = "expressway.dev/v1alpha1";
const KIND: &str = "ExpressGatewayService";
/// No server is so new that nothing was written to it before.
const FIRST_VERSION: u64 = 1000;

impl Store {
    /// An object, if there is one of this name.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&Value> {
        self.objects.get(name)
    }

    /// What a watch has not told yet.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// The object as a GET answers it.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, name: &str) -> Result<Value, Refusal> {
        self.objects.get(name).cloned().ok_or_else(|| not_found(name))
    }

    /// Somebody applies an object: it is created, or its spec replaced.
    pub fn apply(&mut self, namespace: &str, name: &str, spec: &Value, now: Timestamp) {
        if let Some(old) = self.objects.get(name) {
            let mut new = old.clone();
            set(&mut new, "spec", spec.clone());
            self.commit(name, new);
            return;
        }
        self.uids += 1;
        let object = json!({
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": format!("00000000-0000-4000-8000-{:012}", self.uids),
                "generation": 1,
                "creationTimestamp": format!("{now:.0}"),
                "resourceVersion": "0",
            },
            "spec": spec,
        });
        self.commit(name, object);
    }

    /// Somebody changes an object: a merge patch on everything but its status.
    ///
    /// # Errors
    /// When there is none, or it is not the one that is meant.
    pub fn merge(&mut self, name: &str, patch: &Value) -> Result<Value, Refusal> {
        let old = self.get(name)?;
        expect(&old, patch)?;
        let mut new = old.clone();
        json_patch::merge(&mut new, patch);
        set(&mut new, "status", member(&old, "status"));
        Ok(self.commit(name, new))
    }

    /// A server-side apply of the status by the one manager that applies it.
    ///
    /// # Errors
    /// As [`Self::merge`].
    pub fn apply_status(&mut self, name: &str, patch: &Value) -> Result<Value, Refusal> {
        let old = self.get(name)?;
        // The real one takes no notice of a uid here.
        expect_version(&old, patch)?;
        let mut new = old;
        set(&mut new, "status", member(patch, "status"));
        Ok(self.commit(name, new))
    }

    /// A JSON patch of the status.
    ///
    /// # Errors
    /// As [`Self::merge`], and when it cannot be applied.
    pub fn patch_status(&mut self, name: &str, operations: &Value) -> Result<Value, Refusal> {
        let old = self.get(name)?;
        let operations: json_patch::Patch =
            serde_json::from_value(operations.clone()).map_err(|error| invalid(&error.to_string()))?;
        let mut patched = old.clone();
        json_patch::patch(&mut patched, &operations).map_err(|error| invalid(&error.to_string()))?;
        // What is patched in is what the object is held to.
        expect(&old, &patched)?;
        let mut new = old;
        set(&mut new, "status", member(&patched, "status"));
        let fields = json!([{"manager": "expressway", "operation": "Update", "subresource": "status"}]);
        if let Some(metadata) = metadata_mut(&mut new) {
            metadata.insert("managedFields".to_owned(), fields);
        }
        Ok(self.commit(name, new))
    }

    /// Somebody deletes an object: it goes at once, or once its finalizers are off.
    pub fn delete(&mut self, name: &str, now: Timestamp) {
        let Some(old) = self.objects.get(name) else { return };
        let mut new = old.clone();
        if let Some(metadata) = metadata_mut(&mut new)
            && !metadata.contains_key("deletionTimestamp")
        {
            metadata.insert("deletionTimestamp".to_owned(), json!(format!("{now:.0}")));
            metadata.insert("generation".to_owned(), json!(generation(old) + 1));
        }
        self.commit(name, new);
    }

    /// The status is lost, as when an object comes back from a backup.
    pub fn lose_status(&mut self, name: &str) {
        let Some(old) = self.objects.get(name) else { return };
        let mut new = old.clone();
        set(&mut new, "status", Value::Null);
        self.commit(name, new);
    }

    /// Keeps what an object has become, if it has become anything else.
    fn commit(&mut self, name: &str, mut new: Value) -> Value {
        if member(&new, "status").is_null() {
            // The schema's one default: an object that no controller has looked at says so.
            set(&mut new, "status", json!({"observedGeneration": -1}));
        }
        let old = self.objects.get(name);
        if old == Some(&new) {
            return new;
        }
        if let Some(old) = old
            && member(old, "spec") != member(&new, "spec")
        {
            let next = generation(old) + 1;
            if let Some(metadata) = metadata_mut(&mut new) {
                metadata.insert("generation".to_owned(), json!(next));
            }
        }
        self.resource_version = self.resource_version.max(FIRST_VERSION) + 1;
        if let Some(metadata) = metadata_mut(&mut new) {
            metadata.insert("resourceVersion".to_owned(), json!(self.resource_version.to_string()));
            if metadata.get("finalizers").and_then(Value::as_array).is_some_and(Vec::is_empty) {
                metadata.remove("finalizers");
            }
        }
        let metadata = member(&new, "metadata");
        let is_gone = metadata.get("deletionTimestamp").is_some() && metadata.get("finalizers").is_none();
        if is_gone {
            self.objects.remove(name);
        } else {
            self.objects.insert(name.to_owned(), new.clone());
        }
        self.changes.push(Change { name: name.to_owned(), metadata: (!is_gone).then_some(metadata) });
        new
    }
}

/// Holds a patch to the object that it names: one of the same name that came later is another.
fn expect(object: &Value, patch: &Value) -> Result<(), Refusal> {
    match differs(object, patch, "uid") {
        Some(message) => Err(invalid(&message)),
        None => expect_version(object, patch),
    }
}

/// Holds a patch to the version that it names.
fn expect_version(object: &Value, patch: &Value) -> Result<(), Refusal> {
    let conflict = |message| Refusal { code: 409, reason: "Conflict", message };
    differs(object, patch, "resourceVersion").map(conflict).map_or(Ok(()), Err)
}

fn differs(object: &Value, patch: &Value, what: &str) -> Option<String> {
    let of = |value: &Value| value["metadata"][what].as_str().map(str::to_owned);
    let (wanted, is) = (of(patch)?, of(object));
    (is.as_ref() != Some(&wanted)).then(|| format!("the {what} is {is:?}, not {wanted:?}"))
}

fn not_found(name: &str) -> Refusal {
    Refusal {
        code: 404,
        reason: "NotFound",
        message: format!("expressgatewayservices.expressway.dev {name:?} not found"),
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal { code: 422, reason: "Invalid", message: message.to_owned() }
}

fn generation(object: &Value) -> i64 {
    object.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default()
}

fn member(object: &Value, name: &str) -> Value {
    object.get(name).cloned().unwrap_or(Value::Null)
}

fn set(object: &mut Value, name: &str, value: Value) {
    let Some(members) = object.as_object_mut() else { return };
    match value {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.to_owned(), value)),
    }
}

fn metadata_mut(object: &mut Value) -> Option<&mut Map<String, Value>> {
    object.get_mut("metadata").and_then(Value::as_object_mut)
}
