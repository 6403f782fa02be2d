"""The scores of a run by column: what a comparison reads of `results.jsonl`, a few hundred bytes a case."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field

PASS_RATE, COST, LATENCY, TOKENS, STEPS = "pass_rate", "cost_usd", "latency_ms", "token_count", "step_count"
MEASURES = (COST, LATENCY, TOKENS, STEPS)
"""What an answer took, lower is better, by its name in reports. Scorers are called `cost`, `latency`, `tokens` and `steps` already."""


def _doubles() -> array[float]:
    return array("d")


@dataclass(slots=True)
class RunTable:
    """Rows are (case, trial) pairs, each once; a figure that is not known is NaN.

    A case is named by its place in `cases`. `scores` holds row after row, a figure for each of `metrics`.
    """

    metrics: tuple[str, ...]
    cases: dict[str, int] = field(default_factory=dict)
    """Case id -> place, in order of places."""
    hashes: list[str] = field(default_factory=list)
    """By place: the hash of the case as it was asked."""
    row_cases: array[int] = field(default_factory=lambda: array("q"))
    """By row: the place of its case."""
    passed: array[float] = field(default_factory=_doubles)
    """By row: 1, 0, or NaN where no verdict was had."""
    scores: array[float] = field(default_factory=_doubles)
    measures: dict[str, array[float]] = field(default_factory=lambda: {name: _doubles() for name in MEASURES})
    critical: set[int] = field(default_factory=set)
    tags: list[tuple[str, ...]] = field(default_factory=list)
    """By place; equal ones are one object."""
    planned: int = 0
    """Trials that the cases seen were to have."""
    no_answer: int = 0
    """Rows without an answer: provider, network."""
    no_verdict: int = 0
    """Rows whose pass or failure is not known because evidence is missing; those without an answer included."""
    no_score: Counter[str] = field(default_factory=Counter)
    """Metric -> rows in which it applies and its score is missing: no answer, no judge, a crash of the scorer."""

    @property
    def rows(self) -> int:
        return len(self.passed)

    @property
    def has_one_trial(self) -> bool:
        """Whether every case has one row; then rows and places are the same."""
        return self.rows == len(self.cases)
