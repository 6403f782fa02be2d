"""Which rows a call is about: the filters that the tools share, and what is missing within them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from src.tools.errors import ToolFailure, name_list, shortened
from src.tools.facts import Fact, text_of
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


def _known(given: Any, what: str, names: Iterable[str]) -> str | None:
    if given is None:
        return None
    name = str(given)
    if name in names:
        return name
    same = [known for known in names if known.strip().casefold() == name.strip().casefold()]
    if len(same) == 1:
        return same[0]
    raise ToolFailure(f"unknown {what} {shortened(name)!r}; known: {name_list(names)}")


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
            value_of = text_of(name)
            found = [fact for fact in found if value_of(fact) == wanted]
    return found
