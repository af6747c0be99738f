//! A server that runs in this process, with the controls as methods.
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::faults::FaultRequest;
use super::journal::Entry;
use super::{Shared, Simulator, lock};
use crate::model::{Fate, FateRule, Model, ServiceKey, SwitchError};
use crate::time::Time;

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it answers, such as `http://127.0.0.1:40123`.
    pub endpoint: String,
    shared: SharedState,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<std::io::Result<()>>>,
}

struct SharedState(Shared);

impl std::fmt::Debug for SharedState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Simulator")
    }
}

impl Running {
    pub(super) fn new(
        endpoint: String,
        shared: Shared,
        stop: oneshot::Sender<()>,
        task: JoinHandle<std::io::Result<()>>,
    ) -> Self {
        Self { endpoint, shared: SharedState(shared), stop: Some(stop), task: Some(task) }
    }

    /// Jumps ahead in simulated time.
    pub fn advance(&self, span: Duration) {
        let mut simulator = lock(&self.shared.0);
        simulator.clock.advance(span);
        simulator.present();
    }

    /// Simulated time.
    pub fn now(&self) -> Time {
        lock(&self.shared.0).clock.now()
    }

    /// Jumps to the next thing that happens by itself. False when nothing will.
    pub fn advance_to_next_event(&self) -> bool {
        let mut simulator = lock(&self.shared.0);
        let now = simulator.clock.now();
        let Some(next) = simulator.model.next_event() else { return false };
        simulator.clock.advance(next.since(now));
        simulator.present();
        true
    }

    /// Every call received since the journal was last emptied.
    pub fn journal(&self) -> Vec<Entry> {
        self.journal_since(0)
    }

    /// The calls after the one with sequence number `since`.
    pub fn journal_since(&self, since: u64) -> Vec<Entry> {
        lock(&self.shared.0).journal.since(since)
    }

    /// Empties the journal. The sequence numbers go on.
    pub fn clear_journal(&self) {
        lock(&self.shared.0).journal.clear();
    }

    /// Decides the next rollout of `service` (a name, or `cluster/name`).
    pub fn set_next_fate(&self, service: &str, fate: Fate) {
        let rule = FateRule { service: Some(service.to_owned()), fate, left: Some(1) };
        lock(&self.shared.0).model.set_fate(rule);
    }

    /// Decides every rollout from now on, of one service or of all.
    pub fn set_every_fate(&self, service: Option<&str>, fate: Fate) {
        let rule = FateRule { service: service.map(str::to_owned), fate, left: None };
        lock(&self.shared.0).model.set_fate(rule);
    }

    /// Changes the fate of the rollout in flight. False when there is none.
    pub fn set_current_fate(&self, key: &ServiceKey, fate: Fate) -> bool {
        let mut simulator = lock(&self.shared.0);
        let now = simulator.clock.now();
        simulator.model.set_current_fate(key, fate, now)
    }

    /// Application Auto Scaling moves the desired count of `service` (a name, or `cluster/name`). False when there is none.
    pub fn autoscale(&self, service: &str, count: u32) -> bool {
        let key = ServiceKey::parse(service);
        let mut simulator = lock(&self.shared.0);
        let now = simulator.clock.now();
        simulator.model.autoscale(&key, count, now)
    }

    /// AWS itself tags `service` with `aws:<tag>`, which nobody else can. False when there is none.
    pub fn tag_as_aws(&self, service: &str, tag: &str, value: &str) -> bool {
        let mut simulator = lock(&self.shared.0);
        let now = simulator.clock.now();
        simulator.model.tag_as_aws(&ServiceKey::parse(service), tag, value, now)
    }

    /// An infrastructure role loses its permissions, as when somebody deletes its policy before the services that need
    /// it: a service that is deleted stays DRAINING, a new one is wedged. Until [`Self::clear_faults`].
    pub fn role_loses_its_permissions(&self, role: &str) {
        lock(&self.shared.0).model.disarm_role(role);
    }

    /// Puts a fault in force.
    pub fn add_fault(&self, fault: impl Into<FaultRequest>) {
        let mut simulator = lock(&self.shared.0);
        let now = simulator.clock.now();
        let Simulator { faults, model, .. } = &mut *simulator;
        faults.add(fault.into(), model, now);
    }

    /// Ends every fault.
    pub fn clear_faults(&self) {
        let mut simulator = lock(&self.shared.0);
        let Simulator { faults, model, .. } = &mut *simulator;
        faults.clear(model);
    }

    /// Sets a switch by name.
    ///
    /// # Errors
    /// When there is no such switch, or it does not take the value.
    pub fn set_switch(&self, name: &str, value: &str) -> Result<(), SwitchError> {
        lock(&self.shared.0).model.switches_mut().set(name, value)
    }

    /// Throttles calls, or no longer.
    pub fn set_quotas(&self, enabled: bool) {
        lock(&self.shared.0).model.quotas_mut().enabled = enabled;
    }

    /// Lets `look` read or change the model, which is brought to the present first.
    pub fn with_model<T>(&self, look: impl FnOnce(&mut Model) -> T) -> T {
        look(lock(&self.shared.0).present())
    }

    /// Stops listening and waits until open connections are idle and closed.
    ///
    /// # Errors
    /// When the listener failed.
    pub async fn shut_down(mut self) -> std::io::Result<()> {
        drop(self.stop.take());
        match self.task.take() {
            Some(task) => task.await.map_err(std::io::Error::other)?,
            None => Ok(()),
        }
    }
}
