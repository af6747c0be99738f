"""A service that is not Express shares the name space with those that are, and the Express operations do not find it."""

import pytest
from botocore.exceptions import ClientError


def test_a_classic_service_is_seen_by_describe_services_alone_until_it_is_deleted(ecs):
    ecs.create_cluster()
    made = ecs.create_service(serviceName="classic", taskDefinition="theirs:1")["service"]

    [shown] = ecs.describe_services(services=["classic"])["services"]
    assert (shown["status"], shown["resourceManagementType"]) == ("ACTIVE", "CUSTOMER")
    assert "classic" in "".join(ecs.list_services(resourceManagementType="CUSTOMER")["serviceArns"])
    with pytest.raises(ClientError) as refused:
        ecs.describe_express_gateway_service(serviceArn=made["serviceArn"])
    assert refused.value.response["Error"]["Message"] == "Resource not found"

    gone = ecs.delete_service(service="classic", force=True)["service"]
    assert gone["status"] == "DRAINING"
