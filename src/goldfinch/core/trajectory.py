"""OpenAI-format messages read as a trajectory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from goldfinch.core.output import Role, Step, ToolCall
from goldfinch.core.wire.json_values import clean_text

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "reasoning": "reasoning",
    "tool": "tool",
    "function": "tool",
}


class MessagesInvalid(ValueError):
    """The messages are not in the OpenAI format; the message says which one and why."""


def read_messages(messages: Any) -> tuple[Step, ...]:
    """Turn a list of messages into steps, each tool result paired with its call.

    Read are OpenAI's `tool_calls[].function.{name, arguments}` (arguments as JSON text or as an object), the flatter
    `{name, arguments}`, the older `function_call`, and `reasoning_content`. A result belongs to the call with its `tool_call_id`, else
    to the earliest call that has none yet (of its `name`, where it has one). Calls marked `by: user` are tools of the simulated
    user: they are no calls of the agent and neither are their results. Raises `MessagesInvalid`.
    """
    if not isinstance(messages, list):
        raise MessagesInvalid(f"messages must be a list, not {type(messages).__name__}")
    reading = _Reading()
    for index, message in enumerate(messages):
        if not isinstance(message, Mapping):
            raise MessagesInvalid(f"message {index} must be an object, not {type(message).__name__}")
        role = _ROLES.get(str(message.get("role")))
        if role is None:
            raise MessagesInvalid(f"message {index} has the unknown role {message.get('role')!r:.40}")
        try:
            reading.add(role, message)
        except MessagesInvalid as error:
            raise MessagesInvalid(f"message {index}: {error}") from None
    return tuple(reading.steps)


def final_text(steps: Iterable[Step]) -> str | None:
    """Return the text of the last assistant step that has one: the answer of a conversation. None where the agent never spoke."""
    answer = None
    for step in steps:
        if step.role == "assistant" and step.text is not None:
            answer = step.text
    return answer


def text_of(content: Any) -> str | None:
    """Return the text of a message's `content`: a string, or the text parts of a list; None where there is none."""
    if isinstance(content, str):
        return clean_text(content)
    if not isinstance(content, list):
        return None
    parts = [part if isinstance(part, str) else _part_text(part) for part in content]
    texts = [text for text in parts if text]
    return clean_text("".join(texts)) if texts else None


def read_tool_call(call: Any) -> ToolCall:
    """Read one tool call, nested or flat. Raises `MessagesInvalid`."""
    if not isinstance(call, Mapping):
        raise MessagesInvalid(f"a tool call must be an object, not {type(call).__name__}")
    inner = call.get("function", call)
    if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str) or not inner["name"]:
        raise MessagesInvalid("a tool call has no name")
    arguments, problem = read_arguments(inner.get("arguments"))
    error = call.get("error")
    return ToolCall(clean_text(inner["name"]), arguments, call.get("result"), problem or (error if isinstance(error, str) else None))


def read_arguments(raw: Any) -> tuple[Mapping[str, Any], str | None]:
    """Return a call's arguments and what was wrong with them.

    Models write arguments that are no JSON: the agent's doing, kept as text under the key `$invalid` and shown to scorers as an error
    of the call.
    """
    if raw is None or raw == "":
        return {}, None
    if isinstance(raw, Mapping):
        return dict(raw), None
    if isinstance(raw, str):
        try:
            value = json.loads(raw, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return {"$invalid": clean_text(raw)}, "the arguments are not valid JSON"
        if isinstance(value, dict):
            return value, None
    return {"$invalid": raw}, "the arguments are not a JSON object"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _part_text(part: Any) -> str | None:
    if not isinstance(part, Mapping):
        return None
    text = part.get("text", part.get("refusal"))
    return text if isinstance(text, str) else None


class _Waiting(NamedTuple):
    """A call without a result. `place` is its step and its number therein, None for a call of the simulated user."""

    identity: str | None
    name: str
    place: tuple[int, int] | None


class _Reading:
    """The steps read so far, and which calls still wait for a result."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._open: list[_Waiting] = []

    def add(self, role: Role, message: Mapping[str, Any]) -> None:
        if role == "tool":
            self._add_result(message)
            return
        thought = message.get("reasoning_content")
        if role == "assistant" and isinstance(thought, str) and thought:
            self.steps.append(Step("reasoning", clean_text(thought)))
        text = text_of(message.get("content"))
        if text is None and role == "assistant":
            text = text_of(message.get("refusal"))
        calls = self._read_calls(role, message)
        if text is not None or calls or role != "user":
            self.steps.append(Step(role, text, calls))

    def _read_calls(self, role: Role, message: Mapping[str, Any]) -> tuple[ToolCall, ...]:
        raw = message.get("tool_calls") or []
        if not isinstance(raw, list):
            raise MessagesInvalid("tool_calls must be a list")
        if message.get("function_call"):
            raw = [message["function_call"], *raw]
        own: list[ToolCall] = []
        for item in raw:
            call = read_tool_call(item)
            is_users = role == "user" or item.get("by") == "user"
            place = None if is_users else (len(self.steps), len(own))
            if not is_users:
                own.append(call)
            identity = item.get("id")
            self._open.append(_Waiting(identity if isinstance(identity, str) else None, call.name, place))
        return tuple(own)

    def _add_result(self, message: Mapping[str, Any]) -> None:
        content = message.get("content")
        text = text_of(content)
        answered = self._take(message.get("tool_call_id") or message.get("id"), message.get("name"))
        if answered is not None:
            if answered.place is None:
                return
            self._attach(answered.place, text if text is not None else content, _error_of(message, text))
        self.steps.append(Step("tool", text))

    def _take(self, identity: Any, name: Any) -> _Waiting | None:
        """Find the call that a result answers, and close it."""
        known = isinstance(identity, str)
        waiting = [call for call in self._open if known and call.identity == identity]
        if not waiting:
            waiting = [call for call in self._open if not (known and call.identity) and name in (None, call.name)]
        if not waiting:
            return None
        self._open.remove(waiting[0])
        return waiting[0]

    def _attach(self, place: tuple[int, int], result: Any, error: str | None) -> None:
        at_step, at_call = place
        step = self.steps[at_step]
        calls = list(step.tool_calls)
        calls[at_call] = replace(calls[at_call], result=result, error=error or calls[at_call].error)
        self.steps[at_step] = replace(step, tool_calls=tuple(calls))


def _error_of(message: Mapping[str, Any], text: str | None) -> str | None:
    """Read `error`, which is a text or just says that the content is one."""
    error = message.get("error")
    if isinstance(error, str) and error:
        return clean_text(error)
    return (text or "the tool failed") if error is True else None
