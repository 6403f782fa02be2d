"""`python -m src.api`: serve the agent."""

from __future__ import annotations

import argparse
import math
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import yaml
from pydantic import ValidationError

from src.api.agent import DEFAULT_AGENT, agent_from
from src.api.settings import ServiceSettings
from src.config import Config

DEFAULTS = ServiceSettings()
EPILOG = """examples:
  python -m src.api --release releases/good.yaml
  curl -s localhost:8000/v1/tasks -H 'content-type: application/json' \\
    -d '{"description": "What was the ROAS last week?", "context": {"account": "aurora-outdoor"}}'
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 after a signal and a clean end, 2 where the arguments or the configuration are wrong."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    config = _config(options)
    if options.workers > 1 and config.redis_url is None:
        _refuse("--workers above 1 needs redis_url: sessions in a process's own memory are not seen by the others")
    listening = _socket(options)
    if options.workers > 1:
        return _several(given, listening, options.workers)
    # Imported late: a wrong argument is told at once.
    from src.api.app import create_app
    from src.api.serving import serve

    serve(create_app(config, settings=_settings(options), agent_name=options.agent), listening, options.parent)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m src.api",
        description="Serve the agent over HTTP.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 in a container (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one, told in the log (default: %(default)s)")
    parser.add_argument("--release", type=Path, help="release file; without it MARKETING_AGENT_* alone decides")
    parser.add_argument(
        "--workers", type=_positive, default=1, help="processes; more than one needs Redis and Linux (default: %(default)s)"
    )
    parser.add_argument(
        "--max-in-flight", type=_positive, default=DEFAULTS.max_in_flight, help="tasks at a time, per process (default: %(default)s)"
    )
    parser.add_argument(
        "--task-timeout", type=_seconds, default=DEFAULTS.task_timeout_s, metavar="S", help="seconds a task may take (default: %(default)s)"
    )
    parser.add_argument(
        "--max-body", type=_positive, default=DEFAULTS.max_body_bytes, metavar="BYTES", help="largest body (default: %(default)s)"
    )
    parser.add_argument(
        "--grace", type=_seconds, default=DEFAULTS.grace_s, metavar="S", help="seconds to finish after SIGTERM (default: %(default)s)"
    )
    parser.add_argument(
        "--drain-delay",
        type=_seconds,
        default=DEFAULTS.drain_delay_s,
        metavar="S",
        help="seconds after SIGTERM in which tasks are still taken while readiness says 503 (default: %(default)s)",
    )
    parser.add_argument(
        "--agent", default=DEFAULT_AGENT, metavar="MODULE:FUNCTION", help="makes the agent of a Config (default: %(default)s)"
    )
    parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    return parser


def _config(options: argparse.Namespace) -> Config:
    try:
        agent_from(options.agent)
        return Config() if options.release is None else Config.of_release(options.release)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        _refuse(f"{_source(options.release, first['loc'])}: {where}: {first['msg']}")
    except yaml.YAMLError as error:
        _refuse(f"{options.release}: not YAML: {' '.join(str(error).split())}")
    except OSError as error:
        _refuse(f"{options.release}: {error.strerror}")
    except ValueError as error:
        _refuse(str(error))


def _source(release: Path | None, key: Sequence[int | str]) -> str:
    """Where a wrong value came from: the environment goes before the release file."""
    variable = "MARKETING_AGENT_" + "__".join(map(str, key)).upper()
    is_variable = variable in map(str.upper, os.environ)
    return variable if is_variable else str(release or "environment")


def _settings(options: argparse.Namespace) -> ServiceSettings:
    return ServiceSettings(
        max_in_flight=options.max_in_flight,
        task_timeout_s=options.task_timeout,
        max_body_bytes=options.max_body,
        grace_s=options.grace,
        drain_delay_s=options.drain_delay,
    )


def _socket(options: argparse.Namespace) -> socket.socket:
    from src.api.serving import listen

    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    try:
        return listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        _refuse(f"cannot listen on {options.host}:{options.port}: {error}")


def _several(given: Sequence[str], listening: socket.socket, count: int) -> int:
    from src.api.workers import Workers

    with tempfile.TemporaryDirectory(prefix="marketing-agent-metrics-") as metrics:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        return Workers([*given, "--workers", "1"], listening.fileno(), count).run()


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError("must be a number of seconds, 0 or more")
    return value


def _refuse(message: str) -> NoReturn:
    print(f"python -m src.api: {message}", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    sys.exit(main())
