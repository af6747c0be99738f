"""A rollout fails: the old revision goes on serving, the service stays ACTIVE, and the deployment says why."""

import pytest

from express import IMAGE, tagged


def failed(express, arn, **members):
    """The deployment of an update of `members` that does not succeed, and the revision that was there before it."""
    before = express.configuration(arn)["serviceRevisionArn"]
    target = express.update(arn, **members)["serviceRevisionArn"]
    return express.ended(arn, target), before


BAD_TAGS = {
    "cannot-pull": "circuit breaker",
    "crash": "circuit breaker",
    "unhealthy": "circuit breaker",
    "5xx": "alarm",
    "4xx": "alarm",
}


@pytest.mark.parametrize(("tag", "cause"), BAD_TAGS.items(), ids=BAD_TAGS)
def test_a_bad_image_is_rolled_back_and_the_reason_is_told(express, tag, cause):
    arn = express.running()

    deployment, before = failed(express, arn, primaryContainer=tagged(tag))

    assert deployment["status"] == "ROLLBACK_SUCCESSFUL"
    assert cause in deployment["rollback"]["reason"]
    assert deployment["rollback"]["serviceRevisionArn"] == before
    assert deployment["createdAt"] < deployment["rollback"]["startedAt"] < deployment["finishedAt"]
    service = express.describe(arn)
    assert service["status"]["statusCode"] == "ACTIVE"
    assert "currentDeployment" not in service
    [active] = service["activeConfigurations"]
    assert active["serviceRevisionArn"] == before and active["primaryContainer"]["image"] == IMAGE


def test_the_way_back_can_be_watched(express):
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged("crash"))["serviceRevisionArn"]
    seen = []

    def over(deployment):
        seen.append(deployment.get("status"))
        return "finishedAt" in deployment

    express.until(lambda: express.deployment(arn, target), over, step=2)

    statuses = list(dict.fromkeys(seen))
    assert statuses[-3:] == ["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]


def test_the_circuit_breaker_says_that_it_triggered(express):
    arn = express.running()

    deployment, _ = failed(express, arn, primaryContainer=tagged("crash"))

    breaker = deployment["deploymentCircuitBreaker"]
    assert breaker["status"] == "TRIGGERED" and breaker["failureCount"] >= breaker["threshold"] == 3


def test_the_alarm_says_that_it_triggered(express):
    arn = express.running()

    deployment, _ = failed(express, arn, primaryContainer=tagged("5xx"))

    alarms = deployment["alarms"]
    assert alarms["status"] == "TRIGGERED" and alarms["triggeredAlarmNames"] == alarms["alarmNames"]


@pytest.mark.parametrize(
    "members",
    [
        {
            "primaryContainer": {
                "image": IMAGE,
                "secrets": [{"name": "A", "valueFrom": "arn:aws:ssm:us-east-1:1:parameter/missing"}],
            }
        },
        {"healthCheckPath": "/missing"},
    ],
    ids=["a secret that is not there", "a health check path that is not there"],
)
def test_what_cannot_be_seen_at_the_call_fails_the_rollout(express, members):
    deployment, _ = failed(express, express.running(), **members)

    assert deployment["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_rollback_can_fail_too(express):
    deployment, _ = failed(express, express.running(), primaryContainer=tagged("rollback-fails"))

    assert deployment["status"] == "ROLLBACK_FAILED"


def test_a_rollout_that_is_stopped_by_hand_is_rolled_back(ecs, express):
    arn = express.running()
    before = express.configuration(arn)["serviceRevisionArn"]
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    deployment = express.begun(arn, target)["serviceDeploymentArn"]

    answer = ecs.stop_service_deployment(serviceDeploymentArn=deployment, stopType="ROLLBACK")

    assert answer["serviceDeploymentArn"] == deployment
    ended = express.ended(arn, target)
    assert ended["status"] == "ROLLBACK_SUCCESSFUL" and ended["rollback"]["serviceRevisionArn"] == before


def test_stopping_what_is_over_or_was_never_there_is_an_error(ecs, express):
    arn = express.running()
    [over] = express.deployments(arn)
    never = over["serviceDeploymentArn"][:-21] + "A" * 21

    with pytest.raises(ecs.exceptions.ConflictException):
        ecs.stop_service_deployment(serviceDeploymentArn=over["serviceDeploymentArn"], stopType="ROLLBACK")
    with pytest.raises(ecs.exceptions.ServiceDeploymentNotFoundException):
        ecs.stop_service_deployment(serviceDeploymentArn=never, stopType="ROLLBACK")


def test_stopping_twice_is_no_mistake(ecs, express):
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    deployment = express.begun(arn, target)["serviceDeploymentArn"]

    ecs.stop_service_deployment(serviceDeploymentArn=deployment, stopType="ROLLBACK")
    ecs.stop_service_deployment(serviceDeploymentArn=deployment)

    assert express.ended(arn, target)["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_rollout_can_be_rolled_back_but_not_aborted(ecs, express, simulator):
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    deployment = express.begun(arn, target)["serviceDeploymentArn"]

    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.stop_service_deployment(serviceDeploymentArn=deployment, stopType="ABORT")
    simulator.switch("stop_abort_allowed", "true")
    ecs.stop_service_deployment(serviceDeploymentArn=deployment, stopType="ABORT")

    assert express.ended(arn, target)["status"] == "STOPPED"


def test_the_first_rollout_has_nothing_to_go_back_to(express):
    arn = express.create(primaryContainer=tagged("cannot-pull"))

    deployment = express.ended(arn)

    assert deployment["status"] == "STOPPED" and deployment["stoppedAt"] and deployment["statusReason"]
    assert "rollback" not in deployment
    assert express.describe(arn)["status"]["statusCode"] == "ACTIVE"


def test_after_a_rollback_a_good_update_goes_through(express):
    arn = express.running()
    failed(express, arn, primaryContainer=tagged("crash"))

    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]

    assert express.ended(arn, target)["status"] == "SUCCESSFUL"
    assert express.configuration(arn)["serviceRevisionArn"] == target
    assert len(express.deployments(arn)) == 3
