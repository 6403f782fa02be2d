"""Compare two stored runs."""

from __future__ import annotations

from math import isfinite

from goldfinch.core.comparison import codes
from goldfinch.core.comparison.compare import compare, nothing_to_compare_with
from goldfinch.core.comparison.measured import Run
from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import Comparison
from goldfinch.core.errors import RunDirectoryError, UsageError
from goldfinch.core.results.manifest import RunStatus
from goldfinch.ports.run_results import RunResults

DEFAULTS = CompareOptions()


def compare_runs(baseline: RunResults | None, current: RunResults, options: CompareOptions = DEFAULTS) -> Comparison:
    """What changed from `baseline` to `current`. No baseline, or one of status `bootstrap`, decides nothing: neutral.

    Raises `RunDirectoryError` for a run that cannot be read or is compared with itself (E2303), `UsageError` for a wrong option.
    """
    _check(options)
    now = current.manifest()
    if baseline is None:
        return nothing_to_compare_with(now, current.location, "there is no baseline yet")
    before = baseline.manifest()
    if before.status is RunStatus.BOOTSTRAP:
        return nothing_to_compare_with(now, current.location, "the baseline is a bootstrap: a placeholder until a first run is promoted")
    if before.run_id == now.run_id:
        raise RunDirectoryError(
            f"baseline and current are the same run, {now.run_id}",
            where=current.location,
            hint=f"the baseline was read from {baseline.location}; name two runs",
            code=codes.SAME_RUN,
        )
    return compare(
        Run("baseline", before, baseline.table(), baseline.location), Run("current", now, current.table(), current.location), options
    )


def _check(options: CompareOptions) -> None:
    margins = {"threshold": options.margin, **{f"the absolute margin of {name}": value for name, value in options.absolute_margins.items()}}
    for name, value in margins.items():
        if not (isfinite(value) and value > 0):
            raise UsageError(f"{name} must be a number above 0, not {value}", code=codes.OPTION)
    if not 0 < options.alpha < 0.5 or options.looks < 1 or not 0 < options.false_discovery_rate < 1:
        raise UsageError(
            "alpha must lie between 0 and 0.5, the false discovery rate between 0 and 1, looks be at least 1", code=codes.OPTION
        )
