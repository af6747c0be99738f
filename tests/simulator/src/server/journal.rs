//! The journal: every call received, for tests to count.
use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Time;

/// How many calls are kept. Older ones are dropped, and counted.
const KEPT: usize = 200_000;

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It was answered.
    Ok,
    /// It was refused with this error.
    Error(String),
    /// A fault was put in its way. `effect` says whether the call still did what it does.
    Fault {
        /// The kind of the fault.
        kind: Cow<'static, str>,
        /// Whether the call did what it does.
        effect: bool,
    },
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Counts from 1, and goes on when the journal is emptied.
    pub sequence: u64,
    /// The operation, as the caller named it.
    pub operation: String,
    /// Who called: the id of the access key that the call was signed with.
    pub caller: Option<String>,
    /// When it came, by the real clock, in microseconds since the epoch.
    pub received_at_micros: u64,
    /// When it came, by the simulated clock, in seconds since the epoch.
    pub simulated_at: Time,
    /// The service that the call names: name or ARN, as it was sent.
    pub service: Option<String>,
    /// The body.
    pub request: Value,
    /// How it ended.
    pub outcome: Outcome,
}

/// The calls received, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    last: u64,
}

impl Journal {
    pub(super) fn enter(&mut self, call: &Call, simulated_at: Time, outcome: Outcome) -> &Entry {
        self.keep(Entry {
            sequence: self.last + 1,
            operation: call.operation.clone(),
            caller: call.caller.clone(),
            received_at_micros: call.received_at_micros,
            simulated_at,
            service: named_service(&call.body),
            request: call.body.clone(),
            outcome,
        })
    }

    /// Takes an entry that was made before.
    pub(super) fn keep(&mut self, entry: Entry) -> &Entry {
        self.last = entry.sequence;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back_mut(entry)
    }

    /// The calls after the one with sequence number `since`.
    pub fn since(&self, since: u64) -> Vec<Entry> {
        let start = self.entries.partition_point(|entry| entry.sequence <= since);
        self.entries.range(start..).cloned().collect()
    }

    /// The sequence number of the newest call; 0 before the first.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Forgets all calls. The numbers go on.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

/// A call as it came.
pub(super) struct Call {
    pub operation: String,
    pub caller: Option<String>,
    pub body: Value,
    pub received_at_micros: u64,
}

impl Call {
    pub(super) fn received(operation: String, caller: Option<String>, body: Value) -> Self {
        Self { operation, caller, body, received_at_micros: micros_now() }
    }
}

/// The real clock, in microseconds since the epoch.
pub(super) fn micros_now() -> u64 {
    let epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    epoch.as_micros().try_into().unwrap_or(u64::MAX)
}

fn named_service(body: &Value) -> Option<String> {
    const MEMBERS: [&str; 5] = ["serviceArn", "service", "serviceName", "resourceArn", "serviceDeploymentArn"];
    const LISTS: [&str; 3] = ["services", "serviceDeploymentArns", "serviceRevisionArns"];
    let member = MEMBERS.iter().find_map(|name| body.get(name)?.as_str());
    let first = || LISTS.iter().find_map(|name| body.get(name)?.get(0)?.as_str());
    member.or_else(first).map(str::to_owned)
}
