"""Under which names instrumentations say the same thing. The first name that a span has, counts.

GenAI conventions: open-telemetry/semantic-conventions-genai 0.1.0, and of semantic-conventions 1.26 to 1.36 what has been renamed since.
OpenLLMetry (`traceloop.*`, `gen_ai.prompt.0.content`) and OpenInference (`openinference.*`, `llm.*`, `input.value`) as they write it today.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from goldfinch.core.ingest.span import SpanRole

RELEASE: Final = ("release.id", "goldfinch.release.id", "service.version")
SESSION: Final = (
    "gen_ai.conversation.id", "session.id", "x-session-id", "http.request.header.x-session-id",
    "traceloop.association.properties.session_id", "langfuse.session.id",
)  # fmt: skip
OPERATION: Final = "gen_ai.operation.name"
MODEL: Final = ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "llm.response.model", "llm.request.model")
PROVIDER: Final = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "llm.vendor")
INPUT_TOKENS: Final = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt", "llm.usage.prompt_tokens")
OUTPUT_TOKENS: Final = (
    "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion", "llm.usage.completion_tokens",
)  # fmt: skip
CACHED_TOKENS: Final = (
    "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "llm.token_count.prompt_details.cache_read",
)  # fmt: skip
COST: Final = ("goldfinch.cost_usd", "gen_ai.usage.cost", "llm.cost.total")
FIRST_CHUNK_S: Final = ("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token")
FINISH: Final = ("gen_ai.response.finish_reasons", "gen_ai.completion.0.finish_reason", "llm.response.finish_reason")
TOOL: Final = ("gen_ai.tool.name", "tool.name", "traceloop.entity.name")
ERROR: Final = ("error.type",)

ARGUMENTS: Final = ("gen_ai.tool.call.arguments", "tool.parameters", "traceloop.entity.input", "input.value")
RESULT: Final = ("gen_ai.tool.call.result", "traceloop.entity.output", "output.value")
INPUT: Final = ("gen_ai.input.messages", "gen_ai.prompt", "traceloop.entity.input", "input.value")
OUTPUT: Final = ("gen_ai.output.messages", "gen_ai.completion", "traceloop.entity.output", "output.value")
NUMBERED: Final = ("gen_ai.prompt.", "gen_ai.completion.", "llm.input_messages.", "llm.output_messages.", "retrieval.documents.")
"""Messages that stand one attribute each, `gen_ai.prompt.0.content`."""

KIND_OF_SPAN: Final = ("traceloop.span.kind", "openinference.span.kind", "llm.request.type")
OPERATIONS: Final[Mapping[str, SpanRole]] = {
    "invoke_agent": SpanRole.AGENT,
    "invoke_workflow": SpanRole.AGENT,
    "chat": SpanRole.MODEL,
    "generate_content": SpanRole.MODEL,
    "text_completion": SpanRole.MODEL,
    "completion": SpanRole.MODEL,
    "llm": SpanRole.MODEL,
    "execute_tool": SpanRole.TOOL,
    "tool": SpanRole.TOOL,
    "agent": SpanRole.AGENT,
    "workflow": SpanRole.AGENT,
    "retrieval": SpanRole.RETRIEVAL,
    "retriever": SpanRole.RETRIEVAL,
    "guardrail": SpanRole.GUARDRAIL,
    "apply_guardrail": SpanRole.GUARDRAIL,
}
"""By `gen_ai.operation.name` or an instrumentation's kind of span, in lower case."""

GUARDRAIL_FINISHES: Final = frozenset({"content_filter", "guardrail_intervened", "safety", "blocklist", "prohibited_content"})
"""Finish reasons of a model whose provider stopped it: OpenAI and Azure, Bedrock, Gemini."""
REFUSAL_FINISHES: Final = frozenset({"refusal"})
"""Anthropic's."""
REFUSAL_PART: Final = re.compile(r'"type"\s*:\s*"refusal"|"refusal"\s*:\s*"[^"]')
"""OpenAI's: a part of a message whose type is so called, or a message that has one."""

OLD_PROMPT_EVENTS: Final[Mapping[str, str]] = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
"""Event (1.28 to 1.36) → role."""
OLD_CHOICE: Final = "gen_ai.choice"
OLD_PROMPT: Final = "gen_ai.content.prompt"
OLD_COMPLETION: Final = "gen_ai.content.completion"
"""1.26 and 1.27: attributes `gen_ai.prompt` and `gen_ai.completion` of the event hold JSON."""
OPERATION_DETAILS: Final = "gen_ai.client.inference.operation.details"
"""1.37 on: an event with the attributes that could also stand on the span."""
EVENT_CONTENT: Final = ("content", "gen_ai.event.content", "message", "body")
EVENTS: Final = frozenset({*OLD_PROMPT_EVENTS, OLD_CHOICE, OLD_PROMPT, OLD_COMPLETION, OPERATION_DETAILS})

CONTENT_NAMES: Final = frozenset({*ARGUMENTS, *RESULT, *INPUT, *OUTPUT})
NAMES: Final = frozenset(
    {
        *RELEASE, *SESSION, OPERATION, *MODEL, *PROVIDER, *INPUT_TOKENS, *OUTPUT_TOKENS, *CACHED_TOKENS, *COST, *FIRST_CHUNK_S, *FINISH,
        *TOOL, *ERROR, *CONTENT_NAMES, *KIND_OF_SPAN, *EVENT_CONTENT, "role", "finish_reason",
    }
)  # fmt: skip
"""Attributes that are read; a decoder need not look at any other."""


def is_read(name: str) -> bool:
    """Whether an attribute of this name says something here."""
    return name in NAMES or name.startswith(NUMBERED)
