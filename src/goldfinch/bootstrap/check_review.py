"""A verdict as a review: what a step's summary and its annotations are made from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.bootstrap.checking import FinishedCheck, run_in
from goldfinch.bootstrap.reviews import links_of, without_secrets
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.core.checking.codes import MIXED_UP
from goldfinch.core.checking.rendering import flag_lines
from goldfinch.core.checking.verdict import NOTHING_DECIDED, CheckVerdict
from goldfinch.core.comparison.outcome import Comparison
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.review import Review


def review_of(finished: FinishedCheck, comparison: Comparison | None = None, environment: Mapping[str, str] | None = None) -> Review:
    """The review of a check, free of secrets."""
    environment = os.environ if environment is None else environment
    manifest = finished.manifest
    review = Review(
        gates=finished.report,
        comparison=comparison,
        summary=finished.summary,
        run=finished.verdict.run,
        links=links_of(environment),
        notes=notes_of(finished.verdict),
        base_ref=finished.verdict.basis.ref or "",
        trials=manifest.trials,
        judge=manifest.judge or "",
        quarantined=finished.verdict.quarantined,
        how_to_run=NOTHING_DECIDED if finished.verdict.is_replayed else "",
    )
    return without_secrets(review, redactor_for())


def notes_of(verdict: CheckVerdict) -> tuple[str, ...]:
    """`policy-changed: ai_quality.min_pass_rate: 0.85 on main, …`: what a reviewer must know besides the gates."""
    flags = [f"{name}: {line}" for name, lines in flag_lines(verdict.basis) for line in lines]
    return (*flags, verdict.basis.said, *verdict.basis.notes, *verdict.notes)


def comparison_in(path: Path | None, results_dir: Path) -> Comparison | None:
    """The regression report in a file. Raises `RunDirectoryError`, also where it is of another run than that of `results_dir`."""
    if path is None:
        return None
    from goldfinch.adapters.files.comparison_file import read_comparison

    compared, run_id = read_comparison(path), RunDirectory(run_in(results_dir)).manifest().run_id
    if compared.current.run_id != run_id:
        what = f"compares run {compared.current.run_id}, and the run that is checked is {run_id}"
        raise RunDirectoryError(what, where=str(path), hint="give the regression report of this run", code=MIXED_UP)
    return compared
