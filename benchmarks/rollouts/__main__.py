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
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rollouts import plots, table
from benchmarks.rollouts.cells import CELLS, SEED
from benchmarks.rollouts.simulate import CellResult, simulate_all

RESULTS = Path(__file__).parent.parent / "results"
GUIDE = Path(__file__).parent.parent.parent / "docs" / "guides" / "canary-statistics.md"
IMAGES = GUIDE.parent.parent / "images"


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    if unknown := sorted(set(options.only) - set(CELLS)):
        print(f"no cell {unknown[0]!r}; there are {', '.join(CELLS)}", file=sys.stderr)
        return 2
    if options.report:
        stored = json.loads(Path(options.report).read_text())
        date, results = stored["date"], [CellResult.read(each) for each in stored["cells"]]
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


def _simulated(options: argparse.Namespace) -> tuple[str, list[CellResult]]:
    def told(words: str) -> None:
        if sys.stderr.isatty() or words.endswith("\n"):
            print(words.removeprefix("" if sys.stderr.isatty() else "\r"), end="", file=sys.stderr, flush=True)

    date = datetime.now(UTC).date().isoformat()
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"rollouts-{date}.json"
    results: list[CellResult] = []
    for result in simulate_all(options.only or list(CELLS), options.rollouts, seed=options.seed, workers=options.workers, told=told):
        results.append(result)
        written = path.with_suffix(".new")
        written.write_text(json.dumps({"date": date, "cells": [asdict(each) for each in results]}))
        written.replace(path)
    print(f"written to {path}", file=sys.stderr)
    return date, results


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rollouts", description="Simulate rollouts and judge them in four ways.")
    parser.add_argument("--rollouts", type=int, default=2_000, help="of each cell (default 2000)")
    parser.add_argument("--only", nargs="+", default=[], metavar="CELL", help=f"some cells of {', '.join(CELLS)}")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: one per core)")
    parser.add_argument("--report", metavar="JSON", help="show the table of earlier results instead of simulating")
    parser.add_argument("--publish", action="store_true", help="put the table into docs/guides/canary-statistics.md and draw its plots anew")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
