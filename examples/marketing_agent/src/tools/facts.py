"""What an account's tables say a day and campaign, joined with the shop's orders, in a form that sums quickly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

from src.tools.tables import Table

Number = float | None
UNNAMED = "(no name)"


class Fact(NamedTuple):
    """One row. None is not reported; `day` is a proleptic ordinal; cost, revenue and order_value in the account's currency."""

    day: int
    campaign: str
    channel: str
    audience: str
    creative: str
    impressions: Number
    clicks: Number
    conversions: Number
    cost: Number
    revenue: Number
    frequency: Number
    orders: Number
    order_value: Number
    reported: bool
    """False where only the shop knows of this day."""


MEASURES = ("impressions", "clicks", "conversions", "cost", "revenue")
_PLACE = {name: place for place, name in enumerate(Fact._fields)}


def number_of(name: str) -> Callable[[Fact], Number]:
    """Reads a number column of a fact, at the speed of an index."""
    return itemgetter(_PLACE[name])


def text_of(name: str) -> Callable[[Fact], str]:
    """Reads a text column of a fact."""
    return itemgetter(_PLACE[name])


def daily_facts(tables: Mapping[str, Table]) -> tuple[Fact, ...]:
    """Rows of `daily`, each campaign's orders of a day on its first row of that day, in the order of dates."""
    orders = _orders(tables.get("orders"))
    facts: list[Fact] = []
    homes: dict[str, tuple[str, str]] = {}
    for row in _records(tables.get("daily")):
        fact = _fact(row, orders.pop((row.get("date"), row.get("campaign")), (None, None)))
        homes.setdefault(fact.campaign, (fact.channel, fact.audience))
        facts.append(fact)
    for (day, campaign), shop in orders.items():
        channel, audience = homes.get(campaign or UNNAMED, ("", ""))
        facts.append(_fact({"date": day, "campaign": campaign, "channel": channel, "audience": audience}, shop, reported=False))
    return tuple(sorted(facts, key=lambda fact: fact.day))


def creative_facts(tables: Mapping[str, Table]) -> tuple[Fact, ...]:
    """Rows of `creatives`, with channel and audience of their campaign."""
    homes = {row["campaign"]: row for row in _records(tables.get("daily")) if row.get("campaign") is not None}
    facts = []
    for row in _records(tables.get("creatives")):
        home = homes.get(row.get("campaign"), {})
        facts.append(_fact({**row, "channel": home.get("channel"), "audience": home.get("audience")}, (None, None)))
    return tuple(facts)


def _records(table: Table | None) -> list[dict[str, Any]]:
    return [] if table is None or "date" not in table.columns else [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _orders(table: Table | None) -> dict[tuple[Any, Any], tuple[Number, Number]]:
    return {(row["date"], row.get("campaign")): (row.get("orders"), row.get("order_value")) for row in _records(table)}


def _fact(row: Mapping[str, Any], shop: tuple[Number, Number], reported: bool = True) -> Fact:
    return Fact(
        date.fromisoformat(row["date"]).toordinal(),
        row.get("campaign") or UNNAMED,
        row.get("channel") or "",
        row.get("audience") or "",
        row.get("creative") or "",
        row.get("impressions"),
        row.get("clicks"),
        row.get("conversions"),
        row.get("cost"),
        row.get("revenue"),
        row.get("frequency"),
        *shop,
        reported,
    )


def day_list(days: list[str], shown: int = 7) -> str:
    """Days for a sentence: `2026-10-01, 2026-10-02 and 3 more`."""
    more = f" and {len(days) - shown} more" if len(days) > shown else ""
    return ", ".join(days[:shown]) + more
