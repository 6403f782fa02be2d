"""Runs that end before their last case: interrupted, out of time, out of disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import ExitCode
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.summary import Summary
from goldfinch.operations.evaluate import EvaluationResult, StopSignal
from goldfinch.ports.agent import AnswerFailed
from goldfinch.testing.agents import ScriptedAgent
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.run_journal import InMemoryRun

Evaluate = Callable[..., Awaitable[EvaluationResult]]
Cases = Callable[..., list[Case]]


class Interrupted(ScriptedAgent):
    """Somebody presses Ctrl-C at each of these calls; every call then takes ten seconds."""

    def __init__(self, clock: FakeClock, stop: StopSignal, *at: int) -> None:
        super().__init__()
        self._clock, self._stop, self._at = clock, stop, at
        self.cancelled = 0

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        if sum(self.calls.values()) in self._at:
            self._stop.interrupt()
        self.in_flight += 1
        try:
            await self._clock.sleep(10)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.in_flight -= 1
        return await super().answer(case, trial=trial, seed=seed)


async def test_the_first_interrupt_finishes_what_is_in_flight(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun, clock: FakeClock
) -> None:
    stop = StopSignal()
    agent = Interrupted(clock, stop, 6)
    result = await run(cases_of(100), agent, stop=stop, concurrency=4)
    answered = sum(agent.calls.values())
    assert agent.cancelled == agent.in_flight == 0
    assert answered == len(journal.output_lines) == len(journal.score_lines) < 12
    assert (result.exit_code, result.manifest.status) == (ExitCode.INCONCLUSIVE, RunStatus.INCOMPLETE)
    assert result.manifest.reason == f"{answered} of 100 answers; interrupted"
    assert journal.stored_summary is not None
    assert (journal.stored_summary.status, journal.stored_summary.finished) == (RunStatus.INCOMPLETE, answered)


async def test_the_second_interrupt_leaves_what_is_in_flight(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun, clock: FakeClock
) -> None:
    stop = StopSignal()

    async def interrupt_at(seconds: float) -> None:
        await clock.sleep(seconds)
        stop.interrupt()

    agent = Interrupted(clock, stop)
    pressed = [asyncio.ensure_future(interrupt_at(seconds)) for seconds in (12, 15)]
    result = await run(cases_of(100), agent, stop=stop, concurrency=4)
    await asyncio.gather(*pressed)
    assert clock.monotonic_s() < 16
    assert (agent.cancelled, agent.in_flight) == (4, 0)
    assert len(journal.output_lines) == result.summary.finished == 4
    assert result.exit_code is ExitCode.INCONCLUSIVE
    assert journal.stored_summary == result.summary


async def test_after_an_interrupt_nobody_who_waits_is_asked(run: Evaluate, cases_of: Cases, journal: InMemoryRun, clock: FakeClock) -> None:
    """Eight workers hold a case each and wait for their turn, or for their next attempt, when the run is interrupted."""
    stop = StopSignal()

    class Busy(ScriptedAgent):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            await super().answer(case, trial=trial, seed=seed)
            if sum(self.calls.values()) == 5:
                stop.interrupt()
            raise AnswerFailed(Failure(FailureKind.RATE_LIMITED, "HTTP 429", 429), retry_after_s=100)

    agent = Busy()
    result = await run(cases_of(100), agent, stop=stop, concurrency=8)
    calls = sum(agent.calls.values())
    assert 5 <= calls <= 8
    assert clock.monotonic_s() < 500
    assert result.exit_code is ExitCode.INCONCLUSIVE
    assert {line.output.failure.kind for line in journal.output_lines if line.output.failure} <= {FailureKind.RATE_LIMITED}


async def test_an_interrupt_before_the_first_call_asks_nothing(run: Evaluate, cases_of: Cases) -> None:
    stop = StopSignal()
    stop.interrupt()
    agent = ScriptedAgent()
    result = await run(cases_of(3), agent, stop=stop)
    assert (sum(agent.calls.values()), result.exit_code) == (0, ExitCode.INCONCLUSIVE)
    assert result.summary.passes.rate.mean is None


async def test_an_interrupt_at_the_last_answer_leaves_a_complete_run(run: Evaluate, cases_of: Cases, clock: FakeClock) -> None:
    stop = StopSignal()
    result = await run(cases_of(3), Interrupted(clock, stop, 2), stop=stop, concurrency=1)
    assert (result.exit_code, result.manifest.status, result.manifest.reason) == (ExitCode.PASSED, RunStatus.COMPLETE, "")


async def test_the_deadline_leaves_calls_in_flight_unrecorded(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun, clock: FakeClock
) -> None:
    class Slow(ScriptedAgent):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            await clock.sleep(10)
            return await super().answer(case, trial=trial, seed=seed)

    agent = Slow()
    result = await run(cases_of(100), agent, concurrency=4, deadline_s=25, timeout_s=3600)
    assert len(journal.output_lines) == 8
    assert result.manifest.reason == "8 of 100 answers; deadline of 25 s reached"
    assert (result.exit_code, result.manifest.status) == (ExitCode.INCONCLUSIVE, RunStatus.INCOMPLETE)
    assert clock.monotonic_s() < 26


@pytest.mark.parametrize("lines", [0, 1, 4, 7])
async def test_a_full_disk_ends_the_run_and_leaves_what_was_written_readable(run: Evaluate, cases_of: Cases, lines: int) -> None:
    """An odd number of lines: the answer still fitted, its scores did not."""

    class FillsUp(InMemoryRun):
        def append_output(self, record: object) -> None:
            self.full_after = lines
            super().append_output(record)  # type: ignore[arg-type]

    full = FillsUp()
    agent = ScriptedAgent()
    result = await run(cases_of(20), agent, into=full, concurrency=2)
    assert (result.exit_code, result.error and result.error.code) == (ExitCode.INCONCLUSIVE, "E1401")
    assert len(full.output_lines) + len(full.score_lines) == lines
    assert result.summary.finished == len(full.score_lines)
    assert full.stored is not None
    assert full.stored.status is RunStatus.RUNNING

    resumed, second = InMemoryRun(full.stored, None, full.output_lines, full.score_lines), ScriptedAgent()
    done = await run(cases_of(20), second, into=resumed)
    assert sum(second.calls.values()) == 20 - (lines + 1) // 2
    assert (done.exit_code, done.summary.finished, done.summary.passes.passed) == (ExitCode.PASSED, 20, 20)


async def test_a_disk_that_cannot_be_flushed_at_the_end_is_no_traceback(run: Evaluate, cases_of: Cases) -> None:
    class NotFlushed(InMemoryRun):
        def sync(self) -> None:
            raise OSError(5, "Input/output error")

    result = await run(cases_of(3), ScriptedAgent(), into=NotFlushed())
    assert (result.exit_code, result.error and result.error.code) == (ExitCode.INCONCLUSIVE, "E1401")
    assert "Input/output error" in str(result.error)


async def test_a_progress_display_that_breaks_costs_no_summary(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    class Closed:
        interval_s = 1.0

        def update(self, snapshot: object) -> None:
            raise BrokenPipeError

        def note(self, message: str) -> None:
            return

        def close(self) -> None:
            return

    with pytest.raises(BrokenPipeError):
        await run(cases_of(3), ScriptedAgent(), tell=Closed())
    assert isinstance(journal.stored_summary, Summary)
    assert journal.stored is not None
    assert journal.stored.status is RunStatus.COMPLETE


async def test_a_defect_of_ours_ends_the_run_and_leaves_no_task_behind(run: Evaluate, cases_of: Cases) -> None:
    class Broken(InMemoryRun):
        def append_scores(self, record: object) -> None:
            raise ZeroDivisionError

    before = asyncio.all_tasks()
    with pytest.raises(ZeroDivisionError):
        await run(cases_of(20), ScriptedAgent(), into=Broken(), concurrency=5)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
