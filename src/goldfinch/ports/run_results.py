"""What a comparison asks of a stored run."""

from __future__ import annotations

from typing import Protocol

from goldfinch.core.comparison.run_table import RunTable
from goldfinch.core.results.manifest import Manifest


class RunResults(Protocol):
    """A finished run: who made it, and its scores by column."""

    @property
    def location(self) -> str:
        """Where it is, for messages and commands."""
        ...

    def manifest(self) -> Manifest:
        """Raises `RunDirectoryError` where there is none, or it is damaged."""
        ...

    def table(self) -> RunTable:
        """Read every score. Raises `RunDirectoryError` for damage and for what no run writes."""
        ...
