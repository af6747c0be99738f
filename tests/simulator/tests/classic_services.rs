//! A service that is not Express, which has a name that an Express service would have.
use crate::given::*;
use express_simulator::model::ErrorKind;
use express_simulator::wire::*;

fn where_a_classic_web_is() -> Story {
    let mut story = Story::begins();
    story.create_cluster(CreateClusterRequest::default()).unwrap();
    story.create_service(classic_web()).unwrap();
    story
}

fn delete(force: bool) -> DeleteServiceRequest {
    DeleteServiceRequest { service: text("web"), force: Some(force), ..Default::default() }
}

/// DescribeServices shows a service that is not Express, with resourceManagementType CUSTOMER.
/// [M] botocore ECS model: ResourceManagementType
#[test]
fn resource_management_type_is_customer() {
    let classic = where_a_classic_web_is().classic();
    assert_eq!(classic.resource_management_type.as_deref(), Some("CUSTOMER"));
    assert_eq!(classic.service_arn, Some(arn("web")), "the ARN does not tell one from an Express service");
    assert_eq!(classic.status.as_deref(), Some("ACTIVE"));
}

/// Describe, Update and DeleteExpressGatewayService of a service that is not Express: InvalidParameterException "Resource not found".
/// [O] terraform-provider-aws: express_gateway_service.go
#[test]
fn the_express_operations_do_not_find_it() {
    let mut story = where_a_classic_web_is();
    let describe = DescribeExpressGatewayServiceRequest { service_arn: Some(arn("web")), include: None };
    refused(story.describe(describe), ErrorKind::InvalidParameter, "Resource not found");
    refused(story.update(change().image("nginx:2")), ErrorKind::InvalidParameter, "Resource not found");
    refused(story.delete(delete_web()), ErrorKind::InvalidParameter, "Resource not found");
}

/// Creating an Express service over the name of one that is not Express fails as over any ACTIVE name.
/// [I] the name is unique in its cluster
#[test]
fn its_name_is_taken() {
    let mut story = where_a_classic_web_is();
    let text = "Creation of service was not idempotent.";
    refused(story.create(web("nginx:1")), ErrorKind::InvalidParameter, text);
    let mut express = Story::begins().where_web_runs();
    refused(express.create_service(classic_web()), ErrorKind::InvalidParameter, text);
}

/// A service that is not Express is deleted with DeleteService: with tasks only by force. Then its name is free.
/// [M] botocore ECS model: DeleteServiceRequest.force
#[test]
fn it_is_deleted_with_delete_service() {
    let mut story = where_a_classic_web_is();
    refused_about(story.delete_service(delete(false)), ErrorKind::InvalidParameter, "scaled above 0");
    let scaled = UpdateServiceRequest { service: text("web"), desired_count: Some(0), ..Default::default() };
    story.update_service(scaled).unwrap();
    story.delete_service(delete(false)).unwrap();
    assert_eq!(story.classic().status.as_deref(), Some("DRAINING"));
    let text = "Unable to Start a service that is still Draining.";
    refused(story.create(web("nginx:1")), ErrorKind::InvalidParameter, text);
    story.after(600);
    assert_eq!(story.classic().status.as_deref(), Some("INACTIVE"));
    story.create(web("nginx:1")).unwrap();
    assert_eq!(story.classic().resource_management_type.as_deref(), Some("ECS"));
}

/// ListServices lists what is not Express with CUSTOMER, what is with ECS, and both without a type.
/// [M] botocore ECS model: ListServicesRequest
#[test]
fn list_services_tells_them_apart() {
    let mut story = where_a_classic_web_is();
    story.create(service("shop", "nginx:1")).unwrap();
    for (of, expected) in [(Some("CUSTOMER"), vec!["web"]), (Some("ECS"), vec!["shop"]), (None, vec!["shop", "web"])] {
        let request = ListServicesRequest { resource_management_type: of.map(str::to_owned), ..Default::default() };
        let mut listed = story.list_services(request).unwrap().service_arns.unwrap();
        listed.sort();
        assert_eq!(listed, expected.into_iter().map(arn).collect::<Vec<_>>());
    }
}

/// A service that is not Express has tags like any other.
/// [M] botocore ECS model: TagResourceRequest
#[test]
fn it_has_tags() {
    let mut story = where_a_classic_web_is();
    story.tag(TagResourceRequest { resource_arn: Some(arn("web")), tags: Some(tags(&[("team", "theirs")])) }).unwrap();
    let listed = story.list_tags(ListTagsForResourceRequest { resource_arn: Some(arn("web")) }).unwrap();
    assert_eq!(listed.tags, Some(tags(&[("team", "theirs")])));
}
