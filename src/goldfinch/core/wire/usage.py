"""Which model replied and how many tokens that took, told from the reply alone, whatever the provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from goldfinch.core.output import Usage
from goldfinch.core.wire.bodies import NOT_JSON, json_of
from goldfinch.core.wire.exchanges import GivenReply
from goldfinch.core.wire.sse import EventReader, EventStreamTooLong

_INPUT = ("prompt_tokens", "input_tokens", "promptTokenCount")
_OUTPUT = ("completion_tokens", "output_tokens", "candidatesTokenCount")
_BESIDE_INPUT = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Anthropic counts these beside its input tokens, all others within them."""


def usage_of(reply: GivenReply) -> tuple[str | None, Usage | None]:
    """Model and tokens as the provider states them: OpenAI (chat, responses, embeddings), Anthropic, Gemini, whole or streamed.

    Of a stream the last statement of each count holds. None where nothing is stated, never 0.
    """
    model: str | None = None
    counts: dict[str, int] = {}
    for value in _values(reply):
        for holder in (value, value.get("response"), value.get("message")):
            if isinstance(holder, dict):
                named = holder.get("model") or holder.get("modelVersion")
                model = named if isinstance(named, str) else model
                counts |= _counts(holder.get("usage") or holder.get("usageMetadata"))
    return model, _usage(counts)


def _values(reply: GivenReply) -> Iterator[dict[str, Any]]:
    """The objects that a reply consists of: one, a list of them, or one an event."""
    bodies: list[bytes | str] = [reply.body]
    if dict(reply.headers).get("content-type", "").lower().startswith("text/event-stream"):
        events = EventReader()
        try:
            bodies = [event.data for event in events.feed(reply.body)]
        except EventStreamTooLong:
            return
        last = events.close()
        bodies += [] if last is None else [last.data]
    for body in bodies:
        value = json_of(body)
        if value is not NOT_JSON:
            yield from (inner for inner in (value if isinstance(value, list) else [value]) if isinstance(inner, dict))


def _counts(usage: Any) -> dict[str, int]:
    """The counts of a usage object, those within `…_details` by their own names."""
    if not isinstance(usage, Mapping):
        return {}
    found = {name: count for name, count in usage.items() if type(count) is int and count >= 0}
    for inner in ("prompt_tokens_details", "input_tokens_details"):
        found |= {name: count for name, count in _counts(usage.get(inner)).items() if name == "cached_tokens"}
    return found


def _usage(counts: Mapping[str, int]) -> Usage | None:
    given = next((counts[name] for name in _INPUT if name in counts), None)
    made = next((counts[name] for name in _OUTPUT if name in counts), None)
    if given is None and made is None:
        return None
    if made is None and counts.get("total_tokens") == given:  # embeddings
        made = 0
    if made is not None:
        made += counts.get("thoughtsTokenCount", 0)
    cached = counts.get("cached_tokens", counts.get("cachedContentTokenCount"))
    if given is not None and any(name in counts for name in _BESIDE_INPUT):
        given += sum(counts.get(name, 0) for name in _BESIDE_INPUT)
        cached = counts.get("cache_read_input_tokens", 0)
    return Usage(given, made, cached)
