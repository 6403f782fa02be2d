"""Run the tests tier by tier, each within its time limit, and end with one line that counts them all.

    python tools/run_tests.py [pytest arguments]

A tier that overruns is killed with everything it started. A tier whose tests are all marked `long` is empty here, which only
simulation and fuzz may be.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5
"""pytest's exit code when it ran nothing."""


@dataclass(frozen=True)
class Tier:
    """Folders under tests/ that share a time limit."""

    name: str
    minutes: float
    folders: tuple[str, ...]
    may_be_empty: bool = False

    def paths(self) -> list[str]:
        """The folders that hold tests."""
        return [f"tests/{folder}" for folder in self.folders if any((ROOT / "tests" / folder).rglob("test_*.py"))]


TIERS = (
    Tier("unit", 8, ("unit", "contract")),
    Tier("docs", 5, ("house", "docs")),
    Tier("integration", 20, ("integration",)),
    Tier("end-to-end", 20, ("e2e",)),
    Tier("simulation", 10, ("simulation",), may_be_empty=True),
    Tier("fuzz", 8, ("fuzz",), may_be_empty=True),
)


@dataclass(frozen=True)
class Outcome:
    """How a tier ended: `problem` is empty when all is well."""

    counts: Counter[str]
    problem: str = ""


def main(arguments: list[str]) -> int:
    """Run every tier, also after one has failed, and return the exit code."""
    begin = time.monotonic()
    outcomes = [run(tier, arguments) for tier in TIERS if tier.paths()]
    for problem in (outcome.problem for outcome in outcomes if outcome.problem):
        print(f"FAILED {problem}")
    total = sum((outcome.counts for outcome in outcomes), Counter())
    words = ", ".join(f"{total[word]} {word}" for word in ("failed", "passed", "skipped", "errors") if total[word])
    print(f"=== {words or 'no tests ran'} in {time.monotonic() - begin:.2f}s ===")
    return 1 if any(outcome.problem for outcome in outcomes) or not total["passed"] else 0


def run(tier: Tier, arguments: list[str]) -> Outcome:
    """Run one tier and say how it ended."""
    print(f"--- {tier.name} (limit {tier.minutes:g} min)", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "junit.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments, *tier.paths()]
        code = exit_code(command, tier.minutes * 60)
        counts = read_counts(report)
    if code is None:
        return Outcome(counts, f"{tier.name}: not finished after {tier.minutes:g} minutes, killed")
    if code == NO_TESTS and not tier.may_be_empty:
        return Outcome(counts, f"{tier.name}: has a folder but no test ran")
    return Outcome(counts, f"{tier.name}: pytest ended with {code}" if code not in (0, NO_TESTS) else "")


def exit_code(command: list[str], seconds: float) -> int | None:
    """Run `command` from the root of the repository; None when it overran and was killed with its children."""
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdin=subprocess.DEVNULL)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def read_counts(report: Path) -> Counter[str]:
    """Count a JUnit report; nothing where pytest was killed before writing it."""
    if not report.exists():
        return Counter()
    suites = ET.parse(report).getroot().iter("testsuite")
    counts: Counter[str] = Counter()
    for suite in suites:
        told = {
            word: int(suite.get(attribute, 0)) for word, attribute in (("failed", "failures"), ("errors", "errors"), ("skipped", "skipped"))
        }
        counts += Counter(told) + Counter(passed=int(suite.get("tests", 0)) - sum(told.values()))
    return counts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
