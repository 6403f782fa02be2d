"""One figure of two runs, a value for each common case, side by side."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from goldfinch.core.statistics.columns import Column, Positions, as_column, as_positions, group_means, mean_variance_within, sums_and_counts


@dataclass(frozen=True, slots=True)
class CaseColumn:
    """A figure of one run by case: the mean of each case's trials, and how much trials of one case differ."""

    means: Column
    """NaN where nothing is known."""
    trial_variance: float | None
    """The mean over cases of the variance between trials; None with one trial a case."""


@dataclass(frozen=True, slots=True)
class PairedColumns:
    """`baseline` and `current` are aligned; a case that either run knows nothing about is NaN there."""

    baseline: Column
    current: Column

    def subset(self, positions: Sequence[int]) -> PairedColumns:
        """The same for some of the cases."""
        chosen = np.asarray(positions, dtype=np.int64)
        return PairedColumns(self.baseline[chosen], self.current[chosen])

    def known(self) -> PairedColumns:
        """The cases that both runs know."""
        both = ~(np.isnan(self.baseline) | np.isnan(self.current))
        return self if bool(both.all()) else PairedColumns(self.baseline[both], self.current[both])

    @property
    def count(self) -> int:
        return len(self.baseline)

    @property
    def is_pass_fail(self) -> bool:
        """Whether every value is 0 or 1."""
        return all(bool(np.isin(column, (0.0, 1.0)).all()) for column in (self.baseline, self.current))

    def at(self, position: int) -> tuple[float | None, float | None]:
        """The values of one case, None where not known."""
        return _number(self.baseline[position]), _number(self.current[position])


def case_column(values: Column, row_cases: array[int] | None, cases: int) -> CaseColumn:
    """Average the trials of each case. `row_cases` says to which case a row belongs; None: each row is a case of its own."""
    groups = None if row_cases is None else as_positions(row_cases)
    return CaseColumn(group_means(values, groups, cases), mean_variance_within(values, groups, cases))


def paired(baseline: CaseColumn, baseline_places: array[int], current: CaseColumn, current_places: array[int]) -> PairedColumns:
    """Put the common cases side by side: `…_places` say where each of them is in its run."""
    return PairedColumns(baseline.means[as_positions(baseline_places)], current.means[as_positions(current_places)])


@dataclass(frozen=True, slots=True)
class PassCounts:
    """Passed and decided trials of each common case, side by side."""

    baseline_passed: Positions
    baseline_trials: Positions
    current_passed: Positions
    current_trials: Positions

    def subset(self, positions: Sequence[int]) -> PassCounts:
        """The same for some of the cases."""
        chosen = np.asarray(positions, dtype=np.int64)
        return PassCounts(*(one[chosen] for one in self.columns))

    @property
    def columns(self) -> tuple[Positions, Positions, Positions, Positions]:
        return self.baseline_passed, self.baseline_trials, self.current_passed, self.current_trials

    def at(self, position: int) -> tuple[int, int, int, int]:
        """Baseline passed, baseline trials, current passed, current trials of one case."""
        first, second, third, fourth = (int(one[position]) for one in self.columns)
        return first, second, third, fourth

    @property
    def most_trials(self) -> tuple[int, int]:
        """The most decided trials that a case has, in the baseline and in the current run."""
        return int(self.baseline_trials.max(initial=0)), int(self.current_trials.max(initial=0))

    def all_of(self, k: int) -> PairedColumns:
        """By case the chance that all of `k` trials pass (`pass_at_k.pass_hat_k`); NaN where there were fewer."""
        return PairedColumns(_all_of(self.baseline_passed, self.baseline_trials, k), _all_of(self.current_passed, self.current_trials, k))


def run_pass_counts(passed: array[float], row_cases: array[int] | None, cases: int) -> tuple[Positions, Positions]:
    """Passed and decided trials of each case of a run."""
    sums, counts = sums_and_counts(as_column(passed), None if row_cases is None else as_positions(row_cases), cases)
    return sums.astype(np.int64), counts.astype(np.int64)


def paired_pass_counts(
    baseline: tuple[Positions, Positions], baseline_places: array[int], current: tuple[Positions, Positions], current_places: array[int]
) -> PassCounts:
    """Put the counts of the common cases side by side."""
    before, after = as_positions(baseline_places), as_positions(current_places)
    return PassCounts(baseline[0][before], baseline[1][before], current[0][after], current[1][after])


def _all_of(passed: Positions, trials: Positions, k: int) -> Column:
    chance = np.where(trials >= k, 1.0, np.nan)
    for drawn in range(k):
        chance = chance * np.clip(passed - drawn, 0, None) / np.maximum(trials - drawn, 1)
    return chance


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
