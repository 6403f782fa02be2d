"""pydantic-evals, as its documentation shows it; Logfire not installed, nothing stored durably.

Asks the stub with the openai SDK where there is a base URL, else calls the instant agent. The dataset is read and built before the
clock starts.
"""

from __future__ import annotations

import os

from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import EqualsExpected

from benchmarks.jobs.job import Arguments, arguments, finish, run, stopwatch


def dataset_of(arguments_: Arguments) -> Dataset[str, str, None]:
    cases = [Case(name=f"case-{n}", inputs=question, expected_output=answer) for n, (question, answer) in enumerate(arguments_.questions())]
    return Dataset(name="benchmark", cases=cases, evaluators=[EqualsExpected()])


def main() -> None:
    arguments_ = arguments()
    if arguments_.base_url:
        from benchmarks.jobs.sdk_agent import answer
    else:
        from benchmarks.jobs.instant_agent import answer
    os.environ["LOGFIRE_IGNORE_NO_CONFIG"] = "1"
    dataset = dataset_of(arguments_)
    with stopwatch() as watch:
        report = run(dataset.evaluate(answer, max_concurrency=arguments_.concurrency, progress=False), arguments_.loop)
    passed = sum(all(result.value for result in case.assertions.values()) for case in report.cases)
    finish(watch, passed, "pydantic-evals", "openai")


if __name__ == "__main__":
    main()
