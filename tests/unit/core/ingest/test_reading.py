"""The same things said in the conventions of today, of yesterday, and of two instrumentations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from goldfinch.core.ingest.reading import add_content, facts_of
from goldfinch.core.ingest.span import Content, SpanFacts, SpanRole
from goldfinch.core.redaction import Redactor
from tests.received_spans import AGENT, CANARY, CHAT, TOOL, span

KNOWN = frozenset({CANARY})


def read(own: dict[str, Any], *events: tuple[str, dict[str, Any]], failed: bool = False) -> SpanFacts:
    raw = span(own, events=events, failed=failed)
    facts = facts_of(raw, KNOWN)
    add_content(facts, raw, Redactor())
    return facts


@pytest.mark.parametrize(
    "own",
    [
        {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 3, "gen_ai.response.model": "m"},
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.prompt_tokens": 7,
            "gen_ai.usage.completion_tokens": 3,
            "gen_ai.request.model": "m",
        },
        {"openinference.span.kind": "LLM", "llm.token_count.prompt": 7, "llm.token_count.completion": 3, "llm.model_name": "m"},
        {"llm.request.type": "chat", "gen_ai.usage.prompt_tokens": 7, "gen_ai.usage.completion_tokens": 3, "gen_ai.response.model": "m"},
    ],
    ids=["today", "1.26", "OpenInference", "OpenLLMetry"],
)
def test_a_models_call_is_read_in_every_convention(own: dict[str, Any]) -> None:
    facts = read(own)
    assert (facts.role, facts.input_tokens, facts.output_tokens, facts.model) == (SpanRole.MODEL, 7, 3, "m")


PARTS = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "What?"}]}])
SAID = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "This."}], "finish_reason": "stop"}])


@pytest.mark.parametrize(
    ("own", "events"),
    [
        ({"gen_ai.input.messages": PARTS, "gen_ai.output.messages": SAID}, ()),
        ({"gen_ai.input.messages": json.loads(PARTS), "gen_ai.output.messages": json.loads(SAID)}, ()),
        ({}, (("gen_ai.client.inference.operation.details", {"gen_ai.input.messages": PARTS, "gen_ai.output.messages": SAID}),)),
        (
            {},
            (
                ("gen_ai.user.message", {"content": "What?"}),
                ("gen_ai.choice", {"message": '{"content": "This."}', "finish_reason": "stop"}),
            ),
        ),
        (
            {},
            (
                ("gen_ai.user.message", {"gen_ai.event.content": '{"role": "user", "content": "What?"}'}),
                ("gen_ai.choice", {"gen_ai.event.content": '{"message": {"content": "This."}, "finish_reason": "stop"}'}),
            ),
        ),
        (
            {},
            (
                ("gen_ai.content.prompt", {"gen_ai.prompt": '[{"role": "user", "content": "What?"}]'}),
                ("gen_ai.content.completion", {"gen_ai.completion": '[{"role": "assistant", "content": "This."}]'}),
            ),
        ),
        ({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "What?", "gen_ai.completion.0.content": "This."}, ()),
        (
            {
                "llm.input_messages.0.message.role": "user",
                "llm.input_messages.0.message.content": "What?",
                "llm.output_messages.0.message.role": "assistant",
                "llm.output_messages.0.message.content": "This.",
            },
            (),
        ),
        ({"input.value": "What?", "output.value": "This."}, ()),
        ({"traceloop.entity.input": "What?", "traceloop.entity.output": "This."}, ()),
    ],
    ids=["today", "structured", "event of today", "1.28", "Azure", "1.26", "OpenLLMetry", "OpenInference", "values", "entity"],
)
def test_question_and_answer_are_read_in_every_convention(own: dict[str, Any], events: tuple[tuple[str, dict[str, Any]], ...]) -> None:
    content = read({**CHAT, **own}, *events).content
    assert isinstance(content, Content)
    assert (content.question, content.answer) == ([{"role": "user", "content": "What?"}], "This.")


@pytest.mark.parametrize(
    ("own", "flags"),
    [
        ({**TOOL, "error.type": "timeout"}, ("tool_error",)),
        ({**CHAT, "error.type": "500"}, ("model_error",)),
        ({**AGENT, "error.type": "x"}, ()),  # a failed request is counted where the client saw it
        ({"openinference.span.kind": "GUARDRAIL", "error.type": "blocked"}, ("guardrail",)),
        ({**CHAT, "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type": "refusal","content":"no"}]}]'}, ("refusal",)),
        ({**CHAT, "gen_ai.output.messages": '[{"role":"assistant","content":"the word \\"refusal\\" is none"}]'}, ()),
    ],
)
def test_flags_follow_what_failed(own: dict[str, Any], flags: tuple[str, ...]) -> None:
    assert read(own).flags == flags


@pytest.mark.parametrize("count", [-1, True, 10**10, 1.5, "7", None, float("nan")])
def test_a_count_that_is_none_is_unknown(count: object) -> None:
    facts = read({**CHAT, "gen_ai.usage.input_tokens": count, "gen_ai.usage.cost": count if not isinstance(count, int) else -1})
    assert facts.input_tokens is None
    assert facts.cost_usd is None or facts.cost_usd == 1.5


def test_secrets_are_masked_also_where_they_straddle_the_cut() -> None:
    secret = "ghp_k3J9x2Lm5Qr8Tz1Vb4Nc7Wd6Ye0Hf2Ga"
    given = "ghp_Zq8Wn3Rb6Ty1Uj4Ik9Ol2Pm5Hs7Gd0Fx"
    content = read({**AGENT, "input.value": "x" * 32_750 + " " + secret, "output.value": given}).content
    assert content is not None
    assert secret[:8] not in content.question[0]["content"]
    assert content.answer == "[redacted]"
    assert "GitHub token" in content.leak


def test_a_secret_that_the_question_itself_holds_is_no_leak() -> None:
    secret = "ghp_k3J9x2Lm5Qr8Tz1Vb4Nc7Wd6Ye0Hf2Ga"
    content = read({**AGENT, "input.value": f"Is {secret} valid?", "output.value": f"{secret} is."}).content
    assert content is not None
    assert content.leak == ""
