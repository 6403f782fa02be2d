"""Which single cases changed, over all of them at once. Source: STATISTICS B, "Flaky cases and per-case alarms"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldfinch.core.statistics.columns import Column, Positions
from goldfinch.core.statistics.exact_tests import fisher_fewer
from goldfinch.core.statistics.flakiness import FLAKY_FROM
from goldfinch.core.statistics.multiplicity import benjamini_hochberg
from goldfinch.core.statistics.paired_columns import PassCounts


@dataclass(frozen=True, slots=True)
class CaseTests:
    """By common case; adjusted p values, NaN where a case has fewer than two decided trials on a side."""

    p_worse: Column
    p_better: Column
    changed: NDArray[np.bool_]
    """The share of passed trials differs."""
    flaky: NDArray[np.bool_]
    """Some trials pass and some fail, in either run, of at least three."""
    certain_loss: NDArray[np.bool_]
    """All of at least three trials passed before, all of at least three fail now."""
    drop: Column
    """The share of passed trials before, less that of now."""
    unchanged: int
    """Cases with a verdict in both runs, and the same share of passed trials."""

    def most_important(self, regressed: NDArray[np.bool_], critical: Sequence[int], limit: int) -> list[int]:
        """Up to `limit` cases that changed: regressed ones first, critical ones before others, then by how much they lost."""
        places = np.flatnonzero(self.changed | regressed)
        is_critical = np.zeros(len(self.changed), dtype=np.bool_)
        is_critical[np.asarray(critical, dtype=np.int64)] = True
        order = np.lexsort((places, -self.drop[places], ~is_critical[places], ~regressed[places]))
        return [int(place) for place in places[order[:limit]]]

    def regressed(self, level: float, critical: Sequence[int]) -> NDArray[np.bool_]:
        """Which cases got worse for certain; for a `critical` one, passing all and then failing all of three trials is enough."""
        found: NDArray[np.bool_] = self.p_worse <= level  # NaN is not
        if critical:
            places = np.asarray(critical, dtype=np.int64)
            found = found.copy()
            found[places] |= self.certain_loss[places]
        return found


def changes_by_case(counts: PassCounts) -> CaseTests:
    """Test every case: Fisher's exact test, one-sided each way, adjusted over all cases that have trials enough to be tested."""
    before, before_trials, after, after_trials = counts.columns
    share_before = before / np.maximum(before_trials, 1)
    share_after = after / np.maximum(after_trials, 1)
    decided = (before_trials > 0) & (after_trials > 0)
    changed = decided & (before * after_trials != after * before_trials)
    p_worse, p_better = _fisher(counts)
    return CaseTests(
        p_worse=p_worse,
        p_better=p_better,
        changed=changed,
        flaky=_is_flaky(before, before_trials) | _is_flaky(after, after_trials),
        certain_loss=_all(before, before_trials) & (after == 0) & (after_trials >= FLAKY_FROM),
        drop=np.where(decided, share_before - share_after, 0.0),
        unchanged=int(np.count_nonzero(decided & ~changed)),
    )


def _is_flaky(passed: Positions, trials: Positions) -> NDArray[np.bool_]:
    flaky: NDArray[np.bool_] = (passed > 0) & (passed < trials) & (trials >= FLAKY_FROM)
    return flaky


def _all(passed: Positions, trials: Positions) -> NDArray[np.bool_]:
    every: NDArray[np.bool_] = (passed == trials) & (trials >= FLAKY_FROM)
    return every


def _fisher(counts: PassCounts) -> tuple[Column, Column]:
    """The test depends on four small numbers that most cases share: each combination is computed once."""
    tested = np.flatnonzero((counts.baseline_trials >= 2) & (counts.current_trials >= 2))
    p_worse, p_better = np.full(len(counts.baseline_trials), np.nan), np.full(len(counts.baseline_trials), np.nan)
    if len(tested):
        rows = np.stack([column[tested] for column in counts.columns], axis=1)
        kinds, which = np.unique(rows, axis=0, return_inverse=True)
        worse = np.array([fisher_fewer(int(c), int(m), int(b), int(k)) for b, k, c, m in kinds])
        better = np.array([fisher_fewer(int(b), int(k), int(c), int(m)) for b, k, c, m in kinds])
        p_worse[tested] = benjamini_hochberg(worse[which.reshape(-1)])
        p_better[tested] = benjamini_hochberg(better[which.reshape(-1)])
    return p_worse, p_better
