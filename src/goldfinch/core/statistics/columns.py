"""Long columns of figures, one per record or case. NaN stands for "not known"; nothing here ever reads it as a number."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
Positions = NDArray[np.int64]


def as_column(values: array[float]) -> Column:
    """The same memory, seen as a column."""
    return np.frombuffer(values, dtype=np.float64) if len(values) else np.empty(0)


def as_positions(values: array[int]) -> Positions:
    """The same memory, seen as row numbers; `values` is an array of type `q`."""
    return np.frombuffer(values, dtype=np.int64) if len(values) else np.empty(0, dtype=np.int64)


def columns_of(rows: array[float], width: int) -> tuple[Column, ...]:
    """The columns of figures that were stored row after row."""
    table = as_column(rows).reshape(-1, width)
    return tuple(table[:, number] for number in range(width))


def sums_and_counts(values: Column, groups: Positions | None, count: int) -> tuple[Column, Column]:
    """For each of `count` groups the sum and the number of the known values. `groups` None: each value is a group of its own."""
    known = ~np.isnan(values)
    if groups is None:
        return np.where(known, values, 0.0), known.astype(np.float64)
    chosen = groups[known]
    sums: Column = np.bincount(chosen, values[known], count).astype(np.float64, copy=False)
    return sums, np.bincount(chosen, minlength=count).astype(np.float64)


def group_means(values: Column, groups: Positions | None, count: int) -> Column:
    """The mean of the known values of each group, NaN where none is known."""
    if groups is None:
        return values
    sums, counts = sums_and_counts(values, groups, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(counts > 0, sums / counts, np.nan)


def mean_variance_within(values: Column, groups: Positions | None, count: int) -> float | None:
    """The mean over groups of the variance of their values (ddof 1); None where no group has two."""
    if groups is None:
        return None
    sums, counts = sums_and_counts(values, groups, count)
    several = counts >= 2
    if not several.any():
        return None
    known = ~np.isnan(values)
    means = np.divide(sums, counts, out=np.zeros(count), where=counts > 0)
    squares = np.bincount(groups[known], (values[known] - means[groups[known]]) ** 2, count)
    return float(np.mean(squares[several] / (counts[several] - 1)))


def positions_of(numbers: Sequence[int]) -> Positions:
    """Row numbers from any sequence of them."""
    return np.asarray(numbers, dtype=np.int64)


def known_count(values: Column) -> int:
    """How many figures are known."""
    return int(np.count_nonzero(~np.isnan(values)))


def largest_group(groups: array[int]) -> int:
    """The number of rows of the group that has most."""
    return int(np.bincount(as_positions(groups)).max()) if len(groups) else 0


def true_positions(flags: NDArray[np.bool_]) -> list[int]:
    """Where the flags are set."""
    return [int(place) for place in np.flatnonzero(flags)]
