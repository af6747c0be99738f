//! taskDefinitionArn, cpuArchitecture, and the task definitions behind them.
use crate::given::*;
use express_simulator::model::ErrorKind;
use express_simulator::wire::*;

fn main_container() -> ContainerDefinition {
    let port =
        PortMapping { container_port: Some(8080), protocol: text("tcp"), name: text("http"), ..Default::default() };
    ContainerDefinition {
        name: text("Main"),
        image: text("shop:1"),
        port_mappings: Some(vec![port]),
        ..Default::default()
    }
}

fn definition(containers: Vec<ContainerDefinition>) -> RegisterTaskDefinitionRequest {
    RegisterTaskDefinitionRequest {
        family: text("own"),
        container_definitions: Some(containers),
        requires_compatibilities: strings(&["FARGATE"]),
        network_mode: text("awsvpc"),
        cpu: text("512"),
        memory: text("1024"),
        execution_role_arn: text(EXECUTION_ROLE),
        ..Default::default()
    }
}

fn own(arn: &str) -> CreateExpressGatewayServiceRequest {
    CreateExpressGatewayServiceRequest {
        execution_role_arn: None,
        primary_container: None,
        task_definition_arn: text(arn),
        ..web("")
    }
}

fn registered(story: &mut Story, containers: Vec<ContainerDefinition>) -> String {
    story.register(definition(containers)).unwrap().task_definition.unwrap().task_definition_arn.unwrap()
}

/// A service can use a task definition of the caller's own.
/// [M] botocore ECS model: CreateExpressGatewayServiceRequest
#[test]
fn a_service_can_use_its_own_task_definition() {
    let mut story = Story::begins();
    let arn = registered(&mut story, vec![main_container()]);
    story.create(own(&arn)).unwrap();
    story.settles();
    let configuration = story.configuration();
    assert_eq!(configuration.task_definition_arn, Some(arn));
    assert_eq!(configuration.cpu.as_deref(), Some("512"));
    assert_eq!(configuration.cpu_architecture, None, "not returned when the definition does not say");
    let container = configuration.primary_container.unwrap();
    assert_eq!((container.image.as_deref(), container.container_port), (Some("shop:1"), Some(8080)));
}

/// taskDefinitionArn excludes the members that a task definition has.
/// [D] developer guide: express-service-troubleshooting
#[test]
fn a_task_definition_excludes_the_container_members() {
    let mut story = Story::begins();
    let arn = registered(&mut story, vec![main_container()]);
    let message =
        "taskDefinitionArn cannot be provided with primaryContainer, executionRoleArn, taskRoleArn, cpu, or memory.";
    let both = CreateExpressGatewayServiceRequest { cpu: text("512"), ..own(&arn) };
    refused(story.create(both), ErrorKind::InvalidParameter, message);
    let both = CreateExpressGatewayServiceRequest { task_definition_arn: text(&arn), ..web("nginx:1") };
    refused(story.create(both), ErrorKind::InvalidParameter, message);
    let both = CreateExpressGatewayServiceRequest { cpu_architecture: text("ARM64"), ..own(&arn) };
    refused_about(story.create(both), ErrorKind::InvalidParameter, "cpuArchitecture");
}

/// The task definition needs a container Main with one named TCP port, and FARGATE.
/// [D] developer guide: express-service-troubleshooting
#[test]
fn a_task_definition_needs_main_with_one_port() {
    let message = "Task definition must contain a container named 'Main' with a single TCP port mapping.";
    let named = |name: &str| ContainerDefinition { name: text(name), ..main_container() };
    let ports = |count| ContainerDefinition {
        port_mappings: Some(vec![main_container().port_mappings.unwrap()[0].clone(); count]),
        ..main_container()
    };
    for container in [named("app"), ports(0), ports(2)] {
        let mut story = Story::begins();
        let arn = registered(&mut story, vec![container]);
        refused(story.create(own(&arn)), ErrorKind::InvalidParameter, message);
    }
    let mut story = Story::begins();
    let ec2 = RegisterTaskDefinitionRequest {
        requires_compatibilities: strings(&["EC2"]),
        ..definition(vec![main_container()])
    };
    let arn = story.register(ec2).unwrap().task_definition.unwrap().task_definition_arn.unwrap();
    refused_about(story.create(own(&arn)), ErrorKind::InvalidParameter, "FARGATE");
}

/// A later primaryContainer makes a managed definition from it, and keeps the sidecars.
/// [D] developer guide: express-service-update-full
#[test]
fn a_later_container_keeps_the_sidecars() {
    let mut story = Story::begins();
    let sidecar = ContainerDefinition { name: text("proxy"), image: text("envoy:1"), ..Default::default() };
    let arn = registered(&mut story, vec![main_container(), sidecar]);
    story.create(own(&arn)).unwrap();
    story.settles();
    story.image("shop:2");
    story.settles();
    let managed = story.configuration().task_definition_arn;
    assert!(managed.as_ref().unwrap().ends_with("task-definition/default-web:1"));
    let request = DescribeTaskDefinitionRequest { task_definition: managed, include: None };
    let containers =
        story.describe_task_definition(request).unwrap().task_definition.unwrap().container_definitions.unwrap();
    let images: Vec<_> = containers.iter().map(|container| container.image.as_deref().unwrap()).collect();
    assert_eq!(images, ["shop:2", "envoy:1"]);
}

/// The managed family is `<cluster>-<service>`.
/// [O] ecspresso#905
#[test]
fn the_managed_family_is_cluster_and_service() {
    let arn = Story::begins().where_web_runs().configuration().task_definition_arn.unwrap();
    assert!(arn.ends_with(":task-definition/default-web:1"));
}

/// The managed container is Main: essential, tcp, an init process, 30 seconds to stop, awslogs that do not block.
/// [D] developer guide: express-service-work
#[test]
fn the_managed_container_is_main() {
    let mut story = Story::begins().where_web_runs();
    let request = DescribeTaskDefinitionRequest { task_definition: text("default-web"), include: None };
    let definition = story.describe_task_definition(request).unwrap().task_definition.unwrap();
    let main = &definition.container_definitions.unwrap()[0];
    assert_eq!((main.name.as_deref(), main.essential, main.stop_timeout), (Some("Main"), Some(true), Some(30)));
    assert_eq!(main.linux_parameters.as_ref().unwrap().init_process_enabled, Some(true));
    let options = main.log_configuration.as_ref().unwrap().options.as_ref().unwrap();
    assert_eq!((options["mode"].as_str(), options["max-buffer-size"].as_str()), ("non-blocking", "25m"));
}

/// A change of cpuArchitecture makes a deployment; without it, an update keeps the architecture.
/// [M] botocore ECS model: UpdateExpressGatewayServiceRequest
#[test]
fn the_architecture_is_kept_until_it_is_changed() {
    let mut story = Story::begins().where_web_runs();
    story.update(UpdateExpressGatewayServiceRequest { cpu_architecture: text("ARM64"), ..change() }).unwrap();
    assert_eq!(story.deployments().len(), 2);
    story.settles();
    story.image("nginx:2");
    story.settles();
    assert_eq!(story.configuration().cpu_architecture.as_deref(), Some("ARM64"));
}

/// An image for the other architecture runs there, and ServiceRevision.overrides says so (architecture_is_detected,
/// detected_architecture_reads_back).
/// [M] botocore ECS model: ServiceRevision.overrides
#[test]
fn a_mismatched_architecture_is_detected() {
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2-arm64");
    story.settles();
    assert_eq!(story.configuration().cpu_architecture.as_deref(), Some("ARM64"));
    let request = DescribeServiceRevisionsRequest {
        service_revision_arns: story.configuration().service_revision_arn.map(|arn| vec![arn]),
    };
    let overrides = story.describe_revisions(request).unwrap().service_revisions.unwrap()[0].overrides.clone();
    assert_eq!(overrides.unwrap().runtime_platform.unwrap().cpu_architecture.as_deref(), Some("ARM64"));
    let mut as_sent = story.where_switch("detected_architecture_reads_back", "false");
    assert_eq!(as_sent.configuration().cpu_architecture.as_deref(), Some("X86_64"));
    let mut old = Story::begins().where_web_runs().where_switch("architecture_is_detected", "false");
    old.image("nginx:2-arm64");
    old.settles();
    assert_eq!(old.newest_deployment().status.as_deref(), Some("ROLLBACK_SUCCESSFUL"));
}

/// UpdateService works for taskDefinition, and a later Express update keeps what was added by it.
/// [D] developer guide: express-service-advanced-customization
#[test]
fn out_of_band_changes_survive_an_express_update() {
    let mut story = Story::begins().where_web_runs();
    let sidecar = ContainerDefinition { name: text("proxy"), image: text("envoy:1"), ..Default::default() };
    let arn = registered(&mut story, vec![main_container(), sidecar]);
    let request = UpdateServiceRequest { service: text("web"), task_definition: text(&arn), ..Default::default() };
    story.update_service(request).unwrap();
    story.settles();
    assert_eq!(story.configuration().task_definition_arn, Some(arn));
    story.image("nginx:3");
    story.settles();
    let request =
        DescribeTaskDefinitionRequest { task_definition: story.configuration().task_definition_arn, include: None };
    let definition = story.describe_task_definition(request).unwrap().task_definition.unwrap();
    assert_eq!(definition.container_definitions.unwrap().len(), 2);
}

/// What the model's enums and required members refuse in a task definition, ECS refuses.
/// [M] botocore ECS model: RegisterTaskDefinitionRequest
#[test]
fn a_bad_task_definition_is_refused() {
    let port = PortMapping { protocol: text("sctp"), ..main_container().port_mappings.unwrap()[0].clone() };
    let logs = LogConfiguration { log_driver: text("paper"), options: None };
    let secret = Secret { name: text("A"), value_from: None };
    let bad = [
        (ContainerDefinition { port_mappings: Some(vec![port]), ..main_container() }, "protocol"),
        (ContainerDefinition { log_configuration: Some(logs), ..main_container() }, "logDriver"),
        (ContainerDefinition { secrets: Some(vec![secret]), ..main_container() }, "secrets.valueFrom"),
        (
            ContainerDefinition { repository_credentials: Some(RepositoryCredentials::default()), ..main_container() },
            "credentialsParameter",
        ),
    ];
    for (container, words) in bad {
        refused_about(Story::begins().register(definition(vec![container])), ErrorKind::InvalidParameter, words);
    }
    let mode =
        RegisterTaskDefinitionRequest { network_mode: text("carrier-pigeon"), ..definition(vec![main_container()]) };
    refused_about(Story::begins().register(mode), ErrorKind::InvalidParameter, "networkMode");
}

/// What the caller's own task definition says of the container is shown by the service: command, variables, secrets, logs.
/// [I] ExpressGatewayContainer is shown of every service
#[test]
fn what_a_task_definition_says_of_the_container_is_shown() {
    let mut story = Story::without_quirks();
    let secret = Secret { name: text("PASSWORD"), value_from: text("arn:aws:ssm:us-east-1:1:parameter/p") };
    let nothing = KeyValuePair { name: text("EMPTY"), value: None };
    let container = ContainerDefinition {
        environment: Some([variables(&[("A", "1")]), vec![nothing]].concat()),
        secrets: Some(vec![secret.clone()]),
        command: strings(&["serve"]),
        ..main_container()
    };
    let arn = registered(&mut story, vec![container]);
    story.create(own(&arn)).unwrap();
    story.settles();
    let shown = story.container();
    assert_eq!(shown.environment, Some(variables(&[("A", "1"), ("EMPTY", "")])));
    assert_eq!((shown.secrets, shown.command), (Some(vec![secret]), strings(&["serve"])));
}

/// taskDefinitionArn is refused with each member that it has, also in an update.
/// [D] developer guide: express-service-troubleshooting
#[test]
fn each_member_excludes_a_task_definition() {
    let mut story = Story::begins();
    let arn = registered(&mut story, vec![main_container()]);
    story.create(own(&arn)).unwrap();
    story.settles();
    let own = || UpdateExpressGatewayServiceRequest { task_definition_arn: Some(arn.clone()), ..change() };
    for request in [
        own().image("nginx:1"),
        UpdateExpressGatewayServiceRequest { execution_role_arn: text(EXECUTION_ROLE), ..own() },
        UpdateExpressGatewayServiceRequest { task_role_arn: text(EXECUTION_ROLE), ..own() },
        UpdateExpressGatewayServiceRequest { cpu: text("512"), ..own() },
        UpdateExpressGatewayServiceRequest { memory: text("1024"), ..own() },
    ] {
        let words = "taskDefinitionArn cannot be provided with primaryContainer";
        refused_about(story.update(request), ErrorKind::InvalidParameter, words);
    }
    let architecture = UpdateExpressGatewayServiceRequest { cpu_architecture: text("ARM64"), ..own() };
    refused_about(story.update(architecture), ErrorKind::InvalidParameter, "with cpuArchitecture");
}

/// The port of the container Main has a name, and its protocol is tcp when it is not said.
/// [D] developer guide: express-service-troubleshooting
#[test]
fn the_port_of_main_is_tcp_and_has_a_name() {
    let port = |protocol: Option<&str>, name: Option<&str>| ContainerDefinition {
        port_mappings: Some(vec![PortMapping {
            container_port: Some(80),
            protocol: protocol.map(str::to_owned),
            name: name.map(str::to_owned),
            ..Default::default()
        }]),
        ..main_container()
    };
    let create = |container| {
        let mut story = Story::begins();
        let arn = registered(&mut story, vec![container]);
        story.create(own(&arn)).map(drop)
    };
    create(port(None, Some("http"))).unwrap();
    create(port(Some("tcp"), Some("http"))).unwrap();
    for refused in [port(Some("udp"), Some("http")), port(Some("tcp"), None)] {
        refused_about(create(refused), ErrorKind::InvalidParameter, "a single TCP port mapping");
    }
}

/// What is registered for Fargate has a size that Fargate has.
/// [M] botocore ECS model: RegisterTaskDefinitionRequest
#[test]
fn what_is_for_fargate_has_its_sizes() {
    let mut story = Story::begins();
    let odd = |compatibility| RegisterTaskDefinitionRequest {
        memory: text("512"),
        requires_compatibilities: strings(&[compatibility]),
        ..definition(vec![main_container()])
    };
    assert!(story.register(odd("FARGATE")).is_err());
    story.register(odd("EC2")).unwrap();
}

/// The task definition that Express makes has what the container says.
/// [I] the tasks run what the container says, and they are made of the task definition
#[test]
fn the_managed_task_definition_shows_the_container() {
    let mut story = Story::begins();
    let mut request = web("nginx:1");
    let container = request.primary_container.as_mut().unwrap();
    container.container_port = Some(8080);
    container.command = strings(&["serve"]);
    container.environment = Some(variables(&[("A", "1")]));
    let secret = Secret { name: text("PASSWORD"), value_from: text("arn:aws:ssm:us-east-1:1:parameter/p") };
    container.secrets = Some(vec![secret.clone()]);
    let parameter = text("arn:aws:secretsmanager:us-east-1:123456789012:secret:registry");
    container.repository_credentials =
        Some(ExpressGatewayRepositoryCredentials { credentials_parameter: parameter.clone() });
    story.create(request).unwrap();
    story.settles();
    let task_definition = story.configuration().task_definition_arn;
    let request = DescribeTaskDefinitionRequest { task_definition, include: None };
    let shown = story.describe_task_definition(request).unwrap().task_definition.unwrap();
    let main = shown.container_definitions.unwrap().remove(0);
    let port = main.port_mappings.unwrap().remove(0);
    assert_eq!((port.container_port, port.protocol.as_deref()), (Some(8080), Some("tcp")));
    assert_eq!(main.repository_credentials.unwrap().credentials_parameter, parameter);
    assert_eq!((main.command, main.environment), (strings(&["serve"]), Some(variables(&[("A", "1")]))));
    assert_eq!(main.secrets, Some(vec![secret]));
}
