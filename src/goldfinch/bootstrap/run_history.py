"""The history of the runs in some folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from goldfinch.adapters.files.atomic import atomic_text_file
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.adapters.files.run_lookup import find_runs
from goldfinch.adapters.files.schemas import schema_of
from goldfinch.core.errors import InfrastructureError, RunDirectoryError
from goldfinch.core.results.history import SCHEMA_VERSION, History, HistoryRun, history, history_run
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.reviewing import codes


def read_history(folders: Sequence[Path]) -> History:
    """Every finished run in the folders and below them.

    Runs that are incomplete, replayed or placeholders are left out and counted: their figures are of something else. Raises
    `RunDirectoryError` for a run that cannot be read, and where there is no finished one (E2606).
    """
    runs: list[HistoryRun] = []
    left_out: Counter[str] = Counter()
    for folder in folders:
        for found in find_runs(folder):
            status = found.manifest.status
            summary = RunDirectory(found.path).summary() if status is RunStatus.COMPLETE else None
            if summary is None or (summary.run_id, summary.status) != (found.manifest.run_id, status):
                left_out[status.value if status is not RunStatus.COMPLETE else "without a summary"] += 1
                continue
            runs.append(history_run(found.manifest, summary))
    if not runs:
        others = f" ({', '.join(f'{count} {why}' for why, count in left_out.items())})" if left_out else ""
        raise RunDirectoryError(
            f"no finished run in {len(folders)} folder{'' if len(folders) == 1 else 's'}{others}",
            where=", ".join(map(str, folders))[:300],
            hint="name folders of runs, or a folder that holds them",
            code=codes.NO_HISTORY,
        )
    return history(runs, left_out)


def write_file(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a file as a whole or not at all, folders on the way included. Raises `InfrastructureError` (E2607)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_text_file(path) as out:
            write(out)
    except OSError as error:
        raise InfrastructureError(f"cannot write: {error.strerror or error}", where=str(path), code=codes.CANNOT_WRITE) from error


def run_history_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the document. It is open: later versions may add keys."""
    words = "`goldfinch report history --output-format json`: runs by time, each metric with its intervals, and changes of its level."
    schema = schema_of(History, words, version=SCHEMA_VERSION)
    schema["properties"]["kind"] = {"const": "history"}
    schema["required"] += ["kind", "schema_version"]
    return schema
