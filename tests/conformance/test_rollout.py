"""A rollout is followed from outside: its stages, its traffic, its length, and what is there when it is over."""

from express import minimal, tagged

BEFORE_TRAFFIC = [
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
]
TRAFFIC = ["PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"]


def follow(express, arn, target=None):
    """The newest deployment (of the revision `target`), every four simulated seconds until it is over."""
    seen = []

    def over(deployment):
        seen.append(deployment)
        return "finishedAt" in deployment

    express.until(lambda: express.deployment(arn, target), over, step=4)
    return [deployment for deployment in seen if deployment]


def once_each(values):
    return list(dict.fromkeys(values))


def stages(deployments):
    return once_each(found["lifecycleStage"] for found in deployments if "lifecycleStage" in found)


def seconds_in(deployments, stage, weight):
    """How long the target had `weight` percent of the traffic in `stage`."""
    times = [
        found["updatedAt"]
        for found in deployments
        if found.get("lifecycleStage") == stage
        and found["targetServiceRevision"]["requestedProductionTrafficWeight"] == weight
    ]
    later = next(found["updatedAt"] for found in deployments if found["updatedAt"] > times[-1])
    return (later - times[0]).total_seconds()


def test_the_life_of_a_new_service_up_to_the_end_of_its_first_rollout(ecs, express):
    created = ecs.create_express_gateway_service(**minimal("web"))["service"]
    arn = created["serviceArn"]

    in_flight = express.until(lambda: express.describe(arn), lambda service: "currentDeployment" in service, step=1)
    seen = follow(express, arn)

    assert once_each(found["status"] for found in seen) == ["PENDING", "IN_PROGRESS", "SUCCESSFUL"]
    assert stages(seen) == BEFORE_TRAFFIC + TRAFFIC
    last = seen[-1]
    assert last["serviceDeploymentArn"] == in_flight["currentDeployment"]
    assert not last.get("sourceServiceRevisions")
    assert last["createdAt"] <= last["startedAt"] < last["finishedAt"]
    assert 10 * 60 <= (last["finishedAt"] - last["createdAt"]).total_seconds() <= 25 * 60
    settled = express.describe(arn)
    assert "currentDeployment" not in settled
    [active] = settled["activeConfigurations"]
    assert active["serviceRevisionArn"] == last["targetServiceRevision"]["arn"]


def test_an_update_is_one_canary(express):
    arn = express.running()
    source = express.configuration(arn)["serviceRevisionArn"]

    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    seen = follow(express, arn, target)

    assert stages(seen) == BEFORE_TRAFFIC + TRAFFIC
    weights = once_each(found["targetServiceRevision"]["requestedProductionTrafficWeight"] for found in seen)
    assert weights == [0, 5, 100]
    for found in seen:
        [from_revision] = found["sourceServiceRevisions"]
        assert from_revision["arn"] == source
        shares = [from_revision, found["targetServiceRevision"]]
        assert sum(share["requestedProductionTrafficWeight"] for share in shares) == 100
    assert seconds_in(seen, "PRODUCTION_TRAFFIC_SHIFT", 5) == 180
    assert seconds_in(seen, "BAKE_TIME", 100) == 180
    assert 9 * 60 <= (seen[-1]["finishedAt"] - seen[0]["createdAt"]).total_seconds() <= 13 * 60


def test_both_configurations_are_active_during_the_canary_and_one_after_it(express):
    arn = express.running()
    source = express.configuration(arn)["serviceRevisionArn"]

    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    express.at_stage(arn, target, "PRODUCTION_TRAFFIC_SHIFT")
    during = express.describe(arn)["activeConfigurations"]
    express.ended(arn, target)
    after = express.describe(arn)["activeConfigurations"]

    assert {entry["serviceRevisionArn"] for entry in during} == {source, target}
    assert [entry["serviceRevisionArn"] for entry in after] == [target]
    assert during[0]["ingressPaths"] == after[0]["ingressPaths"], "the URL outlives a rollout"


def test_how_a_rollout_is_watched_over_can_be_read(express):
    arn = express.running()
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]

    bakes = express.at_stage(arn, target, "BAKE_TIME")

    assert bakes["deploymentCircuitBreaker"]["status"] in {"MONITORING", "MONITORING_COMPLETE"}
    assert bakes["alarms"]["status"] == "MONITORING" and bakes["alarms"]["alarmNames"]
    assert not bakes["alarms"].get("triggeredAlarmNames")
    configuration = bakes["deploymentConfiguration"]
    assert configuration["strategy"] == "CANARY"
    assert configuration["canaryConfiguration"] == {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 3}
    assert configuration["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_a_newer_update_overtakes_the_one_in_flight(express):
    arn = express.running()
    first = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    express.at_stage(arn, first, "SCALE_UP")

    second = express.update(arn, primaryContainer=tagged("3.0"))["serviceRevisionArn"]
    seen = follow(express, arn, second)

    assert stages(seen) == ["RECONCILE_SERVICE", *BEFORE_TRAFFIC, *TRAFFIC]
    by_target = {found["targetServiceRevision"]["arn"]: found for found in express.deployments(arn)}
    assert by_target[first]["status"] == "STOPPED" and by_target[first]["statusReason"]
    assert by_target[second]["status"] == "SUCCESSFUL"
    assert express.configuration(arn)["serviceRevisionArn"] == second


def test_without_the_quirk_every_stage_is_one_of_the_enum(express, simulator, wire):
    simulator.switch("quirk_unknown_lifecycle_stage", "false")
    wire.check.hold_to_the_enum()
    arn = express.create()

    seen = follow(express, arn)

    assert set(stages(seen)) == {*BEFORE_TRAFFIC, *TRAFFIC} - {"PRE_PRODUCTION_TRAFFIC_SHIFT"}
