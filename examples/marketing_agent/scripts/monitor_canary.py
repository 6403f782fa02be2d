"""Watch the canary until its step is decided (R48, R49); what is undecided at the end, or worse, goes back, with exit code 5.

    python scripts/monitor_canary.py --environment production --duration 1800

The releases are read from the rollout's record; ones that are named have to be those. An empty `--baseline-version`, as a checkout without
tags gives it, means none was named.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from goldfinch import GoldfinchError
from goldfinch.bootstrap.monitoring import MonitorRequest, run_monitor
from goldfinch.cli.app import report_error
from goldfinch.cli.monitor import progress


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        found = run_monitor(_asked(arguments), progress)
    except GoldfinchError as error:
        return report_error(error)
    print(json.dumps(found.as_json(), indent=2) if arguments.output == "json" else found.sentence)
    return int(found.exit_code)


def _asked(arguments: argparse.Namespace) -> MonitorRequest:
    version = arguments.canary_version or "$(git rev-parse HEAD)"
    return MonitorRequest(
        arguments.environment,
        arguments.duration,
        rollout=True,
        canary=arguments.canary_version or None,
        stable=arguments.baseline_version or None,
        roll_back=arguments.roll_back,
        by=arguments.by,
        config=arguments.config,
        start_command=f"python scripts/canary_deploy.py --environment {arguments.environment} --version {version} --percentage 10",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="monitor_canary.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--environment", required=True, help="where, of those under `rollout.environments`")
    parser.add_argument(
        "--duration", type=float, default=1800.0, help="seconds to wait for a decision, at the least (default: %(default)g)"
    )
    parser.add_argument("--baseline-version", nargs="?", help="the stable release; empty: the record's")
    parser.add_argument("--canary-version", nargs="?", help="the canary; empty: the record's")
    parser.add_argument("--roll-back", action=argparse.BooleanOptionalAction, default=True, help="take back what is undecided at the end")
    parser.add_argument("--by", help="who asks (default: the account in CI, else git's user.name)")
    parser.add_argument("--config", type=Path, help="settings file (default: goldfinch.yaml here)")
    parser.add_argument("--output", choices=("text", "json"), default="text", help="what to print on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
