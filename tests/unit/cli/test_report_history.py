from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

import jsonschema
import pytest
from typer.testing import CliRunner

from goldfinch.bootstrap.run_history import run_history_schema
from goldfinch.cli.app import app
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.results.manifest import RunStatus
from tests.run_histories import finished_run, unfinished, write_run, write_runs


def history(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["report", "history", *map(str, arguments)])
    if isinstance(done.exception, GoldfinchError):
        return int(done.exception.exit_code), done.stdout, f"error {done.exception.code}: {done.exception}"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_runs(tmp_path / "runs", 24, lambda number: 0.95 if number < 14 else 0.7)


def test_a_page_is_written_that_holds_everything_it_shows(runs: Path) -> None:
    code, shown, said = history(runs, "--output", "deep/history.html")
    assert (code, shown) == (0, "")
    assert said == "wrote deep/history.html: 24 runs, 2 changes of level\n"
    page = Path("deep/history.html").read_text()
    assert "2 changes of level in 24 runs" in page
    assert page.count('<g class="point">') == 24 * 4
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "default-src &#39;none&#39;" in page


def test_a_page_is_called_history_where_nothing_is_said(runs: Path) -> None:
    assert history(runs)[0] == 0
    assert Path("history.html").is_file()


def test_json_is_pure_and_keeps_to_its_schema(runs: Path) -> None:
    code, shown, said = history(runs, "--output-format", "json")
    document = json.loads(shown)
    jsonschema.validate(document, run_history_schema())
    assert (code, said, document["kind"], document["schema_version"]) == (0, "", "history", 1)
    (rate,) = (metric for metric in document["metrics"] if metric["metric"] == "pass_rate")
    assert [change["at"] for change in rate["changes"]] == [14]
    assert all({"mean", "count", "low", "high"} == point.keys() for point in rate["points"])


def test_what_is_not_finished_is_left_out_and_counted(runs: Path) -> None:
    manifest, told = finished_run(90, 0.9, Random(1))
    write_run(runs / "killed", unfinished(manifest, RunStatus.RUNNING), None)
    write_run(runs / "replayed", unfinished(manifest, RunStatus.REPLAYED), told)
    document = json.loads(history(runs, "-f", "json")[1])
    assert len(document["runs"]) == 24
    assert document["left_out"] == {"replayed": 1, "running": 1}
    history(runs)
    assert "Left out: 1 replayed, 1 running." in Path("history.html").read_text()


def test_a_long_history_shows_its_last_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_runs(tmp_path / "runs", 420, lambda number: 0.95 if number < 410 else 0.5)
    assert history("runs")[0] == 0
    page = Path("history.html").read_text()
    assert "The last 400 runs are shown" in page
    assert page.count('<g class="point">') == 400 * 4
    assert page.count('class="change"') == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none"], "error E2606: none: no finished run in 1 folder; "),
        (["empty", "none"], "error E2606: empty, none: no finished run in 2 folders; "),
        (["broken"], "error E1502: "),
    ],
)
def test_folders_without_a_run_or_with_a_damaged_one(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("broken").mkdir()
    Path("broken/manifest.json").write_text('{"kind": "run", ')
    code, shown, error = history(*arguments)
    assert (code, shown) == (2, "")
    assert error.startswith(said)


def test_a_page_that_cannot_be_written_says_so(runs: Path) -> None:
    code, _, error = history(runs, "--output", runs / "run-0000" / "manifest.json" / "x.html")
    assert code == 3
    assert "cannot write" in error


def test_a_folder_called_history_is_still_a_run_directory_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    manifest, _ = finished_run(1, 0.9, Random(1))
    write_run(tmp_path / "history", manifest, None)
    done = CliRunner().invoke(app, ["report", "./history", "--format", "json"])
    assert json.loads(done.stdout)["run"]["run_id"] == manifest.run_id
