"""Where the files of a run go: the directory that was asked for, or the unfinished run that is taken up again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from goldfinch.adapters.files.run_directory import RunDirectory, RunDirectoryJournal
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.operations.engine.resuming import differences

RUNS_FOLDER = Path(".goldfinch/runs")
"""Where runs go that were given no place."""


class Journals:
    """Opens the run directory that was asked for; without one, the unfinished run of the same evaluation, else a new directory.

    `fresh` goes on with nothing: it empties the directory that was asked for, and never one that was not.
    """

    def __init__(self, output_dir: Path | None, redact: Redactor, *, fresh: bool) -> None:
        self._output_dir = output_dir
        self.redact = redact
        self._fresh = fresh
        self._runs = RUNS_FOLDER
        self._journal: RunDirectoryJournal | None = None

    @property
    def directory(self) -> Path:
        if self._journal is None:
            raise AssertionError("no journal was opened")
        return self._journal.path

    def run_id(self) -> str:
        """The id of the run that is under way."""
        return RunDirectory(self.directory).manifest().run_id

    def open(self, wanted: Manifest) -> RunDirectoryJournal:
        if self._output_dir is not None:
            self._journal = RunDirectoryJournal(self._output_dir, self.redact)
        else:
            self._journal = self._unfinished(wanted) or RunDirectoryJournal(self._runs / wanted.run_id, self.redact)
        return self._journal

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def _unfinished(self, wanted: Manifest) -> RunDirectoryJournal | None:
        folders = sorted(self._runs.iterdir(), reverse=True) if self._runs.is_dir() and not self._fresh else []
        for folder in folders:
            with suppress(GoldfinchError):
                stored = RunDirectory(folder).stored_manifest()
                if stored is None or stored.status not in (RunStatus.RUNNING, RunStatus.INCOMPLETE) or differences(stored, wanted):
                    continue
                return RunDirectoryJournal(folder, self.redact)
        return None
