"""No operation that the simulator answers is left out of these stories. Comes last: it looks back at all others."""

from botocore import xform_name
from botocore.exceptions import ClientError

from model_check import ecs_model

# ECS refuses these on an Express service, whatever the input: that is their story.
ALWAYS_REFUSED = {"ContinueServiceDeployment", "DeleteService"}


def is_offered(client, operation):
    try:
        getattr(client, xform_name(operation))()
    except ClientError as error:
        return error.response["Error"]["Code"] != "UnknownOperationException"
    return True


def test_every_operation_that_is_offered_was_driven_by_a_story(exchanges, unchecked_ecs):
    succeeded = {exchange.operation for exchange in exchanges if exchange.status == 200}
    refused = {exchange.operation for exchange in exchanges if exchange.status == 400} - succeeded

    offered = {operation for operation in ecs_model().operation_names if is_offered(unchecked_ecs, operation)}

    assert offered - succeeded == ALWAYS_REFUSED
    assert ALWAYS_REFUSED <= refused
