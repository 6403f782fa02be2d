"""The run itself: workers that take one (case, trial) after the other until there are none left or something says stop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from random import Random

from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import BudgetExhausted, ExitCode, GoldfinchError
from goldfinch.core.output import Output
from goldfinch.core.pacing.backoff import Backoff
from goldfinch.core.pacing.budget import BudgetLedger
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.keys import cache_key
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.records import OutputRecord
from goldfinch.core.telemetry.mapping import OpenAnswer
from goldfinch.operations.engine.asking import Asker, Withdrawn, Work, unpriced
from goldfinch.operations.engine.gate import Gate
from goldfinch.operations.engine.judging import Judging
from goldfinch.operations.engine.recording import Recorder
from goldfinch.operations.engine.resuming import Finished
from goldfinch.operations.engine.stopping import StopReason, StopSignal, Urgency
from goldfinch.operations.engine.ticking import (
    ProgressReporter,
    open_after_preflight,
    report_regularly,
    stop_at_deadline,
    sync_regularly,
)
from goldfinch.ports.agent import Agent
from goldfinch.ports.clock import Clock
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.exchanges import Replay
from goldfinch.ports.response_cache import ResponseCache
from goldfinch.ports.run_journal import RunJournal
from goldfinch.ports.tracer import Tracer, current_span

PREFLIGHT_WINDOW_S = 0.025
"""How long the first call goes alone when it neither answers nor fails. Refusals come faster than this; with a budget it is not used:
the first price must be known."""

LONGEST_TURN_S = 0.01
"""How often a worker looks whether its answers, which may never wait (stored, cached, computed on the spot), let the loop turn meanwhile;
they keep it from signals, progress and the deadline for at most twice as long."""


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """How to carry a run out; times in seconds, money in US dollars."""

    trials: int = 1
    concurrency: int = 16
    timeout_s: float = 120.0
    deadline_s: float | None = None
    budget_usd: float | None = None
    max_attempts: int = 4
    seed: int | None = None
    selection: Selection = field(default_factory=Selection)
    fresh: bool = False
    """Start anew in a directory that holds a run; what is there is lost."""
    backoff: Backoff = field(default_factory=Backoff)


class LoopTurns:
    """Counts the turns of the event loop, so that a worker can tell whether it gave others a turn since it last looked.

    A worker must not pause after an answer that it waited for: its connection would lie idle meanwhile, and clients check every idle
    connection before each call.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._count = 0
        self._is_counting = False

    def count(self) -> int:
        """Turns so far; the one that comes after this call is counted, at the cost of one callback a turn."""
        if not self._is_counting:
            self._is_counting = True
            self._loop.call_soon(self._turned)
        return self._count

    def _turned(self) -> None:
        self._count += 1
        self._is_counting = False


@dataclass(slots=True)
class Run:
    """Everything that belongs to one evaluation under way."""

    agent: Agent
    dataset: Dataset
    journal: RunJournal
    options: EvaluationOptions
    manifest: Manifest
    planned: int
    clock: Clock
    stop: StopSignal
    cache: ResponseCache | None
    replay: Replay | None
    recorder: Recorder
    accumulator: SummaryAccumulator
    finished: Finished
    gate: Gate
    ledger: BudgetLedger
    settled: asyncio.Event
    judging: Judging | None = None
    tracer: Tracer | None = None
    turns: LoopTurns = field(init=False)
    asker: Asker = field(init=False)

    def __post_init__(self) -> None:
        self.turns = LoopTurns()
        self.asker = Asker(
            self.agent,
            self.gate,
            self.ledger,
            self.clock,
            timeout_s=self.options.timeout_s,
            max_attempts=self.options.max_attempts,
            backoff=self.options.backoff,
            jitter=Random(self.manifest.run_id),  # noqa: S311 - jitter, not a secret
            on_unpriced=lambda output: self.stop.finish(unpriced(self.agent, output)),
            settled=self.settled,
        )


def _work(run: Run) -> Iterator[Work]:
    """Every answer to get, case by case, in the order of the dataset."""
    seed = run.options.seed
    for case, case_hash in run.options.selection.apply(run.dataset.cases()):
        trials = case.trials or run.options.trials
        for trial in range(trials):
            yield Work(case, case_hash, trial, trials, None if seed is None else seed + trial)


async def ask_all(run: Run, reporter: ProgressReporter, interval_s: float) -> None:
    """Get every answer that is still wanted, or as many as `run.stop` allows; never raises for what an agent or the world does."""
    background = [
        asyncio.create_task(report_regularly(reporter, interval_s, run.clock)),
        asyncio.create_task(sync_regularly(run.journal, run.clock, run.stop)),
    ]
    if run.options.deadline_s is not None:
        background.append(asyncio.create_task(stop_at_deadline(run.options.deadline_s, run.clock, run.stop)))
    if run.options.budget_usd is None:
        background.append(asyncio.create_task(open_after_preflight(PREFLIGHT_WINDOW_S, run.clock, lambda: _let_go(run.gate))))
    try:
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(run.agent)
            if run.judging is not None:
                await opened.enter_async_context(run.judging.caller)
            await _run_workers(run)
    except GoldfinchError as error:
        run.stop.fail(error)
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)


def _let_go(gate: Gate) -> None:
    gate.breaker.waited_long_enough()
    gate.wake()


async def _run_workers(run: Run) -> None:
    work = _work(run)
    workers = [asyncio.ensure_future(_worker(run, work)) for _ in range(min(run.options.concurrency, run.planned))]
    everyone = asyncio.gather(*workers, return_exceptions=True)
    urgent = asyncio.ensure_future(run.stop.wait_urgent())
    run.stop.tell(run.asker.withdraw)
    if run.judging is not None:
        run.stop.tell(run.judging.caller.withdraw)
    try:
        await asyncio.wait((everyone, urgent), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (urgent, *workers):
            task.cancel()
        ended = await everyone
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def _worker(run: Run, work: Iterator[Work]) -> None:
    now, turns = run.clock.monotonic_s, run.turns
    turn, began = turns.count(), now()
    try:
        for item in work:
            if run.stop.requested:
                return
            await _get(run, item)
            if now() > began + LONGEST_TURN_S:
                if turn == turns.count():
                    await asyncio.sleep(0)
                turn, began = turns.count(), now()
    except Withdrawn:
        return
    except BudgetExhausted as error:
        run.stop.finish(error)
    except GoldfinchError as error:
        run.stop.fail(error)
    except Exception:
        run.stop.request(StopReason("a defect of Goldfinch", Urgency.AT_ONCE, ExitCode.INCONCLUSIVE))
        raise


async def _get(run: Run, work: Work) -> None:
    """One answer: from an earlier session, from the cache, or from the agent."""
    case_id = work.case.id
    if run.finished.anything and run.finished.is_answered(case_id, work.trial):
        if not run.finished.is_scored(case_id, work.trial):
            await _score_stored(run, work)
        return
    tracer = run.tracer
    answer = None if tracer is None else _begin_span(tracer, work)
    record = None if run.cache is None else _cached(run, run.cache, work)
    if record is None:
        record = await run.asker.ask(work)
        if run.cache is not None and record.output.failure is None:
            run.cache.put(_cache_key(run, work), record.output)
    recorder = run.recorder
    scored = await recorder.take(work, record) if recorder.must_wait else recorder.take_at_once(work, record)
    if tracer is not None and answer is not None:
        tracer.end_answer(answer, record, scored)


def _begin_span(tracer: Tracer, work: Work) -> OpenAnswer:
    """The span is current in this worker's context until its next answer begins."""
    answer = tracer.begin_answer(work.case, work.trial, work.seed)
    current_span.set(answer.context)
    return answer


async def _score_stored(run: Run, work: Work) -> None:
    stored = run.journal.output_of(work.case.id, work.trial)
    if stored is not None:
        await run.recorder.score(work, stored)


def _cached(run: Run, cache: ResponseCache, work: Work) -> OutputRecord | None:
    """A kept answer. Its time and price were another run's: a hit never counts as latency or cost."""
    output = cache.get(_cache_key(run, work))
    if output is None:
        return None
    return OutputRecord(work.case.id, work.case_hash, work.trial, run.clock.utc_iso(), _unmeasured(output), attempts=0, cached=True)


def _unmeasured(output: Output) -> Output:
    return replace(output, latency_ms=None, first_token_ms=None, cost_usd=None)


def _cache_key(run: Run, work: Work) -> str:
    return cache_key(
        case_id=work.case.id,
        case_hash=work.case_hash,
        trial=work.trial,
        seed=work.seed,
        agent_version=run.manifest.agent.version,
    )
