"""Evaluate the good release on data and questions that nobody tuned it on.

Three other seeds of the generator and paraphrases that are drawn now: data and golden dataset are generated in a temporary folder, and
each pass rate is shown beside that of the committed dataset.

    python scripts/evaluate_seeds.py [--seeds 7 71 711] [--paraphrase-seed N] [--within 5]

Exit code 1 where a pass rate is further below the committed one than `--within` points.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from secrets import randbelow

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from goldfinch import GoldfinchError

from evaluation.figures import Figures, figures
from evaluation.running import CONCURRENCY, RESULTS, evaluate_release
from evaluation.tables import markdown, rate, replace_section

COMMITTED_SEED = 20261124
SEEDS = (7, 71, 711)
SECTION = "seeds"


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    drawn = randbelow(10**6) if arguments.paraphrase_seed is None else arguments.paraphrase_seed
    try:
        committed = figures("committed", evaluate_release(arguments.release, results=RESULTS / "seeds").summary)
        rows = [committed, *(_on_other_data(seed, drawn, arguments) for seed in (COMMITTED_SEED, *arguments.seeds))]
    except (GoldfinchError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    text = f"{_table(rows)}\n\nParaphrases drawn with seed {drawn}."
    print(text)
    if arguments.table:
        replace_section(arguments.table, SECTION, text)
    if arguments.json:
        arguments.json.write_text(json.dumps({"paraphrase_seed": drawn, "rows": [asdict(row) for row in rows]}, indent=2), encoding="utf-8")
    below = [row.release for row in rows[1:] if _points(row, committed) < -arguments.within]
    if below:
        print(f"further than {arguments.within:g} points below the committed dataset: {', '.join(below)}", file=sys.stderr)
    return 1 if below else 0


def _on_other_data(seed: int, paraphrase_seed: int, arguments: argparse.Namespace) -> Figures:
    name = f"seed {seed}, paraphrased"
    print(f"{name} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="marketing-agent-") as scratch:
        data, golden = Path(scratch, "data"), Path(scratch, "golden")
        _generate("generator.write", "--seed", str(seed), "--data", str(data))
        _generate(
            "generator.golden", "--seed", str(seed), "--paraphrase-seed", str(paraphrase_seed), "--data", str(data), "--output", str(golden)
        )
        run = evaluate_release(
            arguments.release,
            results=Path(arguments.results or scratch),
            dataset=golden,
            overrides={"data_dir": str(data)},
            concurrency=arguments.concurrency,
        )
    return figures(name, run.summary)


def _generate(module: str, *options: str) -> None:
    subprocess.run([sys.executable, "-m", module, *options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _table(rows: list[Figures]) -> str:
    header = ("dataset", "answers", "pass rate (95 % CI)", "against the committed one", "unsafe cases", "errors")
    cells = [
        (row.release, str(row.answers), rate(row.pass_rate), f"{_points(row, rows[0]):+.1f} points", str(row.unsafe_count), str(row.errors))
        for row in rows
    ]
    return markdown([header, *cells])


def _points(row: Figures, committed: Figures) -> float:
    """Difference of the pass rates in percentage points; no verdict at all is as far below as can be."""
    if row.pass_rate.mean is None or committed.pass_rate.mean is None:
        return -100.0
    return 100 * (row.pass_rate.mean - committed.pass_rate.mean)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evaluate_seeds.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS), help="seeds of the generator (default: %(default)s)")
    parser.add_argument("--paraphrase-seed", type=int, help="seed of the paraphrases (default: drawn now, and shown)")
    parser.add_argument("--release", default="good", help="a name in releases/ (default: %(default)s)")
    parser.add_argument("--within", type=float, default=5.0, help="points below the committed pass rate that are allowed (default: 5)")
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="cases in flight at a time (default: %(default)s)")
    parser.add_argument("--results", type=Path, help="folder in which the runs are kept (default: they are not)")
    parser.add_argument("--table", type=Path, help="page whose section `seeds` is written anew, such as docs/releases.md")
    parser.add_argument("--json", type=Path, help="file for the same as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
