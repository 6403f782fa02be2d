"""Silence is not health: an arm that should have had traffic and had none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from goldfinch.core.health.interval import Interval, PairCounts
from goldfinch.core.health.metrics import Arm, HealthRules


@dataclass(frozen=True, slots=True)
class Silence:
    """Since the last unit of each arm."""

    canary_expected: float = 0.0
    """Sessions that the canary should have had."""
    canary_checks: int = 0
    """Checks at which that was enough to call it silent."""
    stable_expected: float = 0.0
    stable_since: datetime | None = None
    """When the stable arm fell silent; None: it is heard."""


def heard(rules: HealthRules, before: Silence, interval: Interval) -> Silence:
    """What the interval says about silence. Where nobody came at all, nothing is expected of either arm."""
    sessions = interval.canary_sessions + interval.stable_sessions
    expected, checks = 0.0, 0
    if not _active(interval, Arm.CANARY):
        expected = before.canary_expected + interval.canary_share * sessions
        silent = expected >= rules.no_traffic_units
        checks = before.canary_checks + (silent and sessions > 0)
    if _active(interval, Arm.STABLE) or interval.canary_share >= 1:
        return Silence(expected, checks)
    stable_expected = before.stable_expected + (1 - interval.canary_share) * sessions
    return Silence(expected, checks, stable_expected, before.stable_since or interval.start)


def _active(interval: Interval, arm: Arm) -> bool:
    if arm is Arm.CANARY:
        return bool(interval.canary_sessions or interval.canary_requests or any(pair.canary_units for pair in _pairs(interval)))
    return bool(interval.stable_sessions or interval.stable_requests or any(pair.stable_units for pair in _pairs(interval)))


def _pairs(interval: Interval) -> Iterator[PairCounts]:
    for part in interval.strata:
        yield from part.counts.values()
