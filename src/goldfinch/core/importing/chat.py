"""Messages as LangChain, Inspect, OpenAI and LangSmith write them, in the one form that agents here are asked with: OpenAI's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from goldfinch.core.datasets.case import ToolExpectation
from goldfinch.core.trajectory import read_arguments, text_of

_ROLES = {
    "human": "user",
    "humanmessage": "user",
    "user": "user",
    "ai": "assistant",
    "aimessage": "assistant",
    "assistant": "assistant",
    "system": "system",
    "systemmessage": "system",
    "developer": "system",
    "tool": "tool",
    "toolmessage": "tool",
    "function": "tool",
    "functionmessage": "tool",
}
"""How message classes and roles are called, by their names in lower case; chunks of a stream end in `chunk`."""


def message_of(value: Any) -> dict[str, Any] | None:
    """One message in OpenAI's form, from any of: `{role, content}`, LangChain's `{type, data}`, `{type, content}` and `{id, kwargs}`,
    and a `[role, text]` pair; None where `value` is none of them."""
    if isinstance(value, list) and len(value) == 2 and all(isinstance(item, str) for item in value):
        value = {"role": value[0], "content": value[1]}
    if not isinstance(value, Mapping):
        return None
    role, fields = _role_and_fields(value)
    if role is None or not ("content" in fields or fields.get("tool_calls")):
        return None
    message: dict[str, Any] = {"role": role, "content": _content(fields.get("content"))}
    calls = [call for raw in _calls(fields) if (call := _call(raw)) is not None]
    if calls:
        message["tool_calls"] = calls
    if isinstance(fields.get("tool_call_id"), str):
        message["tool_call_id"] = fields["tool_call_id"]
    if role == "tool" and (error := fields.get("error")):
        message["error"] = error.get("message", True) if isinstance(error, Mapping) else error
    return message


def messages_of(value: Any) -> list[dict[str, Any]] | None:
    """Every message of a list, or of an object with `messages`; None where one of them is none."""
    if isinstance(value, Mapping) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if not isinstance(value, list) or not value:
        return None
    if len(value) == 1 and isinstance(value[0], list) and not all(isinstance(item, str) for item in value[0]):
        value = value[0]  # LangChain's runs hold batches of conversations
    found = [message_of(item) for item in value]
    return [message for message in found if message is not None] if all(found) and found else None


def as_input(messages: list[dict[str, Any]]) -> Any:
    """What to ask: the text of a lone user message, else the messages."""
    if len(messages) == 1 and messages[0]["role"] == "user" and isinstance(messages[0]["content"], str):
        return messages[0]["content"]
    return messages


def answer_of(message: Mapping[str, Any]) -> tuple[str | None, list[ToolExpectation]]:
    """The text and the tool calls of an assistant's message."""
    text = text_of(message.get("content"))
    tools = []
    for call in message.get("tool_calls", ()):
        arguments, problem = read_arguments(call["function"]["arguments"])
        tools.append(ToolExpectation(call["function"]["name"], None if problem else arguments))
    return text or None, tools


def _role_and_fields(value: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    fields: Mapping[str, Any] = value
    word: Any = value.get("role") or value.get("type")
    if isinstance(value.get("data"), Mapping):
        fields = value["data"]
    elif isinstance(value.get("kwargs"), Mapping) and isinstance(value.get("id"), list) and value["id"]:
        fields, word = value["kwargs"], value["id"][-1]
    if word == "message":
        word = value.get("role")
    if word in ("chat", "ChatMessage"):
        word = fields.get("role")
    return (_ROLES.get(word.lower().removesuffix("chunk")) if isinstance(word, str) else None), fields


def _content(content: Any) -> Any:
    """The text, where the parts are texts only; otherwise the parts as they are."""
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        return content
    if all(isinstance(part, str) or (isinstance(part, Mapping) and isinstance(part.get("text"), str)) for part in content):
        return text_of(content) or ""
    return content


def _calls(fields: Mapping[str, Any]) -> list[Any]:
    calls = fields.get("tool_calls")
    if not calls and isinstance(fields.get("additional_kwargs"), Mapping):
        calls = fields["additional_kwargs"].get("tool_calls")
    return calls if isinstance(calls, list) else []


def _call(raw: Any) -> dict[str, Any] | None:
    """OpenAI's shape from OpenAI's own, LangChain's `{name, args}` and Inspect's `{function, arguments}`."""
    if not isinstance(raw, Mapping):
        return None
    inner = raw.get("function")
    if isinstance(inner, Mapping):
        name, arguments = inner.get("name"), inner.get("arguments")
    elif isinstance(inner, str):
        name, arguments = inner, raw.get("arguments")
    else:
        name, arguments = raw.get("name"), raw.get("args", raw.get("arguments"))
    if not isinstance(name, str) or not name:
        return None
    text = arguments if isinstance(arguments, str) else json.dumps({} if arguments is None else arguments, ensure_ascii=False)
    return {"id": str(raw.get("id") or ""), "type": "function", "function": {"name": name, "arguments": text}}
