"""Whether more requests fail than before: latencies of answered requests say nothing of those that were not."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, sqrt
from statistics import NormalDist

from goldfinch.core.load.pairs import SIGNIFICANCE

TOLERATED = 0.01
"""Share of all requests by which failures may rise: below it nobody notices, and one lost packet is no regression."""
MOST_EXACT = 10_000
"""Failures up to which the exact test is computed; beyond, the normal one is the same and takes no time."""


@dataclass(frozen=True, slots=True)
class FailureChange:
    """Failed requests of both sides, and the one-sided p value of Fisher's exact test that the current side fails more often."""

    baseline_failed: int
    baseline_requests: int
    current_failed: int
    current_requests: int
    p_worse: float

    @property
    def is_worse(self) -> bool:
        """More by a percentage point, and not by chance."""
        was, now = self.baseline_failed / self.baseline_requests, self.current_failed / self.current_requests
        return now - was > TOLERATED and self.p_worse < SIGNIFICANCE

    @property
    def shown(self) -> str:
        return (
            f"{self.current_failed:,} of {self.current_requests:,} requests failed, "
            f"{self.baseline_failed:,} of {self.baseline_requests:,} before (p = {self.p_worse:.3g})"
        )


def failure_change(baseline_failed: int, baseline_requests: int, current_failed: int, current_requests: int) -> FailureChange:
    """Both sides have at least one request. Source of the test: Fisher, J. R. Stat. Soc. 98 (1935), 39-82."""
    failed, total = baseline_failed + current_failed, baseline_requests + current_requests
    if failed > MOST_EXACT:
        p = _normal_p(baseline_failed, baseline_requests, current_failed, current_requests)
        return FailureChange(baseline_failed, baseline_requests, current_failed, current_requests, p)
    p = sum(
        _hypergeometric(k, failed, current_requests, total)
        for k in range(current_failed, min(failed, current_requests) + 1)
        if failed - k <= baseline_requests
    )
    return FailureChange(baseline_failed, baseline_requests, current_failed, current_requests, min(1.0, p))


def _normal_p(baseline_failed: int, baseline_requests: int, current_failed: int, current_requests: int) -> float:
    """The test of two proportions with a pooled variance."""
    share = (baseline_failed + current_failed) / (baseline_requests + current_requests)
    error = sqrt(share * (1 - share) * (1 / baseline_requests + 1 / current_requests))
    difference = current_failed / current_requests - baseline_failed / baseline_requests
    return 1.0 if error == 0 else NormalDist().cdf(-difference / error)


def _hypergeometric(k: int, failed: int, drawn: int, total: int) -> float:
    return exp(_log_choose(failed, k) + _log_choose(total - failed, drawn - k) - _log_choose(total, drawn))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
