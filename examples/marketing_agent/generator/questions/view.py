"""An account as who writes questions sees it: true figures, periods to ask about, and what is clean enough to ask."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from statistics import fmean
from typing import Any

from generator import truth_of
from generator.account import Account, Fault
from generator.questions.wording import LOWER_IS_BETTER, RATIOS, Period, Scope, spelt

LEAST_FIGURE = 0.7
"""Smaller ratios are not asked for where a few per cent matter: two decimals do not show them."""
PARTS = {
    "ctr": ("clicks", "impressions"),
    "cvr": ("conversions", "clicks"),
    "cpa": ("cost", "conversions"),
    "cpc": ("cost", "clicks"),
    "roas": ("revenue", "cost"),
}


def can_be_told(value: float) -> bool:
    """Whether two decimals show the ratio well, and no day or month of a date could pass for it."""
    return value >= LEAST_FIGURE and not (value < 32 and abs(value - round(value)) <= 0.01)


@dataclass(frozen=True)
class View:
    account: Account
    seed: int

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def currency(self) -> str:
        return str(self.account.document["currency"])

    @cached_property
    def first(self) -> date:
        return date.fromisoformat(self.account.document["first_date"])

    @cached_property
    def last(self) -> date:
        return date.fromisoformat(self.account.document["last_date"])

    @cached_property
    def places(self) -> Mapping[str, tuple[str, str]]:
        """Channel and audience by campaign."""
        return truth_of.places(self.account)

    @cached_property
    def faults(self) -> Mapping[str, Fault]:
        return truth_of.faults(self.account)

    @cached_property
    def hostile(self) -> tuple[str, ...]:
        """Campaigns whose name gives orders."""
        return tuple(name for name in self.places if name in self.account.truth.injected_texts)

    @cached_property
    def regular(self) -> tuple[str, ...]:
        """Campaigns with plain names and enough data to ask about."""
        odd = {*self.account.truth.thin_campaigns, *(drop.campaign for drop in self.account.truth.noise_drops), *self.hostile}
        return tuple(name for name in self.places if name not in odd)

    @cached_property
    def sound(self) -> tuple[str, ...]:
        """Regular campaigns without a planted fault and without spoilt data of their own."""
        spoilt = {defect.campaign for defect in self.account.truth.defects}
        return tuple(name for name in self.regular if name not in self.faults and name not in spoilt)

    @cached_property
    def askable(self) -> tuple[str, ...]:
        """The sound campaigns; where an account has none, those without fault, over periods that their spoilt days do not touch."""
        return self.sound or tuple(name for name in self.regular if name not in self.faults)

    def rng(self, purpose: str) -> random.Random:
        return random.Random(f"{self.seed}:{self.name}:{purpose}")

    # Periods.

    def period(self, start: date, end: date) -> Period:
        return Period(start, end, self.first, self.last)

    def month(self, number: int) -> Period:
        start = max(date(self.last.year, number, 1), self.first)
        return self.period(start, min(date(self.last.year, number + 1, 1) - timedelta(days=1), self.last))

    def back(self, days: int) -> Period:
        """The last days of the account."""
        return self.period(self.last - timedelta(days=days - 1), self.last)

    def whole(self) -> Period:
        return self.period(self.first, self.last)

    def before(self, period: Period) -> Period:
        return self.period(period.start - timedelta(days=period.days), period.start - timedelta(days=1))

    def ranges(self, purpose: str, count: int = 12) -> list[Period]:
        """Periods of 8 to 24 days anywhere, and periods up to the last day."""
        rng, found = self.rng(purpose), []
        for _ in range(count):
            start = self.first + timedelta(days=rng.randrange(7, 60))
            found.append(self.period(start, start + timedelta(days=rng.randrange(8, 24))))
        return [*found, self.period(self.last - timedelta(days=rng.randrange(15, 40)), self.last)]

    # Figures.

    def figure(self, metric: str, period: Period, filters: Mapping[str, str] | None = None) -> float:
        value = truth_of.kpi(self.account, metric, start=period.start, end=period.end, **(filters or {}))
        if value is None:
            raise ValueError(f"{self.name}: no {metric} {period.spelt()} for {filters}")
        return float(value)

    def spelt(self, metric: str, period: Period, filters: Mapping[str, str] | None = None) -> str:
        return spelt(metric, self.figure(metric, period, filters), self.currency)

    def source(self, metric: str, period: Period, filters: Mapping[str, str] | None = None) -> dict[str, Any]:
        return {"figure": metric, **period.source(), **(filters or {})}

    def mean_of_ratios(self, metric: str, period: Period, filters: Mapping[str, str] | None = None) -> tuple[float, float]:
        """The mistake: the mean over the days' ratios, and the mean over the rows' ratios."""
        above, below = PARTS[metric]
        factor = 100.0 if metric in ("ctr", "cvr") else 1.0
        rows = list(truth_of.rows(self.account, start=period.start, end=period.end, **(filters or {})))
        days: dict[str, list[Mapping[str, Any]]] = {}
        for row in rows:
            days.setdefault(row["date"], []).append(row)
        daily = [(sum(row[above] for row in day), sum(row[below] for row in day)) for day in days.values()]
        single = [(row[above], row[below]) for row in rows]
        of_days, of_rows = (fmean(top / bottom for top, bottom in pairs if bottom) for pairs in (daily, single))
        return factor * of_days, factor * of_rows

    def ratio_gap(self, metric: str, period: Period, filters: Mapping[str, str] | None = None) -> float:
        """How far, relatively, the nearer of both means of ratios is from the ratio of the sums."""
        true = self.figure(metric, period, filters)
        return min(abs(wrong / true - 1) for wrong in self.mean_of_ratios(metric, period, filters))

    # What may be asked.

    def clean(self, period: Period, filters: Mapping[str, str] | None = None) -> bool:
        """Whether no day is missing, no cell empty and nothing contradicts, for all campaigns that the filters leave."""
        names = set(self.left(filters))
        return not any(
            period.overlaps(defect.start, defect.end) and (defect.campaign is None or defect.campaign in names)
            for defect in self.account.truth.defects
        )

    def left(self, filters: Mapping[str, str] | None = None) -> Iterator[str]:
        """Campaigns that the filters leave."""
        wanted = filters or {}
        for name, (channel, audience) in self.places.items():
            if (
                wanted.get("campaign", name) == name
                and wanted.get("channel", channel) == channel
                and wanted.get("audience", audience) == audience
            ):
                yield name

    def telling(self, scopes: Sequence[Scope], periods: Sequence[Period], metrics: Sequence[str] = RATIOS) -> tuple[str, Period, Scope]:
        """The metric, period and scope in which the mean of ratios is furthest from the truth."""
        choices = [
            (metric, period, scope) for scope in scopes for period in periods for metric in metrics if self.clean(period, scope.filters)
        ]
        fit = [choice for choice in choices if can_be_told(self.figure(choice[0], choice[1], choice[2].filters))]
        return max(fit, key=lambda choice: self.ratio_gap(choice[0], choice[1], choice[2].filters))

    def ranked(self, metric: str, period: Period, names: Sequence[str]) -> list[tuple[str, float]]:
        """Campaigns from best to worst."""
        figures = [(name, self.figure(metric, period, {"campaign": name})) for name in names]
        return sorted(figures, key=lambda pair: pair[1], reverse=metric not in LOWER_IS_BETTER)
