"""`goldfinch compare` on two large runs: the whole command, start included, beside a bare loop that only decodes the same lines."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import environment
from benchmarks.run_pair import write_run

SIZES = (10_000, 1_000_000)
_FLOOR = """
import sys, msgspec
decode = msgspec.json.Decoder().decode
lines = 0
for path in sys.argv[1:]:
    with open(path + "/results.jsonl", "rb") as file:
        for line in file:
            decode(line)
            lines += 1
print(lines)
"""


@dataclass(frozen=True, slots=True)
class CompareTimes:
    """Of one size, per round, in turns: wall and CPU seconds and peak RSS (MiB) of the command, and wall seconds of the bare loop."""

    cases: int
    results_mb: float
    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]
    rss_mb: tuple[float, ...]
    floor_s: tuple[float, ...]

    @classmethod
    def read(cls, stored: dict[str, Any]) -> CompareTimes:
        fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
        return cls(**fields)

    def stored(self) -> dict[str, Any]:
        """The inverse of `read`."""
        return asdict(self)


def measure_compare(rounds: int, sizes: Sequence[int] = SIZES, venv: Path = environment.PEERS) -> list[CompareTimes]:
    """Every size; the runs are made for it, and removed."""
    return [_measure(cases, rounds, venv) for cases in sizes]


def _measure(cases: int, rounds: int, venv: Path) -> CompareTimes:
    work = environment.WORK / "compare"
    shutil.rmtree(work, ignore_errors=True)
    try:
        folders = [str(write_run(work / name, cases=cases, run_id=name, pass_rate=0.8)) for name in ("baseline", "current")]
        report = work / "regression-report.json"
        command = [str(venv / "bin" / "goldfinch"), "compare", *folders, "--output", str(report), "--fail-on-regression"]
        floor = [str(environment.python_of(venv)), "-c", _FLOOR, *folders]
        taken: list[tuple[float, float, float]] = []
        bare: list[tuple[float, float, float]] = []
        for round_ in range(rounds):
            for one, into in ((command, taken), (floor, bare)) if round_ % 2 == 0 else ((floor, bare), (command, taken)):
                into.append(_run(one))
        size = Path(folders[0], "results.jsonl").stat().st_size / 1e6
        wall, cpu, rss = zip(*taken, strict=True)
        return CompareTimes(cases, size, wall, cpu, rss, tuple(wall_s for wall_s, _, _ in bare))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak RSS (MiB) of a process that must end with 0."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment.job_environment())
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
