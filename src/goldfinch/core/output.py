"""What an agent gave for one case: the answer, how it got there, what it took, or how it failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool", "reasoning"]


class FailureKind(StrEnum):
    """Why there is no answer. The first group is the agent's own doing and scores 0; the second is missing evidence.

    Source: DESIGN, "Errors are not scores"; STATISTICS B.
    """

    EXCEPTION = "exception"
    TIMEOUT = "timeout"
    INVALID_OUTPUT = "invalid_output"
    SERVER_ERROR = "server_error"
    CRASHED = "crashed"

    RATE_LIMITED = "rate_limited"
    PROVIDER_ERROR = "provider_error"
    PROVIDER_TIMEOUT = "provider_timeout"
    NETWORK = "network"
    NOT_RECORDED = "not_recorded"

    @property
    def is_missing(self) -> bool:
        """True where nothing was learned about the agent: the record is asked for again when the run is resumed."""
        return self not in AGENT_FAILURES

    @property
    def is_transient(self) -> bool:
        """True where asking again, later, may help."""
        return self in _TRANSIENT


AGENT_FAILURES = frozenset(
    {FailureKind.EXCEPTION, FailureKind.TIMEOUT, FailureKind.INVALID_OUTPUT, FailureKind.SERVER_ERROR, FailureKind.CRASHED}
)
_TRANSIENT = frozenset({FailureKind.RATE_LIMITED, FailureKind.PROVIDER_ERROR, FailureKind.PROVIDER_TIMEOUT, FailureKind.NETWORK})


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure in words: `message` is one line, already free of secrets."""

    kind: FailureKind
    message: str
    status: int | None = None
    """HTTP status where there was one."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool by the agent; `result` and `error` are what came back, None where unknown."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    result: Any = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a trajectory: a message, a thought, or a turn that calls tools."""

    role: Role
    text: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer, as the provider counted them; None is unknown, never 0."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None

    @property
    def total_tokens(self) -> int | None:
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens


@dataclass(slots=True)  # a value like the others; `frozen` would triple the cost of making one, and a run makes one per answer
class Output:
    """What the agent gave. Times in milliseconds of wall clock, cost in US dollars; None is unknown, never 0."""

    text: str | None = None
    data: Any = None
    """A structured answer: JSON values with finite numbers only."""
    trajectory: tuple[Step, ...] = ()
    usage: Usage | None = None
    cost_usd: float | None = None
    latency_ms: float | None = None
    first_token_ms: float | None = None
    model: str | None = None
    """The model that answered, as the provider names it: an alias may move silently (REQUIREMENTS M1)."""
    reported: Mapping[str, float] = field(default_factory=dict)
    """Scores that the agent's own environment gave, such as a benchmark's `reward`."""
    failure: Failure | None = None
    finish_reason: str | None = None
    """Why the model stopped: `stop`, `length` (cut off at its token limit), `tool_calls`, `content_filter`; None is unknown."""

    def tool_calls(self) -> Iterator[ToolCall]:
        """Every tool call of the trajectory, in the order made."""
        for step in self.trajectory:
            yield from step.tool_calls

    @property
    def step_count(self) -> int | None:
        """Turns that the agent itself took: assistant messages and thoughts, tool results and user turns not counted.

        A model's completion (an answer with its `finish_reason`) needs no trajectory to be one turn. Any other answer without a
        trajectory may have taken any number: None.
        """
        if self.trajectory:
            return sum(step.role in ("assistant", "reasoning") for step in self.trajectory)
        return 1 if self.finish_reason is not None and self.text is not None else None
