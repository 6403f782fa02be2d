"""Generated sessions: drawn by a seed, bounded, and told from what was seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from goldfinch.core.probes.traffic import GeneratedSession, TrafficPlan, TrafficReport, TurnSeen, sessions

PLAN = TrafficPlan(20.0, 10.0)
SCRIPTS = [["a1", "a2", "a3"], ["b1"]]


def drawn(plan: TrafficPlan) -> list[GeneratedSession]:
    return list(sessions(plan, SCRIPTS, iter(Random(plan.seed).random, 1.0)))


def test_sessions_begin_at_the_rate_with_one_to_three_turns() -> None:
    found = drawn(PLAN)
    assert len(found) == 200
    assert [session.due_s for session in found[:3]] == [0.0, 0.05, 0.1]
    assert {len(session.turns) for session in found} == {1, 2, 3}
    assert {session.carries for session in found} == {"header", "cookie"}
    assert found == drawn(PLAN)
    assert found != drawn(replace(PLAN, seed=1))


def test_a_burst_begins_at_one_moment() -> None:
    assert Counter(session.due_s for session in drawn(replace(PLAN, burst=20))) == dict.fromkeys(range(10), 20)


def test_some_send_nothing_back_where_that_is_asked_for() -> None:
    carried = Counter(session.carries for session in drawn(replace(PLAN, seconds=100.0, unpinned_share=0.25)))
    assert 400 <= carried["nothing"] <= 600


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rate_per_s": 501.0}, "a rate of 501"),
        ({"rate_per_s": float("nan")}, "a rate of nan"),
        ({"seconds": 1801.0}, "1801 s"),
        ({"rate_per_s": 100.0, "seconds": 1000.0}, "100,000 sessions are more than 50,000"),
        ({"fewest_turns": 3, "most_turns": 2}, "3 to 2 turns"),
        ({"burst": 0}, "bursts of 0"),
    ],
)
def test_traffic_without_bounds_is_refused_in_words(changes: dict[str, float], words: str) -> None:
    assert words in (replace(PLAN, **changes).problem() or "")  # type: ignore[arg-type]
    assert PLAN.problem() is None


def test_the_report_tells_failures_truncations_and_sessions_that_moved() -> None:
    report = TrafficReport(sessions=3, carrying={0, 1})
    report.turns += [
        TurnSeen(0, 1, 0.0, 10.0, 200, "old"),
        TurnSeen(0, 2, 0.1, 20.0, 200, "new"),
        TurnSeen(1, 1, 0.0, 30.0, 500, "new"),
        TurnSeen(1, 2, 0.1, 40.0, 200, "new", truncated=True),
        TurnSeen(2, 1, 0.0, 50.0, 200, "old"),
        TurnSeen(2, 2, 0.1, 60.0, 0, ""),
    ]
    facts = report.facts()
    assert (facts["failed"], facts["truncated"], facts["moved"]) == (3, 1, 1)
    assert facts["by_release"] == {"": 1, "new": 3, "old": 2}
    assert report.percentile_ms(0.95, "old") == 50.0
    assert TrafficReport().percentile_ms(0.5) is None
