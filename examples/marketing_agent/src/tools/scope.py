"""Which rows a call is about: the filters that the tools share, and what is missing within them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from src.tools.errors import ToolFailure, name_list, shortened
from src.tools.facts import PLACE, Fact, day_list
from src.tools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Scope:
    """Filters; None lets all through. `start` and `end` are ordinals, both inclusive."""

    campaign: str | None
    channel: str | None
    audience: str | None
    creative: str | None
    start: int
    end: int

    @property
    def dates(self) -> tuple[str, str]:
        return iso(self.start), iso(self.end)


def iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def scope_of(workspace: Workspace, arguments: Mapping[str, Any]) -> Scope:
    """The filters of a call, names and dates checked. Raises `ToolFailure` naming what exists, also where there is no campaign data at all."""
    first, last = workspace.first_day, workspace.last_day
    if first is None or last is None or not workspace.facts:
        raise ToolFailure(f"the data have no daily campaign rows (table daily); tables: {name_list(workspace.tables)}")
    scope = Scope(
        _known(arguments.get("campaign"), "campaign", workspace.campaigns),
        _known(arguments.get("channel"), "channel", channels(workspace)),
        _known(arguments.get("audience"), "audience", audiences(workspace)),
        _known(arguments.get("creative"), "creative", creative_names(workspace)),
        _day(arguments.get("start"), first, "start"),
        _day(arguments.get("end"), last, "end"),
    )
    if scope.end < scope.start:
        raise ToolFailure(
            f"the dates are out of order: start {iso(scope.start)} is after end {iso(scope.end)}; data: {iso(first)} to {iso(last)}"
        )
    return scope


def channels(workspace: Workspace) -> list[str]:
    return workspace.memo.get("channels", lambda: sorted({fact.channel for fact in workspace.facts if fact.channel}))


def audiences(workspace: Workspace) -> list[str]:
    return workspace.memo.get("audiences", lambda: sorted({fact.audience for fact in workspace.facts if fact.audience}))


def creative_names(workspace: Workspace) -> list[str]:
    return workspace.memo.get("creatives", lambda: sorted({fact.creative for fact in workspace.creatives if fact.creative}))


def _known(name: Any, what: str, names: Iterable[str]) -> str | None:
    if name is None or name in names:
        return name
    same = [known for known in names if known.strip().casefold() == str(name).strip().casefold()]
    if len(same) == 1:
        return same[0]
    raise ToolFailure(f"unknown {what} {shortened(str(name))!r}; known: {name_list(names)}")


def _day(text: Any, default: int, what: str) -> int:
    if text is None:
        return default
    try:
        return date.fromisoformat(text).toordinal()
    except (TypeError, ValueError):
        raise ToolFailure(f"{what} is no ISO day such as 2026-10-31") from None


def facts_of(workspace: Workspace, scope: Scope, of_creatives: bool = False) -> list[Fact]:
    """The rows within a scope, in the order of dates; those of `creatives` where a creative is asked for."""
    if of_creatives or scope.creative is not None:
        rows: Sequence[Fact] = workspace.creatives
    else:
        rows = workspace.campaigns.get(scope.campaign, ()) if scope.campaign is not None else workspace.facts
    start, end = scope.start, scope.end
    found = [fact for fact in rows if start <= fact[0] <= end]
    for name in ("campaign", "channel", "audience", "creative"):
        wanted = getattr(scope, name)
        if wanted is not None:
            place = PLACE[name]
            found = [fact for fact in found if fact[place] == wanted]
    return found


def missing_days(workspace: Workspace, scope: Scope, facts: Sequence[Fact]) -> list[str]:
    """Days of the scope on which at least one of its campaigns has no row."""
    gaps = {day for days in _gaps(workspace, scope, facts).values() for day in days}
    return [iso(day) for day in sorted(gaps)]


def _gaps(workspace: Workspace, scope: Scope, facts: Sequence[Fact]) -> dict[str, tuple[int, ...]]:
    """By campaign, the days without a row."""
    reported: dict[str, set[int]] = {name: set() for name in _wanted_campaigns(workspace, scope)}
    for fact in facts:
        if fact.reported:
            reported.setdefault(fact.campaign, set()).add(fact.day)
    wanted = range(scope.start, scope.end + 1)
    short = {name: days for name, days in reported.items() if len(days) < len(wanted)}
    return {name: tuple(day for day in wanted if day not in days) for name, days in short.items()}


def _wanted_campaigns(workspace: Workspace, scope: Scope) -> list[str]:
    if scope.campaign is not None:
        return [scope.campaign]
    if scope.creative is not None:
        return sorted({fact.campaign for fact in workspace.creatives if fact.creative == scope.creative})
    homes = workspace.memo.get("homes", lambda: {name: facts[0] for name, facts in workspace.campaigns.items()})
    return [name for name, home in homes.items() if scope.channel in (None, home.channel) and scope.audience in (None, home.audience)]


def scope_warnings(workspace: Workspace, scope: Scope, facts: Sequence[Fact]) -> list[str]:
    """What limits an answer about these rows: days outside the data, missing days, empty cells, counts that contradict each other."""
    return [
        *_outside(workspace, scope),
        *_missing(workspace, scope, facts),
        *_empty_cells(facts),
        *_impossible(facts),
        *shop_contradictions(facts),
    ]


def _outside(workspace: Workspace, scope: Scope) -> list[str]:
    first, last = workspace.first_day, workspace.last_day
    if first is None or last is None or (scope.start >= first and scope.end <= last):
        return []
    return [f"the data cover {iso(first)} to {iso(last)} only; {scope.dates[0]} to {scope.dates[1]} was asked for"]


def _missing(workspace: Workspace, scope: Scope, facts: Sequence[Fact]) -> list[str]:
    gaps = _gaps(workspace, scope, facts)
    same: dict[tuple[int, ...], list[str]] = {}
    for campaign, days in gaps.items():
        same.setdefault(days, []).append(campaign)
    everyone = len(_wanted_campaigns(workspace, scope))
    return [
        f"missing days ({'all campaigns' if len(names) == everyone > 1 else name_list(names)}): {day_list([iso(day) for day in days])}"
        for days, names in same.items()
    ]


def _empty_cells(facts: Sequence[Fact]) -> list[str]:
    warnings = []
    for name in ("impressions", "clicks", "conversions", "cost", "revenue"):
        place = PLACE[name]
        empty = [fact for fact in facts if fact[place] is None and fact.reported and not (fact.creative and name == "revenue")]
        if empty:
            where = day_list([f"{iso(fact.day)} ({shortened(fact.campaign)})" for fact in empty], shown=4)
            warnings.append(f"{name} not reported (empty cells) on {where}")
    return warnings


def _impossible(facts: Sequence[Fact]) -> list[str]:
    warnings = []
    for upper, lower in (("impressions", "clicks"), ("clicks", "conversions")):
        high, low = PLACE[upper], PLACE[lower]
        wrong = [fact for fact in facts if fact[low] is not None and fact[high] is not None and fact[low] > fact[high]]
        if wrong:
            where = day_list([f"{iso(fact.day)} ({shortened(fact.campaign)})" for fact in wrong], shown=4)
            warnings.append(f"{lower} above {upper} on {where}")
    return warnings


MOST_ABOVE = 1.2
LEAST_BELOW = 0.75
BLOCK_DAYS = 7
FEWEST_ORDERS = 20


def above_the_shop(fact: Fact) -> bool:
    """Whether the platform counted clearly more conversions than the shop took orders: more than rounding and late orders explain."""
    return fact.conversions is not None and fact.orders is not None and fact.conversions > MOST_ABOVE * fact.orders + 1


def shop_contradictions(facts: Sequence[Fact]) -> list[str]:
    """Where platform and shop tell different stories: days far above the shop's orders, weeks far below them."""
    above: dict[str, list[str]] = {}
    blocks: dict[tuple[str, int], list[float]] = {}
    for fact in facts:
        if fact.conversions is None or fact.orders is None:
            continue
        if above_the_shop(fact):
            above.setdefault(fact.campaign, []).append(iso(fact.day))
        block = blocks.setdefault((fact.campaign, (fact.day - facts[0].day) // BLOCK_DAYS), [0.0, 0.0, fact.day])
        block[0] += fact.conversions
        block[1] += fact.orders
    warnings = [
        f"platform conversions contradict the shop's orders: {shortened(name)} counts more conversions than orders on {day_list(days)}"
        for name, days in above.items()
    ]
    return warnings + _below_the_shop(blocks)


def _below_the_shop(blocks: Mapping[tuple[str, int], list[float]]) -> list[str]:
    below: dict[str, list[list[float]]] = {}
    for (campaign, _), sums in blocks.items():
        if sums[1] >= FEWEST_ORDERS and sums[0] < LEAST_BELOW * sums[1]:
            below.setdefault(campaign, []).append(sums)
    return [
        f"platform conversions contradict the shop's orders: {shortened(name)} counts {sum(part[0] for part in parts):g} conversions for "
        f"{sum(part[1] for part in parts):g} orders in weeks from {iso(int(min(part[2] for part in parts)))} on; tracking may be broken"
        for name, parts in below.items()
    ]
