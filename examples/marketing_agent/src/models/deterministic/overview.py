"""The account as the rules need it: names, dates, limits, targets; read leniently, because data may lack any of it."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Campaign:
    name: str
    channel: str = ""
    audience: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """What `describe_data` told, typed. `last` is the day that "last week" counts back from."""

    first: date | None = None
    last: date | None = None
    currency: str = ""
    campaigns: tuple[Campaign, ...] = ()
    channels: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    creatives: tuple[tuple[str, str, str], ...] = ()
    """Campaign, creative, headline."""
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns by table."""
    budget: float | None = None
    limits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Overview:
        campaigns = tuple(
            Campaign(str(one.get("name", "")), str(one.get("channel", "")), str(one.get("audience", "")))
            for one in _mappings(told.get("campaigns"))
        )
        budget = _mapping(told.get("budget"))
        return cls(
            first=day(told.get("first_date")),
            last=day(told.get("last_date")),
            currency=str(told.get("currency") or ""),
            campaigns=campaigns,
            channels=_names(told.get("channels")) or tuple(dict.fromkeys(one.channel for one in campaigns if one.channel)),
            audiences=_names(told.get("audiences")) or tuple(dict.fromkeys(one.audience for one in campaigns if one.audience)),
            creatives=tuple(
                (str(one.get("campaign", "")), str(one.get("creative", "")), str(one.get("headline", "")))
                for one in _mappings(told.get("creatives"))
            ),
            tables={str(name): _names(_mapping(table).get("columns")) for name, table in _mapping(told.get("tables")).items()},
            budget=number(budget.get("daily_total")),
            limits={str(name): _numbers(_mapping(limit)) for name, limit in _mapping(budget.get("limits")).items()},
            targets=_numbers(_mapping(told.get("targets"))),
        )

    @property
    def has_account(self) -> bool:
        """Whether there are campaigns to speak of; data of another kind are only described."""
        return "daily" in self.tables or bool(self.campaigns)

    @property
    def whole_told(self) -> str:
        return f"{self.first} to {self.last}" if self.first and self.last else ""

    def campaigns_of(self, channels: Sequence[str], audiences: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            one.name for one in self.campaigns if (not channels or one.channel in channels) and (not audiences or one.audience in audiences)
        )

    def campaign(self, name: str) -> Campaign:
        return next((one for one in self.campaigns if one.name == name), Campaign(name))


def day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def month_end(of: date) -> date:
    return of.replace(day=calendar.monthrange(of.year, of.month)[1])


def number(value: Any) -> float | None:
    """A finite number, else None; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e15 else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, (list, tuple)) else []


def _names(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()


def _numbers(value: Mapping[str, Any]) -> dict[str, float]:
    return {str(key): read for key, raw in value.items() if (read := number(raw)) is not None}
