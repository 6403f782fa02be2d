"""What a run tells whoever traces it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, Problem
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.summary import Summary
from goldfinch.core.telemetry.span import Span
from goldfinch.operations.evaluate import EvaluationResult, StopSignal
from goldfinch.ports.agent import AnswerFailed
from goldfinch.ports.tracer import current_span
from goldfinch.testing.agents import ScriptedAgent
from goldfinch.testing.run_journal import InMemoryRun
from goldfinch.testing.tracer import RecordingTracer

Evaluate = Callable[..., Awaitable[EvaluationResult]]
Cases = Callable[..., list[Case]]


class Listening(ScriptedAgent):
    """Notes the span that it is asked under."""

    def __init__(self, fail_at: str | None = None) -> None:
        super().__init__()
        self.heard: dict[str, Any] = {}
        self.fail_at = fail_at

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        self.heard[f"{case.id}/{trial}"] = current_span.get()
        if case.id == self.fail_at:
            raise AnswerFailed(Failure(FailureKind.NETWORK, "gone"))
        return await super().answer(case, trial=trial, seed=seed)


def answers(tracer: RecordingTracer) -> dict[str, Span]:
    found = {
        f"{span.attributes['goldfinch.case.id']}/{span.attributes['goldfinch.trial']}": span
        for span in tracer.spans
        if span.name.startswith("invoke_agent ")
    }
    assert len(found) == sum(span.name.startswith("invoke_agent ") for span in tracer.spans)
    return found


def root(tracer: RecordingTracer) -> Span:
    [found] = [span for span in tracer.spans if span.parent_id is None]
    return found


async def test_each_answer_is_asked_under_its_own_span(run: Evaluate, cases_of: Cases) -> None:
    agent, tracer = Listening(), RecordingTracer()
    await run(cases_of(20), agent, trials=3, concurrency=7, tracer=tracer)
    found = answers(tracer)
    assert len(found) == 60
    assert {key: context.span_id for key, context in agent.heard.items()} == {key: span.span_id for key, span in found.items()}


async def test_without_a_tracer_no_span_is_current(run: Evaluate, cases_of: Cases) -> None:
    agent = Listening()
    await run(cases_of(2), agent)
    assert set(agent.heard.values()) == {None}


async def test_a_resumed_run_traces_what_it_asks_itself(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    first, second = RecordingTracer(), RecordingTracer()
    await run(cases_of(4), Listening(fail_at=cases_of(4)[2].id), tracer=first, max_attempts=1)
    await run(cases_of(4), Listening(), tracer=second, max_attempts=1)
    assert len(answers(first)) == 4
    assert list(answers(second)) == [f"{cases_of(4)[2].id}/0"]
    assert (root(second).attributes["goldfinch.run.resumed"], root(second).attributes["goldfinch.passed"]) == (1, 4)
    assert root(first).error is not None
    assert root(second).error is None
    assert root(first).attributes["goldfinch.run.id"] == root(second).attributes["goldfinch.run.id"]


async def test_a_run_that_is_complete_already_sends_nothing(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    await run(cases_of(2), Listening())
    tracer = RecordingTracer()
    await run(cases_of(2), Listening(), tracer=tracer)
    assert tracer.spans == []


async def test_an_interrupted_run_closes_its_span(run: Evaluate, cases_of: Cases) -> None:
    stop, tracer = StopSignal(), RecordingTracer()

    class Interrupting(Listening):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            stop.interrupt()
            stop.interrupt()
            return await super().answer(case, trial=trial, seed=seed)

    await run(cases_of(3), Interrupting(), tracer=tracer, stop=stop, concurrency=1)
    assert "interrupted" in (root(tracer).error or "")


async def test_a_run_that_cannot_ask_at_all_says_why(run: Evaluate, cases_of: Cases) -> None:
    class Unusable(Listening):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            raise AgentUnusable("wrong key", code="E1331")

    tracer = RecordingTracer()
    result = await run(cases_of(3), Unusable(), tracer=tracer, concurrency=1)
    assert result.error is not None
    assert "wrong key" in (root(tracer).error or "")
    assert [span.attributes["error.type"] for span in answers(tracer).values()] == ["cancelled"]


async def test_a_defect_leaves_no_open_span(run: Evaluate, cases_of: Cases) -> None:
    class Broken(InMemoryRun):
        def append_output(self, record: Any) -> None:
            raise LookupError("a defect")

    tracer = RecordingTracer()
    with pytest.raises(LookupError):
        await run(cases_of(1), Listening(), tracer=tracer, into=Broken())
    assert "defect" in (root(tracer).error or "")


async def test_what_did_not_arrive_is_said_and_changes_nothing(run: Evaluate, cases_of: Cases, progress: Any) -> None:
    class Deaf(RecordingTracer):
        async def end_run(self, manifest: Manifest, summary: Summary | None) -> tuple[Problem, ...]:
            await super().end_run(manifest, summary)
            return (Problem("3 of 3 spans did not reach c", hint="the run itself is not affected", code="E2045"),)

    plain, traced = await run(cases_of(2), Listening()), await run(cases_of(2), Listening(), tracer=Deaf(), fresh=True)
    assert (traced.exit_code, traced.summary.passes) == (plain.exit_code, plain.summary.passes)
    assert progress.notes[-1] == "warning E2045: 3 of 3 spans did not reach c; the run itself is not affected"
