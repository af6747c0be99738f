//! What a test or a person sets by hand: fates, roles that cannot be assumed, stale reads, switches, quotas.
use std::time::Duration;

use super::Model;
use super::arn::ServiceKey;
use super::configuration::Configuration;
use super::deployment::DeploymentStatus;
use super::fate::{self, Fate, FateRule};
use super::quota::QuotaConfig;
use super::service::Service;
use super::switches::Switches;
use crate::time::Time;

impl Model {
    /// Adds a rule for rollouts that start from now on. Newer rules come first.
    pub fn set_fate(&mut self, rule: FateRule) {
        self.account.fates.insert(0, rule);
    }

    /// The rules that are in force.
    pub fn fates(&self) -> &[FateRule] {
        &self.account.fates
    }

    /// Forgets all rules.
    pub fn clear_fates(&mut self) {
        self.account.fates.clear();
    }

    /// Changes the fate of the rollout that is in flight. False when there is none.
    pub fn set_current_fate(&mut self, key: &ServiceKey, fate: Fate, now: Time) -> bool {
        self.tick(now);
        let at = self.now;
        let Some(mut service) = self.account.check_out(key, at) else { return false };
        let changed = self.change_fate(&mut service, fate, at);
        self.account.check_in(service);
        changed
    }

    /// AWS itself tags a service, as CloudFormation does. False when there is none.
    pub fn tag_as_aws(&mut self, key: &ServiceKey, tag: &str, value: &str, now: Time) -> bool {
        self.tick(now);
        let Some(mut service) = self.account.check_out(key, self.now) else { return false };
        service.tags.insert(format!("aws:{tag}"), value.to_owned());
        self.account.check_in(service);
        true
    }

    fn change_fate(&self, service: &mut Service, fate: Fate, at: Time) -> bool {
        let Some(deployment) = service.in_flight_mut() else { return false };
        deployment.fate = fate;
        let (status, target) = (deployment.status, deployment.target);
        if status != DeploymentStatus::InProgress {
            return true;
        }
        let starts_at = Some(at + self.config.timings.task_start);
        let waiting = service.tasks.iter_mut().filter(|task| task.revision == target && task.starts_at.is_none());
        waiting.for_each(|task| task.starts_at = starts_at);
        service.wake = self.due_after(service, at);
        true
    }

    /// The fate of a rollout that starts now: set by hand, or visible in the configuration.
    pub(super) fn take_fate(&mut self, key: &ServiceKey, configuration: &Configuration) -> Fate {
        let full_name = format!("{}/{}", key.cluster, key.name);
        let fits = |rule: &FateRule| {
            rule.left != Some(0)
                && rule.service.as_ref().is_none_or(|service| *service == key.name || *service == full_name)
        };
        let Some(index) = self.account.fates.iter().position(fits) else {
            return fate::of(configuration, self.config.switches.architecture_is_detected);
        };
        let Some(rule) = self.account.fates.get_mut(index) else { return Fate::Healthy };
        let fate = rule.fate;
        rule.left = rule.left.map(|left| left.saturating_sub(1));
        if rule.left == Some(0) {
            self.account.fates.remove(index);
        }
        fate
    }

    /// Makes a role unusable until `until`, as a role is that was just made. `*` is every role.
    pub fn deny_role(&mut self, role: impl Into<String>, until: Time) {
        self.account.denied_roles.insert(role.into(), until);
    }

    /// Takes a role's permissions away: ECS can assume it and do nothing with it. `*` is every role.
    pub fn disarm_role(&mut self, role: impl Into<String>) {
        self.account.powerless_roles.insert(role.into());
    }

    /// Makes every role usable again. Whether ECS then makes what it was refused is a switch.
    pub fn allow_roles(&mut self) {
        self.account.denied_roles.clear();
        self.account.powerless_roles.clear();
        if self.config.switches.wedge_heals {
            self.make_what_was_refused();
        }
    }

    /// Whether a role has lost its permissions.
    pub(super) fn is_powerless(&self, role: &str) -> bool {
        [role, "*"].iter().any(|name| self.account.powerless_roles.contains(*name))
    }

    pub(super) fn is_denied(&self, role: &str) -> bool {
        self.is_denied_at(role, self.now)
    }

    pub(super) fn is_denied_at(&self, role: &str, at: Time) -> bool {
        [role, "*"].iter().any(|name| self.account.denied_roles.get(*name).is_some_and(|until| at < *until))
    }

    /// Makes reads show what was true `staleness` ago; zero makes them fresh.
    pub fn set_staleness(&mut self, staleness: Duration) {
        self.account.set_staleness(staleness);
    }

    /// The switches, to change them.
    pub fn switches_mut(&mut self) -> &mut Switches {
        &mut self.config.switches
    }

    /// The quotas, to change them.
    pub fn quotas_mut(&mut self) -> &mut QuotaConfig {
        &mut self.config.quotas
    }
}
