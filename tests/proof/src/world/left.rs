//! What is left of a world when its controller dies: everything but what that knew by itself.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use express_simulator::model::Model;
use serde_json::Value;

use super::calls::{Call, Passed};
use super::script::Script;
use super::store::Store;
use crate::rules::Rules;

/// A world without a controller.
#[derive(Clone, Debug)]
pub struct World {
    /// The objects.
    pub store: Store,
    /// ECS.
    pub ecs: Model,
    /// Every call that changed something, or was about to.
    pub passed: Vec<Passed>,
    /// What broke a rule.
    pub breaches: Vec<String>,
    /// The rules, and what they have seen.
    pub rules: Rules,
    /// How far the controller's clock is ahead.
    pub clock_ahead: jiff::SignedDuration,
    /// What is done to it.
    pub script: Script,
    /// How old it was.
    pub age: Duration,
}

impl World {
    /// One in which nothing has happened.
    #[must_use]
    pub fn new(ecs: Model, script: Script) -> Self {
        Self {
            store: Store::default(),
            ecs,
            passed: Vec::new(),
            breaches: Vec::new(),
            rules: Rules::default(),
            clock_ahead: jiff::SignedDuration::ZERO,
            script,
            age: Duration::ZERO,
        }
    }

    /// Two that have the same go on in the same way and are held to the same: objects, ECS, the time, what is still to be
    /// done, and how often ECS was changed.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        // What a process that is dead has read is held to a version; the next one reads the newest.
        let mut object = self.store.object(super::user::NAME).cloned().unwrap_or_default();
        object["metadata"]["resourceVersion"] = Value::Null;
        object.to_string().hash(&mut hasher);
        // Not how full the buckets of ECS's quotas are: one object empties none.
        (self.ecs.account(), self.ecs.config()).hash(&mut hasher);
        (self.age, self.script.done(), self.script.last(), &self.breaches).hash(&mut hasher);
        self.rules.hold(self).hash(&mut hasher);
        let mut writes: Vec<_> = self.passed.iter().filter(|passed| passed.took_effect).collect();
        writes.retain(|passed| matches!(passed.call, Call::Ecs(_)));
        let mut writes: Vec<String> = writes.into_iter().map(|passed| passed.call.to_string()).collect();
        writes.sort();
        writes.hash(&mut hasher);
        hasher.finish()
    }
}
