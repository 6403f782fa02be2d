"""Overrides: a person's decision to let a gate's failure pass, with a name, a reason and an end. Source: issue 5, M15."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from goldfinch.core.checking.codes import BAD_OVERRIDE, EXPIRED_OVERRIDE
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.gates.outcome import GateName, GateReport, Override

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KEYS = ("gate", "by", "reason", "expires")


@dataclass(frozen=True, slots=True)
class Overrides:
    """Those that hold, and in words those that do not."""

    holding: tuple[Override, ...] = ()
    refused: tuple[str, ...] = ()


def read_overrides(entries: Iterable[Any], where: str) -> tuple[Override, ...]:
    """Overrides as they are written. Raises `ConfigurationError` (E2203): one that is incomplete lets nothing pass, and is no trifle."""
    return tuple(_override(entry, f"{where}[{number}]") for number, entry in enumerate(entries))


def holding(overrides: Iterable[Override], today: str) -> Overrides:
    """Sort by whether they still hold on `today` (ISO day); the last day counts."""
    held = [one for one in overrides if today <= one.expires]
    expired = [one for one in overrides if today > one.expires]
    refused = tuple(
        f"{EXPIRED_OVERRIDE}: the override of {one.gate.value} by {one.by} expired on {one.expires}; it does not hold" for one in expired
    )
    return Overrides(tuple(held), refused)


def with_overrides(report: GateReport, overrides: Iterable[Override]) -> GateReport:
    """The report in which every gate that is held up shows the override that lets it pass. A gate that passes needs none."""
    by_gate: dict[GateName, Override] = {}
    for one in overrides:
        by_gate.setdefault(one.gate, one)
    return GateReport(tuple(replace(one, override=by_gate.get(one.gate)) if one.blocks else one for one in report.outcomes))


def _override(entry: Any, where: str) -> Override:
    if not isinstance(entry, Mapping):
        raise _bad("is no mapping", where)
    if unknown := [str(key) for key in entry if key not in _KEYS]:
        raise _bad(f"has the unknown key {unknown[0]!r}", where)
    texts = {key: entry.get(key) for key in _KEYS}
    for key, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            raise _bad(f"has no `{key}`", where)
    if texts["gate"] not in set(GateName):
        raise _bad(f"names no gate: {texts['gate']!r}", where, f"one of {', '.join(GateName)}")
    if not _is_day(str(texts["expires"])):
        raise _bad(f"ends on {texts['expires']!r}, which is no day", where, "write it as 2026-12-31")
    return Override(GateName(texts["gate"]), str(texts["by"]).strip(), str(texts["reason"]).strip(), str(texts["expires"]))


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _bad(what: str, where: str, hint: str = f"an override has {', '.join(_KEYS)}") -> ConfigurationError:
    return ConfigurationError(f"the override {what}", where=where, hint=hint, code=BAD_OVERRIDE)
