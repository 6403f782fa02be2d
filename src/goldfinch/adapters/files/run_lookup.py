"""Find runs below a folder by their manifests, never by guess (REQUIREMENTS C9)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from goldfinch.adapters.files.run_directory import MANIFEST, RunDirectory
from goldfinch.core.comparison import codes
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.results.manifest import Manifest

MOST_FOLDERS = 20_000
SHOWN = 5


@dataclass(frozen=True, slots=True)
class FoundRun:
    path: Path
    manifest: Manifest


def find_runs(folder: Path, *, run_id: str | None = None, sha: str | None = None) -> tuple[FoundRun, ...]:
    """The runs in `folder` and below it, in order of their paths. A folder that is a run is that run; what is below it is its own.

    `sha` is the head commit, or its beginning from seven digits on. Symbolic links are not followed. Raises `RunDirectoryError` for a
    manifest that cannot be read: it might be the run that was meant.
    """
    return tuple(run for run in _all_runs(folder) if _is_wanted(run.manifest, run_id, sha))


def find_run(folder: Path, *, run_id: str | None = None, sha: str | None = None, options: tuple[str, str] = ("run_id", "sha")) -> FoundRun:
    """The one run in `folder` or below it. Raises `RunDirectoryError` where there is none (E2301) or more than one (E2302).

    `options` are the names by which the user can say which run is meant, for the message.
    """
    every = tuple(_all_runs(folder))
    found = tuple(run for run in every if _is_wanted(run.manifest, run_id, sha))
    if len(found) == 1:
        return found[0]
    wanted = "".join([f" with run id {run_id}" if run_id else "", f" of commit {sha}" if sha else ""])
    if not found:
        there = f"; there {'is' if len(every) == 1 else 'are'}: {_listed(every)}" if every else ""
        raise RunDirectoryError(
            f"no run{wanted} in this folder{there}",
            where=str(folder),
            hint="name the --output-dir of a 'goldfinch evaluate', or a folder that holds one",
            code=codes.NO_RUN,
        )
    raise RunDirectoryError(
        f"{len(found)} runs{wanted} in this folder: {_listed(found)}",
        where=str(folder),
        hint=f"name one of these folders, or say which by {options[0]} or {options[1]}",
        code=codes.SEVERAL_RUNS,
    )


def _all_runs(folder: Path) -> Iterator[FoundRun]:
    for visited, (name, folders, files) in enumerate(os.walk(folder)):
        if visited >= MOST_FOLDERS:
            raise RunDirectoryError(
                f"more than {MOST_FOLDERS:,} folders to look into", where=str(folder), hint="name the run's folder", code=codes.TOO_LARGE
            )
        folders.sort()
        path = Path(name)
        if MANIFEST in files and _may_be_run(path / MANIFEST):
            folders.clear()
            yield FoundRun(path, RunDirectory(path).manifest())


class _KindOnly(msgspec.Struct):
    kind: str = ""


def _may_be_run(path: Path) -> bool:
    """False for a manifest of something else: web pages have files of this name too. What cannot be read is not passed over."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_KindOnly).kind == "run"
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True


def _is_wanted(manifest: Manifest, run_id: str | None, sha: str | None) -> bool:
    if run_id is not None and manifest.run_id != run_id:
        return False
    head = manifest.revision.head_sha or ""
    return sha is None or head == sha or (len(sha) >= 7 and head.startswith(sha))


def _listed(runs: tuple[FoundRun, ...]) -> str:
    shown = ", ".join(f"{run.path} ({run.manifest.run_id})" for run in runs[:SHOWN])
    return shown if len(runs) <= SHOWN else f"{shown} and {len(runs) - SHOWN} more"
