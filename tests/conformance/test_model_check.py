"""The model check can fail: each kind of wrong answer is told, and a right one is not."""

import json

import pytest

from model_check import CONTENT_TYPE, ModelCheck, ecs_model

MODEL = ecs_model()
CHECK = ModelCheck()

TIME = 1763596800.25
SERVICE = {
    "serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/default/web",
    "status": {"statusCode": "ACTIVE"},
    "activeConfigurations": [
        {
            "primaryContainer": {"image": "web:1", "containerPort": 80, "command": []},
            "ingressPaths": [{"accessType": "PUBLIC", "endpoint": "we-0.ecs.us-east-1.on.aws"}],
        }
    ],
    "createdAt": TIME,
}


def findings(operation, content, status=200, content_type=CONTENT_TYPE):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return CHECK.answer(MODEL.operation_model(operation), status, {"Content-Type": content_type}, body)


def described(**changed):
    return findings("DescribeExpressGatewayService", {"service": {**SERVICE, **changed}})


def deployment(**members):
    return findings("DescribeServiceDeployments", {"serviceDeployments": [members], "failures": []})


def revision(**resources):
    members = {"serviceRevisions": [{"ecsManagedResources": resources}]}
    return findings("DescribeServiceRevisions", members)


def error(status, **members):
    return findings("UpdateExpressGatewayService", members, status)


def test_a_right_answer_has_no_findings():
    assert described() == []
    assert findings("DescribeServices", {"services": [], "failures": []}) == []
    assert findings("TagResource", {}) == []
    assert deployment(lifecycleStage="BAKE_TIME", targetServiceRevision={"requestedProductionTrafficWeight": 5.0}) == []
    assert error(400, __type="ServiceNotFoundException", message="Service not found.") == []
    assert error(400, __type="com.amazonaws.ecs#ServiceNotFoundException", message="Service not found.") == []
    assert error(500, __type="ServerException", message="Service unavailable.") == []
    assert error(400, __type="ThrottlingException", message="Rate exceeded") == []


WRONG_MEMBERS = {
    "a member the model does not have": (
        {"taskDefinition": "x"},
        ".taskDefinition: ECSExpressGatewayService has no such",
    ),
    "a string for a structure": ({"status": "ACTIVE"}, ".status: 'ACTIVE' is not of type structure"),
    "a structure for a list": ({"activeConfigurations": {}}, ".activeConfigurations: {} is not of type list"),
    "a null": ({"currentDeployment": None}, ".currentDeployment: null"),
    "a value outside the enum": (
        {"status": {"statusCode": "CREATING"}},
        "ExpressGatewayServiceStatusCode has no value 'CREATING'",
    ),
    "a date as text": (
        {"createdAt": "2025-11-20T00:00:00Z"},
        ".createdAt: '2025-11-20T00:00:00Z' is not of type timestamp",
    ),
    "a date in milliseconds": ({"createdAt": TIME * 1000}, "no time in seconds"),
    "a number for a string": ({"serviceArn": 7}, ".serviceArn: 7 is not of type string"),
    "an empty tag key": (
        {"tags": [{"key": "", "value": ""}]},
        ".tags[0].key: the length of '' is below TagKey's least",
    ),
}


@pytest.mark.parametrize(("changed", "told"), WRONG_MEMBERS.values(), ids=WRONG_MEMBERS)
def test_a_wrong_member_is_told(changed, told):
    found = described(**changed)
    assert len(found) == 1 and told in found[0]


def test_a_wrong_member_deep_inside_is_told_with_its_place():
    container = {"image": "web:1", "containerPort": "80", "environment": [{"name": "A", "valueFrom": "b"}]}
    found = described(activeConfigurations=[{"primaryContainer": container}])
    place = "DescribeExpressGatewayService.service.activeConfigurations[0].primaryContainer"
    assert found == [
        f"{place}.containerPort: '80' is not of type integer",
        f"{place}.environment[0].valueFrom: KeyValuePair has no such member",
    ]


def test_what_is_required_and_missing_is_told():
    found = revision(metricAlarms=[{"arn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"}])
    assert [line.partition(": ")[2] for line in found] == [
        "required by ManagedMetricAlarm, and not there",
        "required by ManagedMetricAlarm, and not there",
    ]


@pytest.mark.parametrize("value", [True, 1.5, 2**31, "1"])
def test_what_is_no_integer_of_32_bits_is_told(value):
    assert "is not of type integer" in deployment(targetServiceRevision={"runningTaskCount": value})[0]


@pytest.mark.parametrize(
    ("member", "value"), [("enableExecuteCommand", 1), ("createdAt", True), ("desiredCount", False)]
)
def test_a_flag_and_a_number_are_not_the_same(member, value):
    found = findings("UpdateService", {"service": {member: value}})
    assert len(found) == 1 and "is not of type" in found[0]


def test_map_values_are_looked_at():
    options = {"logDriver": "awslogs", "options": {"mode": True}}
    found = findings(
        "DescribeTaskDefinition", {"taskDefinition": {"containerDefinitions": [{"logConfiguration": options}]}}
    )
    assert len(found) == 1 and "options['mode']: True is not of type string" in found[0]


def test_the_stage_that_only_the_doc_string_lists_is_a_quirk_and_no_other_stage_is():
    assert deployment(lifecycleStage="PRE_PRODUCTION_TRAFFIC_SHIFT") == []
    assert "has no value" in deployment(lifecycleStage="CANARY")[0]
    by_the_enum = ModelCheck()
    by_the_enum.hold_to_the_enum()
    body = json.dumps({"serviceDeployments": [{"lifecycleStage": "PRE_PRODUCTION_TRAFFIC_SHIFT"}]}).encode()
    operation = MODEL.operation_model("DescribeServiceDeployments")
    assert "has no value" in by_the_enum.answer(operation, 200, {"Content-Type": CONTENT_TYPE}, body)[0]


WRONG_BODIES = {
    "not JSON": (b"<html>", "the body is not JSON"),
    "nothing at all": (b"", "the body is not JSON"),
    "NaN": (b'{"tags": [NaN]}', "NaN is not a number in JSON"),
    "a member twice": (b'{"tags": [], "tags": []}', "a member is there twice"),
    "a list": (b"[]", "[] is not of type structure"),
}


@pytest.mark.parametrize(("body", "told"), WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_a_body_of_the_wrong_kind_is_told(body, told):
    found = findings("ListTagsForResource", body)
    assert len(found) == 1 and told in found[0]


def test_the_wrong_content_type_is_told():
    found = findings("ListTagsForResource", {"tags": []}, content_type="application/json")
    assert found == ["Content-Type is 'application/json', not 'application/x-amz-json-1.1'"]


WRONG_ERRORS = {
    "an exception the operation does not list": (
        (400, {"__type": "ResourceNotFoundException", "message": "no"}),
        "UpdateExpressGatewayService does not list ResourceNotFoundException",
    ),
    "a fault as the caller's mistake": (
        (400, {"__type": "ServerException", "message": "no"}),
        "HTTP 400 for ServerException",
    ),
    "a mistake as a fault": ((500, {"__type": "ClientException", "message": "no"}), "HTTP 500 for ClientException"),
    "an error without a name": ((400, {"message": "no"}), "HTTP 400 without a __type"),
    "an error without a text": ((400, {"__type": "ClientException"}), "no message for a person"),
    "a member the exception does not have": (
        (400, {"__type": "ClientException", "message": "no", "field": "cpu"}),
        "ClientException has no such member",
    ),
}


@pytest.mark.parametrize(("answer", "told"), WRONG_ERRORS.values(), ids=WRONG_ERRORS)
def test_a_wrong_error_is_told(answer, told):
    status, members = answer
    found = error(status, **members)
    assert len(found) == 1 and told in found[0]
