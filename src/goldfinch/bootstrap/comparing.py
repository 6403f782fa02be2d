"""From two folders to a comparison: the one run in each, told by its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goldfinch.adapters.files.run_lookup import find_run
from goldfinch.adapters.files.run_table import RunTableReader
from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import Comparison
from goldfinch.operations.compare import DEFAULTS, compare_runs


@dataclass(frozen=True, slots=True)
class RunAt:
    """A run, or a folder that holds exactly one that fits `run_id` and `sha` (head commit)."""

    folder: Path
    run_id: str | None = None
    sha: str | None = None


def compare_folders(baseline: RunAt, current: RunAt, options: CompareOptions = DEFAULTS) -> Comparison:
    """Compare the runs in two folders. Raises `RunDirectoryError`: none there, several, damage, one and the same run."""
    before = find_run(baseline.folder, run_id=baseline.run_id, sha=baseline.sha, options=("--baseline-run-id", "--baseline-sha"))
    now = find_run(current.folder, run_id=current.run_id, sha=current.sha, options=("--run-id", "--sha"))
    return compare_runs(RunTableReader(before.path), RunTableReader(now.path), options)
