//! Whether the controller does its work yet, and if not, why: what `/readyz` answers.

use tokio::sync::watch;

/// Where the process is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not at work yet; the text says what is waited for.
    Starting(String),
    /// The objects are listed and being reconciled.
    Ready,
    /// Ready to take over from this leader, which is all that is wanted of it.
    StandingBy(String),
    /// Told to stop; what is in flight is being finished.
    Stopping,
}

/// A phase that is shared by those who change it and those who show it. Clones share it.
#[derive(Clone, Debug)]
pub struct Readiness(watch::Sender<Phase>);

impl Default for Readiness {
    fn default() -> Self {
        Self(watch::Sender::new(Phase::Starting("starting".to_owned())))
    }
}

impl Readiness {
    /// Not ready, because of `reason`. Returns whether that is news, so that it can be logged once.
    pub fn waits_for(&self, reason: impl Into<String>) -> bool {
        self.turn(Phase::Starting(reason.into()))
    }

    /// The first list is done.
    pub fn is_ready(&self) {
        self.turn(Phase::Ready);
    }

    /// Another leads.
    pub fn stands_by(&self, leader: impl Into<String>) {
        self.turn(Phase::StandingBy(leader.into()));
    }

    /// Told to stop. Nothing follows this phase.
    pub fn is_stopping(&self) {
        self.turn(Phase::Stopping);
    }

    /// The phase now.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.0.borrow().clone()
    }

    fn turn(&self, next: Phase) -> bool {
        self.0.send_if_modified(|phase| {
            let news = *phase != Phase::Stopping && *phase != next;
            if news {
                *phase = next;
            }
            news
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_reason_is_news_only_once() {
        let readiness = Readiness::default();
        assert!(readiness.waits_for("the CRD"));
        assert!(!readiness.waits_for("the CRD"));
        assert_eq!(readiness.phase(), Phase::Starting("the CRD".to_owned()));
    }

    #[test]
    fn a_process_that_stops_never_becomes_ready_again() {
        let readiness = Readiness::default();
        readiness.is_ready();
        assert_eq!(readiness.clone().phase(), Phase::Ready);
        readiness.is_stopping();
        readiness.is_ready();
        assert_eq!(readiness.phase(), Phase::Stopping);
    }
}
