"""What operations ask of a golden dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from goldfinch.core.datasets.case import Case


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """A dataset that was read through once and found valid.

    `fingerprint` depends on the cases alone, not on file order or formatting. `paths` are as the user gave them.
    """

    name: str
    fingerprint: str
    cases: int
    paths: tuple[str, ...]
    own_trials: Mapping[int, int] = field(default_factory=dict)
    """Cases that state their own number of trials: number -> how many cases."""


class Dataset(Protocol):
    """A golden dataset that can be read any number of times, in the same order, without being held in memory."""

    def check(self) -> DatasetInfo:
        """Read everything once: validate, look for duplicate ids, fingerprint. Raises `DatasetError` with every problem found."""
        ...

    def cases(self) -> Iterator[tuple[Case, str]]:
        """Every case with its content hash (`core.datasets.fingerprint.case_hash`). Streams."""
        ...
