"""The tool `detect_anomalies`: change points and single days that stand out, weekday effects removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.tools.change_points import MIN_SEGMENT, Change, Series, change_points, standing_out
from src.tools.flaws import scope_warnings
from src.tools.kpis import daily_sums
from src.tools.ratios import METRICS, Metric
from src.tools.scope import facts_of, iso, scope_of
from src.tools.weekdays import FEWEST_DAYS, weekday_factors
from src.tools.workspace import Workspace


def detect_anomalies(workspace: Workspace, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Change points and anomalous days of `metric` over the rows of the filters.

    The series is divided by its weekday factors (`weekdays.weekday_factors`), then segmented (`change_points.change_points`); days far from
    their segment's level are anomalies (`change_points.standing_out`). `before` and `after` are ratios of sums over the segments beside
    the change, `value` and `expected` of a day are in the metric's unit (percent for ctr and cvr, currency for cpa, cpc, cost and revenue,
    a factor for roas; totals are per day). z in standard deviations; for cpa it is that of conversions per cost, sign turned.
    """
    metric = METRICS[arguments["metric"]]
    scope = scope_of(workspace, arguments)
    facts = facts_of(workspace, scope)
    sums = daily_sums(metric, facts)
    inverse = metric.name == "cpa"
    usable = sorted(day for day, (top, bottom, _) in sums.items() if (top if inverse else bottom) > 0)
    tops = [sums[day][1 if inverse else 0] for day in usable]
    bottoms = [sums[day][0 if inverse else 1] for day in usable]
    factors = weekday_factors(usable, tops, bottoms)
    series = Series(tops, [bottom * factors[day % 7] for day, bottom in zip(usable, bottoms, strict=True)])
    changes = change_points(series) if sum(tops) > 0 else []
    return {
        "metric": metric.name,
        "change_points": _described_changes(metric, Series(tops, bottoms), changes, usable, inverse),
        "anomalies": _described_days(metric, series, changes, usable, sums, factors, inverse),
        "days": len(usable),
        "warnings": scope_warnings(workspace, scope) + _too_short(len(usable)),
    }


def _too_short(days: int) -> list[str]:
    if days < 2 * MIN_SEGMENT:
        return [f"too little data: {days} usable days, at least {2 * MIN_SEGMENT} are needed to see a change"]
    if days < FEWEST_DAYS:
        return [f"weekday effects are not removed: {days} days, at least {FEWEST_DAYS} are needed"]
    return []


def _told(metric: Metric, rate: float, inverse: bool) -> float | None:
    """A rate of the series in the metric's unit."""
    if inverse:
        return 1 / rate if rate > 0 else None
    return rate * metric.factor


def _described_changes(metric: Metric, series: Series, changes: list[Change], days: list[int], inverse: bool) -> list[dict[str, Any]]:
    bounds = [0, *(change.place for change in changes), len(series)]
    described = []
    for number, change in enumerate(changes, 1):
        before = _told(metric, series.rate(bounds[number - 1], change.place), inverse)
        after = _told(metric, series.rate(change.place, bounds[number + 1]), inverse)
        relative = (after - before) / before if before and after is not None else None
        described.append(
            {"date": iso(days[change.place]), "before": before, "after": after, "relative_change": relative, "p_value": change.p_value}
        )
    return described


def _described_days(
    metric: Metric,
    series: Series,
    changes: list[Change],
    days: list[int],
    sums: Mapping[int, list[float]],
    factors: list[float],
    inverse: bool,
) -> list[dict[str, Any]]:
    return [
        {
            "date": iso(days[place]),
            "value": sums[days[place]][0] / sums[days[place]][1] * metric.factor if sums[days[place]][1] > 0 else None,
            "expected": _told(metric, rate * factors[days[place] % 7], inverse),
            "z": -z if inverse else z,
        }
        for place, rate, z in standing_out(series, changes)
    ]
