"""How a campaign's results answer to what is spent on it: a power curve with diminishing returns, fitted to its days."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from src.tools.diagnosis import Day, campaign_days, campaign_diagnosis
from src.tools.workspace import Workspace

USUAL_EXPONENT, USUAL_SPREAD = 0.65, 0.20
"""Where no campaign's spend varied enough to tell: advertising elasticities are well below 1. Told as an assumption in a warning."""
LOWEST, HIGHEST = 0.15, 0.95
RATE_SPREAD = 0.10
"""How far the conversion rate's own elasticity to spend may plausibly be from 0."""
FEWEST_DAYS = 10
LEAST_VARIATION = 0.03
"""Standard deviation of log spend below which its effect cannot be told."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Results per day at a cost per day: scale * cost ** exponent, in conversions; `value` is revenue per conversion in the account's currency."""

    scale: float
    exponent: float
    value: float

    def conversions(self, cost: float) -> float:
        return self.scale * cost**self.exponent if cost > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Slope:
    """An elasticity with its standard error."""

    value: float
    error: float


def fit_curves(workspace: Workspace, end: int) -> tuple[Mapping[str, Curve], tuple[str, ...]]:
    """The curve of each campaign that spent and converted, and warnings.

    The elasticity of clicks is the slope of log clicks on log cost within weekdays; the campaigns' slopes are shrunk towards their mean by
    how uncertain they are (random effects). The conversion rate's elasticity is one for all campaigns, shrunk towards 0. The scale makes the
    curve meet the conversions of the days used: sum(conversions) / sum(cost ** exponent). Days of a diagnosed fault, days without cost or
    conversions, and days that the shop contradicts are left out.
    Sources: DerSimonian and Laird, Controlled Clinical Trials 7 (1986) 177-188; Hanssens, Parsons and Schultz, Market Response Models (2001)
    ch. 3 (constant elasticity).
    """
    sound: dict[str, list[Day]] = {}
    warnings: list[str] = []
    for campaign in workspace.campaigns:
        days = campaign_days(workspace, campaign, end)
        found = campaign_diagnosis(workspace, campaign, end)
        used = [day for day in days if not found.touches(day.day) and day.cost and day.clicks and day.conversions is not None]
        if found.cause != "none":
            warnings.append(
                f"{campaign[:80]} has a diagnosed fault ({found.cause.replace('_', ' ')}): its curve is that of the days without it, as if mended"
            )
        if len(used) >= FEWEST_DAYS and sum(day.conversions or 0 for day in used) > 0:
            sound[campaign] = used
    exponents, told = _exponents(sound)
    values = _values(workspace, sound)
    return {name: _curve(days, exponents[name], values[name]) for name, days in sound.items()}, tuple(warnings + told)


def _exponents(sound: Mapping[str, Sequence[Day]]) -> tuple[dict[str, float], list[str]]:
    clicks = {name: _slope(days, [math.log(day.clicks or 1) for day in days]) for name, days in sound.items()}
    known = {name: slope for name, slope in clicks.items() if slope is not None}
    mean, spread = _pooled(list(known.values()))
    rate = _rate_elasticity(sound)
    exponents = {name: min(max(_shrunk(clicks[name], mean, spread) + rate, LOWEST), HIGHEST) for name in sound}
    unknown = [name for name in sound if name not in known]
    if not unknown:
        return exponents, []
    basis = "the other campaigns' mean" if known else "an assumption"
    return exponents, [f"spend of {len(unknown)} campaigns hardly varied: their diminishing returns rest on {basis} (exponent {mean:.2f})"]


def _slope(days: Sequence[Day], answers: Sequence[float]) -> Slope | None:
    """Slope of the answers on log cost, both as deviations from their weekday's mean; None where cost varies too little."""
    costs = _within_weekdays(days, [math.log(day.cost or 1) for day in days])
    values = _within_weekdays(days, answers)
    moved = sum(cost * cost for cost in costs)
    degrees = len(days) - len({day.day % 7 for day in days}) - 1
    if degrees < 3 or math.sqrt(moved / len(days)) < LEAST_VARIATION:
        return None
    slope = sum(cost * value for cost, value in zip(costs, values, strict=True)) / moved
    rest = sum((value - slope * cost) ** 2 for cost, value in zip(costs, values, strict=True))
    return Slope(slope, max(math.sqrt(rest / degrees / moved), 1e-6))


def _within_weekdays(days: Sequence[Day], values: Sequence[float]) -> list[float]:
    sums: dict[int, list[float]] = {}
    for day, value in zip(days, values, strict=True):
        entry = sums.setdefault(day.day % 7, [0.0, 0.0])
        entry[0] += value
        entry[1] += 1
    return [value - sums[day.day % 7][0] / sums[day.day % 7][1] for day, value in zip(days, values, strict=True)]


def _pooled(slopes: Sequence[Slope]) -> tuple[float, float]:
    """Mean and spread of the campaigns' true slopes (DerSimonian and Laird), with the usual exponent as one more, uncertain observation."""
    observed = [*slopes, Slope(USUAL_EXPONENT, USUAL_SPREAD)]
    weights = [1 / slope.error**2 for slope in observed]
    fixed = sum(weight * slope.value for weight, slope in zip(weights, observed, strict=True)) / sum(weights)
    excess = sum(weight * (slope.value - fixed) ** 2 for weight, slope in zip(weights, observed, strict=True)) - (len(observed) - 1)
    scale = sum(weights) - sum(weight * weight for weight in weights) / sum(weights)
    between = max(0.0, excess / scale) if scale > 0 else 0.0
    weights = [1 / (slope.error**2 + between) for slope in observed]
    mean = sum(weight * slope.value for weight, slope in zip(weights, observed, strict=True)) / sum(weights)
    return mean, between


def _shrunk(slope: Slope | None, mean: float, between: float) -> float:
    if slope is None or between <= 0:
        return mean
    own, shared = 1 / slope.error**2, 1 / between
    return (own * slope.value + shared * mean) / (own + shared)


def _rate_elasticity(sound: Mapping[str, Sequence[Day]]) -> float:
    """How the conversion rate answers to spend, one number for all: conversions against what clicks predict, on log cost.

    Score of a Poisson regression at 0, one step (Fisher scoring), shrunk by a prior around 0.
    """
    score, information = 0.0, 1 / RATE_SPREAD**2
    for days in sound.values():
        costs = _within_weekdays(days, [math.log(day.cost or 1) for day in days])
        rate = sum(day.conversions or 0 for day in days) / sum(day.clicks or 0 for day in days)
        for day, cost in zip(days, costs, strict=True):
            expected = rate * (day.clicks or 0)
            score += cost * ((day.conversions or 0) - expected)
            information += cost * cost * expected
    return score / information


def _values(workspace: Workspace, sound: Mapping[str, Sequence[Day]]) -> dict[str, float]:
    """Revenue per conversion over the days used."""
    values = {}
    for name, days in sound.items():
        used = {day.day for day in days}
        facts = [
            fact for fact in workspace.campaigns[name] if fact.day in used and fact.revenue is not None and fact.conversions is not None
        ]
        conversions = sum(fact.conversions or 0 for fact in facts)
        values[name] = sum(fact.revenue or 0 for fact in facts) / conversions if conversions > 0 else 0.0
    return values


def _curve(days: Sequence[Day], exponent: float, value: float) -> Curve:
    return Curve(sum(day.conversions or 0 for day in days) / sum((day.cost or 0) ** exponent for day in days), exponent, value)
