"""Every exception that UpdateExpressGatewayService is documented to raise, raised, and caught by its class in boto3."""

import pytest

from express import IMAGE, tagged
from model_check import ecs_model

GONE = "arn:aws:ecs:us-east-1:123456789012:service/default/gone"


def access_denied(express, simulator):
    simulator.disturb("UpdateExpressGatewayService", "access-denied")
    return {"serviceArn": express.create()}


def service_not_active(express, simulator):
    del simulator
    arn = express.running()
    express.ecs.delete_express_gateway_service(serviceArn=arn)
    return {"serviceArn": arn}


def server_fault(express, simulator):
    arn = express.create()
    simulator.disturb("UpdateExpressGatewayService", "server-error-before")
    return {"serviceArn": arn}


def invalid_parameter(express, simulator):
    del simulator
    return {"serviceArn": express.create(), "healthCheckPath": "no-slash"}


def client_mistake(express, simulator):
    del simulator
    secret = {"name": "TOKEN", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/token"}
    variable = {"name": "TOKEN", "value": "of the same name"}
    container = {"image": IMAGE, "environment": [variable], "secrets": [secret]}
    return {"serviceArn": express.create(), "primaryContainer": container}


def service_not_found(express, simulator):
    del simulator
    express.create()
    return {"serviceArn": GONE}


def cluster_not_found(express, simulator):
    del express, simulator
    return {"serviceArn": GONE.replace("/default/", "/nowhere/")}


def unsupported_feature(express, simulator):
    arn = express.create()
    simulator.disturb("UpdateExpressGatewayService", "unsupported-feature")
    return {"serviceArn": arn}


STORIES = {
    "AccessDeniedException": access_denied,
    "ServiceNotActiveException": service_not_active,
    "ServerException": server_fault,
    "InvalidParameterException": invalid_parameter,
    "ClientException": client_mistake,
    "ServiceNotFoundException": service_not_found,
    "ClusterNotFoundException": cluster_not_found,
    "UnsupportedFeatureException": unsupported_feature,
}


def test_there_is_a_story_for_each_exception_of_the_model():
    operation = ecs_model().operation_model("UpdateExpressGatewayService")
    assert {shape.name for shape in operation.error_shapes} == set(STORIES)


@pytest.mark.parametrize("name", STORIES)
def test_the_exception_is_raised(ecs, express, simulator, name):
    sent = {"primaryContainer": tagged("2.0"), **STORIES[name](express, simulator)}

    with pytest.raises(getattr(ecs.exceptions, name)) as raised:
        ecs.update_express_gateway_service(**sent)

    assert raised.value.response["Error"]["Message"]
