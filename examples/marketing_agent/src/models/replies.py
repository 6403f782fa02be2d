"""What a model's reply is read into, and the two ways in which a model fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from src.domain import TokenUsage


class ModelFailed(Exception):
    """The model gave no reply: unreachable, refused, over its limits. The text is one line, without secrets."""


class NoRoom(Exception):
    """The task's own limit, or the model's context, leaves no room to ask in. Nothing was sent, and the model is not to blame."""


class UnusableReply(ModelFailed):
    """The model replied, and was paid for it, but not with what was asked for. Asking once more may help."""

    def __init__(self, message: str, usage: TokenUsage | None = None) -> None:
        super().__init__(message)
        self.usage = usage


def json_object_of(text: str) -> dict[str, Any]:
    """The first JSON object of `text`, which may stand in a code fence or among words.

    Raises `UnusableReply` where there is none.
    """
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            found, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            start = text.find("{", start + 1)
            continue
        return dict(found)
    raise UnusableReply(f"the model replied without a JSON object: {shown(text)!r}")


def usage_of(reply: Mapping[str, Any]) -> TokenUsage | None:
    """Tokens as the reply counts them; None where it does not, or counts nonsense."""
    counted = reply.get("usage")
    if not isinstance(counted, Mapping):
        return None
    tokens = (counted.get("input_tokens"), counted.get("output_tokens"))
    if not all(isinstance(count, int) and count >= 0 for count in tokens):
        return None
    return TokenUsage(*(int(count) for count in tokens if count is not None))


def shown(text: str, longest: int = 120) -> str:
    """`text` on one line, cut."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest]}…"
