"""What happens by the clock while a run goes on: the journal is flushed, a person is told, the deadline passes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from goldfinch.core.errors import ExitCode, InfrastructureError
from goldfinch.core.pacing.budget import BudgetLedger
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.operations.engine.stopping import StopReason, StopSignal, Urgency
from goldfinch.ports.clock import Clock
from goldfinch.ports.progress import Progress, ProgressSnapshot
from goldfinch.ports.run_journal import RunJournal

SYNC_EVERY_S = 0.2
"""At most this much finished work is lost to a power failure (DESIGN); a kill loses none."""


class ProgressReporter:
    """Turns counters into snapshots, and says once when the projection passes the budget."""

    def __init__(
        self,
        progress: Progress,
        clock: Clock,
        accumulator: SummaryAccumulator,
        ledger: BudgetLedger,
        *,
        in_flight: Callable[[], int],
        planned: int,
        to_ask: int,
        calls_per_answer: int = 1,
    ) -> None:
        """`planned` answers in all, of which `to_ask` were not there at the start; `calls_per_answer` are paid from `ledger`."""
        self._progress = progress
        self._clock = clock
        self._accumulator = accumulator
        self._ledger = ledger
        self._in_flight = in_flight
        self._planned = planned
        self._to_ask = to_ask
        self._calls = to_ask * calls_per_answer
        self._began = clock.monotonic_s()
        self._before = accumulator.finished
        self._warned = False

    def report(self) -> None:
        snapshot = self._snapshot()
        self._progress.update(snapshot)
        if not self._warned and snapshot.budget_usd and snapshot.projected_usd and snapshot.projected_usd > snapshot.budget_usd:
            self._warned = True
            self._progress.note(
                f"at this rate the run costs about ${snapshot.projected_usd:.2f}, more than its budget of ${snapshot.budget_usd:g}: "
                f"it will stop after about {self._affordable(snapshot.budget_usd)} of {self._planned} answers"
            )

    def _affordable(self, budget_usd: float) -> int:
        """Answers there will be when the money is spent."""
        still_usd = self._ledger.projected_usd(self._calls)
        share = (budget_usd - self._ledger.earlier_usd) / still_usd if still_usd else 1.0
        return self._planned - self._to_ask + int(self._to_ask * max(0.0, share) + 1e-6)

    def _snapshot(self) -> ProgressSnapshot:
        counted, ledger = self._accumulator, self._ledger
        elapsed = self._clock.monotonic_s() - self._began
        still_usd = ledger.projected_usd(self._calls)
        done = counted.finished + counted.missing
        rate = (counted.finished - self._before) / elapsed if elapsed > 0 else 0.0
        return ProgressSnapshot(
            planned=self._planned,
            finished=counted.finished,
            passed=counted.passed,
            failed=counted.failed,
            missing=counted.missing,
            in_flight=self._in_flight(),
            spent_usd=ledger.earlier_usd + ledger.spent_usd,
            unpriced=ledger.unknown,
            budget_usd=ledger.limit_usd,
            projected_usd=None if still_usd is None else ledger.earlier_usd + still_usd,
            elapsed_s=elapsed,
            per_second=rate,
            left_s=(self._planned - done) / rate if rate > 0 else None,
        )


async def report_regularly(reporter: ProgressReporter, interval_s: float, clock: Clock) -> None:
    """Until cancelled."""
    while True:
        await clock.sleep(interval_s)
        reporter.report()


async def sync_regularly(journal: RunJournal, clock: Clock, stop: StopSignal) -> None:
    """Flush to disk from a thread, so that a slow disk never holds up answers."""
    loop = asyncio.get_running_loop()
    while True:
        await clock.sleep(SYNC_EVERY_S)
        try:
            await loop.run_in_executor(None, journal.sync)
        except OSError as error:
            stop.fail(not_on_disk(error, journal.location))
            return


def not_on_disk(error: OSError, location: str) -> InfrastructureError:
    """What was written did not reach the disk."""
    return InfrastructureError(
        f"cannot flush to disk: {error.strerror or error}",
        where=location,
        hint="free space, then give the same command again",
        code="E1401",
    )


async def stop_at_deadline(seconds: float, clock: Clock, stop: StopSignal) -> None:
    """Calls in flight at the deadline are left: they are asked again when the run is resumed."""
    await clock.sleep(seconds)
    stop.request(StopReason(f"deadline of {seconds:g} s reached", Urgency.AT_ONCE, ExitCode.INCONCLUSIVE))


async def open_after_preflight(window_s: float, clock: Clock, let_go: Callable[[], None]) -> None:
    """Let the other calls start when the first one is on its way without having failed."""
    await clock.sleep(window_s)
    let_go()
