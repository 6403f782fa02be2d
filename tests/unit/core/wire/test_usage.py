"""Model and tokens of a reply, as each provider states them; what is not stated is unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from goldfinch.core.output import Usage
from goldfinch.core.wire.exchanges import GivenReply
from goldfinch.core.wire.usage import usage_of


def whole(value: Any) -> GivenReply:
    return GivenReply(200, (("content-type", "application/json"),), (json.dumps(value).encode(),))


def stream(*values: Any) -> GivenReply:
    events = "".join(f"event: x\ndata: {json.dumps(value)}\n\n" for value in values) + "data: [DONE]\n\n"
    return GivenReply(200, (("content-type", "text/event-stream; charset=utf-8"),), (events.encode(),))


OPENAI = {"model": "gpt-4.1", "usage": {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}}}
RESPONSES = {"model": "gpt-4.1", "usage": {"input_tokens": 10, "output_tokens": 5, "input_tokens_details": {"cached_tokens": 4}}}
ANTHROPIC = {"input_tokens": 5, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 1, "output_tokens": 1}
GEMINI = {"promptTokenCount": 10, "candidatesTokenCount": 3, "thoughtsTokenCount": 2, "cachedContentTokenCount": 4}


@pytest.mark.parametrize(
    ("reply", "model"),
    [
        (whole(OPENAI), "gpt-4.1"),
        (whole(RESPONSES), "gpt-4.1"),
        (whole({"model": "claude", "usage": {**ANTHROPIC, "output_tokens": 5}}), "claude"),
        (whole({"modelVersion": "gemini", "usageMetadata": GEMINI}), "gemini"),
        (whole([{"modelVersion": "gemini", "usageMetadata": {}}, {"usageMetadata": GEMINI}]), "gemini"),
        (stream({"model": "gpt-4.1", "choices": [], "usage": None}, OPENAI), "gpt-4.1"),
        (stream({"type": "response.completed", "response": RESPONSES}), "gpt-4.1"),
        (stream({"message": {"model": "claude", "usage": ANTHROPIC}}, {"type": "message_delta", "usage": {"output_tokens": 5}}), "claude"),
        (stream({"modelVersion": "gemini", "usageMetadata": {"promptTokenCount": 10}}, {"usageMetadata": GEMINI}), "gemini"),
    ],
)
def test_reads_what_providers_state(reply: GivenReply, model: str) -> None:
    assert usage_of(reply) == (model, Usage(10, 5, 4))


def test_embeddings_have_no_output() -> None:
    assert usage_of(whole({"model": "e", "usage": {"prompt_tokens": 7, "total_tokens": 7}})) == ("e", Usage(7, 0))


@pytest.mark.parametrize(
    "reply",
    [
        whole({"choices": []}),
        whole({"usage": {"prompt_tokens": "10", "completion_tokens": True}}),
        whole({"usage": [1], "model": 5}),
        whole("text"),
        stream({"choices": []}),
        GivenReply(200),
        GivenReply(200, (), (b"\xff\x00",)),
        GivenReply(200, (("content-type", "text/event-stream"),), (b"data: {broken\n\n",)),
    ],
)
def test_what_is_not_stated_is_unknown(reply: GivenReply) -> None:
    assert usage_of(reply) == (None, None)
