"""Goldfinch with an async function in the same process that answers at once."""

from __future__ import annotations

from benchmarks.jobs.goldfinch_job import measure
from benchmarks.jobs.instant_agent import answer
from benchmarks.jobs.job import arguments


def main() -> None:
    measure(arguments(), answer)


if __name__ == "__main__":
    main()
