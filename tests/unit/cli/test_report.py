from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from goldfinch.adapters.files.run_directory import RunDirectoryJournal
from goldfinch.cli.judge import app as judge_app
from goldfinch.cli.report import app
from goldfinch.core.errors import ConfigurationError, RunDirectoryError, UsageError
from goldfinch.core.results.manifest import RunStatus
from goldfinch.testing.run_journal import sample_manifest, sample_output, sample_record


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return written(tmp_path / "run", RunStatus.COMPLETE)


def written(path: Path, status: RunStatus) -> Path:
    journal = RunDirectoryJournal(path)
    journal.write_manifest(sample_manifest(status, cases=2))
    for case_id, value in (("refund-1", 1.0), ("refund-2", 0.2)):
        journal.append_output(sample_output(case_id, "no"))
        journal.append_scores(sample_record(case_id, value))
    journal.close()
    return path


def invoke(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_a_complete_run_is_shown_and_ends_with_zero_although_cases_failed(run_dir: Path) -> None:
    code, shown = invoke(run_dir)
    assert code == 0
    assert "✗ refund-2  failed" in shown
    assert "1 of 2 cases passed" in shown


def test_an_incomplete_run_ends_with_three(tmp_path: Path) -> None:
    code, shown = invoke(written(tmp_path / "killed", RunStatus.RUNNING))
    assert code == 3
    assert "incomplete: 2/2 cases, the run is still going on, or was killed" in shown


@pytest.mark.parametrize("option", ["--format", "--output"])
def test_json_on_stdout_is_pure(run_dir: Path, option: str) -> None:
    code, shown = invoke(run_dir, option, "json")
    assert (code, json.loads(shown)["kind"]) == (0, "report")


def test_an_output_folder_gets_every_file(run_dir: Path, tmp_path: Path) -> None:
    code, shown = invoke(run_dir, "--output-dir", tmp_path / "reports" / "ci-1")
    assert code == 0
    assert {path.name for path in (tmp_path / "reports" / "ci-1").iterdir()} == {"summary.md", "report.json", "junit.xml"}
    assert shown == ""


def test_an_output_folder_with_a_format_gets_that_file(run_dir: Path, tmp_path: Path) -> None:
    invoke(run_dir, "--output-dir", tmp_path / "reports", "--format", "markdown")
    assert (tmp_path / "reports" / "summary.md").read_text(encoding="utf-8").startswith("**1 of 2 cases passed")


def test_an_output_file_gets_the_format(run_dir: Path, tmp_path: Path) -> None:
    invoke(run_dir, "--format", "junit", "--to", tmp_path / "results.xml")
    assert (tmp_path / "results.xml").read_text(encoding="utf-8").startswith("<?xml")


def test_two_targets_are_refused(run_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="both given"):
        invoke(run_dir, "--to", tmp_path / "a", "--output-dir", tmp_path)


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_where_there_is_no_run_one_line_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunDirectoryError, match=r"no manifest\.json here") as caught:
        invoke(tmp_path / name)
    assert int(caught.value.exit_code) == 2


def test_the_command_prints_no_traceback_and_works_without_utf8(run_dir: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "goldfinch", "report"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    shown = subprocess.run([*command, run_dir], capture_output=True, env=environment, check=False)
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert b"x refund-2  failed" in shown.stdout
    markdown = subprocess.run([*command, run_dir, "--format", "markdown"], capture_output=True, env=environment, check=False)
    assert "95 % CI 9.5–90.5" in markdown.stdout.decode("utf-8")
    wrong = subprocess.run([*command, tmp_path], capture_output=True, env=environment, check=False)
    assert wrong.returncode == 2
    assert wrong.stderr.decode().startswith("error E1501: ")
    assert wrong.stderr.count(b"\n") == 1


def calibrated(folder: Path, *, version: str = "1") -> Path:
    """A calibration of the run's metric, on 100 labels of which the judge let 20 pass that people did not."""
    labels, judged, to = (folder / name for name in ("labels.jsonl", "judged.jsonl", "calibration.json"))
    answers = [{"id": f"i{n}", "input": "q", "answer": "a", "label": n >= 60} for n in range(100)]
    verdicts = [{"id": f"i{n}", "judge": "j", "verdict": n >= 40, "judge_version": version} for n in range(100)]
    for path, lines in ((labels, answers), (judged, verdicts)):
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    arguments = ["--labels", labels, "--judgements", judged, "--metric", sample_manifest().metrics[0].name, "--to", to]
    assert CliRunner().invoke(judge_app, ["calibrate", *map(str, arguments)]).exit_code == 0
    return to


@pytest.mark.parametrize("name", ["text", "markdown", "json"])
def test_a_calibration_corrects_the_mean_of_its_metric_in_every_report_for_people(run_dir: Path, tmp_path: Path, name: str) -> None:
    _, plain = invoke(run_dir, "--format", name)
    code, shown = invoke(run_dir, "--format", name, "--calibration", calibrated(tmp_path, version=sample_manifest().metrics[0].version))
    assert code == 0
    assert "labels of people" not in plain
    if name == "json":
        corrected = json.loads(shown)["corrected"][0]["corrected"]
        assert (corrected["value"], corrected["labels"], corrected["answers"]) == (pytest.approx(0.4), 100, 2)
    else:
        assert "accuracy corrected by 100 labels of people: 0.400 (95 % CI 0.000–" in shown
        assert "the judge alone says 0.600 (0.000–1.000)" in shown


def test_a_calibration_of_another_judge_is_refused(run_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is of judge version 'other'"):
        invoke(run_dir, "--calibration", calibrated(tmp_path, version="other"))
