"""Goldfinch with its own OpenAI-compatible client, sending a span for the run and one for each case to a collector."""

from __future__ import annotations

from benchmarks.jobs.goldfinch_job import measure
from benchmarks.jobs.job import arguments
from goldfinch.settings import OpenAIAgent


def main() -> None:
    arguments_ = arguments()
    measure(arguments_, OpenAIAgent(model="stub", base_url=arguments_.base_url), "aiohttp", enable_tracing=True)


if __name__ == "__main__":
    main()
