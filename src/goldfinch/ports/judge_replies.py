"""The replies of a judge that were had already."""

from __future__ import annotations

from typing import Protocol

from goldfinch.core.output import Output
from goldfinch.core.results.records import OutputRecord


class JudgeReplies(Protocol):
    """Keeps every reply of the judge of one run, as it comes: whatever kills the run, no finished call is paid for again."""

    @property
    def spent_usd(self) -> float:
        """What all replies that are kept cost, as far as that is known."""
        ...

    def get(self, key: str) -> Output | None:
        """The reply to one question; None where there is none, or where only failures came."""
        ...

    def append(self, record: OutputRecord) -> None:
        """Keep a reply, or a failure that had its price. `case_hash` is the key; `case_id` and `trial` say which answer was judged."""
        ...

    def close(self) -> None: ...
