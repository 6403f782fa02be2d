"""The same turns through `core/health/cohort.py`, event by event, as a source of measurements would."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from benchmarks.rollouts.course import BEGINS, interval_begins_s, share_of, step_of
from benchmarks.rollouts.many_turns import Turns, events
from benchmarks.rollouts.our_judge import NextInterval
from goldfinch.core.health.cohort import Cohort
from goldfinch.core.health.events import SessionEvent, SessionState
from goldfinch.core.health.interval import Interval
from goldfinch.core.health.metrics import HealthRules

ROLLOUT = "ro_simulated"


def intervals(turns: Turns, rules: HealthRules, *, restarts: Collection[int] = ()) -> NextInterval:
    """The next interval, each time it is asked for. After `restarts` a new cohort goes on from the mark and the saved sessions."""
    source = _Source(turns, rules, restarts)
    return source.next_interval


class _Source:
    def __init__(self, turns: Turns, rules: HealthRules, restarts: Collection[int]) -> None:
        self._rules, self._restarts = rules, restarts
        self._events: Iterator[SessionEvent] = events(turns)
        self._cohort = Cohort(ROLLOUT, rules.metrics)
        self._saved: dict[str, SessionState] = {}

    def next_interval(self, minute: int, thresholds_ms: dict[str, float]) -> Interval:
        begins_s = BEGINS.timestamp() + interval_begins_s(minute)
        first_of_step = minute - minute % 30
        baking_since_s = BEGINS.timestamp() + interval_begins_s(first_of_step)
        self._cohort.open(step=step_of(minute), baking_since_s=baking_since_s, canary_share=share_of(minute), thresholds_ms=thresholds_ms)
        for event in self._events:
            if event.time_s >= begins_s + 60:
                self._events = chain([event], self._events)
                break
            self._cohort.count(event)
        closed = self._cohort.close(begins_s + 60)
        self._saved |= {state.session: state for state in closed.sessions}
        for name in closed.forgotten:
            self._saved.pop(name, None)
        if minute in self._restarts:
            self._cohort = Cohort(ROLLOUT, self._rules.metrics, mark=self._cohort.mark, sessions=self._saved.values())
        return closed.interval
