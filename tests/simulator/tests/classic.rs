//! The Express service in the classic operations: DescribeServices, ListServices, UpdateService, DeleteService.
use crate::given::*;
use express_simulator::model::{ErrorKind, ServiceKey};
use express_simulator::wire::*;

/// resourceManagementType ECS marks an Express service.
/// [M] botocore ECS model: Service
#[test]
fn resource_management_type_marks_express() {
    assert_eq!(Story::begins().where_web_runs().classic().resource_management_type.as_deref(), Some("ECS"));
}

/// taskDefinition is not set on the service; the PRIMARY deployment has it.
/// [O] ecspresso#902
#[test]
fn task_definition_is_in_the_primary_deployment_only() {
    let classic = Story::begins().where_web_runs().classic();
    assert_eq!(classic.task_definition, None);
    let deployments = classic.deployments.unwrap();
    assert_eq!(deployments[0].status.as_deref(), Some("PRIMARY"));
    assert!(deployments[0].task_definition.as_ref().unwrap().ends_with("task-definition/default-web:1"));
    assert_eq!(deployments[0].rollout_state.as_deref(), Some("COMPLETED"));
}

/// The id `ecs-svc/<n>` of a classic deployment is contained in its revision's ARN.
/// [O] terraform-provider-aws: service.go
#[test]
fn the_classic_id_is_in_the_revision_arn() {
    let mut story = Story::begins().where_web_runs();
    let id = story.classic().deployments.unwrap()[0].id.clone().unwrap();
    let number = id.strip_prefix("ecs-svc/").unwrap();
    assert_eq!(number.len(), 19);
    assert!(story.configuration().service_revision_arn.unwrap().ends_with(number));
}

/// DescribeServices takes ten services, by name or ARN; what is missing is a failure, not an error.
/// [M] botocore ECS model: DescribeServicesRequest
#[test]
fn describe_services_takes_ten_names_or_arns() {
    let mut story = Story::begins().where_web_runs();
    let services = Some(vec![arn("web"), "web".to_owned(), "nothing".to_owned()]);
    let answer = story.describe_services(DescribeServicesRequest { services, ..Default::default() }).unwrap();
    assert_eq!(answer.services.unwrap().len(), 2);
    let failures = answer.failures.unwrap();
    assert_eq!(failures[0].arn, Some(arn("nothing")));
    assert_eq!(failures[0].reason.as_deref(), Some("MISSING"));
    let services = Some(vec!["web".to_owned(); 11]);
    assert!(story.describe_services(DescribeServicesRequest { services, ..Default::default() }).is_err());
}

/// What is missing is named by an ARN of the caller's own account.
/// [D] API reference: Failure
#[test]
fn what_is_missing_is_named_in_the_callers_account() {
    let mut story = Story::begins();
    story.create(service("other", "nginx:1")).unwrap();
    let services = Some(vec!["web".to_owned()]);
    let answer = story.describe_services(DescribeServicesRequest { services, ..Default::default() }).unwrap();
    assert_eq!(answer.failures.unwrap()[0].arn, Some(arn("web")));
}

/// currentServiceDeployment and currentServiceRevisions show the deployment in flight and the tasks of each revision.
/// [M] botocore ECS model: Service
#[test]
fn current_revisions_have_task_counts() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("BAKE_TIME");
    let classic = story.classic();
    assert_eq!(classic.current_service_deployment, story.deployments()[0].service_deployment_arn);
    let revisions = classic.current_service_revisions.unwrap();
    assert_eq!(revisions.len(), 2);
    assert!(revisions.iter().all(|revision| revision.running_task_count == Some(1)));
    let states: Vec<_> = classic.deployments.unwrap().into_iter().map(|it| it.status.unwrap()).collect();
    assert_eq!(states, ["PRIMARY", "ACTIVE"]);
}

/// events[0] is the newest message for a person.
/// [O] aws-cli: monitor_express_gateway_service shows it
#[test]
fn the_first_event_is_the_newest() {
    let mut story = Story::begins().where_web_runs();
    assert!(story.classic().events.unwrap()[0].message.as_ref().unwrap().contains("steady state"));
    story.image("nginx:cannot-pull");
    story.settles();
    assert!(story.classic().events.unwrap()[0].message.as_ref().unwrap().contains("circuit breaker"));
}

/// ListServices gives ten at a time by default, and resourceManagementType ECS lists Express services only.
/// [M] botocore ECS model: ListServicesRequest
#[test]
fn list_services_gives_ten_at_a_time() {
    let mut story = Story::begins();
    for number in 0..12 {
        story.create(service(&format!("s{number}"), "nginx:1")).unwrap();
    }
    let first = story.list_services(ListServicesRequest::default()).unwrap();
    assert_eq!(first.service_arns.unwrap().len(), 10);
    let rest = ListServicesRequest { next_token: first.next_token, ..Default::default() };
    let rest = story.list_services(rest).unwrap();
    assert_eq!((rest.service_arns.unwrap().len(), rest.next_token), (2, None));
    for (kind, count) in [("ECS", 10), ("CUSTOMER", 0)] {
        let request = ListServicesRequest { resource_management_type: text(kind), ..Default::default() };
        assert_eq!(story.list_services(request).unwrap().service_arns.unwrap().len(), count);
    }
}

fn out_of_band() -> UpdateServiceRequest {
    UpdateServiceRequest { service: text("web"), ..Default::default() }
}

/// Autoscaling moves the desired count within the limits of scalingTarget, with no deployment and no revision.
/// [D] developer guide: express-service-work
#[test]
fn autoscaling_moves_the_desired_count() {
    let mut story = Story::begins().where_web_runs();
    let revision = story.configuration().service_revision_arn;
    assert!(story.model.autoscale(&ServiceKey::parse("web"), 30, story.now));
    story.after(60);
    let classic = story.classic();
    assert_eq!((classic.desired_count, classic.running_count), (Some(20), Some(20)), "maxTaskCount is 20");
    assert_eq!(classic.current_service_deployment, None);
    assert_eq!(story.deployments().len(), 1);
    assert_eq!(story.configuration().service_revision_arn, revision);
    assert!(!story.model.autoscale(&ServiceKey::parse("nothing"), 3, story.now));
}

/// UpdateService works for desiredCount, with no deployment.
/// [D] developer guide: express-service-advanced-customization
#[test]
fn update_service_sets_the_desired_count() {
    let mut story = Story::begins().where_web_runs();
    story.update_service(UpdateServiceRequest { desired_count: Some(3), ..out_of_band() }).unwrap();
    story.after(60);
    assert_eq!((story.classic().desired_count, story.classic().running_count), (Some(3), Some(3)));
    story.update_service(UpdateServiceRequest { desired_count: Some(1), ..out_of_band() }).unwrap();
    assert_eq!(story.classic().running_count, Some(1));
    assert_eq!(story.deployments().len(), 1);
}

/// UpdateService works for forceNewDeployment: a new revision and a canary.
/// [D] developer guide: express-service-advanced-customization
#[test]
fn update_service_forces_a_new_deployment() {
    let mut story = Story::begins().where_web_runs();
    story.update_service(UpdateServiceRequest { force_new_deployment: Some(true), ..out_of_band() }).unwrap();
    assert_eq!(story.deployments().len(), 2);
    story.settles();
    assert_eq!(story.newest_deployment().status.as_deref(), Some("SUCCESSFUL"));
}

/// UpdateService works for capacity provider strategy and execute command.
/// [O] classmethod: ecs-express-mode-arm64-fargate-spot-exec
#[test]
fn update_service_sets_spot_and_exec() {
    let mut story = Story::begins().where_web_runs();
    let spot = CapacityProviderStrategyItem { capacity_provider: text("FARGATE_SPOT"), weight: Some(1), base: None };
    let request = UpdateServiceRequest {
        capacity_provider_strategy: Some(vec![spot]),
        enable_execute_command: Some(true),
        ..out_of_band()
    };
    story.update_service(request).unwrap();
    let classic = story.classic();
    assert_eq!(classic.enable_execute_command, Some(true));
    assert_eq!(classic.capacity_provider_strategy.unwrap()[0].capacity_provider.as_deref(), Some("FARGATE_SPOT"));
}

/// UpdateService does not work for loadBalancers and deploymentConfiguration.
/// [D] developer guide: express-service-work; containers-roadmap#2813
#[test]
fn update_service_refuses_what_express_fixes() {
    let mut story = Story::begins().where_web_runs();
    let request = UpdateServiceRequest { load_balancers: Some(Vec::new()), ..out_of_band() };
    refused_about(story.update_service(request), ErrorKind::InvalidParameter, "loadBalancers");
    let request = UpdateServiceRequest { deployment_configuration: Some(serde_json::json!({})), ..out_of_band() };
    refused_about(story.update_service(request), ErrorKind::InvalidParameter, "deploymentConfiguration");
}

/// DeleteService is rejected.
/// [O] field report
#[test]
fn delete_service_is_rejected() {
    let mut story = Story::begins().where_web_runs();
    let request = DeleteServiceRequest { service: text("web"), force: Some(true), ..Default::default() };
    refused_about(story.delete_service(request), ErrorKind::InvalidParameter, "DeleteExpressGatewayService");
    assert_eq!(story.status(), "ACTIVE");
}

/// Every event has a UUID of its own.
/// [M] botocore ECS model: ServiceEvent.id
#[test]
fn every_event_has_an_identifier_of_its_own() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.settles();
    let ids: Vec<String> = story.classic().events.unwrap().into_iter().map(|event| event.id.unwrap()).collect();
    let parts = |id: &String| id.split('-').map(str::len).collect::<Vec<_>>();
    assert!(ids.len() > 1 && ids.iter().all(|id| parts(id) == [8, 4, 4, 4, 12]), "{ids:?}");
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
}

/// A list is filtered by launch type and scheduling strategy: Express services run as replicas on Fargate.
/// [D] developer guide: express-service-work
#[test]
fn services_are_listed_by_launch_type_and_strategy() {
    let mut story = Story::begins().where_web_runs();
    for (launch_type, scheduling_strategy, count) in [
        (Some("FARGATE"), Some("REPLICA"), 1),
        (Some("FARGATE"), None, 1),
        (None, Some("REPLICA"), 1),
        (Some("EC2"), Some("REPLICA"), 0),
        (Some("FARGATE"), Some("DAEMON"), 0),
    ] {
        let [launch_type, scheduling_strategy] = [launch_type, scheduling_strategy].map(|it| it.map(str::to_owned));
        let request = ListServicesRequest { launch_type, scheduling_strategy, ..Default::default() };
        assert_eq!(story.list_services(request.clone()).unwrap().service_arns.unwrap().len(), count, "{request:?}");
    }
}

/// Ten services are described at once; a list that fits its page has no next one.
/// [M] botocore ECS model: DescribeServicesRequest, ListServicesRequest
#[test]
fn ten_are_described_and_listed_at_once() {
    let mut story = Story::begins();
    let names: Vec<String> = (0..10).map(|number| format!("s{number}")).collect();
    for name in &names {
        story.create(service(name, "nginx:1")).unwrap();
    }
    let request = DescribeServicesRequest { services: Some(names), ..Default::default() };
    assert_eq!(story.describe_services(request).unwrap().services.unwrap().len(), 10);
    let listed = story.list_services(ListServicesRequest::default()).unwrap();
    assert_eq!((listed.service_arns.unwrap().len(), listed.next_token), (10, None));
}

/// The service counts the tasks that run and those that do not yet, of all its revisions.
/// [M] botocore ECS model: Service
#[test]
fn a_service_counts_the_tasks_of_all_its_revisions() {
    let mut story = Story::begins().where_web_runs();
    story.update_service(UpdateServiceRequest { desired_count: Some(2), ..out_of_band() }).unwrap();
    story.after(60);
    story.image("nginx:hang");
    story.reaches("SCALE_UP");
    assert_eq!((story.classic().running_count, story.classic().pending_count), (Some(2), Some(2)));
}

/// The rollout of a deployment is IN_PROGRESS, then COMPLETED or FAILED; after a rollback, what serves is COMPLETED.
/// [M] botocore ECS model: Deployment.rolloutState
#[test]
fn a_classic_deployment_tells_how_its_rollout_goes() {
    let states = |story: &mut Story| {
        let deployments = story.classic().deployments.unwrap().into_iter();
        deployments.map(|it| it.rollout_state.unwrap()).collect::<Vec<_>>()
    };
    let mut story = Story::begins();
    story.create(web("nginx:cannot-pull")).unwrap();
    assert_eq!(states(&mut story), ["IN_PROGRESS"]);
    story.settles();
    assert_eq!(states(&mut story), ["FAILED"]);
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:crash");
    story.reaches("SCALE_UP");
    assert_eq!(states(&mut story), ["IN_PROGRESS", "COMPLETED"]);
    story.settles();
    assert_eq!(states(&mut story), ["COMPLETED"]);
}

/// Service, deployment and revision show the network that was asked for, with public addresses in public subnets.
/// [D] developer guide: express-service-work
#[test]
fn the_network_is_shown() {
    let mut story = Story::without_quirks();
    let network_configuration = Some(ExpressGatewayServiceNetworkConfiguration {
        security_groups: strings(&["sg-1"]),
        subnets: strings(&["subnet-1", "subnet-2"]),
    });
    story.create(CreateExpressGatewayServiceRequest { network_configuration, ..web("nginx:1") }).unwrap();
    story.settles();
    let expected = AwsVpcConfiguration {
        subnets: strings(&["subnet-1", "subnet-2"]),
        security_groups: strings(&["sg-1"]),
        assign_public_ip: text("ENABLED"),
    };
    let classic = story.classic();
    for shown in [classic.network_configuration, classic.deployments.unwrap().remove(0).network_configuration] {
        assert_eq!(shown.unwrap().awsvpc_configuration.unwrap(), expected);
    }
}

/// Scaling during a canary is about the revision that serves; the other one's tasks do not count.
/// [I] a scalable target is of the service, botocore ECS model: ManagedScalableTarget
#[test]
fn scaling_during_a_canary_is_about_what_serves() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("BAKE_TIME");
    story.update_service(UpdateServiceRequest { desired_count: Some(2), ..out_of_band() }).unwrap();
    story.after(60);
    let revisions = story.classic().current_service_revisions.unwrap();
    assert_eq!(revisions.iter().map(|it| it.running_task_count.unwrap()).collect::<Vec<_>>(), [2, 1]);
}
