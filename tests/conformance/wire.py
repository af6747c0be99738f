"""boto3 clients whose every answer is held against botocore's model before boto3 reads it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.model import OperationModel

from model_check import ModelCheck
from seen import Seen

REGION = "us-east-1"


@cache
def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="example", region_name=REGION)


class NotByTheModel(AssertionError):
    """An answer that botocore's model does not allow."""


class Wire:
    """Makes clients for one endpoint, and sees each of their exchanges."""

    def __init__(self, endpoint: str, *seen: Seen):
        self._endpoint = endpoint
        self._seen = seen
        self.check = ModelCheck()

    def client(self, *, attempts: int = 1, validates: bool = True) -> BaseClient:
        """A client that tries each call `attempts` times, and sends bad input too unless it `validates`."""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            parameter_validation=validates,
            connect_timeout=30,
            read_timeout=30,
            proxies={},
        )
        client = _session().client("ecs", endpoint_url=self._endpoint, config=config)
        client.meta.events.register("before-parameter-build.ecs", self._sends)
        client.meta.events.register("before-parse.ecs", self._receives)
        return client

    def _sends(self, params: dict[str, Any], model: OperationModel, **_: Any) -> None:
        for seen in self._seen:
            seen.request(model, params)

    def _receives(self, operation_model: OperationModel, response_dict: dict[str, Any], **_: Any) -> None:
        operation, status, body = operation_model, response_dict["status_code"], response_dict["body"]
        found = self.check.answer(operation, status, response_dict["headers"], body)
        if found:
            lines = "\n  ".join(found)
            raise NotByTheModel(f"{operation.name}, HTTP {status}:\n  {lines}\nin {body[:4000]!r}")
        for seen in self._seen:
            seen.answer(operation, status, json.loads(body))
