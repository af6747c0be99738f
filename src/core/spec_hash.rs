//! The leaves of a configuration by their path in the YAML, and the hash over them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::configuration::Configuration;

/// Hexadecimal digits of a spec hash: 64 bits are plenty to tell one edit from the next.
const HASH_DIGITS: usize = 16;

/// A value at a path. Neither `Display` nor `Debug` ever shows what may be secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Leaf {
    /// A value that may be shown.
    Plain(String),
    /// A value that may not.
    Secret(String),
}

impl std::fmt::Display for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Secret(_) => f.write_str("<redacted>"),
        }
    }
}

impl std::fmt::Debug for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl Configuration {
    /// Every value that is set, by its path in the YAML.
    #[must_use]
    pub fn leaves(&self) -> BTreeMap<String, Leaf> {
        let mut leaves = Leaves::default();
        leaves.text("spec.executionRoleArn", self.execution_role_arn.as_ref());
        leaves.text("spec.taskRoleArn", self.task_role_arn.as_ref());
        leaves.text("spec.taskDefinitionArn", self.task_definition_arn.as_ref());
        leaves.text("spec.cpu", self.cpu.as_ref());
        leaves.text("spec.memory", self.memory.as_ref());
        leaves.text("spec.cpuArchitecture", self.cpu_architecture.as_ref());
        leaves.set("spec.networkConfiguration.subnets", &self.subnets);
        leaves.set("spec.networkConfiguration.securityGroups", &self.security_groups);
        leaves.text("spec.healthCheckPath", self.health_check_path.as_ref());
        leaves.text("spec.scalingTarget.minTaskCount", self.scaling.min_tasks.as_ref());
        leaves.text("spec.scalingTarget.maxTaskCount", self.scaling.max_tasks.as_ref());
        leaves.text("spec.scalingTarget.autoScalingMetric", self.scaling.metric.as_ref());
        leaves.text("spec.scalingTarget.autoScalingTargetValue", self.scaling.target_value.as_ref());
        self.container_leaves(&mut leaves);
        leaves.0
    }

    fn container_leaves(&self, leaves: &mut Leaves) {
        let Some(container) = &self.container else { return };
        leaves.text("spec.primaryContainer.image", Some(&container.image));
        leaves.text("spec.primaryContainer.containerPort", container.port.as_ref());
        let logs = container.logs.as_ref();
        leaves.text("spec.primaryContainer.awsLogsConfiguration.logGroup", logs.map(|l| &l.group));
        leaves.text("spec.primaryContainer.awsLogsConfiguration.logStreamPrefix", logs.map(|l| &l.stream_prefix));
        leaves.text(
            "spec.primaryContainer.repositoryCredentials.credentialsParameter",
            container.repository_credentials.as_ref(),
        );
        let command = (!container.command.is_empty()).then(|| format!("{:?}", container.command));
        leaves.text("spec.primaryContainer.command", command.as_ref());
        for (name, value) in &container.environment {
            let path = format!("spec.primaryContainer.environment[{name}]");
            leaves.0.insert(path, Leaf::Secret(value.0.clone()));
        }
        for (name, from) in &container.secrets {
            leaves.text(&format!("spec.primaryContainer.secrets[{name}]"), Some(from));
        }
    }

    /// Hash over every value that is set.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for (path, leaf) in self.leaves() {
            let (Leaf::Plain(value) | Leaf::Secret(value)) = leaf;
            // Lengths keep "a" + "bc" apart from "ab" + "c".
            hasher.update(format!("{}:{path}{}:{value}", path.len(), value.len()));
        }
        hexadecimal(&hasher.finalize())
    }
}

/// The first digits of a digest.
pub(super) fn hexadecimal(digest: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in digest {
        let _ = write!(hex, "{byte:02x}");
    }
    hex.truncate(HASH_DIGITS);
    hex
}

#[derive(Default)]
struct Leaves(BTreeMap<String, Leaf>);

impl Leaves {
    fn text(&mut self, path: &str, value: Option<&impl ToString>) {
        if let Some(value) = value {
            self.0.insert(path.to_owned(), Leaf::Plain(value.to_string()));
        }
    }

    fn set(&mut self, path: &str, values: &std::collections::BTreeSet<String>) {
        if !values.is_empty() {
            let joined = values.iter().map(String::as_str).collect::<Vec<_>>().join(",");
            self.0.insert(path.to_owned(), Leaf::Plain(joined));
        }
    }
}
