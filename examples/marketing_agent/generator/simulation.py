"""Plays a campaign day by day: what it costs, what the platform counts, what the shop sells. docs/generator.md has the formulas."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from generator.account import Fault
from generator.catalogue import DAYS
from generator.design import RAMP_DAYS, Campaign, Creative, Design, days
from generator.draws import binomial, normal, poisson, stream, wobble

TRACKED = 0.97
"""Share of the shop's orders that a sound platform counts."""
WEEKLY_SPEND, DAILY_SPEND = 0.20, 0.30
"""Standard deviations of the logarithm of what people spend from week to week and day to day: without them no curve could be told."""
AUCTION = 0.05
"""Of the price of an impression."""
ORDER_VALUES = 0.5
FREQUENCY = 0.02
NOISE_DAYS = 7
"""Length of a drop by chance, and of the time before that it is compared with."""
FATIGUE_FREQUENCY = 1.4
"""Relative growth of frequency when fatigue is at its full strength."""


@dataclass(frozen=True, slots=True)
class CreativeDay:
    creative: Creative
    impressions: int
    clicks: int
    conversions: int
    orders: int
    cost: float
    revenue: float
    order_value: float


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """`parts` add up to the campaign's day exactly, cents included."""

    day: date
    campaign: Campaign
    parts: tuple[CreativeDay, ...]
    frequency: float

    def count(self, column: str) -> int:
        """The sum of a column of whole numbers."""
        return sum(int(getattr(part, column)) for part in self.parts)

    def amount(self, column: str) -> float:
        """The sum of a column of money, in whole cents."""
        return round(math.fsum(getattr(part, column) for part in self.parts), 2)


def ramp(fault: Fault, day: date) -> float:
    """How much of its strength a fault has on a day, 0..1: steps at once, fatigue over `RAMP_DAYS`."""
    if day < fault.start or (fault.end is not None and day > fault.end):
        return 0.0
    if fault.kind != "creative_fatigue":
        return 1.0
    return min(1.0, ((day - fault.start).days + 1) / RAMP_DAYS)


def effect(campaign: Campaign, kind: str, day: date) -> float:
    """Strength of the fault `kind` in the campaign on a day; 0 where it has none."""
    fault = campaign.fault
    return fault.strength * ramp(fault, day) if fault is not None and fault.kind == kind else 0.0


def demand(design: Design, campaign: Campaign, number: int) -> float:
    """Demand on a day against the average day: weekday and slow trend, both with mean 1."""
    growth = math.exp(design.trend * (number / (DAYS - 1) - 0.5))
    return campaign.weekdays[days()[number].weekday()] * growth


def planned_costs(seed: int, design: Design) -> dict[str, tuple[float, ...]]:
    """What each campaign spends each day: within its limits, and all together within the account's daily total."""
    wished = {
        campaign.name: _wished_costs(stream(seed, design.profile.name, campaign.name, "cost"), campaign) for campaign in design.campaigns
    }
    least = {campaign.name: campaign.limits[0] for campaign in design.campaigns}
    floor = sum(least.values())
    for number in range(DAYS):
        total = sum(costs[number] for costs in wished.values())
        shrink = min(1.0, (0.995 * design.daily_total - floor) / (total - floor))
        for name, costs in wished.items():
            costs[number] = math.floor(100 * (least[name] + shrink * (costs[number] - least[name]))) / 100
    return {name: tuple(costs) for name, costs in wished.items()}


def _wished_costs(rng: Random, campaign: Campaign) -> list[float]:
    low, high = campaign.limits
    costs: list[float] = []
    week = 1.0
    for day in days():
        if day.weekday() == 0 or not costs:
            week = wobble(rng, WEEKLY_SPEND)
        costs.append(min(0.98 * high, max(1.05 * low, campaign.spend * week * wobble(rng, DAILY_SPEND))))
    if campaign.role == "noise":  # the same budget in both weeks that people will compare: no reason for a drop is left
        costs[-NOISE_DAYS:] = costs[-2 * NOISE_DAYS : -NOISE_DAYS]
    return costs


def play(design: Design, campaign: Campaign, costs: Sequence[float], rng: Random) -> Iterator[CampaignDay]:
    """The campaign's days in order. `costs`: by day, in the account's currency."""
    seen: list[int] = []
    for number, (day, cost) in enumerate(zip(days(), costs, strict=True)):
        called_for = math.sqrt(demand(design, campaign, number))  # half of demand is more people, half is readier people
        bought = campaign.spend / (campaign.cpc * campaign.ctr) * (cost / campaign.spend) ** campaign.exponent
        bought *= called_for * wobble(rng, AUCTION) / (1 + effect(campaign, "bid_inflation", day))
        shown = _split(rng, poisson(rng, bought), campaign.creatives)
        parts = tuple(_parts(campaign, _rates(campaign, day, called_for), shown, _cents(cost, shown), rng))
        seen.append(sum(part.impressions for part in parts))
        yield CampaignDay(day, campaign, parts, _frequency(campaign, day, seen[-7:], rng))


def _split(rng: Random, impressions: int, creatives: Sequence[Creative]) -> list[int]:
    """Impressions by creative: multinomial, as one binomial after another."""
    counts, left, share = [], impressions, 1.0
    for creative in creatives[:-1]:
        counts.append(binomial(rng, left, creative.share / share))
        left, share = left - counts[-1], share - creative.share
    return [*counts, left]


@dataclass(frozen=True, slots=True)
class _Rates:
    ctr: float
    order: float
    """Orders per click."""
    tracked: float
    """Share of the orders that the platform counts."""


def _rates(campaign: Campaign, day: date, called_for: float) -> _Rates:
    return _Rates(
        ctr=campaign.ctr * (1 - effect(campaign, "creative_fatigue", day)),
        order=campaign.cvr / TRACKED * called_for * (1 - effect(campaign, "broken_landing_page", day)),
        tracked=TRACKED * (1 - effect(campaign, "tracking_gap", day)),
    )


def _parts(campaign: Campaign, rates: _Rates, shown: Sequence[int], costs: Sequence[float], rng: Random) -> Iterator[CreativeDay]:
    for creative, impressions, cost in zip(campaign.creatives, shown, costs, strict=True):
        clicks = binomial(rng, impressions, rates.ctr * (1 + creative.effect))
        orders = binomial(rng, clicks, rates.order)
        counted = binomial(rng, orders, rates.tracked)
        values = [campaign.order_value * wobble(rng, ORDER_VALUES) for _ in range(orders)]
        worth, sold = round(math.fsum(values[:counted]), 2), round(math.fsum(values), 2)
        yield CreativeDay(creative, impressions, clicks, counted, orders, cost, worth, sold)


def _cents(cost: float, impressions: Sequence[int]) -> list[float]:
    """The cost by impressions, in whole cents that add up to it."""
    whole, total = round(100 * cost), sum(impressions)
    bounds = [round(whole * sum(impressions[:upto]) / total) if total else 0 for upto in range(len(impressions))] + [whole]
    return [(high - low) / 100 for low, high in itertools.pairwise(bounds)]


def _frequency(campaign: Campaign, day: date, week: Sequence[int], rng: Random) -> float:
    """More impressions reach the same people again: with the root of the week's impressions, and more so while they tire."""
    usual = campaign.spend / (campaign.cpc * campaign.ctr)
    fault = campaign.fault
    tired = ramp(fault, day) if fault is not None and fault.kind == "creative_fatigue" else 0.0
    reached = math.sqrt(max(sum(week) / len(week), 1) / usual)
    return max(1.0, round(campaign.frequency * reached * (1 + FATIGUE_FREQUENCY * tired) * math.exp(FREQUENCY * normal(rng)), 2))
