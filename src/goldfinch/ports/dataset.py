"""What operations ask of a golden dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

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


class CaseSink(Protocol):
    """A file that cases are written to. Nothing is visible under its name until it is left without an error."""

    def write(self, case: Case) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None: ...
