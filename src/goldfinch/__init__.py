"""Goldfinch: CI/CD for AI agents.

Evaluate an agent on a golden dataset, decide with statistics that hold, roll the change out with automatic rollback.

    import goldfinch

    run = goldfinch.evaluate(dataset="golden/", agent=my_function)
    print(run.summary.passes.rate)

Everything named here is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from goldfinch.api import Evaluation, evaluate, evaluate_async
    from goldfinch.bootstrap.budget_tracker import BudgetTracker
    from goldfinch.bootstrap.score_assertions import assert_scores
    from goldfinch.core.datasets.case import Case, CaseBudget, Expected, NumberExpectation, ToolExpectation
    from goldfinch.core.errors import ExitCode, GoldfinchError
    from goldfinch.core.output import Failure, FailureKind, Output, Step, ToolCall, Usage
    from goldfinch.core.results.summary import Summary
    from goldfinch.core.scoring.score import CannotScore, Metric, Score, Scorer
    from goldfinch.ports.agent import Agent, AnswerFailed

_HOMES = {
    "goldfinch.api": ("Evaluation", "evaluate", "evaluate_async"),
    "goldfinch.bootstrap.budget_tracker": ("BudgetTracker",),
    "goldfinch.bootstrap.score_assertions": ("assert_scores",),
    "goldfinch.core.datasets.case": ("Case", "CaseBudget", "Expected", "NumberExpectation", "ToolExpectation"),
    "goldfinch.core.errors": ("ExitCode", "GoldfinchError"),
    "goldfinch.core.output": ("Failure", "FailureKind", "Output", "Step", "ToolCall", "Usage"),
    "goldfinch.core.results.summary": ("Summary",),
    "goldfinch.core.scoring.score": ("CannotScore", "Metric", "Score", "Scorer"),
    "goldfinch.ports.agent": ("Agent", "AnswerFailed"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Agent",
    "AnswerFailed",
    "BudgetTracker",
    "CannotScore",
    "Case",
    "CaseBudget",
    "Evaluation",
    "ExitCode",
    "Expected",
    "Failure",
    "FailureKind",
    "GoldfinchError",
    "Metric",
    "NumberExpectation",
    "Output",
    "Score",
    "Scorer",
    "Step",
    "Summary",
    "ToolCall",
    "ToolExpectation",
    "Usage",
    "__version__",
    "assert_scores",
    "evaluate",
    "evaluate_async",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'goldfinch' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return __all__
