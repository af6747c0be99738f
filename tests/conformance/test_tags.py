"""A service's tags are changed without a rollout."""

import pytest

from express import tagged


def tags(ecs, arn):
    return {tag["key"]: tag["value"] for tag in ecs.list_tags_for_resource(resourceArn=arn)["tags"]}


def test_tags_are_put_read_and_taken_away(ecs, express):
    arn = express.running(tags=[{"key": "team", "value": "shop"}, {"key": "stage", "value": "test"}])

    ecs.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "live"}, {"key": "owner", "value": ""}])
    ecs.untag_resource(resourceArn=arn, tagKeys=["team", "was never there"])

    assert tags(ecs, arn) == {"stage": "live", "owner": ""}
    assert {tag["key"]: tag["value"] for tag in express.describe(arn)["tags"]} == {"stage": "live", "owner": ""}
    assert len(express.deployments(arn)) == 1, "tags start no rollout"


def test_tags_are_shown_only_to_who_asks_for_them(ecs, express):
    arn = express.create(tags=[{"key": "team", "value": "shop"}])

    assert not ecs.describe_express_gateway_service(serviceArn=arn)["service"].get("tags")
    [service] = ecs.describe_services(services=["web"])["services"]
    assert not service.get("tags")


def test_a_service_has_fifty_tags_at_most(ecs, express):
    arn = express.create(tags=[{"key": f"key-{number}", "value": ""} for number in range(50)])

    with pytest.raises((ecs.exceptions.InvalidParameterException, ecs.exceptions.LimitExceededException)):
        ecs.tag_resource(resourceArn=arn, tags=[{"key": "one more", "value": ""}])
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "key-7", "value": "changed"}])

    assert len(tags(ecs, arn)) == 50 and tags(ecs, arn)["key-7"] == "changed"


def test_reserved_keys_are_refused(ecs, express):
    arn = express.create()

    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.tag_resource(resourceArn=arn, tags=[{"key": "aws:mine", "value": ""}])


def test_what_is_not_there_has_no_tags(ecs, express):
    gone = express.create().replace("/web", "/gone")

    with pytest.raises((ecs.exceptions.InvalidParameterException, ecs.exceptions.ResourceNotFoundException)):
        ecs.tag_resource(resourceArn=gone, tags=[{"key": "a", "value": ""}])
    with pytest.raises((ecs.exceptions.InvalidParameterException, ecs.exceptions.ResourceNotFoundException)):
        ecs.untag_resource(resourceArn=gone, tagKeys=["a"])
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.list_tags_for_resource(resourceArn=gone)


def test_a_cluster_has_tags_too(ecs):
    arn = ecs.create_cluster(clusterName="shop", tags=[{"key": "team", "value": "shop"}])["cluster"]["clusterArn"]

    ecs.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "live"}])

    assert tags(ecs, arn) == {"team": "shop", "stage": "live"}


def test_a_tag_that_comes_later_is_on_new_tasks_only(ecs, express):
    arn = express.running(tags=[{"key": "team", "value": "shop"}])

    ecs.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "live"}])

    [old] = ecs.describe_tasks(tasks=ecs.list_tasks()["taskArns"], include=["TAGS"])["tasks"]
    assert old["tags"] == [{"key": "team", "value": "shop"}]
    target = express.update(arn, primaryContainer=tagged("2.0"))["serviceRevisionArn"]
    express.ended(arn, target)
    [new] = ecs.describe_tasks(tasks=ecs.list_tasks()["taskArns"], include=["TAGS"])["tasks"]
    assert {tag["key"] for tag in new["tags"]} == {"team", "stage"}
