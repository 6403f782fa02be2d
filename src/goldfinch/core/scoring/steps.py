"""How many turns the agent took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.limits import checked_limit, score_against
from goldfinch.core.scoring.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """1 where the agent took no more turns than the limit, else limit / steps; the case's `budget.steps` goes before `limit`.

    Turns are the assistant's messages and thoughts. A model's completion without a trajectory is one turn; any other answer without one
    has an unknown count: missing evidence. It lies where an agent reports several turns as one. Source: our own.
    """

    version: ClassVar[str] = "1"
    name: str = "steps"
    limit: int | None = None
    """Turns for cases whose budget states none; absent: only cases with a budget are judged."""

    def __post_init__(self) -> None:
        checked_limit(self.limit)

    def score(self, case: Case, output: Output) -> Score | None:
        limit = self.limit if case.budget is None or case.budget.steps is None else case.budget.steps
        return score_against(limit, output.step_count, "step count", "steps")
