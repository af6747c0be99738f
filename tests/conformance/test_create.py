"""A service is created: what is answered, what is filled in, what is read back, and what is refused."""

import re

import pytest

from express import EVERY_MEMBER, EXECUTION_ROLE, IMAGE, INFRASTRUCTURE_ROLE, minimal, same_configuration


def test_a_service_is_active_at_once_and_nothing_of_it_is_there_yet(ecs):
    service = ecs.create_express_gateway_service(**minimal("web"))["service"]

    assert service["status"]["statusCode"] == "ACTIVE"
    assert service["serviceArn"] == "arn:aws:ecs:us-east-1:123456789012:service/default/web"
    assert service["infrastructureRoleArn"] == INFRASTRUCTURE_ROLE
    assert "currentDeployment" not in service


def test_what_is_left_out_gets_the_defaults_of_the_real_service(express):
    arn = express.create()

    configuration = express.configuration(arn)

    assert (configuration["cpu"], configuration["memory"]) == ("1024", "2048")
    assert configuration["cpuArchitecture"] == "X86_64"
    assert configuration["healthCheckPath"] == "/"
    assert configuration["scalingTarget"] == {
        "minTaskCount": 1,
        "maxTaskCount": 20,
        "autoScalingMetric": "AVERAGE_CPU",
        "autoScalingTargetValue": 60,
    }
    container = configuration["primaryContainer"]
    assert container["containerPort"] == 80
    assert container["command"] == []
    assert re.fullmatch(r"/aws/ecs/default/web-.{4}", container["awsLogsConfiguration"]["logGroup"])
    assert container["awsLogsConfiguration"]["logStreamPrefix"] == "ecs"
    assert configuration["networkConfiguration"]["subnets"]
    assert configuration["networkConfiguration"]["securityGroups"]
    assert configuration["taskDefinitionArn"].endswith(":task-definition/default-web:1")


def test_the_endpoint_is_no_name_that_could_be_guessed_and_has_no_scheme(express):
    arn = express.create()

    [path] = express.configuration(arn)["ingressPaths"]

    assert path["accessType"] == "PUBLIC"
    assert re.fullmatch(r"we-[0-9a-f]{32}\.ecs\.us-east-1\.on\.aws", path["endpoint"])


def test_every_member_that_is_sent_is_read_back(express):
    arn = express.create(**EVERY_MEMBER, tags=[{"key": "team", "value": "shop"}, {"key": "stage", "value": ""}])

    configuration = express.configuration(arn)

    assert same_configuration(configuration, {**EVERY_MEMBER, "executionRoleArn": EXECUTION_ROLE})
    tags = {tag["key"]: tag["value"] for tag in express.describe(arn)["tags"]}
    assert tags == {"team": "shop", "stage": ""}


def test_without_the_lag_all_of_it_is_in_the_answer_to_the_create(ecs, simulator):
    simulator.switch("quirk_configuration_lag", "false")

    sent = minimal("web", **EVERY_MEMBER, tags=[{"key": "team", "value": "shop"}])
    service = ecs.create_express_gateway_service(**sent)["service"]

    [configuration] = service["activeConfigurations"]
    assert same_configuration(configuration, EVERY_MEMBER) and configuration["ingressPaths"]
    assert service["tags"] == [{"key": "team", "value": "shop"}]
    assert "currentDeployment" not in service


def test_one_security_group_is_joined_by_one_that_ecs_manages(express):
    arn = express.create(networkConfiguration={"securityGroups": ["sg-0aaaaaaaaaaaaaaaa"]})

    groups = express.configuration(arn)["networkConfiguration"]["securityGroups"]

    assert "sg-0aaaaaaaaaaaaaaaa" in groups and len(groups) == 2


def test_a_service_without_a_name_is_named_after_its_image(ecs):
    members = minimal("unused")
    del members["serviceName"]

    service = ecs.create_express_gateway_service(**members)["service"]

    assert service["serviceName"].startswith("web")


def test_the_default_cluster_is_made_and_no_other(ecs):
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.create_express_gateway_service(**minimal("web", cluster="shop"))

    ecs.create_express_gateway_service(**minimal("web"))

    [cluster] = ecs.describe_clusters(clusters=["default", "shop"])["clusters"]
    assert cluster["clusterName"] == "default"


def test_a_service_can_live_in_a_cluster_of_ones_own(ecs, express):
    ecs.create_cluster(clusterName="shop")

    arn = express.running(cluster="shop")

    assert ":service/shop/web" in arn
    assert express.describe(arn)["cluster"].endswith("cluster/shop")


def test_a_name_that_is_in_use_is_refused(ecs, express):
    express.create()

    with pytest.raises(ecs.exceptions.InvalidParameterException):
        express.create()


def test_a_name_that_still_drains_is_refused_and_one_that_is_inactive_is_free(ecs, express):
    arn = express.running()
    before = express.describe(arn)
    ecs.delete_express_gateway_service(serviceArn=arn)

    with pytest.raises(
        ecs.exceptions.InvalidParameterException, match="Unable to Start a service that is still Draining."
    ):
        express.create()
    express.until(lambda: express.describe(arn), lambda service: service["status"]["statusCode"] == "INACTIVE")
    again = express.create()

    assert again == arn, "an ARN is no identity"
    assert express.describe(again)["createdAt"] > before["createdAt"]
    [url_before] = before["activeConfigurations"][0]["ingressPaths"]
    assert express.configuration(again)["ingressPaths"] != [url_before]


def test_a_role_that_is_too_young_cannot_be_assumed_at_first(ecs, express, simulator):
    simulator.deny_role(INFRASTRUCTURE_ROLE, seconds=120)

    with pytest.raises(ecs.exceptions.AccessDeniedException, match="assume"):
        express.create()
    simulator.advance(121)

    express.create()


NOT_ALLOWED = {
    "cpu that is no number": {"cpu": "banana"},
    "memory that does not go with the cpu": {"cpu": "256", "memory": "4096"},
    "port above 65535": {"primaryContainer": {"image": IMAGE, "containerPort": 70000}},
    "port 0": {"primaryContainer": {"image": IMAGE, "containerPort": 0}},
    "empty image": {"primaryContainer": {"image": ""}},
    "health check path without a slash": {"healthCheckPath": "healthz"},
    "name with a space": {"serviceName": "my web"},
    "name of 256 characters": {"serviceName": "w" * 256},
    "more tasks at least than at most": {"scalingTarget": {"minTaskCount": 5, "maxTaskCount": 2}},
    "metric that does not exist": {"scalingTarget": {"autoScalingMetric": "CPUUtilization"}},
    "architecture that does not exist": {"cpuArchitecture": "RISCV"},
    "51 tags": {"tags": [{"key": f"key-{number}", "value": ""} for number in range(51)]},
    "tag with a forbidden sign": {"tags": [{"key": "team#", "value": ""}]},
    "no container": {"primaryContainer": None},
    "no execution role": {"executionRoleArn": None},
    "no infrastructure role": {"infrastructureRoleArn": None},
    "log group without a prefix": {"primaryContainer": {"image": IMAGE, "awsLogsConfiguration": {"logGroup": "/shop"}}},
    "secret without a source": {"primaryContainer": {"image": IMAGE, "secrets": [{"name": "TOKEN"}]}},
}


@pytest.mark.parametrize("members", NOT_ALLOWED.values(), ids=NOT_ALLOWED)
def test_what_is_not_allowed_is_refused_and_leaves_nothing_behind(unchecked_ecs, members):
    sent = {name: value for name, value in {**minimal("web"), **members}.items() if value is not None}

    with pytest.raises(unchecked_ecs.exceptions.InvalidParameterException):
        unchecked_ecs.create_express_gateway_service(**sent)

    assert unchecked_ecs.describe_clusters()["clusters"] == [], (
        "a refused create does not make the default cluster either"
    )


def test_no_class_of_bad_image_is_an_error_of_the_call(express):
    arn = express.create(primaryContainer={"image": "nowhere.example/missing:cannot-pull"})

    assert express.describe(arn)["status"]["statusCode"] == "ACTIVE"
