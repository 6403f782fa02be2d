"""Records from disk are somebody's input: what a run could never have written is damage, and is named."""

from __future__ import annotations

from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.records import ScoreRecord


def add_stored(accumulator: SummaryAccumulator, record: ScoreRecord, location: str) -> None:
    """Take in a record that was read from `location`. Raises `RunDirectoryError` for figures that no run writes."""
    if any(score.value is not None and not 0.0 <= score.value <= 1.0 for score in record.scores):
        raise _damaged(record, location, "a score is not between 0 and 1")
    try:
        accumulator.add(record)
    except ValueError as error:
        raise _damaged(record, location, str(error)) from error


def _damaged(record: ScoreRecord, location: str, why: str) -> RunDirectoryError:
    return RunDirectoryError(
        f"damaged record of case {record.case_id}, trial {record.trial}: {why}",
        where=location,
        hint="'goldfinch score' makes the scores anew from outputs.jsonl",
        code="E1502",
    )
