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

/// Its drain and then its record end at the very moment: 300 s and 3600 s later here.
/// [I] life cycle of this model, docs.aws.amazon.com: API_DeleteService
#[test]
fn its_record_goes_in_the_end() {
    let mut story = where_a_classic_web_is();
    story.delete_service(delete(true)).unwrap();
    let status = |story: &mut Story| {
        let services = Some(vec!["web".to_owned()]);
        let found = story.describe_services(DescribeServicesRequest { services, ..Default::default() }).unwrap();
        found.services.unwrap().first().and_then(|service| service.status.clone())
    };
    for (seconds, expected) in
        [(299, Some("DRAINING")), (1, Some("INACTIVE")), (3599, Some("INACTIVE")), (1, None), (3600, None)]
    {
        story.after(seconds);
        assert_eq!(status(&mut story).as_deref(), expected, "{seconds} s later");
    }
}

/// A service that is not Express is shown with its cluster, its counts, its task definition and, when asked for, its tags.
/// [M] botocore ECS model: Service
#[test]
fn it_is_shown_as_any_service() {
    let mut story = Story::begins();
    story.create_cluster(CreateClusterRequest::default()).unwrap();
    let created_at = Some(story.now);
    let tagged =
        CreateServiceRequest { tags: Some(tags(&[("team", "theirs")])), desired_count: Some(2), ..classic_web() };
    story.create_service(tagged).unwrap();
    story.after(60);
    let mut shown = |include: Option<Vec<String>>| {
        let services = Some(vec!["web".to_owned()]);
        let request = DescribeServicesRequest { services, include, ..Default::default() };
        story.describe_services(request).unwrap().services.unwrap().remove(0)
    };
    let expected = Service {
        service_arn: Some(arn("web")),
        service_name: text("web"),
        cluster_arn: text("arn:aws:ecs:us-east-1:123456789012:cluster/default"),
        status: text("ACTIVE"),
        desired_count: Some(2),
        running_count: Some(0),
        pending_count: Some(0),
        task_definition: text("theirs:1"),
        deployments: Some(Vec::new()),
        events: Some(Vec::new()),
        created_at,
        scheduling_strategy: text("REPLICA"),
        resource_management_type: text("CUSTOMER"),
        ..Service::default()
    };
    assert_eq!(shown(None), expected);
    assert_eq!(shown(strings(&["TAGS"])), Service { tags: Some(tags(&[("team", "theirs")])), ..expected });
}
