from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.files import run_table
from goldfinch.adapters.files.run_directory import RunDirectoryJournal
from goldfinch.adapters.files.run_table import RunTableReader
from goldfinch.core.comparison.run_table import RunTable
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import Manifest, MetricIdentity, RunStatus
from goldfinch.core.results.records import MetricScore, ScoreRecord, ScoreStatus
from goldfinch.testing.run_journal import sample_manifest, sample_record
from goldfinch.testing.run_results import InMemoryResults

MANIFEST = sample_manifest(RunStatus.COMPLETE, cases=3)
LOST = Failure(FailureKind.NETWORK, "reset")
CRASHED = Failure(FailureKind.CRASHED, "gone")
RECORDS = [sample_record("a"), sample_record("b", 0.2, tags=("billing", "critical"), critical=True, steps=3), sample_record("c", None)]


def written(folder: Path, manifest: Manifest, records: list[ScoreRecord]) -> Path:
    journal = RunDirectoryJournal(folder)
    journal.write_manifest(manifest)
    for record in records:
        journal.append_scores(record)
    journal.close()
    return folder


def plain(table: RunTable) -> dict[str, Any]:
    def known(values: Any) -> list[float | None]:
        return [None if isnan(value) else value for value in values]

    columns = {name: known(values) for name, values in table.measures.items()}
    columns |= {"passed": known(table.passed), "scores": known(table.scores), "row_cases": list(table.row_cases)}
    names = ("metrics", "cases", "hashes", "critical", "tags", "planned", "no_answer", "no_verdict")
    return columns | {name: getattr(table, name) for name in names} | {"no_score": Counter(table.no_score)}


@pytest.mark.parametrize(
    "records",
    [
        pytest.param(RECORDS, id="one trial"),
        pytest.param(
            [
                sample_record(case, value, trial=trial, trials=3)
                for trial in (2, 0, 1)
                for case, value in (("a", 1.0), ("b", 0.1), ("c", None))
            ],
            id="trials, interleaved",
        ),
        pytest.param([replace(RECORDS[0], scores=RECORDS[0].scores[::-1]), *RECORDS[1:]], id="another order of metrics"),
        pytest.param([replace(RECORDS[0], scores=RECORDS[0].scores[1:]), *RECORDS[1:]], id="a metric that is not there"),
        pytest.param(
            [sample_record("a", failure=LOST), sample_record("b", 0.0, failure=CRASHED), sample_record("c", cached=True)],
            id="failures and cache",
        ),
    ],
)
def test_a_directory_is_read_as_the_records_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: list[ScoreRecord]) -> None:
    manifest = replace(MANIFEST, trials=records[0].trials)
    expected = plain(InMemoryResults(manifest, records).table())
    folder = written(tmp_path / "run", manifest, records)
    assert plain(RunTableReader(folder).table()) == expected
    monkeypatch.setattr(run_table, "CHUNK_BYTES", 700)  # about a line
    assert plain(RunTableReader(folder).table()) == expected


def test_the_last_line_of_a_case_counts_in_a_run_that_was_taken_up_again(tmp_path: Path) -> None:
    records = [sample_record("a", failure=LOST), sample_record("b"), sample_record("c"), sample_record("a")]
    folder = written(tmp_path / "run", replace(MANIFEST, resumed=1), records)
    assert list(RunTableReader(folder).table().passed) == [1.0, 1.0, 1.0]
    assert RunTableReader(folder).table().no_answer == 0


def test_a_torn_last_line_of_a_killed_run_is_passed_over(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", replace(MANIFEST, status=RunStatus.RUNNING), RECORDS)
    with (folder / "results.jsonl").open("ab") as file:
        file.write(b'{"case_id":"d"')
    assert list(RunTableReader(folder).table().cases) == ["a", "b", "c"]


def lines_of(folder: Path) -> list[str]:
    return (folder / "results.jsonl").read_text().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        (lambda lines: lines[:2], "E2304", "manifest.json says complete, and 1 scores are missing"),
        (lambda lines: [lines[0], lines[1], lines[2][:40]], "E2304", "1 scores are missing"),
        (lambda lines: [lines[0], "{}\n", lines[2]], "E1502", "results.jsonl:2: damaged record"),
        (lambda lines: [lines[0], "\n", "null\n", lines[2]], "E1502", "results.jsonl:3"),
        (lambda lines: [*lines, lines[0]], "E2304", "case a, trial 0 is there twice"),
        (lambda lines: [lines[0].replace('"trial":0', '"trial":1'), *lines[1:]], "E2304", "case a: trial 1 of 1"),
        (lambda lines: [*lines, lines[0].replace('"a"', '"d"')], "E2304", "4 cases in results.jsonl, 3 in manifest.json"),
        (lambda lines: [lines[0].replace("accuracy", "charm"), *lines[1:]], "E2304", "a score is not of the metrics of manifest.json"),
        (lambda lines: [lines[0].replace('"version":"1"', '"version":"9"'), *lines[1:]], "E2304", "not of the metrics of manifest.json"),
        (lambda lines: [lines[0].replace('"value":1.0', '"value":1.5'), *lines[1:]], "E1502", "results.jsonl:1"),
        (lambda lines: [lines[0].replace('"value":1.0', '"value":NaN'), *lines[1:]], "E1502", "results.jsonl:1"),
        (lambda lines: [lines[0].replace('"value":1.0', '"value":null'), *lines[1:]], "E2304", "is scored and has no value"),
        (
            lambda lines: [lines[0].replace('"failure":null', '"failure":{"kind":"network","message":""}'), *lines[1:]],
            "E2304",
            "has a verdict",
        ),
        (lambda lines: [lines[0].replace("0.03", "-1"), *lines[1:]], "E1502", "results.jsonl:1"),
    ],
)
def test_damage_and_mixed_up_files_are_named(tmp_path: Path, change: Any, code: str, told: str) -> None:
    folder = written(tmp_path / "run", MANIFEST, RECORDS)
    (folder / "results.jsonl").write_text("".join(change(lines_of(folder))))
    with pytest.raises(RunDirectoryError) as refused:
        RunTableReader(folder).table()
    assert (refused.value.code, told in str(refused.value)) == (code, True), str(refused.value)


def test_scores_of_another_run_do_not_fit_the_summary(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", MANIFEST, RECORDS)
    accumulator = SummaryAccumulator()
    for record in RECORDS[:2]:
        accumulator.add(record)
    with closing(RunDirectoryJournal(folder)) as journal:
        journal.write_summary(accumulator.summary(MANIFEST, planned=3))
    with pytest.raises(RunDirectoryError, match=r"summary\.json and results.jsonl count different answers"):
        RunTableReader(folder).table()


def test_a_metric_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    twice = (MetricIdentity("accuracy", "1", 0.75), MetricIdentity("accuracy", "2", 0.75))
    folder = written(tmp_path / "run", replace(MANIFEST, metrics=twice), [])
    with pytest.raises(RunDirectoryError, match="names a metric twice"):
        RunTableReader(folder).table()


def test_without_results_the_message_says_how_to_make_them(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", MANIFEST, [])
    (folder / "results.jsonl").unlink()
    with pytest.raises(RunDirectoryError, match="goldfinch score"):
        RunTableReader(folder).table()


def test_a_run_without_metrics_is_read(tmp_path: Path) -> None:
    record = ScoreRecord("a", "h", 0, None, ())
    folder = written(tmp_path / "run", replace(MANIFEST, metrics=(), dataset=replace(MANIFEST.dataset, cases=1)), [record])
    assert RunTableReader(folder).table().rows == 1


def test_both_trials_of_a_case_must_ask_the_same(tmp_path: Path) -> None:
    records = [sample_record("a", trials=2), replace(sample_record("a", trial=1, trials=2), case_hash="other")]
    folder = written(tmp_path / "run", replace(MANIFEST, trials=2), records)
    with pytest.raises(RunDirectoryError, match="do not belong to one run"):
        RunTableReader(folder).table()


def test_missing_and_crashed_scores_of_a_deciding_metric_are_no_verdict(tmp_path: Path) -> None:
    missing = MetricScore("accuracy", "1", ScoreStatus.MISSING)
    records = [replace(RECORDS[0], passed=None, scores=(missing, RECORDS[0].scores[1])), *RECORDS[1:]]
    table = RunTableReader(written(tmp_path / "run", MANIFEST, records)).table()
    assert (table.no_verdict, table.no_answer, table.no_score) == (2, 0, {"accuracy": 2})
