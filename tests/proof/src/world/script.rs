//! What is done to a world, in order, and how far it has come.

use std::time::Duration;

use super::user::Act;

/// When something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When everything before has come to rest.
    AtRest,
    /// So long after what was done before.
    After(Duration),
}

/// One thing that is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub when: When,
    /// What.
    pub act: Act,
}

/// When the next act is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// When everything has come to rest.
    AtRest,
    /// When the world is so old.
    At(Duration),
}

/// The acts, and how far they have come.
#[derive(Clone, Debug)]
pub struct Script {
    steps: Vec<Step>,
    done: usize,
    last: Duration,
}

impl Script {
    /// Nothing is done yet.
    #[must_use]
    pub fn begin(steps: &[Step]) -> Self {
        Self { steps: steps.to_vec(), done: 0, last: Duration::ZERO }
    }

    /// When the next act is due; `None` after the last.
    #[must_use]
    pub fn next(&self) -> Option<Due> {
        self.steps.get(self.done).map(|step| match step.when {
            When::AtRest => Due::AtRest,
            When::After(span) => Due::At(self.last + span),
        })
    }

    /// The next act, which is done when the world is so old.
    pub fn turn(&mut self, age: Duration) -> Option<Act> {
        let step = self.steps.get(self.done)?;
        self.done += 1;
        self.last = age;
        Some(step.act.clone())
    }

    /// How many acts are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.done
    }

    /// How old the world was when the last one was done.
    #[must_use]
    pub fn last(&self) -> Duration {
        self.last
    }
}
