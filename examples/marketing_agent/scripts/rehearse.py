"""Rehearse rollouts of this agent's releases: the good one has to be promoted, each bad one rolled back by itself for its own reason.

    python scripts/rehearse.py [good-again slow crashy flaky-tool forgetful] [--table ../../docs/guides/rehearsal.md] [--json FILE]

It needs `pip install -e '.[rehearsal]'`, git, and two cores for five minutes. Exit code 1 where a release does not end as it should.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from evaluation.rehearsal import AGAIN, Ended, Rehearsal, RehearsalFailed
from evaluation.tables import markdown, replace_section

SECTION = "rehearsal"
TRIGGERS = {"slow": "p95_latency", "crashy": "error_rate", "flaky-tool": "tool_errors", "forgetful": "probe_score"}
"""What has to send each bad release back."""


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    rows = []
    try:
        with (
            tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch,
            Rehearsal(arguments.folder or Path(scratch) / "agent") as rehearsal,
        ):
            for name in arguments.releases:
                print(f"{name} …", file=sys.stderr, flush=True)
                rows.append(rehearsal.roll_out(name))
                print(f"  {rows[-1].phase} after {rows[-1].seconds:.0f} s: {rows[-1].cause}", file=sys.stderr, flush=True)
    except RehearsalFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    text = table(rows)
    print(text)
    if arguments.table:
        replace_section(arguments.table, SECTION, text)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=2), encoding="utf-8")
    wrong = [row.release for row in rows if not is_as_it_should(row)]
    if wrong:
        print(f"not as it should be: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


def is_as_it_should(row: Ended) -> bool:
    """Promoted, or rolled back for the reason that its fault gives."""
    if row.release not in TRIGGERS:
        return row.phase == "Succeeded" and row.exit_code == 0
    return row.phase == "RolledBack" and row.exit_code == 5 and TRIGGERS[row.release] in (row.trigger, *row.cause.replace(":", " ").split())


def table(rows: list[Ended]) -> str:
    header = ("release", "ended as", "because", "decided after", "whole rollout", "requests", "failed")
    return markdown([header, *(_cells(row) for row in rows)])


def _cells(row: Ended) -> tuple[str, ...]:
    decided = "–" if row.seconds_to_decision is None else f"{row.seconds_to_decision:.0f} s"
    cause = row.cause.replace("|", "\\|") if row.seconds_to_decision is not None else "–"
    return f"`{row.release}`", row.phase, cause, decided, f"{row.seconds:.0f} s", f"{row.turns:,}", f"{row.failed:,}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Roll releases out under the plan of rehearsal.yaml.")
    parser.add_argument("releases", nargs="*", default=[AGAIN, *TRIGGERS], help="of releases/, or good-again (default: all that matter)")
    parser.add_argument("--folder", type=Path, help="new folder to do it in, which stays (default: a temporary one)")
    parser.add_argument("--table", type=Path, help="page whose section `rehearsal` is written")
    parser.add_argument("--json", type=Path, help="file for everything that is known of each")
    return parser


if __name__ == "__main__":
    sys.exit(main())
