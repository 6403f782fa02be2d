"""Three ways of judging that are in use, on the requests of the same rollouts: each answers with the minute of its rollback, or None.

- The plain rule: R72 every minute over a window of five minutes inside the step: errors > 1.05 times, p95 > 1.30 times, score < 0.90 times.
- Argo Rollouts with `failureLimit: 3`: the same conditions; a metric that failed a fourth time in the rollout aborts it.
- Kayenta's judge at the end of each step: Mann-Whitney on the per-minute values, 98 % interval of the Hodges-Lehmann shift; a metric is
  worse where the near end of the interval is beyond 25 % of the estimate and the ratio of means points the same way
  (MannWhitneyClassifier.scala; the tolerance is a share of the shift, not of the baseline).
"""

from __future__ import annotations

from math import inf, sqrt
from statistics import NormalDist
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from benchmarks.rollouts.course import CANARY, MINUTES, STABLE, STAGE_MINUTES, Floats, Ints, Requests

Bools = npt.NDArray[np.bool_]
_Number = TypeVar("_Number", np.int64, np.float64)

WINDOW = 5
FAILURE_LIMIT = 3
ERROR_GUARD, P95_GUARD, SCORE_GUARD = 1.05, 1.30, 0.90
KAYENTA_CONFIDENCE, KAYENTA_TOLERANCE = 0.98, 0.25
_TAIL = NormalDist().inv_cdf((1 + KAYENTA_CONFIDENCE) / 2)


def plain_rule(requests: Requests) -> int | None:
    """The first minute in which any of the three conditions holds."""
    return _first(_breaches(requests))


def argo(requests: Requests) -> int | None:
    """The first minute in which some metric has failed more often than the limit allows."""
    return _first(np.cumsum(_breaches(requests), axis=1) > FAILURE_LIMIT)


def kayenta(requests: Requests) -> int | None:
    """The end of the first step in which some metric is judged worse."""
    errors = _ratio(requests.failed, requests.count)
    p95 = _p95(requests.latency_counts, requests.latency_values_ms)
    lower_scores = -_ratio(requests.score_sum, requests.score_count)
    for begins in range(0, MINUTES, STAGE_MINUTES):
        stage = slice(begins, begins + STAGE_MINUTES)
        if any(_is_higher(metric[CANARY, stage], metric[STABLE, stage]) for metric in (errors, p95, lower_scores)):
            return begins + STAGE_MINUTES
    return None


def _first(breached: Bools) -> int | None:
    """From 1; `breached` is (metric, minute)."""
    at = np.flatnonzero(breached.any(axis=0))
    return int(at[0]) + 1 if at.size else None


def _breaches(requests: Requests) -> Bools:
    """(metric, minute): errors, p95, score. Where an arm has no value, nothing is breached."""
    errors = _ratio(_windowed(requests.failed), _windowed(requests.count))
    p95 = _p95(_windowed(requests.latency_counts), requests.latency_values_ms)
    scores = _ratio(_windowed(requests.score_sum), _windowed(requests.score_count))
    return np.stack(
        [
            errors[CANARY] > ERROR_GUARD * errors[STABLE],
            p95[CANARY] > P95_GUARD * p95[STABLE],
            scores[CANARY] < SCORE_GUARD * scores[STABLE],
        ]
    )


def _windowed(values: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Sums over the last five minutes of the present step; minutes are the second axis."""
    summed = values.copy()
    for lag in range(1, WINDOW):
        for begins in range(0, MINUTES, STAGE_MINUTES):
            summed[:, begins + lag : begins + STAGE_MINUTES] += values[:, begins : begins + STAGE_MINUTES - lag]
    return summed


def _ratio(part: Ints | Floats, whole: Ints) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return ratio


def _p95(counts: Ints, values: Floats) -> Floats:
    """Nearest rank, over the last axis."""
    upto = np.cumsum(counts, axis=-1)
    total = upto[..., -1]
    rank = np.ceil(0.95 * total - 1e-9)
    found = values[np.argmax(upto >= rank[..., None], axis=-1)]
    p95: Floats = np.where(total > 0, found, np.nan)
    return p95


def _is_higher(canary: Floats, stable: Floats) -> bool:
    """Kayenta's High for a metric whose increase is bad. Means of 0 skip its test of the ratio, as in its source."""
    canary, stable = canary[~np.isnan(canary)], stable[~np.isnan(stable)]
    if not canary.size or not stable.size or np.array_equal(np.sort(canary), np.sort(stable)):
        return False
    low, estimate = shift_interval(canary, stable)
    if not low > KAYENTA_TOLERANCE * abs(estimate):
        return False
    return bool(stable.mean() == 0 or canary.mean() == 0 or canary.mean() >= stable.mean())


def shift_interval(canary: Floats, stable: Floats) -> tuple[float, float]:
    """Lower end of the 98 % interval of the shift from stable to canary, and the Hodges-Lehmann estimate: the median of all differences.

    Source: Hollander, Wolfe and Chicken, Nonparametric Statistical Methods (2014), 4.3; the rank by the normal approximation.
    """
    shifts = np.sort(np.subtract.outer(canary, stable), axis=None)
    rank = int(canary.size * stable.size / 2 - _TAIL * _rank_sum_deviation(canary, stable))
    return float(shifts[rank - 1]) if rank >= 1 else -inf, float(np.median(shifts))


def _rank_sum_deviation(canary: Floats, stable: Floats) -> float:
    """Of the Mann-Whitney statistic, corrected for ties."""
    together = canary.size + stable.size
    ties = np.unique(np.concatenate([canary, stable]), return_counts=True)[1]
    correction = float((ties**3 - ties).sum()) / (together * (together - 1))
    return sqrt(canary.size * stable.size / 12 * (together + 1 - correction))
