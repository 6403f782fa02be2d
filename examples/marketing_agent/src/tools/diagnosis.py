"""The tool `diagnose_campaign`: which of four faults a campaign's figures show, since when, and what speaks against the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal

from src.tools.distributions import normal_two_sided
from src.tools.errors import ToolFailure
from src.tools.facts import Fact
from src.tools.fault_signals import Signal, change_within, price_change, rate_change, slide
from src.tools.flaws import above_the_shop, scope_warnings
from src.tools.scope import iso, scope_of
from src.tools.workspace import Workspace

Cause = Literal["broken_landing_page", "tracking_gap", "bid_inflation", "creative_fatigue", "none"]
CAUSES: tuple[Cause, ...] = ("broken_landing_page", "tracking_gap", "bid_inflation", "creative_fatigue")
CLEAR_Z = 4.5
"""Searching some hundred stretches for the largest z of a sound series exceeds this in well under one of a hundred."""
LEAST_CHANGE = 0.15
"""A change that matters: smaller ones are told as figures, not as faults."""
FREQUENCY_CLIMB = 0.15
FEWEST_CONVERSIONS = 60
_values = attrgetter("impressions", "clicks", "conversions", "cost", "orders")
WORDS: Mapping[str, str] = {name: name.replace("_", " ") for name in (*CAUSES, "none")}


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the campaign, its rows summed; None is not reported."""

    day: int
    impressions: float | None
    clicks: float | None
    conversions: float | None
    cost: float | None
    orders: float | None
    frequency: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two columns of the days on which both are reported and the second is above 0."""

    days: tuple[int, ...]
    tops: tuple[float, ...]
    bottoms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one cause: `signal` where its leading figure moved, `objection` why it is not the cause all the same."""

    cause: Cause
    since: int | None = None
    until: int | None = None
    z: float = 0.0
    objection: str = ""
    doubt: str = ""
    """What could not be checked."""

    @property
    def holds(self) -> bool:
        return self.since is not None and not self.objection


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`since` and `until` are ordinals; `until` is None where the fault lasts to the last day."""

    cause: Cause
    since: int | None
    until: int | None
    confidence: float
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    def touches(self, day: int) -> bool:
        return self.since is not None and day >= self.since and (self.until is None or day <= self.until)


def diagnose_campaign(workspace: Workspace, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Name the fault of `campaign`: its cause, since when, evidence before and after, and why the other causes are ruled out.

    Broken landing page: orders per click (conversions per click where the shop's orders are missing) fall at once, CTR steady. Tracking gap:
    conversions per order fall at once. Bid inflation: an impression, and so a click, costs more at the same spend, CTR steady. Creative
    fatigue: CTR slides gradually while frequency climbs. Where several hold, the clearest. `start` and `end`: the fault has to touch these days; days
    before `start` still serve as the usual level. Evidence in percent (ctr, cvr, orders_per_click, conversions_per_order), currency (cpc)
    or impressions per person (frequency). `confidence` is the chance-based certainty, lowered by what could not be checked.
    """
    if not arguments.get("campaign"):
        raise ToolFailure("campaign is missing: name the campaign to diagnose")
    scope = scope_of(workspace, arguments)
    campaign = str(scope.campaign)
    days = campaign_days(workspace, campaign, scope.end)
    found = workspace.memo.get(("diagnosis", campaign, scope.start, scope.end), lambda: diagnosed(days, scope.start))
    return {
        "campaign": campaign,
        "cause": found.cause,
        "since": iso(found.since) if found.since is not None else None,
        "evidence": _evidence(days, found),
        "explanation": _explanation(found),
        "confidence": found.confidence,
        "ruled_out": [{"cause": finding.cause, "why": finding.objection} for finding in found.findings if finding.cause != found.cause],
        "warnings": [*found.warnings, *scope_warnings(workspace, scope)],
    }


def campaign_diagnosis(workspace: Workspace, campaign: str, end: int) -> Diagnosis:
    """The diagnosis of a campaign over all its days up to `end`."""
    first = workspace.first_day or 0
    return workspace.memo.get(("diagnosis", campaign, first, end), lambda: diagnosed(campaign_days(workspace, campaign, end), first))


def campaign_days(workspace: Workspace, campaign: str, end: int) -> list[Day]:
    """A campaign's days up to `end`, in order. Conversions that clicks or the shop contradict count as not reported: they would speak of
    faults that are none."""
    days: list[Day] = workspace.memo.get(("days", campaign), lambda: _days(workspace.campaigns[campaign]))
    return days if not days or days[-1].day <= end else [day for day in days if day.day <= end]


def _days(facts: Sequence[Fact]) -> list[Day]:
    by_day: dict[int, list[Fact]] = {}
    for fact in facts:
        by_day.setdefault(fact.day, []).append(fact)
    return [_summed(day, by_day[day]) for day in sorted(by_day)]


def _summed(day: int, facts: Sequence[Fact]) -> Day:
    doubted = any(
        above_the_shop(fact) or (fact.conversions or 0) > (fact.clicks if fact.clicks is not None else math.inf) for fact in facts
    )
    impressions, clicks, conversions, cost, orders = map(_sum, zip(*map(_values, facts), strict=True))
    frequencies = [fact.frequency for fact in facts if fact.frequency is not None]
    frequency = sum(frequencies) / len(frequencies) if frequencies else None
    return Day(day, impressions, clicks, None if doubted else conversions, cost, orders, frequency)


def _sum(values: Sequence[float | None]) -> float | None:
    reported = [value for value in values if value is not None]
    return sum(reported) if reported else None


def pair(days: Sequence[Day], top: str, bottom: str) -> Pair:
    """The days on which a ratio can be told."""
    values_of = attrgetter("day", top, bottom)
    rows = [row for row in map(values_of, days) if row[1] is not None and row[2]]
    return Pair(*zip(*rows, strict=True)) if rows else Pair((), (), ())


def diagnosed(days: Sequence[Day], start: int) -> Diagnosis:
    """Judge each cause by itself, then choose the most convincing one that nothing speaks against."""
    findings = tuple(_in_window(finding, start) for finding in (_landing_page(days), _tracking(days), _bids(days), _fatigue(days)))
    holding = sorted((finding for finding in findings if finding.holds), key=lambda finding: -finding.z)
    warnings = _thin(days)
    if not holding:
        strongest = max((finding.z for finding in findings if finding.since is None), default=0.0)
        return Diagnosis("none", None, None, _confidence_of_none(strongest, bool(warnings)), findings, warnings)
    best = holding[0]
    rest = tuple(_beaten(finding, best) for finding in findings)
    doubts = tuple(finding.doubt for finding in holding[:1] if finding.doubt)
    confidence = min(0.99, 1 - 200 * normal_two_sided(best.z)) * (0.6 if best.doubt else 1.0)
    return Diagnosis(best.cause, best.since, best.until, round(max(confidence, 0.3), 3), rest, warnings + doubts)


def _confidence_of_none(strongest: float, is_thin: bool) -> float:
    return round(0.5 if is_thin else min(0.95, max(0.5, 0.95 - 0.15 * max(0.0, strongest - 3))), 3)


def _beaten(finding: Finding, best: Finding) -> Finding:
    if finding.cause == best.cause or finding.objection:
        return finding
    return Finding(finding.cause, finding.since, finding.until, finding.z, f"{WORDS[best.cause]} explains the figures better")


def _in_window(finding: Finding, start: int) -> Finding:
    if finding.until is None or finding.until >= start or finding.objection:
        return finding
    return Finding(
        finding.cause, finding.since, finding.until, finding.z, f"it was over on {iso(finding.until)}, before the days asked for"
    )


def _thin(days: Sequence[Day]) -> tuple[str, ...]:
    conversions = sum(day.conversions or 0 for day in days)
    if conversions >= FEWEST_CONVERSIONS:
        return ()
    return (f"too little data: {conversions:g} conversions in {len(days)} days; a fault of the conversion rate could not be seen reliably",)


def _moved(cause: Cause, signal: Signal | None, objection: str) -> Finding | None:
    """A finding without a date where the leading figure did not move clearly; None where it did."""
    if signal is None:
        return Finding(cause, objection=f"{objection} (or too few days tell)")
    if signal.z < CLEAR_Z or abs(signal.change) < LEAST_CHANGE:
        return Finding(cause, z=signal.z, objection=objection)
    return None


def _stretch(signal: Signal, series: Pair) -> tuple[int, int | None]:
    until = series.days[signal.end - 1] if signal.end < len(series.days) else None
    return series.days[signal.start], until


def _landing_page(days: Sequence[Day]) -> Finding:
    """Fewer people who clicked buy, by the shop's own count where there is one."""
    by_shop = pair(days, "orders", "clicks")
    has_shop = len(by_shop.days) > 0
    series = by_shop if has_shop else pair(days, "conversions", "clicks")
    what = "orders per click" if has_shop else "conversions per click"
    signal = rate_change(series.days, series.tops, series.bottoms, -1)
    early = _moved("broken_landing_page", signal, f"{what} did not fall")
    if early is not None or signal is None:
        return early or Finding("broken_landing_page", objection=f"{what} did not fall")
    since, until = _stretch(signal, series)
    doubt = "" if has_shop else "the shop's orders are missing: a tracking gap would look the same and cannot be ruled out"
    objection = _not_steady(days, since, until, ("clicks", "impressions"), signal.change, "CTR moved as well")
    return Finding("broken_landing_page", since, until, signal.z, objection, doubt)


def _tracking(days: Sequence[Day]) -> Finding:
    """The platform sees fewer of the shop's orders, of which there are as many as before."""
    series = pair(days, "conversions", "orders")
    if not series.days:
        return Finding("tracking_gap", objection="the shop's orders are missing, so that it cannot be told from a broken landing page")
    signal = rate_change(series.days, series.tops, series.bottoms, -1)
    early = _moved("tracking_gap", signal, "platform conversions and the shop's orders moved together")
    if early is not None or signal is None:
        return early or Finding("tracking_gap")
    since, until = _stretch(signal, series)
    return Finding("tracking_gap", since, until, signal.z)


def _bids(days: Sequence[Day]) -> Finding:
    """A click costs more than its spend explains, and people click and buy as before.

    Searched in the price of an impression, which a falling CTR leaves alone; with a steady CTR the price of a click moves alike.
    """
    by_view = pair(days, "cost", "impressions")
    series = by_view if by_view.days else pair(days, "cost", "clicks")
    usable = [number for number, cost in enumerate(series.tops) if cost > 0]
    series = Pair(*(tuple(values[number] for number in usable) for values in (series.days, series.tops, series.bottoms)))  # type: ignore[arg-type]
    signal = price_change(series.days, series.tops, series.bottoms)
    early = _moved("bid_inflation", signal, "CPC did not rise beyond what spend explains")
    if early is not None or signal is None:
        return early or Finding("bid_inflation")
    since, until = _stretch(signal, series)
    objection = _not_steady(days, since, until, ("clicks", "impressions"), signal.change, "CTR fell, which makes clicks dearer")
    return Finding("bid_inflation", since, until, signal.z, objection)


def _fatigue(days: Sequence[Day]) -> Finding:
    """People click less and less while they see the same advertisements more often."""
    series = pair(days, "clicks", "impressions")
    signal = rate_change(series.days, series.tops, series.bottoms, -1)
    early = _moved("creative_fatigue", signal, "CTR did not decline")
    if early is not None or signal is None:
        return early or Finding("creative_fatigue")
    shape = slide(series.tops, series.bottoms)
    if shape is None or not shape.is_gradual:
        since, until = _stretch(signal, series)
        return Finding("creative_fatigue", since, until, signal.z, "CTR fell at once and not gradually")
    since = series.days[shape.start]
    objection, doubt = _frequency(days, since)
    return Finding("creative_fatigue", since, None, signal.z, objection, doubt)


def _frequency(days: Sequence[Day], since: int) -> tuple[str, str]:
    before = [day.frequency for day in days if day.frequency is not None and day.day < since]
    later = [day.frequency for day in days if day.frequency is not None and day.day >= since]
    if not before or not later:
        return "", "frequency is not reported: that people tired of the creatives is inferred from CTR alone"
    late = later[len(later) // 2 :]
    climb = sum(late) / len(late) / (sum(before) / len(before)) - 1
    return ("" if climb >= FREQUENCY_CLIMB else f"frequency did not climb ({100 * climb:+.0f} %)"), ""


def _not_steady(days: Sequence[Day], since: int, until: int | None, columns: tuple[str, str], change: float, words: str) -> str:
    """An objection where another rate moved clearly over the same days, by at least half as much as the leading figure."""
    series = pair(days, *columns)
    start = next((number for number, day in enumerate(series.days) if day >= since), len(series.days))
    end = next((number for number, day in enumerate(series.days) if until is not None and day > until), len(series.days))
    moved, z = change_within(Signal(start, end, change, 0.0), series.tops, series.bottoms)
    if abs(z) >= CLEAR_Z and abs(moved) >= max(LEAST_CHANGE, abs(change) / 2):
        return f"{words} ({100 * moved:+.0f} %)"
    return ""


_FIGURES = (
    ("ctr", "clicks", "impressions", 100.0),
    ("cvr", "conversions", "clicks", 100.0),
    ("cpc", "cost", "clicks", 1.0),
    ("orders_per_click", "orders", "clicks", 100.0),
    ("conversions_per_order", "conversions", "orders", 100.0),
)
_LATE_DAYS = 14


def _evidence(days: Sequence[Day], found: Diagnosis) -> list[dict[str, Any]]:
    """The figures before the fault and since (where there is none: before the last two weeks and in them)."""
    if not days:
        return []
    split = found.since if found.since is not None else days[-1].day - _LATE_DAYS + 1
    before = [day for day in days if day.day < split]
    after = [day for day in days if day.day >= split and (found.until is None or day.day <= found.until)]
    rows = [(name, _ratio(before, top, bottom, factor), _ratio(after, top, bottom, factor)) for name, top, bottom, factor in _FIGURES]
    rows.append(("frequency", _mean(before), _mean(after)))
    return [
        {"metric": name, "before": old, "after": new, "relative_change": (new - old) / old if old else None}
        for name, old, new in rows
        if old is not None and new is not None
    ]


def _ratio(days: Sequence[Day], top: str, bottom: str, factor: float) -> float | None:
    series = pair(days, top, bottom)
    return factor * sum(series.tops) / sum(series.bottoms) if series.days else None


def _mean(days: Sequence[Day]) -> float | None:
    values = [day.frequency for day in days if day.frequency is not None]
    return sum(values) / len(values) if values else None


_EXPLANATIONS: Mapping[str, str] = {
    "broken_landing_page": "Fewer of those who click buy, by the platform's count and the shop's, while clicks come as before: "
    "the page behind the advertisement is the place to look.",
    "tracking_gap": "The platform counts fewer conversions while the shop takes as many orders: the measurement is broken, not the campaign.",
    "bid_inflation": "A click costs more at the same spend while people click and buy as before: bids or competition drove the price.",
    "creative_fatigue": "The click rate slides while people see the advertisements more often: the creatives are worn out.",
    "none": "No figure moved clearly and by enough to show one of the four faults.",
}


def _explanation(found: Diagnosis) -> str:
    text = _EXPLANATIONS[found.cause]
    if found.until is not None:
        text += f" It ended on {iso(found.until)}."
    return text
