from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from goldfinch.adapters.memory_dataset import MemoryDataset
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import DatasetError, RunDirectoryError
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.records import ScoreRecord
from goldfinch.core.results.summary import Summary
from goldfinch.core.scoring.answered import Answered
from goldfinch.core.scoring.exact import Exact
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.evaluate import EvaluationResult
from goldfinch.operations.score import score
from goldfinch.testing.agents import ScriptedAgent
from goldfinch.testing.run_journal import InMemoryRun

Evaluate = Callable[..., Awaitable[EvaluationResult]]
Cases = Callable[..., list[Case]]
EXACT = (Metric(Exact()),)


async def test_the_same_scorers_give_the_same_summary(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    asked = await run(cases_of(6), ScriptedAgent({"c2": ["wrong"], "c4": [ValueError("crash")]}), trials=2)
    lines = list(journal.output_lines)
    again = score(journal, MemoryDataset(cases_of(6)), EXACT)
    assert (again.scored, again.edited, again.unanswered) == (12, 0, 0)
    assert again.summary.passes == asked.summary.passes
    assert again.summary.metrics == asked.summary.metrics
    assert again.summary.cost.total_usd == pytest.approx(asked.summary.cost.total_usd)
    assert (again.summary.wall_s, again.summary.planned, again.summary.status) == (
        asked.summary.wall_s,
        asked.summary.planned,
        asked.summary.status,
    )
    assert journal.output_lines == lines


async def test_other_scorers_replace_the_scores(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    await run(cases_of(3), ScriptedAgent({"c1": ["wrong"]}))
    again = score(journal, MemoryDataset(cases_of(3)), [Metric(Answered(every_case=True), version="9")])
    assert again.summary.passes.passed == 3
    assert [metric.name for metric in again.manifest.metrics] == ["answered"]
    assert {found.version for line in journal.score_lines for found in line.scores} == {"9"}
    assert (journal.stored, journal.stored_summary) == (again.manifest, again.summary)


async def test_corrected_expectations_are_scored_and_counted(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    cases = cases_of(3)
    await run(cases, ScriptedAgent({"c1": ["right after all"]}))
    corrected = [cases[0], replace(cases[1], expected=Expected(answer="right after all"), weight=2.0, tags=("corrected",)), cases[2]]
    again = score(journal, MemoryDataset(corrected), EXACT)
    assert (again.scored, again.edited, again.summary.passes.passed) == (3, 1, 3)
    line = next(line for line in journal.score_lines if line.case_id == "c1")
    assert (line.weight, line.tags, line.passed) == (2.0, ("corrected",), True)
    assert again.manifest.dataset.fingerprint == MemoryDataset(corrected).check().fingerprint
    assert score(journal, MemoryDataset(corrected), EXACT).summary.passes.passed == 3


@pytest.mark.parametrize("change", [{"input": "another question"}, {"context": "another context"}])
async def test_a_changed_question_has_no_answer_and_leaves_the_old_scores(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun, change: dict[str, Any]
) -> None:
    cases = cases_of(3)
    await run(cases, ScriptedAgent())
    before = (journal.stored, journal.stored_summary, list(journal.score_lines))
    with pytest.raises(DatasetError, match="case c2: its input or context changed since it was asked") as refused:
        score(journal, MemoryDataset([cases[0], cases[1], replace(cases[2], **change)]), [Metric(Answered())])
    assert refused.value.code == "E1291"
    assert (journal.stored, journal.stored_summary, journal.score_lines) == before


async def test_cases_without_an_answer_are_counted_and_not_scored(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    await run(cases_of(2), ScriptedAgent())
    again = score(journal, MemoryDataset([*cases_of(2), Case("new", "q", trials=3)]), EXACT)
    assert (again.scored, again.unanswered) == (2, 3)
    assert again.summary.passes.rate.count == 2


async def test_missing_answers_stay_missing(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    await run(cases_of(2), ScriptedAgent({"c1": [Failure(FailureKind.PROVIDER_ERROR, "HTTP 502", 502)]}))
    again = score(journal, MemoryDataset(cases_of(2)), EXACT)
    assert (again.summary.finished, again.summary.passes.undecided, again.summary.passes.rate.count) == (1, 1, 1)
    assert again.summary.failures == {"provider_error": 1}


async def test_an_error_in_the_middle_leaves_the_old_results(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    class Full(InMemoryRun):
        def replace_scores(self, records: Iterable[ScoreRecord]) -> None:
            next(iter(records))
            raise OSError(28, "No space left on device")

    await run(cases_of(3), ScriptedAgent())
    full = Full(journal.stored, journal.stored_summary, journal.output_lines, journal.score_lines)
    before = (full.stored, full.stored_summary, list(full.score_lines))
    with pytest.raises(OSError, match="No space"):
        score(full, MemoryDataset(cases_of(3)), [Metric(Answered())])
    assert (full.stored, full.stored_summary, full.score_lines) == before


async def test_only_the_selected_cases_are_scored_again(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    await run(cases_of(6), ScriptedAgent(), selection=Selection(limit=4))
    again = score(journal, MemoryDataset(cases_of(6)), EXACT)
    assert (again.scored, again.unanswered, again.manifest.status) == (4, 0, RunStatus.COMPLETE)


async def test_a_scoring_that_is_killed_leaves_a_run_that_says_so_until_it_is_scored_again(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun
) -> None:
    class Killed(InMemoryRun):
        def write_summary(self, summary: Summary) -> None:
            raise KeyboardInterrupt

    await run(cases_of(3), ScriptedAgent())
    killed = Killed(journal.stored, journal.stored_summary, journal.output_lines, journal.score_lines)
    with pytest.raises(KeyboardInterrupt):
        score(killed, MemoryDataset(cases_of(3)), [Metric(Answered(every_case=True))])
    assert killed.manifest().status is RunStatus.INCOMPLETE
    assert "give the command again" in killed.manifest().reason
    taken_up = InMemoryRun(killed.stored, killed.stored_summary, killed.output_lines, killed.score_lines)
    again = score(taken_up, MemoryDataset(cases_of(3)), EXACT)
    assert (again.manifest.status, again.manifest.reason) == (RunStatus.COMPLETE, "")


def test_a_directory_without_a_run_is_refused(cases_of: Cases) -> None:
    with pytest.raises(RunDirectoryError, match=r"no manifest\.json"):
        score(InMemoryRun(), MemoryDataset(cases_of(1)), EXACT)


async def test_a_case_that_left_the_dataset_does_not_make_the_run_look_better(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    await run(cases_of(6), ScriptedAgent({"c3": ["wrong"]}))
    again = score(journal, MemoryDataset([case for case in cases_of(6) if case.id != "c3"]), EXACT)
    assert (again.manifest.status, again.summary.planned, again.summary.finished) == (RunStatus.INCOMPLETE, 6, 5)
