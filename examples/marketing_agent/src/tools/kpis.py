"""Key figures of campaigns, by group and period, each ratio with its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, cast

from src.tools.facts import Fact, number_of, text_of
from src.tools.flaws import missing_days, scope_warnings
from src.tools.ratios import METRICS, NOTHING, RATIOS, Aggregation, Estimate, Metric, estimate
from src.tools.scope import Scope, facts_of, scope_of
from src.tools.workspace import Workspace

GROUPS = ("total", "campaign", "channel", "audience", "creative", "date", "week", "month")
SUMS = ("impressions", "clicks", "conversions", "cost", "revenue", "orders")
_columns = attrgetter(*SUMS)
_IN_TIME = frozenset({"date", "week", "month"})


def compute_kpis(workspace: Workspace, arguments: Mapping[str, Any], aggregation: Aggregation = "ratio_of_sums") -> dict[str, Any]:
    """Sums and ratios by group: `group_by` total, campaign, channel, audience, creative, date, week (ISO, 2026-W44) or month (2026-10).

    CTR = clicks / impressions and CVR = conversions / clicks in percent; CPA = cost / conversions and CPC = cost / clicks in the account's
    currency; ROAS = revenue / cost. Over several rows always the ratio of the sums over rows that report both; intervals: `ratios.estimate`.
    A sum is null where no row reports it; `orders` is the shop's count. Groups by cost, highest first; dates ascending.
    """
    scope = scope_of(workspace, arguments)
    group_by = arguments.get("group_by", "total")
    facts = facts_of(workspace, scope, of_creatives=group_by == "creative")
    groups = [_figures(key, rows, aggregation) for key, rows in grouped(workspace, facts, group_by).items()]
    if group_by in _IN_TIME:
        groups.sort(key=lambda group: str(group["key"]))
    else:
        groups.sort(key=lambda group: (-(group["cost"] or 0.0), str(group["key"])))
    start, end = scope.dates
    return {
        "groups": groups,
        "currency": workspace.currency,
        "start": start,
        "end": end,
        "days": len({fact.day for fact in facts if fact.reported}),
        "missing_days": missing_days(workspace, scope),
        "warnings": _warnings(workspace, scope, facts, group_by),
    }


def _warnings(workspace: Workspace, scope: Scope, facts: Sequence[Fact], group_by: str) -> list[str]:
    warnings = scope_warnings(workspace, scope, of_creatives=group_by == "creative")
    if group_by == "creative" or scope.creative is not None:
        warnings.append("creatives are counted by the platform without revenue and orders")
    if not facts and not _is_beyond(workspace, scope):
        warnings.append("no rows for these filters and dates")
    alone = len({fact.day for fact in facts if not fact.reported})
    if alone:
        warnings.append(f"orders count {alone} days on which rows of the platform are missing")
    return warnings


def _is_beyond(workspace: Workspace, scope: Scope) -> bool:
    """Whether the dates lie wholly outside of the data, of which there is a warning already."""
    first, last = workspace.first_day, workspace.last_day
    return first is not None and last is not None and (scope.start > last or scope.end < first)


def grouped(workspace: Workspace, facts: Sequence[Fact], group_by: str) -> dict[str, list[Fact]]:
    """The rows by key, in the order in which keys occur; one group `total` even where there are no rows."""
    if group_by == "total":
        return {"total": list(facts)}
    key_of = _key_of(workspace, group_by)
    groups: dict[str, list[Fact]] = {}
    keys: dict[Any, str] = {}
    for fact in facts:
        groups.setdefault(key_of(fact, keys), []).append(fact)
    return groups


def _key_of(workspace: Workspace, group_by: str) -> Callable[[Fact, dict[Any, str]], str]:
    if group_by in ("campaign", "channel", "audience"):
        value_of = text_of(group_by)
        return lambda fact, _: value_of(fact) or "(none)"
    if group_by == "creative":
        shared = workspace.memo.get("shared creatives", lambda: _shared_creatives(workspace.creatives))
        return lambda fact, _: f"{fact.campaign} / {fact.creative}" if fact.creative in shared else fact.creative or "(none)"
    name = _PERIODS[group_by]
    return lambda fact, keys: keys[fact.day] if fact.day in keys else keys.setdefault(fact.day, name(date.fromordinal(fact.day)))


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


_PERIODS: Mapping[str, Callable[[date], str]] = {"date": date.isoformat, "week": _week, "month": lambda day: f"{day:%Y-%m}"}


def _shared_creatives(facts: Iterable[Fact]) -> frozenset[str]:
    """Names that creatives of more than one campaign have."""
    homes: dict[str, set[str]] = {}
    for fact in facts:
        homes.setdefault(fact.creative, set()).add(fact.campaign)
    return frozenset(name for name, campaigns in homes.items() if len(campaigns) > 1)


def _figures(key: str, facts: Sequence[Fact], aggregation: Aggregation) -> dict[str, Any]:
    columns = dict(zip(SUMS, zip(*map(_columns, facts), strict=True), strict=True)) if facts else dict.fromkeys(SUMS, ())
    figures: dict[str, Any] = {"key": key}
    for name, values in columns.items():
        figures[name] = total(values)
    for name in RATIOS:
        figures[name] = _ratio(METRICS[name], facts, columns, aggregation).as_result()
    return figures


def _ratio(metric: Metric, facts: Sequence[Fact], columns: Mapping[str, Sequence[float | None]], aggregation: Aggregation) -> Estimate:
    """As `measured`, without a look at each row where rows are one a day and nothing is missing: the usual case."""
    top, bottom = columns[metric.numerator], columns[metric.denominator or metric.numerator]
    events = columns[metric.events or metric.numerator]
    if not facts or None in top or None in bottom or None in events or facts[-1].day - facts[0].day != len(facts) - 1:
        return measured(metric, facts, aggregation)
    if len({fact.day for fact in facts}) < len(facts):
        return measured(metric, facts, aggregation)
    numerators, denominators = cast("Sequence[float]", top), cast("Sequence[float]", bottom)
    return estimate(metric, numerators, denominators, sum(cast("Sequence[float]", events)) if metric.events else None, aggregation)


def total(values: Sequence[float | None]) -> float | None:
    """The sum of what is reported, money to the cent; None where nothing is."""
    reported = [value for value in values if value is not None]
    return round(sum(reported), 2) if reported else None


def measured(metric: Metric, facts: Sequence[Fact], aggregation: Aggregation = "ratio_of_sums") -> Estimate:
    """A metric of rows, by their days."""
    days = daily_sums(metric, facts)
    if not days:
        return NOTHING
    numerators, denominators, events = zip(*days.values(), strict=True)
    return estimate(metric, numerators, denominators, sum(events) if metric.events else None, aggregation)


def daily_sums(metric: Metric, facts: Iterable[Fact]) -> dict[int, list[float]]:
    """By day: numerator, denominator and events, over the rows that report numerator and denominator. A metric per day has denominator 1."""
    top, count = number_of(metric.numerator), number_of(metric.events or metric.numerator)
    bottom = number_of(metric.denominator) if metric.denominator else None
    days: dict[int, list[float]] = {}
    for fact in facts:
        numerator = top(fact)
        denominator = 1.0 if bottom is None else bottom(fact)
        if numerator is None or denominator is None:
            continue
        sums = days.get(fact.day)
        if sums is None:
            days[fact.day] = [numerator, denominator, count(fact) or 0.0]
        else:
            sums[0] += numerator
            sums[1] += denominator if bottom is not None else 0.0
            sums[2] += count(fact) or 0.0
    return days
