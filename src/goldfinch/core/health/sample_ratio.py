"""Did the arms get the shares of the sessions that the router was told? If not, they are not alike, and no comparison is fair."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.health.interval import Interval
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.statistics.exact_tails import binomial_is_unlikely


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Sessions begun while one share was served."""

    step: int = 0
    share: float = 0.0
    canary: int = 0
    sessions: int = 0


def counted(before: SampleRatio, interval: Interval) -> SampleRatio:
    """The sessions of the interval added; another step or share begins anew."""
    same = before.step == interval.step and before.share == interval.canary_share
    canary, sessions = (before.canary, before.sessions) if same else (0, 0)
    more = interval.canary_sessions + interval.stable_sessions
    return SampleRatio(interval.step, interval.canary_share, canary + interval.canary_sessions, sessions + more)


def is_off(rules: HealthRules, ratio: SampleRatio) -> bool:
    """Exact binomial, two-sided, p below 1e-6 (STATISTICS A2): no chance deviation in a million rollouts."""
    if not 0 < ratio.share < 1 or ratio.sessions == 0:
        return False
    return binomial_is_unlikely(ratio.canary, ratio.sessions, ratio.share, rules.sample_ratio_p)
