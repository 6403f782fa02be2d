"""What operations ask of the place where a run's records are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary


class RunReader(Protocol):
    """A run directory, read only."""

    @property
    def location(self) -> str:
        """Where the run is, as a person would type it."""
        ...

    def manifest(self) -> Manifest: ...

    def summary(self) -> Summary | None: ...

    def outputs(self) -> Iterator[OutputRecord]:
        """Every line of `outputs.jsonl` in the order written; streams."""
        ...

    def scores(self) -> Iterator[ScoreRecord]:
        """Every line of `results.jsonl` in the order written; streams."""
        ...

    def output_of(self, case_id: str, trial: int) -> OutputRecord | None:
        """The answer that counts for one (case, trial); used by reports for the few cases that they show."""
        ...
