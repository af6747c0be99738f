"""The classic service operations see Express services: describe, list, waiters, and updates past the Express API."""

import pytest
from botocore.exceptions import WaiterError

from express import tagged


def test_describe_services_shows_an_express_service_by_name_and_by_arn(ecs, express):
    arn = express.running(tags=[{"key": "team", "value": "shop"}])

    by_name = ecs.describe_services(services=["web"], include=["TAGS"])["services"]
    by_arn = ecs.describe_services(services=[arn], include=["TAGS"])["services"]

    assert by_name == by_arn
    [service] = by_name
    assert service["resourceManagementType"] == "ECS"
    assert "taskDefinition" not in service
    assert (service["status"], service["desiredCount"], service["runningCount"]) == ("ACTIVE", 1, 1)
    [deployment] = service["deployments"]
    assert deployment["status"] == "PRIMARY" and deployment["rolloutState"] == "COMPLETED"
    assert deployment["taskDefinition"].endswith(":task-definition/default-web:1")
    [revision] = service["currentServiceRevisions"]
    number = deployment["id"].removeprefix("ecs-svc/")
    assert number in revision["arn"], "the classic id is found again in the revision's ARN"
    assert service["tags"] == [{"key": "team", "value": "shop"}]
    assert service["events"][0]["message"]


def test_what_is_missing_is_a_failure_and_no_exception(ecs, express):
    arn = express.create()

    answer = ecs.describe_services(services=["web", "gone"])

    assert [service["serviceArn"] for service in answer["services"]] == [arn]
    [failure] = answer["failures"]
    assert failure["reason"] == "MISSING" and failure["arn"].endswith("/gone")


def test_eleven_services_are_too_many_for_one_describe(ecs, express):
    express.create()

    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.describe_services(services=[f"web-{number}" for number in range(11)])
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.describe_services(services=[])


def test_a_cluster_that_is_not_there_is_an_exception(ecs):
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.describe_services(cluster="nowhere", services=["web"])
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.list_services(cluster="nowhere")


def test_the_paginator_lists_each_service_once(ecs, express):
    arns = {express.create(f"web-{number:02}") for number in range(23)}

    pages = list(ecs.get_paginator("list_services").paginate(resourceManagementType="ECS"))

    assert [len(page["serviceArns"]) for page in pages] == [10, 10, 3]
    assert {arn for page in pages for arn in page["serviceArns"]} == arns


def test_the_page_size_is_up_to_the_caller(ecs, express):
    for number in range(5):
        express.create(f"web-{number}")

    pages = list(ecs.get_paginator("list_services").paginate(PaginationConfig={"PageSize": 2}))

    assert [len(page["serviceArns"]) for page in pages] == [2, 2, 1]


def test_a_token_of_nobodys_is_refused(ecs, express):
    express.create()

    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.list_services(nextToken="nobody's")


@pytest.mark.parametrize("size", [0, 101])
def test_a_page_size_out_of_range_is_refused(ecs, express, size):
    express.create()

    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.list_services(maxResults=size)


def test_services_of_other_kinds_are_not_among_those_that_ecs_manages(ecs, express):
    express.create()

    assert ecs.list_services(resourceManagementType="CUSTOMER")["serviceArns"] == []


def test_what_drains_is_not_listed_but_still_described(ecs, express):
    arn = express.running()
    ecs.delete_express_gateway_service(serviceArn=arn)

    assert ecs.list_services()["serviceArns"] == []
    [service] = ecs.describe_services(services=["web"])["services"]
    assert service["status"] == "DRAINING"
    express.until(lambda: ecs.describe_services(services=["web"])["services"][0], lambda it: it["status"] == "INACTIVE")


@pytest.mark.usefixtures("boto_sleeps_in_simulated_time")
def test_the_waiter_for_stable_services_comes_back_after_the_first_rollout(ecs, express):
    arn = express.create()

    ecs.get_waiter("services_stable").wait(services=["web"], WaiterConfig={"MaxAttempts": 100})

    [service] = ecs.describe_services(services=[arn])["services"]
    assert service["runningCount"] == service["desiredCount"] == 1


@pytest.mark.usefixtures("boto_sleeps_in_simulated_time")
def test_the_waiter_for_stable_services_waits_for_the_end_of_a_canary(ecs, express):
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    express.at_stage(arn, target, "SCALE_UP")

    ecs.get_waiter("services_stable").wait(services=["web"], WaiterConfig={"MaxAttempts": 100})

    assert express.deployment(arn, target)["status"] == "SUCCESSFUL"


@pytest.mark.usefixtures("boto_sleeps_in_simulated_time")
def test_the_waiter_for_stable_services_gives_up_on_a_service_that_is_deleted(ecs, express):
    ecs.delete_express_gateway_service(serviceArn=express.running())

    with pytest.raises(WaiterError, match="DRAINING"):
        ecs.get_waiter("services_stable").wait(services=["web"])


@pytest.mark.usefixtures("boto_sleeps_in_simulated_time")
def test_the_waiter_for_inactive_services_comes_back_when_the_service_is_inactive(ecs, express):
    arn = express.running()
    ecs.delete_express_gateway_service(serviceArn=arn)

    ecs.get_waiter("services_inactive").wait(services=["web"])

    assert express.describe(arn)["status"]["statusCode"] == "INACTIVE"


@pytest.mark.usefixtures("boto_sleeps_in_simulated_time")
def test_the_waiter_for_inactive_services_gives_up_on_what_was_never_there(ecs, express):
    express.create()

    with pytest.raises(WaiterError, match="MISSING"):
        ecs.get_waiter("services_inactive").wait(services=["gone"])


def test_an_update_past_the_express_api_is_seen_in_the_classic_view(ecs, express):
    arn = express.running()

    service = ecs.update_service(service="web", desiredCount=3, enableExecuteCommand=True)["service"]

    assert service["serviceArn"] == arn and service["desiredCount"] == 3 and service["enableExecuteCommand"]
    express.until(lambda: ecs.describe_services(services=["web"])["services"][0], lambda it: it["runningCount"] == 3)


def test_a_forced_deployment_is_a_rollout_of_the_same_configuration(ecs, express):
    arn = express.running()
    image = express.configuration(arn)["primaryContainer"]["image"]

    ecs.update_service(service=arn, forceNewDeployment=True)

    found = express.until(lambda: express.deployments(arn), lambda deployments: len(deployments) == 2, step=1)
    assert express.ended(arn, found[0]["targetServiceRevision"]["arn"])["status"] == "SUCCESSFUL"
    assert express.configuration(arn)["primaryContainer"]["image"] == image


@pytest.mark.parametrize(
    "members",
    [{"deploymentConfiguration": {"bakeTimeInMinutes": 1}}, {"loadBalancers": []}],
    ids=["deploymentConfiguration", "loadBalancers"],
)
def test_what_express_manages_cannot_be_changed_past_it(ecs, express, members):
    arn = express.running()

    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.update_service(service=arn, **members)


def test_a_service_that_is_not_there_or_not_active_cannot_be_updated(ecs, express):
    arn = express.running()

    with pytest.raises(ecs.exceptions.ServiceNotFoundException):
        ecs.update_service(service="gone", desiredCount=1)
    ecs.delete_express_gateway_service(serviceArn=arn)
    with pytest.raises(ecs.exceptions.ServiceNotActiveException):
        ecs.update_service(service=arn, desiredCount=1)
