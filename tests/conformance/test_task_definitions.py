"""A task definition of one's own instead of the container that Express writes."""

import pytest

from express import EXECUTION_ROLE, IMAGE, INFRASTRUCTURE_ROLE, tagged

PORT = {"name": "http", "containerPort": 8080, "protocol": "tcp"}


def definition(**main):
    container = {"name": "Main", "image": IMAGE, "essential": True, "portMappings": [PORT], **main}
    return {
        "family": "web",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "512",
        "memory": "1024",
        "executionRoleArn": EXECUTION_ROLE,
        "containerDefinitions": [container],
    }


def register(ecs, **main):
    return ecs.register_task_definition(**definition(**main))["taskDefinition"]["taskDefinitionArn"]


def create(ecs, **members):
    sent = {"serviceName": "web", "infrastructureRoleArn": INFRASTRUCTURE_ROLE, **members}
    return ecs.create_express_gateway_service(**sent)["service"]["serviceArn"]


def test_revisions_of_a_family_are_counted(ecs):
    first = register(ecs)
    second = register(ecs, image="web:2.0")

    assert (first.rpartition(":")[2], second.rpartition(":")[2]) == ("1", "2")
    newest = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    assert newest["taskDefinitionArn"] == second
    assert ecs.describe_task_definition(taskDefinition="web:1")["taskDefinition"]["taskDefinitionArn"] == first
    assert ecs.describe_task_definition(taskDefinition=second)["taskDefinition"] == newest


def test_what_was_registered_is_read_back(ecs):
    environment = [{"name": "LOG", "value": "debug"}]
    options = {"awslogs-group": "/shop/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}
    logs = {"logDriver": "awslogs", "options": options}

    arn = register(ecs, environment=environment, logConfiguration=logs, command=["serve"])

    found = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])["taskDefinition"]
    [main] = found["containerDefinitions"]
    assert (main["environment"], main["logConfiguration"], main["command"]) == (environment, logs, ["serve"])
    assert (found["cpu"], found["memory"], found["status"]) == ("512", "1024", "ACTIVE")
    assert "FARGATE" in found["compatibilities"]


def test_a_service_runs_from_it(ecs, express):
    arn = register(ecs)

    service = create(ecs, taskDefinitionArn=arn)
    configuration = express.configuration(service)

    assert express.ended(service)["status"] == "SUCCESSFUL"
    assert configuration["taskDefinitionArn"] == arn
    assert (configuration["cpu"], configuration["memory"]) == ("512", "1024")
    assert configuration["primaryContainer"]["image"] == IMAGE
    assert configuration["primaryContainer"]["containerPort"] == 8080


def test_a_service_can_move_to_it_and_on_to_a_managed_one(ecs, express):
    service = express.running()
    own = register(ecs, image="web:2.0")

    target = express.update(service, taskDefinitionArn=own)
    express.ended(service, target["serviceRevisionArn"])
    later = express.update(service, primaryContainer=tagged("3.0"))

    assert target["taskDefinitionArn"] == own
    assert later["taskDefinitionArn"] != own
    assert later["primaryContainer"]["image"].endswith(":3.0")


EXCLUDED = {
    "primaryContainer": {"image": IMAGE},
    "executionRoleArn": EXECUTION_ROLE,
    "taskRoleArn": EXECUTION_ROLE,
    "cpu": "512",
    "memory": "1024",
}


@pytest.mark.parametrize(("member", "value"), EXCLUDED.items(), ids=EXCLUDED)
def test_it_goes_with_nothing_that_it_says_itself(ecs, member, value):
    text = "taskDefinitionArn cannot be provided with primaryContainer, executionRoleArn, taskRoleArn, cpu, or memory."
    with pytest.raises(ecs.exceptions.InvalidParameterException, match=text):
        create(ecs, taskDefinitionArn=register(ecs), **{member: value})


def test_it_goes_with_no_architecture(ecs):
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="cpuArchitecture"):
        create(ecs, taskDefinitionArn=register(ecs), cpuArchitecture="ARM64")


def test_a_managed_definition_keeps_the_sidecars_of_the_one_before_it(ecs, express):
    sidecar = {"name": "proxy", "image": "proxy:1", "essential": False}
    own = definition()
    own["containerDefinitions"].append(sidecar)
    arn = ecs.register_task_definition(**own)["taskDefinition"]["taskDefinitionArn"]
    service = create(ecs, taskDefinitionArn=arn)
    express.ended(service)

    managed = express.update(service, primaryContainer=tagged("2.0"))["taskDefinitionArn"]

    containers = ecs.describe_task_definition(taskDefinition=managed)["taskDefinition"]["containerDefinitions"]
    assert {container["name"]: container["image"].rpartition(":")[2] for container in containers} == {
        "Main": "2.0",
        "proxy": "1",
    }


UNFIT = {
    "another container's name": {"name": "app"},
    "no port": {"portMappings": []},
    "two ports": {"portMappings": [PORT, {**PORT, "name": "admin", "containerPort": 9090}]},
    "udp": {"portMappings": [{**PORT, "protocol": "udp"}]},
}


@pytest.mark.parametrize("main", UNFIT.values(), ids=UNFIT)
def test_it_must_have_one_container_called_main_with_one_tcp_port(ecs, main):
    text = "Task definition must contain a container named 'Main' with a single TCP port mapping."
    with pytest.raises(ecs.exceptions.InvalidParameterException, match=text):
        create(ecs, taskDefinitionArn=register(ecs, **main))


def test_it_must_be_there(ecs):
    missing = register(ecs).replace("web:1", "web:9")

    with pytest.raises((ecs.exceptions.InvalidParameterException, ecs.exceptions.ClientException)):
        create(ecs, taskDefinitionArn=missing)
    with pytest.raises(ecs.exceptions.ClientException, match="Unable to describe task definition"):
        ecs.describe_task_definition(taskDefinition=missing)
    assert ecs.describe_clusters()["clusters"] == [], "a refused create makes no cluster either"


UNREADABLE = {
    "no family": {"family": ""},
    "no containers": {"containerDefinitions": []},
    "a size that Fargate does not have": {"cpu": "512", "memory": "513"},
}


@pytest.mark.parametrize("members", UNREADABLE.values(), ids=UNREADABLE)
def test_a_task_definition_that_makes_no_sense_is_refused(ecs, members):
    with pytest.raises((ecs.exceptions.ClientException, ecs.exceptions.InvalidParameterException)):
        ecs.register_task_definition(**{**definition(), **members})
