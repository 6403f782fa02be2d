"""`goldfinch compare --further-trials` with real processes: another commit beside this one, a budget, a kill of either process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

AGENT = """
import hashlib
import os
import signal
import time

RATE = {rate}
calls = os.open(os.environ["CALLS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def answer(question, trial=0, seed=None):
    os.write(calls, f"{{RATE}} {{question}} {{trial}} {{seed}}\\n".encode())
    if os.environ.get("KILL") and os.path.getsize(os.environ["CALLS"]) > int(os.environ["KILL_AT"]):
        if os.environ["KILL"] == "term":
            os.kill(os.getppid(), signal.SIGTERM)
        else:
            os.kill(os.getppid() if os.environ["KILL"] == "parent" else os.getpid(), signal.SIGKILL)
        time.sleep(0.2)
    drawn = int(hashlib.sha256(f"{{question}}|{{seed}}".encode()).hexdigest(), 16) % 1000
    return {{"text": "30 days" if drawn < RATE * 1000 else "no idea", "cost_usd": 0.001}}
"""
SETTINGS = """
dataset: golden.jsonl
agent: {kind: python, target: "my_agent:answer"}
scorers: [exact]
"""
CASES = 60


class Workplace:
    """A repository with two commits of an agent, and a run of each: `before` right in 81 % of the cases, `now` in 76 %."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls.log"
        self.environment = {**os.environ, "CALLS": str(self.calls), "COLUMNS": "200"}
        for name in ("GITHUB_BASE_REF", "GITHUB_HEAD_REF", "TEST_BUDGET_USD"):
            self.environment.pop(name, None)
        lines = [{"id": f"c{number}", "input": f"q {number}", "expected": {"answer": "30 days"}} for number in range(CASES)]
        (folder / "golden.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        (folder / "goldfinch.yaml").write_text(SETTINGS)
        (folder / ".gitignore").write_text("calls.log\n.goldfinch\nbefore\nnow\n__pycache__\n")
        self.git("init", "-q", "-b", "main")
        self.release("before", 0.8, seed=11)
        self.release("now", 0.68, seed=21)
        self.calls.unlink()

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        return subprocess.run(["git", *identity, *arguments], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def release(self, name: str, rate: float, *, seed: int) -> None:
        (self.folder / "my_agent.py").write_text(AGENT.format(rate=rate))
        self.git("add", "-A")
        self.git("commit", "-qm", name)
        done = self.goldfinch("evaluate", "-o", name, "--seed", str(seed))
        assert done.returncode == 0, done.stderr

    def goldfinch(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "goldfinch.cli.app", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env={**self.environment, **environment}, capture_output=True, text=True, timeout=120, check=False
        )

    def compare(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.goldfinch("compare", "before", "now", "--further-trials", *arguments, **environment)

    def asked(self) -> Counter[str]:
        return Counter(self.calls.read_text().splitlines()) if self.calls.exists() else Counter()


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def test_both_commits_are_asked_again_until_it_is_decided(workplace: Workplace) -> None:
    done = workplace.compare(
        "--budget", "1", "--baseline-ref", "HEAD~1", "--output", "report.json", "--fail-on-regression", "--report", "c.html"
    )
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "regressed: pass_rate, exact"), done.stderr
    asked = workplace.asked()
    assert set(asked.values()) == {1}
    told = {(line.split()[0], line.split()[3], line.split()[4]) for line in asked}
    assert told == {("0.8", "1", "12"), ("0.8", "2", "13"), ("0.68", "1", "22"), ("0.68", "2", "23")}
    report = json.loads((workplace.folder / "report.json").read_text())
    assert report["metrics"][0]["baseline_trials"] == 3
    assert "further trials were asked: 3 a case on both sides, for $0.2400" in report["notes"]
    assert len(workplace.git("worktree", "list").splitlines()) == 1
    assert '"verdicts":"' in (workplace.folder / "c.html").read_text()
    again = workplace.compare("--budget", "1", "--baseline-ref", "HEAD~1", "--fail-on-regression")
    assert (again.returncode, workplace.asked()) == (1, asked)


def test_a_spent_budget_ends_with_4_and_more_money_goes_on(workplace: Workplace) -> None:
    stopped = workplace.compare("--budget", "0.15", "--baseline-ref", "HEAD~1")
    assert stopped.returncode == 4
    assert stopped.stdout.startswith("inconclusive: ")
    assert "error E1600: the budget of $0.15 for further trials is spent ($0.1500)" in stopped.stderr
    assert sum(workplace.asked().values()) == 150
    done = workplace.compare("--budget", "1", "--baseline-ref", "HEAD~1", "--fail-on-regression")
    assert done.returncode == 1
    assert set(workplace.asked().values()) == {1}
    assert sum(workplace.asked().values()) == 4 * CASES


@pytest.mark.parametrize(("side", "at"), [("child", 400), ("child", 2_500), ("parent", 400), ("parent", 2_500)])
def test_a_kill_of_either_process_loses_and_repeats_nothing_that_was_finished(workplace: Workplace, side: str, at: int) -> None:
    killed = workplace.compare("--budget", "1", "--baseline-ref", "HEAD~1", KILL=side, KILL_AT=str(at))
    assert killed.returncode == (-signal.SIGKILL if side == "parent" else 3)
    if side == "child":
        assert "error E2412: the process that asked the" in killed.stderr
        assert "Traceback" not in killed.stderr
    finished = answers_in(workplace.folder)
    for _ in range(50):  # a child whose parent was killed ends by itself; until then it holds the folder
        done = workplace.compare("--budget", "1", "--baseline-ref", "HEAD~1", "--fail-on-regression")
        if "E1503" not in done.stderr:
            break
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "regressed: pass_rate, exact"), done.stderr
    asked = workplace.asked()
    assert len(asked) == 4 * CASES
    assert sum(asked.values()) - 4 * CASES <= 4 * CASES - finished
    assert max(asked.values()) <= 2


def test_sigterm_ends_in_order_and_leaves_no_checkout(workplace: Workplace) -> None:
    ended = workplace.compare("--budget", "1", "--baseline-ref", "HEAD~1", KILL="term", KILL_AT="400")
    assert (ended.returncode, "Traceback" in ended.stderr) == (3, False)
    assert len(workplace.git("worktree", "list").splitlines()) == 1
    assert 0 < answers_in(workplace.folder) < 2 * CASES
    done = workplace.compare("--budget", "1", "--baseline-ref", "HEAD~1", "--fail-on-regression")
    assert done.returncode == 1, done.stderr


def answers_in(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.glob(".goldfinch/further/*/*/outputs.jsonl"))


def test_another_version_than_that_of_the_run_is_refused_before_it_is_asked(workplace: Workplace) -> None:
    done = workplace.compare("--budget", "1", "--baseline-ref", "HEAD")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error E2410: the baseline version is not the one of its run: agent version was" in done.stderr
    assert not workplace.asked()


def test_an_edited_case_is_refused_before_anything_is_asked(workplace: Workplace) -> None:
    golden = workplace.folder / "golden.jsonl"
    golden.write_text(golden.read_text().replace('"q 7"', '"another question"'))
    done = workplace.compare("--budget", "1", "--baseline-ref", "HEAD~1")
    assert (done.returncode, "case c7 was edited since" in done.stderr) == (2, True)
    assert not workplace.asked()


def test_another_settings_file_names_the_agent_of_the_baseline(workplace: Workplace) -> None:
    before = workplace.folder / "old"
    before.mkdir()
    (before / "my_agent.py").write_text(AGENT.format(rate=0.8))
    (before / "goldfinch.yaml").write_text(SETTINGS)
    done = workplace.compare("--budget", "1", "--baseline-config", "old/goldfinch.yaml", "--fail-on-regression")
    assert done.returncode == 1, done.stderr
    assert {line.split()[0] for line in workplace.asked()} == {"0.8", "0.68"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "E2413"),
        (("--budget", "1", "--baseline-ref", "no-such-commit"), "E2411"),
        (("--budget", "1", "--baseline-ref", "--upload-pack=x"), "E2411"),
        (("--budget", "1", "--baseline-config", "nowhere.yaml"), "E1101"),
        (("--budget", "1", "--baseline-ref", "HEAD~1", "--report", "."), "E1803"),
    ],
)
def test_wrong_input_is_one_line(workplace: Workplace, arguments: tuple[str, ...], code: str) -> None:
    done = workplace.compare(*arguments)
    assert done.returncode == 2
    assert [line[:12] for line in done.stderr.splitlines() if line.startswith("error ")] == [f"error {code}:"]
    assert not workplace.asked()
