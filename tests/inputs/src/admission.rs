//! What the API server would say, without one: the CRD's schema, and its CEL rules with the object as it was before.

use std::sync::LazyLock;

use expressway::api::crd;
use expressway::core::shape;
use kube::core::cel::{CompiledSchema, Validator, compile_schema};
use serde_json::{Value, json};

use crate::leaves::{LEAVES, Leaf};

static RULES: LazyLock<CompiledSchema> = LazyLock::new(|| {
    let crd = serde_json::to_value(crd()).unwrap();
    compile_schema(&crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
});

/// Name of every object here.
pub const NAME: &str = "web";

fn object(spec: &Value) -> Value {
    match spec {
        Value::Null => json!({"metadata": {"name": NAME}}),
        spec => json!({"metadata": {"name": NAME}, "spec": spec}),
    }
}

/// Whether the CRD takes a spec, or the edit from another one that it takes.
pub fn takes(before: Option<&Value>, spec: &Value) -> bool {
    let spec = &stored(spec);
    if spec.is_null() || !shape::problems(spec).is_empty() || LEAVES.iter().any(|leaf| has_twins(leaf, spec)) {
        return false;
    }
    let before = before.map(|before| object(&stored(before)));
    Validator::new().validate_compiled(&RULES, &object(spec), before.as_ref()).is_ok()
}

/// What the API server keeps of a spec: members that are `null` are gone.
pub fn stored(spec: &Value) -> Value {
    match spec {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, member)| !member.is_null());
            kept.map(|(name, member)| (name.clone(), stored(member))).collect()
        }
        Value::Array(items) => items.iter().map(stored).collect(),
        value => value.clone(),
    }
}

/// Whether a list that is a set, or a map by a key, holds an item twice.
fn has_twins(leaf: &Leaf, spec: &Value) -> bool {
    let Some(items) = leaf.of(spec).and_then(Value::as_array).filter(|_| leaf.has_no_order()) else { return false };
    let keys = leaf.schema.x_kubernetes_list_map_keys.as_deref().unwrap_or_default();
    let key = |item: &Value| match keys {
        [] => vec![item.clone()],
        keys => keys.iter().map(|key| item[key].clone()).collect(),
    };
    items.iter().enumerate().any(|(index, item)| items[..index].iter().any(|before| key(before) == key(item)))
}
