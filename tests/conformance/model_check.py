"""Whether an answer's raw body is what botocore's service model says it is.

boto3's own parser does not tell: it drops members that it does not know, and takes values as they come. So the bytes
are read here, before boto3 reads them. Source of every rule: botocore, `ecs/2014-11-13/service-2.json`, and the
awsJson1.1 protocol (a timestamp is a JSON number of seconds, a member without a value is left out, an error names
itself in `__type`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape

CONTENT_TYPE = "application/x-amz-json-1.1"

# What any operation may answer, though no operation's model lists it.
COMMON_ERRORS = frozenset(
    {
        "AccessDeniedException",
        "SerializationException",
        "ThrottlingException",
        "UnknownOperationException",
        "ValidationException",
    }
)

# Values that ECS sends although botocore's enum does not have them: shape name -> values.
# The doc string of lifecycleStage lists this stage, the enum does not (the enum of the lifecycle hooks does).
BEYOND_THE_ENUM: Mapping[str, frozenset[str]] = {
    "ServiceDeploymentLifecycleStage": frozenset({"PRE_PRODUCTION_TRAFFIC_SHIFT"}),
}

_INTEGERS = {"integer": 2**31, "long": 2**63}

# A timestamp above this was written in milliseconds: as seconds it lies after the year 5000.
_LATEST_TIMESTAMP = 1e11


def ecs_model() -> ServiceModel:
    """The model of ECS that the installed botocore has."""
    return ServiceModel(Loader().load_service_model("ecs", "service-2"), service_name="ecs")


class ModelCheck:
    """Holds answers against botocore's model of ECS. Each finding is one line: where, and what is wrong there."""

    def __init__(self) -> None:
        self._beyond_the_enum = BEYOND_THE_ENUM
        # ServiceModel does not pass on which errors are faults, which is what makes them HTTP 500.
        shapes = Loader().load_service_model("ecs", "service-2")["shapes"]
        self._faults = {name for name, shape in shapes.items() if shape.get("fault")}

    def hold_to_the_enum(self) -> None:
        """From here on no value is taken that the model's enums do not have."""
        self._beyond_the_enum = {}

    def answer(self, operation: OperationModel, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
        """Everything that is wrong with an answer of `operation`; empty when nothing is."""
        return list(self._answer(operation, status, headers, body))

    def _answer(self, operation: OperationModel, status: int, headers: Mapping[str, str], body: bytes) -> Iterator[str]:
        content_type = headers.get("Content-Type")
        if content_type != CONTENT_TYPE:
            yield f"Content-Type is {content_type!r}, not {CONTENT_TYPE!r}"
        try:
            content = json.loads(body, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
        except ValueError as error:
            yield f"the body is not JSON: {error}"
            return
        if status == 200:
            yield from self._value(operation.output_shape, content, operation.name)
        else:
            yield from self._error(operation, status, content)

    def _error(self, operation: OperationModel, status: int, content: Any) -> Iterator[str]:
        if not isinstance(content, dict) or not isinstance(content.get("__type"), str):
            yield f"HTTP {status} without a __type: {content!r}"
            return
        members = dict(content)
        name = members.pop("__type").rpartition("#")[2]
        listed = {shape.name: shape for shape in operation.error_shapes}
        if name not in listed and name not in COMMON_ERRORS:
            yield f"__type: {operation.name} does not list {name}"
        due = 500 if name in self._faults else 400
        if status != due:
            yield f"HTTP {status} for {name}, which is {due}"
        if not members.get("message"):
            yield f"{name}: no message for a person"
        if name in listed:
            yield from self._value(listed[name], members, name)

    def _value(self, shape: Shape | None, value: Any, where: str) -> Iterator[str]:
        if shape is None:
            if value != {}:
                yield f"{where}: the model has no output, here is {value!r}"
        elif value is None:
            yield f"{where}: null, where a member without a value is left out"
        elif isinstance(shape, StructureShape):
            yield from self._structure(shape, value, where)
        elif isinstance(shape, ListShape):
            yield from self._list(shape, value, where)
        elif isinstance(shape, MapShape):
            yield from self._map(shape, value, where)
        elif isinstance(shape, StringShape):
            yield from self._string(shape, value, where)
        else:
            yield from self._scalar(shape, value, where)

    def _structure(self, shape: StructureShape, value: Any, where: str) -> Iterator[str]:
        if shape.is_document_type:
            return
        if not isinstance(value, dict):
            yield _wrong(where, "structure", value)
            return
        for name in shape.required_members:
            if name not in value:
                yield f"{where}.{name}: required by {shape.name}, and not there"
        if shape.is_tagged_union and len(value) != 1:
            yield f"{where}: {shape.name} is a union of one member, here are {sorted(value)}"
        for name, member in value.items():
            if name in shape.members:
                yield from self._value(shape.members[name], member, f"{where}.{name}")
            else:
                yield f"{where}.{name}: {shape.name} has no such member"

    def _list(self, shape: ListShape, value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield _wrong(where, "list", value)
            return
        for index, item in enumerate(value):
            yield from self._value(shape.member, item, f"{where}[{index}]")

    def _map(self, shape: MapShape, value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _wrong(where, "map", value)
            return
        for key, item in value.items():
            yield from self._value(shape.key, key, f"{where} (a key)")
            yield from self._value(shape.value, item, f"{where}[{key!r}]")

    def _string(self, shape: StringShape, value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield _wrong(where, "string", value)
            return
        allowed = [*shape.enum, *self._beyond_the_enum.get(shape.name, ())]
        if shape.enum and value not in allowed:
            yield f"{where}: {shape.name} has no value {value!r}"
        yield from _bounds(shape, len(value), f"{where}: the length of {value!r}")

    def _scalar(self, shape: Shape, value: Any, where: str) -> Iterator[str]:
        if shape.type_name == "boolean":
            right = isinstance(value, bool)
        elif shape.type_name in _INTEGERS:
            limit = _INTEGERS[shape.type_name]
            right = isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
        else:
            right = isinstance(value, int | float) and not isinstance(value, bool)
        if not right:
            yield _wrong(where, shape.type_name, value)
        elif shape.type_name == "timestamp":
            if not 0 < value < _LATEST_TIMESTAMP:
                yield f"{where}: {value!r} is no time in seconds since 1970"
        else:
            yield from _bounds(shape, value, f"{where}: {value!r}")


def _bounds(shape: Shape, measure: float, what: str) -> Iterator[str]:
    if measure < shape.metadata.get("min", measure):
        yield f"{what} is below {shape.name}'s least, {shape.metadata['min']}"
    if measure > shape.metadata.get("max", measure):
        yield f"{what} is above {shape.name}'s most, {shape.metadata['max']}"


def _wrong(where: str, type_name: str, value: Any) -> str:
    return f"{where}: {value!r} is not of type {type_name}"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError(f"a member is there twice in {[name for name, _ in pairs]}")
    return members
