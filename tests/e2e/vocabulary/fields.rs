//! Every field of the spec that ECS can change, each with two values, and what becomes of it when it leaves the YAML.

use serde_json::{Map, Value, json};

use super::manifest::ACCOUNT;

/// One field, or two that go together only.
pub struct Field {
    /// A word for it.
    pub name: &'static str,
    /// As it is written under `spec`. ECS shows the same shape.
    pub one: Value,
    /// Another value.
    pub two: Value,
    /// What becomes of it when it leaves the YAML.
    pub left: Left,
}

/// What becomes of a field that leaves the YAML.
pub enum Left {
    /// It goes back to this: ECS's default, or what the rest of the YAML says.
    GoesBackTo(Value),
    /// ECS cannot clear it: it stays, and this path is named.
    Stays(&'static str),
}

/// The table. The names are short, as two of them make the name of an object.
pub fn every_field() -> Vec<Field> {
    let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let secret = |name: &str| format!("arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:{name}");
    let container = |member: &str, value: Value| json!({"primaryContainer": {member: value}});
    let scaling = |member: &str, value: Value| json!({"scalingTarget": {member: value}});
    let network = |member: &str, value: Value| json!({"networkConfiguration": {member: value}});
    let logs = |group: &str| container("awsLogsConfiguration", json!({"logGroup": group, "logStreamPrefix": "web"}));
    let credentials = |name: &str| container("repositoryCredentials", json!({"credentialsParameter": secret(name)}));
    let environment = |value: &str| container("environment", json!([{"name": "MODE", "value": value}]));
    let secrets = |name: &str| container("secrets", json!([{"name": "TOKEN", "valueFrom": secret(name)}]));
    let tags = |value: &str| json!({"tags": [{"key": "team", "value": value}]});
    let size = |cpu: &str, memory: &str| json!({"cpu": cpu, "memory": memory});
    let field = |name, one, two, left| Field { name, one, two, left };
    let back = Left::GoesBackTo;
    vec![
        field(
            "image",
            container("image", json!("nginx:2")),
            container("image", json!("nginx:3")),
            back(container("image", json!("nginx:1"))),
        ),
        field(
            "execution-role",
            json!({"executionRoleArn": role("one")}),
            json!({"executionRoleArn": role("two")}),
            back(json!({"executionRoleArn": role("execution")})),
        ),
        field(
            "task-role",
            json!({"taskRoleArn": role("one")}),
            json!({"taskRoleArn": role("two")}),
            Left::Stays("spec.taskRoleArn"),
        ),
        field("size", size("512", "1024"), size("4096", "8192"), back(size("1024", "2048"))),
        // The first is the default: writing it down is no change.
        field(
            "architecture",
            json!({"cpuArchitecture": "X86_64"}),
            json!({"cpuArchitecture": "ARM64"}),
            back(json!({"cpuArchitecture": "X86_64"})),
        ),
        field(
            "subnets",
            network("subnets", json!(["subnet-0000000a", "subnet-0000000b"])),
            network("subnets", json!(["subnet-0000000b", "subnet-0000000c"])),
            Left::Stays("spec.networkConfiguration.subnets"),
        ),
        field(
            "groups",
            network("securityGroups", json!(["sg-0000000a"])),
            network("securityGroups", json!(["sg-0000000b", "sg-0000000c"])),
            Left::Stays("spec.networkConfiguration.securityGroups"),
        ),
        field(
            "health",
            json!({"healthCheckPath": "/one"}),
            json!({"healthCheckPath": "/two?full=1"}),
            back(json!({"healthCheckPath": "/"})),
        ),
        field(
            "min",
            scaling("minTaskCount", json!(2)),
            scaling("minTaskCount", json!(3)),
            back(scaling("minTaskCount", json!(1))),
        ),
        field(
            "max",
            scaling("maxTaskCount", json!(5)),
            scaling("maxTaskCount", json!(30)),
            back(scaling("maxTaskCount", json!(20))),
        ),
        field(
            "metric",
            scaling("autoScalingMetric", json!("AVERAGE_MEMORY")),
            scaling("autoScalingMetric", json!("REQUEST_COUNT_PER_TARGET")),
            back(scaling("autoScalingMetric", json!("AVERAGE_CPU"))),
        ),
        field(
            "target",
            scaling("autoScalingTargetValue", json!(50)),
            scaling("autoScalingTargetValue", json!(70)),
            back(scaling("autoScalingTargetValue", json!(60))),
        ),
        field(
            "port",
            container("containerPort", json!(8080)),
            container("containerPort", json!(9090)),
            back(container("containerPort", json!(80))),
        ),
        field(
            "logs",
            logs("/ecs/one"),
            logs("/ecs/two"),
            Left::Stays("spec.primaryContainer.awsLogsConfiguration.logGroup"),
        ),
        field(
            "credentials",
            credentials("one"),
            credentials("two"),
            Left::Stays("spec.primaryContainer.repositoryCredentials.credentialsParameter"),
        ),
        field(
            "command",
            container("command", json!(["serve", "--one"])),
            container("command", json!(["serve"])),
            back(container("command", json!([]))),
        ),
        field("environment", environment("one"), environment("two"), back(container("environment", json!([])))),
        field("secrets", secrets("one"), secrets("two"), back(container("secrets", json!([])))),
        field("tags", tags("one"), tags("two"), back(json!({"tags": []}))),
    ]
}

/// Puts `more` into `whole`, member by member.
pub fn merge(whole: &mut Value, more: &Value) {
    match (whole, more) {
        (Value::Object(whole), Value::Object(more)) => {
            for (member, value) in more {
                merge(whole.entry(member).or_insert_with(|| Value::Object(Map::new())), value);
            }
        }
        (whole, more) => whole.clone_from(more),
    }
}

/// Whether what ECS shows has this in it. Lists have no order, but for the command; among the security groups there may be
/// one of ECS's own.
pub fn shows(shown: &Value, wanted: &Value, member: &str) -> bool {
    let none = Vec::new();
    match wanted {
        Value::Object(members) => members.iter().all(|(member, value)| shows(&shown[member], value, member)),
        Value::Array(items) if member != "command" => {
            let shown = shown.as_array().unwrap_or(&none);
            let own = usize::from(member == "securityGroups");
            items.iter().all(|item| shown.contains(item)) && (items.len()..=items.len() + own).contains(&shown.len())
        }
        Value::Array(items) => items == shown.as_array().unwrap_or(&none),
        value => shown == value,
    }
}
