"""A span as a value: what OpenTelemetry calls one, without anything that makes or sends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

AttributeValue = str | bool | int | float | tuple[str, ...]
Attributes = dict[str, AttributeValue]


class SpanKind(IntEnum):
    """As OTLP numbers them."""

    INTERNAL = 1
    CLIENT = 3


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What many spans or events have in common, as one object: a writer writes it once. Most of an answer's span is of this kind."""

    name: str
    attributes: Attributes
    kind: SpanKind = SpanKind.INTERNAL


@dataclass(slots=True)
class Span:
    """A finished span. Times are nanoseconds since 1970, UTC. `error` is the status in words, None where nothing went wrong."""

    shared: Shared
    trace_id: bytes
    span_id: bytes
    parent_id: bytes | None
    start_ns: int
    end_ns: int
    own: Attributes
    """The attributes that are not in `shared`."""
    events: tuple[Shared, ...] = ()
    """What happened when it ended."""
    error: str | None = None

    @property
    def name(self) -> str:
        return self.shared.name

    @property
    def attributes(self) -> Attributes:
        """All of them."""
        return {**self.shared.attributes, **self.own}
