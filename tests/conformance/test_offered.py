"""Nothing that the simulator offers is left out of these stories. Comes last: it looks back at all others."""

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from model_check import ecs_model
from seen import members

MODEL = ecs_model()

EXPRESS = [name for name in MODEL.operation_names if "ExpressGatewayService" in name]

# ECS refuses it on an Express service, whatever the input: that is its story.
ALWAYS_REFUSED = {"ContinueServiceDeployment"}

# What the model has and ECS leaves out: a create answers before there is a deployment.
LEFT_OUT = {
    "CreateExpressGatewayService": {"service.currentDeployment"},
    "DescribeExpressGatewayService": set(),
    "UpdateExpressGatewayService": set(),
}


def is_offered(client, operation):
    try:
        getattr(client, xform_name(operation))()
    except ClientError as error:
        return error.response["Error"]["Code"] != "UnknownOperationException"
    return True


def test_every_operation_that_is_offered_was_driven_by_a_story(seen_by_all, unchecked_ecs):
    succeeded = {exchange.operation for exchange in seen_by_all.exchanges if exchange.status == 200}
    refused = {exchange.operation for exchange in seen_by_all.exchanges if exchange.status == 400} - succeeded

    offered = {operation for operation in MODEL.operation_names if is_offered(unchecked_ecs, operation)}

    assert offered - succeeded == ALWAYS_REFUSED
    assert refused >= ALWAYS_REFUSED


@pytest.mark.parametrize("name", EXPRESS)
def test_every_parameter_of_an_express_operation_was_sent(seen_by_all, name):
    operation = MODEL.operation_model(name)

    assert members(operation, operation.input_shape) - seen_by_all.sent == set()


@pytest.mark.parametrize("name", LEFT_OUT)
def test_every_member_of_an_express_answer_was_answered(seen_by_all, name):
    operation = MODEL.operation_model(name)

    missing = members(operation, operation.output_shape) - seen_by_all.answered

    assert missing == {f"{name}: {path}" for path in LEFT_OUT[name]}
