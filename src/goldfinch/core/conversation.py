"""Inputs that are conversations: which they are, told in one way by whoever asks, scores or judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

OWNER = ("system", "developer")
"""The roles in which the agent's owner speaks."""


def is_message(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is a message in OpenAI's format; it may have no `content`, as one that only calls tools."""
    return isinstance(value, Mapping) and isinstance(value.get("role"), str)


def conversation(asked: object) -> Sequence[Mapping[str, Any]] | None:
    """The messages of an input, the oldest first: a list of nothing else, by itself or under `messages`. None for any other input."""
    messages = asked.get("messages") if isinstance(asked, Mapping) else asked
    if isinstance(messages, list | tuple) and messages and all(map(is_message, messages)):
        return messages
    return None
