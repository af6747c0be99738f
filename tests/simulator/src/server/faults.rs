//! Faults on request: what goes wrong between a client and ECS.
use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{ErrorKind, Fate, FateRule, Model};
use crate::time::Time;
use crate::wire::Operation;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum FaultKind {
    /// ThrottlingException "Rate exceeded". No effect.
    Throttle,
    /// ServerException (500) before the call has its effect.
    ServerErrorBefore,
    /// ServerException (500) after the call had its effect.
    ServerErrorAfter,
    /// The connection is closed after the call had its effect, with no answer.
    AnswerLost,
    /// Half of the answer's body comes, after the call had its effect, and the connection is closed.
    AnswerCutShort,
    /// Another text in the answer, as from a later API.
    Rewrite {
        /// What is replaced.
        find: String,
        /// By what.
        replace: String,
    },
    /// The answer comes late, by real time.
    Latency {
        /// How late.
        milliseconds: u64,
    },
    /// AccessDeniedException. No effect.
    AccessDenied {
        /// The message.
        #[serde(default)]
        message: Option<String>,
    },
    /// UnsupportedFeatureException. No effect.
    UnsupportedFeature,
    /// ClientException, as for access keys that have not arrived everywhere yet. No effect.
    InvalidCredentials,
    /// Any exception, by name. No effect.
    Error {
        /// The exception, such as `PlatformUnknownException`.
        exception: ErrorKind,
        /// The message.
        #[serde(default)]
        message: Option<String>,
    },
    /// A role cannot be assumed for its first seconds (simulated time, from now). Without a role: every role.
    RolePropagation {
        /// The role's ARN.
        #[serde(default)]
        role: Option<String>,
        /// How long.
        seconds: u64,
    },
    /// A role can be assumed and is allowed nothing: a delete stays DRAINING, a create is wedged. Without a role: every role.
    RoleWithoutPermissions {
        /// The role's ARN.
        #[serde(default)]
        role: Option<String>,
    },
    /// The next creates are wedged: their load balancer is refused and never tried again.
    Wedge {
        /// The service's name; without it, the next services created.
        #[serde(default)]
        service: Option<String>,
        /// The load balancer stays PROVISIONING, instead of FAILED.
        #[serde(default)]
        silent: bool,
    },
    /// Reads show what was true so many (simulated) seconds ago.
    StaleReads {
        /// How long ago.
        seconds: u64,
    },
}

/// One fault as it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultRequest {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// For which operations; none is all.
    #[serde(default)]
    pub operations: BTreeSet<Operation>,
    /// How many times; without it, until the faults are deleted.
    #[serde(default)]
    pub count: Option<u32>,
}

impl From<FaultKind> for FaultRequest {
    fn from(kind: FaultKind) -> Self {
        Self { kind, operations: BTreeSet::new(), count: None }
    }
}

impl FaultRequest {
    /// For this operation too.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operations.insert(operation);
        self
    }

    /// So many times.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }
}

/// The faults in force, oldest first; `count` is what is left of each.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults(Vec<FaultRequest>);

impl Faults {
    /// Puts a fault in force. What the model itself knows is handed to it.
    pub(super) fn add(&mut self, request: FaultRequest, model: &mut Model, now: Time) {
        match request.kind {
            FaultKind::RolePropagation { role, seconds } => {
                model.deny_role(role.unwrap_or_else(|| "*".to_owned()), now + Duration::from_secs(seconds));
            }
            FaultKind::RoleWithoutPermissions { role } => model.disarm_role(role.unwrap_or_else(|| "*".to_owned())),
            FaultKind::Wedge { service, silent } => {
                let fate = if silent { Fate::WedgeSilent } else { Fate::Wedge };
                model.set_fate(FateRule { service, fate, left: request.count });
            }
            FaultKind::StaleReads { seconds } => model.set_staleness(Duration::from_secs(seconds)),
            _ => self.0.push(request),
        }
    }

    pub(super) fn list(&self) -> &[FaultRequest] {
        &self.0
    }

    /// Ends every fault, those of the model too.
    pub(super) fn clear(&mut self, model: &mut Model) {
        self.0.clear();
        model.allow_roles();
        model.set_staleness(Duration::ZERO);
    }

    /// The fault for a call of `operation`; it is used up by one.
    pub(super) fn take(&mut self, operation: Operation) -> Option<FaultKind> {
        let fits = |fault: &FaultRequest| {
            let operations = &fault.operations;
            fault.count != Some(0) && (operations.is_empty() || operations.contains(&operation))
        };
        let index = self.0.iter().position(fits)?;
        let fault = self.0.get_mut(index)?;
        let kind = fault.kind.clone();
        fault.count = fault.count.map(|count| count.saturating_sub(1));
        if fault.count == Some(0) {
            self.0.remove(index);
        }
        Some(kind)
    }
}

/// What a fault does to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Disturbance {
    /// The call is refused and has no effect.
    Refuse(&'static str, ErrorKind, String),
    /// The call has its effect; this is answered instead.
    AnswerInstead(&'static str, ErrorKind, String),
    /// The call has its effect; nothing is answered.
    Lose,
    /// The call has its effect; half of the body is answered.
    CutShort,
    /// The call has its effect; in its answer, the first text is the second.
    Rewrite(String, String),
    /// The call has its effect and its answer, later.
    Delay(Duration),
}

impl FaultKind {
    pub(super) fn disturbance(self) -> Option<Disturbance> {
        Some(match self {
            Self::Throttle => Disturbance::Refuse("throttle", ErrorKind::Throttling, "Rate exceeded".to_owned()),
            Self::ServerErrorBefore => {
                Disturbance::Refuse("server-error-before", ErrorKind::Server, "Service Unavailable.".to_owned())
            }
            Self::ServerErrorAfter => {
                Disturbance::AnswerInstead("server-error-after", ErrorKind::Server, "Service Unavailable.".to_owned())
            }
            Self::AccessDenied { message } => Disturbance::Refuse(
                "access-denied",
                ErrorKind::AccessDenied,
                message.unwrap_or_else(|| "User is not authorized to perform this operation.".to_owned()),
            ),
            Self::UnsupportedFeature => Disturbance::Refuse(
                "unsupported-feature",
                ErrorKind::UnsupportedFeature,
                "The feature is not supported in this Region.".to_owned(),
            ),
            Self::InvalidCredentials => Disturbance::Refuse(
                "invalid-credentials",
                ErrorKind::Client,
                "AWS was not able to validate the provided access credentials".to_owned(),
            ),
            Self::Error { exception, message } => {
                Disturbance::Refuse("error", exception, message.unwrap_or_else(|| "Asked for by a fault.".to_owned()))
            }
            Self::AnswerLost => Disturbance::Lose,
            Self::AnswerCutShort => Disturbance::CutShort,
            Self::Rewrite { find, replace } => Disturbance::Rewrite(find, replace),
            Self::Latency { milliseconds } => Disturbance::Delay(Duration::from_millis(milliseconds)),
            Self::RolePropagation { .. }
            | Self::RoleWithoutPermissions { .. }
            | Self::Wedge { .. }
            | Self::StaleReads { .. } => return None,
        })
    }
}
