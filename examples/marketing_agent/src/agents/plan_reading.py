"""A model's reply read as a plan, and what is wrong with it in words that help the model to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from src.agents.ports import Toolbox
from src.agents.references import steps_needed
from src.domain import PlanStep

_NO_TOOL = frozenset({"", "none", "null", "no tool", "think"})


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """`steps` as far as they could be read; the plan is good where `problems` is empty."""

    steps: tuple[PlanStep, ...]
    reasoning: str
    problems: tuple[str, ...]


def read_plan(reply: Mapping[str, Any], tools: Toolbox) -> ReadPlan:
    """Read `{"plan": {"steps": [text | {"thought", "tool", "arguments"}]}, "reasoning": text}` and check each call against its schema."""
    plan = reply.get("plan")
    listed = plan.get("steps") if isinstance(plan, Mapping) else plan
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        return ReadPlan((), "", ("plan.steps is not a list with at least one step",))
    steps: list[PlanStep] = []
    problems: list[str] = []
    for number, written in enumerate(listed, start=1):
        step = _step(f"s{number}", written)
        if step is None:
            problems.append(f"step {number} is neither a text nor an object with a tool or a thought")
            continue
        steps.append(step)
        problems += [f"step {number}: {problem}" for problem in _problems(step, tools)]
    return ReadPlan(tuple(steps), str(reply.get("reasoning") or ""), tuple(problems))


def _step(step_id: str, written: Any) -> PlanStep | None:
    if isinstance(written, str):
        return PlanStep(step_id, written) if written.strip() else None
    if not isinstance(written, Mapping):
        return None
    tool, thought = written.get("tool"), str(written.get("thought") or "")
    named = str(tool).strip() if tool is not None else ""
    if named.lower() in _NO_TOOL:
        return PlanStep(step_id, thought) if thought else None
    return PlanStep(step_id, thought or named, named, _arguments(written.get("arguments")))


def _arguments(written: Any) -> Mapping[str, Any]:
    """Some models write the arguments as a text of JSON, as the vendor's own tool calls have them."""
    if isinstance(written, str):
        try:
            written = json.loads(written or "{}")
        except ValueError:
            return {"arguments": written}  # no tool has such an argument, so that validation says what is wrong
    return dict(written) if isinstance(written, Mapping) else {}


def _problems(step: PlanStep, tools: Toolbox) -> Iterable[str]:
    if step.tool is None:
        return ()
    schemas = {schema["function"]["name"]: schema["function"].get("parameters", {}) for schema in tools.schemas()}
    if step.tool not in schemas:
        return (f"there is no tool {step.tool!r}{_nearest(step.tool, schemas)}",)
    if later := sorted(need for need in steps_needed(step.arguments) if int(need[1:]) >= int(step.id[1:])):
        return (f"it refers to {', '.join(later)}, which is no earlier step",)
    known = schemas[step.tool].get("properties", {})
    unknown = [name for name in step.arguments if name not in known]
    if unknown:
        return tuple(f"{step.tool} has no argument {name!r}{_nearest(name, known)}" for name in unknown)
    if steps_needed(step.arguments):
        return ()  # checked when the values are there
    return tools.validate(step.tool, step.arguments)


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there are {', '.join(sorted(known)) or 'none'}"
