"""A wrong answer is told to the story whose client got it, where boto3 alone would say nothing."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from model_check import CONTENT_TYPE
from seen import Seen
from wire import NotByTheModel, Wire

ARN = "arn:aws:ecs:us-east-1:123456789012:service/default/web"


@pytest.fixture
def endpoint_with_a_wrong_answer():
    """An ECS that answers everything with a member that the model does not have."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.dumps({"service": {"serviceArn": ARN, "phase": "Ready"}}).encode()
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_member_that_boto3_drops_fails_the_story(endpoint_with_a_wrong_answer):
    seen = Seen()
    ecs = Wire(endpoint_with_a_wrong_answer, seen).client(attempts=3)

    with pytest.raises(NotByTheModel, match=r"service\.phase: ECSExpressGatewayService has no such member"):
        ecs.describe_express_gateway_service(serviceArn=ARN)

    assert seen.answered == set(), "a wrong answer covers nothing"


def test_boto3_alone_would_have_said_nothing(endpoint_with_a_wrong_answer):
    wire = Wire(endpoint_with_a_wrong_answer)
    wire.check.answer = lambda *_: []

    answer = wire.client().describe_express_gateway_service(serviceArn=ARN)

    assert answer["service"] == {"serviceArn": ARN}
