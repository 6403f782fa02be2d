"""How the scores of a metric are spread over the cases, counted while they stream by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from goldfinch.core.results.records import ScoreRecord, ScoreStatus

BINS = 20


@dataclass(slots=True)
class Distribution:
    """Cases by their mean score over trials: bin k holds [k/20, (k+1)/20), the last one 1.0 too. `failed` cases missed the pass mark."""

    bins: list[int] = field(default_factory=lambda: [0] * BINS)
    failed: int = 0

    @property
    def count(self) -> int:
        """Cases that have a score."""
        return sum(self.bins)

    @property
    def tallest(self) -> int:
        """Cases in the fullest bin."""
        return max(self.bins)


class Distributions:
    """One `Distribution` per metric that scored a case."""

    def __init__(self) -> None:
        self.by_metric: dict[str, Distribution] = {}

    def add(self, trials: Sequence[ScoreRecord]) -> None:
        """Count one case, of all its trials."""
        values: dict[str, list[float]] = {}
        failed: set[str] = set()
        for record in trials:
            for score in record.scores:
                if score.status is ScoreStatus.SCORED and score.value is not None:
                    values.setdefault(score.metric, []).append(score.value)
                if score.passed is False:
                    failed.add(score.metric)
        for metric, scores in values.items():
            self._of(metric).bins[bin_of(sum(scores) / len(scores))] += 1
        for metric in failed:
            self._of(metric).failed += 1

    def _of(self, metric: str) -> Distribution:
        return self.by_metric.setdefault(metric, Distribution())


def bin_of(value: float) -> int:
    """The bin of a score; one outside of 0..1, or no number, counts at the nearer end."""
    return min(max(int(value * BINS), 0), BINS - 1) if -1 < value < 2 else (BINS - 1 if value >= 2 else 0)
