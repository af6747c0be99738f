"""boto3 clients whose every answer is held against botocore's model before boto3 reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.model import OperationModel

from model_check import ModelCheck

REGION = "us-east-1"

_SESSION = boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="example", region_name=REGION)


class NotByTheModel(AssertionError):
    """An answer that botocore's model does not allow."""


@dataclass(frozen=True)
class Exchange:
    """One call as it went over the wire. A call that boto3 tries twice is two exchanges."""

    operation: str
    status: int


class Wire:
    """Makes clients for one endpoint, and sees each of their exchanges."""

    def __init__(self, endpoint: str, check: ModelCheck, seen: Callable[[Exchange], None]):
        self._endpoint = endpoint
        self.check = check
        self._seen = seen
        self.exchanges: list[Exchange] = []

    def client(self, *, attempts: int = 1, validates: bool = True) -> BaseClient:
        """A client that tries each call `attempts` times, and sends bad input too unless it `validates`."""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            parameter_validation=validates,
            connect_timeout=5,
            read_timeout=10,
        )
        client = _SESSION.client("ecs", endpoint_url=self._endpoint, config=config)
        client.meta.events.register("before-parse.ecs", self._look)
        return client

    def _look(self, operation_model: OperationModel, response_dict: dict[str, Any], **_: Any) -> None:
        exchange = Exchange(operation_model.name, response_dict["status_code"])
        self.exchanges.append(exchange)
        self._seen(exchange)
        body = response_dict["body"]
        found = self.check.answer(operation_model, exchange.status, response_dict["headers"], body)
        if found:
            lines = "\n  ".join(found)
            raise NotByTheModel(f"{exchange.operation}, HTTP {exchange.status}:\n  {lines}\nin {body[:4000]!r}")
