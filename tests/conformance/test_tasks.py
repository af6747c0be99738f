"""Tasks are listed and described, and those that stopped say why."""

import pytest

from express import tagged


def described(ecs, **filters):
    arns = ecs.list_tasks(**filters)["taskArns"]
    return ecs.describe_tasks(tasks=arns, include=["TAGS"])["tasks"] if arns else []


def test_the_tasks_of_a_service_run(ecs, express):
    express.running(tags=[{"key": "team", "value": "shop"}], scalingTarget={"minTaskCount": 2})

    tasks = described(ecs, serviceName="web")

    assert len(tasks) == 2
    for task in tasks:
        assert (task["lastStatus"], task["desiredStatus"], task["group"]) == ("RUNNING", "RUNNING", "service:web")
        assert task["taskDefinitionArn"].endswith(":task-definition/default-web:1")
        [container] = task["containers"]
        assert container["name"] == "Main" and container["lastStatus"] == "RUNNING"
        assert {"key": "team", "value": "shop"} in task["tags"], "the service's tags are on its tasks"


REASONS = {
    "cannot-pull": ("TaskFailedToStart", "CannotPullContainerError"),
    "crash": ("EssentialContainerExited", "Essential container in task exited"),
    "unhealthy": ("ServiceSchedulerInitiated", "failed ELB health checks"),
}


@pytest.mark.parametrize(("tag", "expected"), REASONS.items(), ids=REASONS)
def test_a_task_that_stopped_says_why(ecs, express, tag, expected):
    code, reason = expected
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged(tag))["serviceRevisionArn"]
    express.ended(arn, target)

    stopped = described(ecs, serviceName="web", desiredStatus="STOPPED")

    failed = [task for task in stopped if task["stopCode"] == code and reason in task["stoppedReason"]]
    assert len(failed) >= 3, "as many as the circuit breaker counts"
    assert all(task["lastStatus"] == "STOPPED" and task["stoppedAt"] for task in failed)
    assert len(described(ecs, serviceName="web")) == 1, "the old revision's task still runs"


def test_both_revisions_have_tasks_during_a_canary(ecs, express):
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]

    deployment = express.at_stage(arn, target, "PRODUCTION_TRAFFIC_SHIFT")

    assert deployment["targetServiceRevision"]["runningTaskCount"] == 1
    assert deployment["sourceServiceRevisions"][0]["runningTaskCount"] == 1
    definitions = {task["taskDefinitionArn"].rpartition(":")[2] for task in described(ecs, serviceName="web")}
    assert definitions == {"1", "2"}


@pytest.mark.usefixtures("boto_sleeps_in_simulated_time")
def test_the_waiter_for_stopped_tasks_comes_back_when_they_have_stopped(ecs, express):
    arn = express.running()
    tasks = ecs.list_tasks(serviceName="web")["taskArns"]
    ecs.delete_express_gateway_service(serviceArn=arn)

    ecs.get_waiter("tasks_stopped").wait(tasks=tasks)

    assert {task["lastStatus"] for task in ecs.describe_tasks(tasks=tasks)["tasks"]} == {"STOPPED"}


def test_tasks_are_picked_by_family_and_come_in_pages(ecs, express):
    express.running("web", scalingTarget={"minTaskCount": 3})
    express.running("api")

    pages = list(ecs.get_paginator("list_tasks").paginate(family="default-web", PaginationConfig={"PageSize": 2}))

    assert [len(page["taskArns"]) for page in pages] == [2, 1]
    assert len(ecs.list_tasks()["taskArns"]) == 4


def test_what_is_not_there_is_an_error_or_a_failure(ecs, express):
    express.running()
    [task] = ecs.list_tasks()["taskArns"]
    never = task[:-32] + "0" * 32

    assert [failure["reason"] for failure in ecs.describe_tasks(tasks=[never])["failures"]] == ["MISSING"]
    with pytest.raises(ecs.exceptions.ServiceNotFoundException):
        ecs.list_tasks(serviceName="gone")
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.list_tasks(cluster="nowhere")
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.describe_tasks(cluster="nowhere", tasks=[never])
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.describe_tasks(tasks=[])
