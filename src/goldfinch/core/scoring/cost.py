"""What the answer cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.limits import checked_limit, score_against
from goldfinch.core.scoring.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """1 where the answer cost no more than the limit, else limit / cost; the case's `budget.cost_usd` goes before `limit`.

    An unknown price is missing evidence, never 0. It lies where the price list is older than the price. Source: our own.
    """

    version: ClassVar[str] = "1"
    name: str = "cost"
    limit: float | None = None
    """US dollars for cases whose budget states none; absent: only cases with a budget are judged."""

    def __post_init__(self) -> None:
        checked_limit(self.limit)

    def score(self, case: Case, output: Output) -> Score | None:
        limit = self.limit if case.budget is None or case.budget.cost_usd is None else case.budget.cost_usd
        return score_against(limit, output.cost_usd, "cost", "USD")
