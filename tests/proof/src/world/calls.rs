//! What the controller sends, and what can become of it on its way.

use std::time::Duration;

use express_simulator::model::ErrorKind;
use express_simulator::wire::Operation;
use expressway::controller::gate::Write;
use strum::{Display, EnumIter, EnumString};

/// One call of the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// To ECS.
    Ecs(Operation),
    /// To the API server.
    Kubernetes(Verb),
}

/// What the API server is asked for.
#[derive(Clone, Copy, Debug, Display, EnumIter, PartialEq, Eq)]
pub enum Verb {
    /// The live object.
    Get,
    /// Its finalizers.
    PatchMetadata,
    /// Its status, by server-side apply.
    ApplyStatus,
    /// Its status, by a JSON patch.
    PatchStatus,
    /// An event.
    CreateEvent,
}

impl Call {
    /// Whether it changes something: its boundaries are crash points.
    #[must_use]
    pub fn is_effect(self) -> bool {
        match self {
            Self::Kubernetes(verb) => verb != Verb::Get,
            Self::Ecs(operation) => is_write(operation),
        }
    }
}

/// Whether ECS is changed by it.
#[must_use]
pub fn is_write(operation: Operation) -> bool {
    let name = operation.name();
    !["Describe", "List"].iter().any(|start| name.starts_with(start))
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ecs(operation) => f.write_str(operation.name()),
            Self::Kubernetes(verb) => write!(f, "{verb}"),
        }
    }
}

/// Where a crash or a cut hits a call that changes something.
#[derive(Clone, Copy, Debug, Display, EnumIter, EnumString, Hash, PartialEq, Eq, PartialOrd, Ord)]
#[strum(serialize_all = "kebab-case")]
pub enum Point {
    /// The process dies before the call is sent.
    Before,
    /// The call has its effect and its answer is lost; the process goes on with the error that it got.
    Lost,
    /// The call has its effect, and the process dies before it can record the answer. (A process that dies while the answer
    /// is lost leaves the same world.)
    After,
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// See [`Point`].
    Crash(Point),
    /// ECS refuses it without an effect.
    Refused(ErrorKind),
    /// ECS answers an error after its effect.
    FailedAfter(ErrorKind),
    /// The API server answers this status without an effect.
    Status(u16),
    /// The API server answers this status after its effect.
    StatusAfter(u16),
    /// Nothing is ever answered, with or without an effect.
    Hangs {
        /// Whether it had its effect.
        effect: bool,
    },
    /// The answer comes late.
    Late(Duration),
    /// The user does what they do next before the call arrives, where the time for it is theirs to choose.
    Meanwhile,
    /// The controller's clock jumps by so many seconds.
    ClockJumps(i64),
}

/// A call that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The call.
    pub call: Call,
    /// How many calls that change something were made before.
    pub nth: usize,
    /// How often somebody did something.
    pub acts: usize,
    /// How long ago they did so last.
    pub since_act: Duration,
}

/// A call that changes something and was sent, or would have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// What the controller said that it is, by its own list. `None`: it has passed no gate.
    pub write: Option<Write>,
    /// The call.
    pub call: Call,
    /// How old the world was.
    pub age: Duration,
    /// Whether it took effect.
    pub took_effect: bool,
    /// Whether something was put in its way.
    pub disturbed: bool,
}
