"""The split of a budget over concave curves at which the last unit of money earns the same everywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from src.tools.response_curves import Curve

ROUNDS = 100
LARGEST_LOG = 600.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most per day, in the account's currency, each with the words for what sets it."""

    low: float
    high: float
    why_low: str = ""
    why_high: str = ""


def best_split(curves: Mapping[str, Curve], weights: Mapping[str, float], bounds: Mapping[str, Bounds], total: float) -> dict[str, float]:
    """Maximise sum(weight * curve(x)) over low <= x <= high, sum(x) = total; the bounds have to allow the total.

    For concave curves the optimum has one marginal value for all campaigns that are not at a bound (Karush-Kuhn-Tucker); spend falls
    as that value rises, so that it is found by bisection on its logarithm.
    Source: Luss and Gupta, Operations Research 23 (1975) 360-366 (allocation with concave returns).
    """
    low, high = 1e-15, 1e15
    for _ in range(ROUNDS):
        middle = (low * high) ** 0.5
        if sum(_spend_at(curves.get(name), weights[name], middle, bounds[name]) for name in bounds) > total:
            low = middle
        else:
            high = middle
    split = {name: _spend_at(curves.get(name), weights[name], high, bounds[name]) for name in bounds}
    return _filled(split, bounds, total)


def _spend_at(curve: Curve | None, weight: float, marginal: float, bounds: Bounds) -> float:
    """Where weight * curve'(x) equals the marginal value, held within the bounds."""
    if curve is None or weight <= 0:
        return bounds.low
    log_spend = math.log(weight * curve.scale * curve.exponent / marginal) / (1 - curve.exponent)
    if log_spend > LARGEST_LOG:
        return bounds.high
    return min(max(math.exp(log_spend), bounds.low), bounds.high)


def _filled(split: dict[str, float], bounds: Mapping[str, Bounds], total: float) -> dict[str, float]:
    """What is left (rounding, or campaigns without a curve) goes where there is room, and never beyond a bound."""
    for name, spend in split.items():
        rest = total - sum(split.values())
        if rest <= 0:
            break
        split[name] = min(spend + rest, bounds[name].high)
    excess = sum(split.values()) - total
    for name, spend in split.items():
        if excess <= 0:
            break
        moved = min(excess, spend - bounds[name].low)
        split[name] = spend - moved
        excess -= moved
    return split
