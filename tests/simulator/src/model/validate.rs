//! What ECS refuses at once. Most bad configuration is no API error: it is accepted, and the deployment fails.
use std::collections::{BTreeMap, BTreeSet};

use super::configuration::{Architecture, Container, Metric, Scaling};
use super::error::{ApiError, ErrorKind, invalid, required};
use crate::wire;

/// The documented API default (256) is not the real one. Source: developer guide, `express-service-work`.
pub(super) const DEFAULT_CPU: u32 = 1024;
/// As `DEFAULT_CPU`.
pub(super) const DEFAULT_MEMORY: u32 = 2048;

/// The most tags a resource has.
pub(super) const MAX_TAGS: usize = 50;

pub(super) fn service_name(name: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 255 || !name.chars().all(allowed) {
        return invalid(
            "serviceName is not valid. Up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed.",
        );
    }
    Ok(())
}

pub(super) fn cluster_name(name: &str) -> Result<(), ApiError> {
    service_name(name).or_else(|_| invalid("Invalid identifier: Identifier is for cluster."))
}

pub(super) fn role(role: &str) -> Result<(), ApiError> {
    let account_and_name = role
        .strip_prefix("arn:aws:iam::")
        .or_else(|| role.strip_prefix("arn:aws-us-gov:iam::"))
        .or_else(|| role.strip_prefix("arn:aws-cn:iam::"))
        .and_then(|rest| rest.split_once(":role/"));
    match account_and_name {
        Some((account, name))
            if account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit()) && !name.is_empty() =>
        {
            Ok(())
        }
        _ => invalid(format!("Role is not valid: {role}")),
    }
}

pub(super) fn image(image: Option<&str>) -> Result<String, ApiError> {
    let image = required(image.filter(|image| !image.is_empty()), "primaryContainer.image")?;
    if image.chars().any(char::is_whitespace) {
        return invalid(format!("primaryContainer.image is not a valid image reference: {image:?}"));
    }
    Ok(image.to_owned())
}

pub(super) fn port(port: i32) -> Result<u16, ApiError> {
    match u16::try_from(port) {
        Ok(port) if port > 0 => Ok(port),
        _ => invalid(format!("containerPort must be between 1 and 65535, not {port}.")),
    }
}

pub(super) fn environment(pairs: &[wire::KeyValuePair]) -> Result<Vec<(String, String)>, ApiError> {
    let named = |pair: &wire::KeyValuePair| {
        let name = required(pair.name.clone().filter(|name| !name.is_empty()), "environment.name")?;
        Ok((name, pair.value.clone().unwrap_or_default()))
    };
    pairs.iter().map(named).collect()
}

pub(super) fn secrets(secrets: &[wire::Secret]) -> Result<Vec<(String, String)>, ApiError> {
    let named = |secret: &wire::Secret| {
        let name = required(secret.name.clone().filter(|name| !name.is_empty()), "secrets.name")?;
        Ok((name, required(secret.value_from.clone().filter(|from| !from.is_empty()), "secrets.valueFrom")?))
    };
    secrets.iter().map(named).collect()
}

pub(super) fn no_shared_names(container: &Container) -> Result<(), ApiError> {
    let mut taken: BTreeSet<&str> = container.environment.iter().map(|(name, _)| name.as_str()).collect();
    for (name, _) in &container.secrets {
        if !taken.insert(name) {
            return Err(ErrorKind::Client.with(format!(
                "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '{name}'."
            )));
        }
    }
    Ok(())
}

pub(super) fn health_check_path(path: &str) -> Result<String, ApiError> {
    if !path.starts_with('/') || path.len() > 1024 || path.chars().any(char::is_whitespace) {
        return invalid(format!("healthCheckPath must start with a forward slash: {path:?}"));
    }
    Ok(path.to_owned())
}

pub(super) fn architecture(name: &str) -> Result<Architecture, ApiError> {
    match name {
        "X86_64" => Ok(Architecture::X86_64),
        "ARM64" => Ok(Architecture::Arm64),
        _ => invalid(format!("cpuArchitecture must be X86_64 or ARM64, not {name:?}.")),
    }
}

pub(super) fn metric(name: &str) -> Result<Metric, ApiError> {
    [Metric::Cpu, Metric::Memory, Metric::Requests].into_iter().find(|metric| metric.name() == name).ok_or_else(|| {
        let message =
            format!("autoScalingMetric must be AVERAGE_CPU, AVERAGE_MEMORY or REQUEST_COUNT_PER_TARGET, not {name:?}.");
        ErrorKind::InvalidParameter.with(message)
    })
}

pub(super) fn task_count(count: i32, name: &str) -> Result<u32, ApiError> {
    match u32::try_from(count) {
        // The tasks-per-service quota.
        Ok(count) if count <= 5000 => Ok(count),
        _ => invalid(format!("scalingTarget.{name} must be between 0 and 5000, not {count}.")),
    }
}

pub(super) fn scaling(scaling: &Scaling, zero_allowed: bool) -> Result<(), ApiError> {
    if scaling.min == 0 && !zero_allowed {
        return invalid("scalingTarget.minTaskCount must be at least 1.");
    }
    if scaling.max == 0 || scaling.min > scaling.max {
        return invalid("scalingTarget.minTaskCount must not be greater than maxTaskCount.");
    }
    let highest = if scaling.metric == Metric::Requests { 65_536 } else { 100 };
    if scaling.target == 0 || scaling.target > highest {
        return invalid(format!(
            "scalingTarget.autoScalingTargetValue must be between 1 and {highest} for {}.",
            scaling.metric.name()
        ));
    }
    Ok(())
}

/// CPU units: `1024`, or `1 vCPU`.
pub(super) fn cpu(text: &str) -> Result<u32, ApiError> {
    amount(text, "vcpu").ok_or_else(|| ErrorKind::InvalidParameter.with(format!("Invalid setting for cpu: {text:?}")))
}

/// MiB: `2048`, or `2 GB`.
pub(super) fn memory(text: &str) -> Result<u32, ApiError> {
    amount(text, "gb").ok_or_else(|| ErrorKind::InvalidParameter.with(format!("Invalid setting for memory: {text:?}")))
}

fn amount(text: &str, unit: &str) -> Option<u32> {
    let lower = text.trim().to_ascii_lowercase();
    let Some(number) = lower.strip_suffix(unit) else { return lower.parse().ok() };
    let (whole, fraction) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction = match fraction {
        "" | "0" => 0,
        "25" => 256,
        "5" => 512,
        _ => return None,
    };
    whole.checked_mul(1024)?.checked_add(fraction)
}

/// The pairs that Fargate runs. Source: botocore, RegisterTaskDefinition.
pub(super) fn fargate(cpu: u32, memory: u32) -> Result<(), ApiError> {
    let (lowest, highest, step) = match cpu {
        256 if memory == 512 => return Ok(()),
        256 => (1024, 2048, 1024),
        512 => (1024, 4096, 1024),
        1024 => (2048, 8192, 1024),
        2048 => (4096, 16_384, 1024),
        4096 => (8192, 30_720, 1024),
        8192 => (16_384, 61_440, 4096),
        16_384 => (32_768, 122_880, 8192),
        _ => (1, 0, 1),
    };
    if (lowest..=highest).contains(&memory) && memory.is_multiple_of(step) {
        return Ok(());
    }
    invalid(format!("No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."))
}

/// Tags by key; a key that comes twice, a bad character, or too many are refused.
pub(super) fn tags(tags: &[wire::Tag]) -> Result<BTreeMap<String, String>, ApiError> {
    let mut by_key = BTreeMap::new();
    for tag in tags {
        let key = required(tag.key.clone(), "tags.key")?;
        let value = tag.value.clone().unwrap_or_default();
        tag_key(&key)?;
        if value.chars().count() > 256 || !value.chars().all(tag_character) {
            return invalid(format!(
                "Invalid tag value for key {key:?}: up to 256 letters, spaces, numbers and _.:/=+-@."
            ));
        }
        if by_key.insert(key.clone(), value).is_some() {
            return invalid(format!("Duplicate tag keys found: {key}. Tag keys must be unique."));
        }
    }
    if by_key.len() > MAX_TAGS {
        return invalid("Too many tags: a resource has at most 50.");
    }
    Ok(by_key)
}

fn tag_key(key: &str) -> Result<(), ApiError> {
    if key.is_empty() || key.chars().count() > 128 || !key.chars().all(tag_character) {
        return invalid(format!("Invalid tag key {key:?}: 1 to 128 letters, spaces, numbers and _.:/=+-@."));
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return invalid("Tag keys that start with aws: are reserved.");
    }
    Ok(())
}

fn tag_character(c: char) -> bool {
    c.is_alphabetic() || c.is_numeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}
