"""What the Goldfinch jobs share: everything imported before the clock starts, one call of the public Python API.

The clock holds the whole of `goldfinch.evaluate`: reading, validating and fingerprinting the dataset, asking, scoring, and the records
and the summary on disk.
"""

from __future__ import annotations

import pkgutil
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


def import_everything() -> None:
    """Goldfinch imports lazily; the other harnesses import before their clock starts, so this does too."""
    import goldfinch

    for module in pkgutil.walk_packages(goldfinch.__path__, "goldfinch."):
        if not module.name.startswith(("goldfinch.cli", "goldfinch.__main__", "goldfinch.testing", "goldfinch.pytest_plugin")):
            import_module(module.name)
    import_module("genai_prices.data")


def measure(arguments_: Arguments, agent: Any, *distributions: str, **options: Any) -> None:
    choose_loop(arguments_.loop)
    import_everything()
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
