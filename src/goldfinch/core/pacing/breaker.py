"""When to stop asking something that does not answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class BreakerState(StrEnum):
    UNTESTED = "untested"
    """Nothing has come back yet: one call goes first (the preflight)."""
    CLOSED = "closed"
    """Answers come back; calls flow."""
    PROBING = "probing"
    """Calls failed: one at a time, to see whether it is over."""
    OPEN = "open"
    """Given up: the run stops."""


@dataclass(slots=True)
class CircuitBreaker:
    """Counts failures of the way to the agent (network, provider), never the agent's own.

    A dead endpoint costs at most `give_up_after` calls when it was dead from the start, and `concurrency + trip_after +
    give_up_after` when it dies in the middle of a run. Source: Nygard, Release It!, 2nd edition, 2018, chapter 5.
    """

    trip_after: int = 10
    """Failures in a row, after successes, that turn the flow into single probes."""
    give_up_after: int = 4
    """Failed probes in a row that end the run."""
    state: BreakerState = field(init=False, default=BreakerState.UNTESTED)
    last_failure: str = field(init=False, default="")
    trips: int = field(init=False, default=0)
    """How often the flow was turned into probes: handed to a call at its start and back with its failure."""
    _in_a_row: int = field(init=False, default=0)

    def answered(self) -> None:
        """Something came back: an answer, or a refusal that shows the other side alive."""
        self._in_a_row = 0
        if self.state is not BreakerState.OPEN:
            self.state = BreakerState.CLOSED

    def failed(self, message: str, started_in: int) -> None:
        """A call that started when there had been `started_in` trips failed.

        Calls that were in flight at a trip are part of the same outage and no probes: a short one never ends a run, however many it hits.
        """
        self.last_failure = message
        if self.state is BreakerState.PROBING and started_in != self.trips:
            return
        self._in_a_row += 1
        if self.state is BreakerState.UNTESTED:
            self.state = BreakerState.PROBING
        elif self.state is BreakerState.CLOSED and self._in_a_row >= self.trip_after:
            self.state = BreakerState.PROBING
            self.trips += 1
            self._in_a_row = 0
        if self.state is BreakerState.PROBING and self._in_a_row >= self.give_up_after:
            self.state = BreakerState.OPEN

    def waited_long_enough(self) -> None:
        """The preflight is still on its way without having failed: let the others start."""
        if self.state is BreakerState.UNTESTED:
            self.state = BreakerState.CLOSED

    def permits(self, in_flight: int) -> bool:
        if self.state is BreakerState.CLOSED:
            return True
        return self.state is not BreakerState.OPEN and in_flight == 0
