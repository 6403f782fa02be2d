"""The documents of the API, read back into the values that they were made of, and their JSON Schema."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.overview_json import KIND, LEFT_OUT, SCHEMA_VERSION
from goldfinch.core.rollout.record import Decision, Rollout
from goldfinch.core.rollout.state import Phase, RollbackPhase, StepPhase
from goldfinch.core.serving import codes
from goldfinch.core.serving.failures import ServerUnusable

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def read_overview(document: Any, where: str) -> RolloutOverview:
    """The inverse of `overview_facts`, but for what it leaves out. Raises `ServerUnusable` where this is none."""
    overview: RolloutOverview = _read(RolloutOverview, document, where)
    return replace(overview, rollout=_with_its_part(overview.rollout))


def read_decision(document: Any, where: str) -> Decision:
    """The inverse of `decision_facts`. Raises `ServerUnusable`."""
    decision: Decision = _read(Decision, document, where)
    return decision


def read_rollout(document: Any, where: str) -> Rollout:
    """The inverse of `rollout_facts`. Raises `ServerUnusable`."""
    rollout: Rollout = _read(Rollout, document, where)
    return _with_its_part(rollout)


def overview_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of `rollout status --output json`. It is open: later versions may add keys."""
    schema = _adapter(RolloutOverview).json_schema(mode="serialization")
    definitions = schema.pop("$defs")
    for kind, names in LEFT_OUT.items():
        for name in names:
            del definitions[kind.__name__]["properties"][name]
    top = {"kind": {"const": KIND}, "schema_version": {"const": SCHEMA_VERSION}}
    words = "Everything that a person is shown of a rollout: `goldfinch rollout status --output json`, GET /v1/rollouts/ID."
    whole = {
        **schema,
        "description": words,
        "properties": {**top, **schema["properties"]},
        "required": [*top, *schema["required"]],
        "$defs": definitions,
    }
    return {"$schema": DRAFT, **{key: _untitled(value) for key, value in whole.items()}}


def _untitled(value: Any) -> Any:
    """pydantic names every property once more."""
    if isinstance(value, dict):
        return {key: _untitled(each) for key, each in value.items() if not (key == "title" and isinstance(each, str))}
    return [_untitled(each) for each in value] if isinstance(value, list) else value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _read(kind: Any, document: Any, where: str) -> Any:
    try:
        return _adapter(kind).validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        what = f"its answer is no {kind.__name__}: {place}: {first['msg']}"[:300]
        raise ServerUnusable(what, where=where, hint="is it a Goldfinch of this version?", code=codes.UNREADABLE_ANSWER) from error


def _with_its_part(rollout: Rollout) -> Rollout:
    """Two enums share a word: which one it is, the phase says."""
    state = rollout.state
    if state.part is None:
        return rollout
    steps = state.phase is not Phase.ROLLING_BACK and state.part in set(StepPhase)
    return replace(rollout, state=replace(state, part=StepPhase(state.part) if steps else RollbackPhase(state.part)))
