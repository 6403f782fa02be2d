from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.ports.run_journal import RunJournal, UnwritableRecord
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_output, sample_record

MISSING = Failure(FailureKind.RATE_LIMITED, "HTTP 429", 429)


def test_is_a_run_journal() -> None:
    journal: RunJournal = InMemoryRun()
    assert journal.stored_manifest() is None


def test_the_last_line_of_an_answer_counts() -> None:
    journal = InMemoryRun(replace(sample_manifest(), resumed=1))
    for record in (sample_output("a", "", failure=MISSING), sample_output("b", "yes"), sample_output("a", "at last")):
        journal.append_output(record)
    assert [(record.case_id, record.output.text) for record in journal.outputs()] == [("b", "yes"), ("a", "at last")]
    assert [(key.case_id, key.missing) for key in journal.answer_keys()] == [("a", True), ("b", False), ("a", False)]
    found = journal.output_of("a", 0)
    assert found is not None
    assert found.output.text == "at last"
    assert journal.output_of("a", 1) is None


@pytest.mark.parametrize(
    "output", [Output(text="\ud800"), Output(data=float("nan")), Output(data=10**30), Output(data=object()), Output(data={1: {2, 3}})]
)
def test_refuses_what_json_cannot_hold(output: Output) -> None:
    journal = InMemoryRun()
    with pytest.raises(UnwritableRecord):
        journal.append_output(OutputRecord("a", "h", 0, "now", output))
    assert not journal.output_lines


def test_a_full_disk_takes_nothing_more_and_stays_readable() -> None:
    journal = InMemoryRun(full_after=1)
    journal.append_output(sample_output("a", "yes"))
    refused: list[Any] = [
        lambda: journal.append_scores(sample_record("a")),
        lambda: journal.append_output(sample_output("b", "no")),
        lambda: journal.write_manifest(sample_manifest()),
    ]
    for write in refused:
        with pytest.raises(InfrastructureError, match="no space left"):
            write()
    assert [record.case_id for record in journal.outputs()] == ["a"]
    assert list(journal.scores()) == []


def test_replaces_all_scores_or_none() -> None:
    journal = InMemoryRun(score_lines=[sample_record("old")])

    def broken() -> Iterator[ScoreRecord]:
        yield sample_record("new")
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        journal.replace_scores(broken())
    assert [record.case_id for record in journal.scores()] == ["old"]
    journal.replace_scores([sample_record("new")])
    assert [record.case_id for record in journal.scores()] == ["new"]
