"""Floor of the in-process job: asyncio workers that call the agent and compare."""

from __future__ import annotations

from benchmarks.jobs.instant_agent import answer
from benchmarks.jobs.job import arguments, finish, run, stopwatch, workers


def main() -> None:
    arguments_ = arguments()
    with stopwatch() as watch:
        passed = run(workers(arguments_, answer), arguments_.loop)
    finish(watch, passed)


if __name__ == "__main__":
    main()
