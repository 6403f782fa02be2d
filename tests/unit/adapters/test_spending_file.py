"""Several processes add up what they spent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from goldfinch.adapters.spending_file import SpendingFile

ADD = "import sys; from pathlib import Path; from goldfinch.adapters.spending_file import SpendingFile\n"
ADD += "file = SpendingFile(Path(sys.argv[1]))\nfor _ in range(200): file.add(0.01)\n"


def test_nothing_is_lost_between_processes(tmp_path: Path) -> None:
    file = SpendingFile(tmp_path / "spent")
    assert file.total_usd() == 0
    workers = [subprocess.Popen([sys.executable, "-c", ADD, str(file.path)]) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    assert file.total_usd() == pytest.approx(6.0)
    file.remove()
    assert file.total_usd() == 0
