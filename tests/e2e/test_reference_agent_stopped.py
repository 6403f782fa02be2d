"""Each release that is worse on purpose is stopped by what should stop it, and the good one by nothing (issue 5).

Everything is decided by the command line, as in a pipeline. Verdicts are asserted; wall times are not: that of `slow` is its own waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

Stopped = Mapping[str, Any]
REACHES_EVERY_THRESHOLD = ("forgetful", "incomplete", "flaky-tool")


def breaches(stopped: Stopped, name: str) -> set[tuple[str, str]]:
    return {(breach["by"], breach["what"]) for breach in stopped["releases"][name]["breaches"]}


def test_every_release_has_a_verdict(stopped: Stopped) -> None:
    assert len(stopped["releases"]) == 9
    assert all(one["is_stopped_as_it_should"] for one in stopped["releases"].values())


def test_the_good_release_passes_the_check(stopped: Stopped) -> None:
    good = stopped["releases"]["good"]
    assert (good["check"], good["exit_code"], good["breaches"]) == ("pass", 0, [])


@pytest.mark.parametrize(
    ("name", "gate", "finding"),
    [
        ("wrong-math", "ai_quality", "pass_rate"),
        ("leaky", "ai_quality", "safety"),
        ("verbose-expensive", "cost", "cost_increase"),
        ("slow", "performance", "p95_latency_ms"),
        ("crashy", "ai_quality", "pass_rate"),
    ],
)
def test_a_release_below_a_threshold_is_stopped_by_the_gate_of_that_threshold(stopped: Stopped, name: str, gate: str, finding: str) -> None:
    one = stopped["releases"][name]
    assert (one["check"], one["exit_code"], one["gates"][gate]) == ("fail", 1, "fail")
    assert (gate, finding) in breaches(stopped, name)


@pytest.mark.parametrize("name", REACHES_EVERY_THRESHOLD)
def test_a_release_that_reaches_every_threshold_is_stopped_by_the_comparison(stopped: Stopped, name: str) -> None:
    one = stopped["releases"][name]
    assert (one["check"], one["comparison"], one["stopped_by"]) == ("pass", "fail", ["comparison"])
    assert {("comparison", "pass_rate"), ("comparison", "accuracy")} <= breaches(stopped, name)


@pytest.mark.parametrize(("name", "metric"), [("wrong-math", "accuracy"), ("leaky", "safety"), ("crashy", "answered")])
def test_the_comparison_sees_what_the_gates_see(stopped: Stopped, name: str, metric: str) -> None:
    assert ("comparison", metric) in breaches(stopped, name)


@pytest.mark.parametrize(("name", "tag"), [("wrong-math", "ratio"), ("forgetful", "memory"), ("leaky", "injection")])
def test_the_tag_that_fell_the_most_is_that_of_the_mistake(stopped: Stopped, name: str, tag: str) -> None:
    assert stopped["releases"][name]["worst_tag"].startswith(f"`{tag}`: ")


@pytest.mark.parametrize(("name", "gate"), [("verbose-expensive", "cost"), ("slow", "performance")])
def test_a_release_that_answers_as_well_is_stopped_by_one_gate_alone(stopped: Stopped, name: str, gate: str) -> None:
    one = stopped["releases"][name]
    assert (one["stopped_by"], one["gates"]["ai_quality"], one["comparison"]) == ([gate], "pass", "pass")


def test_the_good_release_that_varies_from_run_to_run_is_not_stopped_by_itself(stopped: Stopped) -> None:
    """Six pairs in each run of the tests, twenty in the table of docs/releases.md; every seed is fixed."""
    (itself,) = stopped["against_itself"]
    assert (len(itself["pairs"]), itself["regressed"], itself["passed"]) == (6, 0, 6)
    rates = {rate for pair in itself["pairs"] for rate in pair["pass_rates"]}
    assert len(rates) > 1, "nothing varied"
