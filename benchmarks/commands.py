"""Start time and install size: what a person meets before the first case."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import environment


@dataclass(frozen=True, slots=True)
class StartTimes:
    """Wall seconds of each run, in turns: `python -c pass` and `goldfinch --help` of the same fresh install."""

    nothing_s: tuple[float, ...]
    help_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class InstallSize:
    """Bytes in site-packages: an empty virtual environment, and the same with `pip install .`."""

    empty_bytes: int
    installed_bytes: int

    @property
    def added_mb(self) -> float:
        """Megabytes (10^6 bytes) that installing adds."""
        return (self.installed_bytes - self.empty_bytes) / 1e6


def measure_start(venv: Path, runs: int) -> StartTimes:
    """Start both commands `runs` times in turns, after one unmeasured start of each (byte code, disk cache)."""
    commands = ([str(venv / "bin" / "python"), "-c", "pass"], [str(venv / "bin" / "goldfinch"), "--help"])
    for command in commands:
        _seconds(command)
    rounds = [[_seconds(command) for command in commands] for _ in range(runs)]
    nothing, help_ = zip(*rounds, strict=True)
    return StartTimes(nothing, help_)


def measure_install() -> tuple[InstallSize, Path]:
    """Install into a virtual environment made for it; returns the size and that environment's folder."""
    empty = environment.site_packages_bytes(environment.fresh_install(goldfinch=False))
    venv = environment.fresh_install(goldfinch=True)
    return InstallSize(empty, environment.site_packages_bytes(venv)), venv


def _seconds(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "NO_COLOR": "1"})
    return time.perf_counter() - started
