"""What all the stories together have sent and been answered, member by member, to find what none of them touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape


@dataclass(frozen=True)
class Exchange:
    """One call as it went over the wire. A call that boto3 tries twice is two exchanges."""

    operation: str
    status: int


@dataclass
class Seen:
    """The exchanges so far, and the members that were in them as `Operation: member.member`."""

    exchanges: list[Exchange] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)

    def request(self, operation: OperationModel, params: dict[str, Any]) -> None:
        self.sent.update(f"{operation.name}: {path}" for path in _present(operation.input_shape, params))

    def answer(self, operation: OperationModel, status: int, content: Any) -> None:
        self.exchanges.append(Exchange(operation.name, status))
        if status == 200:
            self.answered.update(f"{operation.name}: {path}" for path in _present(operation.output_shape, content))


def members(operation: OperationModel, shape: Shape | None) -> set[str]:
    """Every member that `shape` has, in the form that `Seen` writes."""
    return {f"{operation.name}: {path}" for path in _declared(shape)}


def _declared(shape: Shape | None, path: str = "", above: tuple[str, ...] = ()) -> Iterator[str]:
    shape = _inside(shape)
    if not isinstance(shape, StructureShape) or shape.name in above:
        return
    for name, member in shape.members.items():
        here = f"{path}.{name}".lstrip(".")
        yield here
        yield from _declared(member, here, (*above, shape.name))


def _inside(shape: Shape | None) -> Shape | None:
    while isinstance(shape, ListShape | MapShape):
        shape = shape.member if isinstance(shape, ListShape) else shape.value
    return shape


def _present(shape: Shape | None, value: Any, path: str = "") -> Iterator[str]:
    if isinstance(shape, ListShape) and isinstance(value, list):
        for item in value:
            yield from _present(shape.member, item, path)
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for item in value.values():
            yield from _present(shape.value, item, path)
    elif isinstance(shape, StructureShape) and isinstance(value, dict):
        for name in value.keys() & shape.members.keys():
            here = f"{path}.{name}".lstrip(".")
            yield here
            yield from _present(shape.members[name], value[name], here)
