"""Goldfinch with an agent that uses the official openai SDK: the same function as the bare loop of `floor_openai_sdk`."""

from __future__ import annotations

from benchmarks.jobs.goldfinch_job import measure
from benchmarks.jobs.job import arguments
from benchmarks.jobs.sdk_agent import answer


def main() -> None:
    measure(arguments(), answer, "openai", "httpx2")


if __name__ == "__main__":
    main()
