"""A recorded stream as a source of measurements."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

import msgspec

from goldfinch.core.health.cohort import Cohort, CohortMark
from goldfinch.core.health.events import SessionEvent, SessionState, WeightEvent
from goldfinch.core.health.failures import MetricsUnavailable
from goldfinch.core.health.metrics import GatedMetric
from goldfinch.core.replay.course import Course
from goldfinch.ports.evidence_source import Question, Reading


class StreamEvidence:
    """Counts the events of a stream by their times, whatever the clock says, and never beyond a recorded change of weight.

    The cursor is the cohort's mark as JSON. A question whose cursor is not where this source stands is answered by reading the stream anew.
    """

    def __init__(
        self,
        events: Callable[[], Iterator[SessionEvent | WeightEvent]],
        metrics: tuple[GatedMetric, ...],
        *,
        tolerance_s: float,
        course: Course | None = None,
        sampled_turns: int = 1,
    ) -> None:
        """`events` begins the stream anew; no event is more than `tolerance_s` older than one before it."""
        self._events, self._metrics, self._tolerance_s = events, metrics, tolerance_s
        self._course, self._sampled_turns = course, sampled_turns
        self._stands_at: str | None = None

    async def read(self, question: Question, sessions: Iterable[SessionState]) -> Reading:
        if question.cursor != self._stands_at:
            self._begin_at(question, sessions)
        until_s = self._until_s(question)
        since_s = question.baking_since.timestamp()
        if until_s is None or until_s <= max(since_s, self._cohort.mark.cut_s or since_s):
            return Reading((), question.cursor)
        self._cohort.open(
            step=question.step,
            baking_since_s=since_s,
            canary_share=question.canary_share,
            thresholds_ms=question.thresholds_ms,
            comparable=question.comparable,
        )
        for event in self._take(until_s):
            self._cohort.count(event)
        counted = self._cohort.close(until_s)
        self._stands_at = msgspec.json.encode(counted.mark).decode()
        return Reading((counted.interval,), self._stands_at, counted.sessions, counted.forgotten)

    def _begin_at(self, question: Question, sessions: Iterable[SessionState]) -> None:
        try:
            mark = msgspec.json.decode(question.cursor, type=CohortMark) if question.cursor else CohortMark()
        except msgspec.MsgspecError as error:
            raise MetricsUnavailable(f"the cursor is none of a stream: {error}", where="stream") from error
        self._cohort = Cohort(
            question.rollout_id,
            self._metrics,
            sampled_turns=self._sampled_turns,
            tolerance_s=self._tolerance_s,
            mark=mark,
            sessions=sessions if question.cursor else (),
        )
        self._unread = self._events()
        self._pending: list[SessionEvent] = []
        self._newest_s = float("-inf")
        if mark.cut_s is not None:
            self._take(mark.cut_s)
        self._stands_at = question.cursor

    def _until_s(self, question: Question) -> float | None:
        """The end of the question, or of the recorded weight that it is about; None where another weight was served then."""
        until_s = question.until.timestamp()
        if self._course is None:
            return until_s
        served = self._course.served_at(question.baking_since.timestamp())
        if served is None or round(question.canary_share * 100) != served.weight_percent:
            return None
        ends_s = served.until_s if served.until_s is not None else self._course.ended_s
        return until_s if ends_s is None else min(until_s, ends_s)

    def _take(self, until_s: float) -> list[SessionEvent]:
        """The events before `until_s` that were not taken yet, by time; those of the same time in the order of the stream."""
        pending = self._pending
        while self._newest_s < until_s + self._tolerance_s and (event := next(self._unread, None)) is not None:
            self._newest_s = max(self._newest_s, event.time_s)
            if isinstance(event, SessionEvent):
                pending.append(event)
        pending.sort(key=_time_s)
        end = bisect_left(pending, until_s, key=_time_s)
        taken, self._pending = pending[:end], pending[end:]
        return taken


def _time_s(event: SessionEvent) -> float:
    return event.time_s
