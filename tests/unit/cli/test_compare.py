from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from goldfinch.adapters.files.comparison_file import read_comparison
from goldfinch.adapters.files.run_directory import RunDirectoryJournal
from goldfinch.cli.compare import app
from goldfinch.core.comparison.outcome import Change
from goldfinch.core.errors import GoldfinchError, RunDirectoryError, UsageError
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.verdict import Verdict
from goldfinch.ports.run_journal import UnwritableRecord
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.testing.run_results import InMemoryResults, scripted_results


def stored(folder: Path, results: InMemoryResults) -> Path:
    with closing(RunDirectoryJournal(folder)) as journal:
        journal.write_manifest(results.stored)
        for record in results.records:
            journal.append_scores(record)
    return folder


def a_run(folder: Path, *, failing: int, cases: int = 60, status: RunStatus = RunStatus.COMPLETE) -> Path:
    results = scripted_results(folder.name, {f"case-{number:02d}": [number >= failing] for number in range(cases)})
    return stored(folder, replace(results, stored=replace(results.stored, status=status)))


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    return a_run(tmp_path / "base", failing=0)


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("failing", "options", "code"),
    [
        (20, (), 0),
        (20, ("--fail-on-regression",), 1),
        (4, ("--fail-on-regression",), 0),
        (4, ("--fail-on-regression", "--on-inconclusive", "fail"), 3),
        (4, ("--on-inconclusive", "fail"), 0),
        (4, ("--fail-on-regression", "--strict"), 1),
        (4, ("--fail-on-regression", "--threshold", "0.2"), 0),
        (6, ("--fail-on-regression",), 1),
        (6, ("--fail-on-regression", "--looks", "4"), 0),
        (20, ("--fail-on-regression", "--absolute-threshold", "pass_rate=0.5", "--absolute-threshold", "exact=0.5"), 0),
        (0, ("--fail-on-regression",), 0),
    ],
)
def test_exit_codes(tmp_path: Path, baseline: Path, failing: int, options: tuple[str, ...], code: int) -> None:
    assert invoke(baseline, a_run(tmp_path / "now", failing=failing), *options)[0] == code


def test_an_inconclusive_drop_is_warned_of_on_stderr(tmp_path: Path, baseline: Path) -> None:
    _, _, told = invoke(baseline, a_run(tmp_path / "now", failing=4), "--fail-on-regression")
    assert "it may be chance" in told


def test_what_regressed_comes_first_and_one_next_command_last(tmp_path: Path, baseline: Path) -> None:
    _, shown, _ = invoke(baseline, a_run(tmp_path / "now", failing=20))
    lines = shown.splitlines()
    assert lines[0] == "regressed: pass_rate, exact"
    assert "✗ case-00  1/1 → 0/1, changed once" in lines
    assert lines[-1].startswith("Next: goldfinch report ")
    row = next(line for line in lines if line.startswith("pass_rate")).split()
    assert row[:5] == ["pass_rate", "regressed", "1.000", "0.667", "-0.333"]
    assert row[8:] == ["60", "1", "<0.001", "0.174"]


def test_a_narrow_terminal_loses_no_figure(tmp_path: Path, baseline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    _, shown, _ = invoke(baseline, a_run(tmp_path / "now", failing=20))
    assert "1.000 → 0.667, D -0.333, 95 % CI" in shown.replace("\n", " ")
    assert "MDE 0.174" in shown


def test_the_report_is_read_back_as_it_was(tmp_path: Path, baseline: Path) -> None:
    path = tmp_path / "out" / "regression-report.json"
    _, printed, told = invoke(baseline, a_run(tmp_path / "now", failing=20), "--output", path, "--output-format", "json")
    assert path.read_text() == printed
    assert f"wrote {path}" in told
    found = read_comparison(path)
    assert (found.verdict, found.metrics[0].change, len(found.cases)) == (Verdict.FAIL, Change.REGRESSED, 20)
    assert json.loads(printed)["regressed"] == ["pass_rate", "exact"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace('"verdict": "fail"', '"verdict": "pass"'), "its verdict, pass, is not that of its figures, fail"),
        (lambda text: text.replace('"kind": "regression_report"', '"kind": "report"'), "is no regression report"),
        (lambda text: text.replace('"schema_version": 1', '"schema_version": 2'), "written by a newer Goldfinch"),
        (lambda text: text[:-40], "damaged"),
    ],
)
def test_a_report_that_was_tampered_with_is_refused(tmp_path: Path, baseline: Path, change: object, told: str) -> None:
    path = tmp_path / "report.json"
    invoke(baseline, a_run(tmp_path / "now", failing=20), "--output", path)
    path.write_text(change(path.read_text()))  # type: ignore[operator]
    with pytest.raises(RunDirectoryError, match=told) as refused:
        read_comparison(path)
    assert refused.value.code == "E2306"


def test_markdown_is_a_table_of_everything(tmp_path: Path, baseline: Path) -> None:
    _, shown, _ = invoke(baseline, a_run(tmp_path / "now", failing=20), "-f", "markdown")
    assert shown.startswith("**regressed: pass\\_rate, exact**\n")
    assert "| pass\\_rate | regressed | 1.000 | 0.667 | -0.333 |" in shown


def test_a_run_is_found_by_its_manifest(tmp_path: Path, baseline: Path) -> None:
    a_run(tmp_path / "artifact" / "ci-9", failing=20)
    a_run(tmp_path / "artifact" / "latest", failing=0)
    with pytest.raises(RunDirectoryError, match="--run-id or --sha"):
        invoke(baseline, tmp_path / "artifact")
    assert invoke(baseline, tmp_path / "artifact", "--run-id", "ci-9", "--fail-on-regression")[0] == 1
    assert invoke(tmp_path / "artifact", baseline, "--baseline-run-id", "latest")[0] == 0
    with pytest.raises(RunDirectoryError, match="of commit 0123456"):
        invoke(baseline, tmp_path / "artifact", "--sha", "0123456")
    with pytest.raises(RunDirectoryError, match="of commit 0123456"):
        invoke(tmp_path / "artifact", baseline, "--baseline-sha", "0123456")


def test_runs_that_cannot_be_compared_end_with_three_and_say_why_first(tmp_path: Path, baseline: Path) -> None:
    code, shown, _ = invoke(baseline, a_run(tmp_path / "now", failing=0, status=RunStatus.RUNNING))
    assert (code, shown.startswith("cannot be compared: the current run did not end")) == (3, True)


def test_a_bootstrap_baseline_is_neutral(tmp_path: Path) -> None:
    first = a_run(tmp_path / "bootstrap", failing=0, status=RunStatus.BOOTSTRAP)
    code, shown, _ = invoke(first, a_run(tmp_path / "now", failing=60), "--fail-on-regression")
    assert (code, shown.splitlines()[0]) == (0, "neutral: the baseline is a bootstrap: a placeholder until a first run is promoted")


@pytest.mark.parametrize("option", [("--absolute-threshold", "cost"), ("--threshold", "nan"), ("--threshold", "0")])
def test_a_wrong_option_is_a_usage_error(tmp_path: Path, baseline: Path, option: tuple[str, str]) -> None:
    with pytest.raises(UsageError) as refused:
        invoke(baseline, a_run(tmp_path / "now", failing=0), *option)
    assert refused.value.code == "E2308"


def test_a_report_that_cannot_be_written_says_so(tmp_path: Path, baseline: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GoldfinchError) as refused:
        invoke(baseline, a_run(tmp_path / "now", failing=0), "--output", tmp_path / "file" / "report.json")
    assert refused.value.code == "E2307"


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_hostile_case_ids_and_tags_reach_no_sink_as_they_are(tmp_path: Path, text: str) -> None:
    ids = {f"{text}{number}": [True] for number in range(12)}
    tags = dict.fromkeys(ids, (text,))
    runs = [scripted_results("base", ids, tags=tags), scripted_results("now", {case: [False] for case in ids}, tags=tags)]
    try:
        folders = [stored(tmp_path / run.stored.run_id, run) for run in runs]
    except UnwritableRecord:
        return  # what no run can hold
    for output in ("text", "markdown", "json"):
        _, shown, _ = invoke(*folders, "-f", output)
        assert not set(shown) & {"\x1b", "\u202e", "\x07", "\x7f"}
        assert "<script" not in shown or output != "markdown"
    invoke(*folders, "--output", tmp_path / "report.json")
    read_comparison(tmp_path / "report.json")


def test_asking_for_help_imports_no_numpy() -> None:
    code = "import sys, goldfinch.cli.app, goldfinch.cli.compare; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
