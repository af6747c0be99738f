//! Standing by, leading, and letting go: one replica's life in an election.

use std::future::{Future, pending};

use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::election::{Answer, Call, Election, Loss, Next, Standing, Terms};
use super::failure::Failure;
use super::lease::SharedLease;
use crate::controller::fence::{Fence, now};
use crate::controller::readiness::Readiness;

/// Attempts to give the Lease back.
const ATTEMPTS_TO_RELEASE: usize = 3;

/// A name that no other replica has, and that this one will not have after its next start: the host's, which in a pod is the
/// pod's, and a number of its own.
pub fn identity() -> String {
    let host = rustix::system::uname();
    format!("{}_{}", host.nodename().to_string_lossy(), Uuid::new_v4())
}

/// A replica that would lead.
pub struct Candidate {
    lease: SharedLease,
    election: Election,
    terms: Terms,
    fence: Fence,
    told: Option<Standing>,
}

/// The right to have effects. It is kept up until it is lost or given back.
pub struct Leadership {
    place: String,
    resign: CancellationToken,
    kept: Option<JoinHandle<Option<Loss>>>,
}

impl Candidate {
    /// One that opens and shuts this fence.
    pub fn new(lease: SharedLease, holder: String, terms: Terms, fence: Fence) -> Self {
        Self { lease, election: Election::new(holder, terms, now()), terms, fence, told: None }
    }

    /// Stands by until it leads. `None`: it was told to stop before.
    pub async fn wins(mut self, readiness: &Readiness, stop: &CancellationToken) -> Option<Leadership> {
        while self.election.leads_until().is_none() {
            self.tell(readiness);
            if stop.is_cancelled() {
                return None;
            }
            // A candidate that does not lead has nothing to lose.
            let _ = self.step(stop.cancelled()).await;
        }
        tracing::info!(lease = self.lease.place(), "leads");
        let resign = CancellationToken::new();
        let place = self.lease.place();
        // A task of its own: however busy the reconciles are, the Lease is renewed.
        let kept = tokio::spawn(self.keeps(resign.clone()));
        Some(Leadership { place, resign, kept: Some(kept) })
    }

    /// Tells `/readyz`, and the log once each, what is waited for.
    fn tell(&mut self, readiness: &Readiness) {
        let standing = self.election.standing();
        if self.told.as_ref() == standing {
            return;
        }
        match standing {
            Some(Standing::Blind(why)) => {
                readiness.waits_for(why.clone());
                tracing::warn!("waiting: {why}");
            }
            Some(Standing::Behind(leader)) => {
                readiness.stands_by(leader.clone());
                tracing::info!(lease = self.lease.place(), leader, "stands by");
            }
            Some(Standing::Leading) | None => {}
        }
        self.told = standing.cloned();
    }

    /// Renews until it is lost, or until it is to resign.
    async fn keeps(mut self, resign: CancellationToken) -> Option<Loss> {
        loop {
            if resign.is_cancelled() {
                self.gives_back().await;
                return None;
            }
            if let Err(loss) = self.step(resign.cancelled()).await {
                return Some(loss);
            }
        }
    }

    /// Does what the election says is next, and moves the fence. A sleep ends early when `hurry` does.
    async fn step(&mut self, hurry: impl Future<Output = ()>) -> Result<(), Loss> {
        match self.election.next(now()) {
            Next::SleepUntil(moment) => {
                let pause = moment.saturating_duration_since(now());
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = hurry => {}
                }
                Ok(())
            }
            Next::Ask { call, limit } => {
                let sent = now();
                let answer = self.lease.ask(&call, limit).await;
                let taken = self.election.answered(answer, sent, now());
                self.fence.open_until(self.election.leads_until().filter(|_| taken.is_ok()));
                taken
            }
            Next::Lost(loss) => {
                self.fence.open_until(None);
                Err(loss)
            }
        }
    }

    /// Lets another follow at once. Should that fail, the other waits until the Lease has run out.
    async fn gives_back(mut self) {
        self.fence.open_until(None);
        self.election.resign(now());
        let lease = self.lease.place();
        match tokio::time::timeout(self.terms.call_limit(), self.released()).await {
            Ok(true) => tracing::info!(lease, "leads no more: the lease is free"),
            _ => tracing::warn!(lease, "could not be given back: the next leader waits until it has run out"),
        }
    }

    /// Whether the Lease no longer names us. A renewal that was still on its way may come between.
    async fn released(&self) -> bool {
        let limit = self.terms.call_limit();
        for _ in 0..ATTEMPTS_TO_RELEASE {
            let found = match self.lease.ask(&Call::Read, limit).await {
                Answer::Is(found) => found,
                Answer::IsAbsent => return true,
                Answer::IsAnother | Answer::Failed(_) => continue,
            };
            let Some(release) = self.election.release(&found) else { return true };
            if let Answer::Is(_) = self.lease.ask(&release, limit).await {
                return true;
            }
        }
        false
    }
}

impl Leadership {
    /// Ends when it is lost, with what the process has to say then.
    pub async fn lost(&mut self) -> Failure {
        let Some(kept) = self.kept.as_mut() else { return pending().await };
        let ended = kept.await;
        self.kept = None;
        self.failure(ended)
    }

    /// Gives it back, unless it is lost.
    pub async fn ends(self) {
        self.resign.cancel();
        if let Some(kept) = self.kept {
            // A task that panicked has nothing to give back, and the Lease runs out by itself.
            let _ = kept.await;
        }
    }

    fn failure(&self, ended: Result<Option<Loss>, JoinError>) -> Failure {
        let lease = self.place.clone();
        match ended {
            Ok(Some(loss)) => Failure::LeaseLost { lease, loss: loss.to_string() },
            Ok(None) | Err(_) => Failure::LeaseLost { lease, loss: "it is no longer renewed".to_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_starts_have_one_name_and_each_says_where_it_runs() {
        let (one, other) = (identity(), identity());
        assert_ne!(one, other);
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        assert!(one.starts_with(&format!("{host}_")), "{one}");
    }
}
