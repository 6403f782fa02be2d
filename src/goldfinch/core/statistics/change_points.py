"""Where the level of a series of runs changed: CUSUM with a permutation test, which holds its false-alarm rate for any distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_SEGMENT = 3
"""Runs on each side of a change: two runs that happen to be alike are no level."""
PERMUTATIONS = 1_999
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The level changed between the runs `at - 1` and `at` (places in the series). `p` is that of the whole search for it."""

    at: int
    before: float
    after: float
    runs_before: int
    runs_after: int
    p: float


def change_points(
    values: Sequence[float], alpha: float = 0.05, *, seed: int = 0, min_segment: int = MIN_SEGMENT
) -> tuple[ChangePoint, ...]:
    """The changes of the mean, in order; none in fewer than `2 * min_segment` finite values.

    At each step the split with the largest `|mean left - mean right| * sqrt(n_l n_r / n)` (the CUSUM statistic) is held against the same
    maximum over shuffled orders of the series; where at most `alpha` of them reach it, the series is split there, and both parts are
    searched in turn. If nothing changes, the orders are equally likely, so at most `alpha` of such series get any change point at all.
    Values are taken as they are: a series in which each value hangs on the one before it alarms more often.
    Source: Page, Biometrika 41 (1954), 100-115 (CUSUM); Vostrikova, Soviet Math. Doklady 24 (1981), 55-59 (binary segmentation);
    Matteson and James, JASA 109 (2014), 334-345 (its permutation test); Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9:39 (2010).
    """
    series = np.asarray(values, dtype=np.float64)
    if not np.isfinite(series).all():
        raise ValueError("values must be finite")
    if not 0 < alpha < 1 or min_segment < 1:
        raise ValueError(f"alpha must lie between 0 and 1 and min_segment be at least 1, got {alpha} and {min_segment}")
    splits = sorted(_splits(series, 0, alpha, np.random.default_rng(seed), min_segment))
    edges = [0, *(at for at, _ in splits), len(series)]
    return tuple(_described(series, start, at, end, p) for (at, p), start, end in zip(splits, edges, edges[2:], strict=False))


def _splits(
    series: NDArray[np.float64], start: int, alpha: float, random: np.random.Generator, min_segment: int
) -> list[tuple[int, float]]:
    """Places of changes in the whole series, each with its p value. A stack, not recursion: a series may be long."""
    found: list[tuple[int, float]] = []
    waiting = [(start, len(series))]
    while waiting:
        begin, end = waiting.pop()
        part = series[begin:end]
        if len(part) < 2 * min_segment or float(np.ptp(part)) == 0.0:
            continue
        at, p = _best_split(part, random, min_segment)
        if p <= alpha:
            found.append((begin + at, p))
            waiting += [(begin, begin + at), (begin + at, end)]
    return found


def _best_split(part: NDArray[np.float64], random: np.random.Generator, min_segment: int) -> tuple[int, float]:
    centred = part - part.mean()
    own = _statistics(centred[None, :], min_segment)[0]
    best = int(own.argmax())
    reached = 1  # the order that was seen is one of those that could have been
    for size in _batches(len(part)):
        shuffled = random.permuted(np.broadcast_to(centred, (size, len(part))), axis=1)
        reached += int(np.count_nonzero(_statistics(shuffled, min_segment).max(axis=1) >= own[best] * (1 - _TOLERANCE)))
    return best + min_segment, reached / (PERMUTATIONS + 1)


def _batches(length: int) -> list[int]:
    """Shuffles at a time: bounded memory, 16 MB or so, however long the series is."""
    size = max(1, min(PERMUTATIONS, 1_000_000 // length))
    return [size] * (PERMUTATIONS // size) + ([PERMUTATIONS % size] if PERMUTATIONS % size else [])


def _statistics(centred: NDArray[np.float64], min_segment: int) -> NDArray[np.float64]:
    """The CUSUM statistic of each split of each row, whose mean is 0; splits leave `min_segment` values on each side."""
    length = centred.shape[1]
    left = np.arange(min_segment, length - min_segment + 1)
    sums = np.cumsum(centred, axis=1)[:, left - 1]
    statistics: NDArray[np.float64] = np.abs(sums) * np.sqrt(length / (left * (length - left)))
    return statistics


def _described(series: NDArray[np.float64], start: int, at: int, end: int, p: float) -> ChangePoint:
    before, after = series[start:at], series[at:end]
    return ChangePoint(at, float(before.mean()), float(after.mean()), len(before), len(after), p)
