"""What the engine tells somebody who watches a run from outside."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import Problem
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary
from goldfinch.core.telemetry.mapping import OpenAnswer
from goldfinch.core.telemetry.trace_context import SpanContext

current_span: ContextVar[SpanContext | None] = ContextVar("goldfinch_current_span", default=None)
"""The answer that the present task is getting; None where nothing is traced. Agents pass it on to whatever they call."""


class Tracer(Protocol):
    """Follows one session of one run. No method raises or waits, whatever happens to what it sends; `end_run` waits a few seconds."""

    def begin_run(self, manifest: Manifest) -> str:
        """The run starts, or is taken up again. Returns where its trace can be found, in words."""
        ...

    def begin_answer(self, case: Case, trial: int, seed: int | None) -> OpenAnswer:
        """An answer is about to be asked for; the context of what comes back is what the agent is told."""
        ...

    def end_answer(self, answer: OpenAnswer, record: OutputRecord, scored: ScoreRecord) -> None:
        """It was had and scored, or could not be had."""
        ...

    async def end_run(self, manifest: Manifest, summary: Summary | None) -> tuple[Problem, ...]:
        """The session is over: answers that were begun and not ended never came. Returns what did not reach whom, a line each."""
        ...
