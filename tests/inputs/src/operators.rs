//! What can be done to a field: each operator makes one spec of it, and says what the API server has to make of that.

use std::fmt;

use serde_json::{Value, json};
use strum::{Display, EnumIter, IntoEnumIterator};

use crate::leaves::{Kind, Leaf, Step};
use crate::values::{self, Values};

/// What is done to a field.
#[derive(Clone, Copy, Debug, Display, EnumIter, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// It is set to a good value.
    Set,
    /// It is set to another one.
    Change,
    /// It leaves the YAML, with what goes with it.
    Unset,
    /// It alone leaves the YAML.
    UnsetAlone,
    /// It is `null`.
    Null,
    /// It is there, and empty.
    Empty,
    /// It is at its lower bound.
    Minimum,
    /// It is below its lower bound.
    BelowMinimum,
    /// It is at its upper bound.
    Maximum,
    /// It is past its upper bound.
    PastMaximum,
    /// It is a value of another type.
    WrongType,
    /// It is a structure where a value is wanted, or a list where a structure is.
    WrongStructure,
    /// It is a word that is not one of those there are.
    WrongWord,
    /// It is the word in lower case.
    WrongCase,
    /// Its items stand in another order.
    Reordered,
    /// An item stands twice.
    Repeated,
    /// It has one more item.
    Grown,
}

/// What the API server has to make of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stores it.
    Accepted,
    /// It refuses it, and names the field.
    Refused,
    /// Its rules say.
    Either,
}

/// A spec in which one thing was done to one field.
#[derive(Clone, Debug)]
pub struct Input {
    /// The field.
    pub leaf: &'static Leaf,
    /// What was done to it.
    pub operator: Operator,
    /// The spec; `null`: there is none.
    pub spec: Value,
    /// What the API server has to make of it.
    pub expected: Verdict,
}

impl fmt::Display for Input {
    /// `spec.cpu Set`: what a replay is asked for by.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.leaf, self.operator)
    }
}

/// Everything that can be done to a field.
pub fn inputs(leaf: &'static Leaf) -> Vec<Input> {
    let values = values::of(leaf).unwrap_or_else(|| panic!("values.yaml has no values for {leaf}"));
    let input = |operator: Operator| {
        let (spec, expected) = operator.applied(leaf, values)?;
        Some(Input { leaf, operator, spec, expected })
    };
    Operator::iter().filter_map(input).collect()
}

use Verdict::{Accepted, Either, Refused};

impl Operator {
    fn applied(self, leaf: &Leaf, values: &Values) -> Option<(Value, Verdict)> {
        let one = values.one();
        let put = |value: Value, expected| Some((leaf.with(one.clone(), value), expected));
        let is_item = leaf.steps.last() == Some(&Step::Item);
        let if_it_leaves = match leaf.is_required {
            true if is_item => Either,
            true => Refused,
            false => Either,
        };
        let if_null = if leaf.is_required { Refused } else { Either };
        match self {
            Self::Set => Some((one, Accepted)),
            Self::Change => Some((values.two(), Accepted)),
            Self::Unset => Some((values::base(), Accepted)),
            Self::UnsetAlone => Some((leaf.without(one), if_it_leaves)),
            Self::Null => put(Value::Null, if_null),
            Self::Empty => put(empty(leaf)?, Either),
            Self::Minimum => put(minimum(leaf, &one)?, Either),
            Self::BelowMinimum => put(json!(leaf.schema.minimum? as i64 - 1), Refused),
            Self::Maximum => put(maximum(leaf, &one, values, 0)?, Either),
            Self::PastMaximum => put(maximum(leaf, &one, values, 1)?, Refused),
            Self::WrongType => put(wrong_type(leaf), Refused),
            Self::WrongStructure => put(wrong_structure(leaf), Refused),
            Self::WrongWord => put(json!("NONSENSE"), Refused).filter(|_| leaf.kind == Kind::Word),
            Self::WrongCase => {
                put(json!(leaf.of(&one)?.as_str()?.to_lowercase()), Refused).filter(|_| leaf.kind == Kind::Word)
            }
            Self::Reordered | Self::Repeated | Self::Grown => {
                let items = leaf.of(&one)?.as_array().filter(|_| leaf.kind == Kind::List)?.clone();
                let twice = if leaf.has_no_order() { Refused } else { Accepted };
                let (items, expected) = match self {
                    Self::Reordered => (items.into_iter().rev().collect(), Accepted),
                    Self::Repeated => ([&items[..], &items[..1]].concat(), twice),
                    _ => ([&items[..], values.items(1).as_array()?].concat(), Accepted),
                };
                put(Value::Array(items), expected)
            }
        }
    }
}

fn empty(leaf: &Leaf) -> Option<Value> {
    match leaf.kind {
        Kind::Structure => Some(json!({})),
        Kind::List => Some(json!([])),
        Kind::Text | Kind::Word => Some(json!("")),
        Kind::Number | Kind::Flag => None,
    }
}

fn minimum(leaf: &Leaf, one: &Value) -> Option<Value> {
    match leaf.kind {
        Kind::Number => Some(json!(leaf.schema.minimum.map_or(i64::from(i32::MIN), |least| least as i64))),
        Kind::Text => {
            let text = leaf.of(one)?.as_str()?;
            Some(json!(text.chars().next()?.to_string()))
        }
        Kind::List => Some(leaf.of(one)?.as_array()?.iter().take(1).cloned().collect()),
        _ => None,
    }
}

/// As long, as many or as much as there may be, and `more`.
fn maximum(leaf: &Leaf, one: &Value, values: &Values, more: usize) -> Option<Value> {
    let bound = |bound: Option<i64>| usize::try_from(bound?).ok().map(|most| most + more);
    match leaf.kind {
        Kind::Number => {
            let most = leaf.schema.maximum.map_or(i64::from(i32::MAX), |most| most as i64);
            Some(json!(most + more as i64))
        }
        Kind::Text => Some(json!(padded(leaf.of(one)?.as_str()?, bound(leaf.schema.max_length)?))),
        Kind::List => Some(values.items(bound(leaf.schema.max_items)?)),
        _ => None,
    }
}

/// The text with its last character again and again.
fn padded(text: &str, length: usize) -> String {
    let last = text.chars().last().unwrap_or('x');
    let missing = length.saturating_sub(text.chars().count());
    text.chars().chain(std::iter::repeat_n(last, missing)).collect()
}

fn wrong_type(leaf: &Leaf) -> Value {
    match leaf.kind {
        Kind::Structure | Kind::List | Kind::Number => json!("text"),
        Kind::Text | Kind::Word => json!(7),
        Kind::Flag => json!("true"),
    }
}

fn wrong_structure(leaf: &Leaf) -> Value {
    match leaf.kind {
        Kind::Structure => json!([1]),
        _ => json!({"a": 1}),
    }
}
