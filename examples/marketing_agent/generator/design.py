"""Draws an account's design from the seed: its campaigns, what goes wrong in them, and where its data are spoilt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import get_args

from generator.account import Defect, Fault, FaultKind, ResponseCurve
from generator.catalogue import CHANNELS, DAYS, FIRST_DATE, PROFILES, Profile, Template
from generator.draws import between, shuffled, stream, whole

RETURNING = {"cvr": 1.35, "cpc": 0.92, "frequency": 1.25}
"""Returning people buy more often, cost a little less and see more."""
CONVERSIONS_A_DAY = {"regular": 14.0, "thin": 0.5, "noise": 4.5, "hostile": 14.0}
"""Least for a regular campaign, so that faults are visible; exact for thin and noise."""
TIRING = ("social", "display", "video")
STRENGTH: Mapping[FaultKind, tuple[float, float]] = {
    "broken_landing_page": (0.55, 0.75),
    "tracking_gap": (0.55, 0.80),
    "bid_inflation": (0.60, 1.00),
    "creative_fatigue": (0.50, 0.65),
}
START_DAY: Mapping[FaultKind, tuple[int, int]] = {
    "broken_landing_page": (54, 68),
    "tracking_gap": (54, 68),
    "bid_inflation": (54, 68),
    "creative_fatigue": (36, 46),
}
"""From the first day; fatigue needs longer, for it grows."""
RAMP_DAYS = 30
"""Days until fatigue has its full strength."""


@dataclass(frozen=True, slots=True)
class Creative:
    name: str
    headline: str
    share: float
    """Of the campaign's impressions."""
    effect: float
    """True relative difference of its click rate against the campaign's."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign's true parameters: rates as fractions on an average day at `spend`."""

    name: str
    channel: str
    audience: str
    role: str
    ctr: float
    cpc: float
    cvr: float
    spend: float
    """The reference cost a day."""
    exponent: float
    frequency: float
    order_value: float
    weekdays: tuple[float, ...]
    creatives: tuple[Creative, ...]
    fault: Fault | None = None
    defects: tuple[Defect, ...] = ()

    @property
    def curve(self) -> ResponseCurve:
        return ResponseCurve(self.spend * self.cvr / self.cpc, self.spend, self.exponent, self.order_value)

    @property
    def limits(self) -> tuple[float, float]:
        """Least and most cost a day."""
        return _rounded(0.3 * self.spend), _rounded(2.2 * self.spend)


@dataclass(frozen=True, slots=True)
class Design:
    profile: Profile
    campaigns: tuple[Campaign, ...]
    weekdays: Mapping[str, tuple[float, ...]]
    trend: float
    """Growth of demand from the first to the last day, as the logarithm of the factor."""
    defects: tuple[Defect, ...]

    @property
    def daily_total(self) -> float:
        return _rounded(1.2 * sum(campaign.spend for campaign in self.campaigns))


def designs(seed: int) -> tuple[Design, ...]:
    """The designs of all accounts; which account gets which fault is drawn over all of them."""
    dealt = _dealt_faults(seed)
    return tuple(_design(seed, profile, dealt[profile.name]) for profile in PROFILES)


def _dealt_faults(seed: int) -> dict[str, list[FaultKind]]:
    """Every kind at least once, five faults in all; one account stays sound."""
    rng = stream(seed, "faults")
    kinds: list[FaultKind] = shuffled(rng, get_args(FaultKind))
    extra = kinds[whole(rng, 0, 1)]
    hands = [[kinds[0], kinds[2]], [kinds[1], kinds[3]], [extra], []]
    return dict(zip((profile.name for profile in PROFILES), shuffled(rng, hands), strict=True))


def _design(seed: int, profile: Profile, kinds: Sequence[FaultKind]) -> Design:
    def drawn(what: str) -> Random:
        return stream(seed, profile.name, what)

    demand = drawn("demand")
    weekdays = {name: _weekdays(demand, channel.weekdays) for name, channel in CHANNELS.items()}
    chosen = _templates(drawn("choice"), profile)
    campaigns = [_campaign(drawn(template.name), profile, template, weekdays[template.channel]) for template in chosen]
    campaigns = _with_faults(drawn("faults"), campaigns, kinds)
    campaigns, defects = _with_defects(drawn("defects"), campaigns, profile.defects)
    return Design(profile, tuple(campaigns), weekdays, between(demand, -0.06, 0.08), tuple(defects))


def _weekdays(rng: Random, usual: Sequence[float]) -> tuple[float, ...]:
    drawn = [factor * between(rng, 0.96, 1.04) for factor in usual]
    return tuple(round(7 * factor / sum(drawn), 4) for factor in drawn)


def _templates(rng: Random, profile: Profile) -> list[Template]:
    """The first two regular ones, some of the others, and all with a special role; in the catalogue's order."""
    regular = [template for template in profile.templates if template.role == "regular"]
    chosen = regular[:2] + shuffled(rng, regular[2:])[: whole(rng, *profile.regular) - 2]
    return [template for template in profile.templates if template in chosen or template.role != "regular"]


def _campaign(rng: Random, profile: Profile, template: Template, weekdays: tuple[float, ...]) -> Campaign:
    channel, returning = CHANNELS[template.channel], template.audience == "returning"
    factor = RETURNING if returning else dict.fromkeys(RETURNING, 1.0)
    cpc = between(rng, *channel.cpc) * profile.cpc_factor * factor["cpc"]
    cvr = between(rng, *channel.cvr) * profile.cvr_factor * factor["cvr"]
    return Campaign(
        name=template.name,
        channel=template.channel,
        audience=template.audience,
        role=template.role,
        ctr=between(rng, *channel.ctr),
        cpc=cpc,
        cvr=cvr,
        spend=_spend(template.role, between(rng, *channel.spend) * profile.cpc_factor, cpc / cvr),
        exponent=round(between(rng, *channel.exponent), 3),
        frequency=between(rng, *channel.frequency) * factor["frequency"],
        order_value=round(profile.order_value * between(rng, 0.85, 1.2), 2),
        weekdays=weekdays,
        creatives=_creatives(rng, template),
    )


def _spend(role: str, drawn: float, cpa: float) -> float:
    needed = CONVERSIONS_A_DAY[role] * cpa
    return round(max(drawn, needed) if role in ("regular", "hostile") else needed, 2)


def _creatives(rng: Random, template: Template) -> tuple[Creative, ...]:
    """Half the regular campaigns have a better and a worse creative, and a third one without effect where they have three.

    Effects cancel out over the campaign, so that its click rate stays what it was drawn as.
    """
    count = len(template.headlines)
    effect = _signed_effect(rng) if template.role == "regular" else 0.0
    effects, shares = ((effect, -effect), (0.5, 0.5)) if count == 2 else ((0.0, effect, -effect), (0.4, 0.3, 0.3))
    names = (f"{template.name.split(' - ')[0]} {letter}" for letter in "ABC"[:count])
    return tuple(Creative(*values) for values in zip(names, template.headlines, shares, effects, strict=True))


def _signed_effect(rng: Random) -> float:
    """0 in half the draws; else 14 to 24 %, up or down."""
    luck = rng.random()
    if luck >= 0.5:
        return 0.0
    return round(between(rng, 0.14, 0.24), 2) * (1 if luck < 0.25 else -1)


def _with_faults(rng: Random, campaigns: list[Campaign], kinds: Sequence[FaultKind]) -> list[Campaign]:
    """Fatigue chooses first, for it needs a channel that tires."""
    faulty = list(campaigns)
    for kind in sorted(kinds, key=lambda kind: kind != "creative_fatigue"):
        free = [index for index, campaign in enumerate(faulty) if _may_get(campaign, kind)]
        index = free[whole(rng, 0, len(free) - 1)]
        start = FIRST_DATE + timedelta(days=whole(rng, *START_DAY[kind]))
        fault = Fault(faulty[index].name, kind, start, None, round(between(rng, *STRENGTH[kind]), 2))
        faulty[index] = replace(faulty[index], fault=fault)
    return faulty


def _may_get(campaign: Campaign, kind: FaultKind) -> bool:
    free = campaign.role == "regular" and campaign.fault is None
    return free and (kind != "creative_fatigue" or campaign.channel in TIRING)


def _with_defects(rng: Random, campaigns: list[Campaign], kinds: Sequence[str]) -> tuple[list[Campaign], list[Defect]]:
    """Spoilt data never sit in a campaign with a fault, so that each has one explanation; days missing everywhere are the exception."""
    spoilt = list(campaigns)
    defects: list[Defect] = []
    for kind in kinds:
        free = [index for index, campaign in enumerate(spoilt) if campaign.role == "regular" and not (campaign.fault or campaign.defects)]
        index = free[whole(rng, 0, len(free) - 1)]
        drawn = _defects(rng, kind, spoilt[index].name)
        defects += drawn
        touched = range(len(spoilt)) if kind == "missing_days" else [index]
        for each in touched:
            spoilt[each] = replace(spoilt[each], defects=(*spoilt[each].defects, *drawn))
    return spoilt, defects


def _defects(rng: Random, kind: str, campaign: str) -> tuple[Defect, ...]:
    if kind == "missing_days":
        return (Defect("missing_days", *_span(rng, (64, 78), 2)),)
    if kind == "missing_days_of_one":
        return (Defect("missing_days", *_span(rng, (60, 76), 3), campaign),)
    if kind == "contradiction":
        return (Defect("contradiction", *_span(rng, (56, 70), 6), campaign),)
    return (
        Defect("empty_cells", *_span(rng, (70, 79), 4), campaign, ("conversions", "revenue")),
        Defect("empty_cells", *_span(rng, (40, 60), 2), campaign, ("impressions",)),
    )


def _span(rng: Random, first_day: tuple[int, int], length: int) -> tuple[date, date]:
    start = FIRST_DATE + timedelta(days=whole(rng, *first_day))
    return start, start + timedelta(days=length - 1)


def days() -> tuple[date, ...]:
    """All days of an account."""
    return tuple(FIRST_DATE + timedelta(days=day) for day in range(DAYS))


def _rounded(amount: float) -> float:
    """To a whole number that people would write into a budget: tens, below 100 ones."""
    return float(round(amount, -1 if amount >= 100 else 0))
