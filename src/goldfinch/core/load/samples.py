"""The raw figures of one iteration, in columns: one entry per measured request, in the order of completion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

OK = "ok"
TIMEOUT = "timeout"


@dataclass(slots=True)
class Samples:
    """Times in milliseconds from the start of the iteration. None is unknown, never 0."""

    intended_ms: list[float] = field(default_factory=list)
    """When the request was due; in a closed loop, when its client was free to send it."""
    sent_ms: list[float] = field(default_factory=list)
    done_ms: list[float] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    """`ok`, `timeout`, or what went wrong: `http_503`, `connection_refused`, `server_error`."""
    first_token_ms: list[float | None] = field(default_factory=list)
    """From when the request was due to the first event of a stream."""
    provider_ms: list[float | None] = field(default_factory=list)
    """Time that the target says it waited for its model provider."""
    cost_usd: list[float | None] = field(default_factory=list)
    gaps_ms: list[float] = field(default_factory=list)
    """Between the events of streams, all requests together."""
    lag_ms: list[float] = field(default_factory=list)
    """How late the generator's own ticks were: its event loop was busy, or the machine was."""

    def __len__(self) -> int:
        return len(self.outcomes)

    @property
    def latencies_ms(self) -> list[float]:
        """From when each request was due until it was answered or given up.

        Requests that failed in another way than by running out of time are left out: a refusal within a millisecond is no fast answer.
        A timeout stays in, at the time that it took: leaving out the slowest would flatter.
        """
        rows = zip(self.intended_ms, self.done_ms, self.outcomes, strict=True)
        return [done - due for due, done, outcome in rows if outcome in (OK, TIMEOUT)]

    @property
    def service_ms(self) -> list[float]:
        """The same from when each was sent: what a load generator with coordinated omission would say."""
        rows = zip(self.sent_ms, self.done_ms, self.outcomes, strict=True)
        return [done - sent for sent, done, outcome in rows if outcome in (OK, TIMEOUT)]

    @property
    def late_ms(self) -> list[float]:
        """How long after it was due each request was sent."""
        return [sent - due for due, sent in zip(self.intended_ms, self.sent_ms, strict=True)]

    @property
    def overhead_ms(self) -> list[float]:
        """Latency without the provider's part, of answered requests that told it."""
        rows = zip(self.sent_ms, self.done_ms, self.outcomes, self.provider_ms, strict=True)
        return [max(0.0, done - sent - theirs) for sent, done, outcome, theirs in rows if outcome == OK and theirs is not None]

    @property
    def answered(self) -> int:
        return self.outcomes.count(OK)

    @property
    def errors(self) -> dict[str, int]:
        """Failed requests by what went wrong, most frequent first."""
        return {kind: count for kind, count in Counter(self.outcomes).most_common() if kind != OK}

    @property
    def duration_s(self) -> float:
        """From when the first request was due until the last was over."""
        return (max(self.done_ms) - min(self.intended_ms)) / 1000 if self.outcomes else 0.0

    @property
    def requests_per_second(self) -> float:
        """Answered requests a second."""
        duration = self.duration_s
        return self.answered / duration if duration > 0 else 0.0


def known(values: Sequence[float | None]) -> list[float]:
    """Those that are not unknown."""
    return [value for value in values if value is not None]


def pooled(columns: Iterable[Sequence[float]]) -> list[float]:
    """All columns as one."""
    return [value for column in columns for value in column]
