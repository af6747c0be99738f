//! A workload: what a user, and the world beside them, do to one object over its life.

use std::time::Duration;

use express_simulator::model::Config;

use crate::world::{Act, Step, When};

/// What is done to one object over its life.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// How ECS differs from how it is otherwise.
    pub tunes: fn(&mut Config),
    /// Somebody takes our tags off the service, which stays ours.
    pub strips_tags: bool,
    /// How long it takes until a controller that died is there again. Where that is no time, a run that has caught up with
    /// another one is in the same world, and need not be lived through again.
    pub is_down_for: Duration,
}

impl Workload {
    /// One in which nothing happens yet.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            steps: Vec::new(),
            tunes: |_| {},
            strips_tags: false,
            is_down_for: Duration::ZERO,
        }
    }

    /// The same, and then this, once everything has come to rest.
    #[must_use]
    pub fn then(mut self, act: Act) -> Self {
        self.steps.push(Step { when: When::AtRest, act });
        self
    }

    /// The same, and so many seconds later this.
    #[must_use]
    pub fn after(mut self, seconds: u64, act: Act) -> Self {
        self.steps.push(Step { when: When::After(Duration::from_secs(seconds)), act });
        self
    }

    /// Whether something is done in it while something else is under way: how far that has come is chance then.
    #[must_use]
    pub fn is_timed(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.when, When::After(span) if !span.is_zero()))
    }

    /// Whether the spec is edited soon after somebody else has changed the service.
    #[must_use]
    pub fn edits_a_change_soon(&self) -> bool {
        self.steps.array_windows().any(|[change, edit]| {
            let is_soon = matches!(edit.when, When::After(_)) && matches!(edit.act, Act::Edit(_));
            is_soon && matches!(change.act, Act::Elsewhere(..))
        })
    }

    /// The same in another ECS.
    #[must_use]
    pub fn tuned(self, tunes: fn(&mut Config)) -> Self {
        Self { tunes, ..self }
    }

    /// The same, and the service may lack our tags.
    #[must_use]
    pub fn stripped(self) -> Self {
        Self { strips_tags: true, ..self }
    }
}
