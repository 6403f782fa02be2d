"""A deterministic split of a dataset into named parts.

Without strata every case is placed by a hash of its own key and the seed, so a case stays in its part whatever is added or removed.
With strata the shares are exact within each stratum; then a case that is added may move others of its stratum across a boundary.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from typing import Literal

from goldfinch.core.datasets.case import Case

SplitKey = Literal["id", "content"]
"""`id`: an edited case stays where it was. `content`: equal cases always share a part, so that none leaks from one into another."""


@dataclass(frozen=True, slots=True)
class Part:
    """A named part and its share: any positive number, taken relative to the sum of all shares."""

    name: str
    share: float


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """How to split: at least two parts with different names. `stratify_by` are the tags whose combinations are the strata."""

    parts: tuple[Part, ...]
    seed: int = 0
    key: SplitKey = "id"
    stratify_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.parts) < 2 or len({part.name for part in self.parts}) != len(self.parts):
            raise ValueError("a split needs two or more parts with different names")
        if not all(math.isfinite(part.share) and part.share > 0 for part in self.parts):
            raise ValueError("every share must be a finite number above 0")

    def bounds(self) -> tuple[float, ...]:
        """Upper end of each part as a fraction of one; the last is exactly 1."""
        total = math.fsum(part.share for part in self.parts)
        ends = [end / total for end in accumulate(part.share for part in self.parts)]
        return (*ends[:-1], 1.0)

    def position(self, case: Case, content_hash: str) -> int:
        """A uniform 64-bit number that depends on the seed and the case's key alone."""
        key = case.id if self.key == "id" else content_hash
        return int.from_bytes(blake2b(f"{self.seed}\0{key}".encode(), digest_size=8).digest())

    def part_of(self, case: Case, content_hash: str) -> int:
        """Index of the part of a case, without strata."""
        place = self.position(case, content_hash) / 2**64
        return next(index for index, end in enumerate(self.bounds()) if place < end or end == 1.0)

    def stratum(self, case: Case) -> tuple[str, ...]:
        return tuple(tag for tag in self.stratify_by if tag in case.tags)


def stratified_parts(plan: SplitPlan, cases: Iterable[tuple[Case, str]]) -> list[int]:
    """Index of the part of every case, in the order given, with exact shares (to one case) within each stratum.

    Holds one number and one position per case.
    """
    strata: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    count = 0
    for count, (case, content_hash) in enumerate(cases, start=1):
        strata.setdefault(plan.stratum(case), []).append((plan.position(case, content_hash), count - 1))
    parts = [0] * count
    for members in strata.values():
        members.sort()
        _deal(members, plan.bounds(), parts)
    return parts


def _deal(members: list[tuple[int, int]], bounds: tuple[float, ...], parts: list[int]) -> None:
    start = 0
    for part, end in enumerate(round(bound * len(members)) for bound in bounds):
        for _, index in members[start:end]:
            parts[index] = part
        start = end
