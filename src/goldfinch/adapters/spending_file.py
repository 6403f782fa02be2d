"""What several processes have spent together, in a file that each appends to."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp


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
        """Forget everything, the folder of its own included."""
        self.path.unlink(missing_ok=True)
        with suppress(OSError):
            self.path.parent.rmdir()


def new_spending_file() -> SpendingFile:
    """One for this process and its children, in a folder that only they may enter."""
    return SpendingFile(Path(mkdtemp(prefix="goldfinch-")) / "spent")
