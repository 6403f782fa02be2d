"""One answer: reserve the money, wait for a turn, call, retry what may pass, settle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import TypeGuard

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, BudgetExhausted, GoldfinchError
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.pacing.backoff import Backoff
from goldfinch.core.pacing.breaker import BreakerState
from goldfinch.core.pacing.budget import BudgetLedger, Reservation
from goldfinch.core.results.records import OutputRecord
from goldfinch.core.scoring.judgement import describe
from goldfinch.operations.engine.gate import Gate
from goldfinch.operations.engine.time_limit import TimeLimit
from goldfinch.ports.agent import Agent, AnswerFailed
from goldfinch.ports.clock import Clock

_LARGEST_AMOUNT = 1e15


@dataclass(slots=True)
class Work:
    """One answer to get. `trials` is how many the case gets in all. A value, not `frozen` for the cost of making one (records.py)."""

    case: Case
    case_hash: str
    trial: int
    trials: int
    seed: int | None


class Withdrawn(Exception):
    """The run stops, and this answer was still waiting for its turn: it is not asked for any more."""


@dataclass(slots=True)
class _Attempt:
    """How one call ended; `generation` and `trips` are those of the concurrency limit and the breaker at its start."""

    output: Output
    retry_after_s: float | None
    generation: int
    trips: int


@dataclass(slots=True)
class _Paid:
    """What all attempts for one answer cost together; unknown as soon as one of them may have cost something that nobody states."""

    total_usd: float | None = None
    is_unknown: bool = False

    def add(self, output: Output) -> None:
        if output.cost_usd is not None:
            self.total_usd = output.cost_usd if self.total_usd is None else self.total_usd + output.cost_usd
        elif not _surely_free(output):
            self.is_unknown = True

    @property
    def cost_usd(self) -> float | None:
        return None if self.is_unknown else self.total_usd


class Asker:
    """Gets answers from one agent, however badly the way to it behaves."""

    def __init__(
        self,
        agent: Agent,
        gate: Gate,
        ledger: BudgetLedger,
        clock: Clock,
        *,
        timeout_s: float,
        max_attempts: int,
        backoff: Backoff,
        jitter: Random,
        on_unpriced: Callable[[Output], None],
        settled: asyncio.Event | None = None,
    ) -> None:
        """`settled` is shared by all who share `ledger`: whoever waits for money is woken by whoever gives it back."""
        self._agent = agent
        self._is_recorded = agent.is_recorded
        self._gate = gate
        self._ledger = ledger
        self._clock = clock
        self._timeout_s = timeout_s
        self._max_attempts = max_attempts
        self._backoff = backoff
        self._jitter = jitter
        self._on_unpriced = on_unpriced
        self._settled = settled or asyncio.Event()
        self._idle_limits: list[TimeLimit] = []
        self._waiting: set[asyncio.Task[object]] = set()
        self._withdrawn = False

    async def ask(self, work: Work) -> OutputRecord:
        """The record of one (case, trial): an answer, the agent's own failure, or what stood in the way after all retries.

        Raises `AgentUnusable`, `BudgetExhausted` and `InfrastructureError` where the run must stop, and `Withdrawn` where it does so
        already; nothing is to be recorded then.
        """
        started_at = self._clock.utc_iso()
        attempt = await self._attempt(work)
        output, attempts = attempt.output, 1
        delay = self._after(attempt, attempts)
        if delay is not None:
            output, attempts = await self._again(work, attempt, delay)
        return OutputRecord(work.case.id, work.case_hash, work.trial, started_at, output, attempts)

    async def _again(self, work: Work, attempt: _Attempt, delay: float | None) -> tuple[Output, int]:
        """Ask until the answer is final; it costs what all attempts cost together."""
        attempts, paid = 1, _Paid()
        paid.add(attempt.output)
        while delay is not None and await self._slept(delay):
            attempt = await self._attempt(work)
            attempts += 1
            paid.add(attempt.output)
            delay = self._after(attempt, attempts)
        return (attempt.output if attempts == 1 else replace(attempt.output, cost_usd=paid.cost_usd)), attempts

    def withdraw(self) -> None:
        """Let only calls in flight go on: whoever waits for money, a turn or another attempt gives up, now and from now on."""
        self._withdrawn = True
        for task in self._waiting:
            task.cancel()

    def close(self) -> None:
        for limit in self._idle_limits:
            limit.close()

    async def _attempt(self, work: Work) -> _Attempt:
        reserved = 0.0 if self._ledger.limit_usd is None else await self._reserve(work.case)
        try:
            if not self._gate.try_enter():
                with self._patience():
                    await self._gate.enter()
            try:
                attempt = await self._call(work)
            finally:
                self._gate.leave()
        except BaseException:
            self._ledger.release(reserved)
            self._settled.set()
            raise
        if self._is_recorded or _surely_free(attempt.output):
            self._ledger.release(reserved)
        else:
            self._ledger.settle(reserved, attempt.output.cost_usd)
        self._settled.set()
        return attempt

    async def _call(self, work: Work) -> _Attempt:
        generation, trips = self._gate.limit.generation, self._gate.breaker.trips
        began = self._clock.monotonic_s()
        retry_after_s = None
        limit = self._idle_limits.pop() if self._idle_limits else TimeLimit(self._timeout_s)
        try:
            with limit:
                output = await self._agent.answer(work.case, trial=work.trial, seed=work.seed)
        except AnswerFailed as error:
            output = replace(error.output, failure=error.failure)
            retry_after_s = error.retry_after_s
        except GoldfinchError:
            raise
        except asyncio.CancelledError as error:
            if _is_being_cancelled():
                raise
            output = _crashed(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - an agent is foreign code; its crash is a record
            if limit.expired and isinstance(error, TimeoutError):
                output = Output(failure=Failure(self._agent.timeout_kind, f"no answer within {self._timeout_s:g} s"))
            else:
                output = _crashed(error)
        finally:
            self._idle_limits.append(limit)
        if (defect := _defect(output)) is not None:
            stated = getattr(output, "failure", None)
            output = Output(failure=stated if _is_failure(stated) else Failure(FailureKind.INVALID_OUTPUT, defect))
        if output.latency_ms is None and not self._is_recorded:
            output = _timed(output, (self._clock.monotonic_s() - began) * 1000)
        return _Attempt(output, retry_after_s, generation, trips)

    def _after(self, attempt: _Attempt, attempts: int) -> float | None:
        """Tell the pacing policies what happened; seconds to wait before asking again, None where this answer is final."""
        failure = attempt.output.failure
        if failure is None or not failure.kind.is_transient:
            if self._ledger.limit_usd is not None and _is_unpriced(attempt.output) and not self._agent.is_recorded:
                self._on_unpriced(attempt.output)
            gate = self._gate
            gate.limit.succeeded()
            was_closed = gate.breaker.state is BreakerState.CLOSED
            gate.breaker.answered()
            if not was_closed:
                gate.wake()
            return None
        delay = self._delay(failure, attempt, attempts)
        if failure.kind is FailureKind.RATE_LIMITED:
            self._gate.limit.overloaded(attempt.generation)
        if failure.kind is FailureKind.NETWORK or delay is None:
            self._suspect(failure, delay, attempt.trips, attempts)
        if attempt.retry_after_s is not None:
            # Also where this answer is given up: the others must not ask before the time either.
            self._gate.pause(delay or self._backoff.delay_s(attempts, attempt.retry_after_s, self._jitter.random()) or 0.0)
        return delay

    def _delay(self, failure: Failure, attempt: _Attempt, attempts: int) -> float | None:
        if not failure.kind.is_transient or attempts >= self._max_attempts:
            return None
        return self._backoff.delay_s(attempts, attempt.retry_after_s, self._jitter.random())

    def _suspect(self, failure: Failure, delay: float | None, trips: int, attempts: int) -> None:
        breaker = self._gate.breaker
        breaker.failed(failure.message, trips)
        if breaker.state is BreakerState.OPEN:
            self._gate.wake()
        elif breaker.state is BreakerState.PROBING:
            self._gate.pause(delay or self._backoff.delay_s(attempts, None, self._jitter.random()) or 0.0)

    async def _reserve(self, case: Case) -> float:
        while True:
            answer, amount = self._ledger.reserve(self._worst_case(case))
            if answer is Reservation.GRANTED:
                return amount
            if answer is Reservation.REFUSED:
                raise _budget_reached(self._ledger)
            self._settled.clear()
            with self._patience():
                await self._settled.wait()

    async def _slept(self, seconds: float) -> bool:
        """Wait before another attempt; False where there is to be none."""
        try:
            with self._patience():
                await self._clock.sleep(seconds)
        except Withdrawn:
            return False
        return True

    @contextmanager
    def _patience(self) -> Iterator[None]:
        """Around every wait for something that is not an answer. Raises `Withdrawn` once the run stops."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("an answer is waited for in a task")
        if self._withdrawn:
            raise Withdrawn
        self._waiting.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if self._withdrawn and task.uncancel() == 0:
                raise Withdrawn from None
            raise
        finally:
            self._waiting.discard(task)

    def _worst_case(self, case: Case) -> float | None:
        stated = self._agent.worst_case_cost_usd(case)
        if stated is None and case.budget is not None:
            return case.budget.cost_usd
        return stated


def unpriced(agent: Agent, output: Output) -> AgentUnusable:
    """The stop of a run that has a budget and an answer whose cost nobody knows."""
    return AgentUnusable(
        f"the cost of an answer of {agent.name} is unknown (model {output.model or 'not stated'}), so the budget cannot be kept",
        hint="give the model a price under 'prices:' in goldfinch.yaml, name its 'provider:' under 'agent:', or leave the budget out",
        code="E1602",
    )


def _budget_reached(ledger: BudgetLedger) -> BudgetExhausted:
    held = f", ${ledger.assumed_usd:.4f} held for calls whose cost is unknown" if ledger.assumed_usd else ""
    return BudgetExhausted(
        f"budget of ${ledger.limit_usd:g} reached after ${ledger.earlier_usd + ledger.spent_usd:.4f}{held}",
        hint="raise --budget and give the same command again: it goes on where it stopped",
        code="E1601",
    )


def _is_unpriced(output: Output) -> bool:
    """Whether an answer was had, and nobody knows what it cost."""
    return output.cost_usd is None and output.failure is None


def _surely_free(output: Output) -> bool:
    """A refusal for load without a stated cost is not billed; anything else that failed may be."""
    return output.cost_usd is None and output.failure is not None and output.failure.kind is FailureKind.RATE_LIMITED


def _is_being_cancelled() -> bool:
    """False where a `CancelledError` escaped from something that the agent itself cancelled."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _crashed(error: BaseException) -> Output:
    return Output(failure=Failure(FailureKind.EXCEPTION, describe(error)))


def _defect(output: object) -> str | None:
    """What is wrong with the frame of an answer, so that no agent can break the figures of a run; None nearly always."""
    if not isinstance(output, Output):
        return f"the agent gave {type(output).__name__}, not an Output"
    if output.failure is not None and not _is_failure(output.failure):
        return f"the agent gave {output.failure!r:.80} as its failure"
    latency_ms = output.latency_ms
    is_latency = latency_ms is None or (type(latency_ms) is float and 0.0 <= latency_ms < _LARGEST_AMOUNT)
    if is_latency and output.usage is None and output.cost_usd is None and output.first_token_ms is None:
        return None
    for amount in (output.cost_usd, latency_ms, output.first_token_ms):
        if amount is not None and not _is_amount(amount):
            return f"a cost or time is {amount!r:.40}, not a finite number of at least 0"
    if (usage := output.usage) is not None:
        for tokens in (usage.input_tokens, usage.output_tokens, usage.cached_input_tokens):
            if tokens is not None and (type(tokens) is not int or not _is_amount(tokens)):
                return f"a token count is {tokens!r:.40}, not a whole number of at least 0"
    return None


def _is_failure(value: object) -> TypeGuard[Failure]:
    return isinstance(value, Failure) and type(value.kind) is FailureKind


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < _LARGEST_AMOUNT


def _timed(output: Output, latency_ms: float) -> Output:
    """`dataclasses.replace(output, latency_ms=…)` at a fifth of its cost: this runs for every answer."""
    return Output(
        text=output.text,
        data=output.data,
        trajectory=output.trajectory,
        usage=output.usage,
        cost_usd=output.cost_usd,
        latency_ms=latency_ms,
        first_token_ms=output.first_token_ms,
        model=output.model,
        reported=output.reported,
        failure=output.failure,
        finish_reason=output.finish_reason,
    )
