"""A service is updated: what is sent is merged into what is there, and becomes a new revision."""

import pytest

from express import EVERY_MEMBER, IMAGE, TASK_ROLE, same_configuration, tagged


def test_an_update_answers_with_the_configuration_it_aims_for(ecs, express):
    arn = express.running()

    service = ecs.update_express_gateway_service(serviceArn=arn, healthCheckPath="/healthz")["service"]

    assert service["serviceArn"] == arn
    assert service["status"]["statusCode"] == "ACTIVE"
    assert service["targetConfiguration"]["healthCheckPath"] == "/healthz"
    assert express.begun(arn, service["targetConfiguration"]["serviceRevisionArn"])["status"] == "PENDING"


def test_every_member_can_be_changed(express):
    arn = express.running()
    sent = {**EVERY_MEMBER, "executionRoleArn": "arn:aws:iam::123456789012:role/anotherExecutionRole"}

    target = express.update(arn, **sent)
    express.ended(arn, target["serviceRevisionArn"])

    assert same_configuration(target, sent)
    assert same_configuration(express.configuration(arn), sent)


def test_members_that_are_left_out_are_kept(express):
    arn = express.running(taskRoleArn=TASK_ROLE, cpu="512", memory="1024", scalingTarget={"maxTaskCount": 7})

    target = express.update(arn, primaryContainer=tagged("2.0"))

    assert target["primaryContainer"]["image"].endswith(":2.0")
    assert (target["taskRoleArn"], target["cpu"], target["memory"]) == (TASK_ROLE, "512", "1024")
    assert target["scalingTarget"]["maxTaskCount"] == 7


def test_a_part_of_the_scaling_is_merged_into_the_rest_of_it(express):
    arn = express.running(scalingTarget={"minTaskCount": 2, "maxTaskCount": 4, "autoScalingMetric": "AVERAGE_MEMORY"})

    target = express.update(arn, scalingTarget={"maxTaskCount": 9})

    assert target["scalingTarget"] == {
        "minTaskCount": 2,
        "maxTaskCount": 9,
        "autoScalingMetric": "AVERAGE_MEMORY",
        "autoScalingTargetValue": 60,
    }


def test_an_empty_list_clears_and_an_absent_list_is_kept(express):
    container = {"image": IMAGE, "environment": [{"name": "A", "value": "1"}], "command": ["serve"]}
    arn = express.running(primaryContainer=container)

    kept = express.update(arn, primaryContainer={"image": IMAGE})["primaryContainer"]
    cleared = express.update(arn, primaryContainer={"image": IMAGE, "environment": [], "command": []})[
        "primaryContainer"
    ]

    assert kept["environment"] == [{"name": "A", "value": "1"}] and kept["command"] == ["serve"]
    assert not cleared.get("environment") and not cleared.get("command")


def test_a_list_that_is_sent_replaces_the_whole_list(express):
    container = {"image": IMAGE, "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    arn = express.running(primaryContainer=container)

    target = express.update(arn, primaryContainer={"image": IMAGE, "environment": [{"name": "C", "value": "3"}]})

    assert target["primaryContainer"]["environment"] == [{"name": "C", "value": "3"}]


def test_cpu_alone_is_held_against_the_memory_that_is_there(ecs, express):
    arn = express.running(cpu="256", memory="512")

    with pytest.raises(ecs.exceptions.InvalidParameterException):
        express.update(arn, cpu="4096")

    assert express.configuration(arn)["cpu"] == "256"


def test_an_update_that_changes_nothing_is_a_rollout_like_any_other(express):
    arn = express.running()

    target = express.update(arn, primaryContainer={"image": IMAGE})["serviceRevisionArn"]

    assert express.begun(arn, target)["status"] == "PENDING"


def test_the_switch_makes_it_no_rollout(express, simulator):
    simulator.switch("noop_update_creates_deployment", "false")
    arn = express.running()

    express.update(arn, primaryContainer={"image": IMAGE})
    simulator.advance(30)

    [deployment] = express.deployments(arn)
    assert deployment["status"] == "SUCCESSFUL"


def test_a_status_reason_is_in_every_answer_that_has_a_status(ecs, express, simulator):
    simulator.switch("status_reason", "healthy")
    arn = express.create()

    created = ecs.describe_express_gateway_service(serviceArn=arn)["service"]
    updated = ecs.update_express_gateway_service(serviceArn=arn, primaryContainer=tagged("2.0"))["service"]
    deleted = ecs.delete_express_gateway_service(serviceArn=arn)["service"]

    assert [answer["status"]["statusReason"] for answer in (created, updated, deleted)] == ["healthy"] * 3


def test_each_update_that_touches_the_task_makes_a_task_definition(express):
    arn = express.running()

    target = express.update(arn, primaryContainer=tagged("2.0"))

    assert target["taskDefinitionArn"].endswith(":task-definition/default-web:2")
