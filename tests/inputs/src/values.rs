//! Two good values of every field, from `values.yaml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::leaves::Leaf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    base: Value,
    fields: BTreeMap<String, Values>,
}

/// Good values of one field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    one: Value,
    two: Value,
    #[serde(default)]
    item: Value,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| serde_saphyr::from_str(include_str!("values.yaml")).unwrap());

/// The paths that have values.
pub fn known() -> Vec<&'static str> {
    TABLE.fields.keys().map(String::as_str).collect()
}

/// The values of a field; `None` when it was forgotten.
pub fn of(leaf: &Leaf) -> Option<&'static Values> {
    TABLE.fields.get(&leaf.to_string())
}

/// The least spec there is.
pub fn base() -> Value {
    TABLE.base.clone()
}

impl Values {
    /// A spec that sets the field.
    pub fn one(&self) -> Value {
        merged(base(), &self.one)
    }

    /// A spec that sets it to something else.
    pub fn two(&self) -> Value {
        merged(base(), &self.two)
    }

    /// So many items, for a list.
    pub fn items(&self, count: usize) -> Value {
        let numbered = |number: usize| {
            let text = self.item.to_string().replace("{}", &format!("{number:08x}"));
            serde_json::from_str::<Value>(&text).unwrap()
        };
        (1..=count).map(numbered).collect()
    }
}

/// RFC 7396.
pub fn merged(mut target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    if !target.is_object() {
        target = json!({});
    }
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.as_object_mut().unwrap().remove(name)),
            value => target[name] = merged(target[name].take(), value),
        }
    }
    target
}
