from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from goldfinch.core.datasets.case import Case, CaseBudget, Expected
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import DatasetError, ExitCode, UsageError
from goldfinch.core.output import Failure, FailureKind, Output, Usage
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.records import ScoreStatus
from goldfinch.core.scoring.answered import Answered
from goldfinch.core.scoring.exact import Exact
from goldfinch.core.scoring.score import Metric, Score
from goldfinch.operations.evaluate import EvaluationResult
from goldfinch.testing.agents import ScriptedAgent
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.run_journal import InMemoryRun

Evaluate = Callable[..., Awaitable[EvaluationResult]]
Cases = Callable[..., list[Case]]


async def test_records_every_case_and_trial_once(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    result = await run(cases_of(20), ScriptedAgent(), trials=3, concurrency=7)
    wanted = {(f"c{number}", trial) for number in range(20) for trial in range(3)}
    assert Counter((line.case_id, line.trial) for line in journal.output_lines) == dict.fromkeys(wanted, 1)
    assert Counter((line.case_id, line.trial) for line in journal.score_lines) == dict.fromkeys(wanted, 1)
    assert (result.exit_code, result.manifest.status, result.error) == (ExitCode.PASSED, RunStatus.COMPLETE, None)
    assert (result.summary.planned, result.summary.finished, result.summary.passes.passed) == (60, 60, 60)
    assert result.summary.passes.rate.count == 20
    assert journal.stored == result.manifest
    assert journal.stored_summary == result.summary
    assert journal.synced


async def test_asks_each_case_its_own_number_of_trials(run: Evaluate, journal: InMemoryRun) -> None:
    cases = [Case("once", "q"), Case("often", "q", trials=5)]
    result = await run(cases, ScriptedAgent(), trials=2)
    assert Counter(line.case_id for line in journal.output_lines) == {"once": 2, "often": 5}
    assert {line.case_id: line.trials for line in journal.score_lines} == {"once": 2, "often": 5}
    assert result.summary.planned == 7


async def test_an_agent_that_fails_scores_zero_and_the_run_goes_on(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    agent = ScriptedAgent({"c1": [ValueError("no such tool")], "c2": [Failure(FailureKind.SERVER_ERROR, "HTTP 500", 500)]})
    result = await run(cases_of(4), agent)
    values = {line.case_id: line.scores[0].value for line in journal.score_lines}
    assert values == {"c0": 1.0, "c1": 0.0, "c2": 0.0, "c3": 1.0}
    assert (result.exit_code, result.summary.passes.failed) == (ExitCode.PASSED, 2)
    assert result.summary.failures == {"exception": 1, "server_error": 1}
    messages = [line.output.failure.message for line in journal.output_lines if line.output.failure]
    assert "ValueError: no such tool" in messages
    assert agent.calls["c1", 0] == 1


class _CancelsItself(ScriptedAgent):
    """Awaits something that it cancelled itself: the `CancelledError` is its own doing, not ours."""

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        inner = asyncio.ensure_future(asyncio.sleep(0))
        inner.cancel()
        await inner
        return Output()


class _Exits(ScriptedAgent):
    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        raise SystemExit(1)


class _TimesOutItself(ScriptedAgent):
    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        raise TimeoutError("the tool took 5 s")


@pytest.mark.parametrize(
    ("agent", "message"),
    [
        (_CancelsItself(), "CancelledError"),
        (_Exits(), "SystemExit: 1"),
        (_TimesOutItself(), "TimeoutError: the tool took 5 s"),
        (ScriptedAgent(otherwise=lambda case, trial: RuntimeError("a\ud800b")), "RuntimeError: a\\ud800b"),
    ],
)
async def test_whatever_an_agent_raises_is_a_record(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun, agent: ScriptedAgent, message: str
) -> None:
    result = await run(cases_of(3), agent)
    failures = [line.output.failure for line in journal.output_lines]
    assert [(failure.kind, failure.message) for failure in failures if failure] == [(FailureKind.EXCEPTION, message)] * 3
    assert result.manifest.status is RunStatus.COMPLETE


DEEP: list[Any] = []
DEEP.append(DEEP)


@pytest.mark.parametrize(
    "output",
    [
        Output(text="half a pair: \ud83d"),
        Output(text="q0", model="\ud83d"),
        Output(data={"price": float("nan")}),
        Output(data=10**400),
        Output(data=object()),
        Output(data=DEEP),
        Output(text="q0", latency_ms=float("nan")),
        Output(text="q0", latency_ms=-1.0),
        Output(text="q0", cost_usd=-5.0),
        Output(text="q0", cost_usd=float("inf")),
        Output(text="q0", usage=Usage(10**30, 1)),
        Output(text="q0", usage=Usage(1.5, 1)),  # type: ignore[arg-type]
        Output(text="q0", failure=Failure("nonsense", "no kind of ours")),  # type: ignore[arg-type]
        Output(text="q0", failure="it failed"),  # type: ignore[arg-type]
        "not an Output",
        None,
    ],
)
async def test_an_answer_that_cannot_be_kept_is_invalid_and_the_run_goes_on(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun, output: Any
) -> None:
    class Gives(ScriptedAgent):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            if case.id == "c0":
                return output  # type: ignore[no-any-return]
            return Output(text=str(case.input))

    result = await run(cases_of(3), Gives())
    kinds = {line.case_id: line.output.failure and line.output.failure.kind for line in journal.output_lines}
    assert kinds == {"c0": FailureKind.INVALID_OUTPUT, "c1": None, "c2": None}
    assert (result.summary.passes.passed, result.summary.passes.failed, result.exit_code) == (2, 1, ExitCode.PASSED)


async def test_an_unwritable_message_does_not_turn_missing_evidence_into_a_failure(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun
) -> None:
    agent = ScriptedAgent({"c0": [Failure(FailureKind.PROVIDER_ERROR, "bad \ud800 gateway", 502)]})
    await run(cases_of(1), agent, max_attempts=1)
    failure = journal.output_lines[0].output.failure
    assert failure == Failure(FailureKind.PROVIDER_ERROR, "bad \\ud800 gateway", 502)


class _Crashes:
    name, version = "broken", "1"

    def score(self, case: Case, output: Output) -> Score | None:
        raise KeyError("a defect")


async def test_a_scorer_that_crashes_is_recorded_beside_the_others(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    result = await run(cases_of(3), ScriptedAgent(), metrics=[Metric(Exact()), Metric(_Crashes(), pass_mark=None)])
    assert [line.scores[1].status for line in journal.score_lines] == [ScoreStatus.ERROR] * 3
    assert [(metric.scored, metric.errors) for metric in result.summary.metrics] == [(3, 0), (0, 3)]
    assert result.summary.metrics[1].estimate.mean is None


async def test_heavy_scorers_leave_the_loop_free(run: Evaluate, cases_of: Cases) -> None:
    release, entered = threading.Event(), threading.Event()

    class Blocks:
        name, version = "heavy", "1"

        def score(self, case: Case, output: Output) -> Score | None:
            entered.set()
            assert release.wait(30)
            return Score(1.0)

    class Releases(ScriptedAgent):
        """Its second answer lets the scorer of the first one go on: with a blocked loop it would never come to that."""

        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            if case.id == "c1":
                while not entered.is_set():
                    await asyncio.sleep(0.001)
                release.set()
            return Output(text="q")

    result = await run(cases_of(2), Releases(), metrics=[Metric(Blocks(), heavy=True)], concurrency=2)
    assert (result.summary.finished, result.summary.metrics[0].scored) == (2, 2)


async def test_gives_every_trial_its_own_seed(run: Evaluate, cases_of: Cases) -> None:
    seeds = set()

    class Notes(ScriptedAgent):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            seeds.add((trial, seed))
            return Output(text="q")

    await run(cases_of(3), Notes(), trials=2, seed=40)
    assert seeds == {(0, 40), (1, 41)}
    seeds.clear()
    await run(cases_of(3), Notes(), fresh=True)
    assert seeds == {(0, None)}


async def test_reads_no_further_ahead_than_its_concurrency(run: Evaluate, cases_of: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = answered = ahead = 0
    apply = Selection.apply

    def counted(self: Selection, cases: Any) -> Any:
        nonlocal taken, ahead
        for item in apply(self, cases):
            taken += 1
            ahead = max(ahead, taken - answered)
            yield item

    class Counts(ScriptedAgent):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            nonlocal answered
            output = await super().answer(case, trial=trial, seed=seed)
            answered += 1
            return output

    monkeypatch.setattr(Selection, "apply", counted)
    agent = Counts()
    await run(cases_of(300), agent, concurrency=8)
    assert taken == answered == 300
    assert ahead <= 8 + 1
    assert agent.max_in_flight <= 8


@pytest.mark.parametrize(
    ("selection", "asked"),
    [
        (Selection(case_ids=frozenset({"a", "c"})), ["a", "c"]),
        (Selection(tags=frozenset({"refund"})), ["b", "c"]),
        (Selection(case_ids=frozenset({"a", "c"}), tags=frozenset({"refund"})), ["c"]),
        (Selection(limit=2), ["a", "b"]),
        (Selection(tags=frozenset({"refund"}), limit=1), ["b"]),
    ],
)
async def test_asks_the_selected_cases_only(run: Evaluate, journal: InMemoryRun, selection: Selection, asked: list[str]) -> None:
    cases = [Case("a", "q", trials=2), Case("b", "q", tags=("refund",)), Case("c", "q", tags=("refund", "angry"))]
    result = await run(cases, ScriptedAgent(), selection=selection, concurrency=1)
    assert list(dict.fromkeys(line.case_id for line in journal.output_lines)) == asked
    assert result.summary.cases == len(asked)
    assert result.summary.planned == len(asked) + ("a" in asked)
    assert result.manifest.status is RunStatus.COMPLETE


async def test_a_selection_that_nothing_fits_is_refused_before_anything_is_asked(run: Evaluate, cases_of: Cases) -> None:
    agent = ScriptedAgent()
    with pytest.raises(DatasetError, match="no case fits the selection \\(tag \\['refnud'\\]\\)") as refused:
        await run(cases_of(3), agent, selection=Selection(tags=frozenset({"refnud"})))
    assert refused.value.code == "E1290"
    assert not agent.calls


async def test_an_id_that_no_case_has_is_refused_before_anything_is_asked(run: Evaluate, cases_of: Cases) -> None:
    agent = ScriptedAgent()
    with pytest.raises(UsageError, match="no case has the id c9"):
        await run(cases_of(3), agent, selection=Selection(frozenset({"c0", "c9"})))
    assert not agent.calls


class _Cache:
    def __init__(self) -> None:
        self.kept: dict[str, Output] = {}

    def get(self, key: str) -> Output | None:
        return self.kept.get(key)

    def put(self, key: str, output: Output) -> None:
        self.kept[key] = output


async def test_a_kept_answer_counts_neither_as_latency_nor_as_cost(run: Evaluate, cases_of: Cases) -> None:
    cache, agent = _Cache(), ScriptedAgent(cost_usd=0.5)
    first = await run(cases_of(4), agent, cache=cache, into=InMemoryRun())
    again = InMemoryRun()
    second = await run(cases_of(4), agent, cache=cache, into=again, budget_usd=0.1)
    assert sum(agent.calls.values()) == 4
    assert (first.summary.cost.total_usd, first.summary.latency_ms.count) == (2.0, 4)
    assert (second.summary.cost.total_usd, second.summary.cost.known, second.summary.cost.unknown) == (0.0, 0, 0)
    assert (second.summary.latency_ms.count, second.summary.cached, second.summary.finished) == (0, 4, 4)
    assert second.summary.passes == first.summary.passes
    assert {(line.cached, line.attempts, line.output.cost_usd, line.output.latency_ms) for line in again.output_lines} == {
        (True, 0, None, None)
    }


async def test_an_answer_is_kept_for_its_trial_seed_agent_version_and_case_only(run: Evaluate, cases_of: Cases) -> None:
    cache = _Cache()

    async def calls(cases: list[Case], version: str = "1", **options: Any) -> int:
        agent = ScriptedAgent(version=version)
        await run(cases, agent, cache=cache, into=InMemoryRun(), **options)
        return sum(agent.calls.values())

    cases = cases_of(1)
    assert await calls(cases, trials=2) == 2
    assert await calls(cases, trials=3) == 1
    assert await calls(cases, version="2") == 1
    assert await calls(cases, seed=7) == 1
    assert await calls([Case("c0", "another question")]) == 1
    assert await calls([Case("c0", "q0", expected=Expected(answer="q0"), budget=CaseBudget(steps=1))]) == 1
    assert await calls(cases, trials=3) == 0


async def test_failures_are_not_kept(run: Evaluate, cases_of: Cases) -> None:
    cache, agent = _Cache(), ScriptedAgent({"c0": [ValueError("first"), "q0"]})
    await run(cases_of(1), agent, cache=cache, into=InMemoryRun())
    assert not cache.kept
    result = await run(cases_of(1), agent, cache=cache, into=InMemoryRun())
    assert (result.summary.cached, result.summary.passes.passed) == (0, 1)


async def test_answers_that_never_wait_leave_room_for_signals_and_progress(run: Evaluate, cases_of: Cases) -> None:
    """Stored, cached and computed answers come without a pause; a Ctrl-C must get in between."""

    other_turns = 0

    class Hurried(FakeClock):
        def monotonic_s(self) -> float:
            self._now_s += 0.001
            return self._now_s

    class AtOnce(ScriptedAgent):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            if case.id == "c0":
                asyncio.get_running_loop().call_soon(turn)
            return Output(text="q")

    def turn() -> None:
        nonlocal other_turns
        other_turns += 1
        if other_turns < 1000:
            asyncio.get_running_loop().call_soon(turn)

    result = await run(cases_of(500), AtOnce(), concurrency=1, on=Hurried(), metrics=[Metric(Answered())])
    assert result.summary.finished == 500
    assert other_turns > 20


async def test_a_run_in_which_no_metric_gave_a_score_is_no_evidence(run: Evaluate, cases_of: Cases) -> None:
    class Crashes:
        name, version = "crashes", "1"

        def score(self, case: Case, output: Output) -> Score | None:
            raise RuntimeError("broken")

    done = await run(cases_of(3), ScriptedAgent(), metrics=(Metric(Crashes()),))
    assert (done.manifest.status, done.exit_code) == (RunStatus.COMPLETE, ExitCode.INCONCLUSIVE)
    assert done.error is not None
    assert done.error.code == "E1404"
    again = await run(cases_of(3), ScriptedAgent(), metrics=(Metric(Crashes()),))
    assert (again.already_complete, again.exit_code) == (True, ExitCode.INCONCLUSIVE)
