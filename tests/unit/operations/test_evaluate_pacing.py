"""How an evaluation treats an agent that is overloaded, unreachable, slow or unusable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, ExitCode
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.pacing.backoff import Backoff
from goldfinch.core.results.manifest import RunStatus
from goldfinch.operations.evaluate import EvaluationResult
from goldfinch.ports.agent import AnswerFailed
from goldfinch.testing.agents import ScriptedAgent
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.run_journal import InMemoryRun

Evaluate = Callable[..., Awaitable[EvaluationResult]]
Cases = Callable[..., list[Case]]

TOO_MANY = Failure(FailureKind.RATE_LIMITED, "HTTP 429", 429)
REFUSED = Failure(FailureKind.NETWORK, "connection refused")


class Timed(ScriptedAgent):
    """Takes `seconds` for each call on `clock`, and notes when each one began."""

    def __init__(self, clock: FakeClock, seconds: float = 0.1, **scripted: object) -> None:
        super().__init__(**scripted)  # type: ignore[arg-type]
        self._clock, self._seconds = clock, seconds
        self.began: list[float] = []

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        self.began.append(self._clock.monotonic_s())
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            await self._clock.sleep(self._seconds)
        finally:
            self.in_flight -= 1
        return await super().answer(case, trial=trial, seed=seed)


async def test_waits_as_long_as_it_was_asked_to(run: Evaluate, cases_of: Cases, journal: InMemoryRun, clock: FakeClock) -> None:
    class Busy(Timed):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            output = await super().answer(case, trial=trial, seed=seed)
            if len(self.began) == 1:
                raise AnswerFailed(TOO_MANY, retry_after_s=20.0)
            return output

    agent = Busy(clock)
    result = await run(cases_of(3), agent, concurrency=1)
    waited = agent.began[1] - agent.began[0]
    assert 20.1 <= waited <= 22.2  # the call itself takes 0.1 s; jitter adds up to a tenth
    assert {line.case_id: line.attempts for line in journal.output_lines} == {"c0": 2, "c1": 1, "c2": 1}
    assert (result.exit_code, result.summary.passes.passed) == (ExitCode.PASSED, 3)


async def test_nobody_asks_while_the_provider_wants_quiet(run: Evaluate, cases_of: Cases, clock: FakeClock) -> None:
    class BusyOnce(Timed):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            call = len(self.began)
            output = await super().answer(case, trial=trial, seed=seed)
            if call == 8:
                raise AnswerFailed(TOO_MANY, retry_after_s=60.0)
            return output

    agent = BusyOnce(clock, 0.1)
    await run(cases_of(40), agent, concurrency=4)
    quiet = [later - earlier for earlier, later in zip(agent.began, agent.began[1:], strict=False)]
    assert max(quiet) >= 59
    assert len(agent.began) == 41


async def test_waits_for_the_others_even_where_this_answer_is_given_up(run: Evaluate, cases_of: Cases, clock: FakeClock) -> None:
    class AlwaysBusyForOne(Timed):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            output = await super().answer(case, trial=trial, seed=seed)
            if case.id == "c0":
                raise AnswerFailed(TOO_MANY, retry_after_s=30.0)
            return output

    agent = AlwaysBusyForOne(clock)
    await run(cases_of(2), agent, concurrency=1, max_attempts=1)
    assert agent.began[1] - agent.began[0] >= 30


async def test_a_provider_that_never_has_time_leaves_answers_missing_to_be_asked_again(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun
) -> None:
    first = await run(cases_of(6), ScriptedAgent({"c1": [TOO_MANY], "c4": [TOO_MANY]}))
    assert (first.exit_code, first.manifest.status) == (ExitCode.INCONCLUSIVE, RunStatus.INCOMPLETE)
    assert first.manifest.reason == "4 of 6 answers; the others could not be had (rate_limited 2)"
    assert (first.summary.finished, first.summary.passes.undecided, first.summary.passes.rate.mean) == (4, 2, 1.0)
    assert {line.case_id for line in journal.output_lines if line.attempts == 4} == {"c1", "c4"}

    agent = ScriptedAgent()
    second = await run(cases_of(6), agent)
    assert set(agent.calls) == {("c1", 0), ("c4", 0)}
    assert (second.exit_code, second.summary.finished, second.summary.passes.undecided) == (ExitCode.PASSED, 6, 0)


async def test_halves_its_concurrency_when_refused_and_grows_again(run: Evaluate, cases_of: Cases, clock: FakeClock) -> None:
    class BusyOnce(Timed):
        """Refuses the 16 calls that are in flight when call 40 comes back."""

        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            call = len(self.began)
            in_flight.append(self.in_flight + 1)
            output = await super().answer(case, trial=trial, seed=seed)
            if 40 <= call < 56:
                raise AnswerFailed(TOO_MANY)
            return output

    in_flight: list[int] = []
    result = await run(cases_of(600), BusyOnce(clock), concurrency=16)
    assert max(in_flight[20:56]) == 16
    assert max(in_flight[56:64]) <= 8 < max(in_flight[64:100])  # sixteen refusals are one overload, and one cut
    assert max(in_flight[300:]) == 16
    assert result.summary.finished == 600


async def test_the_first_call_goes_alone(run: Evaluate, cases_of: Cases, clock: FakeClock) -> None:
    agent = Timed(clock, 0.01)
    await run(cases_of(20), agent, concurrency=8)
    assert agent.began[0] < agent.began[1] == pytest.approx(0.01)
    assert agent.max_in_flight == 8


async def test_a_first_call_that_takes_long_does_not_hold_up_the_others(run: Evaluate, cases_of: Cases, clock: FakeClock) -> None:
    agent = Timed(clock, 5.0)
    await run(cases_of(16), agent, concurrency=8)
    assert agent.began == pytest.approx([0.0] + [0.025] * 7 + [5.0] + [5.025] * 7)


@pytest.mark.parametrize("message", ["refused the key (401)", "malformed URL 'htp://agent'"])
async def test_an_agent_that_cannot_be_used_ends_the_run_after_one_call(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun, message: str
) -> None:
    agent = ScriptedAgent(otherwise=lambda case, trial: AgentUnusable(message))
    result = await run(cases_of(500), agent, concurrency=64)
    assert sum(agent.calls.values()) == 1
    assert (result.exit_code, result.manifest.status) == (ExitCode.USAGE, RunStatus.INCOMPLETE)
    assert message in result.manifest.reason
    assert isinstance(result.error, AgentUnusable)
    assert not journal.output_lines


async def test_an_agent_that_cannot_be_opened_ends_the_run_without_a_call(run: Evaluate, cases_of: Cases) -> None:
    class Closed(ScriptedAgent):
        async def __aenter__(self) -> Closed:
            raise AgentUnusable("no such program")

    agent = Closed()
    result = await run(cases_of(5), agent)
    assert (result.exit_code, sum(agent.calls.values())) == (ExitCode.USAGE, 0)


@pytest.mark.parametrize("seconds", [0.0, 5.0])
async def test_a_dead_endpoint_costs_few_calls(run: Evaluate, cases_of: Cases, clock: FakeClock, seconds: float) -> None:
    """Refused at once: the preflight and its probes. Slow to fail (a firewall that drops): those let go meanwhile as well."""
    agent = Timed(clock, seconds, otherwise=lambda case, trial: REFUSED)
    result = await run(cases_of(500), agent, concurrency=16)
    assert len(agent.began) <= (4 if seconds == 0 else 16 + 10 + 4)
    assert (result.exit_code, result.manifest.status) == (ExitCode.INCONCLUSIVE, RunStatus.INCOMPLETE)
    assert "gave up on the agent after failures in a row: connection refused" in result.manifest.reason
    assert result.error is not None
    assert result.error.code == "E1402"


@pytest.mark.parametrize("kind", [FailureKind.RATE_LIMITED, FailureKind.PROVIDER_ERROR])
async def test_a_provider_that_refuses_everything_costs_a_bounded_number_of_calls(
    run: Evaluate, cases_of: Cases, clock: FakeClock, journal: InMemoryRun, kind: FailureKind
) -> None:
    agent = Timed(clock, 0.01, otherwise=lambda case, trial: Failure(kind, "HTTP 529", 529))
    result = await run(cases_of(500), agent, concurrency=16, max_attempts=4)
    assert len(agent.began) <= (16 + 10 + 4) * 4
    assert (result.exit_code, result.summary.finished) == (ExitCode.INCONCLUSIVE, 0)
    assert {line.output.failure.kind for line in journal.output_lines if line.output.failure} == {kind}
    assert "HTTP 529" in result.manifest.reason


async def test_an_endpoint_that_dies_in_mid_run_costs_few_calls(
    run: Evaluate, cases_of: Cases, clock: FakeClock, journal: InMemoryRun
) -> None:
    class Dies(Timed):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            output = await super().answer(case, trial=trial, seed=seed)
            if len(self.began) > 100:
                raise AnswerFailed(REFUSED)
            return output

    agent = Dies(clock)
    result = await run(cases_of(500), agent, concurrency=16)
    assert result.exit_code is ExitCode.INCONCLUSIVE
    assert 80 <= result.summary.finished <= 100
    assert len(agent.began) - result.summary.finished <= 16 + 10 + 4

    alive = Timed(clock)
    resumed = await run(cases_of(500), alive, concurrency=16)
    assert len(alive.began) == 500 - result.summary.finished
    assert (resumed.exit_code, resumed.summary.finished) == (ExitCode.PASSED, 500)


async def test_a_short_outage_is_survived_however_many_calls_it_hits(run: Evaluate, cases_of: Cases, clock: FakeClock) -> None:
    class Restarts(Timed):
        """Down from second 1.00 to 1.15: all 64 calls in flight are cut."""

        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            output = await super().answer(case, trial=trial, seed=seed)
            if 1.0 < self._clock.monotonic_s() < 1.15:
                raise AnswerFailed(REFUSED)
            return output

    agent = Restarts(clock)
    result = await run(cases_of(2000), agent, concurrency=64)
    assert (result.exit_code, result.summary.finished, result.summary.failures) == (ExitCode.PASSED, 2000, {})
    assert len(agent.began) > 2060


@pytest.mark.parametrize(
    ("kind", "exit_code", "failed"),
    [(FailureKind.TIMEOUT, ExitCode.PASSED, 1), (FailureKind.PROVIDER_TIMEOUT, ExitCode.INCONCLUSIVE, 0)],
)
async def test_an_answer_that_does_not_come_is_what_the_agent_says_it_is(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun, kind: FailureKind, exit_code: ExitCode, failed: int
) -> None:
    class Hangs(ScriptedAgent):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            if case.id == "c1":
                await asyncio.Event().wait()
            return await super().answer(case, trial=trial, seed=seed)

    result = await run(cases_of(3), Hangs(timeout_kind=kind), timeout_s=0.01, max_attempts=1)
    failures = {line.case_id: line.output.failure for line in journal.output_lines if line.output.failure}
    assert failures == {"c1": Failure(kind, "no answer within 0.01 s")}
    assert (result.exit_code, result.summary.passes.failed, result.summary.passes.passed) == (exit_code, failed, 2)


async def test_gives_up_where_it_is_asked_to_wait_too_long(run: Evaluate, cases_of: Cases, clock: FakeClock) -> None:
    class BusyForHours(Timed):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            await super().answer(case, trial=trial, seed=seed)
            raise AnswerFailed(TOO_MANY, retry_after_s=7200.0)

    agent = BusyForHours(clock)
    result = await run(cases_of(2), agent, concurrency=1, backoff=Backoff(longest_asked_s=60.0))
    assert (len(agent.began), result.exit_code) == (2, ExitCode.INCONCLUSIVE)
    assert clock.monotonic_s() < 60
