"""From the values of a run to its spans: the one place that knows what an evaluation looks like in OpenTelemetry.

    evaluate NAME                     the run, one for each session of it
      invoke_agent AGENT              one answer: a (case, trial); an event `gen_ai.evaluation.result` for each score
        chat MODEL                    a turn of the model, from the trajectory
        execute_tool TOOL             a tool call, from the trajectory

What the attributes are called and mean is in `conventions.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output, Step, ToolCall, Usage
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.results.summary import Summary
from goldfinch.core.scoring.evidence import one_line
from goldfinch.core.telemetry.conventions import EVALUATION_EVENT
from goldfinch.core.telemetry.trace_context import SpanContext

MOST_CHILDREN = 256
"""Spans for the turns and tool calls of one answer: a looping agent must not flood the collector."""

LONGEST_CONTENT = 8_192
"""Characters of one text, where content is sent at all."""

AttributeValue = str | bool | int | float | tuple[str, ...]
Attributes = dict[str, AttributeValue]


class SpanKind(IntEnum):
    """As OTLP numbers them."""

    INTERNAL = 1
    CLIENT = 3


@dataclass(slots=True)
class Event:
    name: str
    time_ns: int
    attributes: Attributes


@dataclass(slots=True)
class Span:
    """A finished span. Times are nanoseconds since 1970, UTC. `error` is the status in words, None where nothing went wrong."""

    context: SpanContext
    parent_id: bytes | None
    name: str
    kind: SpanKind
    start_ns: int
    end_ns: int
    attributes: Attributes
    events: tuple[Event, ...] = ()
    error: str | None = None


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
        model: Attributes = {}
        _put(model, "gen_ai.provider.name", agent.provider)
        _put(model, "gen_ai.request.model", agent.request_model)
        self._every_chat: Attributes = {"gen_ai.operation.name": "chat", **model}
        self._every_answer: Attributes = {"gen_ai.operation.name": "invoke_agent", **_identity(manifest), **model}
        _put(self._every_answer, "server.address", agent.server_address)
        _put(self._every_answer, "server.port", agent.server_port)

    def run(self, context: SpanContext, start_ns: int, end_ns: int, manifest: Manifest, summary: Summary | None) -> Span:
        """The root span, made when the session ends. `summary` None: it ended before there was one."""
        complete = manifest.status is RunStatus.COMPLETE
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
        if complete:
            return Span(context, None, f"evaluate {manifest.dataset.name}", SpanKind.INTERNAL, start_ns, end_ns, attributes)
        attributes["error.type"] = str(manifest.status)
        why = self._said(manifest.reason) or "the run ended early"
        return Span(context, None, f"evaluate {manifest.dataset.name}", SpanKind.INTERNAL, start_ns, end_ns, attributes, (), why)

    def answer(self, answer: OpenAnswer, parent: SpanContext, end_ns: int, record: OutputRecord, scored: ScoreRecord) -> list[Span]:
        """The span of one answer and those of its turns and tool calls."""
        output, failure = record.output, scored.failure
        attributes = self._answer_attributes(answer)
        attributes["goldfinch.case.hash"] = record.case_hash
        attributes["goldfinch.attempts"] = record.attempts
        if record.cached:
            attributes["goldfinch.cached"] = True
        if scored.passed is not None:
            attributes["goldfinch.case.passed"] = scored.passed
        _put(attributes, "goldfinch.latency_ms", output.latency_ms)
        _put(attributes, "goldfinch.cost_usd", output.cost_usd)
        attributes |= _reply(output)
        if self._content:
            attributes |= self._messages(answer.case, output)
        error = None
        if failure is not None:
            attributes["error.type"] = str(failure.kind)
            _put(attributes, "http.response.status_code", failure.status)
            error = self._said(failure.message)
        span = Span(
            answer.context,
            parent.span_id,
            self._name,
            self._kind,
            answer.start_ns,
            end_ns,
            attributes,
            tuple([self._event(score, end_ns) for score in scored.scores if score.status is not ScoreStatus.NOT_APPLICABLE]),
            error,
        )
        return [span, *self._children(span, output)]

    def unfinished(self, answer: OpenAnswer, parent: SpanContext, end_ns: int) -> Span:
        """An answer that the end of the run cut off: what the service under test sent of its own still finds its parent."""
        attributes = self._answer_attributes(answer)
        attributes["error.type"] = "cancelled"
        return Span(
            answer.context,
            parent.span_id,
            self._name,
            self._kind,
            answer.start_ns,
            end_ns,
            attributes,
            (),
            "the run ended before the answer",
        )

    def _answer_attributes(self, answer: OpenAnswer) -> Attributes:
        case = answer.case
        attributes: Attributes = {**self._every_answer, "goldfinch.case.id": case.id, "goldfinch.trial": answer.trial}
        if case.tags:
            attributes["goldfinch.case.tags"] = case.tags
        if case.metadata and isinstance(conversation := case.metadata.get("conversation_id"), str):
            attributes["gen_ai.conversation.id"] = conversation
        _put(attributes, "gen_ai.request.seed", answer.seed)
        return attributes

    def _event(self, score: MetricScore, time_ns: int) -> Event:
        attributes: Attributes = {"gen_ai.evaluation.name": score.metric, "goldfinch.metric.version": score.version}
        _put(attributes, "gen_ai.evaluation.score.value", score.value)
        if score.passed is not None:
            attributes["gen_ai.evaluation.score.label"] = "pass" if score.passed else "fail"
        if score.status is not ScoreStatus.SCORED:
            attributes["error.type"] = str(score.status)
        if self._content and score.reason:
            attributes["gen_ai.evaluation.explanation"] = self._said(score.reason)
        return Event(EVALUATION_EVENT, time_ns, attributes)

    def _children(self, span: Span, output: Output) -> Iterator[Span]:
        """Spans of the trajectory. It gives an order and no times: they start at their parent's start, a nanosecond apart."""
        if not output.trajectory:
            if output.finish_reason is not None and output.failure is None:
                yield self._chat(span, output, Step("assistant", output.text), is_whole=True)
            return
        turns = sum(step.role == "assistant" for step in output.trajectory)
        count = 0
        for step in output.trajectory:
            for child in self._of_step(span, output, step, is_whole=turns == 1):
                count += 1
                if count > MOST_CHILDREN:
                    continue
                child.start_ns = child.end_ns = span.start_ns + count
                yield child
        if count > MOST_CHILDREN:
            span.attributes["goldfinch.steps.left_out"] = count - MOST_CHILDREN

    def _of_step(self, span: Span, output: Output, step: Step, *, is_whole: bool) -> Iterator[Span]:
        if step.role == "assistant":
            chat = self._chat(span, output, step, is_whole=is_whole)
            chat.attributes["goldfinch.time.known"] = False
            yield chat
        for call in step.tool_calls:
            yield self._tool(span, call)

    def _chat(self, span: Span, output: Output, step: Step, *, is_whole: bool) -> Span:
        """One turn of the model. `is_whole`: the answer has no other, so what it took is known to be this turn's."""
        attributes = {**self._every_chat, **_reply(output)} if is_whole else dict(self._every_chat)
        _put(attributes, "gen_ai.response.model", output.model)
        if is_whole and output.first_token_ms is not None:
            attributes["gen_ai.response.time_to_first_chunk"] = output.first_token_ms / 1000
        if self._content and step.text:
            attributes["gen_ai.output.messages"] = self._message("assistant", step.text, output.finish_reason if is_whole else None)
        name = self._agent.request_model or output.model
        return Span(
            self._child(span),
            span.context.span_id,
            "chat" if name is None else f"chat {name}",
            SpanKind.CLIENT,
            span.start_ns,
            span.end_ns,
            attributes,
        )

    def _tool(self, span: Span, call: ToolCall) -> Span:
        attributes: Attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": call.name,
            "gen_ai.tool.type": "function",
            "goldfinch.time.known": False,
        }
        if self._content:
            attributes["gen_ai.tool.call.arguments"] = self._json(call.arguments)
            if call.result is not None:
                attributes["gen_ai.tool.call.result"] = self._json(call.result)
        error = None
        if call.error is not None:
            attributes["error.type"] = "tool_error"
            error = self._said(call.error) if self._content else "the tool call failed"
        return Span(
            self._child(span),
            span.context.span_id,
            f"execute_tool {call.name}",
            SpanKind.INTERNAL,
            span.start_ns,
            span.end_ns,
            attributes,
            (),
            error,
        )

    def _child(self, span: Span) -> SpanContext:
        return SpanContext(span.context.trace_id, self._new_id())

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


@dataclass(slots=True)
class RunTrace:
    """The spans of one session of a run under way: which answers are open, and what is their parent."""

    mapping: SpanMapping
    root: SpanContext
    start_ns: int
    new_id: Callable[[], bytes]
    _open: dict[bytes, OpenAnswer] = field(default_factory=dict)

    def begin(self, case: Case, trial: int, seed: int | None, now_ns: int) -> OpenAnswer:
        context = SpanContext(self.root.trace_id, self.new_id())
        answer = self._open[context.span_id] = OpenAnswer(case, trial, context, now_ns, seed)
        return answer

    def end(self, answer: OpenAnswer, record: OutputRecord, scored: ScoreRecord, now_ns: int) -> list[Span]:
        del self._open[answer.context.span_id]
        return self.mapping.answer(answer, self.root, now_ns, record, scored)

    def close(self, manifest: Manifest, summary: Summary | None, now_ns: int) -> list[Span]:
        """What is left to send: answers that never came, then the run itself."""
        cut_off = [self.mapping.unfinished(answer, self.root, now_ns) for answer in self._open.values()]
        self._open.clear()
        return [*cut_off, self.mapping.run(self.root, self.start_ns, now_ns, manifest, summary)]


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


def _reply(output: Output) -> Attributes:
    """What the model said of its answer, and what it took."""
    attributes: Attributes = {}
    _put(attributes, "gen_ai.response.model", output.model)
    if output.finish_reason is not None:
        attributes["gen_ai.response.finish_reasons"] = (output.finish_reason,)
    if output.usage is not None:
        _put_usage(attributes, output.usage)
    return attributes


def _put_usage(attributes: Attributes, usage: Usage) -> None:
    _put(attributes, "gen_ai.usage.input_tokens", usage.input_tokens)
    _put(attributes, "gen_ai.usage.output_tokens", usage.output_tokens)
    _put(attributes, "gen_ai.usage.cache_read.input_tokens", usage.cached_input_tokens)


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
