"""`python -m benchmarks`: measure Goldfinch beside its peers and say which bars are met."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import commands, environment, machine
from benchmarks.check import measure_check
from benchmarks.comparing import measure_compare
from benchmarks.harness import JobFailed, run_scenario
from benchmarks.load_check import check_in_process
from benchmarks.page import measure_page
from benchmarks.report import markdown, publish
from benchmarks.results import Measurement, ScenarioResult
from benchmarks.scenarios import scenarios

PARTS: tuple[str, ...] = (
    "http-0ms",
    "http-200ms",
    "with-sdk",
    "with-tracing",
    "in-process",
    "scale-10000",
    "scale-100000",
    "scale-1000000",
)
PARTS += ("start", "install", "report-page", "compare", "check", "load")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each job, in turns (default 5)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=f"parts to measure: {' '.join(PARTS)}")
    parser.add_argument("--peers", choices=("none", "default", "all"), default="default", help="all: Inspect AI and DeepEval too (slow)")
    parser.add_argument("--without-goldfinch", action="store_true", help="floors and peers alone")
    parser.add_argument("--start-runs", type=int, default=25, help="starts of each command (default 25)")
    parser.add_argument("--output", type=Path, help="where the JSON goes (default benchmarks/results/<date>.json)")
    parser.add_argument("--publish", action="store_true", help="put the report into benchmarks/README.md")
    parser.add_argument("--report", type=Path, metavar="JSON", help="print the report of an earlier measurement and measure nothing")
    return parser.parse_args()


def measure(options: argparse.Namespace, measurement: Measurement) -> None:
    """Fill `measurement` part by part, so that a failed part leaves the others."""
    promptfoo = options.peers != "none" and environment.set_up_promptfoo()
    environment.set_up_peers()
    if options.peers == "all":
        environment.set_up_slow_peers()
    chosen = scenarios(
        ours=not options.without_goldfinch, peers=options.peers != "none", promptfoo=promptfoo, slow_peers=options.peers == "all"
    )
    for scenario in chosen:
        if scenario.name in options.only:
            samples = run_scenario(scenario, options.rounds, say)
            measurement.scenarios[scenario.name] = ScenarioResult(scenario.title, scenario.cases, samples)
    if {"start", "install"} & set(options.only):
        measurement.install, venv = commands.measure_install()
        measurement.start = commands.measure_start(venv, options.start_runs)
    if "report-page" in options.only:
        measurement.page = measure_page(options.rounds)
    if "compare" in options.only and not options.without_goldfinch:
        measurement.compare = measure_compare(options.rounds)
    if "load" in options.only:
        measurement.load = [check_in_process() for _ in range(options.rounds)]
    if "check" in options.only and not options.without_goldfinch:
        measurement.check = measure_check(options.rounds)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def revision() -> str:
    """The commit measured, marked where files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=environment.ROOT).stdout.strip() or "unknown revision"


def main() -> int:
    options = parse()
    if options.report:
        return show(Measurement.read(options.report), publish_it=options.publish)
    now = datetime.now(UTC)
    host = machine.facts() | {"python": platform.python_version()}
    measurement = Measurement(f"{now:%Y-%m-%d}", host, options.rounds, machine.load_average(), revision=revision())
    output = options.output or environment.RESULTS / f"{now:%Y-%m-%dT%H%M%SZ}.json"
    try:
        measure(options, measurement)
    except (JobFailed, subprocess.CalledProcessError) as failed:
        say(f"error: {failed}")
        return 1
    finally:
        measurement.write(output)
        output.with_suffix(".md").write_text(markdown(measurement))
    say(f"written: {output} and {output.with_suffix('.md').name}")
    return show(measurement, publish_it=options.publish)


def show(measurement: Measurement, *, publish_it: bool) -> int:
    print(markdown(measurement))
    if publish_it:
        publish(measurement, environment.HERE / "README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
