"""Hold every release against the gates and against the good release, as a pipeline does, and say what stops it.

Then the good release against itself with run-to-run variation on: nothing changed, so nothing may be stopped.

    python scripts/stop_releases.py [--output-dir DIR] [--pairs 20] [--variation 0.2 1] [--table docs/releases.md]

Runs that are complete are not asked again. Exit code 1 where a release is not stopped by what should stop it.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from goldfinch import GoldfinchError

from evaluation.against_itself import AgainstItself, against_itself
from evaluation.agent import release_names
from evaluation.running import CONCURRENCY, RESULTS, evaluate_release
from evaluation.stopping import COMPARISON, SHOULD, Judged, judged
from evaluation.tables import markdown, replace_section

GOOD = "good"
SECTION = "stopped"


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        releases = _releases(arguments)
        itself = [_itself(variation, arguments) for variation in arguments.variation if arguments.pairs]
    except GoldfinchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    text = "\n\n".join([_table(releases), *([_table_of_pairs(itself)] if itself else [])])
    print(text)
    if arguments.table:
        replace_section(arguments.table, SECTION, text)
    if arguments.json:
        arguments.json.write_text(json.dumps(_as_json(releases, itself), indent=2), encoding="utf-8")
    missed = [one.release for one in releases if not one.is_stopped_as_it_should]
    if missed:
        print(f"not as it should be: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def _releases(arguments: argparse.Namespace) -> list[Judged]:
    runs = {name: evaluate_release(name, results=arguments.output_dir, concurrency=CONCURRENCY) for name in release_names()}
    found = []
    for name, run in runs.items():
        print(f"{name} …", file=sys.stderr, flush=True)
        found.append(judged(name, run, runs[GOOD], arguments.output_dir / "stopped" / name))
    return found


def _itself(variation: float, arguments: argparse.Namespace) -> AgainstItself:
    print(f"{GOOD} against itself, variation {variation:g} …", file=sys.stderr, flush=True)
    return against_itself(variation, arguments.pairs, results=arguments.output_dir / "stopped", concurrency=CONCURRENCY)


def _table(releases: list[Judged]) -> str:
    header = ("release", "should be stopped by", "check", "gates that fail", "comparison", "what regressed", "worst tag", "as it should be")
    return markdown([header, *(_cells(one) for one in releases)])


def _cells(one: Judged) -> tuple[str, ...]:
    should = ": ".join(SHOULD[one.release]) if one.release in SHOULD else "nothing"
    failing = "; ".join(f"{breach.by}: {breach.text}" for breach in one.breaches if breach.by != COMPARISON)
    regressed = "; ".join(breach.text for breach in one.breaches if breach.by == COMPARISON)
    comparison = f"{one.comparison}, {one.trials} trial{'s' * (one.trials != 1)} a case" if one.comparison else "–"
    is_right = "yes" if one.is_stopped_as_it_should else "**no**"
    return (
        one.release,
        should,
        f"{one.check} ({one.exit_code})",
        failing or "–",
        comparison,
        regressed or "–",
        one.worst_tag or "–",
        is_right,
    )


def _table_of_pairs(itself: list[AgainstItself]) -> str:
    header = ("`good` against itself", "pairs", "regressed", "pass", "inconclusive", "pass rates", "pairs by trials a case")
    return markdown([header, *(_cells_of_pairs(one) for one in itself)])


def _cells_of_pairs(one: AgainstItself) -> tuple[str, ...]:
    rates = [rate for pair in one.pairs for rate in pair.pass_rates]
    trials = ", ".join(f"{count} after {trials}" for trials, count in one.trials.items())
    counts = [str(one.count(verdict)) for verdict in ("fail", "pass", "inconclusive")]
    span = f"{100 * min(rates):.1f}–{100 * max(rates):.1f} %"
    return (f"{one.variation:.0%} of the answers vary".replace("%", " %"), str(len(one.pairs)), *counts, span, trials)


def _as_json(releases: list[Judged], itself: list[AgainstItself]) -> dict[str, object]:
    return {
        "releases": {
            one.release: asdict(one) | {"stopped_by": one.stopped_by, "is_stopped_as_it_should": one.is_stopped_as_it_should}
            for one in releases
        },
        "against_itself": [
            asdict(one) | {"regressed": one.count("fail"), "passed": one.count("pass"), "inconclusive": one.count("inconclusive")}
            for one in itself
        ],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stop_releases.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output-dir", type=Path, default=RESULTS / "releases", help="where the runs go (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=20, help="pairs of runs of the good release, 0 for none (default: %(default)s)")
    parser.add_argument("--variation", type=float, nargs="+", default=[0.2, 1.0], help="share of answers that vary (default: 0.2 and 1)")
    parser.add_argument("--table", type=Path, help="page whose section `stopped` is written anew, such as docs/releases.md")
    parser.add_argument("--json", type=Path, help="file for the same as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
