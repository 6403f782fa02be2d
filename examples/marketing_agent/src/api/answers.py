"""Results as clients read them, among it the trajectory as messages in OpenAI's format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from src.domain import Observation, ReasoningStep, Recollection, Result, Task


def encoded(value: Any) -> bytes:
    """JSON as UTF-8; what JSON has no word for becomes null or text, halves of surrogate pairs become `?`."""
    try:
        return to_json(value, inf_nan_mode="null", fallback=str)
    except PydanticSerializationError:
        return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace")


def answer_of(task: Task, result: Result) -> dict[str, Any]:
    """The body of an answered task; docs/service.md explains each member."""
    return {
        "output": result.output,
        "success": result.success,
        "claims": [asdict(claim) for claim in result.claims],
        "caveats": list(result.caveats),
        "reasoning_steps": [step_of(step) for step in result.reasoning_steps],
        "messages": messages_of(task, result),
        "usage": {
            "input_tokens": result.usage.input_tokens,
            "output_tokens": result.usage.output_tokens,
            "total_tokens": result.usage.total,
        },
        "cost": result.total_cost,
        "quality_score": result.quality_score,
        "model": result.model,
        "release_id": result.release_id,
        "session_id": task.session_id,
    }


def step_of(step: ReasoningStep) -> dict[str, Any]:
    """A step without the tool's result, which stands in `messages`."""
    told: dict[str, Any] = {"kind": step.kind, "text": step.text}
    if step.observation is not None:
        seen = step.observation
        told |= {"step_id": seen.step_id, "tool": seen.tool, "arguments": dict(seen.arguments), "error": seen.error}
    return told


def messages_of(task: Task, result: Result) -> list[dict[str, Any]]:
    """The question, each call of a tool with its result, and the answer. Thoughts stand in `reasoning_content`."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": task.description}]
    thoughts: list[str] = []
    for number, step in enumerate(result.reasoning_steps):
        if step.observation is None:
            if step.kind != "answer":
                thoughts.append(step.text)
            continue
        messages += _call(f"call_{number}", step.observation, thoughts)
        thoughts = []
    return [*messages, {"role": "assistant", "content": result.output, **_reasoning(thoughts)}]


def session_of(session_id: str, recollection: Recollection) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "turns": [{"question": turn.question, "answer": turn.answer} for turn in recollection.turns],
        "facts": [{"key": fact.key, "value": fact.value} for fact in recollection.facts],
    }


def _call(call_id: str, seen: Observation, thoughts: list[str]) -> list[dict[str, Any]]:
    function = {"name": seen.tool, "arguments": _text(seen.arguments)}
    asked = {
        "role": "assistant",
        "content": None,
        **_reasoning(thoughts),
        "tool_calls": [{"id": call_id, "type": "function", "function": function}],
    }
    told: dict[str, Any] = {"role": "tool", "tool_call_id": call_id, "name": seen.tool}
    if seen.error is not None:
        return [asked, {**told, "content": seen.error, "error": seen.error}]
    return [asked, {**told, "content": _text(seen.result)}]


def _reasoning(thoughts: list[str]) -> dict[str, str]:
    return {"reasoning_content": "\n".join(thoughts)} if thoughts else {}


def _text(value: Mapping[str, Any] | None) -> str:
    return encoded(value).decode()
