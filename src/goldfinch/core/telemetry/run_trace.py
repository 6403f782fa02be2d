"""One session of a run under way, as a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from goldfinch.core.datasets.case import Case
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary
from goldfinch.core.telemetry.mapping import OpenAnswer, SpanMapping
from goldfinch.core.telemetry.span import Span
from goldfinch.core.telemetry.trace_context import SpanContext


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
