"""Can the data be trusted: missing days, empty cells, tables that contradict each other."""

from __future__ import annotations

from src.models.deterministic.asking import kpis, scope, spoken_period, spoken_scope
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of
from src.models.deterministic.overview import day
from src.models.deterministic.understanding import Understanding

NAME = "data_quality"
_CONTRADICTION = 0.15
"""Relative difference between platform and shop from which it is told; both count with noise."""
_MOST = 6
_COLUMNS = 3
_EMPTY_SQL = (
    "SELECT campaign, SUM(impressions IS NULL) + SUM(clicks IS NULL) + SUM(conversions IS NULL) + SUM(cost IS NULL) + SUM(revenue IS NULL) AS empty "
    "FROM daily GROUP BY campaign HAVING empty > 0 ORDER BY empty DESC"
)
_ORDERS_SQL = (
    "SELECT d.campaign AS campaign, SUM(d.conversions) AS conversions, SUM(o.orders) AS orders "
    "FROM daily d JOIN orders o ON o.date = d.date AND o.campaign = d.campaign WHERE d.conversions IS NOT NULL{where} GROUP BY d.campaign"
)


def matches(asked: Understanding) -> float:
    if not asked.overview.has_account:
        return 0.0
    if _is_trusted(asked):
        return 0.8
    if not asked.has("quality"):
        return 0.0
    if asked.any("tables") and not (asked.has("broken") and asked.campaigns and "data" not in asked.lemmas):
        return 0.8
    return 0.5 if asked.has("copy") else 0.67 if not asked.any("why", "target", "best", "worst") else 0.4


_TRUST = frozenset({"trust", "rely", "reliabl", "correct", "accurat", "plausibl", "credibl"})
_COUNTS = frozenset({"conversions", "orders", "revenue", "clicks", "impressions", "cost"})


def _is_trusted(asked: Understanding) -> bool:
    """`Can we trust the conversions of Brand Search`: whether counts are right, not whether a difference is."""
    counted = bool(_COUNTS & set(asked.metrics)) and len(asked.periods) < 2 and not asked.any("change", "compare")
    return bool(_TRUST & set(asked.lemmas)) and counted


def plan(asked: Understanding) -> tuple[Call, ...]:
    calls = [
        kpis("See which days are missing.", "campaign", asked.period, scope(asked)),
        Call("Count empty cells.", "query_data", {"sql": _EMPTY_SQL}),
    ]
    if "orders" in asked.overview.tables:
        calls.append(
            Call(
                "Hold the platform's conversions against the shop's orders.", "query_data", {"sql": _ORDERS_SQL.format(where=_where(asked))}
            )
        )
    return tuple(calls)


def _where(asked: Understanding) -> str:
    return f" AND d.date BETWEEN '{asked.period.start}' AND '{asked.period.end}'" if asked.period else ""


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    figures, empty = seen[1], seen[2]
    missing = figures.at("missing_days")
    days = [str(one) for one in missing if day(one)] if isinstance(missing, (list, tuple)) else []
    where, when = spoken_scope(asked), spoken_period(asked, asked.period)
    if days:
        draft.say(f"The data{where}{when} have gaps: the missing days are {listed(days[:12])}{' and more' if len(days) > 12 else ''}")
    elif figures.worked:
        draft.say(f"No day is missing in the data{where}{when} for all campaigns together")
    warnings = figures.at("warnings")
    reported = [name_of(text).rstrip(". ") for text in warnings] if isinstance(warnings, (list, tuple)) else []
    for text in [one for one in reported if not one.lower().startswith("missing days") and "not reported" not in one][:4]:
        draft.say(text)
    _empty_cells(asked, empty, draft)
    if len(seen) > 3:
        _contradictions(asked, seen[3], draft)
    if days or any("contradict" in sentence or "Empty" in sentence for sentence in draft.sentences):
        draft.say("Recommendation: read ratios of the days and campaigns named here with care, and have the source checked")
    draft.heed(*seen[1:])


def _empty_cells(asked: Understanding, seen: Seen, draft: Draft) -> None:
    told = []
    for place, keys, row in seen.table():
        if len(keys) > 1 and (not asked.campaigns or row[keys[0]] in asked.campaigns) and as_number(row[keys[-1]]):
            told.append(f"{name_of(row[keys[0]])} ({draft.number(seen, 'empty cells', 'cells', 'rows', place, keys[-1])})")
    if told:
        draft.say(f"Empty cells, where something was not reported: {listed(told[:_MOST])}")
    elif seen.worked:
        draft.say("No reported row has an empty cell")


def _contradictions(asked: Understanding, seen: Seen, draft: Draft) -> None:
    told = []
    for place, keys, row in seen.table():
        if len(keys) < _COLUMNS or (asked.campaigns and row[keys[0]] not in asked.campaigns):
            continue
        conversions, orders = as_number(row[keys[1]]), as_number(row[keys[2]])
        if conversions is not None and orders and abs(orders - conversions) > _CONTRADICTION * orders:
            platform = draft.number(seen, "conversions", "conversions", "rows", place, keys[1])
            shop = draft.number(seen, "orders", "orders", "rows", place, keys[2])
            told.append(f"{name_of(row[keys[0]])} (platform {platform} conversions, shop {shop} orders)")
    if told:
        draft.say(
            f"Tables contradict each other for {listed(told)}; where the shop counts more, the tracking is to be doubted, not the campaign"
        )
    elif seen.worked and not any("contradict" in sentence for sentence in draft.sentences):
        draft.say("The platform's conversions match the shop's orders within the usual difference")
