"""A revision says what runs, and which resources ECS manages for it."""

from collections import Counter

import pytest

from express import IMAGE


def resources(revision):
    """Every managed resource of a revision, by what it is."""
    managed = revision["ecsManagedResources"]
    [path] = managed["ingressPaths"]
    scaling = managed["autoScaling"]
    return {
        "load balancer": [path["loadBalancer"]],
        "load balancer's security group": path["loadBalancerSecurityGroups"],
        "certificate": [path["certificate"]],
        "listener": [path["listener"]],
        "rule": [path["rule"]],
        "target group": path["targetGroups"],
        "scalable target": [scaling["scalableTarget"]],
        "scaling policy": scaling["applicationAutoScalingPolicies"],
        "alarm": managed["metricAlarms"],
        "service's security group": managed["serviceSecurityGroups"],
        "log group": managed["logGroups"],
    }


def states(revision):
    return {resource["status"] for each in resources(revision).values() for resource in each}


def described(ecs, express, arn):
    """The revision of a service that is new, as soon as it can be read."""
    revision = express.configuration(arn)["serviceRevisionArn"]
    found = express.until(
        lambda: ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"], bool, step=1
    )
    return found[0]


def test_the_managed_resources_of_a_new_service_come_one_after_the_other(ecs, express):
    arn = express.create()

    new = described(ecs, express, arn)
    settled = express.until(lambda: described(ecs, express, arn), lambda revision: states(revision) == {"ACTIVE"})

    assert "PROVISIONING" in states(new)
    assert all(resources(settled).values()), "there is one of each kind"
    assert len(resources(settled)["target group"]) == 2
    [path] = settled["ecsManagedResources"]["ingressPaths"]
    assert path["loadBalancer"]["scheme"] == "internet-facing"
    assert "ecs-express-gateway-alb-" in path["loadBalancer"]["arn"]
    assert path["endpoint"] == express.configuration(arn)["ingressPaths"][0]["endpoint"]


def test_twenty_five_services_share_a_load_balancer_and_the_next_one_gets_another(ecs, express):
    arns = [express.create(f"web-{number:02}") for number in range(26)]

    balancers = Counter()
    for arn in arns:
        [path] = described(ecs, express, arn)["ecsManagedResources"]["ingressPaths"]
        balancers[path["loadBalancer"]["arn"]] += 1

    assert sorted(balancers.values()) == [1, 25]


def test_private_subnets_make_an_internal_load_balancer(ecs, express):
    arn = express.create(networkConfiguration={"subnets": ["subnet-private-a", "subnet-private-b"]})

    [path] = described(ecs, express, arn)["ecsManagedResources"]["ingressPaths"]

    assert path["accessType"] == "PRIVATE" and path["loadBalancer"]["scheme"] == "internal"


def test_the_scaling_that_was_asked_for_is_seen_in_the_managed_resources(ecs, express):
    arn = express.create(scalingTarget={"minTaskCount": 2, "maxTaskCount": 6, "autoScalingTargetValue": 70})

    scaling = described(ecs, express, arn)["ecsManagedResources"]["autoScaling"]

    assert (scaling["scalableTarget"]["minCapacity"], scaling["scalableTarget"]["maxCapacity"]) == (2, 6)
    [policy] = scaling["applicationAutoScalingPolicies"]
    assert (policy["metric"], policy["targetValue"]) == ("ECSServiceAverageCPUUtilization", 70)


def test_a_refused_load_balancer_is_seen_here_and_nowhere_else(ecs, express):
    role = "arn:aws:iam::123456789012:role/unpropagated"
    arn = express.create(infrastructureRoleArn=role)
    express.simulator.advance(3600)

    [path] = described(ecs, express, arn)["ecsManagedResources"]["ingressPaths"]

    assert path["loadBalancer"]["status"] == "FAILED" and path["loadBalancer"]["statusReason"]
    assert express.describe(arn)["status"]["statusCode"] == "ACTIVE"
    assert express.deployment(arn)["status"] == "IN_PROGRESS"


def test_a_revision_pins_the_image_to_a_digest(ecs, express):
    revision = described(ecs, express, express.running())

    [image] = revision["containerImages"]
    assert (image["containerName"], image["image"]) == ("Main", IMAGE)
    assert image["imageDigest"].startswith("sha256:")
    assert revision["taskDefinition"].endswith(":task-definition/default-web:1")


def test_an_image_for_the_other_architecture_is_seen_as_an_override(ecs, express):
    arn = express.running(primaryContainer={"image": "web:1.0-arm64"})

    revision = described(ecs, express, arn)

    assert revision["overrides"]["runtimePlatform"]["cpuArchitecture"] == "ARM64"


def test_the_revisions_of_an_inactive_service_cannot_be_described(ecs, express):
    arn = express.running()
    revision = express.configuration(arn)["serviceRevisionArn"]
    ecs.delete_express_gateway_service(serviceArn=arn)
    express.until(lambda: express.describe(arn), lambda service: service["status"]["statusCode"] == "INACTIVE")

    text = "Cannot call DescribeServiceRevisions for a service that is INACTIVE"
    with pytest.raises(ecs.exceptions.InvalidParameterException, match=text):
        ecs.describe_service_revisions(serviceRevisionArns=[revision])


def test_twenty_revisions_can_be_described_at_once_and_no_more(ecs, express):
    arn = express.configuration(express.running())["serviceRevisionArn"]
    never = [f"{arn[:-19]}{number:019}" for number in range(20)]

    answer = ecs.describe_service_revisions(serviceRevisionArns=[arn, *never[1:]])

    assert len(answer["serviceRevisions"]) == 1
    assert {failure["reason"] for failure in answer["failures"]} == {"MISSING"} and len(answer["failures"]) == 19
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.describe_service_revisions(serviceRevisionArns=[arn, *never])
