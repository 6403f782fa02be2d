"""Whether a difference between two periods, campaigns or creatives is more than chance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from src.tools.distributions import normal_two_sided, student_two_sided
from src.tools.errors import ToolFailure
from src.tools.facts import Fact
from src.tools.flaws import scope_warnings
from src.tools.kpis import daily_sums, measured
from src.tools.ratios import METRICS, MIN_DAYS, Aggregation, Metric, floor_variance, influences
from src.tools.scope import facts_of, scope_of
from src.tools.weekdays import weekday_factors
from src.tools.workspace import Workspace

SIGNIFICANCE = 0.05
FEWEST_EVENTS = 10
SPEND_CHANGE = 0.15
_DAYS_FOR_WEEKDAYS = 28
FEWEST_DAYS = 7
"""A week, so that every weekday is in it."""


class Side(NamedTuple):
    """One side of a comparison: days with their numerator, denominator and events."""

    days: dict[int, list[float]]
    facts: list[Fact]

    def total(self, place: int) -> float:
        return sum(sums[place] for sums in self.days.values())


def judge_difference(workspace: Workspace, arguments: Mapping[str, Any], aggregation: Aggregation = "ratio_of_sums") -> dict[str, Any]:
    """Compare `metric` of `b` with that of `a`; `relative_change` is (b - a) / a as a fraction, `significant` is p < 0.05 with enough data.

    The test is on log R_b - log R_a of the ratios of sums, with days as sampling units (delta method), so that days that differ more than
    counting explains widen the error; days that both sides share are paired. The variance is at least what counting alone gives
    (two-proportion test for CTR and CVR, Poisson for what conversions drive). Student's t with Welch and Satterthwaite's degrees of freedom.
    For totals per day, weekday effects are removed first. Fewer than 7 days or 10 events on a side: `enough_data` is false, and the
    difference is not called significant whatever p is. `n` is the count that limits the precision (or days, where no count does).
    Sources: Deng, Knoblich and Lu, KDD 2018 (delta method); Welch, Biometrika 34 (1947) 28-35; Satterthwaite, Biometrics Bull. 2 (1946) 110-114.
    """
    metric = METRICS[arguments["metric"]]
    sides = [_side(workspace, metric, arguments.get(name) or {}, name) for name in ("a", "b")]
    a, b = sides
    values = [measured(metric, side.facts, aggregation) for side in sides]
    results = [{**value.as_result(), "n": _n(metric, side), "days": len(side.days)} for value, side in zip(values, sides, strict=True)]
    p_value, method = _p_value(workspace, metric, a, b, arguments)
    shortfall = _shortfall(metric, a, "a") + _shortfall(metric, b, "b")
    enough = p_value is not None and not shortfall
    before, after = values[0].value, values[1].value
    return {
        "metric": metric.name,
        "a": results[0],
        "b": results[1],
        "relative_change": (after - before) / before if before and after is not None else None,
        "p_value": p_value,
        "significant": bool(enough and p_value is not None and p_value < SIGNIFICANCE),
        "enough_data": enough,
        "method": method,
        "warnings": shortfall + _warnings(workspace, metric, sides, arguments),
    }


def _side(workspace: Workspace, metric: Metric, filters: Mapping[str, Any], name: str) -> Side:
    scope = scope_of(workspace, filters)
    facts = facts_of(workspace, scope)
    if scope.creative is not None and metric.numerator == "revenue":
        raise ToolFailure(f"{name}: creatives have no revenue; ask for ctr, cvr, cpa, cpc, conversions or cost")
    return Side(daily_sums(metric, facts), facts)


def _n(metric: Metric, side: Side) -> float:
    if metric.is_share:
        return side.total(1)
    if metric.name == "cpc":
        return side.total(1)
    return side.total(2) if metric.denominator else len(side.days)


def _p_value(workspace: Workspace, metric: Metric, a: Side, b: Side, arguments: Mapping[str, Any]) -> tuple[float | None, str]:
    """The p-value and the words for how it came about; None where nothing can be said."""
    if min(a.total(0), a.total(1), b.total(0), b.total(1)) <= 0:
        return None, "none: a side has no events"
    inflation = 1.0
    if metric.denominator is None:
        a, inflation_a = _without_weekdays(workspace, metric, a, arguments.get("a") or {})
        b, inflation_b = _without_weekdays(workspace, metric, b, arguments.get("b") or {})
        inflation = max(inflation_a, inflation_b)
    change = math.log(b.total(0) / b.total(1)) - math.log(a.total(0) / a.total(1))
    floors = [floor_variance(metric, side.total(0), side.total(1), side.total(2)) for side in (a, b)]
    counted = 0.0 if floors[0] is None or floors[1] is None else floors[0] + floors[1]
    if min(len(a.days), len(b.days)) < MIN_DAYS:
        if counted <= 0:
            return None, "none: too few days"
        return normal_two_sided(change / math.sqrt(counted)), "two-sample test of counts (too few days to see how much days differ)"
    variance, degrees = _variance(a, b)
    return _decided(change, counted, inflation * variance, degrees)


def _decided(change: float, counted: float, variance: float, degrees: float) -> tuple[float | None, str]:
    if max(counted, variance) <= 0:
        return (1.0 if change == 0 else 0.0), "no day differs from another"
    if counted >= variance:
        return normal_two_sided(change / math.sqrt(counted)), "two-sample test of counts (days differ no more than chance)"
    return student_two_sided(change / math.sqrt(variance), degrees), "delta method on daily sums, Student's t"


def _variance(a: Side, b: Side) -> tuple[float, float]:
    """Variance of log R_b - log R_a and its degrees of freedom. A day that both sides have contributes its difference: it is paired."""
    parts_a, parts_b = _influences(a), _influences(b)
    if not parts_a.keys() & parts_b.keys():
        variances = [_sum_of_squares(parts.values()) for parts in (parts_a, parts_b)]
        sizes = [len(parts_a) - 1, len(parts_b) - 1]
        total = sum(variances)
        spread = sum(variance * variance / size for variance, size in zip(variances, sizes, strict=True))
        return total, (total * total / spread if spread > 0 else float(min(sizes)))
    days = sorted(parts_a.keys() | parts_b.keys())
    differences = [parts_b.get(day, 0.0) - parts_a.get(day, 0.0) for day in days]
    return _sum_of_squares(differences), float(min(len(parts_a), len(parts_b)) - 1)


def _influences(side: Side) -> dict[int, float]:
    numerators, denominators, _ = zip(*side.days.values(), strict=True)
    return dict(zip(side.days, influences(numerators, denominators), strict=True))


def _sum_of_squares(values: Iterable[float]) -> float:
    listed = list(values)
    return (len(listed) - 1) / len(listed) * sum(value * value for value in listed)


def _without_weekdays(workspace: Workspace, metric: Metric, side: Side, filters: Mapping[str, Any]) -> tuple[Side, float]:
    """Totals per day divided by their weekday's usual factor, which all days of the same campaigns tell.

    The second value makes good that six factors fitted to the same days take some of their spread away.
    """
    everything = {key: value for key, value in filters.items() if key not in ("start", "end")}
    days = daily_sums(metric, facts_of(workspace, scope_of(workspace, everything)))
    if len(days) < _DAYS_FOR_WEEKDAYS:
        return side, 1.0
    ordered = sorted(days)
    factors = weekday_factors(ordered, [days[day][0] for day in ordered], [1.0] * len(ordered))
    evened = {day: [sums[0] / factors[day % 7], sums[1], sums[2]] for day, sums in side.days.items()}
    return Side(evened, side.facts), len(days) / (len(days) - 6)


def _shortfall(metric: Metric, side: Side, name: str) -> list[str]:
    if len(side.days) < FEWEST_DAYS:
        return [f"too little data: {name} has {len(side.days)} days, at least {FEWEST_DAYS} are needed"]
    if metric.events and side.total(2) < FEWEST_EVENTS:
        return [f"too little data: {name} has {side.total(2):g} {metric.events}, at least {FEWEST_EVENTS} are needed"]
    return []


def _warnings(workspace: Workspace, metric: Metric, sides: list[Side], arguments: Mapping[str, Any]) -> list[str]:
    warnings: list[str] = []
    for name, side in zip(("a", "b"), sides, strict=True):
        scope = scope_of(workspace, arguments.get(name) or {})
        warnings += [f"{name}: {text}" for text in scope_warnings(workspace, scope)]
    if sides[0].facts == sides[1].facts:
        warnings.append("a and b are the same rows")
    return warnings + _spend_warning(metric, sides)


def _spend_warning(metric: Metric, sides: list[Side]) -> list[str]:
    """Cost per result moves with what is spent, because returns diminish: a difference need not be the campaign's doing."""
    if metric.name not in ("cpc", "cpa", "roas"):
        return []
    spent = [measured(METRICS["cost"], side.facts).value for side in sides]
    if not spent[0] or not spent[1] or abs(spent[1] / spent[0] - 1) < SPEND_CHANGE:
        return []
    return [
        f"spend per day differs by {100 * (spent[1] / spent[0] - 1):+.0f} % between a and b; with diminishing returns {metric.name} moves with it"
    ]
