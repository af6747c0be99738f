"""Whatever has the right types is answered: with what the model allows, never with a fault, and a refusal changes nothing."""

import random

import pytest
from botocore import xform_name
from botocore.model import ListShape, MapShape, StructureShape

from express import EVERY_MEMBER, EXECUTION_ROLE, IMAGE, INFRASTRUCTURE_ROLE, minimal
from model_check import ecs_model

MODEL = ecs_model()

OPERATIONS = [
    "CreateExpressGatewayService",
    "UpdateExpressGatewayService",
    "DescribeExpressGatewayService",
    "DeleteExpressGatewayService",
    "DescribeServices",
    "ListServices",
    "UpdateService",
    "DeleteService",
    "ListServiceDeployments",
    "DescribeServiceDeployments",
    "StopServiceDeployment",
    "ContinueServiceDeployment",
    "DescribeServiceRevisions",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
    "RegisterTaskDefinition",
    "DescribeTaskDefinition",
    "CreateCluster",
    "DescribeClusters",
    "ListTasks",
    "DescribeTasks",
]

NUMBERS = [-(2**31), -1, 0, 1, 2, 3, 80, 100, 256, 65536, 2**31 - 1]

WORDS = [
    "", " ", "a", "web", "default", "/", "/a?b", "256", "512", "1024", "2048", "-1", "99999999999999999999", "0.5 GB", "1 vCPU",
    "arn:", "arn:aws:ecs:us-east-1:123456789012:service/", "arn:aws:ecs:us-east-1:123456789012:service/default/gone",
    "arn:aws:ecs:eu-west-1:123456789012:service/default/web", "ROLLBACK", "TAGS", "Main", "FARGATE", "awsvpc", "tcp",
    INFRASTRUCTURE_ROLE, EXECUTION_ROLE, IMAGE, "web:crash", "@", ":", "é" * 300, "\u0000", "🚢", "x" * 5000,
]  # fmt: skip


def is_plain(shape, value):
    """Whether `value` can go as it is. Structures are taken apart, so that each of their members can go wrong by itself."""
    if isinstance(shape, ListShape):
        return isinstance(value, list) and all(is_plain(shape.member, item) for item in value)
    return type(value) is {"string": str, "integer": int}.get(shape.type_name)


class Input:
    """Makes input of a shape: most members make sense, some of them do not."""

    def __init__(self, seed, sensible):
        self._random = random.Random(seed)
        self._sensible = sensible

    def of(self, shape, name=None):
        sensible = [value for value in self._sensible.get(name, ()) if is_plain(shape, value)]
        if sensible and self._random.random() < 0.95:
            return self._random.choice(sensible)
        if isinstance(shape, StructureShape):
            members = {member: of for member, of in shape.members.items() if self._is_there(shape, member)}
            return {member: self.of(of, member) for member, of in members.items()}
        if isinstance(shape, ListShape):
            return [self.of(shape.member) for _ in range(self._random.choice([0, 1, 1, 2, 21]))]
        if isinstance(shape, MapShape):
            return {self.of(shape.key): self.of(shape.value) for _ in range(self._random.randrange(3))}
        if shape.type_name == "string":
            return self._random.choice(list(getattr(shape, "enum", [])) * 8 + WORDS)
        if shape.type_name == "boolean":
            return self._random.random() < 0.5
        return self._random.choice([0.0, -1.5, 1e9] if shape.type_name in {"double", "timestamp"} else NUMBERS)

    def _is_there(self, shape, member):
        often = member in shape.required_members or member in self._sensible
        return self._random.random() < (0.9 if often else 0.05)


def by_name(value, found):
    """Every member in `value`, at whatever depth, by its name."""
    if isinstance(value, dict):
        for name, member in value.items():
            found.setdefault(name, []).append(member)
            by_name(member, found)
    for item in value if isinstance(value, list) else []:
        by_name(item, found)
    return found


def account_in_use(ecs, express, simulator):
    """A service that has rolled out and one in the middle of it; what they are called by, member by member."""
    running, new = express.running("web", **EVERY_MEMBER), express.create("api")
    definition = {
        "family": "own",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "containerDefinitions": [
            {"name": "Main", "image": IMAGE, "portMappings": [{"name": "http", "containerPort": 80}]}
        ],
    }
    simulator.advance(60)
    deployment = express.deployment(running)
    revision = deployment["targetServiceRevision"]["arn"]
    sensible = by_name([EVERY_MEMBER, minimal("new"), definition], {})
    return sensible | {
        "serviceName": ["web", *(f"new-{number}" for number in range(50))],
        "cluster": ["default"],
        "serviceArn": [running, new],
        "service": ["web", new],
        "services": [["web", new], ["gone"]],
        "resourceArn": [running, new],
        "key": ["team"],
        "tagKeys": [["team"]],
        "serviceDeploymentArn": [deployment["serviceDeploymentArn"], express.deployment(new)["serviceDeploymentArn"]],
        "serviceDeploymentArns": [[deployment["serviceDeploymentArn"]]],
        "serviceRevisionArns": [[revision], [revision, revision]],
        "tasks": [ecs.list_tasks()["taskArns"]],
        "taskDefinition": ["default-web", "default-web:1"],
        "maxResults": [1, 5],
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_any_input_is_answered_by_the_model_and_a_refusal_changes_nothing(unchecked_ecs, express, simulator, name):
    generated = Input(name, account_in_use(unchecked_ecs, express, simulator))
    shape = MODEL.operation_model(name).input_shape
    call = getattr(unchecked_ecs, xform_name(name))
    before = simulator.state()

    for _ in range(50):
        params = generated.of(shape)
        try:
            call(**params)
        except unchecked_ecs.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, params
            assert simulator.state() == before, params
        simulator.advance(1)
        before = simulator.state()
