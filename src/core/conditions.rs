//! Building conditions: one patch for all of them, and a transition time that moves only with the status.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use crate::api::conditions::{ConditionType, Reason};

/// Kubernetes keeps at most 32,768 characters of a condition's message; a person reads far fewer.
const MAX_MESSAGE: usize = 1024;

/// Status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// `True`
    True,
    /// `False`
    False,
    /// `Unknown`
    Unknown,
}

/// One condition to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its type.
    pub kind: ConditionType,
    /// Its status.
    pub truth: Truth,
    /// Its reason.
    pub reason: Reason,
    /// Its message.
    pub message: String,
}

impl Statement {
    /// States something.
    pub fn new(kind: ConditionType, truth: Truth, reason: Reason, message: impl Into<String>) -> Self {
        Self { kind, truth, reason, message: message.into() }
    }

    /// States once more what a condition said; `None` when another version wrote it.
    #[must_use]
    pub fn again(condition: &Condition) -> Option<Self> {
        let truth = match condition.status.as_str() {
            "True" => Truth::True,
            "False" => Truth::False,
            _ => Truth::Unknown,
        };
        let (kind, reason) = (condition.type_.parse().ok()?, condition.reason.parse().ok()?);
        Some(Self::new(kind, truth, reason, condition.message.clone()))
    }
}

/// The conditions after `before`, saying what `statements` say: those that are not stated are gone.
#[must_use]
pub fn stated(before: &[Condition], statements: Vec<Statement>, generation: i64, now: Timestamp) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = statements
        .into_iter()
        .map(|statement| {
            let status = match statement.truth {
                Truth::True => "True",
                Truth::False => "False",
                Truth::Unknown => "Unknown",
            };
            let old = before.iter().find(|c| c.type_ == statement.kind.as_ref());
            let since = old.filter(|c| c.status == status).map_or(Time(now), |c| c.last_transition_time.clone());
            Condition {
                type_: statement.kind.to_string(),
                status: status.to_owned(),
                reason: statement.reason.to_string(),
                message: capped(&statement.message),
                observed_generation: Some(generation),
                last_transition_time: since,
            }
        })
        .collect();
    conditions.sort_by(|a, b| a.type_.cmp(&b.type_));
    conditions
}

/// Finds a condition.
#[must_use]
pub fn find(conditions: &[Condition], kind: ConditionType) -> Option<&Condition> {
    conditions.iter().find(|c| c.type_ == kind.as_ref())
}

fn capped(message: &str) -> String {
    if message.len() <= MAX_MESSAGE {
        return message.to_owned();
    }
    let end = (0..=MAX_MESSAGE).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", message.get(..end).unwrap_or_default())
}
