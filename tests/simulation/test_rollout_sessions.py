"""Simulated sessions are counted with arrays; here they go through `Cohort` turn by turn, and every interval is the same."""

from __future__ import annotations

import pytest

from benchmarks.rollouts import many_turns, our_judge, session_counting, through_cohort
from benchmarks.rollouts.cells import CELLS, Cell
from benchmarks.rollouts.course import MINUTES
from benchmarks.rollouts.our_judge import RULES
from benchmarks.rollouts.traffic import Sessions
from goldfinch.core.health.check import begin, take, thresholds_ms
from goldfinch.core.health.outcome import Call
from goldfinch.core.rollout.plan import DEFAULT_STEPS

OF_SESSIONS = [cell for cell in CELLS.values() if cell.traffic.sessions is not Sessions.ONE_TURN]
KINDS = pytest.mark.parametrize("cell", OF_SESSIONS, ids=lambda cell: cell.name)


@KINDS
@pytest.mark.parametrize("numbers", [pytest.param(range(1), id="one"), pytest.param(range(1, 11), id="many", marks=pytest.mark.long)])
def test_counting_with_arrays_gives_the_intervals_of_the_cohort(cell: Cell, numbers: range) -> None:
    for number in numbers:
        turns = many_turns.draw_turns(cell.random(number), cell.traffic)
        course, by_cohort = session_counting.counted(turns), through_cohort.intervals(turns, RULES)
        state = begin(RULES, steps=DEFAULT_STEPS)
        for minute in range(MINUTES):
            thresholds = thresholds_ms(RULES, state)
            counted, expected = course.interval(minute, thresholds), by_cohort(minute, thresholds)
            assert counted == expected
            state = take(RULES, state, counted)


@pytest.mark.parametrize("name", ["same-ending", "errors-ten-turns"])
def test_sessions_that_are_taken_up_again_after_a_restart_are_counted_the_same(name: str) -> None:
    """Killed after some checks, resumed from the saved sessions, mark and health: every figure of every check, and so the same minute."""
    cell, restarts = CELLS[name], (4, 17, 29, 30, 43)
    turns = many_turns.draw_turns(cell.random(5), cell.traffic)
    undisturbed = list(our_judge.checks(through_cohort.intervals(turns, RULES)))
    resumed = list(our_judge.checks(through_cohort.intervals(turns, RULES, restarts=restarts), restarts=restarts))
    assert resumed == undisturbed
    called = [found.call for _, found in undisturbed]
    assert (Call.ROLL_BACK in called) is (name == "errors-ten-turns")
