"""True answers about an account: what a careful analyst would compute from its tables, and what only the generator knows.

Pure functions of an `Account`. Nothing here is shared with the agent, so that its formulas are examined and not repeated.
Filters are exact names; `start` and `end` are dates or ISO texts, both inclusive, absent: the account's first and last day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal, TypedDict, Unpack

from generator.account import Account, Defect, Fault, ResponseCurve
from generator.simulation import ramp

Day = date | str
Objective = Literal["revenue", "conversions"]
Limits = Mapping[str, Mapping[str, float]]

COUNTS = ("impressions", "clicks", "conversions", "cost", "revenue", "orders", "order_value")
RATIOS = {
    "ctr": ("clicks", "impressions", 100.0),
    "cvr": ("conversions", "clicks", 100.0),
    "cpa": ("cost", "conversions", 1.0),
    "cpc": ("cost", "clicks", 1.0),
    "roas": ("revenue", "cost", 1.0),
}
"""Numerator, denominator, factor: CTR and CVR in per cent."""


class Filters(TypedDict, total=False):
    """What narrows a question; None is as good as absent."""

    start: Day | None
    end: Day | None
    campaign: str | None
    channel: str | None
    audience: str | None
    creative: str | None


class Infeasible(ValueError):
    """No allocation meets the wish: the total is outside what the limits or the account's daily total allow."""


def kpi(account: Account, metric: str, **filters: Unpack[Filters]) -> float | None:
    """A ratio of sums (ctr and cvr in per cent, cpa and cpc in the account's currency, roas a factor), or a sum (`COUNTS`).

    A row in which numerator or denominator is not reported does not count for the ratio. None where nothing is reported or the
    denominator is 0. Raises `KeyError` for an unknown metric.
    """
    if metric in COUNTS:
        return totals(account, **filters)[metric]
    above, below, factor = RATIOS[metric]
    pairs = [(row[above], row[below]) for row in rows(account, **filters) if row.get(above) is not None and row.get(below) is not None]
    numerator, denominator = (sum(pair[side] for pair in pairs) for side in (0, 1))
    return factor * numerator / denominator if denominator else None


def totals(account: Account, **filters: Unpack[Filters]) -> dict[str, float | None]:
    """Sums of what is reported, by column of `COUNTS`; None where no cell is. A creative has neither revenue nor orders."""
    platform = list(rows(account, **filters))
    shop = [] if filters.get("creative") else list(rows(account, table="orders", **filters))
    return {column: _sum(shop if column in ("orders", "order_value") else platform, column) for column in COUNTS}


def _sum(found: list[Mapping[str, Any]], column: str) -> float | None:
    cells = [row[column] for row in found if row.get(column) is not None]
    return round(sum(cells), 2) if cells else None


def rows(account: Account, *, table: str | None = None, **filters: Unpack[Filters]) -> Iterator[Mapping[str, Any]]:
    """The rows of a table (absent: `creatives` where a creative is asked for, else `daily`) that pass the filters."""
    first, last = _window(account, filters.get("start"), filters.get("end"))
    exact = {name: filters.get(name) for name in ("campaign", "channel", "audience", "creative")}
    place = places(account)
    for row in account.tables[table or ("creatives" if exact["creative"] else "daily")]:
        channel, audience = place[row["campaign"]]
        seen = {"campaign": row["campaign"], "channel": channel, "audience": audience, "creative": row.get("creative")}
        if first <= row["date"] <= last and all(wanted in (None, seen[name]) for name, wanted in exact.items()):
            yield row


def places(account: Account) -> dict[str, tuple[str, str]]:
    """Channel and audience by campaign."""
    return {row["campaign"]: (row["channel"], row["audience"]) for row in account.tables["daily"]}


def _window(account: Account, start: Day | None, end: Day | None) -> tuple[str, str]:
    """As ISO texts, which sort as the days do."""
    return str(start or account.document["first_date"]), str(end or account.document["last_date"])


def window_days(account: Account, start: Day | None = None, end: Day | None = None) -> tuple[date, ...]:
    """The calendar days of a window, whether there are data or not."""
    first, last = (date.fromisoformat(day) for day in _window(account, start, end))
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def missing_days(account: Account, campaign: str | None = None, start: Day | None = None, end: Day | None = None) -> tuple[date, ...]:
    """Days of the window without a row in `daily` for the campaign; without a name, days on which no campaign has one."""
    there = {row["date"] for row in rows(account, start=start, end=end, campaign=campaign)}
    return tuple(day for day in window_days(account, start, end) if day.isoformat() not in there)


def empty_cells(
    account: Account, campaign: str | None = None, start: Day | None = None, end: Day | None = None
) -> tuple[tuple[date, str, str], ...]:
    """Day, campaign and column of each cell of `daily` that is not reported."""
    found = rows(account, start=start, end=end, campaign=campaign)
    return tuple(
        (date.fromisoformat(row["date"]), row["campaign"], column) for row in found for column, cell in row.items() if cell is None
    )


def contradictions(account: Account, campaign: str | None = None) -> tuple[tuple[date, str], ...]:
    """Day and campaign where the platform reports more conversions than the shop sold."""
    sold = {(row["date"], row["campaign"]): row["orders"] for row in account.tables["orders"]}
    found = (row for row in rows(account, campaign=campaign) if row["conversions"] is not None)
    return tuple(
        (date.fromisoformat(row["date"]), row["campaign"]) for row in found if row["conversions"] > sold[row["date"], row["campaign"]]
    )


def faults(account: Account) -> dict[str, Fault]:
    """The planted fault by campaign; campaigns that are sound are not in it."""
    return {fault.campaign: fault for fault in account.truth.faults}


def defects(account: Account, campaign: str | None = None) -> tuple[Defect, ...]:
    """What is wrong with the data: of all, or what touches the campaign."""
    return tuple(defect for defect in account.truth.defects if campaign is None or defect.campaign in (None, campaign))


def current_spend(account: Account, start: Day | None = None, end: Day | None = None) -> dict[str, float]:
    """Mean cost per reported day, by campaign."""
    spent: dict[str, list[float]] = {name: [] for name in places(account)}
    for row in rows(account, start=start, end=end):
        if row["cost"] is not None:
            spent[row["campaign"]].append(row["cost"])
    return {name: sum(costs) / len(costs) for name, costs in spent.items() if costs}


def expected(account: Account, allocation: Mapping[str, float], *, on: Day | None = None) -> dict[str, float]:
    """Expected conversions and revenue per day of an allocation (currency a day, by campaign), on an average day.

    `on`: with the faults as they are on that day; absent: as if all were mended. A tracking gap never weakens a campaign, it only hides
    what it sells. Raises `KeyError` for an unknown campaign.
    """
    curves = curves_on(account, on)
    conversions = {name: curves[name].conversions(cost) for name, cost in allocation.items()}
    revenue = sum(count * curves[name].value_per_conversion for name, count in conversions.items())
    return {"conversions": sum(conversions.values()), "revenue": revenue}


def curves_on(account: Account, on: Day | None = None) -> dict[str, ResponseCurve]:
    """The true response curves, with the faults of a day in them where one is given."""
    if on is None:
        return dict(account.truth.curves)
    day, ill = date.fromisoformat(str(on)), faults(account)
    return {name: _weakened(curve, ill.get(name), day) for name, curve in account.truth.curves.items()}


def _weakened(curve: ResponseCurve, fault: Fault | None, day: date) -> ResponseCurve:
    if fault is None or fault.kind == "tracking_gap":
        return curve
    felt = fault.strength * ramp(fault, day)
    left = 1 / (1 + felt) if fault.kind == "bid_inflation" else 1 - felt
    return ResponseCurve(curve.scale * left, curve.reference, curve.exponent, curve.value_per_conversion)


def best_allocation(
    account: Account, total: float, *, limits: Limits | None = None, objective: Objective = "revenue", on: Day | None = None
) -> dict[str, float]:
    """The allocation of `total` (currency a day) with the most expected revenue or conversions under the true curves.

    `limits` tighten the account's own. All of `total` is spent. At the optimum every campaign within its limits earns the same from
    its last unit of money (Karush, Kuhn and Tucker; the curves are concave), so that marginal value is found by bisection.
    Raises `Infeasible` where the limits or `budget.daily_total` do not allow the total.
    """
    bounds = allowed(account, limits)
    _check(account, total, bounds)
    curves = curves_on(account, on)
    values = {name: curves[name].value_per_conversion if objective == "revenue" else 1.0 for name in bounds}
    low, high = 1e-12, 1e12  # marginal value of one unit of money; geometric bisection, for it spans magnitudes
    for _ in range(200):
        middle = (low * high) ** 0.5
        spent = sum(_spend_at(curves[name], values[name], middle, bounds[name]) for name in bounds)
        low, high = (middle, high) if spent > total else (low, middle)
    return _exactly(total, {name: _spend_at(curves[name], values[name], high, bounds[name]) for name in bounds}, bounds)


def allowed(account: Account, limits: Limits | None = None) -> dict[str, tuple[float, float]]:
    """Least and most per day by campaign: the account's limits, tightened by `limits`. Raises `KeyError` for an unknown campaign."""
    given = account.document["budget"]["limits"]
    if unknown := set(limits or {}) - set(account.truth.curves):
        raise KeyError(f"unknown campaigns in limits: {sorted(unknown)}")
    asked = {name: (limits or {}).get(name, {}) for name in account.truth.curves}
    return {
        name: (max(given[name]["min"], wish.get("min", 0.0)), min(given[name]["max"], wish.get("max", float("inf"))))
        for name, wish in asked.items()
    }


def _check(account: Account, total: float, bounds: Mapping[str, tuple[float, float]]) -> None:
    most, least = sum(high for _, high in bounds.values()), sum(low for low, _ in bounds.values())
    for name, (low, high) in bounds.items():
        if low > high:
            raise Infeasible(f"{name}: at least {low:g} and at most {high:g} a day cannot both hold")
    if total > account.document["budget"]["daily_total"]:
        raise Infeasible(f"{total:g} a day is above the daily total of {account.document['budget']['daily_total']:g}")
    if not least <= total <= most:
        raise Infeasible(f"{total:g} a day is outside what the limits allow together: {least:g} to {most:g}")


def _spend_at(curve: ResponseCurve, value: float, marginal: float, bounds: tuple[float, float]) -> float:
    """Where value * scale * exponent / reference * (cost / reference) ** (exponent - 1) equals the marginal value."""
    first = value * curve.scale * curve.exponent / curve.reference
    wished: float = curve.reference * (first / marginal) ** (1 / (1 - curve.exponent))
    return min(max(wished, bounds[0]), bounds[1])


def _exactly(total: float, allocation: dict[str, float], bounds: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Put the last rounding error of the bisection where there is room for it."""
    rest = total - sum(allocation.values())
    for name, cost in allocation.items():
        moved = min(max(cost + rest, bounds[name][0]), bounds[name][1])
        rest -= moved - cost
        allocation[name] = moved
    return allocation
