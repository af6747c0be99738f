//! The errors of calls that name what is not there, or what they may not.
use std::time::Duration;

use crate::given::*;
use express_simulator::model::ErrorKind;
use express_simulator::wire::*;

fn describe(arn: &str) -> DescribeExpressGatewayServiceRequest {
    DescribeExpressGatewayServiceRequest { service_arn: text(arn), include: None }
}

/// Describe of what is not there is a ResourceNotFoundException; Update and Delete say ServiceNotFoundException.
/// [M] botocore ECS model: errors of the Express operations
#[test]
fn describe_and_delete_say_not_found_differently() {
    let mut story = Story::begins();
    story.create(service("other", "nginx:1")).unwrap();
    refused(story.describe(describe(&arn("web"))), ErrorKind::ResourceNotFound, "Resource not found");
    refused_about(story.delete(delete_web()), ErrorKind::ServiceNotFound, "not found");
    refused_about(story.update(change().image("nginx:1")), ErrorKind::ServiceNotFound, "not found");
}

/// They may all say InvalidParameterException "Resource not found" instead, by a switch (not_found_is_invalid_parameter).
/// [O] terraform-provider-aws: express_gateway_service.go
#[test]
fn not_found_can_be_an_invalid_parameter() {
    let mut story = Story::begins().where_switch("not_found_is_invalid_parameter", "true");
    story.create(service("other", "nginx:1")).unwrap();
    refused(story.describe(describe(&arn("web"))), ErrorKind::InvalidParameter, "Resource not found");
    refused(story.delete(delete_web()), ErrorKind::InvalidParameter, "Resource not found");
}

/// Describe takes an ARN only.
/// [M] botocore ECS model: DescribeExpressGatewayServiceRequest
#[test]
fn describe_takes_an_arn_only() {
    let mut story = Story::begins().where_web_runs();
    refused_about(story.describe(describe("web")), ErrorKind::InvalidParameter, "ARN");
}

/// An ARN in a cluster that is not there is a ClusterNotFoundException.
/// [M] botocore ECS model: errors of the Express operations
#[test]
fn an_arn_in_an_unknown_cluster_is_cluster_not_found() {
    let mut story = Story::begins();
    let arn = "arn:aws:ecs:us-east-1:123456789012:service/nowhere/web";
    refused(story.describe(describe(arn)), ErrorKind::ClusterNotFound, "Cluster not found.");
}

/// An infrastructure role that cannot be assumed is an AccessDeniedException "Cannot assume role". Here, its name says
/// `missing`.
/// [O] terraform-provider-aws: express_gateway_service.go
#[test]
fn a_role_that_is_not_there_cannot_be_assumed() {
    let mut request = web("nginx:1");
    request.infrastructure_role_arn = text("arn:aws:iam::123456789012:role/missing-role");
    refused(Story::begins().create(request), ErrorKind::AccessDenied, "Cannot assume role");
}

/// A fresh role cannot be assumed for its first minutes, then it can.
/// [O] terraform-provider-aws: retries for 2 to 4 minutes
#[test]
fn a_fresh_role_works_after_a_while() {
    let mut story = Story::begins();
    story.model.deny_role(INFRASTRUCTURE_ROLE, story.now + Duration::from_secs(120));
    refused(story.create(web("nginx:1")), ErrorKind::AccessDenied, "Cannot assume role");
    story.after(119);
    refused(story.create(web("nginx:1")), ErrorKind::AccessDenied, "Cannot assume role");
    story.after(1);
    story.create(web("nginx:1")).unwrap();
}

/// What is no role's ARN is refused.
/// [I] RegisterTaskDefinition answers so
#[test]
fn a_role_has_to_be_an_arn() {
    let mut request = web("nginx:1");
    request.infrastructure_role_arn = text("infrastructure");
    refused_about(Story::begins().create(request), ErrorKind::InvalidParameter, "Role is not valid");
}

/// A secret may not have the name of an environment variable or of another secret.
/// [I] classic ECS answers RegisterTaskDefinition so
#[test]
fn secret_names_are_their_own() {
    let secret =
        |name: &str| Secret { name: text(name), value_from: text("arn:aws:ssm:us-east-1:123456789012:parameter/x") };
    let mut request = web("nginx:1");
    let container = request.primary_container.as_mut().unwrap();
    container.environment = Some(variables(&[("A", "1")]));
    container.secrets = Some(vec![secret("A")]);
    refused_about(Story::begins().create(request.clone()), ErrorKind::Client, "'A'");
    request.primary_container.as_mut().unwrap().secrets = Some(vec![secret("B"), secret("B")]);
    refused_about(Story::begins().create(request), ErrorKind::Client, "'B'");
}

/// Only ServerException is a fault (HTTP 500); every other error is a 400.
/// [M] botocore ECS model: exceptions
#[test]
fn only_the_server_exception_is_a_500() {
    assert_eq!(ErrorKind::Server.status(), 500);
    for kind in [ErrorKind::AccessDenied, ErrorKind::InvalidParameter, ErrorKind::Throttling, ErrorKind::Serialization]
    {
        assert_eq!(kind.status(), 400);
    }
}
