"""Wires the scoring of stored answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from goldfinch.adapters.files.run_directory import RunDirectory, RunDirectoryJournal
from goldfinch.bootstrap.datasets import open_dataset
from goldfinch.bootstrap.scorers import build_metrics
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.errors import UsageError
from goldfinch.operations.score import Rescored, score


def score_run(
    run_dir: Path, *, config: Path | None = None, dataset: Sequence[str | Path] | None = None, scorers: Sequence[str] | None = None
) -> Rescored:
    """Score a run's answers again, with the settings' scorers and the run's own dataset where nothing else is given."""
    manifest = RunDirectory(run_dir).manifest()
    if not dataset and not manifest.dataset.paths:
        raise UsageError("the dataset of this run was not in files", where=str(run_dir), hint="give --dataset", code="E1003")
    loaded = load_settings(config)
    settings = loaded.settings
    if scorers is None:
        metrics = build_metrics(settings.scorers, allow_code=settings.allow_code, folder=loaded.folder)
    else:
        metrics = build_metrics(scorers, folder=Path())
    journal = RunDirectoryJournal(run_dir, redactor_for(settings.agent))
    try:
        return score(journal, open_dataset(dataset or manifest.dataset.paths), metrics)
    finally:
        journal.close()
