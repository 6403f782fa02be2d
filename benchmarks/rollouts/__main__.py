"""Simulate rollouts and judge them in four ways.

    python -m benchmarks.rollouts                          # 2,000 rollouts a cell: a quarter of an hour on two cores
    python -m benchmarks.rollouts --rollouts 200           # a look
    python -m benchmarks.rollouts --only same-2 errors-2   # some cells
    python -m benchmarks.rollouts --report benchmarks/results/rollouts-<date>.json --publish

Every cell is seeded by its name and the number of its rollout: the same seed gives the same table, on any number of cores.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rollouts import plots, table
from benchmarks.rollouts.cells import CELLS, SEED
from benchmarks.rollouts.simulate import CellResult, processes, simulate

RESULTS = Path(__file__).parent.parent / "results"
GUIDE = Path(__file__).parent.parent.parent / "docs" / "guides" / "canary-statistics.md"
IMAGES = GUIDE.parent.parent / "images"


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    if unknown := sorted(set(options.only) - set(CELLS)):
        print(f"no cell {unknown[0]!r}; there are {', '.join(CELLS)}", file=sys.stderr)
        return 2
    if min(options.rollouts, options.workers) < 1:
        print("--rollouts and --workers are 1 or more", file=sys.stderr)
        return 2
    if options.report:
        try:
            date, results = _read(Path(options.report))
        except (OSError, ValueError, KeyError, TypeError) as broken:
            print(f"{options.report} holds no results: {broken}", file=sys.stderr)
            return 2
    else:
        date, results = _simulated(options)
    page = table.page(results, date)
    print(page)
    if options.publish:
        if missing := sorted(set(CELLS) - {result.cell for result in results}):
            print(f"not published: {', '.join(missing)} were not simulated", file=sys.stderr)
            return 2
        table.publish(GUIDE, page)
        plots.write(IMAGES, results)
    return 0


def _read(path: Path) -> tuple[str, list[CellResult]]:
    """Earlier results. Raises what reading JSON raises."""
    stored = json.loads(path.read_text())
    return stored["date"], [CellResult.read(each) for each in stored["cells"]]


def _simulated(options: argparse.Namespace) -> tuple[str, list[CellResult]]:
    """Cell by cell; what is done is on disk after each."""
    date = datetime.now(UTC).date().isoformat()
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"rollouts-{date}.json"
    results: list[CellResult] = []
    with processes(options.workers) as pool:
        for name in options.only or list(CELLS):
            began = time.monotonic()
            result = simulate(CELLS[name], options.rollouts, pool=pool, seed=options.seed, told=_progress(name, options.rollouts))
            results.append(result)
            _say(f"{name}: {result.rolled_back():,} of {result.rollouts:,} rolled back, {time.monotonic() - began:.0f} s\n")
            written = path.with_suffix(".new")
            written.write_text(json.dumps({"date": date, "cells": [asdict(each) for each in results]}))
            written.replace(path)
    _say(f"written to {path}\n")
    return date, results


def _progress(name: str, rollouts: int) -> Callable[[int], None]:
    """A line that overwrites itself, on a terminal only."""
    return lambda done: _say(f"{name}: {done:,} of {rollouts:,}") if sys.stderr.isatty() else None


def _say(words: str) -> None:
    start = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(start + words, end="", file=sys.stderr, flush=True)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rollouts", description="Simulate rollouts and judge them in four ways.")
    parser.add_argument("--rollouts", type=int, default=2_000, help="of each cell (default 2000)")
    parser.add_argument("--only", nargs="+", default=[], metavar="CELL", help=f"some cells of {', '.join(CELLS)}")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: one per core)")
    parser.add_argument("--report", metavar="JSON", help="show the table of earlier results instead of simulating")
    parser.add_argument(
        "--publish", action="store_true", help="put the table into docs/guides/canary-statistics.md and draw its plots anew"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
