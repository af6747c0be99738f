"""A service is deleted: it drains, it is INACTIVE, and one day it is gone."""

import pytest
from botocore.exceptions import ClientError

from express import tagged


def status(service):
    return service["status"]["statusCode"]


def test_a_deleted_service_drains_and_then_is_inactive(ecs, express):
    arn = express.running()

    answered = ecs.delete_express_gateway_service(serviceArn=arn)["service"]
    seen = []
    express.until(lambda: express.describe(arn), lambda service: seen.append(status(service)) or seen[-1] == "INACTIVE")

    assert status(answered) == "DRAINING"
    assert set(seen) == {"DRAINING", "INACTIVE"}


def test_an_inactive_service_is_forgotten_after_a_while(ecs, express):
    arn = express.inactive()

    with pytest.raises(ecs.exceptions.ResourceNotFoundException, match="Resource not found"):
        express.until(lambda: express.describe(arn), lambda service: False, step=600, patience=86400)


def test_a_second_delete_is_told_how_far_the_first_one_is(ecs, express):
    arn = express.running()
    ecs.delete_express_gateway_service(serviceArn=arn)

    with pytest.raises(ecs.exceptions.ServiceNotActiveException, match="Service is in DRAINING status"):
        ecs.delete_express_gateway_service(serviceArn=arn)
    express.until(lambda: express.describe(arn), lambda service: status(service) == "INACTIVE")
    with pytest.raises(
        ecs.exceptions.ServiceNotActiveException, match="Cannot perform this operation on a service in INACTIVE status"
    ):
        ecs.delete_express_gateway_service(serviceArn=arn)


def test_a_service_can_be_deleted_in_the_middle_of_a_rollout(ecs, express):
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    express.at_stage(arn, target, "BAKE_TIME")

    ecs.delete_express_gateway_service(serviceArn=arn)

    express.until(lambda: express.describe(arn), lambda service: status(service) == "INACTIVE")


def test_what_was_never_there_cannot_be_described_or_deleted(ecs, express):
    gone = express.create().replace("/web", "/gone")

    with pytest.raises(ecs.exceptions.ResourceNotFoundException):
        ecs.describe_express_gateway_service(serviceArn=gone)
    with pytest.raises(ecs.exceptions.ServiceNotFoundException):
        ecs.delete_express_gateway_service(serviceArn=gone)


def test_a_service_is_named_by_its_arn_only(ecs, express):
    express.create()

    with pytest.raises(ClientError) as raised:
        ecs.describe_express_gateway_service(serviceArn="web")

    assert raised.value.response["Error"]["Code"] in {"InvalidParameterException", "ResourceNotFoundException"}


def test_the_classic_delete_is_refused_for_an_express_service(ecs, express):
    arn = express.running()

    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.delete_service(service=arn, force=True)

    assert status(express.describe(arn)) == "ACTIVE"


def test_the_default_log_group_has_another_name_after_a_recreate(express):
    express.inactive()
    arn = express.create()
    first = express.configuration(arn)["primaryContainer"]["awsLogsConfiguration"]["logGroup"]
    express.ecs.delete_express_gateway_service(serviceArn=arn)
    express.until(lambda: express.describe(arn), lambda service: status(service) == "INACTIVE")

    again = express.configuration(express.create())["primaryContainer"]["awsLogsConfiguration"]["logGroup"]

    assert again != first
