"""Give a release a share of the traffic (R47): one transition of the rollout's record, the whole plan without a share, or the way back.

    python scripts/canary_deploy.py --environment production --version SHA --percentage 10
    python scripts/canary_deploy.py --environment production --rollback

Typed again, it changes nothing. Exit codes: 0 the share is verified, or the rollback done; 1 failed before any traffic; 2 usage; 3 not yet;
5 rolled back; 6 rollback failed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from goldfinch import GoldfinchError
from goldfinch.bootstrap.canary_stepping import Transition, abort_latest, take_transition
from goldfinch.cli.app import report_error
from goldfinch.cli.monitor import progress


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        if arguments.rollback:
            report = abort_latest(arguments.environment, arguments.reason, arguments.by, arguments.config, progress)
        else:
            report = take_transition(_asked(arguments), progress)
    except GoldfinchError as error:
        return report_error(error)
    if report is None:
        print("{}" if arguments.output == "json" else "nothing is under way: nothing to roll back")
        return 0
    print(json.dumps(report.as_json(), indent=2) if arguments.output == "json" else report.sentence)
    return int(report.exit_code)


def _asked(arguments: argparse.Namespace) -> Transition:
    return Transition(
        arguments.environment,
        arguments.version,
        arguments.percentage,
        arguments.verdict,
        arguments.reason,
        arguments.by,
        arguments.config,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="canary_deploy.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--environment", required=True, help="where, of those under `rollout.environments`")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--version", help="the release: git sha, tag, or id")
    what.add_argument("--rollback", action="store_true", help="end the rollout that is under way, and wait until it is back")
    parser.add_argument("--percentage", type=int, choices=range(1, 101), metavar="1-100", help="one transition (default: the whole plan)")
    parser.add_argument("--verdict", type=Path, help="what `goldfinch check --output` wrote; it must have passed")
    parser.add_argument("--reason", default="the pipeline asked for it", help="for the record")
    parser.add_argument("--by", help="who asks (default: the account in CI, else git's user.name)")
    parser.add_argument("--config", type=Path, help="settings file (default: goldfinch.yaml here)")
    parser.add_argument("--output", choices=("text", "json"), default="text", help="what to print on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
