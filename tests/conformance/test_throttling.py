"""Too many calls are throttled by category, and boto3's own retries get through all the same."""

import pytest


def tagged_often(client, arn, times):
    return [client.tag_resource(resourceArn=arn, tags=[{"key": "count", "value": str(n)}]) for n in range(times)]


def test_the_burst_of_a_bucket_goes_through_and_the_next_call_does_not(ecs, express):
    arn = express.create()

    tagged_often(ecs, arn, 20)

    with pytest.raises(ecs.exceptions.ClientError, match=r"ThrottlingException.*Rate exceeded"):
        tagged_often(ecs, arn, 1)
    ecs.list_tags_for_resource(resourceArn=arn)


def test_a_bucket_fills_again_with_time(ecs, express, simulator):
    arn = express.create()
    tagged_often(ecs, arn, 20)

    simulator.advance(1)

    tagged_often(ecs, arn, 10)
    with pytest.raises(ecs.exceptions.ClientError, match="ThrottlingException"):
        tagged_often(ecs, arn, 1)


@pytest.mark.usefixtures("boto_sleeps_in_simulated_time")
def test_boto3_waits_and_tries_again_when_it_is_throttled(express, patient_ecs, seen):
    arn = express.create()

    answers = tagged_often(patient_ecs, arn, 25)

    assert sum(answer["ResponseMetadata"]["RetryAttempts"] for answer in answers) > 0
    throttled = [
        exchange for exchange in seen.exchanges if exchange.operation == "TagResource" and exchange.status == 400
    ]
    assert throttled and len(answers) == 25


@pytest.mark.usefixtures("boto_sleeps_in_simulated_time")
def test_boto3_tries_again_after_a_fault_of_the_server(express, patient_ecs, simulator, seen):
    arn = express.create()
    simulator.disturb("DescribeExpressGatewayService", "server-error-before", times=2)

    answer = patient_ecs.describe_express_gateway_service(serviceArn=arn)

    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert [exchange.status for exchange in seen.exchanges[-3:]] == [500, 500, 200]
