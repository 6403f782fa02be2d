# mypy: disable-error-code="import-not-found"
"""DeepEval: it judges answers that exist, so the bare openai SDK loop produces them and `evaluate` scores them; both are on the clock."""

from __future__ import annotations

import asyncio

from deepeval import evaluate
from deepeval.evaluate.configs import AsyncConfig, CacheConfig, DisplayConfig
from deepeval.metrics import ExactMatchMetric
from deepeval.test_case import LLMTestCase

from benchmarks.jobs.job import Arguments, arguments, finish, stopwatch
from benchmarks.jobs.sdk_agent import answer


async def answered(arguments_: Arguments) -> list[LLMTestCase]:
    """Ask every question with as many workers as the concurrency says."""
    cases = arguments_.questions()
    test_cases = []

    async def worker() -> None:
        for question, expected in cases:
            test_cases.append(LLMTestCase(input=question, actual_output=await answer(question), expected_output=expected))

    await asyncio.gather(*(worker() for _ in range(arguments_.concurrency)))
    return test_cases


def main() -> None:
    arguments_ = arguments()
    with stopwatch() as watch:
        result = evaluate(
            asyncio.run(answered(arguments_)),
            [ExactMatchMetric()],
            async_config=AsyncConfig(max_concurrent=arguments_.concurrency),
            cache_config=CacheConfig(write_cache=False),
            display_config=DisplayConfig(show_indicator=False, print_results=False),
        )
    finish(watch, sum(bool(test.success) for test in result.test_results), "deepeval", "openai")


if __name__ == "__main__":
    main()
