"""The figures that two runs are compared by: which they are, their values over the common cases, and why one cannot be compared."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.pairing import Pairing
from goldfinch.core.comparison.run_table import LATENCY, MEASURES, PASS_RATE, RunTable
from goldfinch.core.comparison.same_terms import is_decisive, why_different, why_pass_rate_differs
from goldfinch.core.results.manifest import Manifest, MetricIdentity, RunStatus
from goldfinch.core.statistics.columns import Column, as_column, columns_of, known_count, largest_group
from goldfinch.core.statistics.paired_columns import (
    CaseColumn,
    PairedColumns,
    PassCounts,
    case_column,
    paired,
    paired_pass_counts,
    run_pass_counts,
)


@dataclass(frozen=True, slots=True)
class Run:
    """One side of a comparison. `side` is `baseline` or `current`, `location` where it is, for messages."""

    side: str
    manifest: Manifest
    table: RunTable
    location: str = ""

    @property
    def row_cases(self) -> array[int] | None:
        """To which case a row belongs; None where each row is a case of its own."""
        return None if self.table.has_one_trial else self.table.row_cases

    @property
    def planned(self) -> int:
        """(case, trial) pairs that the run was to have; cases that it never got to count with the trials of the run."""
        unseen = max(0, self.manifest.dataset.cases - len(self.table.cases))
        return self.table.planned + unseen * self.manifest.trials

    def column(self, name: str) -> Column:
        """A figure by row."""
        if name == PASS_RATE:
            return as_column(self.table.passed)
        if name in self.table.metrics:
            return columns_of(self.table.scores, len(self.table.metrics))[self.table.metrics.index(name)]
        return as_column(self.table.measures[name])

    def cases(self, name: str) -> CaseColumn:
        """A figure by case."""
        return case_column(self.column(name), self.row_cases, len(self.table.cases))

    def missing_share(self, name: str) -> float:
        """Of the rows that a score applies to, the share that lacks it."""
        lacking = self.table.no_score[name]
        return lacking / (lacking + known_count(self.column(name))) if lacking else 0.0

    @property
    def missing_verdicts(self) -> float:
        """Of the planned (case, trial) pairs, the share without a verdict although there should be one."""
        return (self.planned - self.table.rows + self.table.no_verdict) / self.planned if self.planned else 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure over the cases that both runs know it of. `reason` says why it is not compared; then nothing of it is."""

    name: str
    higher_is_better: bool
    gating: bool
    values: PairedColumns | None
    trials: tuple[int, int]
    """Most trials of a case, in the baseline and in the current run."""
    trial_variances: tuple[float | None, float | None] = (None, None)
    reason: str = ""

    @property
    def is_score(self) -> bool:
        """Whether it lies between 0 and 1: all but what answers took, of which less is better."""
        return self.higher_is_better


class Measuring:
    """Makes the figures of two runs, one after the other."""

    def __init__(self, baseline: Run, current: Run, pairing: Pairing, options: CompareOptions) -> None:
        self._runs, self.pairing, self._options = (baseline, current), pairing, options
        self._before = {one.name: one for one in baseline.manifest.metrics}
        self._after = {one.name: one for one in current.manifest.metrics}
        self.counts = self._pass_counts()
        self._trials = self._most_trials()

    @property
    def common_metrics(self) -> tuple[str, ...]:
        """Metrics of both runs, as the current one orders them."""
        return tuple(name for name in self._after if name in self._before and name != PASS_RATE)

    @property
    def one_sided_metrics(self) -> tuple[str, ...]:
        return tuple(sorted(self._before.keys() ^ self._after.keys()))

    def figures(self) -> Iterator[tuple[Measured, PairedColumns | None]]:
        """Every figure in the order of every report; with its values by common case, as tags need them."""
        passes = why_pass_rate_differs(*(run.manifest for run in self._runs))
        yield self._measured(PASS_RATE, is_score=True, gating=True, reason=passes)
        if (k := min(self.counts.most_trials)) >= 2 and f"pass_hat_{k}" not in self.common_metrics:
            chances = self.counts.all_of(k)
            yield Measured(f"pass_hat_{k}", True, False, None if passes else chances.known(), self._trials, reason=passes), chances
        for name in self.common_metrics:
            yield self._metric(self._before[name], self._after[name])
        for name in MEASURES:
            if name not in self._before and name not in self._after:
                yield self._measured(name, is_score=False, gating=False, reason=self._why_not_measured(name))

    def _metric(self, before: MetricIdentity, after: MetricIdentity) -> tuple[Measured, PairedColumns | None]:
        gating = is_decisive(before) or is_decisive(after)
        return self._measured(
            after.name, is_score=True, gating=gating, reason=why_different(before, after) or self._why_missing(after.name)
        )

    def _measured(self, name: str, *, is_score: bool, gating: bool, reason: str) -> tuple[Measured, PairedColumns | None]:
        chosen = self._options.gating
        gates = gating if chosen is None else name in chosen
        if reason:
            return Measured(name, is_score, gates, None, self._trials, reason=reason), None
        before, after = (run.cases(name) for run in self._runs)
        values = paired(before, self.pairing.baseline, after, self.pairing.current)
        variances = before.trial_variance, after.trial_variance
        return Measured(name, is_score, gates, values.known(), self._trials, variances), values

    def _why_missing(self, name: str) -> str:
        for run in self._runs:
            if (share := run.missing_share(name)) > self._options.missing_allowed:
                return f"{share:.1%} of its scores are missing in the {run.side} run"
        return ""

    def _why_not_measured(self, name: str) -> str:
        for run in self._runs:
            if name == LATENCY and run.manifest.status is RunStatus.REPLAYED:
                return f"the answers of the {run.side} run were replayed: their latency is that of the recording"
            if not known_count(run.column(name)):
                return f"not known in the {run.side} run"
        return ""

    def _pass_counts(self) -> PassCounts:
        before, after = (run_pass_counts(run.table.passed, run.row_cases, len(run.table.cases)) for run in self._runs)
        return paired_pass_counts(before, self.pairing.baseline, after, self.pairing.current)

    def _most_trials(self) -> tuple[int, int]:
        """Rows of the case that has most; verdicts may be missing."""
        before, after = (largest_group(run.table.row_cases) for run in self._runs)
        return before, after
