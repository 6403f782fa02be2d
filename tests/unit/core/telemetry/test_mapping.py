"""What a run's values become as spans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, FailureKind, Output, Step, ToolCall, Usage
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import Manifest, Revision, RunStatus
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.telemetry.conventions import ATTRIBUTES
from goldfinch.core.telemetry.mapping import LONGEST_CONTENT, MOST_CHILDREN, OpenAnswer, SpanMapping, TracedAgent
from goldfinch.core.telemetry.span import Span, SpanKind
from goldfinch.core.telemetry.trace_context import SpanContext
from goldfinch.testing.run_journal import sample_manifest

ROOT = SpanContext(b"t" * 16, b"r" * 8)
MODEL = TracedAgent(is_remote=True, provider="openai", request_model="gpt-x", server_address="api.openai.com", server_port=443)
MANIFEST = replace(sample_manifest(RunStatus.COMPLETE), revision=Revision(head_sha="abc123"))
SCORE = MetricScore("exact", "1", ScoreStatus.SCORED, 0.0, False, "expected 'a'")


def mapping(
    agent: TracedAgent = MODEL, *, content: bool = False, redact: Redactor | None = None, manifest: Manifest = MANIFEST
) -> SpanMapping:
    ids = count(1)
    return SpanMapping(manifest, agent, content=content, redact=redact or Redactor(), new_id=lambda: next(ids).to_bytes(8, "big"))


def spans_of(
    output: Output,
    case: Case | None = None,
    *,
    seed: int | None = None,
    cached: bool = False,
    scores: tuple[MetricScore, ...] = (SCORE,),
    **how: Any,
) -> list[Span]:
    case = case or Case("a", "q")
    answer = OpenAnswer(case, 2, SpanContext(ROOT.trace_id, b"a" * 8), 100, seed)
    record = OutputRecord(case.id, "h", 2, "", output, 0 if cached else 1, cached)
    scored = ScoreRecord(case.id, "h", 2, None if output.failure else False, scores, failure=output.failure)
    return mapping(**how).answer(answer, ROOT, 200, record, scored)


def test_an_answer_says_who_was_asked_what_it_took_and_how_it_was_judged() -> None:
    output = Output(
        text="a", usage=Usage(12, 6, 4), cost_usd=0.5, latency_ms=1.5, model="gpt-x-2", finish_reason="stop", first_token_ms=250
    )
    [span] = spans_of(output, Case("a", "q", tags=("t",), metadata={"conversation_id": "c-1"}), seed=9)
    assert (span.name, span.shared.kind, span.start_ns, span.end_ns) == (f"invoke_agent {MANIFEST.agent.name}", SpanKind.CLIENT, 100, 200)
    assert span.attributes == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": MANIFEST.agent.name,
        "gen_ai.agent.version": MANIFEST.agent.version,
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-x",
        "gen_ai.request.seed": 9,
        "gen_ai.response.model": "gpt-x-2",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.response.time_to_first_chunk": 0.25,
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 6,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.conversation.id": "c-1",
        "server.address": "api.openai.com",
        "server.port": 443,
        "goldfinch.run.id": MANIFEST.run_id,
        "goldfinch.dataset.fingerprint": MANIFEST.dataset.fingerprint,
        "goldfinch.case.id": "a",
        "goldfinch.case.tags": ("t",),
        "goldfinch.case.passed": False,
        "goldfinch.trial": 2,
        "goldfinch.attempts": 1,
        "goldfinch.latency_ms": 1.5,
        "goldfinch.cost_usd": 0.5,
    }


def test_what_is_not_known_is_not_there() -> None:
    [span] = spans_of(Output(text="a"), agent=TracedAgent())
    unknown = ("usage", "cost", "latency", "server", "provider", "model", "conversation", "seed", "finish")
    assert not [name for name in span.attributes if any(word in name for word in unknown)]
    assert span.shared.kind is SpanKind.INTERNAL


def test_spans_of_alike_answers_share_what_they_have_in_common() -> None:
    one = mapping()
    answers = []
    for name in "ab":
        answer = OpenAnswer(Case(name, "q"), 0, SpanContext(ROOT.trace_id, name.encode() * 8), 1)
        record = OutputRecord(name, "h", 0, "", Output(text=name, model="m", finish_reason="stop"))
        answers.append(one.answer(answer, ROOT, 2, record, ScoreRecord(name, "h", 0, False, (SCORE,))))
    [first], [second] = answers
    assert first.shared is second.shared
    assert first.events[0] is second.events[0]
    assert first.own != second.own


def test_tokens_of_an_agent_of_several_turns_are_not_guessed_for_each_turn() -> None:
    steps = (Step("user", "q"), Step("assistant", None, (ToolCall("t"),)), Step("tool", "r"), Step("assistant", "a"))
    span, *children = spans_of(Output(text="a", trajectory=steps, usage=Usage(10, 5)))
    assert span.attributes["gen_ai.usage.input_tokens"] == 10
    assert [child.shared.attributes.get("gen_ai.operation.name") or child.own["gen_ai.operation.name"] for child in children] == [
        "chat",
        "execute_tool",
        "chat",
    ]
    assert not any("usage" in name for child in children for name in child.attributes)


def test_a_lone_turn_took_what_the_answer_took() -> None:
    steps = (Step("assistant", None, (ToolCall("t"),)),)
    _, chat, _ = spans_of(Output(trajectory=steps, usage=Usage(10, 5), model="m", finish_reason="tool_calls"))
    assert (chat.name, chat.shared.kind) == ("chat gpt-x", SpanKind.CLIENT)
    assert (chat.attributes["gen_ai.usage.input_tokens"], chat.attributes["gen_ai.response.finish_reasons"]) == (10, ("tool_calls",))


def test_a_looping_agent_gives_a_bounded_number_of_spans_and_says_so() -> None:
    steps = tuple(Step("assistant", None, (ToolCall("t"),)) for _ in range(MOST_CHILDREN))
    span, *children = spans_of(Output(text="a", trajectory=steps))
    assert len(children) == MOST_CHILDREN
    assert span.attributes["goldfinch.steps.left_out"] == MOST_CHILDREN


def test_a_cached_answer_says_so() -> None:
    [span] = spans_of(Output(text="a"), cached=True)
    assert (span.attributes["goldfinch.cached"], span.attributes["goldfinch.attempts"]) == (True, 0)


def test_content_is_redacted_and_cut() -> None:
    secret = "hunter22hunter22"
    output = Output(text=f"{secret} " + "x" * 20_000, trajectory=(Step("assistant", secret, (ToolCall("t", {"k": secret}, [secret]),)),))
    spans = spans_of(output, Case("a", {"deep": secret}), content=True, redact=Redactor([secret]), scores=(replace(SCORE, reason=secret),))
    assert secret not in repr(spans)
    written = spans[0].attributes["gen_ai.output.messages"]
    assert isinstance(written, str)
    assert LONGEST_CONTENT < len(written) < LONGEST_CONTENT + 100


def test_failures_are_redacted_even_without_content() -> None:
    secret = "hunter22hunter22"
    [span] = spans_of(Output(failure=Failure(FailureKind.EXCEPTION, f"no {secret}")), redact=Redactor([secret]))
    assert span.error == "no [redacted]"


def test_a_run_that_did_not_come_to_its_end_is_an_error() -> None:
    manifest = replace(MANIFEST, status=RunStatus.INCOMPLETE, reason="3 of 9 answers; interrupted")
    span = mapping().run(ROOT, 1, 2, manifest, None)
    assert (span.error, span.attributes["error.type"]) == ("3 of 9 answers; interrupted", "incomplete")


def everything() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every attribute there can be, with the place where it stands."""
    accumulator = SummaryAccumulator()
    accumulator.add(ScoreRecord("a", "h", 0, True, (SCORE,), cost_usd=0.5))
    summary = accumulator.summary(MANIFEST, planned=2)
    how: dict[str, Any] = {"content": True}
    yield "run", dict(mapping(**how).run(ROOT, 1, 2, replace(MANIFEST, status=RunStatus.INCOMPLETE), summary).attributes)
    lone = Output(text="a", usage=Usage(1, 2, 3), cost_usd=1, latency_ms=1, first_token_ms=1, model="m", finish_reason="stop")
    failed = Output(failure=Failure(FailureKind.SERVER_ERROR, "no", 500))
    many = tuple(Step("assistant", "x", (ToolCall("t", {}, "r", "e"),)) for _ in range(MOST_CHILDREN))
    case = Case("a", "q", tags=("t",), metadata={"conversation_id": "c"})
    scores = (SCORE, replace(SCORE, status=ScoreStatus.ERROR))
    one = replace(lone, trajectory=(Step("assistant", "x"),))
    for output, cached in ((lone, True), (failed, False), (one, False), (Output(text="a", trajectory=many), False)):
        span, *children = spans_of(output, case, seed=1, cached=cached, scores=scores, **how)
        yield "answer", dict(span.attributes)
        for event in span.events:
            yield "score", dict(event.attributes)
        for child in children:
            yield ("tool" if child.name.startswith("execute_tool") else "chat"), dict(child.attributes)


def test_the_table_of_attributes_names_all_there_are_and_no_others() -> None:
    found = {(place, name) for place, attributes in everything() for name in attributes}
    assert found == {(place, name) for name, attribute in ATTRIBUTES.items() for place in attribute.places}


def test_the_table_says_which_attributes_hold_content() -> None:
    [span, chat, tool] = spans_of(Output(text="a", trajectory=(Step("assistant", "x", (ToolCall("t", {}, "r"),)),)))
    seen = {*span.attributes, *chat.attributes, *tool.attributes, *span.events[0].attributes}
    assert not seen & {name for name, attribute in ATTRIBUTES.items() if attribute.content}


@pytest.mark.parametrize("value", [{1, 2}, object(), {"k": object()}])
def test_input_that_is_no_json_is_named_by_its_type(value: object) -> None:
    [span] = spans_of(Output(text="a"), Case("a", value), content=True)
    assert f"<{type(value).__name__}>" in str(span.attributes["gen_ai.input.messages"])
