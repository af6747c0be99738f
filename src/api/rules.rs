//! What a spec must hold to be accepted: the CEL rules of the CRD, each with the sentence a person reads when it refuses.
//!
//! The API server puts the field's path before each sentence. Plain bounds (lengths, ranges, numbers of items) are
//! attributes of the fields in `spec.rs`: the server words those itself.

use kube::core::{Message, Reason, Rule};

use super::names::TAG_PREFIX;

/// CPU units that a Fargate task can have (source: botocore ECS model, `RegisterTaskDefinition`).
const FARGATE_CPU: [&str; 7] = ["256", "512", "1024", "2048", "4096", "8192", "16384"];

/// Fewest and most tasks, as ECS fills them in (source: developer guide, `express-service-work`).
const DEFAULT_TASKS: (u32, u32) = (1, 20);

fn rule(cel: impl Into<String>, message: impl Into<String>) -> Rule {
    Rule::new(cel).message(Message::Message(message.into()))
}

fn immutable(cel: impl Into<String>, field: &str, why: &str) -> Rule {
    let message = format!(
        "{field} cannot be changed: {why}. To change it, delete this object and create it again; the new service gets a new URL"
    );
    rule(cel, message).reason(Reason::FieldValueForbidden)
}

/// The object's name becomes the service's name, so it must be one that ECS takes. For the root of the schema.
pub fn object_name_is_service_name() -> Rule {
    rule(
        "has(self.spec.serviceName) || !self.metadata.name.contains('.')",
        "set serviceName: without it the object's name becomes the name of the ECS service, and ECS refuses dots in it. Use letters, digits, hyphens and underscores",
    )
    .reason(Reason::FieldValueRequired)
    .field_path(".spec.serviceName")
}

/// A service cannot be renamed. Writing down the name that it has anyway is no change. For the root of the schema.
pub fn service_name_stays() -> Rule {
    immutable(
        "(has(self.spec.serviceName) ? self.spec.serviceName : self.metadata.name) \
         == (has(oldSelf.spec.serviceName) ? oldSelf.spec.serviceName : oldSelf.metadata.name)",
        "serviceName",
        "ECS cannot rename a service (without serviceName, the object's name is its name)",
    )
    .field_path(".spec.serviceName")
}

/// A service cannot be moved to another cluster. Writing down `default` is no change.
pub fn cluster_stays() -> Rule {
    immutable(
        "(has(self.cluster) ? self.cluster : 'default') == (has(oldSelf.cluster) ? oldSelf.cluster : 'default')",
        "cluster",
        "ECS cannot move a service to another cluster (without cluster, it is in the cluster default)",
    )
    .field_path(".cluster")
}

/// The infrastructure role is fixed at creation.
pub fn infrastructure_role_stays() -> Rule {
    immutable("self == oldSelf", "infrastructureRoleArn", "ECS keeps the role that a service was created with")
}

/// Either a container or a task definition says what runs.
pub fn container_or_task_definition() -> Rule {
    rule(
        "has(self.primaryContainer) || has(self.taskDefinitionArn)",
        "set primaryContainer with its image, or taskDefinitionArn",
    )
    .reason(Reason::FieldValueRequired)
    .field_path(".primaryContainer")
}

/// ECS cannot start a container without an execution role.
pub fn container_has_execution_role() -> Rule {
    rule(
        "!has(self.primaryContainer) || has(self.taskDefinitionArn) || has(self.executionRoleArn)",
        "set executionRoleArn: with primaryContainer, ECS needs a role to pull the image and to write the logs",
    )
    .reason(Reason::FieldValueRequired)
    .field_path(".executionRoleArn")
}

/// `member` comes from the task definition and cannot be set beside it.
pub fn not_with_task_definition(member: &str) -> Rule {
    rule(
        format!("!has(self.taskDefinitionArn) || !has(self.{member})"),
        format!(
            "{member} cannot be set together with taskDefinitionArn, which brings its own: remove {member} here and set it in the task definition, or remove taskDefinitionArn"
        ),
    )
    .reason(Reason::FieldValueForbidden)
    .field_path(format!(".{member}"))
}

/// One of the sizes that Fargate has.
pub fn cpu_is_a_fargate_size() -> Rule {
    rule(
        format!("self in {}", cel_strings(&FARGATE_CPU)),
        format!("cpu must be {}: CPU units as a string, of which 1024 are one vCPU", spoken(&FARGATE_CPU)),
    )
}

/// `cpu` and `memory` are one choice: ECS's default for the other may not fit, and differs between AWS's own documents.
pub fn cpu_with_memory() -> Rule {
    rule(
        "has(self.cpu) == has(self.memory)",
        "set cpu and memory together, or neither for ECS's defaults, cpu \"1024\" and memory \"2048\"",
    )
    .reason(Reason::FieldValueRequired)
    .field_path(".memory")
}

/// The memory that Fargate has for a quarter of a vCPU.
pub fn memory_with_least_cpu(cpu: &str, valid: &[&str]) -> Rule {
    memory_with(cpu, valid, &spoken(valid))
}

/// The memory that Fargate has for `cpu`: `least` to `most` MiB, in steps of `step`.
pub fn memory_with_cpu(cpu: &str, least: usize, most: usize, step: usize) -> Rule {
    let valid: Vec<String> = (least..=most).step_by(step).map(|memory| memory.to_string()).collect();
    let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
    let words = format!("a multiple of {step} from \"{least}\" to \"{most}\"");
    memory_with(cpu, &valid, &words)
}

fn memory_with(cpu: &str, valid: &[&str], words: &str) -> Rule {
    rule(
        format!("!has(self.cpu) || self.cpu != '{cpu}' || !has(self.memory) || self.memory in {}", cel_strings(valid)),
        format!("memory must be {words} with cpu \"{cpu}\": MiB, as a string"),
    )
    .field_path(".memory")
}

/// Fewest tasks are not more than most tasks, ECS's defaults counted.
pub fn task_counts_are_in_order() -> Rule {
    let (least, most) = DEFAULT_TASKS;
    rule(
        format!(
            "(has(self.minTaskCount) ? self.minTaskCount : {least}) <= (has(self.maxTaskCount) ? self.maxTaskCount : {most})"
        ),
        format!(
            "minTaskCount must not be above maxTaskCount: lower the one or raise the other (ECS's defaults are {least} and {most})"
        ),
    )
    .field_path(".minTaskCount")
}

/// Percentages end at 100; only requests may go further.
pub fn target_value_fits_metric() -> Rule {
    rule(
        "!has(self.autoScalingTargetValue) || self.autoScalingTargetValue <= 100 \
         || (has(self.autoScalingMetric) && self.autoScalingMetric == 'REQUEST_COUNT_PER_TARGET')",
        "autoScalingTargetValue is a percentage, 1 to 100, unless autoScalingMetric is REQUEST_COUNT_PER_TARGET",
    )
    .field_path(".autoScalingTargetValue")
}

/// A name that ECS takes.
pub fn service_name_shape() -> Rule {
    rule(
        "self.matches('^[A-Za-z0-9_-]+$')",
        "serviceName must be letters, digits, hyphens and underscores, such as \"web-frontend\"",
    )
}

/// A cluster's name or ARN.
pub fn cluster_shape() -> Rule {
    rule(
        r"self.matches('^(arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:cluster/)?[A-Za-z0-9_-]{1,255}$')",
        "cluster must be the short name of an ECS cluster, such as \"default\", or its ARN, such as \"arn:aws:ecs:eu-west-1:111122223333:cluster/default\"",
    )
}

/// The ARN of an IAM role.
pub fn role_arn(field: &str) -> Rule {
    rule(
        r"self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$')",
        format!("{field} must be the ARN of an IAM role, such as \"arn:aws:iam::111122223333:role/NAME\""),
    )
}

/// The ARN of a task definition, its revision included.
pub fn task_definition_arn() -> Rule {
    rule(
        r"self.matches('^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:task-definition/[A-Za-z0-9_-]{1,255}:[1-9][0-9]*$')",
        "taskDefinitionArn must be the ARN of a task definition with its revision, such as \"arn:aws:ecs:eu-west-1:111122223333:task-definition/web:7\"",
    )
}

/// A path as the load balancer asks for it.
pub fn health_check_path_shape() -> Rule {
    rule(
        r"self.matches('^/[^\\s#]*$')",
        "healthCheckPath must start with / and hold no space, such as \"/healthz\" or \"/healthz?full=1\"",
    )
}

/// An image that a container runtime can parse.
pub fn image_shape() -> Rule {
    rule(
        r"self.matches('^\\S+$')",
        "image must not be empty and must not hold spaces; write it as \"repository/image:tag\" or \"repository/image@sha256:…\"",
    )
}

/// A name that CloudWatch Logs takes for a group.
pub fn log_group_shape() -> Rule {
    rule(r"self.matches('^[A-Za-z0-9_./#-]+$')", "logGroup must be letters, digits and _ - . / #, such as \"/ecs/web\"")
}

/// A prefix that CloudWatch Logs takes for a stream.
pub fn log_stream_prefix_shape() -> Rule {
    rule(
        r"self.matches('^[^:*\\s]+$')",
        "logStreamPrefix must not be empty and must not hold a space, : or *, such as \"web\"",
    )
}

/// The ARN of a Secrets Manager secret. On the struct, as a refusal of the field itself would print its value:
/// people paste passwords there.
pub fn secret_arn() -> Rule {
    rule(
        r"self.credentialsParameter.matches('^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:\\S+$')",
        "credentialsParameter must be the ARN of a Secrets Manager secret, such as \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-AbCdEf\"",
    )
    .field_path(".credentialsParameter")
}

/// Where ECS can read a secret from. On the struct, for the same reason.
pub fn secret_source() -> Rule {
    rule(
        r"self.valueFrom.matches('^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:\\S+|arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/\\S+|[A-Za-z0-9_./-]+)$')",
        "valueFrom must be the ARN of a Secrets Manager secret (\"arn:aws:secretsmanager:…:secret:…\"), or the ARN (\"arn:aws:ssm:…:parameter/…\") or name of an SSM parameter; the secret itself never goes here",
    )
    .field_path(".valueFrom")
}

/// A name that a process can have in its environment.
pub fn variable_name() -> Rule {
    rule(r"self.matches('^[^=\\s]+$')", "name must not be empty and must not hold a space or =, such as \"LOG_LEVEL\"")
}

/// A variable has one source.
pub fn variable_has_one_source() -> Rule {
    rule(
        "!has(self.environment) || !has(self.secrets) \
         || !sets.intersects(self.environment.map(e, e.name), self.secrets.map(s, s.name))",
        "secrets has a name that environment has too: remove it from one of them",
    )
    .field_path(".secrets")
}

/// A time between two looks that neither floods AWS nor forgets the service.
pub fn resync_interval() -> Rule {
    rule(
        "self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && self != '' \
         && duration(self) >= duration('10s') && duration(self) <= duration('24h')",
        "resyncInterval must be from 10s to 24h, such as \"30s\", \"10m\" or \"1h30m\"",
    )
}

/// Ids of subnets.
pub fn subnet_ids() -> Rule {
    rule(
        "self.all(id, id.matches('^subnet-[0-9a-f]{8,17}$'))",
        "subnets must be ids of subnets, such as \"subnet-0a1b2c3d4e5f67890\", not names or ARNs",
    )
}

/// Ids of security groups.
pub fn security_group_ids() -> Rule {
    rule(
        "self.all(id, id.matches('^sg-[0-9a-f]{8,17}$'))",
        "securityGroups must be ids of security groups, such as \"sg-0a1b2c3d4e5f67890\", not names or ARNs",
    )
}

/// Characters that AWS takes in a tag (source: botocore ECS model, `TagKey` and `TagValue`).
pub fn tag_characters(member: &str) -> Rule {
    rule(
        r"self.matches('^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]*$')",
        format!("{member} of a tag must be letters, digits, spaces and _ . : / = + - @"),
    )
}

/// Keys that belong to AWS or to this controller.
pub fn tag_key_is_free() -> Rule {
    rule(
        format!("!self.lowerAscii().startsWith('aws:') && !self.lowerAscii().startsWith('{TAG_PREFIX}')"),
        format!("key must not start with aws: (AWS's own tags) or {TAG_PREFIX} (this controller's): use another key"),
    )
    .reason(Reason::FieldValueForbidden)
}

/// `['a', 'b']`
fn cel_strings(values: &[&str]) -> String {
    format!("['{}']", values.join("', '"))
}

/// `"a", "b" or "c"`
fn spoken(values: &[&str]) -> String {
    match values {
        [head @ .., last] if !head.is_empty() => {
            format!("\"{}\" or \"{last}\"", head.join("\", \""))
        }
        _ => values.concat(),
    }
}
