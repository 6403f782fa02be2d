"""Latency percentiles in bounded memory: a histogram with logarithmic buckets, exact in its counts and mergeable in any order."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, exp, isnan, log
from typing import Any, Self

RELATIVE_ERROR = 0.01
_SMALLEST = 1e-6  # a nanosecond; anything shorter counts as 0
_LARGEST = 1e15  # thirty thousand years; refused beyond
_GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_LOG_GAMMA = log(_GAMMA)
_PER_LOG = 1 / _LOG_GAMMA
_ROUNDING = 1e-9  # 0.07 * 100 is a little more than 7
_ZERO = -1_000_000
"""Bucket of the values below the smallest; sorts before every other."""


class LogHistogram:
    """Counts of positive values in buckets that each span 2 %, so that every quantile is within 1 % of a value that was seen.

    At most about 2,400 buckets exist, whatever is added. Counts are exact, so merging commutes and associates; only `sum` rounds.
    Source: Masson, Rim and Lee, DDSketch, PVLDB 12 (2019), 2195-2205.
    """

    __slots__ = ("_buckets", "_max", "_min", "_sum")

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self._sum = 0.0
        self._min = float("inf")
        self._max = 0.0

    def add(self, value_ms: float) -> None:
        """Count one value, 0 or more; NaN, infinity and negative values are refused."""
        if _SMALLEST < value_ms < _LARGEST:
            bucket = ceil(log(value_ms) * _PER_LOG)
        elif 0 <= value_ms <= _SMALLEST:
            bucket = _ZERO
        else:
            raise ValueError(f"a duration must be from 0 to {_LARGEST:g} ms, got {value_ms}")
        buckets = self._buckets
        buckets[bucket] = buckets.get(bucket, 0) + 1
        self._sum += value_ms
        if value_ms > self._max:  # noqa: PLR1730 - the built-ins would double the cost of this call
            self._max = value_ms
        if value_ms < self._min:  # noqa: PLR1730
            self._min = value_ms

    def merge(self, other: LogHistogram) -> None:
        """Take in everything that `other` has counted; `other` stays as it is."""
        for bucket, count in other._buckets.items():
            self._buckets[bucket] = self._buckets.get(bucket, 0) + count
        self._sum += other._sum
        self._max = max(self._max, other._max)
        self._min = min(self._min, other._min)

    def copy(self) -> Self:
        """The same counts, to be changed apart."""
        twin = type(self)()
        twin._buckets = self._buckets.copy()
        twin._sum, twin._min, twin._max = self._sum, self._min, self._max
        return twin

    def above(self, value_ms: float) -> int:
        """Values in buckets beyond the one that holds `value_ms`: those above it, within 1 %."""
        limit = ceil(log(value_ms) * _PER_LOG) if value_ms > _SMALLEST else _ZERO
        return sum(count for bucket, count in self._buckets.items() if bucket > limit)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LogHistogram):
            return NotImplemented
        return (self._buckets, self._sum, self._min, self._max) == (other._buckets, other._sum, other._min, other._max)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def quantile(self, q: float) -> float | None:
        """The smallest value that at least a share `q` of the values does not exceed, within 1 %; exact at the top. None when empty.

        Nearest rank, never interpolated: the p95 of few values is their largest, not something better than it.
        """
        if isnan(q) or not 0 <= q <= 1:
            raise ValueError(f"a quantile lies between 0 and 1, got {q}")
        count = self.count
        if count == 0:
            return None
        rank, seen = max(ceil(q * count - _ROUNDING) - 1, 0), 0
        if rank == count - 1:
            return self._max
        from_top = rank > count // 2  # a p95 is found after a few buckets of many
        wanted = count - 1 - rank if from_top else rank
        for bucket in sorted(self._buckets, reverse=from_top):
            seen += self._buckets[bucket]
            if seen > wanted:
                return min(max(_middle(bucket), self._min), self._max)
        raise AssertionError("the counts of the buckets add up to count")

    @property
    def count(self) -> int:
        """Values counted."""
        return sum(self._buckets.values())

    @property
    def sum(self) -> float:
        """Sum of the values, in milliseconds."""
        return self._sum

    @property
    def mean(self) -> float | None:
        """Mean of the values; None of an empty histogram."""
        return self._sum / self.count if self._buckets else None

    @property
    def min(self) -> float | None:
        """Smallest value, exact; None of an empty histogram."""
        return self._min if self._buckets else None

    @property
    def max(self) -> float | None:
        """Largest value, exact; None of an empty histogram."""
        return self._max if self._buckets else None

    def to_state(self) -> dict[str, Any]:
        """A plain dictionary that JSON keeps exactly: only buckets that hold something, keyed by their number as text."""
        buckets = {str(bucket): self._buckets[bucket] for bucket in sorted(self._buckets)}
        return {"buckets": buckets, "sum": self._sum, "min": self.min, "max": self.max}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of `to_state`."""
        histogram = cls()
        histogram._buckets = {int(bucket): int(count) for bucket, count in state["buckets"].items()}
        if histogram._buckets:
            histogram._sum = float(state["sum"])
            histogram._min = float(state["min"])
            histogram._max = float(state["max"])
        return histogram


def _middle(bucket: int) -> float:
    """The value whose relative distance to both ends of the bucket is the same: 2 gamma^i / (gamma + 1)."""
    if bucket == _ZERO:
        return 0.0
    return 2 * exp(bucket * _LOG_GAMMA) / (_GAMMA + 1)
