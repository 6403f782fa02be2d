"""What limits an answer about some rows: missing days, empty cells, counts that contradict each other or the shop.

Found once for a workspace; a call then only looks up what lies within its scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from src.tools.errors import name_list, shortened
from src.tools.facts import MEASURES, Fact, day_list, number_of
from src.tools.scope import Scope, iso
from src.tools.workspace import Workspace

MOST_ABOVE = 1.2
LEAST_BELOW = 0.75
BLOCK_DAYS = 7
FEWEST_ORDERS = 20
SHOWN_PLACES = 4


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of a campaign in which the platform counted far fewer conversions than the shop took orders."""

    campaign: str
    first: int
    conversions: float
    orders: float


@dataclass(frozen=True, slots=True)
class Flaws:
    """`cells` and `rows`: by what is wrong, the rows in which it is; `weeks`: where tracking may be broken."""

    reported: Mapping[str, frozenset[int]]
    """By campaign, the days with a row."""
    cells: Mapping[str, Sequence[Fact]]
    rows: Mapping[str, Sequence[Fact]]
    weeks: Sequence[Week]


def above_the_shop(fact: Fact) -> bool:
    """Whether the platform counted clearly more conversions than the shop took orders: more than rounding and late orders explain."""
    return fact.conversions is not None and fact.orders is not None and fact.conversions > MOST_ABOVE * fact.orders + 1


def missing_days(workspace: Workspace, scope: Scope) -> list[str]:
    """Days of the scope on which at least one of its campaigns has no row."""
    gaps = {day for days in _gaps(workspace, scope).values() for day in days}
    return [iso(day) for day in sorted(gaps)]


def scope_warnings(workspace: Workspace, scope: Scope, of_creatives: bool = False) -> list[str]:
    """Warnings about the rows of a scope (of `creatives` where a creative is asked for), each naming campaigns and days."""
    of_creatives = of_creatives or scope.creative is not None
    flaws = _flaws(workspace, of_creatives)
    malformed = [
        text for table in (("creatives",) if of_creatives else ("daily", "orders")) for text in workspace.table_warnings.get(table, ())
    ]
    return [
        *malformed,
        *_outside(workspace, scope),
        *_missing(workspace, scope),
        *_worded(flaws.cells, scope, _where, "{what} missing (empty cells) on {where}"),
        *_worded(flaws.rows, scope, _where, "{what} on {where}"),
        *_below_the_shop(flaws.weeks, workspace, scope),
    ]


def _flaws(workspace: Workspace, of_creatives: bool) -> Flaws:
    if of_creatives:
        return workspace.memo.get("flaws of creatives", lambda: _found(workspace.creatives, {"revenue"}))
    return workspace.memo.get("flaws", lambda: _found(workspace.facts, set()))


def _found(facts: Sequence[Fact], not_there: set[str]) -> Flaws:
    reported: dict[str, set[int]] = {}
    for fact in facts:
        reported.setdefault(fact.campaign, set()).update((fact.day,) if fact.reported else ())
    own = [fact for fact in facts if fact.reported]
    cells = {name: _empty(own, number_of(name)) for name in MEASURES if name not in not_there}
    rows = {
        "clicks above impressions": [fact for fact in own if _above(fact.clicks, fact.impressions)],
        "conversions above clicks": [fact for fact in own if _above(fact.conversions, fact.clicks)],
        "platform conversions contradict the shop's orders: more conversions than orders": [fact for fact in own if above_the_shop(fact)],
    }
    return Flaws({name: frozenset(days) for name, days in reported.items()}, cells, rows, _weeks(own))


def _empty(facts: Iterable[Fact], value_of: Callable[[Fact], float | None]) -> list[Fact]:
    return [fact for fact in facts if value_of(fact) is None]


def _above(lower: float | None, upper: float | None) -> bool:
    return lower is not None and upper is not None and lower > upper


def _weeks(facts: Sequence[Fact]) -> list[Week]:
    sums: dict[tuple[str, int], list[float]] = {}
    for fact in facts:
        if fact.conversions is not None and fact.orders is not None:
            week = sums.setdefault((fact.campaign, (fact.day - facts[0].day) // BLOCK_DAYS), [0.0, 0.0])
            week[0] += fact.conversions
            week[1] += fact.orders
    return [
        Week(campaign, facts[0].day + BLOCK_DAYS * number, conversions, orders)
        for (campaign, number), (conversions, orders) in sums.items()
        if orders >= FEWEST_ORDERS and conversions < LEAST_BELOW * orders
    ]


def _within(scope: Scope, fact: Fact) -> bool:
    return (
        scope.start <= fact.day <= scope.end
        and scope.campaign in (None, fact.campaign)
        and scope.channel in (None, fact.channel)
        and scope.audience in (None, fact.audience)
        and scope.creative in (None, fact.creative)
    )


def _worded(flaws: Mapping[str, Sequence[Fact]], scope: Scope, where: Callable[[Sequence[Fact]], str], words: str) -> list[str]:
    touched = {what: [fact for fact in facts if _within(scope, fact)] for what, facts in flaws.items() if facts}
    return [words.format(what=what, where=where(facts)) for what, facts in touched.items() if facts]


def _where(facts: Sequence[Fact]) -> str:
    days: dict[str, list[str]] = {}
    for fact in facts:
        days.setdefault(fact.campaign, []).append(iso(fact.day))
    named = [f"{day_list(list(dict.fromkeys(found)))} ({shortened(campaign)})" for campaign, found in days.items()]
    return "; ".join(named[:SHOWN_PLACES]) + (f" and in {len(named) - SHOWN_PLACES} more campaigns" if len(named) > SHOWN_PLACES else "")


def _outside(workspace: Workspace, scope: Scope) -> list[str]:
    first, last = workspace.first_day, workspace.last_day
    if first is None or last is None or (scope.start >= first and scope.end <= last):
        return []
    return [f"the data cover {iso(first)} to {iso(last)} only; {scope.dates[0]} to {scope.dates[1]} was asked for"]


def wanted_campaigns(workspace: Workspace, scope: Scope) -> list[str]:
    """The campaigns that a scope lets through, with rows on its days or without."""
    if scope.campaign is not None:
        return [scope.campaign]
    if scope.creative is not None:
        return sorted({fact.campaign for fact in workspace.creatives if fact.creative == scope.creative})
    homes: Mapping[str, Fact] = workspace.memo.get("homes", lambda: {name: facts[0] for name, facts in workspace.campaigns.items()})
    return [name for name, home in homes.items() if scope.channel in (None, home.channel) and scope.audience in (None, home.audience)]


def _gaps(workspace: Workspace, scope: Scope) -> dict[str, tuple[int, ...]]:
    """By campaign, the days without a row; a period longer than the data is looked at as far as they go, `_outside` tells the rest."""
    first, last = workspace.first_day or scope.start, workspace.last_day or scope.end
    wanted = range(max(scope.start, first), min(scope.end, last) + 1)
    reported = _flaws(workspace, scope.creative is not None).reported
    gaps = {}
    for name in wanted_campaigns(workspace, scope):
        days = reported.get(name, frozenset())
        if not days.issuperset(wanted):
            gaps[name] = tuple(day for day in wanted if day not in days)
    return gaps


def _missing(workspace: Workspace, scope: Scope) -> list[str]:
    same: dict[tuple[int, ...], list[str]] = {}
    for campaign, days in _gaps(workspace, scope).items():
        same.setdefault(days, []).append(campaign)
    everyone = len(wanted_campaigns(workspace, scope))
    return [
        f"missing days ({'all campaigns' if len(names) == everyone > 1 else name_list(names)}): {day_list([iso(day) for day in days])}"
        for days, names in same.items()
    ]


def _below_the_shop(weeks: Sequence[Week], workspace: Workspace, scope: Scope) -> list[str]:
    if not weeks:
        return []
    wanted = set(wanted_campaigns(workspace, scope))
    below: dict[str, list[Week]] = {}
    for week in weeks:
        if week.campaign in wanted and week.first <= scope.end and week.first + BLOCK_DAYS > scope.start:
            below.setdefault(week.campaign, []).append(week)
    return [
        f"platform conversions contradict the shop's orders: {shortened(name)} counts {sum(week.conversions for week in found):g} conversions "
        f"for {sum(week.orders for week in found):g} orders in the weeks from {iso(found[0].first)} on; tracking may be broken"
        for name, found in below.items()
    ]
