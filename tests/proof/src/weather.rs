//! What lies between the world and the controller besides calls: the watch, and how old what ECS shows is.

use std::time::Duration;

use tokio::time::Instant;

use crate::world::{Change, State};

/// A watch that has lost something makes up for it when it begins anew: the server ends it after 290 s at the latest.
const NEW_WATCH: Duration = Duration::from_secs(290);

/// What the weather is like where it is bad.
#[derive(Clone, Copy, Debug, Default)]
pub struct Climate {
    /// How long it is bad.
    pub lasts: Duration,
    /// How old ECS's readings are in it.
    pub staleness: Duration,
    /// How late the watch is in it.
    pub watch_delay: Duration,
    /// Of so many changes, the watch loses one; 0: none.
    pub watch_loses: usize,
}

/// The weather. It is bad for a while after each act, and then good.
#[derive(Debug)]
pub struct Weather {
    climate: Climate,
    changes: usize,
    held: Vec<(Instant, Change)>,
}

impl Weather {
    /// That of a climate.
    #[must_use]
    pub fn of(climate: Climate) -> Self {
        Self { climate, changes: 0, held: Vec::new() }
    }

    /// Somebody did something.
    pub fn begins(&mut self, state: &mut State) {
        if !self.climate.staleness.is_zero() {
            state.ecs.set_staleness(self.climate.staleness);
        }
    }

    /// Time has passed.
    pub fn passes(&self, state: &mut State) {
        if !self.climate.staleness.is_zero() && !self.lasts(state) {
            state.ecs.set_staleness(Duration::ZERO);
        }
    }

    /// What is told now, of this and of what was held back.
    pub fn watch(&mut self, changes: Vec<Change>, state: &State) -> Vec<Change> {
        let now = Instant::now();
        for change in changes {
            self.changes += 1;
            let is_lost = self.climate.watch_loses > 0 && self.changes.is_multiple_of(self.climate.watch_loses);
            let delay = match (self.lasts(state), is_lost) {
                (false, _) => Duration::ZERO,
                (true, false) => self.climate.watch_delay,
                (true, true) => NEW_WATCH,
            };
            // A watch keeps the order of what it tells.
            let after = self.held.last().map_or(now, |(due, _)| *due);
            self.held.push((after.max(now + delay), change));
        }
        let held = std::mem::take(&mut self.held);
        let (told, held): (Vec<_>, Vec<_>) = held.into_iter().partition(|(due, _)| *due <= now);
        self.held = held;
        told.into_iter().map(|(_, change)| change).collect()
    }

    /// A new process lists what there is.
    pub fn is_listed(&mut self) {
        self.held.clear();
    }

    /// When it changes next.
    pub fn next(&self, state: &State) -> Option<Instant> {
        let ends = self.climate.lasts.checked_sub(state.since_act()).map(|left| Instant::now() + left);
        self.held.iter().map(|(due, _)| *due).chain(ends).min()
    }

    /// Whether it is bad, or something of it is left.
    pub fn is_bad(&self, state: &State) -> bool {
        !self.held.is_empty() || self.lasts(state)
    }

    fn lasts(&self, state: &State) -> bool {
        state.since_act() < self.climate.lasts
    }
}
