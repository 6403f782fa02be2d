"""What operations ask of the place where a run's records are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary


class UnwritableRecord(ValueError):
    """The record holds something that JSON cannot: an agent's object, a lone surrogate, an integer beyond 64 bits."""


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """A line of `outputs.jsonl`, as far as resuming needs it."""

    case_id: str
    trial: int
    missing: bool
    """Nothing was learned: to be asked again."""


class RunReader(Protocol):
    """A run directory, read only."""

    @property
    def location(self) -> str:
        """Where the run is, as a person would type it."""
        ...

    def manifest(self) -> Manifest: ...

    def summary(self) -> Summary | None: ...

    def outputs(self) -> Iterator[OutputRecord]:
        """The answer that counts of each (case, trial), in the order written; streams."""
        ...

    def scores(self) -> Iterator[ScoreRecord]:
        """The scores that count of each (case, trial), in the order written; streams."""
        ...

    def output_of(self, case_id: str, trial: int) -> OutputRecord | None:
        """The answer that counts for one (case, trial); used by reports for the few cases that they show."""
        ...


class RunJournal(RunReader, Protocol):
    """A run directory held for writing by one process. What is appended survives a power loss after `sync`.

    An answer survives a kill as soon as `append_output` returns. Scores may be held back until `sync`, as long as they cost nothing.
    """

    def stored_manifest(self) -> Manifest | None:
        """The manifest of the run that is here already, None in a new directory."""
        ...

    def answer_keys(self) -> Iterator[AnswerKey]:
        """Every line of `outputs.jsonl`, read as cheaply as can be."""
        ...

    def clear(self) -> None:
        """Forget everything: the directory starts anew."""
        ...

    def append_output(self, record: OutputRecord) -> None:
        """Add a line.

        Raises `InfrastructureError` when the disk takes no more (the file then still ends with a whole line) and `UnwritableRecord`.
        """
        ...

    def append_scores(self, record: ScoreRecord) -> None: ...

    def clear_scores(self) -> None:
        """Forget `results.jsonl`: the answers will be scored again."""
        ...

    def replace_scores(self, records: Iterable[ScoreRecord]) -> None:
        """Write `results.jsonl` anew: all of `records`, or nothing where they end with an error."""
        ...

    def write_manifest(self, manifest: Manifest) -> None: ...

    def write_summary(self, summary: Summary) -> None: ...

    def sync(self) -> None:
        """Block until everything appended is on disk. Called from a thread."""
        ...

    def close(self) -> None: ...
