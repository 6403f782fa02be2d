"""Is the canary's rate of bad units higher? The likelihood ratio of where a bad unit fell, per interval and stratum.

Given that units turned bad, each falls on the canary with chance theta = r n_c / (r n_c + n_b) where its rate is r times the stable one's.
Source: STATISTICS A2, counts; valid at every look by Ville's inequality, whatever the base rate does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from math import log, log1p

from goldfinch.core.health.interval import PairCounts
from goldfinch.core.health.mixing import Row, Rows

RATIOS = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)
"""r_j: how many times worse a canary might be."""

NOTHING = PairCounts()


@dataclass(frozen=True, slots=True)
class CountEvidence:
    """What is known of one count metric."""

    rows: Rows
    total: PairCounts = field(default=NOTHING)
    """Over the whole rollout."""
    stage: PairCounts = field(default=NOTHING)
    """Since the present step began, whatever step a session began in: as its row."""


@lru_cache(maxsize=64)
def alternatives(null_ratio: float) -> tuple[tuple[float, float], ...]:
    """Pairs of r_j - r0 and ln(r_j / r0). Ratios up to r0 would bet on what the null hypothesis allows, and are left out."""
    kept = tuple((ratio - null_ratio, log(ratio / null_ratio)) for ratio in RATIOS if ratio > null_ratio)
    if not kept:
        raise ValueError(f"a null ratio must lie below {RATIOS[-1]:g}, got {null_ratio:g}")
    return kept


def log_gain(counts: PairCounts, null_ratio: float = 1.0) -> Row | None:
    """What one interval of one stratum adds, per alternative; None: it says nothing (an arm without units, or nobody turned bad).

    x_c ln(theta_j/theta_0) + x_b ln((1-theta_j)/(1-theta_0)), arranged so that a billion units lose no digits.
    """
    bad, everyone_bad = counts.canary_bad, counts.canary_bad + counts.stable_bad
    if not (counts.canary_units and counts.stable_units and everyone_bad):
        return None
    per_excess = counts.canary_units / (null_ratio * counts.canary_units + counts.stable_units)
    return tuple([bad * log_ratio - everyone_bad * log1p(excess * per_excess) for excess, log_ratio in alternatives(null_ratio)])


def added(first: PairCounts, others: Iterable[PairCounts]) -> PairCounts:
    """Units and bad units of all of them."""
    canary_units, canary_bad = first.canary_units, first.canary_bad
    stable_units, stable_bad = first.stable_units, first.stable_bad
    for other in others:
        canary_units += other.canary_units
        canary_bad += other.canary_bad
        stable_units += other.stable_units
        stable_bad += other.stable_bad
    return PairCounts(canary_units, canary_bad, stable_units, stable_bad)


def rates(counts: PairCounts) -> tuple[float | None, float | None]:
    """Shares of bad units: canary, stable; None of an arm without units."""
    canary = counts.canary_bad / counts.canary_units if counts.canary_units else None
    stable = counts.stable_bad / counts.stable_units if counts.stable_units else None
    return canary, stable
