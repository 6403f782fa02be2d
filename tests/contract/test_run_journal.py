"""One suite for the run in memory and for the run directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.adapters.files.run_directory import RunDirectoryJournal
from goldfinch.ports.run_journal import RunJournal
from goldfinch.testing.run_journal import InMemoryRun
from goldfinch.testing.run_journal_contract import RunJournalContract


class TestInMemoryRun(RunJournalContract):
    @pytest.fixture(autouse=True)
    def _run(self) -> None:
        self.run = InMemoryRun()

    def open_journal(self) -> RunJournal:
        return self.run


class TestRunDirectory(RunJournalContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "runs" / "one"

    def open_journal(self) -> RunJournal:
        return RunDirectoryJournal(self.folder)
