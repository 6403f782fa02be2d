"""The access log as it is read: lines in the order of their times, up to a time, from a durable offset on, and what of it is missing."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from pathlib import Path
from typing import Final

from goldfinch.adapters.live.cursor import LiveCursor
from goldfinch.adapters.live.segments import EvidenceGone, Gap, Line, Offset, Place, SegmentTail
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.health.cohort import TOLERANCE_S
from goldfinch.core.live.access_line import LOG_NAME, BadLine, read_access_line
from goldfinch.core.live.turns import PlacedLine
from goldfinch.ports.clock import Clock

SETTLED_S: Final = 0.5
"""After a request has ended its line is written within this time: the proxy's flush, and some more."""
_LINES_AT_ONCE = 20_000
_AHEAD_S = 60.0
"""A line whose time is later than now by more than this has a wrong time."""
_EXAMPLE_LENGTH = 120
_at_s = attrgetter("at_s")


class BadLines:
    """Lines that are none, of those read since the last interval was closed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.many = self.lines = 0
        self.example = ""

    def add(self, why: str, line: bytes) -> None:
        self.many += 1
        if not self.example:
            self.example = f"{why}: {for_terminal_line(line[:_EXAMPLE_LENGTH].decode('utf-8', 'replace'))}"


class AccessLog:
    """One log, read by one reader."""

    def __init__(self, folder: Path, clock: Clock, *, idle_s: float) -> None:
        self._tail, self._clock, self._idle_s = SegmentTail(folder, LOG_NAME), clock, idle_s
        self.bad = BadLines()
        self._forget()

    def _forget(self) -> None:
        self._pending: list[PlacedLine] = []
        self.read_to = Offset()
        self._stood_at = Place(self.read_to)
        self._is_at_end = False
        self.has_more = False
        self._latest_s = self._clock.utc().timestamp() + _AHEAD_S
        self._newest_s = float("-inf")
        self.known_since_s: float | None = None
        """Since when every line is known."""
        self.hole_ends_s: float | None = None
        """Before this time, a part of the log is gone."""
        self._hole = ""
        self._is_behind_hole = False
        self.bad.forget()

    def begin(self, since_s: float) -> None:
        """Read from the segment on that holds `since_s`: who was seen before a rollout began is no new session in it."""
        self._forget()
        segments = self._tail.segments()
        for number in reversed(segments):
            self.read_to = Offset(number)
            first = next((found for line in self._tail.lines(self.read_to) if (found := self._read(line)) is not None), None)
            if first is not None and first.at_s <= since_s:
                break
        self._stood_at = self._tail.place(self.read_to)
        self.bad.forget()

    def resume(self, cursor: LiveCursor) -> None:
        """Go on from a cursor: what had been read and not counted is read again."""
        self._forget()
        self.known_since_s, self.hole_ends_s = cursor.known_since_s, cursor.hole_ends_s
        start, gap = self._tail.resume(cursor.log_from)
        read_to, later_gap = self._tail.resume(cursor.log_read)
        self.read_to, self._stood_at = start, cursor.log_from
        self._heed_gap(read_to if later_gap else start, later_gap or gap)

    def taken_before(self, cursor: LiveCursor) -> list[PlacedLine]:
        """The lines up to the cursor that were counted; those that were read only wait to be taken. After `resume`."""
        if self.read_to >= cursor.log_read.at or self._is_behind_hole:
            return []
        cut_s = cursor.mark.cut_s or 0.0
        counted: list[PlacedLine] = []
        for line in self._tail.lines(self.read_to):
            if line.at >= cursor.log_read.at:
                break
            self.read_to = line.end
            placed = self._read(line)
            if placed is not None:
                (counted if placed.at_s < cut_s else self._pending).append(placed)
                self._newest_s = max(self._newest_s, placed.at_s if placed.line.ended else self._newest_s)
        self._stood_at = self._tail.place(self.read_to)
        return sorted(counted)

    def pull(self, until_s: float) -> None:
        """Read on, to the end of what is there, or until lines come that are later than `until_s` by more than any delay.

        Of a long log only so much that others on the event loop do not wait: `has_more` says so.
        """
        if self._newest_s >= until_s + TOLERANCE_S:
            return
        self._is_at_end = False
        self._latest_s = self._clock.utc().timestamp() + _AHEAD_S
        try:
            self._heed_gap(*self._tail.resume(self._stood_at))
            self.has_more = self._pull(until_s)
            self._stood_at = self._tail.place(self.read_to)
            self._is_at_end = not self.has_more
        except (EvidenceGone, FileNotFoundError):
            return  # renamed just now, or gone: the next look tells

    def _pull(self, until_s: float) -> bool:
        for number, line in enumerate(self._tail.lines(self.read_to), 1):
            self._take_in(line)
            if self._newest_s >= until_s + TOLERANCE_S:
                return False
            if number >= _LINES_AT_ONCE:
                return True
        return False

    def _heed_gap(self, start: Offset, gap: Gap | None) -> None:
        if gap is not None:
            self._hole, self._is_behind_hole = gap.why, True
            self.read_to, self._stood_at = start, self._tail.place(start)

    def is_written(self, until_s: float, alive_s: float | None) -> bool:
        """Whether all that happened before `until_s` was there when `pull` looked; `alive_s`: when the proxy was seen before that."""
        lives = alive_s is not None and alive_s >= until_s + SETTLED_S and self._is_at_end and bool(self._tail.segments())
        return lives or self._newest_s >= until_s + SETTLED_S

    def missing(self) -> str:
        """A hole that was found and not said yet, in words."""
        why, self._hole = self._hole, ""
        return why

    def take(self, until_s: float) -> list[PlacedLine]:
        """What happened before `until_s` and was not taken yet, in order."""
        self._pending.sort()
        end = bisect_left(self._pending, until_s, key=_at_s)
        taken, self._pending = self._pending[:end], self._pending[end:]
        return taken

    def needed_from(self) -> Offset:
        """Where the first line stands that was read and not taken."""
        return min((Offset(*placed.place) for placed in self._pending), default=self.read_to)

    @property
    def tail(self) -> SegmentTail:
        return self._tail

    def _take_in(self, line: Line) -> None:
        self.read_to = line.end
        placed = self._read(line)
        if placed is None:
            return
        self._pending.append(placed)
        if placed.line.ended:
            self._newest_s = max(self._newest_s, placed.at_s)
        if self._is_behind_hole:
            self._is_behind_hole = False
            self.hole_ends_s = self.known_since_s = placed.at_s + SETTLED_S
        elif self.known_since_s is None:
            self.known_since_s = placed.at_s

    def _read(self, line: Line) -> PlacedLine | None:
        self.bad.lines += 1
        try:
            found = read_access_line(line.content)
            if found.at_s > self._latest_s:
                raise BadLine("time: in the future")
        except BadLine as error:
            self.bad.add(str(error), line.content)
            return None
        return PlacedLine(found.at_s, line.at, found)
