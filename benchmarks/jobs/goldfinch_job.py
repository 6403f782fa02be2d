"""What the Goldfinch jobs share: everything imported before the clock starts, one call of the public Python API.

The clock holds the whole of `goldfinch.evaluate`: reading, validating and fingerprinting the dataset, asking, scoring, and the records
and the summary on disk.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from benchmarks.jobs.job import Arguments, finish, stopwatch


def choose_loop(loop: str) -> None:
    """Goldfinch takes uvloop where it is installed: hide it where the stock loop is asked for."""
    if loop == "stock":
        sys.modules["uvloop"] = None  # type: ignore[assignment]
    else:
        import_module("uvloop")


def warm_up(arguments_: Arguments) -> None:
    """Evaluate one case, so that what an evaluation imports is there before the clock starts, as in the other harnesses, and nothing else.

    Importing every module of Goldfinch instead would put six times as many objects into the process as a user's has.
    """
    import goldfinch

    dataset = arguments_.work / "warm-up.jsonl"
    dataset.write_text('{"id": "warm-up", "input": "a", "expected": {"answer": "a"}}\n')
    goldfinch.evaluate(dataset=str(dataset), agent=_echo, scorers=["exact"], output_dir=str(arguments_.work / "warm-up"), trials=1)
    for module in ("goldfinch.adapters.agents.openai", "genai_prices.data", *_TRACING):
        import_module(module)


async def _echo(question: str) -> str:
    return question


_TRACING = ("goldfinch.bootstrap.tracing", "goldfinch.adapters.otlp.tracer")


def measure(arguments_: Arguments, agent: Any, *distributions: str, **options: Any) -> None:
    choose_loop(arguments_.loop)
    warm_up(arguments_)
    import goldfinch

    with stopwatch() as watch:
        result = goldfinch.evaluate(
            dataset=str(arguments_.dataset),
            agent=agent,
            scorers=["exact"],
            output_dir=str(arguments_.work / "run"),
            concurrency=arguments_.concurrency,
            trials=1,
            **options,
        )
    finish(watch, result.summary.passes.passed, "goldfinch-ci", *distributions)
