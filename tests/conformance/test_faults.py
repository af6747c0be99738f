"""What goes wrong between boto3 and ECS on request: and what has happened all the same."""

import pytest
from botocore import xform_name
from botocore.exceptions import ConnectionClosedError

from express import minimal, tagged
from model_check import ecs_model

MODEL = ecs_model()

CREATE = "CreateExpressGatewayService"
UPDATE = "UpdateExpressGatewayService"


def test_a_create_whose_answer_is_lost_has_happened(ecs, express, simulator):
    simulator.disturb(CREATE, "answer-lost")

    with pytest.raises(ConnectionClosedError):
        express.create()

    assert len(ecs.list_services()["serviceArns"]) == 1


def test_boto3_trying_again_after_a_lost_answer_is_told_that_the_name_is_in_use(patient_ecs, simulator, seen):
    simulator.disturb(CREATE, "answer-lost")

    with pytest.raises(patient_ecs.exceptions.InvalidParameterException):
        patient_ecs.create_express_gateway_service(**minimal("web"))

    assert [call["operation"] for call in simulator.journal()] == [CREATE, CREATE]
    assert len(seen.exchanges) == 1, "boto3 got one answer only"


@pytest.mark.parametrize(("kind", "happened"), [("server-error-before", 0), ("server-error-after", 1)])
def test_a_fault_of_the_server_can_come_before_or_after_the_effect(ecs, express, simulator, kind, happened):
    ecs.create_cluster()
    simulator.disturb(CREATE, kind)

    with pytest.raises(ecs.exceptions.ServerException):
        express.create()

    assert len(ecs.list_services()["serviceArns"]) == happened


@pytest.mark.parametrize("kind", ["throttle", "access-denied"])
def test_a_refused_update_changes_nothing(ecs, express, simulator, kind):
    arn = express.running()
    simulator.disturb(UPDATE, kind)

    with pytest.raises(ecs.exceptions.ClientError):
        express.update(arn, primaryContainer=tagged("2.0"))

    assert len(express.deployments(arn)) == 1
    express.update(arn, primaryContainer=tagged("2.0"))


def test_a_stale_read_shows_what_was(express, simulator):
    arn = express.running()
    simulator.read_stale(seconds=30)

    express.update(arn, primaryContainer=tagged("2.0"))

    assert "currentDeployment" not in express.describe(arn)
    simulator.advance(31)
    assert "currentDeployment" in express.describe(arn)


def test_the_journal_has_every_call_in_order(express, simulator, seen):
    express.running()

    assert [call["operation"] for call in simulator.journal()] == [exchange.operation for exchange in seen.exchanges]


EXPRESS = [name for name in MODEL.operation_names if "ExpressGatewayService" in name]
LISTED = [(name, shape.name) for name in EXPRESS for shape in MODEL.operation_model(name).error_shapes]


@pytest.mark.parametrize(("operation", "exception"), LISTED)
def test_every_exception_that_an_express_operation_lists_can_be_had_on_request(
    unchecked_ecs, simulator, operation, exception
):
    simulator.disturb(operation, "error", exception=exception)

    with pytest.raises(getattr(unchecked_ecs.exceptions, exception)):
        getattr(unchecked_ecs, xform_name(operation))()
