"""Baseline and current build in alternation on one machine: regressed, not worse, or more pairs. Source: STATISTICS A3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log, log1p, sqrt
from statistics import fmean, stdev
from typing import Literal

from goldfinch.core.statistics.student_t import student_t_quantile, student_t_sf
from goldfinch.core.verdict import Verdict

LEAST_PAIRS, USUAL_PAIRS, MOST_PAIRS = 5, 10, 30
SIGNIFICANCE = 0.01
NOISE_FACTOR = 2.0

Side = Literal["baseline", "current"]


class PairedChange(StrEnum):
    REGRESSED = "regressed"
    NOT_WORSE = "not worse"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class PairedMetric:
    """One metric over the pairs. Ratios are current over baseline, turned so that above 1 is worse."""

    metric: str
    change: PairedChange
    ratio: float
    """exp of the mean of ln(current / baseline); for throughput baseline / current."""
    low: float
    high: float
    """95 % interval of `ratio`."""
    upper: float
    """One-sided 95 % bound of `ratio`."""
    p_worse: float
    p_worse_adjusted: float
    """Holm over the metrics."""
    margin: float
    pairs: int


def order_of(pair: int) -> tuple[Side, Side]:
    """Which side runs first: A B, B A, A B …, so that a drift of the machine favours neither."""
    return ("baseline", "current") if pair % 2 == 0 else ("current", "baseline")


def margin_for(configured: float, past_noise: Sequence[float] = ()) -> float:
    """The configured margin, or twice the noise of past A/A runs where that is more.

    `past_noise` are |mean e| of earlier comparisons of a build with itself; their 95th percentile counts.
    """
    if not past_noise:
        return configured
    ordered = sorted(abs(value) for value in past_noise)
    return max(configured, NOISE_FACTOR * ordered[max(0, -(-95 * len(ordered) // 100) - 1)])


def log_ratio(baseline: float, current: float, *, higher_is_better: bool = False) -> float:
    """e_i of STATISTICS A3; above 0 is worse. Both values are above 0."""
    ratio = log(current / baseline)
    return -ratio if higher_is_better else ratio


def judge_pairs(errors: Mapping[str, Sequence[float]], margin: float) -> tuple[PairedMetric, ...]:
    """The verdict for each metric from its log ratios, at least `LEAST_PAIRS` of each. Holm over the metrics."""
    tests = {metric: _test(values) for metric, values in errors.items()}
    adjusted = _holm({metric: test.p_worse for metric, test in tests.items()})
    return tuple(_judged(metric, test, adjusted[metric], margin) for metric, test in tests.items())


def needs_more(metrics: Sequence[PairedMetric], pairs: int) -> bool:
    """Whether another pair could decide what is open."""
    return pairs < MOST_PAIRS and any(metric.change is PairedChange.INCONCLUSIVE for metric in metrics)


def verdict_of(metrics: Sequence[PairedMetric]) -> Verdict:
    """FAIL where one metric regressed, PASS where none is worse; of no metrics, inconclusive."""
    changes = {metric.change for metric in metrics}
    if PairedChange.REGRESSED in changes:
        return Verdict.FAIL
    return Verdict.PASS if changes == {PairedChange.NOT_WORSE} else Verdict.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class _Test:
    mean: float
    error: float
    n: int

    @property
    def p_worse(self) -> float:
        """One-sided: the chance of such a mean or a larger one where nothing changed."""
        if self.error == 0:
            return 0.0 if self.mean > 0 else 1.0
        return student_t_sf(self.mean / self.error, self.n - 1)

    def bound(self, confidence: float) -> float:
        return self.mean + student_t_quantile(confidence, self.n - 1) * self.error


def _test(values: Sequence[float]) -> _Test:
    if len(values) < LEAST_PAIRS:
        raise ValueError(f"{len(values)} pairs are fewer than {LEAST_PAIRS}")
    return _Test(fmean(values), stdev(values) / sqrt(len(values)), len(values))


def _judged(metric: str, test: _Test, p_adjusted: float, margin: float) -> PairedMetric:
    upper = test.bound(0.95)
    change = PairedChange.INCONCLUSIVE
    if test.mean > log1p(margin) and p_adjusted < SIGNIFICANCE:
        change = PairedChange.REGRESSED
    elif upper < log1p(margin):
        change = PairedChange.NOT_WORSE
    ends = exp(2 * test.mean - test.bound(0.975)), exp(test.bound(0.975))
    return PairedMetric(metric, change, exp(test.mean), *ends, exp(upper), test.p_worse, p_adjusted, margin, test.n)


def _holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's adjusted p values. Source: Holm, Scand. J. Statist. 6 (1979), 65-70."""
    adjusted, so_far, m = {}, 0.0, len(p_values)
    for rank, (metric, p) in enumerate(sorted(p_values.items(), key=lambda pair: pair[1])):
        so_far = max(so_far, min(1.0, (m - rank) * p))
        adjusted[metric] = so_far
    return adjusted
