"""How far a simulated share can be trusted."""

from __future__ import annotations

from math import exp, fsum

from goldfinch.core.statistics.exact_tails import log_binomial


def upper_bound(count: int, trials: int, confidence: float = 0.95) -> float:
    """One-sided upper bound of a true share: the share at which so few would be seen with a chance of 1 - confidence.

    Source: Clopper and Pearson, Biometrika 26 (1934), 404-413. 1 without trials, or where all were counted.
    """
    if count >= trials:
        return 1.0
    low, high = count / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(count, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(count: int, trials: int, chance: float) -> float:
    return fsum(exp(log_binomial(seen, trials, chance)) for seen in range(count + 1))
