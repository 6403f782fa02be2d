# mypy: disable-error-code="import-not-found"
"""Inspect AI: `eval` of a task with the chat model as its solver and an exact match; its log is written, its display is off."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.jobs.job import Arguments, arguments, finish, stopwatch


def evaluate(arguments_: Arguments) -> Any:
    from inspect_ai import Task, eval  # noqa: A004 - the name of its API
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.scorer import match
    from inspect_ai.solver import generate

    samples = [Sample(input=question, target=answer, id=number) for number, (question, answer) in enumerate(arguments_.questions())]
    task = Task(dataset=MemoryDataset(samples), solver=generate(), scorer=match(location="exact"))
    with stopwatch() as watch:
        (log,) = eval(
            task,
            model="openai-api/stub/stub",
            max_connections=arguments_.concurrency,
            max_samples=arguments_.concurrency,
            log_dir=str(arguments_.work / "logs"),
        )
    return log, watch


def main() -> None:
    arguments_ = arguments()
    os.environ |= {"STUB_API_KEY": "stub", "STUB_BASE_URL": arguments_.base_url}
    log, watch = evaluate(arguments_)
    passed = sum(score.value == "C" for sample in log.samples for score in sample.scores.values())
    finish(watch, passed, "inspect-ai", "openai")


if __name__ == "__main__":
    main()
