//! Who leads: decided from what stands in a Lease and from when it was seen to change. Pure: no client, no clock.
//!
//! The rules are client-go's. A candidate takes a Lease whose record has not changed for the Lease's whole duration, by the
//! candidate's own monotonic clock: what time it is where the holder runs does not matter. The holder renews, and stops of its
//! own accord when it has not been able to for a shorter time than that, counted from before its last renewal was sent. So the
//! two never overlap, as long as their clocks run at about the same speed.
//!
//! The one library for this version of kube, `kube-lease-manager`, holds the time in the Lease against the reader's own wall clock.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A record that claims more than this was not written by a holder that lives: nobody waits longer for it.
pub const LONGEST_LEASE: Duration = Duration::from_secs(600);

/// The waits of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long a record that does not change keeps others away.
    pub duration: Duration,
    /// How long a holder that cannot renew still acts. Shorter than the duration.
    pub renew_deadline: Duration,
    /// Between two looks of a candidate, and between two renewals of a holder. Shorter than the deadline.
    pub retry: Duration,
}

impl Terms {
    /// Longest time for one call, so that one that hangs leaves time for another.
    #[must_use]
    pub fn call_limit(&self) -> Duration {
        self.renew_deadline / 2
    }

    /// A wait after a write that came too late: short, for nothing is wrong, but not none, should it come too late each time.
    fn soon(&self) -> Duration {
        self.retry / 4
    }
}

/// What stands in a Lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who holds it. `None`: it was given back.
    pub holder: Option<String>,
    /// How long it keeps others away.
    pub duration: Option<Duration>,
    /// When it was renewed, by the holder's clock. It is only compared with what stood there before.
    pub renewed: Option<Timestamp>,
    /// How often the holder changed.
    pub transitions: i32,
}

/// A Lease as the API server gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What stands in it.
    pub record: Record,
    /// Its resource version: a write that names an older one is refused.
    pub version: String,
}

/// What is asked of the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Read the Lease.
    Read,
    /// Create it with us as the holder.
    Create,
    /// Write us into it as the holder, if it is still of this version.
    Hold {
        /// The version that was read.
        version: String,
        /// How often the holder changed, this time included.
        transitions: i32,
        /// Whether it is held from now on, or held on to.
        anew: bool,
    },
    /// Give it back, if it is still of this version.
    Release {
        /// The version that was read.
        version: String,
        /// How often the holder changed.
        transitions: i32,
    },
}

/// What the API server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The Lease, as read or as just written.
    Is(Found),
    /// There is none.
    IsAbsent,
    /// It was not written, because it is of another version, or is gone, or is there already.
    IsAnother,
    /// Nothing is known: no answer, or one that says nothing about the Lease.
    Failed(String),
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask this, and wait for the answer for `limit` at most.
    Ask {
        /// What.
        call: Call,
        /// The longest wait.
        limit: Duration,
    },
    /// Nothing, until then.
    SleepUntil(Instant),
    /// End: somebody else may lead now.
    Lost(Loss),
}

/// Why a holder no longer leads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    #[error("{0} has taken it")]
    Taken(String),
    #[error("its holder was removed")]
    Emptied,
    #[error("it was deleted")]
    Deleted,
    #[error("it could not be renewed for {limit:?} (--lease-renew-deadline): {error}")]
    NotRenewed { limit: Duration, error: String },
}

/// Where a replica stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The Lease cannot be read or written; the text says why.
    Blind(String),
    /// This other holds it.
    Behind(String),
    /// It leads.
    Leading,
}

/// One replica's part in an election.
#[derive(Debug)]
pub struct Election {
    me: String,
    terms: Terms,
    seen: Option<Seen>,
    stage: Stage,
    standing: Option<Standing>,
}

/// The Lease as last seen, and since when its record has been the same.
#[derive(Clone, Debug)]
struct Seen {
    found: Found,
    since: Instant,
}

#[derive(Clone, Debug)]
enum Stage {
    /// It looks again at this moment.
    Looking(Instant),
    /// It writes itself into the Lease.
    Taking,
    /// It leads.
    Leading(Tenure),
}

#[derive(Clone, Debug)]
struct Tenure {
    /// When it ends, unless it is renewed.
    until: Instant,
    /// When to do something about it.
    next: Instant,
    /// A renewal did not find what was expected: the Lease is read before the next.
    doubtful: bool,
    /// Why the last renewal failed.
    error: Option<String>,
}

impl Election {
    /// A candidate of this name, which no other has or had.
    #[must_use]
    pub fn new(me: String, terms: Terms, now: Instant) -> Self {
        Self { me, terms, seen: None, stage: Stage::Looking(now), standing: None }
    }

    /// What to do now.
    #[must_use]
    pub fn next(&self, now: Instant) -> Next {
        match &self.stage {
            Stage::Looking(at) if now < *at => Next::SleepUntil(*at),
            Stage::Looking(_) => self.ask(Call::Read),
            Stage::Taking => self.ask(self.hold(true)),
            Stage::Leading(tenure) if now >= tenure.until => Next::Lost(self.not_renewed(tenure)),
            Stage::Leading(tenure) if now < tenure.next => Next::SleepUntil(tenure.next.min(tenure.until)),
            Stage::Leading(tenure) => {
                let call = if tenure.doubtful { Call::Read } else { self.hold(false) };
                Next::Ask { call, limit: self.terms.call_limit().min(tenure.until - now) }
            }
        }
    }

    /// Takes an answer to what [`Self::next`] asked. It was `sent` then, and arrived now.
    ///
    /// # Errors
    /// The loss, when the answer says that somebody else may lead.
    pub fn answered(&mut self, answer: Answer, sent: Instant, now: Instant) -> Result<(), Loss> {
        match self.stage.clone() {
            Stage::Looking(_) => self.looked(answer, now),
            Stage::Taking => self.took(answer, sent, now),
            Stage::Leading(tenure) if tenure.doubtful => return self.made_sure(answer, tenure, now),
            Stage::Leading(tenure) => self.renewed(answer, tenure, sent, now),
        }
        Ok(())
    }

    /// Until when this replica may act.
    #[must_use]
    pub fn leads_until(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Leading(tenure) => Some(tenure.until),
            _ => None,
        }
    }

    /// Where it stands. `None`: it has not looked yet.
    #[must_use]
    pub fn standing(&self) -> Option<&Standing> {
        self.standing.as_ref()
    }

    /// Leads no more, of its own accord.
    pub fn resign(&mut self, now: Instant) {
        self.stage = Stage::Looking(now + self.terms.retry);
    }

    /// The call that gives back a Lease that still names us, so that another can follow at once.
    #[must_use]
    pub fn release(&self, found: &Found) -> Option<Call> {
        let Record { holder, transitions, .. } = &found.record;
        let release = || Call::Release { version: found.version.clone(), transitions: *transitions };
        (holder.as_deref() == Some(self.me.as_str())).then(release)
    }

    fn ask(&self, call: Call) -> Next {
        Next::Ask { call, limit: self.terms.call_limit() }
    }

    fn hold(&self, anew: bool) -> Call {
        match &self.seen {
            None => Call::Create,
            Some(Seen { found, .. }) => {
                let is_another = found.record.holder.as_deref() != Some(self.me.as_str());
                let transitions = found.record.transitions.saturating_add(i32::from(is_another));
                Call::Hold { version: found.version.clone(), transitions, anew: anew && is_another }
            }
        }
    }

    fn looked(&mut self, answer: Answer, now: Instant) {
        let again = now + self.terms.retry;
        match answer {
            Answer::Is(found) => {
                self.remember(found, now);
                self.stage = self.free_at().map_or(Stage::Taking, |free| match free <= now {
                    true => Stage::Taking,
                    false => Stage::Looking(free.min(again)),
                });
            }
            // Somebody deleted it. Its holder may not have noticed yet: who has seen one gives it its time.
            Answer::IsAbsent => match self.free_at() {
                Some(free) if free > now => self.stage = Stage::Looking(free.min(again)),
                _ => {
                    self.seen = None;
                    self.stage = Stage::Taking;
                }
            },
            Answer::IsAnother => self.stage = Stage::Looking(again),
            Answer::Failed(error) => {
                self.standing = Some(Standing::Blind(error));
                self.stage = Stage::Looking(again);
            }
        }
    }

    fn took(&mut self, answer: Answer, sent: Instant, now: Instant) {
        match answer {
            Answer::Is(found) => self.begin(found, sent, now),
            Answer::Failed(error) => {
                self.standing = Some(Standing::Blind(error));
                self.stage = Stage::Looking(now + self.terms.retry);
            }
            // Another was quicker.
            Answer::IsAbsent | Answer::IsAnother => self.stage = Stage::Looking(now + self.terms.soon()),
        }
    }

    fn begin(&mut self, found: Found, sent: Instant, now: Instant) {
        self.remember(found, now);
        self.standing = Some(Standing::Leading);
        self.stage = Stage::Leading(Tenure {
            until: sent + self.terms.renew_deadline,
            next: sent + self.terms.retry,
            doubtful: false,
            error: None,
        });
    }

    fn renewed(&mut self, answer: Answer, tenure: Tenure, sent: Instant, now: Instant) {
        let next = now + self.terms.retry;
        self.stage = match answer {
            Answer::Is(found) => return self.begin(found, sent, now),
            Answer::IsAbsent | Answer::IsAnother => {
                let error = Some("somebody else writes to it".to_owned());
                Stage::Leading(Tenure { next: now, doubtful: true, error, ..tenure })
            }
            // It may have been written all the same; then the next renewal finds another version, and makes sure.
            Answer::Failed(error) => Stage::Leading(Tenure { next, error: Some(error), ..tenure }),
        };
    }

    fn made_sure(&mut self, answer: Answer, tenure: Tenure, now: Instant) -> Result<(), Loss> {
        let next = now + self.terms.retry;
        let tenure = match answer {
            Answer::IsAbsent => return Err(Loss::Deleted),
            Answer::Is(found) => match &found.record.holder {
                Some(holder) if *holder == self.me => {
                    self.remember(found, now);
                    Tenure { next: now + self.terms.soon(), doubtful: false, ..tenure }
                }
                Some(holder) => return Err(Loss::Taken(holder.clone())),
                None => return Err(Loss::Emptied),
            },
            Answer::IsAnother => Tenure { next, ..tenure },
            Answer::Failed(error) => Tenure { next, error: Some(error), ..tenure },
        };
        self.stage = Stage::Leading(tenure);
        Ok(())
    }

    fn remember(&mut self, found: Found, now: Instant) {
        if let Some(holder) = found.record.holder.as_ref().filter(|holder| **holder != self.me) {
            self.standing = Some(Standing::Behind(holder.clone()));
        }
        let since = match &self.seen {
            Some(seen) if seen.found.record == found.record => seen.since,
            _ => now,
        };
        self.seen = Some(Seen { found, since });
    }

    /// When the Lease as seen may be taken; `None`: it is nobody else's.
    fn free_at(&self) -> Option<Instant> {
        let seen = self.seen.as_ref()?;
        let record = &seen.found.record;
        record.holder.as_ref().filter(|holder| **holder != self.me)?;
        Some(seen.since + record.duration.unwrap_or(self.terms.duration).min(LONGEST_LEASE))
    }

    fn not_renewed(&self, tenure: &Tenure) -> Loss {
        let error = tenure.error.clone().unwrap_or_else(|| "the process was paused".to_owned());
        Loss::NotRenewed { limit: self.terms.renew_deadline, error }
    }
}

#[cfg(test)]
#[path = "election_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "election_properties.rs"]
mod properties;
