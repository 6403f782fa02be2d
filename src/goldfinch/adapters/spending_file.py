"""What several processes have spent together, in a file that each appends to."""

from __future__ import annotations

import os
from pathlib import Path


class SpendingFile:
    """One amount a line, in US dollars. Workers of a parallel test session share one, so that they share its budget."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, usd: float) -> None:
        """Add an amount; one `write(2)`, so that no two writers mix."""
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{usd!r}\n".encode())

    def total_usd(self) -> float:
        """The sum of what all have added so far."""
        try:
            return sum(float(line) for line in self.path.read_bytes().split())
        except FileNotFoundError:
            return 0.0

    def remove(self) -> None:
        """Forget everything."""
        self.path.unlink(missing_ok=True)


def new_spending_file(folder: Path) -> SpendingFile:
    """A ledger of this process and its children."""
    return SpendingFile(folder / f"goldfinch-spent-{os.getpid()}")
