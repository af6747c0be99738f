//! UpdateExpressGatewayService: what is kept, what is replaced, what starts a deployment.
use crate::given::*;
use express_simulator::model::ErrorKind;
use express_simulator::wire::*;

fn with_container(edit: impl FnOnce(&mut ExpressGatewayContainer)) -> Story {
    let mut story = Story::begins();
    let mut request = web("nginx:1");
    edit(request.primary_container.as_mut().unwrap());
    story.create(request).unwrap();
    story.settles();
    story
}

fn change_container(edit: impl FnOnce(&mut ExpressGatewayContainer)) -> UpdateExpressGatewayServiceRequest {
    let mut request = change().image("nginx:1");
    edit(request.primary_container.as_mut().unwrap());
    request
}

/// Members that are left out are kept.
/// [D] developer guide: express-service-update-full
#[test]
fn members_left_out_are_kept() {
    let mut story = Story::begins();
    let request =
        CreateExpressGatewayServiceRequest { health_check_path: text("/health"), cpu: text("512"), ..web("nginx:1") };
    story.create(request).unwrap();
    story.settles();
    story.image("nginx:2");
    story.settles();
    let configuration = story.configuration();
    assert_eq!(configuration.health_check_path.as_deref(), Some("/health"));
    assert_eq!(configuration.cpu.as_deref(), Some("512"));
    assert_eq!(configuration.primary_container.unwrap().image.as_deref(), Some("nginx:2"));
}

/// The image has to be sent in primaryContainer.
/// [M] botocore ECS model: ExpressGatewayContainer
#[test]
fn the_image_has_to_be_sent() {
    let mut story = Story::begins().where_web_runs();
    let request = change_container(|container| container.image = None);
    refused_about(story.update(request), ErrorKind::InvalidParameter, "primaryContainer.image");
}

/// In primaryContainer, a list left out is kept, `[]` clears it, and a list replaces the whole list.
/// [O] ecspresso: express.go
#[test]
fn a_list_is_kept_cleared_or_replaced() {
    let mut story = with_container(|container| container.environment = Some(variables(&[("A", "1"), ("B", "2")])));
    story.image("nginx:2");
    story.settles();
    assert_eq!(story.container().environment.unwrap().len(), 2);
    story.update(change_container(|container| container.environment = Some(variables(&[("C", "3")])))).unwrap();
    story.settles();
    assert_eq!(story.container().environment, Some(variables(&[("C", "3")])));
    story.update(change_container(|container| container.environment = Some(Vec::new()))).unwrap();
    story.settles();
    assert_eq!(story.container().environment, Some(Vec::new()));
}

/// Each list of primaryContainer is kept for itself: sending one leaves the others.
/// [O] ecspresso: express.go
#[test]
fn each_list_is_kept_for_itself() {
    let secrets =
        || Some(vec![Secret { name: text("S"), value_from: text("arn:aws:ssm:us-east-1:123456789012:parameter/s") }]);
    let mut story = with_container(|container| {
        container.environment = Some(variables(&[("A", "1")]));
        container.secrets = secrets();
        container.command = strings(&["serve"]);
    });
    story.update(change_container(|container| container.environment = Some(variables(&[("B", "2")])))).unwrap();
    story.settles();
    let container = story.container();
    assert_eq!(container.environment, Some(variables(&[("B", "2")])));
    assert_eq!((container.secrets, container.command), (secrets(), strings(&["serve"])));
    story.update(change_container(|container| container.secrets = Some(Vec::new()))).unwrap();
    story.settles();
    let container = story.container();
    assert_eq!((container.secrets, container.command), (Some(Vec::new()), strings(&["serve"])));
    assert_eq!(container.environment, Some(variables(&[("B", "2")])));
}

/// Members left out of primaryContainer can be reset instead, by a switch (omitted_container_members_reset).
/// [?] one field report, from reading code
#[test]
fn resetting_omitted_container_members_is_a_switch() {
    let story = with_container(|container| container.container_port = Some(8080));
    let mut kept = story.clone();
    kept.image("nginx:2");
    kept.settles();
    assert_eq!(kept.container().container_port, Some(8080));
    let mut reset = story.where_switch("omitted_container_members_reset", "true");
    reset.image("nginx:2");
    reset.settles();
    assert_eq!(reset.container().container_port, Some(80));
}

/// Whether command `[]` clears the command is a switch (empty_command_clears).
/// [?] no evidence either way
#[test]
fn clearing_the_command_is_a_switch() {
    let story = with_container(|container| container.command = strings(&["serve"]));
    let empty = || change_container(|container| container.command = Some(Vec::new()));
    let mut clears = story.clone();
    clears.update(empty()).unwrap();
    clears.settles();
    assert_eq!(clears.container().command, Some(Vec::new()));
    let mut keeps = story.where_switch("empty_command_clears", "false");
    keeps.update(empty()).unwrap();
    keeps.settles();
    assert_eq!(keeps.container().command, strings(&["serve"]));
}

/// Whether taskRoleArn can be cleared with "" is a switch (empty_task_role_clears).
/// [?] no way to clear it is known
#[test]
fn clearing_the_task_role_is_a_switch() {
    let mut story = Story::begins();
    story.create(CreateExpressGatewayServiceRequest { task_role_arn: text(EXECUTION_ROLE), ..web("nginx:1") }).unwrap();
    let request = UpdateExpressGatewayServiceRequest { task_role_arn: text(""), ..change() };
    refused_about(story.update(request.clone()), ErrorKind::InvalidParameter, "Role is not valid");
    let mut story = story.where_switch("empty_task_role_clears", "true");
    story.update(request).unwrap();
    story.settles();
    assert_eq!(story.configuration().task_role_arn, None);
}

/// cpu alone is checked against the stored memory; by a switch, against the default (cpu_without_memory_uses_stored).
/// [?] follows from the merge; not seen
#[test]
fn cpu_alone_is_checked_against_the_stored_memory() {
    let mut story = Story::begins().where_web_runs();
    let small = |cpu| UpdateExpressGatewayServiceRequest { cpu: text(cpu), ..change() };
    story.update(small("512")).unwrap();
    refused_about(story.update(small("4096")), ErrorKind::InvalidParameter, "No Fargate configuration exists");
    let memory = UpdateExpressGatewayServiceRequest { cpu: text("4096"), memory: text("8192"), ..change() };
    story.update(memory).unwrap();
    let mut story = story.where_switch("cpu_without_memory_uses_stored", "false");
    story.update(small("512")).unwrap();
    story.settles();
    assert_eq!(story.configuration().memory.as_deref(), Some("2048"));
}

/// The answer is the smaller shape, with the configuration that the service goes to.
/// [M] botocore ECS model: UpdatedExpressGatewayService
#[test]
fn the_answer_has_the_target_configuration() {
    let mut story = Story::begins().where_web_runs();
    let answer = story.image("nginx:2");
    let target = answer.target_configuration.unwrap();
    assert_eq!(target.primary_container.unwrap().image.as_deref(), Some("nginx:2"));
    let deployment = story.newest_deployment();
    assert_eq!(target.service_revision_arn, deployment.target_service_revision.unwrap().arn);
}

/// Whether the answer names the revision is a switch (update_response_has_revision_arn).
/// [?] the member is in the model; not seen filled
#[test]
fn the_revision_in_the_answer_is_a_switch() {
    let mut story = Story::begins().where_web_runs().where_switch("update_response_has_revision_arn", "false");
    assert_eq!(story.image("nginx:2").target_configuration.unwrap().service_revision_arn, None);
}

/// Whether an update that changes nothing makes a deployment is a switch (noop_update_creates_deployment).
/// [?] field reports contradict each other
#[test]
fn a_no_op_update_makes_a_deployment_by_a_switch() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:1");
    assert_eq!(story.deployments().len(), 2);
    let mut story = Story::begins().where_web_runs().where_switch("noop_update_creates_deployment", "false");
    let answer = story.image("nginx:1");
    assert_eq!(story.deployments().len(), 1);
    assert_eq!(answer.target_configuration.unwrap().service_revision_arn, story.configuration().service_revision_arn);
}

/// The infrastructure role reads back as it was sent, and no update changes it.
/// [D] CloudFormation reference: AWS::ECS::ExpressGatewayService (another one means replacement)
#[test]
fn the_infrastructure_role_stays() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.settles();
    assert_eq!(story.web().infrastructure_role_arn.as_deref(), Some(INFRASTRUCTURE_ROLE));
}

/// Whether a change of scalingTarget alone makes a deployment is a switch (scaling_only_update_creates_deployment).
/// [?] not seen
#[test]
fn a_scaling_only_update_makes_a_deployment_by_a_switch() {
    let scaling = ExpressGatewayScalingTarget { min_task_count: Some(3), ..Default::default() };
    let request = UpdateExpressGatewayServiceRequest { scaling_target: Some(scaling), ..change() };
    let mut story = Story::begins().where_web_runs();
    story.update(request.clone()).unwrap();
    assert_eq!(story.deployments().len(), 2);
    let mut story = Story::begins().where_web_runs().where_switch("scaling_only_update_creates_deployment", "false");
    story.update(request).unwrap();
    assert_eq!(story.deployments().len(), 1);
    assert_eq!(story.configuration().scaling_target.unwrap().min_task_count, Some(3));
    story.after(60);
    assert_eq!(story.classic().running_count, Some(3));
}

/// An update during a deployment is accepted, and the newer deployment overtakes the older.
/// [O] terraform-provider-aws#45235
#[test]
fn an_update_during_a_deployment_is_accepted() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("PRODUCTION_TRAFFIC_SHIFT");
    story.image("nginx:3");
    assert_eq!(story.deployments()[0].status.as_deref(), Some("PENDING"));
    story.settles();
    assert_eq!(story.container().image.as_deref(), Some("nginx:3"));
}

/// The status of a deployment that was overtaken is a switch (superseded_deployment_status), STOPPED by default.
/// [?] not seen
#[test]
fn an_overtaken_deployment_ends_by_a_switch() {
    for status in ["STOPPED", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL"] {
        let mut story = Story::begins().where_web_runs();
        story.model.switches_mut().set("superseded_deployment_status", status).unwrap();
        story.image("nginx:2");
        story.after(60);
        story.image("nginx:3");
        assert_eq!(story.deployments()[1].status.as_deref(), Some(status));
    }
}

/// RECONCILE_SERVICE comes only when more than one revision is active, and then there are two sources.
/// [M] botocore ECS model: ServiceDeployment.lifecycleStage
#[test]
fn reconcile_comes_only_with_two_active_revisions() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("PRE_SCALE_UP");
    story.reaches("PRODUCTION_TRAFFIC_SHIFT");
    story.image("nginx:3");
    let deployment = story.reaches("RECONCILE_SERVICE");
    assert_eq!(deployment.source_service_revisions.unwrap().len(), 2);
}

/// A later partial update during a deployment is merged over the target, not over what serves.
/// [I] the last writer of a field wins
#[test]
fn a_partial_update_is_merged_over_the_target() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.update(UpdateExpressGatewayServiceRequest { health_check_path: text("/up"), ..change() }).unwrap();
    story.settles();
    assert_eq!(story.container().image.as_deref(), Some("nginx:2"));
    assert_eq!(story.configuration().health_check_path.as_deref(), Some("/up"));
}

/// healthCheckPath, network and scaling leave the task definition; the container makes a new one.
/// [D] developer guide: express-service-update-full
#[test]
fn only_task_members_make_a_new_task_definition() {
    let mut story = Story::begins().where_web_runs();
    let first = story.configuration().task_definition_arn;
    story.update(UpdateExpressGatewayServiceRequest { health_check_path: text("/up"), ..change() }).unwrap();
    story.settles();
    assert_eq!(story.configuration().task_definition_arn, first);
    story.image("nginx:2");
    story.settles();
    assert_ne!(story.configuration().task_definition_arn, first);
}

/// Each member that a task definition has makes a new one: cpu, memory, architecture and both roles.
/// [D] developer guide: express-service-update-full
#[test]
fn each_task_member_makes_a_new_task_definition() {
    let role = || text("arn:aws:iam::123456789012:role/other");
    for request in [
        UpdateExpressGatewayServiceRequest { cpu: text("1024"), ..change() },
        UpdateExpressGatewayServiceRequest { memory: text("2048"), ..change() },
        UpdateExpressGatewayServiceRequest { cpu_architecture: text("ARM64"), ..change() },
        UpdateExpressGatewayServiceRequest { task_role_arn: role(), ..change() },
        UpdateExpressGatewayServiceRequest { execution_role_arn: role(), ..change() },
    ] {
        let mut story = Story::begins().where_web_runs();
        let first = story.configuration().task_definition_arn;
        story.update(request.clone()).unwrap();
        story.settles();
        assert_ne!(story.configuration().task_definition_arn, first, "{request:?}");
    }
}

/// Where a change of scalingTarget alone is made in place, every other change makes a deployment, with it or without.
/// [?] not seen
#[test]
fn only_a_change_of_the_scaling_alone_is_made_in_place() {
    let scaling = || Some(ExpressGatewayScalingTarget { min_task_count: Some(3), ..Default::default() });
    let network = ExpressGatewayServiceNetworkConfiguration { security_groups: strings(&["sg-1"]), subnets: None };
    for other in [
        UpdateExpressGatewayServiceRequest { health_check_path: text("/up"), ..change() },
        UpdateExpressGatewayServiceRequest { network_configuration: Some(network), ..change() },
        UpdateExpressGatewayServiceRequest { cpu: text("512"), ..change() },
        change().image("nginx:2"),
    ] {
        for scaling_target in [None, scaling()] {
            let mut story =
                Story::begins().where_web_runs().where_switch("scaling_only_update_creates_deployment", "false");
            let request = UpdateExpressGatewayServiceRequest { scaling_target, ..other.clone() };
            story.update(request.clone()).unwrap();
            assert_eq!(story.deployments().len(), 2, "{request:?}");
        }
    }
}

/// Whether cpu without memory keeps the memory that was set is a switch (cpu_without_memory_uses_stored).
/// [?] not seen
#[test]
fn cpu_without_memory_keeps_or_resets_it_by_a_switch() {
    for (switch, memory) in [("true", "3072"), ("false", "2048")] {
        let mut story = Story::begins().where_switch("cpu_without_memory_uses_stored", switch);
        let sized = CreateExpressGatewayServiceRequest { cpu: text("512"), memory: text("3072"), ..web("nginx:1") };
        story.create(sized).unwrap();
        story.settles();
        story.update(UpdateExpressGatewayServiceRequest { cpu: text("1024"), ..change() }).unwrap();
        story.settles();
        assert_eq!(story.configuration().memory.as_deref(), Some(memory), "{switch}");
    }
}

/// The logs stay where they are also where members of the container that are left out are reset
/// (omitted_container_members_reset).
/// [?] not seen
#[test]
fn the_log_group_stays_when_the_container_is_reset() {
    let logs = ExpressGatewayServiceAwsLogsConfiguration { log_group: text("/shop"), log_stream_prefix: text("web") };
    let mut story = with_container(|container| container.aws_logs_configuration = Some(logs.clone()))
        .where_switch("omitted_container_members_reset", "true");
    story.image("nginx:2");
    story.settles();
    assert_eq!(story.container().aws_logs_configuration, Some(logs));
}
