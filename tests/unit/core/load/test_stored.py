"""A result against a stored one: never more than a warning, and only on an equal machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.load.stored import Standing, against_stored
from tests.benchmark_results import MACHINE, result


def test_without_a_baseline_nothing_is_decided() -> None:
    assert against_stored(result(), None).standing is Standing.NO_BASELINE


def test_an_equal_result_is_ok() -> None:
    analysis = against_stored(result(seed=2), result(seed=1))
    assert analysis.standing is Standing.OK
    assert [change.metric for change in analysis.changes] == ["p95_latency_ms", "error_rate", "requests_per_second"]


def test_a_slowdown_beyond_twice_the_margin_warns_and_within_it_does_not() -> None:
    assert against_stored(result(slower=1.4), result(seed=2), margin=0.1).standing is Standing.WARN
    assert against_stored(result(slower=1.15), result(seed=2), margin=0.1).standing is Standing.OK


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"cpu": "another"}, "CPU"),
        ({"cores": 4}, "cores"),
        ({"memory_mb": 16_000}, "memory"),
        ({"os": "Darwin"}, "system"),
        ({"runner": "ci"}, "runner"),
    ],
)
def test_another_machine_is_not_comparable_however_slow(change: dict[str, object], named: str) -> None:
    elsewhere = replace(result(), machine=replace(MACHINE, **change))  # type: ignore[arg-type]
    analysis = against_stored(result(slower=5.0), elsewhere)
    assert analysis.standing is Standing.NOT_COMPARABLE
    assert named in analysis.reason
    assert analysis.changes == ()


def test_another_python_or_a_few_megabytes_are_the_same_machine() -> None:
    elsewhere = replace(result(), machine=replace(MACHINE, python="3.13.1", memory_mb=8100))
    assert against_stored(result(), elsewhere).standing is Standing.OK


def test_an_invalid_result_is_not_comparable() -> None:
    bad = replace(result(), problems=("interrupted before its last iteration",))
    assert against_stored(bad, result()).standing is Standing.NOT_COMPARABLE
    assert against_stored(result(), bad).standing is Standing.NOT_COMPARABLE


def test_few_iterations_or_requests_leave_it_open() -> None:
    assert against_stored(result(slower=2, iterations=4, requests=60), result()).standing is Standing.INCONCLUSIVE
    assert against_stored(result(slower=2, iterations=5, requests=10), result()).changes[0].standing is Standing.INCONCLUSIVE


def test_more_failures_warn_though_the_answered_requests_are_as_fast() -> None:
    analysis = against_stored(result(failed=4), result())
    by_metric = {change.metric: change.standing for change in analysis.changes}
    assert by_metric["error_rate"] is Standing.WARN
    assert by_metric["p95_latency_ms"] is Standing.OK


def test_another_load_or_target_is_not_comparable() -> None:
    stored = result()
    other = replace(stored, scenarios=(replace(stored.scenarios[0], load="closed loop, 8 clients"),))
    assert against_stored(result(), other).standing is Standing.NOT_COMPARABLE


def test_a_scenario_that_the_baseline_lacks_is_named_and_decides_nothing() -> None:
    stored = result()
    other = replace(stored, scenarios=(replace(stored.scenarios[0], name="other"),))
    analysis = against_stored(result(), other)
    assert analysis.changes[0].standing is Standing.NO_BASELINE
    assert analysis.standing is Standing.INCONCLUSIVE
