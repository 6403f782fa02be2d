"""`goldfinch evaluate` killed at any moment, and the same command again: nothing finished is lost, asked again or counted twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from goldfinch.adapters.files.run_directory import RunDirectory

TRIALS = 2
CONCURRENCY = 4
Pair = tuple[str, int]

AGENT = """
import asyncio
import os

calls = os.open("calls.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)


async def answer(text, trial):
    os.write(calls, f"{text} {trial}\\n".encode())
    await asyncio.sleep(float(os.environ.get("AGENT_S", "0.003")))
    if text.endswith("7"):
        raise ValueError("seven")
    return {"text": text if hash((len(text), int(text[5:]), trial)) % 3 else "wrong", "cost_usd": 0.01}
"""

DIES_WHILE_WRITING = """
import os, pathlib, signal, sys
from goldfinch.cli.app import main

name, count, moment = sys.argv.pop(1), int(sys.argv.pop(1)), sys.argv.pop(1)
replace = pathlib.Path.replace

def deadly(self, target):
    global count
    count -= pathlib.Path(target).name == name
    if count == 0 and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = replace(self, target)
    if count == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

pathlib.Path.replace = deadly
main()
"""


class Workplace:
    """A folder with a dataset, an agent that writes down each call, and the run."""

    def __init__(self, folder: Path, cases: int) -> None:
        self.folder = folder
        self.run = folder / "run"
        self.pairs = cases * TRIALS
        lines = [
            {"id": f"case-{n}", "input": f"case-{n}", "expected": {"answer": f"case-{n}"}, "tags": [f"t{n % 3}"]} for n in range(cases)
        ]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "golden.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        (folder / "noting_agent.py").write_text(AGENT)

    def start(self, *options: str, program: tuple[str, ...] = ("-m", "goldfinch"), **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, *program, "evaluate", "--dataset", "golden.jsonl", "--agent", "noting_agent:answer", "--scorer", "exact"]
        command += ["--output-dir", "run", "--trials", str(TRIALS), "--concurrency", str(CONCURRENCY), *options]
        return subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )

    def calls(self) -> list[Pair]:
        log = self.folder / "calls.log"
        words = (line.split() for line in log.read_text().splitlines()) if log.exists() else iter(())
        return [(case_id, int(trial)) for case_id, trial in words]

    def finished(self) -> list[Pair]:
        return [(key.case_id, key.trial) for key in RunDirectory(self.run).answer_keys()]

    def lines(self) -> int:
        try:
            return (self.run / "outputs.jsonl").read_bytes().count(b"\n")
        except FileNotFoundError:
            return 0

    def run_to_the_end(self) -> None:
        process = self.start()
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert "Traceback" not in err
        assert "exact" in out

    def summary(self) -> dict[str, Any]:
        summary: dict[str, Any] = json.loads((self.run / "summary.json").read_text())
        return summary


def watch(process: subprocess.Popen[str], is_time: Callable[[], bool]) -> bool:
    """Until it is time (True) or the process has ended (False)."""
    while process.poll() is None:
        if is_time():
            return True
        time.sleep(0.001)
    return False


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def require_same_result(disturbed: Workplace, undisturbed: Workplace) -> None:
    """Counts equal, means within 1e-9, every pair exactly once, every file valid."""
    assert Counter(disturbed.finished()) == Counter(undisturbed.finished())
    assert {(s.case_id, s.trial): s.passed for s in RunDirectory(disturbed.run).scores()} == {
        (s.case_id, s.trial): s.passed for s in RunDirectory(undisturbed.run).scores()
    }
    ours, theirs = disturbed.summary(), undisturbed.summary()
    assert ours["status"] == theirs["status"] == "complete"
    for part in ("cases", "planned", "finished", "cached", "failures"):
        assert ours[part] == theirs[part], part
    for part in ("passes", "metrics", "tags", "cost", "tokens"):
        assert leaves(ours[part]) == pytest.approx(leaves(theirs[part]), abs=1e-9), part
    assert ours["latency_ms"]["count"] == theirs["latency_ms"]["count"]
    assert junit_counts(disturbed) == junit_counts(undisturbed)
    assert not list(disturbed.run.glob(".*.tmp"))


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {key: leaf for name, child in items for key, leaf in leaves(child, f"{path}.{name}").items()}
    return {path: value}


def junit_counts(workplace: Workplace) -> dict[str, int]:
    root = ET.parse(workplace.run / "junit.xml").getroot()  # our own file
    return Counter(element.tag for element in root.iter())


def kill_again_and_again(folder: Path, *, cases: int, kills: int, seed: int) -> None:
    undisturbed, disturbed = Workplace(folder / "undisturbed", cases), Workplace(folder / "disturbed", cases)
    undisturbed.run_to_the_end()
    random, done, killed = Random(seed), 0, 0
    while killed < kills:
        finished, paid_before = disturbed.finished(), len(disturbed.calls())
        assert len(set(finished)) == len(finished) == disturbed.lines() >= done, "a finished answer was lost"
        done = len(finished)
        most = max(1, 2 * (disturbed.pairs - 4 * CONCURRENCY - done) // (kills - killed + 1))
        wanted = done + random.randint(0, most)
        latest = time.monotonic() + (random.uniform(0, 0.8) if random.random() < 0.3 else 60)
        process = disturbed.start(AGENT_S="0.01")
        was_killed = watch(process, lambda at=latest, lines=wanted: time.monotonic() >= at or disturbed.lines() >= lines)  # type: ignore[misc]
        kill(process)
        assert not set(finished) & set(disturbed.calls()[paid_before:]), "a finished answer was paid for again"
        killed += 1
        if not was_killed:
            assert process.returncode == 0
            break
    assert killed > kills * 0.8, "the run was over too soon"
    disturbed.run_to_the_end()
    assert len(disturbed.calls()) <= disturbed.pairs + killed * CONCURRENCY
    require_same_result(disturbed, undisturbed)


def test_killed_at_ten_moments_the_run_ends_as_if_undisturbed(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, cases=60, kills=10, seed=20261123)


@pytest.mark.long
def test_killed_at_a_hundred_moments_the_run_ends_as_if_undisturbed(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, cases=400, kills=100, seed=7)


@pytest.mark.parametrize(
    ("file", "count", "moment"),
    [
        ("manifest.json", 1, "before"),
        ("manifest.json", 1, "after"),
        ("summary.json", 1, "before"),
        ("summary.json", 1, "after"),
        ("manifest.json", 2, "before"),
        ("manifest.json", 2, "after"),
        ("junit.xml", 1, "before"),
    ],
)
def test_killed_while_it_writes_a_file_the_same_command_completes_the_run(tmp_path: Path, file: str, count: int, moment: str) -> None:
    workplace = Workplace(tmp_path, 6)
    process = workplace.start(program=("-c", DIES_WHILE_WRITING, file, str(count), moment))
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    workplace.run_to_the_end()
    assert Counter(workplace.calls()) == Counter({(f"case-{n}", trial): 1 for n in range(6) for trial in range(TRIALS)})
    assert workplace.summary()["finished"] == workplace.pairs
    assert junit_counts(workplace)["testcase"] > 0
    assert not list(workplace.run.glob(".*.json.*.tmp"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_once_it_finishes_what_is_in_flight_and_says_incomplete(tmp_path: Path, number: signal.Signals) -> None:
    undisturbed, workplace = Workplace(tmp_path / "undisturbed", 30), Workplace(tmp_path / "run", 30)
    undisturbed.run_to_the_end()
    process = workplace.start(AGENT_S="0.05")
    assert watch(process, lambda: workplace.lines() >= 5)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert "stopping after the calls in flight" in err
    assert "incomplete" in out
    assert Counter(workplace.calls()) == Counter(workplace.finished()), "a call in flight was thrown away"
    assert workplace.summary()["status"] == "incomplete"
    assert "interrupted" in workplace.summary()["reason"]
    assert 5 <= len(workplace.calls()) < workplace.pairs
    workplace.run_to_the_end()
    assert len(workplace.calls()) == workplace.pairs
    require_same_result(workplace, undisturbed)


def test_interrupted_twice_it_leaves_what_is_in_flight(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, 10)
    process = workplace.start(AGENT_S="600")
    assert watch(process, lambda: len(workplace.calls()) >= CONCURRENCY)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 3
    assert workplace.finished() == []
    workplace.run_to_the_end()


def test_ctrl_c_reaches_an_evaluation_that_was_started_from_python(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, 30)
    script = (
        "import goldfinch, noting_agent\n"
        "run = goldfinch.evaluate('golden.jsonl', noting_agent.answer, ['exact'], output_dir='run', trials=2, concurrency=4)\n"
        "print(run.exit_code.name, run.summary.finished)\n"
    )
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "AGENT_S": "0.05"}
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert watch(process, lambda: workplace.lines() >= 5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert out.split() == ["INCONCLUSIVE", str(len(workplace.finished()))], err
    assert Counter(workplace.calls()) == Counter(workplace.finished())
