"""The steps that the stories share: a service is made, time passes, the service is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from botocore.client import BaseClient

from simulator import Simulator

ACCOUNT = "123456789012"
INFRASTRUCTURE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsInfrastructureRoleForExpressServices"
EXECUTION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"
TASK_ROLE = f"arn:aws:iam::{ACCOUNT}:role/webTaskRole"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1.0"

# A value for each member that create and update have in common, but for the task definition that would exclude most.
EVERY_MEMBER = {
    "taskRoleArn": TASK_ROLE,
    "healthCheckPath": "/healthz?full=1",
    "networkConfiguration": {
        "securityGroups": ["sg-0aaaaaaaaaaaaaaaa", "sg-0bbbbbbbbbbbbbbbb"],
        "subnets": ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"],
    },
    "cpu": "512",
    "memory": "1024",
    "cpuArchitecture": "ARM64",
    "scalingTarget": {
        "minTaskCount": 2,
        "maxTaskCount": 6,
        "autoScalingMetric": "REQUEST_COUNT_PER_TARGET",
        "autoScalingTargetValue": 1000,
    },
    "primaryContainer": {
        "image": IMAGE,
        "containerPort": 8080,
        "awsLogsConfiguration": {"logGroup": "/shop/web", "logStreamPrefix": "web"},
        "repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:us-east-1:123456789012:secret:pull"},
        "command": ["serve", "--fast"],
        "environment": [{"name": "LOG", "value": "debug"}, {"name": "EMPTY", "value": ""}],
        "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:token"}],
    },
}

ENDED = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}

Reading = TypeVar("Reading")


def minimal(name: str, **members: Any) -> dict[str, Any]:
    """The input of a create with nothing in it that could be left out, but for `members`."""
    needed = {
        "serviceName": name,
        "infrastructureRoleArn": INFRASTRUCTURE_ROLE,
        "executionRoleArn": EXECUTION_ROLE,
        "primaryContainer": {"image": IMAGE},
    }
    return {**needed, **members}


def tagged(image_tag: str) -> dict[str, Any]:
    """A container with the same image under another tag: the tag decides what becomes of the rollout."""
    return {"image": f"{IMAGE.rpartition(':')[0]}:{image_tag}"}


def same_configuration(read: dict[str, Any], sent: dict[str, Any]) -> bool:
    """Whether what was `sent` is what is `read` back: lists without an order come in any order."""
    for member, value in sent.items():
        assert _sorted(read[member]) == _sorted(value), member
    return True


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: member if name == "command" else _sorted(member) for name, member in value.items()}
    return sorted(value, key=repr) if isinstance(value, list) else value


class Express:
    """One account in one region, as a client sees it, and its clock."""

    def __init__(self, ecs: BaseClient, simulator: Simulator):
        self.ecs = ecs
        self.simulator = simulator

    def create(self, name: str = "web", **members: Any) -> str:
        """A service, just created. Its ARN."""
        return self.ecs.create_express_gateway_service(**minimal(name, **members))["service"]["serviceArn"]

    def running(self, name: str = "web", **members: Any) -> str:
        """A service whose first deployment is over and done. Its ARN."""
        arn = self.create(name, **members)
        assert self.ended(arn)["status"] == "SUCCESSFUL"
        return arn

    def inactive(self, name: str = "web") -> str:
        """A service that was created and deleted, and is INACTIVE. Its ARN."""
        arn = self.create(name)
        self.ecs.delete_express_gateway_service(serviceArn=arn)
        self.until(lambda: self.describe(arn), lambda service: service["status"]["statusCode"] == "INACTIVE")
        return arn

    def describe(self, arn: str) -> dict[str, Any]:
        """The service, with its tags."""
        return self.ecs.describe_express_gateway_service(serviceArn=arn, include=["TAGS"])["service"]

    def update(self, arn: str, **members: Any) -> dict[str, Any]:
        """The configuration that an update of `members` aims for."""
        service = self.ecs.update_express_gateway_service(serviceArn=arn, **members)["service"]
        return service["targetConfiguration"]

    def configuration(self, arn: str) -> dict[str, Any]:
        """The newest active configuration, as soon as it can be read with its endpoint."""
        service = self.until(
            lambda: self.describe(arn),
            lambda service: all(entry.get("ingressPaths") for entry in service.get("activeConfigurations") or [{}]),
            step=1,
        )
        return max(service["activeConfigurations"], key=lambda entry: entry["createdAt"])

    def deployments(self, arn: str) -> list[dict[str, Any]]:
        """All deployments, newest first, in full."""
        listed = self.ecs.list_service_deployments(service=arn, cluster=arn.split("/")[1])["serviceDeployments"]
        arns = [deployment["serviceDeploymentArn"] for deployment in listed]
        found = (
            self.ecs.describe_service_deployments(serviceDeploymentArns=arns) if arns else {"serviceDeployments": []}
        )
        return sorted(found["serviceDeployments"], key=lambda deployment: deployment["createdAt"], reverse=True)

    def deployment(self, arn: str, target: str | None = None) -> dict[str, Any]:
        """The newest deployment (of the revision `target`), or nothing while it cannot be read."""
        found = (entry for entry in self.deployments(arn) if target in {None, entry["targetServiceRevision"]["arn"]})
        return next(found, {})

    def begun(self, arn: str, target: str) -> dict[str, Any]:
        """The deployment of the revision `target`, as soon as it can be read."""
        return self.until(lambda: self.deployment(arn, target), bool, step=1)

    def ended(self, arn: str, target: str | None = None) -> dict[str, Any]:
        """The newest deployment (of the revision `target`), when it is over."""
        return self.until(lambda: self.deployment(arn, target), lambda found: found.get("status") in ENDED, step=60)

    def at_stage(self, arn: str, target: str, stage: str) -> dict[str, Any]:
        """The deployment of the revision `target`, when it has come to `stage`."""
        return self.until(
            lambda: self.deployment(arn, target), lambda found: found.get("lifecycleStage") == stage, step=4
        )

    def until(
        self,
        read: Callable[[], Reading],
        holds: Callable[[Reading], bool],
        *,
        step: float = 15,
        patience: float = 3600,
    ) -> Reading:
        """Lets time pass, `step` simulated seconds at once, until what is read `holds`."""
        waited = 0.0
        while not holds(reading := read()):
            assert waited < patience, f"still so after {patience} simulated seconds: {reading}"
            self.simulator.advance(step)
            waited += step
        return reading
