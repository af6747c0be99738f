"""Deployments are listed, filtered, paged and described."""

from datetime import timedelta

import pytest

from express import tagged


def test_deployments_are_listed_newest_first_with_the_revision_they_aim_for(ecs, express):
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    express.ended(arn, target)

    newest, oldest = ecs.list_service_deployments(service=arn)["serviceDeployments"]

    assert newest["createdAt"] > oldest["createdAt"]
    assert newest["targetServiceRevisionArn"] == target
    assert newest["status"] == oldest["status"] == "SUCCESSFUL"
    assert ecs.list_service_deployments(service="web", cluster="default")["serviceDeployments"] == [newest, oldest]


def test_deployments_can_be_picked_by_status_and_by_time(ecs, express):
    arn = express.running()
    express.ended(arn, express.update(arn, primaryContainer=tagged("crash"))["serviceRevisionArn"])
    newest, oldest = ecs.list_service_deployments(service=arn)["serviceDeployments"]

    def listed(**filters):
        return ecs.list_service_deployments(service=arn, **filters)["serviceDeployments"]

    assert listed(status=["ROLLBACK_SUCCESSFUL"]) == [newest]
    assert listed(status=["PENDING", "IN_PROGRESS"]) == []
    between = oldest["createdAt"] + timedelta(minutes=5)
    assert listed(createdAt={"after": between}) == [newest]
    assert listed(createdAt={"before": between}) == [oldest]
    assert listed(createdAt={"after": oldest["createdAt"] - timedelta(seconds=5), "before": between}) == [oldest]


def test_deployments_come_in_pages(ecs, express):
    arn = express.running()
    for number in range(4):
        express.ended(arn, express.update(arn, primaryContainer=tagged(f"2.{number}"))["serviceRevisionArn"])
    found, token = [], {}

    while True:
        page = ecs.list_service_deployments(service=arn, maxResults=2, **token)
        assert 0 < len(page["serviceDeployments"]) <= 2
        found += [deployment["serviceDeploymentArn"] for deployment in page["serviceDeployments"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}

    assert len(found) == len(set(found)) == 5


def test_what_was_just_listed_can_still_be_missing(ecs, express):
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    [listed] = [
        deployment["serviceDeploymentArn"]
        for deployment in ecs.list_service_deployments(service=arn)["serviceDeployments"]
        if deployment["targetServiceRevisionArn"] == target
    ]

    at_first = ecs.describe_service_deployments(serviceDeploymentArns=[listed])

    assert at_first["serviceDeployments"] == []
    assert [(failure["arn"], failure["reason"]) for failure in at_first["failures"]] == [(listed, "MISSING")]
    assert express.begun(arn, target)["serviceDeploymentArn"] == listed


def test_twenty_deployments_can_be_described_at_once_and_no_more(ecs, express):
    [deployment] = express.deployments(express.running())
    arn = deployment["serviceDeploymentArn"]
    never = [f"{arn[:-21]}{number:021}" for number in range(20)]

    answer = ecs.describe_service_deployments(serviceDeploymentArns=[arn, *never[1:]])

    assert len(answer["serviceDeployments"]) == 1 and len(answer["failures"]) == 19
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.describe_service_deployments(serviceDeploymentArns=[arn, *never])


def test_deployments_of_a_service_that_is_not_there_are_an_error(ecs, express):
    express.create()

    with pytest.raises(ecs.exceptions.ServiceNotFoundException):
        ecs.list_service_deployments(service="gone")


def test_deployments_go_with_their_service(ecs, express):
    arn = express.running()
    [deployment] = express.deployments(arn)
    ecs.delete_express_gateway_service(serviceArn=arn)
    express.until(lambda: express.describe(arn), lambda service: service["status"]["statusCode"] == "INACTIVE")

    answer = ecs.describe_service_deployments(serviceDeploymentArns=[deployment["serviceDeploymentArn"]])

    assert answer["serviceDeployments"] == [] and answer["failures"][0]["reason"] == "MISSING"


def test_a_deployment_without_a_hook_cannot_be_continued(ecs, express):
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    deployment = express.begun(arn, target)["serviceDeploymentArn"]

    with pytest.raises((ecs.exceptions.InvalidParameterException, ecs.exceptions.UnsupportedFeatureException)):
        ecs.continue_service_deployment(serviceDeploymentArn=deployment, hookId="hook", action="CONTINUE")
