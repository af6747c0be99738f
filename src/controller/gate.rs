//! Everything that the controller changes outside of itself, by name, and the gate that each change passes.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use strum::{AsRefStr, Display, EnumIter, EnumString};

use crate::core::failure::Operation;
use crate::core::step::AwsWrite;

/// All that the controller can change: the whole list.
#[derive(AsRefStr, Clone, Copy, Debug, Display, EnumIter, EnumString, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Write {
    /// The service is created.
    CreateService,
    /// The service is updated: one canary.
    UpdateService,
    /// Tags are written.
    Tag,
    /// Tags are removed.
    Untag,
    /// The deployment in flight is stopped.
    StopDeployment,
    /// The service is deleted.
    DeleteService,
    /// The finalizer is put on the object.
    AddFinalizer,
    /// The finalizer is taken off.
    RemoveFinalizer,
    /// What is about to be sent to AWS is written to the status.
    Intention,
    /// The status is written.
    Status,
    /// An event is published.
    Event,
}

impl Write {
    /// The write to AWS that a step asks for.
    #[must_use]
    pub fn of(write: AwsWrite<'_>) -> Self {
        match write {
            AwsWrite::Create(_) => Self::CreateService,
            AwsWrite::Update(_) => Self::UpdateService,
            AwsWrite::Retag(_) if write.operation() == Operation::UntagResource => Self::Untag,
            AwsWrite::Retag(_) => Self::Tag,
            AwsWrite::Stop { .. } => Self::StopDeployment,
            AwsWrite::Delete { .. } => Self::DeleteService,
        }
    }
}

/// Who may write, and who watches.
pub trait Guard: Send + Sync {
    /// Asked right before a write is sent.
    ///
    /// # Errors
    /// It may not be sent, and no other either.
    fn before(&self, write: Write) -> Result<(), Closed>;

    /// Told when the answer is there, before anything is made of it.
    ///
    /// # Errors
    /// Nothing may be made of it.
    fn after(&self, _write: Write) -> Result<(), Closed> {
        Ok(())
    }
}

/// The gate is closed: this process writes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this process may not write any more")]
pub struct Closed;

/// That a write has passed the gate: those who write ask for one, and only the gate has them.
pub struct Pass(());

/// The gate that every write passes.
#[derive(Clone)]
pub struct Gate(Arc<dyn Guard>);

impl Gate {
    /// A gate with this guard.
    #[must_use]
    pub fn new(guard: Arc<dyn Guard>) -> Self {
        Self(guard)
    }

    /// A gate that lets everything through.
    #[must_use]
    pub fn open() -> Self {
        Self::new(Arc::new(Open))
    }

    /// Sends a write, if it may be sent, and gives its answer.
    pub(super) async fn pass<F: Future>(
        &self,
        write: Write,
        send: impl FnOnce(Pass) -> F,
    ) -> Result<F::Output, Closed> {
        self.0.before(write)?;
        let answer = send(Pass(())).await;
        self.0.after(write)?;
        Ok(answer)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Gate")
    }
}

struct Open;

impl Guard for Open {
    fn before(&self, _write: Write) -> Result<(), Closed> {
        Ok(())
    }
}
