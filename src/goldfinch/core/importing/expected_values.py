"""A reference output of any shape, as what a case expects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from goldfinch.core.importing.chat import answer_of, as_input, message_of, messages_of
from goldfinch.core.importing.draft import Draft

_ANSWER_KEYS = frozenset(
    {"output", "outputs", "answer", "expected", "expected_output", "reference", "generation", "text", "completion", "content"}
)
"""Keys whose text is the answer, where an object has only one key, whatever it is called, or these."""
_QUESTION_KEYS = frozenset({"messages", "input", "inputs", "question", "prompt", "query", "text"})


def put_expected(draft: Draft, value: Any) -> None:
    """Text becomes `expected.answer`, a message its text and tool calls, anything else `expected.json`."""
    value = _unwrapped(value, _ANSWER_KEYS)
    message = _last_message(value)
    if message is not None:
        text, tools = answer_of(message)
        if text is not None:
            draft.answers.append(text)
        if tools:
            draft.tools = tools
    elif isinstance(value, str):
        draft.answers.extend([value] if value else [])
    elif isinstance(value, bool | int | float):
        draft.answers.append(json.dumps(value))
    elif value not in (None, {}, []):
        draft.json = value


def question_of(value: Any) -> Any:
    """What to ask: the text or value of an object's only key, messages in OpenAI's form, else the value as it is."""
    value = _unwrapped(value, _QUESTION_KEYS)
    if (messages := messages_of(value)) is not None and (not isinstance(value, Mapping) or value.keys() == {"messages"}):
        return as_input(messages)
    if isinstance(value, Mapping) and messages_of(value) is not None:
        return {**value, "messages": messages_of(value)}
    return value


def _unwrapped(value: Any, keys: frozenset[str]) -> Any:
    """The value of the only key, where the key says no more than that this is it."""
    if isinstance(value, Mapping) and len(value) == 1:
        key, inner = next(iter(value.items()))
        if key == "messages":
            return value
        if isinstance(inner, str) or key in keys:
            return inner
    return value


def _last_message(value: Any) -> dict[str, Any] | None:
    """The message that `value` is, or the last of the messages that it holds, where an assistant said it."""
    found = message_of(value) if isinstance(value, Mapping) else None
    if found is None and (messages := messages_of(value)) is not None:
        found = messages[-1]
    if found is None and isinstance(value, Mapping) and isinstance(value.get("message"), Mapping) and len(value) == 1:
        found = message_of(value["message"])
    return found if found is not None and found["role"] == "assistant" else None
