"""The same command again: what is finished is neither asked nor paid for twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol

import pytest

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import ExitCode, RunDirectoryError
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.scoring.answered import Answered
from goldfinch.core.scoring.exact import Exact
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.evaluate import EvaluationResult
from goldfinch.ports.agent import AnswerFailed
from goldfinch.testing.agents import ScriptedAgent
from goldfinch.testing.run_journal import InMemoryRun

Evaluate = Callable[..., Awaitable[EvaluationResult]]
Cases = Callable[..., list[Case]]


class Heard(Protocol):
    notes: list[str]


def killed(journal: InMemoryRun, *, outputs: int, scores: int) -> InMemoryRun:
    """The run as a kill after that many lines leaves it."""
    assert journal.stored is not None
    running = replace(journal.stored, status=RunStatus.RUNNING, finished_at=None)
    return InMemoryRun(running, None, journal.output_lines[:outputs], journal.score_lines[:scores])


@pytest.mark.parametrize(("outputs", "scores"), [(0, 0), (1, 0), (7, 6), (7, 7), (20, 19), (20, 20)])
async def test_a_killed_run_goes_on_to_the_same_result(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun, progress: Heard, outputs: int, scores: int
) -> None:
    cases = cases_of(10)
    agent = ScriptedAgent({"c3": [ValueError("crash")], "c5": ["wrong"]})
    whole = await run(cases, agent, trials=2)
    left = killed(journal, outputs=outputs, scores=scores)
    again = ScriptedAgent({"c3": [ValueError("crash")], "c5": ["wrong"]})
    resumed = await run(cases, again, trials=2, into=left, run_id="another")
    assert sum(again.calls.values()) == 20 - outputs
    assert len({(line.case_id, line.trial) for line in left.output_lines}) == len(left.output_lines) == 20
    assert len({(line.case_id, line.trial) for line in left.score_lines}) == len(left.score_lines) == 20
    assert resumed.summary.passes == whole.summary.passes
    assert resumed.summary.metrics == whole.summary.metrics
    assert resumed.summary.failures == whole.summary.failures
    assert resumed.summary.cost.total_usd == pytest.approx(whole.summary.cost.total_usd, abs=1e-9)
    assert (resumed.manifest.run_id, resumed.manifest.resumed) == ("run-1", 1)
    assert progress.notes == [f"resuming run-1: {outputs} of 20 answers are there already"]


async def test_a_complete_run_is_not_asked_again(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    first = await run(cases_of(5), ScriptedAgent())
    agent = ScriptedAgent()
    second = await run(cases_of(5), agent)
    assert not agent.calls
    assert second.already_complete
    assert (second.summary, second.exit_code) == (first.summary, ExitCode.PASSED)
    assert len(journal.output_lines) == 5


async def test_a_fresh_run_asks_everything_again(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    await run(cases_of(5), ScriptedAgent())
    agent = ScriptedAgent(version="2")
    result = await run(cases_of(3), agent, fresh=True, run_id="anew")
    assert sum(agent.calls.values()) == len(journal.output_lines) == 3
    assert (result.manifest.run_id, result.manifest.resumed) == ("anew", 0)


async def test_other_scorers_score_the_stored_answers(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    await run(cases_of(5), ScriptedAgent({"c0": ["wrong"]}))
    agent = ScriptedAgent()
    result = await run(cases_of(5), agent, metrics=[Metric(Answered(every_case=True)), Metric(Exact(), pass_mark=None)])
    assert not agent.calls
    assert [metric.name for metric in result.summary.metrics] == ["answered", "exact"]
    assert (result.summary.passes.passed, result.summary.metrics[1].estimate.mean) == (5, 0.8)
    assert result.summary.cost.total_usd == pytest.approx(0.005)
    assert len(journal.score_lines) == 5
    assert result.manifest.status is RunStatus.COMPLETE


async def test_scores_of_other_scorers_are_never_taken_for_those_asked_for(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    """A kill between scoring again and naming the new scorers leaves their scores under the old names."""
    await run(cases_of(5), ScriptedAgent())
    other = InMemoryRun()
    await run(cases_of(5), ScriptedAgent(), into=other, metrics=[Metric(Exact(ignore_case=True), version="2")])
    left = killed(journal, outputs=5, scores=5)
    left.score_lines[:2] = other.score_lines[:2]
    result = await run(cases_of(5), ScriptedAgent(), into=left)
    assert result.summary.metrics[0].scored == 5
    assert {score.version for line in left.scores() for score in line.scores} == {"1"}


async def test_scores_of_other_scorers_are_gone_before_the_manifest_names_the_new_ones(run: Evaluate, cases_of: Cases) -> None:
    class Watched(InMemoryRun):
        def write_manifest(self, manifest: Any) -> None:
            seen.append((manifest.metrics[0].name, len(self.score_lines)))
            super().write_manifest(manifest)

    seen: list[tuple[str, int]] = []
    watched = Watched()
    await run(cases_of(5), ScriptedAgent(), into=watched)
    await run(cases_of(5), ScriptedAgent(), into=watched, metrics=[Metric(Answered())])
    assert seen == [("exact", 0), ("exact", 5), ("answered", 0), ("answered", 5)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agent": ScriptedAgent(version="2")}, "agent version was 1, now 2"),
        ({"agent": ScriptedAgent(name="other")}, "agent was scripted, now other"),
        ({"cases": [Case("c0", "another question")]}, "dataset fingerprint was"),
        ({"cases": [Case("c0", "q0", expected=Expected(answer="other"))]}, "dataset fingerprint was"),
        ({"trials": 3}, "trials was 1, now 3"),
        ({"seed": 7}, "seed was None, now 7"),
        ({"selection": Selection(limit=1)}, "selection of cases was all, now {'limit': 1}"),
    ],
)
async def test_another_run_in_the_same_directory_is_refused_by_name(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun, change: dict[str, Any], said: str
) -> None:
    await run(cases_of(1), ScriptedAgent())
    arguments = {"cases": cases_of(1), "agent": ScriptedAgent()} | change
    with pytest.raises(RunDirectoryError) as refused:
        await run(arguments.pop("cases"), arguments.pop("agent"), **arguments)
    assert refused.value.code == "E1505"
    assert said in str(refused.value)
    assert "--fresh" in str(refused.value)
    assert len(journal.output_lines) == 1


async def test_answers_without_a_manifest_are_not_touched(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    await run(cases_of(2), ScriptedAgent())
    journal.stored = None
    with pytest.raises(RunDirectoryError, match="answers but no manifest") as refused:
        await run(cases_of(2), ScriptedAgent())
    assert refused.value.code == "E1506"
    assert len(journal.output_lines) == 2


async def test_missing_answers_stay_missing_until_they_are_there(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    gone = ScriptedAgent({"c1": [Failure(FailureKind.PROVIDER_ERROR, "HTTP 502", 502)]})
    first = await run(cases_of(3), gone)
    second = await run(cases_of(3), gone)
    assert (first.summary.finished, second.summary.finished) == (2, 2)
    assert second.summary.failures == {"provider_error": 1}
    third = await run(cases_of(3), ScriptedAgent())
    assert (third.summary.finished, third.summary.failures, third.summary.passes.undecided) == (3, {}, 0)
    assert Counter(line.case_id for line in journal.output_lines) == {"c0": 1, "c2": 1, "c1": 3}


async def test_a_complete_run_whose_answers_were_lost_asks_for_them_again(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    await run(cases_of(5), ScriptedAgent())
    del journal.output_lines[3:]
    agent = ScriptedAgent()
    done = await run(cases_of(5), agent)
    assert (sum(agent.calls.values()), done.summary.finished, done.exit_code) == (2, 5, ExitCode.PASSED)


async def test_a_run_that_never_got_an_answer_gives_its_place_to_another(run: Evaluate, cases_of: Cases) -> None:
    await run(
        cases_of(2), ScriptedAgent({"c0": [Failure(FailureKind.RATE_LIMITED, "429")], "c1": [Failure(FailureKind.RATE_LIMITED, "429")]})
    )
    done = await run(cases_of(3), ScriptedAgent())
    assert (done.exit_code, done.summary.finished, done.manifest.resumed) == (ExitCode.PASSED, 3, 0)


async def test_another_time_limit_is_another_run(run: Evaluate, cases_of: Cases) -> None:
    await run(cases_of(2), ScriptedAgent(), timeout_s=10.0)
    with pytest.raises(RunDirectoryError, match=r"timeout was 10\.0, now 20\.0"):
        await run(cases_of(2), ScriptedAgent(), timeout_s=20.0)


async def test_a_run_that_was_billed_without_an_answer_keeps_its_place(run: Evaluate, cases_of: Cases) -> None:
    class Billed(ScriptedAgent):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            raise AnswerFailed(Failure(FailureKind.PROVIDER_ERROR, "cut off"), output=Output(cost_usd=0.5))

    await run(cases_of(1), Billed())
    with pytest.raises(RunDirectoryError, match="holds another run"):
        await run(cases_of(2), ScriptedAgent())
