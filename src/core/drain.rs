//! A service that drains: since when, and whether it still gets on.

use jiff::{SignedDuration, Timestamp};

use super::memory::Memory;
use super::observed::Presence;
use super::plan::Requeue;

/// A deletion takes about five minutes. Terraform gives up on one after 20 (`aws_ecs_express_gateway_service`), and load
/// balancers have been seen to take 20 by themselves: after 30 minutes something is in the way.
pub const HANGS_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// What is known of a service that drains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// For how long, in whole minutes: what is shown changes once a minute at most, and once an hour later on.
    pub minutes: i64,
    /// Whether it takes much longer than it should.
    pub hangs: bool,
    /// ECS's own words for what is in the way.
    pub reason: Option<String>,
}

impl Drain {
    /// Reads it.
    pub(super) fn of(presence: &Presence, memory: &Memory, now: Timestamp) -> Self {
        let so_far = memory.draining_since.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
        Self { minutes: so_far.as_mins(), hangs: so_far >= HANGS_AFTER, reason: presence.reason.clone() }
    }

    /// When to look again: one that hangs waits for a person.
    pub(super) fn requeue(&self) -> Requeue {
        if self.hangs { Requeue::Settled } else { Requeue::Drain }
    }

    /// `4 min`, `3 h`; `None` within the first minute.
    #[must_use]
    pub fn so_far(&self) -> Option<String> {
        match self.minutes {
            ..1 => None,
            minutes @ 1..60 => Some(format!("{minutes} min")),
            minutes => Some(format!("{} h", minutes / 60)),
        }
    }
}
