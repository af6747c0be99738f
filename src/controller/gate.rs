//! Everything that the controller changes outside of itself, by name, and the gate that each change passes.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

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

    /// Asked again whenever a write that is under way goes on: it may be sent anew, after an answer that asks for that, or have
    /// waited for a connection, and the process may have been paused meanwhile.
    ///
    /// # Errors
    /// It is to go no further.
    fn during(&self, _write: Write) -> Result<(), Closed> {
        Ok(())
    }

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

    /// Sends a write, if it may be sent, and gives its answer.
    pub(super) async fn pass<F: Future>(
        &self,
        write: Write,
        send: impl FnOnce(Pass) -> F,
    ) -> Result<F::Output, Closed> {
        self.0.before(write)?;
        let answer = as_long_as(|| self.0.during(write), send(Pass(()))).await?;
        self.0.after(write)?;
        Ok(answer)
    }
}

/// Goes on with something as long as it may, which is asked each time that it goes on: a process that was paused in the middle
/// of it finds out when it wakes up, before anything else is done.
pub(super) async fn as_long_as<F: Future, E>(may: impl Fn() -> Result<(), E>, doing: F) -> Result<F::Output, E> {
    let mut doing = pin!(doing);
    poll_fn(|context| match may() {
        Ok(()) => doing.as_mut().poll(context).map(Ok),
        Err(stopped) => Poll::Ready(Err(stopped)),
    })
    .await
}

impl fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Gate")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use strum::IntoEnumIterator;

    use super::*;
    use crate::controller::fence::{Fence, now};

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn behind_a_fence_that_is_shut_no_write_is_begun() {
        let fence = Fence::shut();
        let gate = Gate::new(Arc::new(fence.clone()));
        for write in Write::iter() {
            let sent = Cell::new(false);
            let send = |_: Pass| async { sent.set(true) };
            assert_eq!(gate.pass(write, send).await, Err(Closed), "{write}");
            assert!(!sent.get(), "{write}");

            fence.open_until(Some(now() + LONG));
            assert_eq!(gate.pass(write, send).await, Ok(()), "{write}");
            assert!(sent.get(), "{write}");
            fence.open_until(None);
        }
    }

    /// As in a process that is paused between two attempts of one write.
    #[tokio::test]
    async fn a_write_under_way_goes_no_further_when_the_fence_has_shut() {
        let fence = Fence::shut();
        fence.open_until(Some(now() + LONG));
        let gate = Gate::new(Arc::new(fence.clone()));
        let attempts = Cell::new(0);
        let send = |_: Pass| async {
            for _ in 0..3 {
                attempts.set(attempts.get() + 1);
                if attempts.get() == 2 {
                    fence.open_until(None);
                }
                tokio::task::yield_now().await;
            }
        };

        assert_eq!(gate.pass(Write::Status, send).await, Err(Closed));
        assert_eq!(attempts.get(), 2);
    }
}
