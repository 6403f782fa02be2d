"""What every tracer must do, as tests to inherit: the fake, the one that sends and others pass the same suite."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, FailureKind, Output, Step, ToolCall
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.ports.tracer import Tracer
from goldfinch.testing.run_journal import sample_manifest

_COMPLETE = sample_manifest(RunStatus.COMPLETE)
_HOSTILE = "\x1b]0;x\x07<script>\ud800 \u202e"


@dataclass(frozen=True, slots=True)
class SeenSpan:
    """A span as it arrived. `error` is None where the status is not an error."""

    name: str
    trace_id: bytes
    span_id: bytes
    parent_id: bytes | None
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Any]
    events: tuple[tuple[str, Mapping[str, Any]], ...]
    error: str | None


class TracerContract(ABC):
    """Inherit, implement the two methods, and let pytest collect the class."""

    @abstractmethod
    def open_tracer(self, *, content: bool = False) -> Tracer:
        """A tracer that no run has begun with."""

    @abstractmethod
    def seen(self) -> list[SeenSpan]:
        """What arrived of the tracer opened last; asked for once its run has ended."""

    async def test_says_where_the_trace_is_and_loses_nothing(self) -> None:
        tracer = self.open_tracer()
        where = tracer.begin_run(_COMPLETE)
        assert await tracer.end_run(_COMPLETE, None) == ()
        [root] = self.seen()
        assert root.trace_id.hex() in where
        assert (root.name, root.parent_id, root.error) == (f"evaluate {_COMPLETE.dataset.name}", None, None)

    async def test_every_answer_is_a_child_of_the_run(self) -> None:
        spans = await self._run(_COMPLETE, *[_answered(f"c{n}") for n in range(300)])
        root = _one(spans, "evaluate ")
        answers = [span for span in spans if span.name.startswith("invoke_agent ")]
        assert {span.parent_id for span in answers} == {root.span_id}
        assert {span.trace_id for span in spans} == {root.trace_id}
        assert len({span.span_id for span in spans}) == len(spans) == 301
        assert {span.attributes["goldfinch.case.id"] for span in answers} == {f"c{n}" for n in range(300)}

    async def test_the_agent_is_told_the_span_that_is_sent(self) -> None:
        tracer = self.open_tracer()
        tracer.begin_run(_COMPLETE)
        answer = tracer.begin_answer(Case("a", "q"), 0, None)
        tracer.end_answer(answer, *_answered("a"))
        await tracer.end_run(_COMPLETE, None)
        span = _one(self.seen(), "invoke_agent ")
        assert answer.context == (span.trace_id, span.span_id)
        assert answer.context.traceparent == f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01"

    async def test_an_answer_that_never_came_is_cancelled(self) -> None:
        tracer = self.open_tracer()
        tracer.begin_run(_COMPLETE)
        context = tracer.begin_answer(Case("a", "q"), 0, None).context
        interrupted = replace(_COMPLETE, status=RunStatus.INCOMPLETE, reason="0 of 1 answers; interrupted")
        await tracer.end_run(interrupted, None)
        spans = self.seen()
        answer, root = _one(spans, "invoke_agent "), _one(spans, "evaluate ")
        assert (answer.span_id, answer.attributes["error.type"]) == (context.span_id, "cancelled")
        assert root.error == "0 of 1 answers; interrupted"

    async def test_a_failure_is_the_status_of_its_span(self) -> None:
        record, scored = _answered("a")
        failure = Failure(FailureKind.SERVER_ERROR, "the service answered 503", 503)
        spans = await self._run(_COMPLETE, (record, replace(scored, failure=failure, passed=False)))
        span = _one(spans, "invoke_agent ")
        assert span.error == "the service answered 503"
        assert (span.attributes["error.type"], span.attributes["http.response.status_code"]) == ("server_error", 503)

    async def test_scores_are_events_of_the_answer(self) -> None:
        record, scored = _answered("a")
        scores = (
            MetricScore("exact", "1", ScoreStatus.SCORED, 0.25, False, "expected 'a', got 'b'"),
            MetricScore("tone", "2", ScoreStatus.ERROR, reason="KeyError"),
            MetricScore("steps", "1", ScoreStatus.NOT_APPLICABLE),
        )
        spans = await self._run(_COMPLETE, (record, replace(scored, scores=scores)))
        (first, exact), (second, tone) = _one(spans, "invoke_agent ").events
        assert first == second == "gen_ai.evaluation.result"
        assert (exact["gen_ai.evaluation.name"], exact["gen_ai.evaluation.score.value"]) == ("exact", 0.25)
        assert exact["gen_ai.evaluation.score.label"] == "fail"
        assert (tone["error.type"], "gen_ai.evaluation.score.value" in tone) == ("error", False)

    async def test_turns_and_tool_calls_are_children_of_the_answer(self) -> None:
        record, scored = _answered("a")
        calls = (ToolCall("search", {"q": "x"}, "found"), ToolCall("pay", error="refused"))
        record.output = Output(text="done", trajectory=(Step("assistant", None, calls), Step("tool", "found"), Step("assistant", "done")))
        spans = await self._run(_COMPLETE, (record, scored))
        answer = _one(spans, "invoke_agent ")
        children = sorted((span for span in spans if span.parent_id == answer.span_id), key=lambda span: span.start_ns)
        assert [span.name for span in children] == ["chat", "execute_tool search", "execute_tool pay", "chat"]
        assert [span.error is not None for span in children] == [False, False, True, False]
        assert all(span.start_ns == span.end_ns and span.attributes["goldfinch.time.known"] is False for span in children)

    async def test_what_was_said_stays_here_unless_it_is_asked_for(self) -> None:
        for content in (False, True):
            record, scored = _answered("a")
            record.output = Output(text="SAID", trajectory=(Step("assistant", "SAID", (ToolCall("t", {"k": "SAID"}, "SAID"),)),))
            scores = (MetricScore("exact", "1", ScoreStatus.SCORED, 0.0, False, "got SAID"),)
            spans = await self._run(_COMPLETE, (record, replace(scored, scores=scores)), content=content, asked="SAID")
            assert repr(spans).count("SAID") == (6 if content else 0)

    async def test_hostile_text_breaks_nothing(self) -> None:
        record, scored = _answered("a")
        record.output = Output(text=_HOSTILE, model=_HOSTILE, finish_reason=_HOSTILE, trajectory=(Step("assistant", _HOSTILE),))
        spans = await self._run(_COMPLETE, (record, scored), content=True, asked=_HOSTILE)
        assert len(spans) == 3

    async def test_an_answer_that_is_no_output_costs_its_own_span_only(self) -> None:
        broken, scored = _answered("a")
        broken.output = Output(model=object())  # type: ignore[arg-type]
        tracer = self.open_tracer()
        tracer.begin_run(_COMPLETE)
        tracer.end_answer(tracer.begin_answer(Case("a", "q"), 0, None), broken, scored)
        tracer.end_answer(tracer.begin_answer(Case("b", "q"), 0, None), *_answered("b"))
        await tracer.end_run(_COMPLETE, None)
        assert "b" in [span.attributes.get("goldfinch.case.id") for span in self.seen()]

    async def _run(
        self, manifest: Manifest, *answers: tuple[OutputRecord, ScoreRecord], content: bool = False, asked: str = "q"
    ) -> list[SeenSpan]:
        tracer = self.open_tracer(content=content)
        tracer.begin_run(manifest)
        for record, scored in answers:
            tracer.end_answer(tracer.begin_answer(Case(record.case_id, asked), record.trial, None), record, scored)
        await tracer.end_run(manifest, None)
        return self.seen()


def _answered(case_id: str) -> tuple[OutputRecord, ScoreRecord]:
    return (
        OutputRecord(case_id, "hash", 0, "2026-01-01T00:00:00.000Z", Output(text="a", latency_ms=2.5)),
        ScoreRecord(case_id, "hash", 0, True, (MetricScore("exact", "1", ScoreStatus.SCORED, 1.0, True, "equal"),)),
    )


def _one(spans: list[SeenSpan], prefix: str) -> SeenSpan:
    [found] = [span for span in spans if span.name.startswith(prefix)]
    return found
