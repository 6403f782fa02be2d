"""How unsteady one case is over its trials. Source: STATISTICS B, "Flaky cases and per-case alarms"."""

from __future__ import annotations

FLAKY_FROM = 3
"""Trials from which a case that passes some and fails some is called flaky."""


def is_flaky(passed: int, trials: int) -> bool:
    """Whether some of three or more trials passed, and some failed."""
    return trials >= FLAKY_FROM and 0 < passed < trials


def flake_rate(passed: int, trials: int) -> float:
    """4 s/k (1 - s/k): 0 where all trials say the same, 1 where half of them pass."""
    share = passed / trials
    return 4 * share * (1 - share)
