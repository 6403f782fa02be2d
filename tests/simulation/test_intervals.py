"""What a run reports, run after run: how often its intervals hold the truth, and whether its estimates are right on average.

Every figure is taken from the summary of a whole simulated run. A bound is 4 standard deviations of the simulation away from what is
claimed, so that a true claim practically never fails, whatever the seed; the `full` sizes tell finer differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import comb, prod, sqrt
from random import Random
from statistics import NormalDist

import pytest

from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.records import MetricScore, ScoreRecord, ScoreStatus
from goldfinch.core.results.summary import Estimate, Summary
from goldfinch.core.statistics.intervals import wilson_interval
from goldfinch.testing.run_journal import sample_manifest

MANIFEST = sample_manifest(RunStatus.COMPLETE)
METRIC = MANIFEST.metrics[0].name
T_COVERAGE = (0.92, 0.96)
"""What t intervals reach from 20 cases on; Student's own 0.95 holds for normal values only, and scores are clipped and skewed."""
WILSON_FLOOR = 0.90
"""Wilson's interval is right 95 % of the time on average; a single n and rate can lie below, because passes come in whole numbers."""


def sizes(small: int, full: int) -> pytest.MarkDecorator:
    """How many runs to simulate: few by default, many in `make test-long`."""
    return pytest.mark.parametrize("runs", [pytest.param(small, id="small"), pytest.param(full, id="full", marks=pytest.mark.long)])


def slack(share: float, runs: int) -> float:
    """4 standard deviations of a share counted over `runs`."""
    return 4 * sqrt(share * (1 - share) / runs)


def holds(estimate: Estimate, truth: float) -> bool:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= truth <= estimate.high


def summary_of(records: Iterator[ScoreRecord]) -> Summary:
    accumulator = SummaryAccumulator()
    for record in records:
        accumulator.add(record)
    return accumulator.summary(MANIFEST, planned=accumulator.finished)


def pass_records(shares: list[float], trials: int, random: Random) -> Iterator[ScoreRecord]:
    """A run of cases that pass with the chances `shares`."""
    for case, share in enumerate(shares):
        for trial in range(trials):
            yield ScoreRecord(f"c{case}", "", trial, random.random() < share, (), trials=trials)


def score_records(values: list[float], weights: list[float]) -> Iterator[ScoreRecord]:
    """A run of one trial whose metric takes `values`."""
    for case, (value, weight) in enumerate(zip(values, weights, strict=True)):
        yield ScoreRecord(f"c{case}", "", 0, None, (MetricScore(METRIC, "1", ScoreStatus.SCORED, value),), weight=weight)


def score_estimate(values: list[float], weights: list[float] | None = None) -> Estimate:
    metrics = summary_of(score_records(values, weights or [1.0] * len(values))).metrics
    return next(metric.estimate for metric in metrics if metric.name == METRIC)


def exact_wilson_coverage(n: int, rate: float) -> float:
    """From the definition of the interval instead of its formula: it holds `rate` where the score test does not reject it."""
    reach = NormalDist().inv_cdf(0.975) * sqrt(rate * (1 - rate) / n)
    return sum(comb(n, x) * rate**x * (1 - rate) ** (n - x) for x in range(n + 1) if abs(x / n - rate) <= reach)


@sizes(400, 10_000)
@pytest.mark.parametrize("rate", [0.5, 0.8, 0.95, 0.99])
@pytest.mark.parametrize("n", [10, 20, 50, 100, 300])
def test_the_interval_of_a_pass_rate_holds_the_truth_as_often_as_calculated(n: int, rate: float, runs: int) -> None:
    random = Random(f"wilson {n} {rate} {runs}")
    covered = sum(holds(summary_of(pass_records([rate] * n, 1, random)).passes.rate, rate) for _ in range(runs)) / runs
    exact = exact_wilson_coverage(n, rate)
    assert exact >= WILSON_FLOOR
    assert abs(covered - exact) <= slack(exact, runs)


def test_the_interval_of_a_pass_rate_is_right_19_times_in_20_on_average() -> None:
    cells = [exact_wilson_coverage(n, rate / 100) for n in (10, 20, 50, 100, 300) for rate in range(50, 100)]
    assert 0.945 <= sum(cells) / len(cells) <= 0.96


def clipped_normal(random: Random) -> float:
    """Case deviation 0.15 and trial noise 0.12 about 0.8, no score beyond 0 and 1."""
    return min(max(random.gauss(0.8, 0.15) + random.gauss(0, 0.12), 0.0), 1.0)


def clipped_normal_mean() -> float:
    spread = sqrt(0.15**2 + 0.12**2)
    unit, low, high = NormalDist(), -0.8 / spread, 0.2 / spread
    return 0.8 * (unit.cdf(high) - unit.cdf(low)) + spread * (unit.pdf(low) - unit.pdf(high)) + 1 - unit.cdf(high)


def mostly_good_some_zero(random: Random) -> float:
    """Judges' scores: an answer in ten is worth nothing, the others about 0.8."""
    return 0.0 if random.random() < 0.1 else random.betavariate(8, 2)


@sizes(1_000, 10_000)
@pytest.mark.parametrize(
    ("draw", "truth", "floor"),
    [(clipped_normal, clipped_normal_mean(), T_COVERAGE[0]), (mostly_good_some_zero, 0.9 * 0.8, 0.88)],
    ids=["clipped", "zero-heavy"],
)
@pytest.mark.parametrize("n", [20, 50, 100])
def test_the_interval_of_a_mean_score_holds_the_truth(
    draw: Callable[[Random], float], truth: float, floor: float, n: int, runs: int
) -> None:
    random = Random(f"scores {draw.__name__} {n} {runs}")
    covered = sum(holds(score_estimate([draw(random) for _ in range(n)]), truth) for _ in range(runs)) / runs
    assert floor - slack(floor, runs) <= covered <= T_COVERAGE[1] + slack(T_COVERAGE[1], runs)


EASY, HARD = 0.8, 0.2
"""Chances of cases to pass are drawn from Beta(0.8, 0.2): 0.8 on average, most near 1, some near 0."""
MEAN_SHARE = EASY / (EASY + HARD)


@sizes(1_000, 5_000)
@pytest.mark.parametrize(("n", "trials"), [(20, 5), (50, 3), (50, 5), (100, 3)])
def test_over_several_trials_the_interval_over_cases_holds_where_one_over_trials_would_not(n: int, trials: int, runs: int) -> None:
    random = Random(f"clusters {n} {trials} {runs}")
    over_cases = over_trials = 0
    for _ in range(runs):
        passes = summary_of(pass_records([random.betavariate(EASY, HARD) for _ in range(n)], trials, random)).passes
        naive = wilson_interval(passes.passed, n * trials)
        over_cases += holds(passes.rate, MEAN_SHARE)
        over_trials += naive.low <= MEAN_SHARE <= naive.high
    low, high = (0.90, T_COVERAGE[1]) if n < 50 else T_COVERAGE
    assert low - slack(low, runs) <= over_cases / runs <= high + slack(high, runs)
    assert over_trials / runs < T_COVERAGE[0] - slack(T_COVERAGE[0], runs)


def beta_moment(a: float, b: float, k: int) -> float:
    """Mean of p^k where p is drawn from Beta(a, b)."""
    return prod((a + i) / (a + b + i) for i in range(k))


def deviations(found: list[float], truth: float) -> float:
    """How many standard errors the mean of `found` lies from the truth."""
    mean = sum(found) / len(found)
    variance = sum((value - mean) ** 2 for value in found) / (len(found) - 1)
    return abs(mean - truth) / sqrt(variance / len(found))


@sizes(400, 10_000)
@pytest.mark.parametrize("k", [2, 3])
def test_pass_at_k_and_pass_hat_k_are_right_on_average_where_powers_of_the_share_are_not(k: int, runs: int) -> None:
    random = Random(f"pass at {k} {runs}")
    at, hat, powers = [], [], []
    for _ in range(runs):
        shares = [random.betavariate(EASY, HARD) for _ in range(30)]
        records = list(pass_records(shares, 5, random))
        passes = summary_of(iter(records)).passes
        at.append(passes.pass_at_k[k].mean or 0.0)
        hat.append(passes.pass_hat_k[k].mean or 0.0)
        passed = [sum(record.passed is True for record in records[start : start + 5]) for start in range(0, len(records), 5)]
        powers.append(sum((count / 5) ** k for count in passed) / len(passed))
    assert deviations(at, 1 - beta_moment(HARD, EASY, k)) <= 4
    assert deviations(hat, beta_moment(EASY, HARD, k)) <= 4
    assert deviations(powers, beta_moment(EASY, HARD, k)) > 4


@sizes(1_000, 10_000)
def test_weighted_means_are_right_on_average_and_their_intervals_hold(runs: int) -> None:
    random = Random(f"weights {runs}")
    found, truth = [], clipped_normal_mean()
    for _ in range(runs):
        weights = [random.choice((0.5, 1.0, 1.0, 4.0)) for _ in range(60)]
        found.append(score_estimate([clipped_normal(random) for _ in weights], weights))
    covered = sum(holds(estimate, truth) for estimate in found) / runs
    assert deviations([estimate.mean or 0.0 for estimate in found], truth) <= 4
    assert T_COVERAGE[0] - slack(T_COVERAGE[0], runs) <= covered <= T_COVERAGE[1] + slack(T_COVERAGE[1], runs)


@sizes(1_000, 10_000)
def test_where_heavy_cases_are_the_hard_ones_the_interval_holds_the_weighted_truth_and_not_the_plain_one(runs: int) -> None:
    random = Random(f"hard and heavy {runs}")
    weighted = plain = 0
    for _ in range(runs):
        hard = [random.random() < 0.5 for _ in range(100)]
        values = [random.betavariate(6, 4) if is_hard else random.betavariate(9, 1) for is_hard in hard]
        estimate = score_estimate(values, [3.0 if is_hard else 1.0 for is_hard in hard])
        weighted += holds(estimate, (3 * 0.6 + 0.9) / 4)
        plain += holds(estimate, (0.6 + 0.9) / 2)
    assert T_COVERAGE[0] - slack(T_COVERAGE[0], runs) <= weighted / runs <= T_COVERAGE[1] + slack(T_COVERAGE[1], runs)
    assert plain / runs < 0.5
