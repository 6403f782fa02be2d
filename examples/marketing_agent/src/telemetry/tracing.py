"""OpenTelemetry spans in the GenAI conventions: `invoke_agent` above `chat` and `execute_tool`.

All of `gen_ai.*` has the status "development"; the names here are those of open-telemetry/semantic-conventions-genai 0.1.0.
What users and models wrote is recorded only where OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace import INVALID_SPAN, NoOpTracer, Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic_core import to_json

from src.domain import Model, ModelRequest, Observation, Result, Task, TokenUsage
from src.telemetry.redaction import Redactor

AGENT_NAME = "marketing-agent"
RELEASE = "release.id"
"""The conventions have no name for a release; `service.version` stays the distribution's."""

_PROPAGATOR: TextMapPropagator = TraceContextTextMapPropagator()
_ACTIVE: ContextVar[Tracing | None] = ContextVar("active_tracing", default=None)


class Tracing:
    """The spans of one application. Without an exporter nothing is recorded and a span costs next to nothing."""

    def __init__(
        self, release_id: str, *, tracer: Tracer | None = None, content: bool = False, redact: Redactor | None = None, on_close: Any = None
    ) -> None:
        self._release = release_id
        self._tracer = tracer or NoOpTracer()
        self._records = tracer is not None
        self._content = content
        self._redact = redact or Redactor()
        self._on_close = on_close

    @contextmanager
    def invoke_agent(self, task: Task, *, provider: str, model: str, headers: Mapping[str, str]) -> Iterator[AgentSpan]:
        """The span of one task, below the caller's span where `headers` hold a `traceparent`."""
        attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": AGENT_NAME,
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model,
        }
        if task.session_id is not None:
            attributes["gen_ai.conversation.id"] = task.session_id
        if self._content:
            attributes["gen_ai.input.messages"] = self._message("user", task.description)
        parent = _PROPAGATOR.extract(headers) if "traceparent" in headers else None
        with self.span(f"invoke_agent {AGENT_NAME}", SpanKind.INTERNAL, attributes, parent) as span:
            token = _ACTIVE.set(self if self._records else None)
            try:
                yield AgentSpan(self, span)
            finally:
                _ACTIVE.reset(token)

    @contextmanager
    def span(self, name: str, kind: SpanKind, attributes: Mapping[str, Any], parent: Any = None) -> Iterator[Span]:
        """A span that carries the release. An exception marks it with `error.type`, never with its message."""
        with self._tracer.start_as_current_span(
            name,
            parent,
            kind,
            {**attributes, RELEASE: self._release},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                failed(span, type(error).__qualname__)
                raise

    def text(self, value: Any) -> str | None:
        """`value` as redacted JSON where content is recorded, None where it is not."""
        return to_json(self._redact.value(value), inf_nan_mode="null", fallback=str).decode() if self._content else None

    def close(self) -> None:
        """Send what is left; waits for a few seconds at most."""
        if self._on_close is not None:
            self._on_close()

    def _message(self, role: str, text: str) -> str:
        return self.text([{"role": role, "parts": [{"type": "text", "content": text}]}]) or ""

    def answered(self, span: Span, result: Result) -> None:
        span.set_attribute("gen_ai.response.model", result.model)
        usage_of(span, result.usage)
        if self._content:
            span.set_attribute("gen_ai.output.messages", self._message("assistant", result.output))


class AgentSpan:
    """The span of a task while it is open."""

    def __init__(self, tracing: Tracing, span: Span) -> None:
        self._tracing, self._span = tracing, span

    @property
    def trace_id(self) -> str | None:
        """32 hex digits; None where neither the caller nor this service traces."""
        context = self._span.get_span_context()
        return f"{context.trace_id:032x}" if self._span is not INVALID_SPAN and context.trace_id else None

    def answered(self, result: Result) -> None:
        self._tracing.answered(self._span, result)


class TracedModel:
    """A model whose every call is a `chat` span below the task's."""

    def __init__(self, model: Model, *, provider: str, name: str) -> None:
        self._model, self._provider, self._name = model, provider, name

    async def generate(self, request: ModelRequest) -> Mapping[str, Any]:
        tracing = _ACTIVE.get()
        if tracing is None:
            return await self._model.generate(request)
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": self._provider,
            "gen_ai.request.model": self._name,
            "marketing_agent.purpose": request.purpose,
        }
        with tracing.span(f"chat {self._name}", SpanKind.CLIENT, attributes) as span:
            reply = await self._model.generate(request)
            _replied(tracing, span, reply)
            return reply


class Tools(Protocol):
    """What the agent calls tools with."""

    def schemas(self) -> Any: ...

    def validate(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, ...]: ...

    async def call(self, step_id: str, name: str, arguments: Mapping[str, Any], workspace: Any, *, draw: str = "") -> Observation: ...


class TracedTools:
    """Tools whose every call is an `execute_tool` span below the task's."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.schemas, self.validate = tools.schemas, tools.validate

    async def call(self, step_id: str, name: str, arguments: Mapping[str, Any], workspace: Any, *, draw: str = "") -> Observation:
        with execute_tool(name, step_id, arguments) as span:
            observation = await self._tools.call(step_id, name, arguments, workspace, draw=draw)
            span.observed(observation)
            return observation


@contextmanager
def execute_tool(name: str, call_id: str, arguments: Mapping[str, Any]) -> Iterator[ToolSpan]:
    """The span of one call of a tool, below the task's. Tell it the observation; outside of a traced task it does nothing."""
    tracing = _ACTIVE.get()
    if tracing is None:
        yield ToolSpan(None, INVALID_SPAN)
        return
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": call_id,
    }
    with tracing.span(f"execute_tool {name}", SpanKind.INTERNAL, attributes) as span:
        written = tracing.text(arguments)
        if written is not None:
            span.set_attribute("gen_ai.tool.call.arguments", written)
        yield ToolSpan(tracing, span)


class ToolSpan:
    """The span of a call while it is open."""

    def __init__(self, tracing: Tracing | None, span: Span) -> None:
        self._tracing, self._span = tracing, span

    def observed(self, observation: Observation) -> None:
        if self._tracing is None:
            return
        if observation.error is not None:
            failed(self._span, "tool_error")
        written = self._tracing.text(observation.result if observation.error is None else {"error": observation.error})
        if written is not None:
            self._span.set_attribute("gen_ai.tool.call.result", written)


def usage_of(span: Span, usage: TokenUsage) -> None:
    span.set_attribute("gen_ai.usage.input_tokens", usage.input_tokens)
    span.set_attribute("gen_ai.usage.output_tokens", usage.output_tokens)


def failed(span: Span, error_type: str) -> None:
    span.set_attribute("error.type", error_type)
    span.set_status(StatusCode.ERROR)


def _replied(tracing: Tracing, span: Span, reply: Mapping[str, Any]) -> None:
    span.set_attribute("gen_ai.response.model", str(reply.get("model", "")))
    usage = reply.get("usage")
    if isinstance(usage, Mapping):
        usage_of(span, TokenUsage(int(usage.get("input_tokens", 0)), int(usage.get("output_tokens", 0))))
    written = tracing.text(
        [{"role": "assistant", "parts": [{"type": "text", "content": {k: v for k, v in reply.items() if k != "usage"}}]}]
    )
    if written is not None:
        span.set_attribute("gen_ai.output.messages", written)
