//! Every field of the CRD's spec, found by walking the schema that is installed: a new one cannot be forgotten.

use std::fmt;
use std::sync::LazyLock;

use expressway::api::crd;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{JSONSchemaProps, JSONSchemaPropsOrArray};
use serde_json::{Map, Value};

/// One step of the way from the object to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A member of an object.
    Member(String),
    /// The items of a list: the first one stands for all.
    Item,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An object with members.
    Structure,
    /// A list.
    List,
    /// A text.
    Text,
    /// One of a few words.
    Word,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
}

/// A field of the spec: a leaf, or a structure or list that holds some.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The way to it from `spec`.
    pub steps: Vec<Step>,
    /// What it holds.
    pub kind: Kind,
    /// Its schema.
    pub schema: JSONSchemaProps,
    /// Whether the schema wants it wherever its structure is.
    pub is_required: bool,
}

/// Every field, each before what it holds; `spec` itself is the first.
pub static LEAVES: LazyLock<Vec<Leaf>> = LazyLock::new(|| {
    let root = crd().spec.versions.remove(0).schema.unwrap().open_api_v3_schema.unwrap();
    let mut found = Vec::new();
    walk(&[], &root.properties.unwrap()["spec"], true, &mut found);
    found
});

fn walk(steps: &[Step], schema: &JSONSchemaProps, is_required: bool, found: &mut Vec<Leaf>) {
    let below = |step: Step| [steps, &[step]].concat();
    found.push(Leaf { steps: steps.to_vec(), kind: kind(schema), schema: schema.clone(), is_required });
    for (name, member) in schema.properties.iter().flatten() {
        let is_required = schema.required.iter().flatten().any(|required| required == name);
        walk(&below(Step::Member(name.clone())), member, is_required, found);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
        walk(&below(Step::Item), items, true, found);
    }
}

fn kind(schema: &JSONSchemaProps) -> Kind {
    match schema.type_.as_deref() {
        Some("object") => Kind::Structure,
        Some("array") => Kind::List,
        Some("string") if schema.enum_.is_some() => Kind::Word,
        Some("string") => Kind::Text,
        Some("integer") => Kind::Number,
        Some("boolean") => Kind::Flag,
        other => panic!("no field of this kind was tested so far: {other:?}"),
    }
}

impl fmt::Display for Leaf {
    /// `spec.tags[].key`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("spec")?;
        self.steps.iter().try_for_each(|step| match step {
            Step::Member(name) => write!(f, ".{name}"),
            Step::Item => f.write_str("[]"),
        })
    }
}

impl Leaf {
    /// Whether it holds a value and not others.
    pub fn is_leaf(&self) -> bool {
        !matches!(self.kind, Kind::Structure | Kind::List)
    }

    /// Whether a list has no order: it is a set, or a map by a key.
    pub fn has_no_order(&self) -> bool {
        matches!(self.schema.x_kubernetes_list_type.as_deref(), Some("set" | "map"))
    }

    /// What stands in its place in this spec.
    pub fn of<'s>(&self, spec: &'s Value) -> Option<&'s Value> {
        self.steps.iter().try_fold(spec, |place, step| match step {
            Step::Member(name) => place.get(name),
            Step::Item => place.get(0),
        })
    }

    /// The spec with another value in its place.
    pub fn with(&self, mut spec: Value, value: Value) -> Value {
        let place = self.steps.iter().fold(&mut spec, |place, step| match step {
            Step::Member(name) => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                &mut place[name]
            }
            Step::Item => &mut place[0],
        });
        *place = value;
        spec
    }

    /// The spec without it; without its first item, where it is one.
    pub fn without(&self, mut spec: Value) -> Value {
        let Some((last, before)) = self.steps.split_last() else { return Value::Null };
        let holder = before.iter().try_fold(&mut spec, |place, step| match step {
            Step::Member(name) => place.get_mut(name),
            Step::Item => place.get_mut(0),
        });
        match (holder, last) {
            (Some(Value::Object(members)), Step::Member(name)) => drop(members.remove(name)),
            (Some(Value::Array(items)), Step::Item) if !items.is_empty() => drop(items.remove(0)),
            _ => {}
        }
        spec
    }

    /// Whether a refusal at this path, in these words, is about this field: at it, in it, or at what holds it, by its name. ECS
    /// says names in words: `task definition`.
    pub fn is_named_by(&self, path: &str, words: &str) -> bool {
        let own = self.to_string();
        let said = indices_gone(path);
        let name = self.steps.iter().rev().find_map(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Item => None,
        });
        said == own
            || said.strip_prefix(&own).is_some_and(|rest| rest.starts_with(['.', '[']))
            || name.is_none_or(|name| words.contains(name) || words.to_lowercase().contains(&in_words(name)))
    }
}

/// `task definition` for `taskDefinitionArn`.
pub fn in_words(name: &str) -> String {
    let mut words = String::new();
    for c in name.trim_end_matches("Arn").chars() {
        if c.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

/// `spec.tags[].key` for `spec.tags[0].key` and for `spec.tags[team].key`.
fn indices_gone(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => {
                inside = true;
                out.push_str("[]");
            }
            ']' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}
