from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from goldfinch.cli.judge import app
from goldfinch.core.errors import ConfigurationError, GoldfinchError, LabelsError, UsageError


def write(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return write(tmp_path / "labels.jsonl", [{"id": f"i{n}", "input": "q", "answer": "x" * n, "label": n % 2 == 0} for n in range(120)])


def judged(folder: Path, *, wrong: int = 0, repeats: int = 2, judge: str = "j", count: int = 120) -> Path:
    lines = [
        {"id": f"i{n}", "judge": judge, "verdict": (n % 2 == 0) is (n >= wrong), "repeat": repeat}
        for n in range(count)
        for repeat in range(repeats)
    ]
    return write(folder / "judged.jsonl", lines)


def invoke(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def calibrate(labels: Path, judgements: Path, *more: object) -> tuple[int, str]:
    return invoke("calibrate", "--labels", labels, "--judgements", judgements, "--to", labels.parent / "c.json", *more)


def test_a_good_judge_may_gate_and_its_file_and_report_are_written(labels: Path, tmp_path: Path) -> None:
    code, shown = calibrate(labels, judged(tmp_path), "--metric", "relevance", "--report", tmp_path / "out" / "r.md", "--require-gate")
    assert code == 0
    assert shown.startswith("judge j on relevance\nmay gate: ")
    assert json.loads((tmp_path / "c.json").read_bytes())["may_gate"] is True
    assert (tmp_path / "out" / "r.md").read_text().startswith("**may gate: ")


@pytest.mark.parametrize(("more", "code"), [((), 0), (("--require-gate",), 1)])
def test_a_judge_that_may_not_gate_fails_only_where_that_was_required(
    labels: Path, tmp_path: Path, more: tuple[str, ...], code: int
) -> None:
    found, shown = calibrate(labels, judged(tmp_path, wrong=60), *more)
    assert found == code
    assert "advisory only" in shown


@pytest.mark.parametrize("more", [(), ("--require-gate",)])
def test_too_few_labels_are_inconclusive(labels: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    code, shown = calibrate(labels, judged(tmp_path, count=99), *more)
    assert code == 3
    assert "too few labels: 99 labelled items were judged, 100 are needed" in shown


def test_json_is_the_calibration_file(labels: Path, tmp_path: Path) -> None:
    _, shown = calibrate(labels, judged(tmp_path), "--output", "json")
    assert json.loads(shown) == json.loads((tmp_path / "c.json").read_bytes())
    assert json.loads(invoke("show", tmp_path / "c.json", "--output", "json")[1]) == json.loads(shown)


def test_show_prints_what_calibrate_printed(labels: Path, tmp_path: Path) -> None:
    _, shown = calibrate(labels, judged(tmp_path), "--report", tmp_path / "r.md")
    assert invoke("show", tmp_path / "c.json") == (0, shown)
    assert invoke("show", tmp_path / "c.json", "--output", "markdown") == (0, (tmp_path / "r.md").read_text())


def test_one_of_several_judges_is_named(labels: Path, tmp_path: Path) -> None:
    first = judged(tmp_path).read_text()
    both = judged(tmp_path, judge="k", wrong=60)
    both.write_text(first + both.read_text())
    with pytest.raises(UsageError, match="of 2 judges"):
        calibrate(labels, both)
    assert calibrate(labels, both, "--judge", "k")[1].startswith("judge k\nadvisory")


def test_wrong_input_writes_nothing(labels: Path, tmp_path: Path) -> None:
    with pytest.raises(LabelsError):
        calibrate(labels, write(tmp_path / "judged.jsonl", [{"id": "i0", "judge": "j"}]))
    with pytest.raises(UsageError):
        calibrate(labels, judged(tmp_path), "--pass-mark", "7")
    with pytest.raises(ConfigurationError):
        invoke("show", labels)
    assert not (tmp_path / "c.json").exists()


def goldfinch(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "goldfinch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"})


def test_every_problem_is_one_line_on_stderr_and_the_exit_code_two(labels: Path, tmp_path: Path) -> None:
    broken = write(tmp_path / "judged.jsonl", [{"id": "i0", "judge": "j", "verdict": "a"}, {"id": "i1", "judge": "j", "verdict": 2}])
    done = goldfinch("judge", "calibrate", "--labels", labels, "--judgements", broken, "--to", tmp_path / "c.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == ["error E1945", "error E1945"]
    assert f"{broken}:2: has a `verdict` of 2, which is outside its scale, 0 to 1" in done.stderr


def test_help_of_the_group_names_its_commands() -> None:
    done = goldfinch("judge", "--help")
    assert done.returncode == 0
    assert "calibrate" in done.stdout
    assert "show" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "there are no judgements and no judge; give --judgements FILE, or a model to ask"),
        (("--judge", "m:judge"), "nothing says what the judge is to judge; give --metric: relevance"),
        (("--judge", "m:judge", "--metric", "charm"), "there is no rubric for 'charm'; take one of relevance"),
        (("--judge", "m:judge", "--metric", "accuracy"), "accuracy is judged against a `reference` or a `context`"),
        (("--judgements", "x", "--budget", "3", "--rubric", "r"), "--judgements asks nobody, so --rubric, --budget means nothing"),
    ],
)
def test_what_is_missing_to_ask_a_judge_is_said_before_anybody_is_asked(
    labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.py").write_text("def judge(messages):\n    raise AssertionError('was asked')\n")
    with pytest.raises(GoldfinchError) as caught:
        invoke("calibrate", "--labels", labels, "--to", tmp_path / "c.json", *arguments)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2
    assert not (tmp_path / "c.json").exists()
