"""Accounts made for these tests, by a model of their own: shared neither with the agent nor with the generator of the golden data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from src.tools import Workspace

FIRST = date(2026, 8, 9)
WEEKDAYS = (1.10, 1.07, 1.04, 1.00, 0.98, 0.88, 0.93)


@dataclass(frozen=True)
class Made:
    """A campaign's true parameters; `fault` is (kind, first day, strength, last day or None), days counted from 0."""

    name: str = "Alpha"
    channel: str = "search"
    audience: str = "new"
    days: int = 84
    spend: float = 400.0
    ctr: float = 0.02
    cvr: float = 0.03
    price: float = 0.5
    exponent: float = 0.7
    value: float = 60.0
    spend_noise: float = 0.3
    day_noise: float = 0.0
    weekdays: tuple[float, ...] = WEEKDAYS
    fault: tuple[str, int, float, int | None] | None = None

    def strength(self, kind: str, day: int) -> float:
        if self.fault is None or self.fault[0] != kind or day < self.fault[1] or (self.fault[3] is not None and day > self.fault[3]):
            return 0.0
        return self.fault[2] * (min(1.0, (day - self.fault[1] + 1) / 25) if kind == "creative_fatigue" else 1.0)


def iso(day: int) -> str:
    return (FIRST + timedelta(days=day)).isoformat()


def days_between(found: str, day: int) -> int:
    """How far a date is from a day counted from 0."""
    return abs((date.fromisoformat(found) - FIRST).days - day)


def rows(made: Made, rng: np.random.Generator) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of daily and orders."""
    played = [_day(made, day, rng) for day in range(made.days)]
    return [daily for daily, _ in played], [orders for _, orders in played]


def _day(made: Made, day: int, rng: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any]]:
    called_for = made.weekdays[(FIRST + timedelta(days=day)).weekday()] ** 0.5
    cost = round(float(made.spend * np.exp(made.spend_noise * rng.standard_normal())), 2)
    price = made.price * made.ctr * (1 + made.strength("bid_inflation", day)) * np.exp(0.04 * rng.standard_normal())
    impressions = int(rng.poisson(made.spend / price * (cost / made.spend) ** made.exponent * called_for))
    clicks = int(rng.binomial(impressions, min(1.0, made.ctr * (1 - made.strength("creative_fatigue", day)) * _wobble(made, rng))))
    rate = made.cvr / 0.97 * called_for * (1 - made.strength("broken_landing_page", day)) * _wobble(made, rng)
    orders = int(rng.binomial(clicks, min(1.0, rate)))
    conversions = int(rng.binomial(orders, 0.97 * (1 - made.strength("tracking_gap", day))))
    frequency = round(float(2.0 * (1 + made.strength("creative_fatigue", day)) * np.exp(0.03 * rng.standard_normal())), 2)
    values = made.value * np.exp(0.4 * rng.standard_normal(orders) - 0.08)
    where = {"date": iso(day), "campaign": made.name}
    daily = {
        **where,
        "channel": made.channel,
        "audience": made.audience,
        "impressions": impressions,
        "clicks": clicks,
        "conversions": conversions,
        "cost": cost,
        "revenue": round(float(values[:conversions].sum()), 2),
        "frequency": frequency,
    }
    return daily, {**where, "orders": orders, "order_value": round(float(values.sum()), 2)}


def _wobble(made: Made, rng: np.random.Generator) -> float:
    return float(np.exp(made.day_noise * rng.standard_normal() - made.day_noise**2 / 2))


def account(*campaigns: Made, seed: int = 1, tables: dict[str, Any] | None = None, **document: Any) -> dict[str, Any]:
    """An account in line; `tables` replaces tables (None leaves one out)."""
    rng = np.random.default_rng(seed)
    played = [rows(made, rng) for made in campaigns]
    full = {
        "daily": [row for daily, _ in played for row in daily],
        "orders": [row for _, orders in played for row in orders],
        **(tables or {}),
    }
    return {
        "name": "made",
        "currency": "EUR",
        "first_date": iso(0),
        "last_date": iso(max(made.days for made in campaigns) - 1),
        "budget": {"daily_total": 1.3 * sum(made.spend for made in campaigns)},
        **document,
        "tables": {name: table for name, table in full.items() if table is not None},
    }


def workspace(*campaigns: Made, seed: int = 1, tables: dict[str, Any] | None = None, **document: Any) -> Workspace:
    return Workspace.from_inline({"account": account(*campaigns, seed=seed, tables=tables, **document)})


def plain_rows(count: int = 3, **cells: Any) -> list[dict[str, Any]]:
    """Rows of daily with round figures: CTR 2 %, CVR 10 %, CPA 5, CPC 0.5, ROAS 4."""
    usual = {
        "campaign": "Alpha",
        "channel": "search",
        "audience": "new",
        "impressions": 5000,
        "clicks": 100,
        "conversions": 10,
        "cost": 50.0,
    }
    return [{"date": iso(day), **usual, "revenue": 200.0, "frequency": 2.0, **cells} for day in range(count)]


def small(daily: list[dict[str, Any]], **tables: Any) -> Workspace:
    return Workspace.from_inline({"account": {"name": "small", "currency": "EUR", "tables": {"daily": daily, **tables}}})
