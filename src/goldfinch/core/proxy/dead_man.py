"""When the proxy acts by itself: a canary with traffic, and no controller that looks after it."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.proxy.split import Split

CONFIRMED_AFTER = 0.1
"""Part of the limit for which the watchdog must itself have seen no sign of life: a clock that jumps, or a machine that slept, is not
a dead controller."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the watchdog has seen."""

    silent_s: float
    """Since the last sign of life, by the wall clock."""
    watched_s: float
    """Since this watchdog first saw that same sign, by a clock that does not jump."""


def gives_back(split: Split | None, sight: Sight, limit_s: float) -> bool:
    """Whether the canary's traffic goes back now. A finished rollout (0 or 100 %) is left as it is, and so is a first release: nobody else
    could serve."""
    if split is None or not 0 < split.percent < 100 or split.stable is None:
        return False
    return sight.silent_s > limit_s and sight.watched_s >= limit_s * CONFIRMED_AFTER
