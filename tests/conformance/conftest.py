"""Each story gets a simulator of its own, with an empty account and a clock that stands still until it is moved."""

import os
from types import SimpleNamespace

import botocore.endpoint
import botocore.waiter
import pytest

from express import Express
from seen import Seen
from simulator import Simulator
from wire import Wire

LAST = "test_offered.py"


def pytest_configure(config):
    # Nothing of the machine's own AWS set-up reaches boto3.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
    config.seen = Seen()


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name == LAST)


@pytest.fixture
def seen_by_all(request):
    """What the stories up to here have sent and been answered."""
    return request.config.seen


@pytest.fixture
def seen():
    """What this story has sent and been answered."""
    return Seen()


@pytest.fixture
def simulator():
    with Simulator() as started:
        yield started


@pytest.fixture
def wire(simulator, seen, seen_by_all):
    return Wire(simulator.url, seen, seen_by_all)


@pytest.fixture
def ecs(wire):
    """boto3, one try for each call."""
    return wire.client()


@pytest.fixture
def unchecked_ecs(wire):
    """boto3 without its own checks of the input, so that bad input reaches the other side."""
    return wire.client(validates=False)


@pytest.fixture
def patient_ecs(wire):
    """boto3 that tries a call up to ten times."""
    return wire.client(attempts=10)


@pytest.fixture
def express(ecs, simulator):
    return Express(ecs, simulator)


@pytest.fixture
def boto_sleeps_in_simulated_time(simulator, monkeypatch):
    """boto3's own pauses, between tries and between a waiter's looks, pass on the simulator's clock: at once."""
    clock = SimpleNamespace(sleep=simulator.advance)
    monkeypatch.setattr(botocore.endpoint, "time", clock)
    monkeypatch.setattr(botocore.waiter, "time", clock)
