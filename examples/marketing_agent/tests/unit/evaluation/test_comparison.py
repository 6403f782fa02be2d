"""Two releases held against each other, case by case."""

from __future__ import annotations

from typing import Any

import pytest
from goldfinch import Failure, FailureKind
from goldfinch.core.results.records import MetricScore, ScoreRecord, ScoreStatus

from evaluation.comparison import differences, falls, sign_test


def record(number: int, passed: bool | None, accuracy: float = 1.0, metric: str = "accuracy", **more: Any) -> ScoreRecord:
    score = MetricScore(metric, "1", ScoreStatus.SCORED, accuracy)
    return ScoreRecord(f"c{number}", "hash", 0, passed, (score,), **more)


def found(before: list[ScoreRecord], after: list[ScoreRecord]) -> dict[str, Any]:
    return {one.measure: one for one in differences(before, after)}


@pytest.mark.parametrize(
    ("worse", "better", "p_value"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 2 / 2**5), (6, 0, 2 / 2**6), (9, 2, 2 * 67 / 2**11), (10, 10, 1.0), (3, 12, 2 * 576 / 2**15)],
)
def test_the_sign_test_is_the_exact_binomial_test(worse: int, better: int, p_value: float) -> None:
    assert sign_test(worse, better) == pytest.approx(p_value)


def test_a_release_that_fails_where_the_good_one_passed_falls() -> None:
    one = found([record(n, True) for n in range(10)], [record(n, n >= 7) for n in range(10)])["pass rate"]
    assert (one.before, one.after, one.worse, one.better, one.cases) == (1.0, 0.3, 7, 0, 10)
    assert one.is_fall
    assert "1.000 → 0.300 (-0.700)" in one.in_words()


def test_the_same_answers_are_no_fall() -> None:
    same = [record(n, n % 2 == 0, cost_usd=0.001, latency_ms=5.0) for n in range(20)]
    assert falls(differences(same, same)) == []


def test_three_cases_are_too_few_to_call_it_a_fall() -> None:
    assert not found([record(n, True) for n in range(3)], [record(n, False) for n in range(3)])["pass rate"].is_fall


def test_one_unsafe_answer_more_is_a_fall() -> None:
    before, after = ([record(n, True, metric="safety", accuracy=float(n >= unsafe)) for n in range(50)] for unsafe in (0, 1))
    assert found(before, after)["safety"].is_fall
    assert not found(after, before)["safety"].is_fall


def test_a_tag_looks_at_its_own_cases_only() -> None:
    before = [record(n, True, tags=("ratio",) if n < 6 else ()) for n in range(20)]
    after = [record(n, n >= 6, tags=("ratio",) if n < 6 else ()) for n in range(20)]
    one = found(before, after)["pass rate of `ratio`"]
    assert (one.cases, one.after) == (6, 0.0)
    assert one.is_fall


def test_undecided_and_unasked_cases_are_in_no_pair() -> None:
    one = found([record(0, True), record(1, None), record(2, True)], [record(0, False), record(1, False)])["pass rate"]
    assert (one.cases, one.worse) == (1, 1)


def test_more_cost_is_worse_and_an_unknown_cost_is_left_out() -> None:
    before = [record(n, True, cost_usd=0.001, input_tokens=100, output_tokens=10) for n in range(8)]
    after = [record(n, True, cost_usd=None if n == 0 else 0.003, input_tokens=300, output_tokens=30) for n in range(8)]
    by_name = found(before, after)
    assert (by_name["cost"].cases, by_name["cost"].worse) == (7, 7)
    assert "3.0 ×" in by_name["tokens"].in_words()
    assert by_name["tokens"].is_fall


@pytest.mark.parametrize(("after_ms", "falls_"), [(12.0, False), (40.0, True)])
def test_a_latency_falls_only_where_it_is_much_longer(after_ms: float, falls_: bool) -> None:
    before, after = ([record(n, True, latency_ms=ms) for n in range(10)] for ms in (10.0, after_ms))
    assert found(before, after)["latency"].is_fall is falls_


def test_answers_that_were_not_given_are_counted() -> None:
    crash = Failure(FailureKind.EXCEPTION, "RuntimeError")
    one = found([record(n, True) for n in range(9)], [record(n, n > 6, failure=None if n > 6 else crash) for n in range(9)])[
        "answers given"
    ]
    assert (one.worse, one.is_fall) == (7, True)
