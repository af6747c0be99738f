//! What makes a spec impossible, with the path of the field and what to write instead.
//!
//! The CRD's own rules refuse most of it at admission. It is checked again here, because an object may have been stored
//! under an older CRD; and some of it (region, account, uniqueness across lists) no rule in a CRD can see.

use std::collections::BTreeSet;
use std::fmt;

use crate::api::names;
use crate::api::spec::{ExpressGatewayServiceSpec, PrimaryContainer, ScalingTarget};

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path in the YAML, for example `spec.primaryContainer.image`.
    pub path: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Problem {
    /// A problem at a path.
    pub fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// ECS's defaults, which are not those of its API model (developer guide: express-service-work).
pub mod ecs_defaults {
    /// CPU units.
    pub const CPU: &str = "1024";
    /// MiB.
    pub const MEMORY: &str = "2048";
    /// Path of the health check.
    pub const HEALTH_CHECK_PATH: &str = "/";
    /// Port of the container.
    pub const PORT: i32 = 80;
    /// Fewest tasks.
    pub const MIN_TASKS: i32 = 1;
    /// Most tasks.
    pub const MAX_TASKS: i32 = 20;
    /// Value of the scaling metric.
    pub const TARGET_VALUE: i32 = 60;
}

/// Every problem of a spec, in the order of the YAML.
#[must_use]
pub fn problems(spec: &ExpressGatewayServiceSpec, object_name: &str, region: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    found.extend(service_name(spec, object_name));
    found.extend(cluster(spec, region));
    found.extend(arns(spec));
    found.extend(accounts(spec));
    found.extend(what_runs(spec));
    found.extend(spec.primary_container.as_ref().map(container).unwrap_or_default());
    found.extend(size(spec));
    found.extend(health_check_path(spec));
    found.extend(spec.scaling_target.as_ref().and_then(scaling));
    found.extend(tags(spec));
    found
}

fn service_name(spec: &ExpressGatewayServiceSpec, object_name: &str) -> Option<Problem> {
    let name = spec.service_name.as_deref().unwrap_or(object_name);
    let fits =
        (1..=255).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    (!fits).then(|| {
        let message = match spec.service_name {
            Some(_) => format!("\"{name}\" is not a service name: use 1 to 255 letters, digits, hyphens and underscores"),
            None => format!("the object's name \"{name}\" is not a service name: set spec.serviceName to 1 to 255 letters, digits, hyphens and underscores"),
        };
        Problem::at("spec.serviceName", message)
    })
}

/// Fields of an ARN: `arn:partition:service:region:account:resource`.
fn arn_part(arn: &str, index: usize) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.splitn(6, ':').nth(index)).flatten().filter(|part| !part.is_empty())
}

fn cluster(spec: &ExpressGatewayServiceSpec, region: &str) -> Option<Problem> {
    let cluster = spec.cluster.as_deref()?;
    let theirs = arn_part(cluster, 3)?;
    (theirs != region).then(|| {
        Problem::at("spec.cluster", format!("the cluster is in {theirs}, but this controller works in {region}: name a cluster there, or apply the object where a controller for {theirs} runs"))
    })
}

/// ECS says that a role is not valid, and not which.
fn arns(spec: &ExpressGatewayServiceSpec) -> Vec<Problem> {
    let role = "is not the ARN of a role: write arn:aws:iam::<account>:role/<name>";
    let own =
        "is not the ARN of a task definition: write arn:aws:ecs:<region>:<account>:task-definition/<family>:<revision>";
    let secret = "is not the ARN of a secret: write arn:aws:secretsmanager:<region>:<account>:secret:<name>";
    let credentials = spec.primary_container.as_ref().and_then(|container| container.repository_credentials.as_ref());
    [
        ("spec.executionRoleArn", spec.execution_role_arn.as_deref(), role),
        ("spec.taskRoleArn", spec.task_role_arn.as_deref(), role),
        ("spec.taskDefinitionArn", spec.task_definition_arn.as_deref(), own),
        (
            "spec.primaryContainer.repositoryCredentials.credentialsParameter",
            credentials.map(|credentials| credentials.credentials_parameter.as_str()),
            secret,
        ),
    ]
    .into_iter()
    .filter(|(_, arn, _)| arn.is_some_and(|arn| arn_part(arn, 4).is_none()))
    .map(|(path, _, message)| Problem::at(path, message))
    .collect()
}

/// A role of another account cannot be passed to ECS (IAM: `iam:PassRole`).
fn accounts(spec: &ExpressGatewayServiceSpec) -> Vec<Problem> {
    let Some(account) = arn_part(&spec.infrastructure_role_arn, 4) else {
        return vec![Problem::at(
            "spec.infrastructureRoleArn",
            "is not the ARN of a role: write arn:aws:iam::<account>:role/<name>",
        )];
    };
    [
        ("spec.executionRoleArn", spec.execution_role_arn.as_deref()),
        ("spec.taskRoleArn", spec.task_role_arn.as_deref()),
        ("spec.taskDefinitionArn", spec.task_definition_arn.as_deref()),
        ("spec.cluster", spec.cluster.as_deref()),
    ]
    .into_iter()
    .filter_map(|(path, arn)| Some((path, arn_part(arn?, 4)?)))
    .filter(|(_, theirs)| *theirs != account)
    .map(|(path, theirs)| {
        Problem::at(
            path,
            format!(
                "belongs to account {theirs}, but spec.infrastructureRoleArn to {account}: all must be of one account"
            ),
        )
    })
    .collect()
}

fn what_runs(spec: &ExpressGatewayServiceSpec) -> Vec<Problem> {
    if spec.task_definition_arn.is_none() {
        return match (&spec.primary_container, &spec.execution_role_arn) {
            (None, _) => vec![Problem::at(
                "spec.primaryContainer",
                "is needed: name at least its image (or set spec.taskDefinitionArn instead)",
            )],
            (_, None) => vec![Problem::at(
                "spec.executionRoleArn",
                "is needed with spec.primaryContainer: the role with which ECS pulls the image and writes the logs",
            )],
            _ => Vec::new(),
        };
    }
    [
        ("spec.primaryContainer", spec.primary_container.is_some()),
        ("spec.executionRoleArn", spec.execution_role_arn.is_some()),
        ("spec.taskRoleArn", spec.task_role_arn.is_some()),
        ("spec.cpu", spec.cpu.is_some()),
        ("spec.memory", spec.memory.is_some()),
        ("spec.cpuArchitecture", spec.cpu_architecture.is_some()),
    ]
    .into_iter()
    .filter(|(_, set)| *set)
    .map(|(path, _)| {
        Problem::at(
            path,
            "cannot be set together with spec.taskDefinitionArn, which says it already: remove one of the two",
        )
    })
    .collect()
}

fn container(container: &PrimaryContainer) -> Vec<Problem> {
    let mut found = Vec::new();
    if container.image.trim().is_empty() || container.image.contains(char::is_whitespace) {
        found.push(Problem::at(
            "spec.primaryContainer.image",
            "must be an image such as repository/image:tag, without spaces",
        ));
    }
    if container.container_port.is_some_and(|port| !(1..=65535).contains(&port)) {
        found.push(Problem::at("spec.primaryContainer.containerPort", "must be between 1 and 65535"));
    }
    let mut names = BTreeSet::new();
    let environment = container.environment.iter().map(|e| ("environment", e.name.as_str()));
    let secrets = container.secrets.iter().map(|s| ("secrets", s.name.as_str()));
    for (list, name) in environment.chain(secrets) {
        if !names.insert(name) {
            found.push(Problem::at(
                format!("spec.primaryContainer.{list}[{name}]"),
                "the name stands more than once in environment and secrets: keep one",
            ));
        }
    }
    found
}

/// Fewest MiB, most MiB and step of each CPU size (botocore ECS model: `RegisterTaskDefinition`).
const FARGATE_SIZES: [(&str, i64, i64, i64); 7] = [
    ("256", 512, 2048, 512),
    ("512", 1024, 4096, 1024),
    ("1024", 2048, 8192, 1024),
    ("2048", 4096, 16384, 1024),
    ("4096", 8192, 30720, 1024),
    ("8192", 16384, 61440, 4096),
    ("16384", 32768, 122_880, 8192),
];

fn size(spec: &ExpressGatewayServiceSpec) -> Option<Problem> {
    let cpu = spec.cpu.as_deref().unwrap_or(ecs_defaults::CPU);
    let memory = spec.memory.as_deref().unwrap_or(ecs_defaults::MEMORY);
    let Some((_, fewest, most, step)) = FARGATE_SIZES.into_iter().find(|(units, ..)| *units == cpu) else {
        return Some(Problem::at(
            "spec.cpu",
            format!("\"{cpu}\" is not a size that Fargate has: use 256, 512, 1024, 2048, 4096, 8192 or 16384"),
        ));
    };
    let fits = memory.parse::<i64>().is_ok_and(|mib| {
        (fewest..=most).contains(&mib)
            && (mib % step == 0)
            && !(cpu == "256" && mib == 1536)
            && mib.to_string() == memory
    });
    (!fits).then(|| {
        let valid = if cpu == "256" {
            "512, 1024 or 2048".to_owned()
        } else {
            format!("{fewest} to {most} in steps of {step}")
        };
        Problem::at("spec.memory", format!("\"{memory}\" does not go with cpu \"{cpu}\": use {valid} (MiB)"))
    })
}

fn health_check_path(spec: &ExpressGatewayServiceSpec) -> Option<Problem> {
    let path = spec.health_check_path.as_deref()?;
    (!path.starts_with('/') || path.contains(char::is_whitespace)).then(|| {
        Problem::at(
            "spec.healthCheckPath",
            format!("must start with / and hold no spaces: write \"/{}\"", path.trim().trim_start_matches('/')),
        )
    })
}

fn scaling(target: &ScalingTarget) -> Option<Problem> {
    let fewest = target.min_task_count.unwrap_or(ecs_defaults::MIN_TASKS);
    let most = target.max_task_count.unwrap_or(ecs_defaults::MAX_TASKS);
    if fewest < 0 || most < 1 {
        return Some(Problem::at("spec.scalingTarget", "minTaskCount must be at least 0 and maxTaskCount at least 1"));
    }
    (fewest > most).then(|| {
        Problem::at(
            "spec.scalingTarget.minTaskCount",
            format!("{fewest} is more than maxTaskCount, {most}: lower it or raise maxTaskCount"),
        )
    })
}

fn tags(spec: &ExpressGatewayServiceSpec) -> Vec<Problem> {
    let mut found = Vec::new();
    if spec.tags.len() > names::USER_TAGS {
        found.push(Problem::at("spec.tags", format!("{} tags are too many: AWS allows 50, and {own} of them prove who owns the service, which leaves {left}", spec.tags.len(), own = names::OWN_TAGS.len(), left = names::USER_TAGS)));
    }
    for tag in &spec.tags {
        if tag.key.starts_with(names::TAG_PREFIX) || tag.key.to_ascii_lowercase().starts_with("aws:") {
            let path = format!("spec.tags[{}]", tag.key);
            found.push(Problem::at(path, "keys that start with expressway.dev/ or aws: are reserved: use another key"));
        }
    }
    found
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;
