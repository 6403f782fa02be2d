"""One evaluation in memory, on a clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from goldfinch.adapters.memory_dataset import MemoryDataset
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.results.manifest import Host
from goldfinch.core.scoring.exact import Exact
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.judging import Judge
from goldfinch.operations.evaluate import EvaluationContext, EvaluationOptions, EvaluationResult, StopSignal, evaluate
from goldfinch.ports.agent import Agent
from goldfinch.ports.clock import Clock
from goldfinch.ports.progress import Progress, ProgressSnapshot
from goldfinch.ports.response_cache import ResponseCache
from goldfinch.ports.tracer import Tracer
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.run_journal import InMemoryRun

Evaluate = Callable[..., Awaitable[EvaluationResult]]
HOST = Host("Linux", "3.11", "cpu", 2, None)


class HeardProgress:
    """Keeps what it is told."""

    interval_s = 1.0

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.snapshots: list[ProgressSnapshot] = []

    def update(self, snapshot: ProgressSnapshot) -> None:
        self.snapshots.append(snapshot)

    def note(self, message: str) -> None:
        self.notes.append(message)

    def close(self) -> None:
        return


@pytest.fixture
def progress() -> HeardProgress:
    return HeardProgress()


@pytest.fixture
def journal() -> InMemoryRun:
    return InMemoryRun()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cases_of() -> Callable[..., list[Case]]:
    """`cases_of(3)`: cases c0, c1, c2 whose expected answer is their input."""

    def make(count: int, **facts: Any) -> list[Case]:
        return [Case(f"c{number}", f"q{number}", expected=Expected(answer=f"q{number}"), **facts) for number in range(count)]

    return make


@pytest.fixture
def run(journal: InMemoryRun, clock: FakeClock, progress: HeardProgress) -> Evaluate:
    """Evaluate `cases` with `agent`; every other argument is an `EvaluationOptions` field."""

    async def ask(
        cases: Sequence[Case],
        agent: Agent,
        *,
        metrics: Sequence[Metric] = (Metric(Exact()),),
        into: InMemoryRun = journal,
        on: Clock = clock,
        stop: StopSignal | None = None,
        cache: ResponseCache | None = None,
        tell: Progress = progress,
        run_id: str = "run-1",
        judge: Judge | None = None,
        tracer: Tracer | None = None,
        **options: Any,
    ) -> EvaluationResult:
        return await evaluate(
            MemoryDataset(cases),
            agent,
            metrics,
            lambda _: into,
            options=EvaluationOptions(**options),
            context=EvaluationContext(run_id=run_id, host=HOST),
            clock=on,
            progress=tell,
            stop=stop or StopSignal(),
            cache=cache,
            judge=judge,
            tracer=tracer,
        )

    return ask
