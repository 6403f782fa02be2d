"""The judge's replies of a run in memory."""

from __future__ import annotations

from goldfinch.core.output import Output
from goldfinch.core.results.records import OutputRecord


class InMemoryReplies:
    """What `judge.jsonl` is on disk."""

    def __init__(self) -> None:
        self.records: list[OutputRecord] = []

    @property
    def spent_usd(self) -> float:
        return sum(record.output.cost_usd or 0.0 for record in self.records)

    def get(self, key: str) -> Output | None:
        found = [record.output for record in self.records if record.case_hash == key and record.output.failure is None]
        return found[-1] if found else None

    def append(self, record: OutputRecord) -> None:
        self.records.append(record)

    def close(self) -> None: ...
