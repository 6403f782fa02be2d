"""Weighted mean and its standard error, one value at a time, mergeable in any order."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, sqrt
from typing import Self


class WeightedMoments:
    """Running weighted mean of independent values, with its standard error.

    Keeps sums about the current mean and moves them when it moves, so that neither long runs nor large values cancel; the order of
    `add` and `merge` changes the last digits only.
    Source: Chan, Golub and LeVeque, The American Statistician 37 (1983), 242-247; the error of a weighted mean: Cochran, Sampling
    Techniques, 3rd edition (1977), section 6.4 (ratio estimator), with n/(n-1) so that equal weights give the textbook error.
    """

    __slots__ = ("_count", "_cross", "_mean", "_square", "_weight", "_weight_square")

    def __init__(self) -> None:
        self._count = 0
        self._mean = 0.0
        self._weight = 0.0
        self._weight_square = 0.0
        self._cross = 0.0  # sum of w^2 (x - mean): 0 with equal weights
        self._square = 0.0  # sum of w^2 (x - mean)^2

    def add(self, value: float, weight: float = 1.0) -> None:
        """Take one value in; weight 0 leaves it out of everything. Figures that are not finite and negative weights are refused."""
        if not (isfinite(value) and isfinite(weight) and weight >= 0):
            raise ValueError(f"value and weight must be finite and the weight not negative, got {value}, {weight}")
        if weight == 0:
            return
        self._count += 1
        self._weight += weight
        if value != self._mean:  # the mean of a healthy run is often the value itself, and then nothing moves
            self._move_to(self._mean + (value - self._mean) * (weight / self._weight))
            deviation = weight * (value - self._mean)
            self._cross += weight * deviation
            self._square += deviation * deviation
        self._weight_square += weight * weight

    def merge(self, other: WeightedMoments) -> None:
        """Take in everything that `other` has seen; `other` stays as it is."""
        if other._count == 0:
            return
        arriving = WeightedMoments.from_state(other.to_state())
        self._weight += arriving._weight
        mean = self._mean + (arriving._mean - self._mean) * (arriving._weight / self._weight)
        self._move_to(mean)
        arriving._move_to(mean)
        self._count += arriving._count
        self._weight_square += arriving._weight_square
        self._cross += arriving._cross
        self._square += arriving._square

    def _move_to(self, mean: float) -> None:
        """Express the sums about `mean` instead of the present one."""
        shift = mean - self._mean
        self._square += shift * (shift * self._weight_square - 2 * self._cross)
        self._cross -= shift * self._weight_square
        self._mean = mean

    @property
    def count(self) -> int:
        """Values taken in with a weight above 0."""
        return self._count

    @property
    def weight(self) -> float:
        """Sum of the weights."""
        return self._weight

    @property
    def mean(self) -> float | None:
        """Weighted mean; None where nothing was taken in."""
        return self._mean if self._count else None

    @property
    def standard_error(self) -> float | None:
        """Standard error of the mean, in the unit of the values; None below two values."""
        if self._count < 2:
            return None
        return sqrt(max(self._square, 0.0) * self._count / (self._count - 1)) / self._weight

    def to_state(self) -> dict[str, float]:
        """A plain dictionary that JSON keeps exactly."""
        return {
            "count": self._count,
            "mean": self._mean,
            "weight": self._weight,
            "weight_square": self._weight_square,
            "cross": self._cross,
            "square": self._square,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, float]) -> Self:
        """The inverse of `to_state`."""
        moments = cls()
        moments._count = int(state["count"])
        moments._mean = float(state["mean"])
        moments._weight = float(state["weight"])
        moments._weight_square = float(state["weight_square"])
        moments._cross = float(state["cross"])
        moments._square = float(state["square"])
        return moments
