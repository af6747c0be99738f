//! What the service should become: the three-way merge of the spec, what was set before, and what is live; and the
//! differences that are left.
//!
//! A field in the YAML wins. A field that was set before and has left the YAML goes back to ECS's default. A field that
//! was never set stays as it is. That is what `kubectl apply` does, and what people expect.

use std::collections::BTreeSet;

use crate::api::spec::{AutoScalingMetric, CpuArchitecture};
use crate::api::status::Submission;

use super::checks::ecs_defaults as defaults;
use super::configuration::{Configuration, Container, Scaling};
use super::spec_hash::Leaf;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Path in the YAML.
    pub path: String,
    /// What it should be; `None`: not set.
    pub wanted: Option<Leaf>,
    /// What it is; `None`: not set.
    pub live: Option<Leaf>,
}

/// What a comparison of spec and service came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What differs, by path. Empty: nothing to send.
    pub differences: Vec<Difference>,
    /// Paths that left the YAML but cannot be cleared in place.
    pub uncleared: Vec<String>,
    /// What an update would send.
    pub to_send: Configuration,
    /// ARN of the revision that was compared; `None` when it is not the one that an update would replace.
    pub base: Option<String>,
}

impl Comparison {
    /// Paths of all differences.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        self.differences.iter().map(|d| d.path.clone()).collect()
    }
}

/// Path of the security groups, which are compared as a subset.
pub(super) const SECURITY_GROUPS: &str = "spec.networkConfiguration.securityGroups";

/// Paths of the fields that a configuration sets: what [`compare`] wants to be told the next time.
#[must_use]
pub fn set_paths(configuration: &Configuration) -> Vec<String> {
    configuration.leaves().into_keys().filter(|path| !path.contains('[')).collect()
}

/// Path of the task definition. ECS makes the next one out of the last, and keeps what an update does not say
/// (developer guide: express-service-update-full): there is no way back to one that is ECS's alone.
pub(super) const TASK_DEFINITION: &str = "spec.taskDefinitionArn";

/// Compares what is wanted with what is live. `before` is what was sent last.
#[must_use]
pub fn compare(wanted: &Configuration, before: Option<&Submission>, live: &Configuration) -> Comparison {
    let mut merge = Merge { before, uncleared: Vec::new() };
    let target = merge.configuration(wanted, live);
    let removed_groups = merge.removed_groups(wanted, live);
    let mut differences = leaf_differences(wanted, &target, live);
    differences.extend(group_difference(wanted, &removed_groups, live));
    Comparison { to_send: merge.to_send(wanted, &target), differences, uncleared: merge.uncleared, base: None }
}

struct Merge<'a> {
    before: Option<&'a Submission>,
    uncleared: Vec<String>,
}

impl Merge<'_> {
    fn was_set(&self, path: &str) -> bool {
        self.before.is_some_and(|before| before.paths.iter().any(|p| p == path))
    }

    /// The three-way merge of one field that has a known default.
    fn field<T: Clone>(&self, path: &str, wanted: Option<&T>, live: Option<&T>, default: T) -> Option<T> {
        match wanted {
            Some(value) => Some(value.clone()),
            None if self.was_set(path) => Some(default),
            None => live.cloned(),
        }
    }

    /// The three-way merge of one field that ECS offers no way to clear.
    fn sticky<T: Clone + PartialEq>(&mut self, path: &str, wanted: Option<&T>, live: Option<&T>) -> Option<T> {
        if wanted.is_none() && live.is_some() && self.was_set(path) {
            self.uncleared.push(path.to_owned());
        }
        wanted.or(live).cloned()
    }

    fn configuration(&mut self, wanted: &Configuration, live: &Configuration) -> Configuration {
        let own_task_definition = wanted.task_definition_arn.is_some();
        let mut target = Configuration {
            health_check_path: self.field(
                "spec.healthCheckPath",
                wanted.health_check_path.as_ref(),
                live.health_check_path.as_ref(),
                defaults::HEALTH_CHECK_PATH.to_owned(),
            ),
            subnets: self.subnets(wanted, live),
            scaling: self.scaling(&wanted.scaling, &live.scaling),
            ..live.clone()
        };
        if own_task_definition {
            target.task_definition_arn.clone_from(&wanted.task_definition_arn);
            return target;
        }
        if self.was_set(TASK_DEFINITION) {
            self.uncleared.push(TASK_DEFINITION.to_owned());
        }
        target.execution_role_arn =
            self.sticky("spec.executionRoleArn", wanted.execution_role_arn.as_ref(), live.execution_role_arn.as_ref());
        target.task_role_arn =
            self.sticky("spec.taskRoleArn", wanted.task_role_arn.as_ref(), live.task_role_arn.as_ref());
        target.cpu = self.field("spec.cpu", wanted.cpu.as_ref(), live.cpu.as_ref(), defaults::CPU.to_owned());
        target.memory =
            self.field("spec.memory", wanted.memory.as_ref(), live.memory.as_ref(), defaults::MEMORY.to_owned());
        target.cpu_architecture = self.field(
            "spec.cpuArchitecture",
            wanted.cpu_architecture.as_ref(),
            live.cpu_architecture.as_ref(),
            CpuArchitecture::X86_64,
        );
        target.container = match (&wanted.container, &live.container) {
            (Some(wanted), live) => Some(self.container(wanted, live.as_ref())),
            (None, live) => live.clone(),
        };
        target
    }

    fn container(&mut self, wanted: &Container, live: Option<&Container>) -> Container {
        Container {
            port: self.field(
                "spec.primaryContainer.containerPort",
                wanted.port.as_ref(),
                live.and_then(|l| l.port.as_ref()),
                defaults::PORT,
            ),
            logs: self.sticky(
                "spec.primaryContainer.awsLogsConfiguration.logGroup",
                wanted.logs.as_ref(),
                live.and_then(|l| l.logs.as_ref()),
            ),
            repository_credentials: self.sticky(
                "spec.primaryContainer.repositoryCredentials.credentialsParameter",
                wanted.repository_credentials.as_ref(),
                live.and_then(|l| l.repository_credentials.as_ref()),
            ),
            ..wanted.clone()
        }
    }

    fn scaling(&self, wanted: &Scaling, live: &Scaling) -> Scaling {
        let path = |leaf: &str| format!("spec.scalingTarget.{leaf}");
        Scaling {
            min_tasks: self.field(
                &path("minTaskCount"),
                wanted.min_tasks.as_ref(),
                live.min_tasks.as_ref(),
                defaults::MIN_TASKS,
            ),
            max_tasks: self.field(
                &path("maxTaskCount"),
                wanted.max_tasks.as_ref(),
                live.max_tasks.as_ref(),
                defaults::MAX_TASKS,
            ),
            metric: self.field(
                &path("autoScalingMetric"),
                wanted.metric.as_ref(),
                live.metric.as_ref(),
                AutoScalingMetric::AverageCpu,
            ),
            target_value: self.field(
                &path("autoScalingTargetValue"),
                wanted.target_value.as_ref(),
                live.target_value.as_ref(),
                defaults::TARGET_VALUE,
            ),
        }
    }

    fn subnets(&mut self, wanted: &Configuration, live: &Configuration) -> BTreeSet<String> {
        let path = "spec.networkConfiguration.subnets";
        if wanted.subnets.is_empty() && !live.subnets.is_empty() && self.was_set(path) {
            self.uncleared.push(path.to_owned());
        }
        if wanted.subnets.is_empty() { live.subnets.clone() } else { wanted.subnets.clone() }
    }

    /// Groups that were set before and have left the YAML. Others on the service are ECS's own.
    fn removed_groups(&mut self, wanted: &Configuration, live: &Configuration) -> BTreeSet<String> {
        let before = self.before.map(|b| b.security_groups.as_slice()).unwrap_or_default();
        let removed: BTreeSet<String> =
            before.iter().filter(|g| !wanted.security_groups.contains(*g)).cloned().collect();
        if wanted.security_groups.is_empty() && !removed.is_disjoint(&live.security_groups) {
            // An empty list would have to be sent, and nobody has seen what ECS makes of one.
            self.uncleared.push(SECURITY_GROUPS.to_owned());
            return BTreeSet::new();
        }
        removed
    }
}

fn leaf_differences(wanted: &Configuration, target: &Configuration, live: &Configuration) -> Vec<Difference> {
    let (mut targets, mut lives) = (target.leaves(), live.leaves());
    if wanted.task_definition_arn.is_none() {
        // ECS shows the task definition it made itself.
        targets.remove(TASK_DEFINITION);
        lives.remove(TASK_DEFINITION);
    }
    let paths: BTreeSet<String> = targets.keys().chain(lives.keys()).cloned().collect();
    paths
        .into_iter()
        .filter(|path| path != SECURITY_GROUPS)
        .filter_map(|path| {
            let (wanted, live) = (targets.get(&path).cloned(), lives.get(&path).cloned());
            (wanted != live).then_some(Difference { path, wanted, live })
        })
        .collect()
}

/// ECS may add groups of its own, so it is enough that ours are there and those that we took back are not.
fn group_difference(wanted: &Configuration, removed: &BTreeSet<String>, live: &Configuration) -> Option<Difference> {
    let missing = !wanted.security_groups.is_subset(&live.security_groups);
    let left_over = !removed.is_disjoint(&live.security_groups);
    let joined =
        |groups: &BTreeSet<String>| Some(Leaf::Plain(groups.iter().map(String::as_str).collect::<Vec<_>>().join(",")));
    (missing || left_over).then(|| Difference {
        path: SECURITY_GROUPS.to_owned(),
        wanted: joined(&wanted.security_groups),
        live: joined(&live.security_groups),
    })
}

impl Merge<'_> {
    /// Everything that the spec sets, and every field that goes back to its default.
    ///
    /// An update keeps what it is not sent. All of it is sent, so that the outcome does not depend on which revision
    /// ECS merges it into.
    fn to_send(&self, wanted: &Configuration, target: &Configuration) -> Configuration {
        let mut send = Configuration {
            health_check_path: target
                .health_check_path
                .clone()
                .filter(|_| wanted.health_check_path.is_some() || self.was_set("spec.healthCheckPath")),
            scaling: self.scaling_to_send(&wanted.scaling, &target.scaling),
            security_groups: wanted.security_groups.clone(),
            ..Configuration::default()
        };
        if !wanted.subnets.is_empty() || !wanted.security_groups.is_empty() {
            send.subnets.clone_from(&target.subnets);
        }
        if wanted.task_definition_arn.is_some() {
            send.task_definition_arn.clone_from(&wanted.task_definition_arn);
            return send;
        }
        send.execution_role_arn.clone_from(&wanted.execution_role_arn);
        send.task_role_arn.clone_from(&wanted.task_role_arn);
        send.container = wanted.container.as_ref().and(target.container.clone());
        // A new cpu may not go with the memory that ECS has kept: always both.
        if wanted.cpu.is_some() || wanted.memory.is_some() || self.was_set("spec.cpu") || self.was_set("spec.memory") {
            send.cpu.clone_from(&target.cpu);
            send.memory.clone_from(&target.memory);
        }
        send.cpu_architecture = target
            .cpu_architecture
            .filter(|_| wanted.cpu_architecture.is_some() || self.was_set("spec.cpuArchitecture"));
        send
    }

    fn scaling_to_send(&self, wanted: &Scaling, target: &Scaling) -> Scaling {
        let was_set = self.before.is_some_and(|b| b.paths.iter().any(|p| p.starts_with("spec.scalingTarget.")));
        if was_set || *wanted != Scaling::default() { target.clone() } else { Scaling::default() }
    }
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "switch_tests.rs"]
mod switch_tests;
