"""Evaluate the good release and every one that is worse on purpose, and say which measure falls and by how much.

    python scripts/evaluate_releases.py [RELEASE ...] [--output-dir DIR] [--table docs/releases.md]

Cut off, the same command goes on where it stopped; what has not changed since is not asked again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from goldfinch import Evaluation, GoldfinchError

from evaluation.agent import release_names
from evaluation.comparison import Difference, differences, falls
from evaluation.figures import Figures, figures
from evaluation.running import CONCURRENCY, RESULTS, evaluate_release
from evaluation.tables import replace_section, table

GOOD = "good"
SECTION = "releases"


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    names = [GOOD, *(name for name in arguments.release or release_names() if name != GOOD)]
    try:
        runs = {name: _evaluated(name, arguments) for name in names}
    except FileNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except GoldfinchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    rows = [figures(name, run.summary) for name, run in runs.items()]
    fallen = {name: falls(differences(runs[GOOD].scores(), run.scores())) for name, run in runs.items() if name != GOOD}
    text = _text(rows, fallen, arguments.concurrency)
    print(text)
    if arguments.table:
        replace_section(arguments.table, SECTION, text)
    if arguments.json:
        arguments.json.write_text(json.dumps(_as_json(rows, fallen), indent=2), encoding="utf-8")
    return 0


def _evaluated(name: str, arguments: argparse.Namespace) -> Evaluation:
    print(f"{name} …", file=sys.stderr, flush=True)
    return evaluate_release(name, results=arguments.output_dir, concurrency=arguments.concurrency)


def _text(rows: list[Figures], fallen: dict[str, list[Difference]], concurrency: int) -> str:
    lines = [table(rows), "", "What falls against the good release, case by case:", ""]
    lines += [f"- `{name}`: {'; '.join(one.in_words() for one in found) or 'nothing beyond chance'}" for name, found in fallen.items()]
    breaches = {row.release: row.breaches() for row in rows}
    lines += ["", "Against the thresholds of the specification's quality gate:", ""]
    lines += [f"- `{name}`: {'; '.join(found) or 'reached'}" for name, found in breaches.items()]
    lines += ["", f"{concurrency} cases in flight at a time, on {os.cpu_count()} cores; latencies are of that machine."]
    return "\n".join(lines)


def _as_json(rows: list[Figures], fallen: dict[str, list[Difference]]) -> dict[str, object]:
    return {
        row.release: asdict(row) | {"breaches": row.breaches(), "falls": [asdict(one) for one in fallen.get(row.release, [])]}
        for row in rows
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evaluate_releases.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("release", nargs="*", help="names in releases/ (default: all); the good one is always evaluated")
    parser.add_argument("--output-dir", type=Path, default=RESULTS / "releases", help="where the runs go (default: %(default)s)")
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="cases in flight at a time (default: %(default)s)")
    parser.add_argument("--table", type=Path, help="page whose section `releases` is written anew, such as docs/releases.md")
    parser.add_argument("--json", type=Path, help="file for the same as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
