"""`goldfinch rollout replay` over a million events, the whole command, beside a bare loop that only decodes the same lines.

    python -m benchmarks.replaying --rounds 3

The bar: a million events in 20 s (wall, on a quiet machine; CPU seconds are the figure to read on a busy one).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tools.example_streams import Traffic, write

BAR_S = 20.0
_FLOOR = """
import sys, msgspec
decode = msgspec.json.Decoder().decode
lines = 0
with open(sys.argv[1], "rb") as file:
    for line in file:
        decode(line)
        lines += 1
print(lines)
"""
_PROMOTED = 0


@dataclass(frozen=True, slots=True)
class ReplayTimes:
    """Of so many events, per round, in turns: wall and CPU seconds and peak RSS (MiB) of the command, and of the bare loop."""

    events: int
    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]
    rss_mb: tuple[float, ...]
    floor_s: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """CPU seconds of the command, in parts of what the bare loop took in the same round: the median."""
        return median(above / below for above, below in zip(self.cpu_s, self.floor_s, strict=True))


def measure_replay(rounds: int, events: int = 1_000_000) -> ReplayTimes:
    """The stream is made for it, and removed: sessions of 1.75 turns on average, a step of 10 % and one of 50 %."""
    with tempfile.TemporaryDirectory() as folder:
        stream = Path(folder, "stream.jsonl")
        rate = events / 4400 / 1.72
        write(stream, Traffic(seed=5, sessions_per_s=rate, lasts_s=4400.0, weights=((0.0, 10), (2000.0, 50), (4000.0, 100))))
        lines = sum(1 for _ in stream.open("rb"))
        command = [sys.executable, "-m", "goldfinch", "rollout", "replay", str(stream), "--checks", "last"]
        floor = [sys.executable, "-c", _FLOOR, str(stream)]
        taken: list[tuple[float, float, float]] = []
        bare: list[tuple[float, float, float]] = []
        for round_ in range(rounds):
            for one, into in ((command, taken), (floor, bare)) if round_ % 2 == 0 else ((floor, bare), (command, taken)):
                into.append(_run(one))
    wall, cpu, rss = zip(*taken, strict=True)
    return ReplayTimes(lines, wall, cpu, rss, tuple(cpu_s for _, cpu_s, _ in bare))


def _run(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak RSS (MiB) of a process that must end with 0."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != _PROMOTED:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=process.stderr.read() if process.stderr else None)
    return wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=1_000_000)
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    times = measure_replay(arguments.rounds, arguments.events)
    per_million = 1e6 / times.events
    print(f"{times.events:,} lines, {arguments.rounds} rounds, load average {before:.1f} before; median (min-max)")
    for name, values in (
        ("wall s", times.wall_s),
        ("CPU s", times.cpu_s),
        ("peak RSS MiB", times.rss_mb),
        ("bare loop CPU s", times.floor_s),
    ):
        print(f"{name:<16} {median(values):8.2f} ({min(values):.2f}-{max(values):.2f})")
    print(
        f"a million events: {median(times.wall_s) * per_million:.1f} s wall, {median(times.cpu_s) * per_million:.1f} s CPU; bar {BAR_S:g} s"
    )
    print(f"{times.ratio:.1f} times the bare loop")


if __name__ == "__main__":
    main()
