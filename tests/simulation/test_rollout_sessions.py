"""Simulated sessions are counted with arrays; here they go through `Cohort` turn by turn, and every interval is the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.rollouts import many_turns, our_judge, through_cohort
from benchmarks.rollouts.cells import CELLS
from benchmarks.rollouts.course import MINUTES
from benchmarks.rollouts.our_judge import RULES
from benchmarks.rollouts.traffic import Sessions
from goldfinch.core.health.check import begin, take, thresholds_ms
from goldfinch.core.rollout.plan import DEFAULT_STEPS

OF_SESSIONS = [cell for cell in CELLS.values() if cell.traffic.sessions is not Sessions.ONE_TURN]
KINDS = pytest.mark.parametrize("cell", OF_SESSIONS, ids=lambda cell: cell.name)


@KINDS
@pytest.mark.parametrize("numbers", [pytest.param(range(1), id="one"), pytest.param(range(1, 40), id="many", marks=pytest.mark.long)])
def test_counting_with_arrays_gives_the_intervals_of_the_cohort(cell, numbers: range) -> None:  # type: ignore[no-untyped-def]
    for number in numbers:
        turns = many_turns.draw_turns(cell.random(number), cell.traffic)
        course, by_cohort = many_turns.counted(turns), through_cohort.intervals(turns, RULES)
        state = begin(RULES, steps=DEFAULT_STEPS)
        for minute in range(MINUTES):
            thresholds = thresholds_ms(RULES, state)
            counted, expected = course.interval(minute, thresholds), by_cohort(minute, thresholds)
            assert counted == replace(expected, unpinned=0)
            state = take(RULES, state, counted)
