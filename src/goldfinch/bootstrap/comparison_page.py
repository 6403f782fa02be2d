"""Wires the HTML page of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from goldfinch.adapters.files.atomic import atomic_text_file
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.adapters.reports.html.comparison import write_comparison_page
from goldfinch.bootstrap.reports import dataset_of
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.core.comparison.outcome import Comparison
from goldfinch.core.errors import InfrastructureError, UsageError
from goldfinch.core.results import codes
from goldfinch.core.results.evidence import Evidence
from goldfinch.operations.comparison_page import evidence_of


def require_page_path(path: Path) -> None:
    """What is wrong with it must not be found out after the last trial. Raises `UsageError`."""
    if path.is_dir():
        hint = f"name a file, such as {path / 'comparison.html'}"
        raise UsageError(f"{path} is a folder", where="--report", hint=hint, code=codes.CANNOT_WRITE)


def write_page(comparison: Comparison, was: Sequence[str], now: Sequence[str], path: Path) -> None:
    """Write the page as a whole or not at all; `was` and `now` are the folders of the runs behind either side."""
    require_page_path(path)
    before, after = _evidence(was), _evidence(now)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_text_file(path) as out:
            write_comparison_page(comparison, before, after, out)
    except OSError as error:
        raise InfrastructureError(f"cannot write: {error.strerror or error}", where=str(path), code=codes.CANNOT_WRITE) from error


def _evidence(folders: Sequence[str]) -> list[Evidence]:
    runs = [RunDirectory(Path(folder)) for folder in folders]
    return [evidence_of(run, dataset_of(run.manifest()), redactor_for()) for run in runs]
