"""What a benchmark asks of its target, and of the clock that it sends by."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from goldfinch.core.load.samples import OK


class Reply:
    """One request, seen from here. Times are of `time.perf_counter`, in seconds; None is unknown.

    A plain object: thousands are made a second.
    """

    __slots__ = ("cost_usd", "done_s", "event_s", "outcome", "provider_ms", "sent_s")

    def __init__(self, sent_s: float, done_s: float, outcome: str = OK) -> None:
        self.sent_s = sent_s
        self.done_s = done_s
        self.outcome = outcome
        """`ok`, `timeout` or a short name of what went wrong."""
        self.event_s: list[float] | None = None
        """When the events of a stream came; the first is the first token."""
        self.provider_ms: float | None = None
        self.cost_usd: float | None = None


class LoadTarget(Protocol):
    """What requests are sent to. Opened before the first and closed after the last; serves many at once."""

    @property
    def name(self) -> str:
        """As reports show it; free of secrets."""
        ...

    async def send(self, number: int) -> Reply:
        """Send the request with this number, without retrying. Whatever goes wrong with one request is its outcome.

        Raises `GoldfinchError` where no request can work (refused key, malformed address).
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None: ...


class Alarm(Protocol):
    """Wakes a task at a moment, more precisely than the timers of an event loop, which come up to a millisecond late."""

    async def until(self, moment_s: float) -> None:
        """Return at `moment_s` of `time.perf_counter`, at once where it is past. One waiter at a time."""
        ...

    def close(self) -> None: ...
