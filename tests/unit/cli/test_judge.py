"""A judge from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goldfinch.cli.app import main

PROGRAMS = """
import json

def answer(text):
    return "Paris"

def judge(messages):
    assert messages[0]["role"] == "system"
    return json.dumps({"reason": "<b>so</b> so", "score": 4 if "Aller" not in messages[1]["content"] else 1})

def chatty(messages):
    return "I would give it a 4."
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "judge_programs.py").write_text(PROGRAMS)
    lines = [{"id": f"c{number}", "input": "Capital of France?", "expected": {"answer": "Paris"}} for number in range(3)]
    (tmp_path / "golden.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def goldfinch(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["goldfinch", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


EVALUATE = ("evaluate", "-d", "golden.jsonl", "-a", "judge_programs:answer", "-o", "run")


def summary(place: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / "run" / "summary.json").read_text())
    return found


def test_evaluates_with_a_judge_that_advises(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code = goldfinch(monkeypatch, *EVALUATE, "--judge", "judge_programs:judge", "-s", "exact", "-s", "judge:accuracy")
    shown = capsys.readouterr()
    assert code == 0
    assert "judge_accuracy (advisory)   0.750" in shown.out
    assert "judge_programs:judge is not calibrated, so it advises and decides nothing" in shown.err
    assert "3 of 3 cases passed" in shown.out
    (exact, judged) = summary(place)["metrics"]
    assert (exact["advisory"], judged["advisory"], judged["scored"]) == (False, True, 3)


def test_scores_stored_answers_with_a_judge(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert goldfinch(monkeypatch, *EVALUATE, "-s", "exact") == 0
    code = goldfinch(monkeypatch, "score", "run", "--judge", "judge_programs:judge", "-s", "exact", "-s", "judge:accuracy")
    assert code == 0
    assert "3 answers scored again" in capsys.readouterr().err
    assert summary(place)["metrics"][1]["scored"] == 3
    assert (place / "run" / "judge.jsonl").read_bytes().count(b"\n") == 6


def test_a_judge_that_only_talks_is_missing_and_never_0(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    goldfinch(monkeypatch, *EVALUATE, "--judge", "judge_programs:chatty", "-s", "exact", "-s", "judge:accuracy")
    judged = summary(place)["metrics"][1]
    assert (judged["scored"], judged["missing"], judged["estimate"]["mean"]) == (0, 3, None)
    assert "judge_accuracy (advisory) — — 0 3 0 0" in " ".join(capsys.readouterr().out.split())


def test_a_judged_metric_without_a_judge_is_one_line(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (EVALUATE, ("score", "run")):
        code = goldfinch(monkeypatch, *command, "-s", "judge:accuracy")
        shown = capsys.readouterr().err.strip()
        assert code == 2
        assert shown.startswith("error E1901: scorers[0]: judge_accuracy is judged by a model, and none is named; give --judge")
        if command is EVALUATE:
            goldfinch(monkeypatch, *EVALUATE, "-s", "exact")
            capsys.readouterr()


def test_a_judge_that_nobody_asks_is_one_line(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert goldfinch(monkeypatch, *EVALUATE, "-s", "exact") == 0
    for command in (EVALUATE, ("score", "run")):
        capsys.readouterr()
        assert goldfinch(monkeypatch, *command, "-s", "exact", "--judge", "judge_programs:judge") == 2
        assert capsys.readouterr().err.startswith(
            "error E1907: --judge: a judge is named and no scorer asks it; add --scorer judge:accuracy"
        )


def test_fresh_forgets_the_replies_too(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = ("--judge", "judge_programs:judge", "-s", "judge:accuracy")
    goldfinch(monkeypatch, *EVALUATE, *judged)
    goldfinch(monkeypatch, *EVALUATE, *judged, "--fresh")
    assert (place / "run" / "judge.jsonl").read_bytes().count(b"\n") == 6
    goldfinch(monkeypatch, *EVALUATE, "-s", "exact", "--fresh")
    assert not (place / "run" / "judge.jsonl").exists()


def test_settings_that_say_to_replay_keep_score_from_asking_a_judge_for_real(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    goldfinch(monkeypatch, *EVALUATE, "-s", "exact")
    (place / "replay.yaml").write_text("run: {replay: cassette}")
    capsys.readouterr()
    judged = ("score", "run", "--config", "replay.yaml", "--judge", "judge_programs:judge", "-s", "judge:accuracy")
    assert goldfinch(monkeypatch, *judged) == 2
    assert capsys.readouterr().err.startswith("error E2013: run.replay: the settings say to replay, and goldfinch score asks the judge")
    assert not (place / "run" / "judge.jsonl").exists()
