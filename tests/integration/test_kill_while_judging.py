"""A judge that costs money, and kill -9: at most the calls in flight are asked again, in a run and in scoring again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

CASES = 12
VOTES = 3
CONCURRENCY = 2
CALLS = CASES * VOTES

PROGRAMS = """
import asyncio, json, os

calls = os.open("calls.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def answer(text):
    return f"the answer to {text}"


async def judge(messages):
    os.write(calls, b"call\\n")
    await asyncio.sleep(0.02)
    return {"text": json.dumps({"reason": "so so", "score": 3}), "cost_usd": 0.01}
"""

SETTINGS = f"""
dataset: golden.jsonl
agent: {{kind: python, target: "programs:answer"}}
judge:
  model: {{kind: python, target: "programs:judge"}}
  votes: {VOTES}
scorers: ["judge:relevance"]
run: {{concurrency: {CONCURRENCY}}}
"""


class Workplace:
    """A run with a judge that writes down each call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lines = [
            json.dumps({"id": f"c{number}", "input": f"question {number}", "expected": {"answer": "the answer"}}) for number in range(CASES)
        ]
        (folder / "golden.jsonl").write_text("\n".join(lines) + "\n")
        (folder / "programs.py").write_text(PROGRAMS)
        (folder / "goldfinch.yaml").write_text(SETTINGS)

    def start(self, *command: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "goldfinch", *command]
        return subprocess.Popen(line, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, *command: str) -> None:
        process = self.start(*command)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert "Traceback" not in err

    def kill_after(self, replies: int, *command: str) -> None:
        """Kill as soon as that many replies are on disk."""
        process = self.start(*command)
        until = time.monotonic() + 120
        while self.replies() < replies:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def replies(self) -> int:
        return self._lines("run/judge.jsonl")

    def calls(self) -> int:
        return self._lines("calls.log")

    def _lines(self, name: str) -> int:
        try:
            return (self.folder / name).read_bytes().count(b"\n")
        except FileNotFoundError:
            return 0

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "run" / "summary.json").read_text())
        return found


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def check_paid_once(place: Workplace, kills: int) -> None:
    (metric,) = place.summary()["metrics"]
    assert (metric["scored"], metric["estimate"]["mean"]) == (CASES, 0.5)
    assert place.summary()["judge_cost"]["total_usd"] == pytest.approx(CALLS * 0.01)
    assert place.replies() == CALLS
    assert place.calls() <= CALLS + kills * CONCURRENCY * VOTES


def test_a_run_that_is_killed_while_it_judges_pays_for_no_finished_call_again(place: Workplace) -> None:
    command = ("evaluate", "--output-dir", "run")
    for replies in (4, 13, 25):
        place.kill_after(replies, *command)
    place.finish(*command)
    check_paid_once(place, kills=3)


def test_scoring_again_that_is_killed_keeps_the_old_scores_and_pays_for_no_finished_call_again(place: Workplace) -> None:
    place.finish("evaluate", "--output-dir", "run", "--scorer", "answered")
    before = (place.folder / "run" / "results.jsonl").read_bytes()
    for replies in (7, 20):
        place.kill_after(replies, "score", "run")
        assert (place.folder / "run" / "results.jsonl").read_bytes() == before
    place.finish("score", "run")
    check_paid_once(place, kills=2)


def test_scoring_again_asks_nothing_that_is_answered(place: Workplace) -> None:
    place.finish("evaluate", "--output-dir", "run")
    assert place.calls() == CALLS
    place.finish("score", "run")
    assert place.calls() == CALLS
    check_paid_once(place, kills=0)


def test_a_reply_that_a_power_loss_tore_is_asked_again(place: Workplace) -> None:
    place.finish("evaluate", "--output-dir", "run")
    file = place.folder / "run" / "judge.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    place.finish("score", "run")
    assert (place.calls(), place.replies()) == (CALLS + 1, CALLS)
