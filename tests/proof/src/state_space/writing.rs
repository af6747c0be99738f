//! The controller's writes as calls of the simulator's model: what `aws::act` does, without the AWS SDK.

use express_simulator::model::{ApiError, ErrorKind, Model};
use express_simulator::time::Time;
use express_simulator::wire;
use expressway::core::configuration::{Configuration, Container, Scaling};
use expressway::core::failure::{Failure, FailureClass, Operation};
use expressway::core::observed::Tags;
use expressway::core::step::{AwsWrite, CreateService, Effect, Retag, TagChange, UpdateService};

/// Makes one write, as ECS would take it.
pub(super) fn act(model: &mut Model, at: Time, write: &AwsWrite<'_>) -> Result<Effect, Failure> {
    let operation = write.operation();
    match model.apply(request(write), at) {
        Ok(answer) => Ok(effect(answer)),
        Err(error) => match (write, failure(operation, &error)) {
            // What is gone, or going, is as it was asked for.
            (AwsWrite::Delete { .. }, Failure { class: FailureClass::NotActive | FailureClass::NotFound, .. }) => {
                Ok(Effect::Deleting)
            }
            (AwsWrite::Stop { .. }, failure) if error.kind == ErrorKind::Conflict => {
                Err(Failure { class: FailureClass::NotFound, ..failure })
            }
            (_, failure) => Err(failure),
        },
    }
}

fn effect(answer: wire::Response) -> Effect {
    match answer {
        wire::Response::CreateExpressGatewayService(answer) => {
            Effect::Created { service_arn: answer.service.and_then(|service| service.service_arn).unwrap_or_default() }
        }
        wire::Response::UpdateExpressGatewayService(answer) => {
            let target = answer.service.and_then(|service| service.target_configuration);
            Effect::Updated { target_revision: target.and_then(|target| target.service_revision_arn) }
        }
        wire::Response::StopServiceDeployment(_) => Effect::Stopped,
        wire::Response::DeleteExpressGatewayService(_) => Effect::Deleting,
        _ => Effect::Retagged,
    }
}

fn request(write: &AwsWrite<'_>) -> wire::Request {
    match write {
        AwsWrite::Create(create) => created(create).into(),
        AwsWrite::Update(update) => updated(update).into(),
        AwsWrite::Retag(retag) => retagged(retag),
        AwsWrite::Stop { deployment_arn } => wire::StopServiceDeploymentRequest {
            service_deployment_arn: Some((*deployment_arn).to_owned()),
            stop_type: Some("ROLLBACK".to_owned()),
        }
        .into(),
        AwsWrite::Delete { service_arn } => {
            wire::DeleteExpressGatewayServiceRequest { service_arn: Some((*service_arn).to_owned()) }.into()
        }
    }
}

fn created(create: &CreateService) -> wire::CreateExpressGatewayServiceRequest {
    let wanted = &create.configuration;
    wire::CreateExpressGatewayServiceRequest {
        execution_role_arn: wanted.execution_role_arn.clone(),
        infrastructure_role_arn: Some(create.infrastructure_role_arn.clone()),
        service_name: Some(create.service_name.clone()),
        cluster: Some(create.cluster.clone()),
        health_check_path: wanted.health_check_path.clone(),
        primary_container: wanted.container.as_ref().map(|wanted| container(wanted, false)),
        task_role_arn: wanted.task_role_arn.clone(),
        network_configuration: network(wanted),
        cpu: wanted.cpu.clone(),
        memory: wanted.memory.clone(),
        cpu_architecture: wanted.cpu_architecture.map(|it| it.as_str().to_owned()),
        scaling_target: scaling(&wanted.scaling),
        tags: (!create.tags.is_empty()).then(|| tags(&create.tags)),
        task_definition_arn: wanted.task_definition_arn.clone(),
    }
}

fn updated(update: &UpdateService) -> wire::UpdateExpressGatewayServiceRequest {
    let wanted = &update.configuration;
    wire::UpdateExpressGatewayServiceRequest {
        service_arn: Some(update.service_arn.clone()),
        execution_role_arn: wanted.execution_role_arn.clone(),
        health_check_path: wanted.health_check_path.clone(),
        primary_container: wanted.container.as_ref().map(|wanted| container(wanted, true)),
        task_role_arn: wanted.task_role_arn.clone(),
        network_configuration: network(wanted),
        cpu: wanted.cpu.clone(),
        memory: wanted.memory.clone(),
        cpu_architecture: wanted.cpu_architecture.map(|it| it.as_str().to_owned()),
        scaling_target: scaling(&wanted.scaling),
        task_definition_arn: wanted.task_definition_arn.clone(),
    }
}

fn retagged(retag: &Retag) -> wire::Request {
    let resource_arn = Some(retag.service_arn.clone());
    match &retag.change {
        TagChange::Set(set) => wire::TagResourceRequest { resource_arn, tags: Some(tags(set)) }.into(),
        TagChange::Remove(keys) => wire::UntagResourceRequest { resource_arn, tag_keys: Some(keys.clone()) }.into(),
    }
}

pub(super) fn tags(tags: &Tags) -> Vec<wire::Tag> {
    tags.iter().map(|(key, value)| wire::Tag { key: Some(key.clone()), value: Some(value.clone()) }).collect()
}

/// An update sends its lists also when they are empty: one that is left out would be kept.
fn container(wanted: &Container, is_update: bool) -> wire::ExpressGatewayContainer {
    let environment: Vec<_> = wanted
        .environment
        .iter()
        .map(|(name, value)| wire::KeyValuePair { name: Some(name.clone()), value: Some(value.0.clone()) })
        .collect();
    let secrets: Vec<_> = wanted
        .secrets
        .iter()
        .map(|(name, from)| wire::Secret { name: Some(name.clone()), value_from: Some(from.clone()) })
        .collect();
    wire::ExpressGatewayContainer {
        image: Some(wanted.image.clone()),
        container_port: wanted.port,
        aws_logs_configuration: wanted.logs.as_ref().map(|logs| wire::ExpressGatewayServiceAwsLogsConfiguration {
            log_group: Some(logs.group.clone()),
            log_stream_prefix: Some(logs.stream_prefix.clone()),
        }),
        repository_credentials: wanted
            .repository_credentials
            .as_ref()
            .map(|secret| wire::ExpressGatewayRepositoryCredentials { credentials_parameter: Some(secret.clone()) }),
        command: listed(wanted.command.clone(), is_update),
        environment: listed(environment, is_update),
        secrets: listed(secrets, is_update),
    }
}

fn listed<T>(items: Vec<T>, is_update: bool) -> Option<Vec<T>> {
    (is_update || !items.is_empty()).then_some(items)
}

fn network(wanted: &Configuration) -> Option<wire::ExpressGatewayServiceNetworkConfiguration> {
    let subnets: Vec<_> = wanted.subnets.iter().cloned().collect();
    let security_groups: Vec<_> = wanted.security_groups.iter().cloned().collect();
    (!subnets.is_empty() || !security_groups.is_empty()).then(|| wire::ExpressGatewayServiceNetworkConfiguration {
        subnets: listed(subnets, false),
        security_groups: listed(security_groups, false),
    })
}

fn scaling(wanted: &Scaling) -> Option<wire::ExpressGatewayScalingTarget> {
    (*wanted != Scaling::default()).then(|| wire::ExpressGatewayScalingTarget {
        min_task_count: wanted.min_tasks,
        max_task_count: wanted.max_tasks,
        auto_scaling_metric: wanted.metric.map(|it| it.as_str().to_owned()),
        auto_scaling_target_value: wanted.target_value,
    })
}

/// An error answer of the model, in the core's classes.
pub(super) fn failure(operation: Operation, error: &ApiError) -> Failure {
    Failure {
        operation,
        class: class(error),
        code: error.kind.name().to_owned(),
        message: error.message.clone(),
        request_id: None,
    }
}

/// A failure that comes from the network or from AWS itself.
pub(super) fn failed(operation: Operation, class: FailureClass) -> Failure {
    Failure { operation, class, code: format!("{class}"), message: "said AWS.".to_owned(), request_id: None }
}

fn class(error: &ApiError) -> FailureClass {
    let said = error.message.to_lowercase();
    match error.kind {
        ErrorKind::Throttling => FailureClass::Throttled,
        ErrorKind::ResourceNotFound | ErrorKind::ServiceNotFound | ErrorKind::ServiceDeploymentNotFound => {
            FailureClass::NotFound
        }
        ErrorKind::ServiceNotActive => FailureClass::NotActive,
        ErrorKind::ClusterNotFound => FailureClass::ClusterNotFound,
        ErrorKind::InvalidParameter if said.contains("still draining") => FailureClass::StillDraining,
        ErrorKind::InvalidParameter if said.contains("not idempotent") => FailureClass::NameTaken,
        ErrorKind::InvalidParameter if said.contains("service that is inactive") => FailureClass::NotActive,
        ErrorKind::InvalidParameter if said.contains("resource not found") => FailureClass::NotFound,
        ErrorKind::InvalidParameter => FailureClass::InvalidParameter,
        ErrorKind::AccessDenied => FailureClass::AccessDenied,
        ErrorKind::Server | ErrorKind::Conflict => FailureClass::Unavailable,
        _ => FailureClass::Unexpected,
    }
}
