"""A received span: as it is read from the wire, and reduced to what a turn is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

NO_ATTRIBUTES: Final[Mapping[str, Any]] = {}
SERVER: Final = 2
"""SpanKind of OTLP."""
HAS_REMOTE_PARENT: Final = 0x300
"""Both bits of a span's flags: known, and so."""
FAILED: Final = 2
"""StatusCode of OTLP."""


@dataclass(slots=True)
class RawSpan:
    """A span as a decoder gives it: ids as bytes, times in nanoseconds since 1970, only the attributes that somebody reads."""

    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    """Empty: none."""
    kind: int
    start_ns: int
    end_ns: int
    status: int
    attributes: Mapping[str, Any]
    events: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    flags: int = 0
    """Whether the parent is in another process, where the sender says it: bits 8 and 9 of OTLP."""
    resource: Mapping[str, Any] = field(default_factory=dict)
    """Shared by the spans of one resource."""


class SpanRole(StrEnum):
    """What a span did, in whichever convention it says so."""

    AGENT = "agent"
    MODEL = "model"
    TOOL = "tool"
    RETRIEVAL = "retrieval"
    GUARDRAIL = "guardrail"
    OTHER = "other"


@dataclass(slots=True)
class Content:
    """What was said, as texts that are cut and free of secrets: kept in memory only, and only where it may be scored."""

    question: Any = None
    """Messages as plain JSON values, or text."""
    answer: str = ""
    result: str = ""
    """What a tool or a retrieval gave."""
    leak: str = ""
    """What secret stood in the answer before it was masked, in words; empty: none."""

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        return len(self.answer) + len(self.result) + (_size(self.question) if self.question is not None else 0)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(one) for one in value.values())
    return sum(_size(one) for one in value) if isinstance(value, list) else 8


@dataclass(slots=True)
class SpanFacts:
    """What is kept of a span until its turn is whole. None is unknown, never 0."""

    span_id: bytes
    parent_id: bytes
    role: SpanRole
    is_entry: bool
    """An agent's or a server's span: may be where a turn begins."""
    is_root: bool
    """An entry that nothing in its own process stands above."""
    start_ns: int
    end_ns: int
    failed: bool = False
    release: str | None = None
    session: str | None = None
    model: str | None = None
    provider: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None
    cost_usd: float | None = None
    first_token_ms: float | None = None
    tool: str | None = None
    call: bytes | None = None
    """Hash of a tool's name and arguments; None: the arguments are not known."""
    flags: tuple[str, ...] = ()
    content: Content | None = None
