from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from src.config import Config
from src.domain import ReasoningError, Task
from src.telemetry.redaction import Redactor
from src.telemetry.tracing import Tracing, execute_tool
from tests.scripted_agent import ANSWER, ScriptedAgent

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TASK = Task("Ask jane@example.com about the ROAS", session_id="s-1")


class Traced:
    def __init__(self, content: bool = False) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(resource=Resource({}), shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracing = Tracing("good-test", tracer=provider.get_tracer("test"), content=content, redact=Redactor())

    async def run(self, task: Task = TASK, headers: Mapping[str, str] | None = None) -> None:
        agent = ScriptedAgent(Config())
        with self.tracing.invoke_agent(task, provider="deterministic", model="rules-1", headers=headers or {}) as span:
            span.answered(await agent.reason(task))

    def span(self, name: str) -> ReadableSpan:
        return next(span for span in self._exporter.get_finished_spans() if span.name == name)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()


async def test_a_task_is_an_agents_span_with_its_calls_below() -> None:
    traced = Traced()
    await traced.run()
    agent = traced.span("invoke_agent marketing-agent")
    chat, tool = traced.span("chat rules-1"), traced.span("execute_tool compute_kpis")
    assert len(traced.spans) == 3
    assert [span.parent and span.parent.span_id for span in (agent, chat, tool)] == [None, agent.context.span_id, agent.context.span_id]
    assert (agent.kind, chat.kind, tool.kind) == (SpanKind.INTERNAL, SpanKind.CLIENT, SpanKind.INTERNAL)


async def test_spans_carry_the_conventions_attributes_and_the_release() -> None:
    traced = Traced()
    await traced.run()
    assert dict(traced.span("invoke_agent marketing-agent").attributes or {}) == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "marketing-agent",
        "gen_ai.provider.name": "deterministic",
        "gen_ai.request.model": "rules-1",
        "gen_ai.response.model": "scripted-1",
        "gen_ai.conversation.id": "s-1",
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 30,
        "release.id": "good-test",
    }
    assert dict(traced.span("chat rules-1").attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "deterministic",
        "gen_ai.request.model": "rules-1",
        "gen_ai.response.model": "scripted-1",
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 30,
        "marketing_agent.purpose": "write",
        "release.id": "good-test",
    }
    assert dict(traced.span("execute_tool compute_kpis").attributes or {}) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "compute_kpis",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "s1",
        "release.id": "good-test",
    }


async def test_content_is_recorded_only_where_it_is_wanted_and_never_with_secrets() -> None:
    silent, telling = Traced(), Traced(content=True)
    await silent.run()
    await telling.run()
    assert ANSWER not in str([span.attributes for span in silent.spans])
    agent = telling.span("invoke_agent marketing-agent").attributes or {}
    tool = telling.span("execute_tool compute_kpis").attributes or {}
    asked = json.loads(str(agent["gen_ai.input.messages"]))
    assert asked == [{"role": "user", "parts": [{"type": "text", "content": "Ask [redacted] about the ROAS"}]}]
    assert ANSWER in str(agent["gen_ai.output.messages"])
    assert ANSWER in str((telling.span("chat rules-1").attributes or {})["gen_ai.output.messages"])
    assert tool["gen_ai.tool.call.arguments"] == '{"group_by":"total"}'
    assert "3.42" in str(tool["gen_ai.tool.call.result"])


async def test_the_callers_trace_is_continued() -> None:
    traced = Traced()
    await traced.run(headers={"traceparent": f"00-{TRACE}-{CALLER}-01"})
    agent = traced.span("invoke_agent marketing-agent")
    assert agent.parent is not None
    assert (f"{agent.context.trace_id:032x}", f"{agent.parent.span_id:016x}") == (TRACE, CALLER)


@pytest.mark.parametrize("header", ["", "00-xyz", f"00-{'0' * 32}-{CALLER}-01", "ff" * 50])
async def test_a_malformed_traceparent_begins_a_new_trace(header: str) -> None:
    traced = Traced()
    await traced.run(headers={"traceparent": header})
    assert traced.span("invoke_agent marketing-agent").parent is None


async def test_a_failure_is_marked_by_its_type_without_its_message() -> None:
    traced = Traced()
    with pytest.raises(ReasoningError):
        await traced.run(Task("no plan"))
    [span] = traced.spans
    assert (span.attributes or {})["error.type"] == "ReasoningError"
    assert (span.status.is_ok, span.status.description, span.events) == (False, None, ())


async def test_a_failing_tool_is_marked() -> None:
    traced = Traced()
    await traced.run(Task("tool error"))
    assert (traced.span("execute_tool compute_kpis").attributes or {})["error.type"] == "tool_error"
    assert "error.type" not in (traced.span("invoke_agent marketing-agent").attributes or {})


async def test_without_an_exporter_nothing_is_recorded() -> None:
    tracing = Tracing("good-test")
    with tracing.invoke_agent(TASK, provider="deterministic", model="rules-1", headers={}) as span:
        span.answered(await ScriptedAgent(Config()).reason(TASK))
        assert span.trace_id is None
    with execute_tool("compute_kpis", "s1", {}):
        pass
    tracing.close()
