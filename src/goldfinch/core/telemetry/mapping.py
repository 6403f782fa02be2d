"""From the values of a run to its spans: the one place that knows what an evaluation looks like in OpenTelemetry.

    evaluate NAME                     the run, one for each session of it
      invoke_agent AGENT              one answer: a (case, trial); an event `gen_ai.evaluation.result` for each score
        chat MODEL                    a turn of the model, from the trajectory
        execute_tool TOOL             a tool call, from the trajectory

What the attributes are called and mean is in `conventions.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output, ToolCall, Usage
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.results.summary import Summary
from goldfinch.core.scoring.evidence import one_line
from goldfinch.core.telemetry.conventions import EVALUATION_EVENT
from goldfinch.core.telemetry.span import Attributes, AttributeValue, Shared, Span, SpanKind
from goldfinch.core.telemetry.trace_context import SpanContext

MOST_CHILDREN = 256
"""Spans for the turns and tool calls of one answer: a looping agent must not flood the collector."""

LONGEST_CONTENT = 8_192
"""Characters of one text, where content is sent at all."""

_MOST_SHARED = 1024


@dataclass(frozen=True, slots=True)
class TracedAgent:
    """What the composition root knows of the agent besides its name. None is unknown, and then left out."""

    is_remote: bool = False
    """Asked over the network: the answer's span is of kind CLIENT."""
    provider: str | None = None
    request_model: str | None = None
    server_address: str | None = None
    server_port: int | None = None


@dataclass(slots=True)
class OpenAnswer:
    """An answer that is being asked for; `context` is what the agent under test is told."""

    case: Case
    trial: int
    context: SpanContext
    start_ns: int
    seed: int | None = None


class SpanMapping:
    """Makes the spans of one run. Pure: ids come from `new_id`, times are handed in.

    `content` False leaves out whatever the case or the agent said: input, answer, tool arguments and results, and the reasons of scores,
    which quote them. What is sent is free of secrets (`redact`) and cut.
    """

    def __init__(self, manifest: Manifest, agent: TracedAgent, *, content: bool, redact: Redactor, new_id: Callable[[], bytes]) -> None:
        self._manifest = manifest
        self._agent = agent
        self._content = content
        self._redact = redact
        self._new_id = new_id
        self._kind = SpanKind.CLIENT if agent.is_remote else SpanKind.INTERNAL
        self._name = f"invoke_agent {manifest.agent.name}"
        self._model: Attributes = {}
        _put(self._model, "gen_ai.provider.name", agent.provider)
        _put(self._model, "gen_ai.request.model", agent.request_model)
        self._every_answer: Attributes = {"gen_ai.operation.name": "invoke_agent", **_identity(manifest), **self._model}
        _put(self._every_answer, "server.address", agent.server_address)
        _put(self._every_answer, "server.port", agent.server_port)
        self._shared: dict[tuple[Any, ...], Shared] = {}

    def run(self, root: SpanContext, start_ns: int, end_ns: int, manifest: Manifest, summary: Summary | None) -> Span:
        """The root span, made when the session ends. `summary` None: it ended before there was one."""
        attributes: Attributes = {
            **_identity(manifest),
            "goldfinch.run.status": str(manifest.status),
            "goldfinch.run.resumed": manifest.resumed,
            "goldfinch.dataset.name": manifest.dataset.name,
            "goldfinch.cases": manifest.dataset.cases,
            "goldfinch.trials": manifest.trials,
            "goldfinch.version": manifest.goldfinch_version,
        }
        _put(attributes, "vcs.ref.head.revision", manifest.revision.head_sha)
        if summary is not None:
            attributes |= _counts(summary)
        error = None
        if manifest.status is not RunStatus.COMPLETE:
            attributes["error.type"] = str(manifest.status)
            error = self._said(manifest.reason) or "the run ended early"
        shared = Shared(f"evaluate {manifest.dataset.name}", {})
        return Span(shared, root.trace_id, root.span_id, None, start_ns, end_ns, attributes, (), error)

    def answer(self, answer: OpenAnswer, parent: SpanContext, end_ns: int, record: OutputRecord, scored: ScoreRecord) -> list[Span]:
        """The span of one answer and those of its turns and tool calls."""
        output = record.output
        own, error = self._answered(answer, record, scored)
        events: list[Shared] = []
        for score in scored.scores:
            if (status := score.status) is not ScoreStatus.NOT_APPLICABLE:
                reason = score.reason if self._content else ""
                like = (score.metric, score.version, status, score.value, score.passed, reason)
                events.append(self._shared.get(like) or self._share(like, self._score(score, reason)))
        key = ("answer", output.model, output.finish_reason, answer.trial, scored.passed, record.attempts, record.cached)
        shared = self._shared.get(key) or self._share(key, self._answer_like(answer, record, scored))
        context = answer.context
        span = Span(shared, context.trace_id, context.span_id, parent.span_id, answer.start_ns, end_ns, own, tuple(events), error)
        return [span, *self._children(span, output)] if output.trajectory else [span]

    def unfinished(self, answer: OpenAnswer, parent: SpanContext, end_ns: int) -> Span:
        """An answer that the end of the run cut off: what the service under test sent of its own still finds its parent."""
        own: Attributes = {**self._of_case(answer), "goldfinch.trial": answer.trial, "error.type": "cancelled"}
        shared = Shared(self._name, self._every_answer, self._kind)
        trace_id, span_id = answer.context
        return Span(shared, trace_id, span_id, parent.span_id, answer.start_ns, end_ns, own, (), "the run ended before the answer")

    def _share(self, key: tuple[Any, ...], shared: Shared) -> Shared:
        if len(self._shared) >= _MOST_SHARED:
            self._shared.clear()
        self._shared[key] = shared
        return shared

    def _answer_like(self, answer: OpenAnswer, record: OutputRecord, scored: ScoreRecord) -> Shared:
        """What an answer's span has in common with those of answers that ended alike."""
        attributes = {**self._every_answer, "goldfinch.trial": answer.trial, "goldfinch.attempts": record.attempts}
        if record.cached:
            attributes["goldfinch.cached"] = True
        if scored.passed is not None:
            attributes["goldfinch.case.passed"] = scored.passed
        return Shared(self._name, attributes | _said_by_model(record.output), self._kind)

    def _answered(self, answer: OpenAnswer, record: OutputRecord, scored: ScoreRecord) -> tuple[Attributes, str | None]:
        """The attributes of this answer alone, and what went wrong."""
        output, failure = record.output, scored.failure
        own = self._of_case(answer)
        if output.usage is not None:
            _put_usage(own, output.usage)
        if output.first_token_ms is not None:
            own["gen_ai.response.time_to_first_chunk"] = output.first_token_ms / 1000
        if output.latency_ms is not None:
            own["goldfinch.latency_ms"] = output.latency_ms
        if output.cost_usd is not None:
            own["goldfinch.cost_usd"] = output.cost_usd
        if self._content:
            own |= self._messages(answer.case, output)
        if failure is None:
            return own, None
        own["error.type"] = str(failure.kind)
        _put(own, "http.response.status_code", failure.status)
        return own, self._said(failure.message)

    def _of_case(self, answer: OpenAnswer) -> Attributes:
        case = answer.case
        own: Attributes = {"goldfinch.case.id": case.id}
        if case.tags:
            own["goldfinch.case.tags"] = case.tags
        if case.metadata and isinstance(conversation := case.metadata.get("conversation_id"), str):
            own["gen_ai.conversation.id"] = conversation
        if answer.seed is not None:
            own["gen_ai.request.seed"] = answer.seed
        return own

    def _score(self, score: MetricScore, reason: str) -> Shared:
        attributes: Attributes = {"gen_ai.evaluation.name": score.metric, "goldfinch.metric.version": score.version}
        _put(attributes, "gen_ai.evaluation.score.value", score.value)
        if score.passed is not None:
            attributes["gen_ai.evaluation.score.label"] = "pass" if score.passed else "fail"
        if score.status is not ScoreStatus.SCORED:
            attributes["error.type"] = str(score.status)
        if reason:
            attributes["gen_ai.evaluation.explanation"] = self._said(reason)
        return Shared(EVALUATION_EVENT, attributes)

    def _children(self, span: Span, output: Output) -> Sequence[Span]:
        """Turns of the model and tool calls, from the trajectory.

        It gives an order and no times: they follow their parent's start by nanoseconds, and have no length. A lone completion has no
        trajectory, and its one span says everything.
        """
        is_whole = sum(step.role == "assistant" for step in output.trajectory) == 1
        spans = list(islice(self._of_steps(span, output, is_whole=is_whole), MOST_CHILDREN))
        for number, child in enumerate(spans, 1):
            child.start_ns = child.end_ns = span.start_ns + number
        if len(spans) == MOST_CHILDREN:
            wanted = sum((step.role == "assistant") + len(step.tool_calls) for step in output.trajectory)
            if wanted > MOST_CHILDREN:
                span.own["goldfinch.steps.left_out"] = wanted - MOST_CHILDREN
        return spans

    def _of_steps(self, span: Span, output: Output, *, is_whole: bool) -> Iterator[Span]:
        for step in output.trajectory:
            if step.role == "assistant":
                yield self._chat(span, output, step.text, is_whole=is_whole)
            for call in step.tool_calls:
                yield self._tool(span, call)

    def _chat(self, span: Span, output: Output, text: str | None, *, is_whole: bool) -> Span:
        """One turn of the model. `is_whole`: the answer has no other, so what it took is known to be this turn's."""
        own: Attributes = {}
        if is_whole and output.usage is not None:
            _put_usage(own, output.usage)
        finish_reason = output.finish_reason if is_whole else None
        if self._content and text:
            own["gen_ai.output.messages"] = self._message("assistant", text, finish_reason)
        key = ("chat", output.model, finish_reason)
        shared = self._shared.get(key) or self._share(key, self._chat_like(output.model, finish_reason))
        return Span(shared, span.trace_id, self._new_id(), span.span_id, span.start_ns, span.end_ns, own)

    def _chat_like(self, model: str | None, finish_reason: str | None) -> Shared:
        name = self._agent.request_model or model
        attributes = {"gen_ai.operation.name": "chat", **self._model, **_said_by_model(Output(model=model, finish_reason=finish_reason))}
        attributes["goldfinch.time.known"] = False
        return Shared("chat" if name is None else f"chat {name}", attributes, SpanKind.CLIENT)

    def _tool(self, span: Span, call: ToolCall) -> Span:
        own: Attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": call.name,
            "gen_ai.tool.type": "function",
            "goldfinch.time.known": False,
        }
        if self._content:
            own["gen_ai.tool.call.arguments"] = self._json(call.arguments)
            if call.result is not None:
                own["gen_ai.tool.call.result"] = self._json(call.result)
        error = None
        if call.error is not None:
            own["error.type"] = "tool_error"
            error = self._said(call.error) if self._content else "the tool call failed"
        shared = Shared(f"execute_tool {call.name}", {})
        return Span(shared, span.trace_id, self._new_id(), span.span_id, span.start_ns, span.end_ns, own, (), error)

    def _messages(self, case: Case, output: Output) -> Attributes:
        """Input and answer, in the conventions' shape: messages of parts, as JSON text."""
        asked = case.input if isinstance(case.input, str) else self._json(case.input)
        said = output.text if output.text is not None or output.data is None else self._json(output.data)
        messages: Attributes = {"gen_ai.input.messages": self._message("user", asked)}
        if said is not None:
            messages["gen_ai.output.messages"] = self._message("assistant", said, output.finish_reason)
        return messages

    def _message(self, role: str, text: str, finish_reason: str | None = None) -> str:
        message: dict[str, Any] = {"role": role, "parts": [{"type": "text", "content": self._shown(text)}]}
        if finish_reason is not None:
            message["finish_reason"] = finish_reason
        return json.dumps([message], ensure_ascii=False)

    def _json(self, value: Any) -> str:
        try:
            text = json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            text = f"<{type(value).__name__}>"
        return self._shown(text)

    def _shown(self, text: str) -> str:
        # A secret may straddle the limit: redact more than is shown, then cut.
        shown = self._redact(text[: LONGEST_CONTENT * 2])
        return shown if len(shown) <= LONGEST_CONTENT else shown[: LONGEST_CONTENT - 1] + "…"

    def _said(self, text: str) -> str:
        return self._redact.line(one_line(text)) if text else ""


def _identity(manifest: Manifest) -> Attributes:
    return {
        "gen_ai.agent.name": manifest.agent.name,
        "gen_ai.agent.version": manifest.agent.version,
        "goldfinch.run.id": manifest.run_id,
        "goldfinch.dataset.fingerprint": manifest.dataset.fingerprint,
    }


def _counts(summary: Summary) -> Attributes:
    missing = summary.planned - summary.finished
    counts: Attributes = {
        "goldfinch.planned": summary.planned,
        "goldfinch.passed": summary.passes.passed,
        "goldfinch.failed": summary.passes.failed,
        "goldfinch.missing": missing,
    }
    if summary.cost.known and not summary.cost.unknown:
        counts["goldfinch.cost_usd"] = summary.cost.total_usd
    return counts


def _said_by_model(output: Output) -> Attributes:
    attributes: Attributes = {}
    _put(attributes, "gen_ai.response.model", output.model)
    if output.finish_reason is not None:
        attributes["gen_ai.response.finish_reasons"] = (output.finish_reason,)
    return attributes


def _put_usage(attributes: Attributes, usage: Usage) -> None:
    if usage.input_tokens is not None:
        attributes["gen_ai.usage.input_tokens"] = usage.input_tokens
    if usage.output_tokens is not None:
        attributes["gen_ai.usage.output_tokens"] = usage.output_tokens
    if usage.cached_input_tokens is not None:
        attributes["gen_ai.usage.cache_read.input_tokens"] = usage.cached_input_tokens


def _put(attributes: dict[str, AttributeValue], name: str, value: AttributeValue | None) -> None:
    if value is not None:
        attributes[name] = value


def resource_of(manifest: Manifest, given: Mapping[str, str]) -> dict[str, AttributeValue]:
    """What stands once before all spans of a batch: who sent them. `given` (OTEL_RESOURCE_ATTRIBUTES) wins."""
    return {
        "service.name": "goldfinch",
        "service.version": manifest.goldfinch_version,
        "telemetry.sdk.name": "goldfinch",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": manifest.goldfinch_version,
        **given,
    }
