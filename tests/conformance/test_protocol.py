"""What is no proper call gets one of the protocol's own errors, and the simulator goes on."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from model_check import CONTENT_TYPE

PREFIX = "AmazonEC2ContainerServiceV20141113"
CREATE = f"{PREFIX}.CreateExpressGatewayService"


def post(simulator, body, target=CREATE, method="POST"):
    """The answer to a request as nobody's SDK would send it: HTTP status, and the error's name."""
    connection = HTTPConnection(urlsplit(simulator.url).netloc, timeout=30)
    headers = {"Content-Type": CONTENT_TYPE, **({"X-Amz-Target": target} if target else {})}
    try:
        connection.request(method, "/", body=body, headers=headers)
        answer = connection.getresponse()
        content = json.loads(answer.read())
    finally:
        connection.close()
    assert answer.headers["Content-Type"] == CONTENT_TYPE
    assert content["message"]
    return answer.status, content["__type"].rpartition("#")[2]


MALFORMED = {
    "no JSON": b"{",
    "nothing": b"",
    "a list": b"[]",
    "a word": b'"create"',
    "not UTF-8": b'{"serviceName": "\xff"}',
    "a number for a text": b'{"serviceName": 7}',
    "a text for a number": b'{"primaryContainer": {"image": "web:1", "containerPort": "80"}}',
    "a number with a fraction": b'{"primaryContainer": {"image": "web:1", "containerPort": 80.5}}',
    "a number beyond 32 bits": b'{"primaryContainer": {"image": "web:1", "containerPort": 99999999999}}',
    "a text for a structure": b'{"primaryContainer": "web:1"}',
    "a list for a structure": b'{"primaryContainer": ["web:1"]}',
    "a structure for a list": b'{"tags": {"team": "shop"}}',
    "a thousand lists inside each other": b"[" * 1000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_is_a_serialization_error_and_changes_nothing(simulator, ecs, body):
    assert post(simulator, body) == (400, "SerializationException")
    assert ecs.describe_clusters()["clusters"] == []


@pytest.mark.parametrize(
    "target",
    [f"{PREFIX}.CreateTeapot", f"{PREFIX}.", "CreateExpressGatewayService", "DynamoDB_20120810.ListTables", ""],
)
def test_an_operation_that_does_not_exist_is_unknown(simulator, target):
    assert post(simulator, b"{}", target) == (400, "UnknownOperationException")


def test_an_operation_that_the_simulator_does_not_offer_is_an_exception_in_boto3(ecs):
    with pytest.raises(ecs.exceptions.ClientError, match="UnknownOperationException"):
        ecs.list_attributes(targetType="container-instance")


def test_members_that_nobody_knows_are_ignored(simulator, ecs):
    status, _ = post(simulator, b'{"serviceName": "web", "colour": "green"}')

    assert status == 400, "refused for what is missing, not for what is too much"
    assert ecs.create_cluster(clusterName="shop")["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_very_long_name_is_refused_and_does_no_harm(unchecked_ecs):
    with pytest.raises(unchecked_ecs.exceptions.ClientError):
        unchecked_ecs.describe_express_gateway_service(serviceArn="arn:" + "x" * 200_000)

    assert unchecked_ecs.describe_clusters()["clusters"] == []


def test_each_answer_has_a_request_id_of_its_own(ecs):
    ids = {ecs.describe_clusters()["ResponseMetadata"]["RequestId"] for _ in range(5)}
    assert len(ids) == 5


def test_nobody_can_reach_the_simulator_by_another_method(simulator):
    connection = HTTPConnection(urlsplit(simulator.url).netloc, timeout=30)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()
    assert 400 <= status < 500
