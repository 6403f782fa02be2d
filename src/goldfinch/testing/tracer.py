"""A tracer that keeps its spans, in place of one that sends them."""

from __future__ import annotations

from itertools import count

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import Problem
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary
from goldfinch.core.telemetry.mapping import OpenAnswer, SpanMapping, TracedAgent
from goldfinch.core.telemetry.run_trace import RunTrace
from goldfinch.core.telemetry.span import Span
from goldfinch.core.telemetry.trace_context import SpanContext


class RecordingTracer:
    """A `Tracer` whose spans are in `spans`, in the order in which they ended. Ids and times count up from 1."""

    def __init__(self, agent: TracedAgent | None = None, *, content: bool = False, redact: Redactor | None = None) -> None:
        self.spans: list[Span] = []
        self.unwritable = 0
        """Answers that gave no span, because they hold what is no output."""
        self._agent = agent or TracedAgent()
        self._content = content
        self._redact = redact or Redactor()
        self._ids = count(1)
        self._now_ns = count(1)
        self._trace: RunTrace | None = None

    def begin_run(self, manifest: Manifest) -> str:
        mapping = SpanMapping(manifest, self._agent, content=self._content, redact=self._redact, new_id=self._new_id)
        root = SpanContext(self._new_id() * 2, self._new_id())
        self._trace = RunTrace(mapping, root, next(self._now_ns), self._new_id)
        return f"memory (trace {root.trace_id.hex()})"

    def begin_answer(self, case: Case, trial: int, seed: int | None) -> OpenAnswer:
        return self._begun.begin(case, trial, seed, next(self._now_ns))

    def end_answer(self, answer: OpenAnswer, record: OutputRecord, scored: ScoreRecord) -> None:
        try:
            self.spans += self._begun.end(answer, record, scored, next(self._now_ns))
        except Exception:  # noqa: BLE001 - as the real one: an answer may hold anything
            self.unwritable += 1

    async def end_run(self, manifest: Manifest, summary: Summary | None) -> tuple[Problem, ...]:
        self.spans += self._begun.close(manifest, summary, next(self._now_ns))
        return ()

    def _new_id(self) -> bytes:
        return next(self._ids).to_bytes(8, "big")

    @property
    def _begun(self) -> RunTrace:
        if self._trace is None:
            raise RuntimeError("the run has not begun")
        return self._trace
