"""How many tokens the answer took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.limits import checked_limit, score_against
from goldfinch.core.scoring.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """1 where input and output tokens together stay within the limit, else limit / tokens; `budget.tokens` goes before `limit`.

    Unknown usage is missing evidence. It lies between models: each counts with its own tokenizer. Source: our own.
    """

    version: ClassVar[str] = "1"
    name: str = "tokens"
    limit: int | None = None
    """Tokens for cases whose budget states none; absent: only cases with a budget are judged."""

    def __post_init__(self) -> None:
        checked_limit(self.limit)

    def score(self, case: Case, output: Output) -> Score | None:
        limit = self.limit if case.budget is None or case.budget.tokens is None else case.budget.tokens
        return score_against(limit, output.usage.total_tokens if output.usage else None, "token count", "tokens")
