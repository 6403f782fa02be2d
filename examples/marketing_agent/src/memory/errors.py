"""What can go wrong with memory, each with one line that says what to do."""

from __future__ import annotations


class MemoryUnavailable(Exception):
    """A server of the memory is down, does not answer in time, or lacks the tables of this release. Asking later may help."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(f"memory: {server}: {why}")
        self.server = server
        self.why = why


class EntryRefused(Exception):
    """A stored entry that this release cannot read. Asking again does not help; forgetting the session does."""


class NewerSchema(EntryRefused):
    """An entry that a newer release wrote."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"memory: an entry has schema {found}, this release reads up to {known}: deploy a release that reads it, or forget the session"
        )
        self.found = found
        self.known = known
