"""From two folders to a comparison: the one run in each, told by its manifest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from goldfinch.adapters.files.run_lookup import find_run
from goldfinch.adapters.files.run_table import RunTableReader
from goldfinch.core.comparison import codes
from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import Comparison
from goldfinch.core.errors import UsageError
from goldfinch.operations.compare import DEFAULTS, compare_runs


@dataclass(frozen=True, slots=True)
class RunAt:
    """A run, or a folder that holds exactly one that fits `run_id` and `sha` (head commit)."""

    folder: Path
    run_id: str | None = None
    sha: str | None = None


def compare_folders(baseline: RunAt, current: RunAt, options: CompareOptions = DEFAULTS) -> Comparison:
    """Compare the runs in two folders. Raises `RunDirectoryError`: none there, several, damage, one and the same run."""
    return compare_runs(*find_both(baseline, current), options)


def find_both(baseline: RunAt | None, current: RunAt) -> tuple[RunTableReader | None, RunTableReader]:
    """The one run in each of two folders; `baseline` None where there is none yet. Raises `RunDirectoryError`."""
    now = find_run(current.folder, run_id=current.run_id, sha=current.sha, options=("--run-id", "--sha"))
    if baseline is None:
        return None, RunTableReader(now.path)
    before = find_run(baseline.folder, run_id=baseline.run_id, sha=baseline.sha, options=("--baseline-run-id", "--baseline-sha"))
    return RunTableReader(before.path), RunTableReader(now.path)


def with_quarantine(options: CompareOptions, file: Path, base: str | None = None) -> tuple[CompareOptions, tuple[str, ...]]:
    """The options with the quarantine that counts, and what the change under test proposes to alter of it.

    Raises `ConfigurationError`: E2470 for a file that is no quarantine, E2201 for a `base` that cannot be read.
    """
    from goldfinch.bootstrap.base_quarantine import judging_quarantine
    from goldfinch.bootstrap.quarantine import today

    judging = judging_quarantine(file, base)
    return replace(options, quarantine=judging.quarantine, today=today()), judging.changes


def margins_of(told: Iterable[str]) -> dict[str, float]:
    """`METRIC=MARGIN` by metric. Raises `UsageError` (E2308)."""
    margins: dict[str, float] = {}
    for text in told:
        metric, _, margin = text.rpartition("=")
        try:
            margins[metric] = float(margin)
        except ValueError:
            metric = ""
        if not metric:
            raise UsageError(f"--absolute-threshold {text!r} is not METRIC=MARGIN", hint="such as cost_usd=0.002", code=codes.OPTION)
    return margins
