"""The tool `reallocate_budget`: the split of a daily budget that earns most within what is allowed, or why a wish cannot be granted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from src.tools.allocation import Bounds, best_split
from src.tools.errors import ToolFailure, name_list, shortened
from src.tools.flaws import scope_warnings
from src.tools.kpis import measured
from src.tools.ratios import METRICS
from src.tools.response_curves import Curve, fit_curves
from src.tools.scope import facts_of, scope_of
from src.tools.workspace import Workspace

SLACK = 1e-6
"""Currency per day that rounding may add up to."""


class Infeasible(Exception):
    """The wish cannot be granted; the message names the limit."""


def reallocate_budget(workspace: Workspace, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Propose a split of `total` per day (absent: what is spent now) over the campaigns, for `objective` revenue or conversions.

    Money per day in the account's currency; `expected_*` per day in the objective's unit by the fitted curves (`response_curves.fit_curves`, which
    treat diagnosed faults as mended); `expected_gain` is a fraction. Current spend is the mean over the days from `start` to `end`. Limits of the
    account, `limits`, `max_change` (a fraction of current spend per campaign) and `keep` all hold at once; a wish beyond them or beyond
    `budget.daily_total` gives `feasible: false`, `why_not` naming the limit, and the current split as the proposal.
    """
    scope = scope_of(workspace, {key: arguments.get(key) for key in ("start", "end")})
    current = _current(workspace, arguments)
    curves, warnings = workspace.memo.get(("curves", scope.end), lambda: fit_curves(workspace, scope.end))
    told = [*warnings, *_without_curve(current, curves), *scope_warnings(workspace, scope)]
    objective = arguments.get("objective", "revenue")
    weights = {name: _weight(curves.get(name), objective) for name in current}
    try:
        bounds = _bounds(workspace, current, arguments)
        total = _total(workspace, current, bounds, arguments, told)
        proposed = best_split(curves, weights, _pinned(bounds, current, weights, total), total)
        return _result(current, proposed, curves, weights, _binding(proposed, bounds), "", told)
    except Infeasible as refusal:
        return _result(current, current, curves, weights, [], str(refusal), told)


def _current(workspace: Workspace, arguments: Mapping[str, Any]) -> dict[str, float]:
    window = {key: arguments.get(key) for key in ("start", "end")}
    spends = {
        name: measured(METRICS["cost"], facts_of(workspace, scope_of(workspace, {**window, "campaign": name}))).value
        for name in workspace.campaigns
    }
    current = {name: spend for name, spend in spends.items() if spend is not None}
    if not current or sum(current.values()) <= 0:
        raise ToolFailure("no campaign has cost on these days: there is no budget to move")
    return current


def _weight(curve: Curve | None, objective: str) -> float:
    if curve is None:
        return 0.0
    return curve.value if objective == "revenue" else 1.0


def _without_curve(current: Mapping[str, float], curves: Mapping[str, Curve]) -> list[str]:
    lacking = [name for name in current if name not in curves]
    if not lacking:
        return []
    return [f"too little data to tell what money does in {name_list(lacking)}: kept at what is spent now where the wish allows"]


def _bounds(workspace: Workspace, current: Mapping[str, float], arguments: Mapping[str, Any]) -> dict[str, Bounds]:
    wished = arguments.get("limits") or {}
    keep = arguments.get("keep") or []
    unknown = [name for name in (*wished, *keep) if name not in current]
    if unknown:
        raise ToolFailure(f"unknown campaign in limits or keep: {name_list(unknown)}; known: {name_list(current)}")
    document = workspace.section("budget").get("limits")
    own = document if isinstance(document, Mapping) else {}
    return {
        name: _campaign_bounds(name, spend, own.get(name), wished.get(name), arguments.get("max_change"), name in keep)
        for name, spend in current.items()
    }


def _campaign_bounds(name: str, spend: float, own: Any, wished: Any, max_change: float | None, kept: bool) -> Bounds:
    shown = shortened(name)
    lows = [(0.0, f"{shown} at nothing")]
    highs: list[tuple[float, str]] = []
    for limits, words in ((own, "the account's limit"), (wished, "the wished limit")):
        low, high = _limit(limits, "min"), _limit(limits, "max")
        lows += [(low, f"{shown} at {words} of at least {low:.2f}")] if low is not None else []
        highs += [(high, f"{shown} at {words} of at most {high:.2f}")] if high is not None else []
    if max_change is not None:
        lows.append((spend * (1 - max_change), f"{shown} may change by at most {100 * max_change:g} %"))
        highs.append((spend * (1 + max_change), f"{shown} may change by at most {100 * max_change:g} %"))
    if kept:
        lows.append((spend, f"{shown} is kept at {spend:.2f}"))
        highs.append((spend, f"{shown} is kept at {spend:.2f}"))
    low, why_low = max(lows)
    high, why_high = min(highs, default=(math.inf, ""))
    if low > high + SLACK:
        raise Infeasible(f"cannot hold both for one campaign: {why_low} and {why_high}")
    return Bounds(min(low, high), high, why_low, why_high)


def _pinned(bounds: Mapping[str, Bounds], current: Mapping[str, float], weights: Mapping[str, float], total: float) -> dict[str, Bounds]:
    """Bounds no wider than the total; a campaign of whose curve nothing is known stays at what it spends, or at its share of the new total
    where the others cannot make up for that, or else within its bounds."""
    capped = {name: replace(bound, high=max(bound.low, min(bound.high, total))) for name, bound in bounds.items()}
    for factor in (1.0, total / sum(current.values())):
        held = {name: capped[name] if weights[name] > 0 else _held(capped[name], factor * spend) for name, spend in current.items()}
        if sum(bound.low for bound in held.values()) <= total + SLACK and total - SLACK <= sum(bound.high for bound in held.values()):
            return held
    return capped


def _held(bounds: Bounds, spend: float) -> Bounds:
    at = min(max(spend, bounds.low), bounds.high)
    return replace(bounds, low=at, high=at)


def _limit(limits: Any, key: str) -> float | None:
    value = limits.get(key) if isinstance(limits, Mapping) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None


def _total(
    workspace: Workspace, current: Mapping[str, float], bounds: Mapping[str, Bounds], arguments: Mapping[str, Any], told: list[str]
) -> float:
    ceiling = _limit(workspace.section("budget"), "daily_total")
    wish = arguments.get("total")
    total = float(wish) if wish is not None else sum(current.values())
    if ceiling is None:
        told.append("the account states no daily total: only the other limits hold")
    elif total > ceiling + SLACK:
        if wish is not None:
            raise Infeasible(f"cannot spend {total:.2f} a day: budget.daily_total allows at most {ceiling:.2f}")
        told.append(f"current spend of {total:.2f} a day is above budget.daily_total; {ceiling:.2f} is distributed")
        total = ceiling
    return _within(bounds, total)


def _within(bounds: Mapping[str, Bounds], total: float) -> float:
    least, most = sum(bound.low for bound in bounds.values()), sum(bound.high for bound in bounds.values())
    if total < least - SLACK:
        names = name_list(bound.why_low for bound in bounds.values() if bound.low > 0)
        raise Infeasible(f"cannot spend only {total:.2f} a day: the lower limits add up to {least:.2f} ({names})")
    if total > most + SLACK:
        names = name_list(bound.why_high for bound in bounds.values())
        raise Infeasible(f"cannot spend {total:.2f} a day: the upper limits add up to {most:.2f} ({names})")
    return min(max(total, least), most)


def _binding(proposed: Mapping[str, float], bounds: Mapping[str, Bounds]) -> list[str]:
    """What keeps the split from earning more."""
    texts = []
    for name, spend in proposed.items():
        if spend >= bounds[name].high - SLACK:
            texts.append(bounds[name].why_high)
        elif spend <= bounds[name].low + SLACK:
            texts.append(bounds[name].why_low)
    return texts


def _result(
    current: Mapping[str, float],
    proposed: Mapping[str, float],
    curves: Mapping[str, Curve],
    weights: Mapping[str, float],
    binding: list[str],
    why_not: str,
    warnings: list[str],
) -> dict[str, Any]:
    now, then = _expected(current, curves, weights), _expected(proposed, curves, weights)
    return {
        "current": dict(current),
        "proposed": dict(proposed),
        "total": sum(proposed.values()),
        "expected_current": now,
        "expected_proposed": then,
        "expected_gain": (then - now) / now if now > 0 else None,
        "binding": binding,
        "feasible": not why_not,
        "why_not": why_not or None,
        "warnings": warnings,
    }


def _expected(split: Mapping[str, float], curves: Mapping[str, Curve], weights: Mapping[str, float]) -> float:
    return sum(weights[name] * curves[name].conversions(spend) for name, spend in split.items() if name in curves)
