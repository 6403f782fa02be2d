"""Lines of the access log as turns of sessions: which is a session's first, whose it is, and what runs.

A session's first request is one in which its id was made, or one with an id of the client's own that was in no line since at least the idle
time, or the first one of a probe, whose ids are never used again. Any other session that is first seen with a valid token began before:
nobody knows when, and it never counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from goldfinch.core.health.cohort import Cohort
from goldfinch.core.health.events import CLIENT_LEFT, TIMEOUT, RunningRequest, SessionEvent
from goldfinch.core.health.metrics import Arm
from goldfinch.core.live.access_line import AccessLine, Outcome

_FLAGS: Final[Mapping[Outcome, tuple[str, ...]]] = {Outcome.TIMED_OUT: (TIMEOUT,), Outcome.CLIENT_LEFT: (CLIENT_LEFT,)}
_LATER: Final = 2
"""The number of any turn but the first: the log does not count them, and only the first is measured."""


class PlacedLine(NamedTuple):
    """A line and where it stands; in the order in which what they say happened, those of the same time as they stand."""

    at_s: float
    place: tuple[int, int]
    line: AccessLine


class Turns:
    """Feeds a cohort whose interval is open. What runs is remembered from one interval to the next."""

    def __init__(self, cohort: Cohort, arms: Mapping[str, Arm], *, idle_s: float, probes_are_traffic: bool = False) -> None:
        """`arms`: the release that served → its arm; any other is of neither."""
        self._cohort, self._arms = cohort, arms
        self._idle_s, self._probes_are_traffic = idle_s, probes_are_traffic
        self._running: dict[str, tuple[RunningRequest, tuple[int, int]]] = {}
        """First requests that have not finished, by their ids."""

    def take(self, placed: PlacedLine, *, known_since_s: float | None) -> None:
        """Lines in the order of their times. `known_since_s`: since when the log has been whole; None: nobody knows."""
        line = placed.line
        if line.ended:
            self._running.pop(line.request, None)
        arm = self._arms.get(line.release) if line.release is not None else None
        if line.session is None or line.release is None:
            return
        if arm is None:
            self._cohort.pass_by(line.session, placed.at_s)
        elif line.probe and not self._probes_are_traffic:
            if not self._cohort.knows(line.session, placed.at_s):
                self._cohort.begin(RunningRequest(line.session, arm, 1, line.begun_s), probe=True)
        elif line.ended:
            self._cohort.count(_event(line, line.session, arm, self._turn(line, line.session, known_since_s)))
        else:
            self._start(placed, line.session, arm, known_since_s)

    def take_again(self, placed: PlacedLine) -> None:
        """A line that was counted before counting was taken up again: only what still runs matters."""
        line = placed.line
        arm = self._arms.get(line.release) if line.release is not None else None
        if line.ended:
            self._running.pop(line.request, None)
        elif line.session is not None and arm is not None and self._cohort.is_first_request(line.session, line.begun_s):
            self._note_running(placed, RunningRequest(line.session, arm, 1, line.begun_s))

    def running(self, now_s: float) -> Iterator[RunningRequest]:
        """First requests that have begun and not finished; one that has run for longer than the idle time was lost."""
        self._running = {name: found for name, found in self._running.items() if now_s - found[0].begun_s <= self._idle_s}
        for request, _ in self._running.values():
            yield request

    def oldest_running(self) -> tuple[int, int] | None:
        """Where the first line of a request that still runs stands."""
        return min((place for _, place in self._running.values()), default=None)

    def _start(self, placed: PlacedLine, session: str, arm: Arm, known_since_s: float | None) -> None:
        line = placed.line
        if self._turn(line, session, known_since_s) != 1 or self._cohort.knows(session, line.begun_s):
            return
        request = RunningRequest(session, arm, 1, line.begun_s)
        self._cohort.begin(request)
        self._note_running(placed, request)

    def _note_running(self, placed: PlacedLine, request: RunningRequest) -> None:
        if placed.line.request and not (placed.line.probe and not self._probes_are_traffic):
            self._running[placed.line.request] = request, placed.place

    def _turn(self, line: AccessLine, session: str, known_since_s: float | None) -> int:
        if self._cohort.is_first_request(session, line.begun_s):
            return 1
        if self._cohort.knows(session, line.at_s):
            return _LATER
        is_new = not line.pinned and known_since_s is not None and known_since_s <= line.begun_s - self._idle_s
        return 1 if line.minted or line.probe or is_new else _LATER


def _event(line: AccessLine, session: str, arm: Arm, turn: int) -> SessionEvent:
    ok = line.outcome in (Outcome.OK, Outcome.CLIENT_LEFT)
    return SessionEvent(line.at_s, session, arm, turn, ok, line.duration_ms, flags=_FLAGS.get(line.outcome, ()))
