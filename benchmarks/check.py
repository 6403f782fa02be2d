"""`goldfinch check` of a run, beside the one thing that it cannot do without: decoding the run's scores once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.run_pair import METRICS

CASES = 10_000
_SETTINGS = f"""
dataset: golden.jsonl
scorers: [{", ".join(METRICS)}]
gates: {{required: [ai_quality, cost]}}
"""


@dataclass(frozen=True, slots=True)
class CheckTimes:
    """Per round, in turns, in one process: decoding the scores; a check; a check by the base branch of a git repository. Wall seconds."""

    cases: int
    decode_s: tuple[float, ...]
    check_s: tuple[float, ...]
    base_s: tuple[float, ...]

    @classmethod
    def read(cls, stored: dict[str, Any]) -> CheckTimes:
        fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
        return cls(**fields)


def measure_check(rounds: int, cases: int = CASES) -> CheckTimes:
    """An evaluated run of `cases` cases with the five metrics, in a repository whose base branch has the same cases."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        _prepare(cases)
        jobs = (_decode, _check, lambda: _check(base="main"))
        for job in jobs:
            job()  # imports
        times = [[_seconds(job) for job in jobs] for _ in range(rounds)]
    decode, check, base = zip(*times, strict=True)
    return CheckTimes(cases, decode, check, base)


def _prepare(cases: int) -> None:
    import goldfinch

    Path("goldfinch.yaml").write_text(_SETTINGS)
    Path(".gitignore").write_text("run\nanswers.jsonl\n")
    with Path("golden.jsonl").open("w") as golden, Path("answers.jsonl").open("w") as answers:
        for number in range(cases):
            case = {"id": f"case-{number}", "input": f"question {number}", "expected": {"answer": f"the answer to question {number}"}}
            golden.write(json.dumps(case) + "\n")
            output = {"text": f"The answer to question {number}.", "cost_usd": 0.01}
            answers.write(json.dumps({"case_id": f"case-{number}", "output": output}) + "\n")
    goldfinch.evaluate("golden.jsonl", "recorded:answers.jsonl", output_dir="run", config="goldfinch.yaml")
    identity = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*identity, "commit", "-qm", "cases"]):
        subprocess.run(["git", *command], check=True, env=dict(os.environ), stdout=subprocess.DEVNULL)


def _decode() -> None:
    from goldfinch.adapters.files.run_directory import RunDirectory

    for _ in RunDirectory(Path("run")).scores():
        pass


def _check(base: str | None = None) -> None:
    from goldfinch.bootstrap.checking import CheckRequest, check

    finished = check(CheckRequest(Path("run"), base=base))
    if finished.summary.finished == 0:
        raise AssertionError("nothing was checked")


def _seconds(job: Callable[[], None]) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


if __name__ == "__main__":
    found = measure_check(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    print(json.dumps({"cases": found.cases, "decode_s": found.decode_s, "check_s": found.check_s, "base_s": found.base_s}, indent=2))
