"""What a person is shown of a rollout, as plain JSON values: `rollout status --output json`, the API and the page have this one form.

Keys are the names of the fields of `RolloutOverview` and of what it holds. Times are ISO 8601 in UTC (`2026-01-01T12:00:00Z`), durations
ISO 8601 too (`PT1800S`), names of states and verdicts their words, a number that is none (infinite, NaN) is null. The saved evidence
(`rollout.health`, `rollout.cursor`) is left out: it is the controller's own. Texts are as they were written, and unescaped: of people, of
models, of adapters. Whoever shows them sends them through `core/escaping.py`. `docs/schemas/rollout_overview.schema.json` describes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from math import isfinite
from typing import Any, Final

from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.record import Decision, Rollout

SCHEMA_VERSION: Final = 1
KIND: Final = "rollout_overview"
LEFT_OUT: Final = {Rollout: frozenset({"health", "cursor"})}
"""Fields that are no one's business but the controller's."""


def overview_facts(overview: RolloutOverview) -> dict[str, Any]:
    """The whole of it."""
    return {"kind": KIND, "schema_version": SCHEMA_VERSION, **_fields(overview)}


def decision_facts(decision: Decision) -> dict[str, Any]:
    """One decision with its figures: a line of `rollout history --output json`."""
    return _fields(decision)


def rollout_facts(rollout: Rollout) -> dict[str, Any]:
    """The row alone: what a request for a rollout answers with."""
    return _fields(rollout)


def _fields(value: Any) -> dict[str, Any]:
    left_out = LEFT_OUT.get(type(value), frozenset())
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.name not in left_out}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, timedelta):
        return length(value)
    return _holding(value)


def _holding(value: Any) -> Any:
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [_plain(each) for each in value]
    return str(value)


def moment(at: datetime) -> str:
    """ "2026-01-01T12:00:00.250Z"."""
    return at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def length(of: timedelta) -> str:
    """ "PT1800S", "PT0.5S", "-PT3S"."""
    seconds = of.total_seconds()
    written = f"{abs(seconds):.6f}".rstrip("0").rstrip(".")
    return f"{'-' if seconds < 0 else ''}PT{written}S"
