"""Two runs of the same cases, one metric: how far apart, how certain, and what such a comparison could see. Source: STATISTICS B."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf, sqrt

import numpy as np

from goldfinch.core.statistics.columns import Column
from goldfinch.core.statistics.exact_tests import mcnemar_mid_p
from goldfinch.core.statistics.sign_flip import sign_flip_p_values
from goldfinch.core.statistics.student_t import student_t_cdf, student_t_quantile, student_t_sf

PERMUTED_BELOW = 30
POWER_80 = 0.842
"""Normal quantile of 80 % power, as STATISTICS B rounds it."""
_NO_SPREAD = 1e-12
"""A standard deviation below this part of the largest difference is rounding: every difference is the same."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and sample deviation (ddof 1; 0 for one value) of `count` values."""

    count: int
    mean: float
    deviation: float

    @property
    def error(self) -> float:
        return self.deviation / sqrt(self.count)

    def bound(self, level: float) -> float:
        """What the true mean is above, with confidence 1 - `level`; minus infinity for a single value."""
        return self.mean - _quantile(1 - level, self.count) * self.error if self.count > 1 else -inf


@dataclass(frozen=True, slots=True)
class PairedTest:
    """`differences` are signed so that above 0 is better; p values are one-sided and not adjusted."""

    baseline: float
    current: float
    differences: Spread
    margins: Spread
    """Each case's difference plus the margin: above 0 where the case is no worse than the margin allows."""
    p_worse: float
    p_better: float
    method: str
    all_equal: bool
    """Every case has the same value in both runs."""

    @property
    def half_width(self) -> float | None:
        """Half of the 95 % interval of the mean difference; None for a single case."""
        if self.differences.count < 2:
            return None
        return _quantile(0.975, self.differences.count) * self.differences.error

    def smallest_detectable(self, level: float) -> float | None:
        """The true change that 80 % of such comparisons would find, tested one-sided at `level`."""
        return detectable(self.differences.deviation, self.differences.count, level)


def detectable(deviation: float, count: int, level: float) -> float | None:
    """The smallest true change of a mean of `count` differences with this deviation that is found with 80 % power."""
    return detectable_factor(count, level) * deviation / sqrt(count) if count > 1 else None


def detectable_factor(count: int, level: float) -> float:
    """How many standard errors a change of a mean of `count` > 1 differences must have to be found with 80 % power."""
    return _quantile(1 - level, count) + POWER_80


def paired_test(
    baseline: Column, current: Column, *, higher_is_better: bool, margin: float, is_absolute: bool, one_trial_pass_fail: bool, seed: int
) -> PairedTest:
    """Compare the values of at least one case. `margin` is a part of the baseline's value, or absolute."""
    difference = current - baseline if higher_is_better else baseline - current
    spread = _spread(difference)
    p_worse, p_better, method = _p_values(difference, spread, one_trial_pass_fail=one_trial_pass_fail, seed=seed)
    return PairedTest(
        baseline=float(baseline.mean()),
        current=float(current.mean()),
        differences=spread,
        margins=_spread(difference + (margin if is_absolute else margin * np.abs(baseline))),
        p_worse=p_worse,
        p_better=p_better,
        method=method,
        all_equal=not difference.any(),
    )


def _p_values(difference: Column, spread: Spread, *, one_trial_pass_fail: bool, seed: int) -> tuple[float, float, str]:
    if one_trial_pass_fail:
        lost, gained = int(np.count_nonzero(difference < 0)), int(np.count_nonzero(difference > 0))
        return mcnemar_mid_p(lost, gained), mcnemar_mid_p(gained, lost), "McNemar mid-p"
    method = "sign flip" if spread.count < PERMUTED_BELOW else "paired t"
    if not difference.any():
        return 1.0, 1.0, method
    if spread.count < PERMUTED_BELOW:
        return *sign_flip_p_values(difference, seed), method
    t = spread.mean / spread.error if spread.deviation > 0 else (inf if spread.mean > 0 else -inf)
    return student_t_cdf(t, spread.count - 1), student_t_sf(t, spread.count - 1), method


def _spread(values: Column) -> Spread:
    count = len(values)
    if count == 1:
        return Spread(1, float(values[0]), 0.0)
    deviation = float(values.std(ddof=1))
    return Spread(count, float(values.mean()), deviation if deviation > _NO_SPREAD * float(np.abs(values).max()) else 0.0)


@lru_cache(maxsize=1024)
def _quantile(probability: float, count: int) -> float:
    return student_t_quantile(probability, count - 1)
