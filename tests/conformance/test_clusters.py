"""Clusters are made and described."""

import pytest


def test_a_cluster_is_made_once_and_making_it_again_changes_nothing(ecs):
    first = ecs.create_cluster(clusterName="shop")["cluster"]

    again = ecs.create_cluster(clusterName="shop")["cluster"]

    assert first["clusterArn"] == again["clusterArn"] == "arn:aws:ecs:us-east-1:123456789012:cluster/shop"
    assert first["status"] == "ACTIVE"


def test_a_cluster_without_a_name_is_the_default_one(ecs):
    assert ecs.create_cluster()["cluster"]["clusterName"] == "default"


def test_clusters_are_described_by_name_and_by_arn_and_what_is_missing_is_a_failure(ecs):
    arn = ecs.create_cluster(clusterName="shop")["cluster"]["clusterArn"]

    answer = ecs.describe_clusters(clusters=["shop", "gone"])

    assert [cluster["clusterArn"] for cluster in answer["clusters"]] == [arn]
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]
    assert ecs.describe_clusters(clusters=[arn])["clusters"] == answer["clusters"]


def test_a_cluster_counts_what_runs_in_it(ecs, express):
    express.running()

    [cluster] = ecs.describe_clusters()["clusters"]

    assert (cluster["activeServicesCount"], cluster["runningTasksCount"], cluster["pendingTasksCount"]) == (1, 1, 0)


def test_a_name_that_is_none_is_refused(ecs):
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.create_cluster(clusterName="my cluster")
