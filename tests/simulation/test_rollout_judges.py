"""The judges that Goldfinch is compared with do what their sources say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from benchmarks.rollouts import other_judges
from benchmarks.rollouts.course import CANARY, MINUTES, STABLE, Floats, Requests


def requests(**changed: np.ndarray) -> Requests:
    """Both arms alike in every minute: 100 requests, 10 failed, each answer 1 s or 2 s, 10 scores of 0.8."""
    arms = (2, MINUTES)
    values: dict[str, np.ndarray] = {
        "count": np.full(arms, 100),
        "failed": np.full(arms, 10),
        "latency_values_ms": np.array([1_000.0, 2_000.0]),
        "latency_counts": np.full((*arms, 2), 45),
        "score_count": np.full(arms, 10),
        "score_sum": np.full(arms, 8.0),
    }
    return Requests(**(values | changed))


def failures(canary: dict[int, int]) -> np.ndarray:
    """10 failed requests a minute, but on the canary in these minutes (from 1)."""
    failed = np.full((2, MINUTES), 10)
    for minute, count in canary.items():
        failed[CANARY, minute - 1] = count
    return failed


def test_arms_that_are_alike_are_left_alone() -> None:
    assert [judge(requests()) for judge in (other_judges.plain_rule, other_judges.argo, other_judges.kayenta)] == [None] * 3


@pytest.mark.parametrize(("minute", "failed", "expected"), [(7, 12, None), (7, 13, 7), (31, 13, 31), (30, 60, 30)])
def test_the_plain_rule_looks_at_five_minutes_of_the_step(minute: int, failed: int, expected: int | None) -> None:
    """Two failures more in 500 requests are 1.04 times as many, three are 1.06 times."""
    assert other_judges.plain_rule(requests(failed=failures({minute: failed}))) == expected


def test_no_window_of_the_plain_rule_spans_a_change_of_weight() -> None:
    """Minute 31 is judged by itself: 11 of 100 against 10 of 100, and not by the better minutes of the step before."""
    better = dict.fromkeys(range(1, 31), 5)
    assert other_judges.plain_rule(requests(failed=failures({**better, 31: 11}))) == 31


def test_the_plain_rule_sees_latency_and_scores() -> None:
    slow = np.full((2, MINUTES, 2), 45)
    slow[STABLE] = (90, 0)
    low = np.full((2, MINUTES), 8.0)
    low[CANARY, 9:] = 6.9
    assert other_judges.plain_rule(requests(latency_counts=slow)) == 1
    assert other_judges.plain_rule(requests(score_sum=low)) == 13, "the mean of minutes 9 to 13 is the first one below 0.72"


def test_an_arm_without_scores_is_no_breach() -> None:
    none = np.full((2, MINUTES), 10)
    none[CANARY] = 0
    assert other_judges.plain_rule(requests(score_count=none)) is None


def test_argo_gives_up_at_the_fourth_failed_measurement_of_one_metric() -> None:
    """One bad minute makes five bad windows: the fourth is that of minute 10."""
    assert other_judges.argo(requests(failed=failures({7: 13}))) == 10
    assert other_judges.argo(requests(failed=failures({28: 13}))) is None, "three windows of the step see it"


def test_kayenta_speaks_at_the_end_of_a_step() -> None:
    assert other_judges.kayenta(requests(failed=failures({minute: 20 + minute % 3 for minute in range(1, 31)}))) == 30
    assert other_judges.kayenta(requests(failed=failures({minute: 20 + minute % 3 for minute in range(31, 61)}))) == 60


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.6, 1.0])
def test_kayentas_interval_is_that_of_the_mann_whitney_test(shift: float) -> None:
    """A shift of 0 lies below its interval exactly if the test with 1 % on that side rejects (no ties; normal approximation)."""
    random = np.random.default_rng(5)
    agreed = 0
    for _ in range(100):
        canary, stable = random.normal(10 + shift, 1, 30), random.normal(10, 1, 30)
        p = mannwhitneyu(canary, stable, alternative="greater", method="asymptotic", use_continuity=False).pvalue
        agreed += (_low(canary, stable) > 0) == (p < 0.01)
    assert agreed >= 98, "a rank is a whole number: at the very edge they may differ"


def _low(canary: Floats, stable: Floats) -> float:
    return other_judges.shift_interval(canary, stable)[0]
