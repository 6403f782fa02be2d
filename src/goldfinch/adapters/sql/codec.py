"""Dataclasses as JSON text and back, exactly: every float bit for bit, every time and duration to the microsecond.

Each text carries the version of its format. Fields that are added with a default need no new version; another change gets a function
here that turns what the version before wrote into the present form.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, make_dataclass
from typing import Any, Final, get_type_hints

import msgspec

from goldfinch.core.audit.failures import StoreDamaged, StoreTooNew
from goldfinch.core.health.outcome import Assessment
from goldfinch.core.releases.release import Component
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.state import RollbackPhase, RolloutState, StepPhase

_NON_FINITE: Final = "non_finite"

Upcast = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of JSON text. `upcasts[i]` turns version i + 1 into i + 2."""

    kind: str
    upcasts: tuple[Upcast, ...] = ()

    @property
    def version(self) -> int:
        return len(self.upcasts) + 1


PLAN = Format("plan")
STATE = Format("state")
HEALTH = Format("health")
ASSESSMENT = Format("assessment")
COMPONENTS = Format("components")


def dump(form: Format, value: Any) -> str:
    """JSON text of plain values or a dataclass. Infinite floats and NaN, which JSON has not, are spelt out."""
    return _json({"schema_version": form.version, "value": msgspec.to_builtins(value, enc_hook=_plain)})


def load(form: Format, text: str, where: str) -> Any:
    """What `dump` was given, as plain values. Raises `StoreDamaged`, and `StoreTooNew` where a newer Goldfinch wrote it."""
    try:
        stored = json.loads(text, object_hook=_finite) if _NON_FINITE in text else json.loads(text)
        version, value = stored["schema_version"], stored["value"]
        if version > form.version:
            raise StoreTooNew(f"its {form.kind} is of version {version}, this Goldfinch knows {form.version}", where=where, hint=_UPGRADE)
        for upcast in form.upcasts[version - 1 :]:
            value = upcast(value)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _damaged(form, where, error) from error
    return value


def dump_state(state: RolloutState) -> str:
    """`part` is of one of two enums that share a word, so its enum is written with it."""
    value = msgspec.to_builtins(state)
    if state.part is not None:
        value["part"] = f"{type(state.part).__name__}.{state.part.value}"
    return dump(STATE, value)


def load_state(text: str, where: str) -> RolloutState:
    """What `dump_state` was given. Raises `StoreDamaged`, `StoreTooNew`."""
    stored = _typed(STATE, load(STATE, text, where), _StoredState, where)
    value = {field.name: getattr(stored, field.name) for field in fields(RolloutState)}
    if value["part"] is not None:
        enum, _, word = value["part"].partition(".")
        try:
            value["part"] = {"StepPhase": StepPhase, "RollbackPhase": RollbackPhase}[enum](word)
        except (KeyError, ValueError) as error:
            raise _damaged(STATE, where, error) from error
    return RolloutState(**value)


def load_plan(text: str, where: str) -> RolloutPlan:
    """Raises `StoreDamaged`, `StoreTooNew`."""
    plan: RolloutPlan = _typed(PLAN, load(PLAN, text, where), RolloutPlan, where)
    return plan


def load_assessment(text: str, where: str) -> Assessment:
    """Raises `StoreDamaged`, `StoreTooNew`."""
    assessment: Assessment = _typed(ASSESSMENT, load(ASSESSMENT, text, where), Assessment, where)
    return assessment


def load_components(text: str, where: str) -> tuple[Component, ...]:
    """Raises `StoreDamaged`, `StoreTooNew`."""
    components: tuple[Component, ...] = _typed(COMPONENTS, load(COMPONENTS, text, where), tuple[Component, ...], where)
    return components


def load_texts(text: str, where: str) -> tuple[str, ...]:
    """A list of words: the commands of a decision, the metrics of a session."""
    try:
        texts: tuple[str, ...] = msgspec.convert(json.loads(text), tuple[str, ...])
    except ValueError as error:
        raise StoreDamaged(f"{where} cannot be read: {error}") from error
    return texts


_UPGRADE: Final = "install the newer Goldfinch here too"

_StoredState: Any = make_dataclass(
    "_StoredState",
    [(f.name, "str | None" if f.name == "part" else get_type_hints(RolloutState)[f.name], f) for f in fields(RolloutState)],
    frozen=True,
)
"""`RolloutState` with its part as text."""


def _typed(form: Format, value: Any, kind: Any, where: str) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _damaged(form, where, error) from error


def _damaged(form: Format, where: str, error: Exception) -> StoreDamaged:
    return StoreDamaged(f"its {form.kind} cannot be read: {error}", where=where, hint="restore a backup")


def _json(value: Any) -> str:
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps(_spelt_out(value), separators=(",", ":"), allow_nan=False)


def _spelt_out(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {_NON_FINITE: repr(value)}
    if isinstance(value, dict):
        return {key: _spelt_out(child) for key, child in value.items()}
    return [_spelt_out(child) for child in value] if isinstance(value, list | tuple) else value


def _finite(found: dict[str, Any]) -> Any:
    return float(found[_NON_FINITE]) if found.keys() == {_NON_FINITE} else found


def _plain(value: Any) -> Any:
    """Values that are as good as plain ones: read-only mappings, numbers of numpy."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, float):
        return float(value)
    if hasattr(value, "__index__"):
        return operator.index(value)
    raise TypeError(f"a {type(value).__name__} cannot be kept" if not is_dataclass(value) else "a class cannot be kept")
