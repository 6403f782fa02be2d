"""How long the answer took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.limits import checked_limit, score_against
from goldfinch.core.scoring.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """1 where the answer came within the limit, else limit / latency; the case's `budget.latency_ms` goes before `limit`.

    An unknown latency is missing evidence. It lies on a busy machine and for answers from a cache. Source: our own.
    """

    version: ClassVar[str] = "1"
    name: str = "latency"
    limit: float | None = None
    """Milliseconds for cases whose budget states none; absent: only cases with a budget are judged."""

    def __post_init__(self) -> None:
        checked_limit(self.limit)

    def score(self, case: Case, output: Output) -> Score | None:
        limit = self.limit if case.budget is None or case.budget.latency_ms is None else case.budget.latency_ms
        return score_against(limit, output.latency_ms, "latency", "ms")
