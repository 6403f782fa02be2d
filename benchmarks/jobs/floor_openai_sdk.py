"""Floor: the official openai SDK in a bare loop; what a harness costs on top of it is the harness's own."""

from __future__ import annotations

from benchmarks.jobs.job import arguments, finish, run, stopwatch, workers
from benchmarks.jobs.sdk_agent import answer


def main() -> None:
    arguments_ = arguments()
    with stopwatch() as watch:
        passed = run(workers(arguments_, answer), arguments_.loop)
    finish(watch, passed, "openai", "httpx2")


if __name__ == "__main__":
    main()
