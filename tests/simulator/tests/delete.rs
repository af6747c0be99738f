//! Delete, and using the name again.
use crate::given::*;
use express_simulator::model::ErrorKind;
use express_simulator::wire::*;

fn deleted(seconds: u64) -> Story {
    let mut story = Story::begins().where_web_runs();
    story.delete(delete_web()).unwrap();
    story.after(seconds);
    story
}

/// A delete answers DRAINING; later the service is INACTIVE, and in the end not found.
/// [M] botocore ECS model: DeleteExpressGatewayService
#[test]
fn a_deleted_service_drains_is_inactive_and_goes() {
    let mut story = Story::begins().where_web_runs();
    let answer = story.delete(delete_web()).unwrap().service.unwrap();
    assert_eq!(answer.status.unwrap().status_code.as_deref(), Some("DRAINING"));
    story.after(60);
    assert_eq!(story.status(), "DRAINING");
    story.after(540);
    assert_eq!(story.status(), "INACTIVE");
    story.after(3600);
    let gone = story.describe(DescribeExpressGatewayServiceRequest { service_arn: Some(arn("web")), include: None });
    refused(gone, ErrorKind::ResourceNotFound, "Resource not found");
}

/// A delete of a running service takes 5 to 10 minutes, of a fresh one less.
/// [O] field reports; terraform-provider-aws#47568
#[test]
fn draining_takes_minutes() {
    let mut story = deleted(299);
    assert_eq!(story.status(), "DRAINING");
    story.after(301);
    assert_eq!(story.status(), "INACTIVE");
    let mut fresh = Story::begins();
    fresh.create(web("nginx:1")).unwrap();
    fresh.delete(delete_web()).unwrap();
    fresh.after(120);
    assert_eq!(fresh.status(), "INACTIVE");
}

/// A second delete is a ServiceNotActiveException, with a text for each status.
/// [O] terraform-provider-aws: express_gateway_service.go
#[test]
fn a_second_delete_is_not_active() {
    let mut story = deleted(10);
    refused(story.delete(delete_web()), ErrorKind::ServiceNotActive, "Service is in DRAINING status");
    story.after(600);
    let text = "Cannot perform this operation on a service in INACTIVE status";
    refused(story.delete(delete_web()), ErrorKind::ServiceNotActive, text);
    refused(story.update(change().image("nginx:2")), ErrorKind::ServiceNotActive, text);
}

/// Creating over a DRAINING name is refused.
/// [O] field report of the real CLI's output
#[test]
fn creating_over_a_draining_name_is_refused() {
    let text = "Unable to Start a service that is still Draining.";
    refused(deleted(10).create(web("nginx:1")), ErrorKind::InvalidParameter, text);
}

/// Creating over an INACTIVE name succeeds: the same ARN, another createdAt and another URL.
/// [O] terraform-provider-aws#47743
#[test]
fn creating_over_an_inactive_name_makes_another_service() {
    let mut story = Story::begins().where_web_runs();
    let endpoint = |story: &mut Story| story.configuration().ingress_paths.unwrap()[0].endpoint.clone();
    let (old, old_endpoint) = (story.web(), endpoint(&mut story));
    story.delete(delete_web()).unwrap();
    story.after(600);
    story.create(web("nginx:1")).unwrap();
    story.settles();
    let new = story.web();
    assert_eq!(new.service_arn, old.service_arn);
    assert!(new.created_at > old.created_at);
    assert_ne!(endpoint(&mut story), old_endpoint);
    assert_eq!(story.deployments().len(), 1, "the old deployments are gone");
}

/// ListServices hides DRAINING and INACTIVE services, DescribeServices shows them.
/// [M] botocore ECS model: DeleteService
#[test]
fn list_services_hides_what_is_deleted() {
    for seconds in [10, 600] {
        let mut story = deleted(seconds);
        let listed = story.list_services(ListServicesRequest::default()).unwrap().service_arns.unwrap();
        assert!(listed.is_empty());
        assert_ne!(story.classic().status.as_deref(), Some("ACTIVE"));
    }
}

/// A delete during a deployment is accepted.
/// [O] terraform-provider-aws#45235
#[test]
fn a_delete_during_a_deployment_is_accepted() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.delete(delete_web()).unwrap();
    assert_eq!(story.deployments()[0].status.as_deref(), Some("STOPPED"));
}

/// A service whose first deployment was not over drains as long as one that served, once its tasks ran.
/// [I] draining is waiting for tasks to finish, docs.aws.amazon.com: API_DeleteService
#[test]
fn a_service_with_tasks_drains_for_long_also_before_it_served() {
    let mut story = Story::begins();
    story.create(web("nginx:1")).unwrap();
    story.reaches("BAKE_TIME");
    story.delete(delete_web()).unwrap();
    story.after(299);
    assert_eq!(story.status(), "DRAINING");
    story.after(1);
    assert_eq!(story.status(), "INACTIVE");
}

/// Deployments go with the service; revisions answer that the service is INACTIVE.
/// [O] aws-cli: monitor_express_gateway_service
#[test]
fn revisions_of_an_inactive_service_are_refused() {
    let mut story = Story::begins().where_web_runs();
    let arn = story.configuration().service_revision_arn;
    story.delete(delete_web()).unwrap();
    story.after(600);
    assert!(story.deployments().is_empty());
    let request = DescribeServiceRevisionsRequest { service_revision_arns: arn.map(|arn| vec![arn]) };
    let text = "Cannot call DescribeServiceRevisions for a service that is INACTIVE";
    refused(story.describe_revisions(request), ErrorKind::InvalidParameter, text);
}

/// Log groups, the cluster and task definitions stay; each new create leaves another log group.
/// [I] the managed policy of the infrastructure role cannot delete log groups
#[test]
fn log_groups_and_cluster_stay() {
    let mut story = deleted(600);
    story.create(web("nginx:1")).unwrap();
    assert_eq!(story.model.summary().log_groups.len(), 2);
    assert_eq!(story.model.summary().clusters, ["default"]);
    story
        .describe_task_definition(DescribeTaskDefinitionRequest {
            task_definition: text("default-web:1"),
            include: None,
        })
        .unwrap();
}

/// Without its infrastructure role a service stays DRAINING: the role does the deleting.
/// [D] developer guide: express-service-troubleshooting
#[test]
fn without_its_role_a_service_stays_draining() {
    let mut story = Story::begins().where_web_runs();
    story.delete(delete_web()).unwrap();
    let day = std::time::Duration::from_secs(24 * 3600);
    story.model.deny_role(INFRASTRUCTURE_ROLE, story.now + day);
    story.after(12 * 3600);
    assert_eq!(story.status(), "DRAINING");
    story.model.allow_roles();
    story.after(60);
    assert_eq!(story.status(), "INACTIVE");
}

/// A role that lost its permissions leaves the service DRAINING, however long; its resources say why, in
/// DescribeServiceRevisions, which works until INACTIVE. With the permissions back, it goes.
/// [D] developer guide: express-service-troubleshooting
#[test]
fn a_role_without_permissions_leaves_the_service_draining() {
    let mut story = Story::begins().where_web_runs();
    let revision = story.configuration().service_revision_arn;
    story.model.disarm_role(INFRASTRUCTURE_ROLE);
    story.delete(delete_web()).unwrap();
    story.after(12 * 3600);
    assert_eq!(story.status(), "DRAINING");
    assert!(story.classic().events.unwrap()[0].message.as_ref().unwrap().contains("unable to remove"));
    let request = DescribeServiceRevisionsRequest { service_revision_arns: revision.map(|arn| vec![arn]) };
    let revisions = story.describe_revisions(request).unwrap().service_revisions.unwrap();
    let resources = revisions[0].ecs_managed_resources.clone().unwrap();
    let rule = resources.ingress_paths.unwrap()[0].rule.clone().unwrap();
    let reason = "User is not authorized to perform: elasticloadbalancing:DeleteRule";
    assert_eq!(rule.status_reason.as_deref(), Some(reason));
    assert!(resources.log_groups.unwrap()[0].status_reason.is_none(), "log groups are never deleted");
    story.model.allow_roles();
    story.after(60);
    assert_eq!(story.status(), "INACTIVE");
}

/// What a resource is called that cannot be removed is a switch (refused_removal_status), FAILED by default.
/// [?] not seen
#[test]
fn the_status_of_what_cannot_be_removed_is_a_switch() {
    for status in ["FAILED", "DEPROVISIONING"] {
        let mut story = Story::begins().where_switch("refused_removal_status", status).where_web_runs();
        let revision = story.configuration().service_revision_arn;
        story.model.disarm_role(INFRASTRUCTURE_ROLE);
        story.delete(delete_web()).unwrap();
        story.after(3600);
        let request = DescribeServiceRevisionsRequest { service_revision_arns: revision.map(|arn| vec![arn]) };
        let revisions = story.describe_revisions(request).unwrap().service_revisions.unwrap();
        let path = revisions[0].ecs_managed_resources.clone().unwrap().ingress_paths.unwrap()[0].clone();
        let balancer = path.load_balancer.unwrap();
        assert_eq!(balancer.status.as_deref(), Some(status));
        assert!(balancer.status_reason.is_some());
    }
}

/// The load balancer goes with the last service that uses it, and 25 services share one.
/// [D] developer guide: express-service-work
#[test]
fn load_balancers_are_shared_by_25() {
    let mut story = Story::begins();
    for number in 0..26 {
        story.create(service(&format!("s{number}"), "nginx:1")).unwrap();
    }
    assert_eq!(story.model.summary().load_balancers, 2);
    for number in 0..26 {
        story.delete(DeleteExpressGatewayServiceRequest { service_arn: Some(arn(&format!("s{number}"))) }).unwrap();
    }
    story.after(600);
    assert_eq!(story.model.summary().load_balancers, 0);
}
