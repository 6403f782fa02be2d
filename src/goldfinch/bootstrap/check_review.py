"""A verdict as a review: what a step's summary and its annotations are made from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from goldfinch.bootstrap.checking import FinishedCheck
from goldfinch.bootstrap.reviews import links_of, without_secrets
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.core.checking.rendering import flag_lines
from goldfinch.core.checking.verdict import NOTHING_DECIDED, CheckVerdict
from goldfinch.core.comparison.outcome import Comparison
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
        how_to_run=NOTHING_DECIDED if finished.verdict.is_replayed else "",
    )
    return without_secrets(review, redactor_for())


def notes_of(verdict: CheckVerdict) -> tuple[str, ...]:
    """`policy-changed: ai_quality.min_pass_rate: 0.85 on main, …`: what a reviewer must know besides the gates."""
    flags = [f"{name}: {line}" for name, lines in flag_lines(verdict.basis) for line in lines]
    return (*flags, verdict.basis.said, *verdict.basis.notes, *verdict.notes)


def comparison_in(path: Path | None) -> Comparison | None:
    """The regression report in a file. Raises `RunDirectoryError`."""
    if path is None:
        return None
    from goldfinch.adapters.files.comparison_file import read_comparison

    return read_comparison(path)
