"""Which run may become a baseline, and what is remembered of the moment in which it did."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.baselines import codes
from goldfinch.core.errors import Problem
from goldfinch.core.results.manifest import Manifest, RunStatus

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Promotion:
    """`baseline.json`: beside the run, who made it the baseline of which branch, when, from which commit, and what it replaced."""

    branch: str
    run_id: str
    status: RunStatus
    promoted_at: str
    """UTC, ISO 8601."""
    promoted_by: str | None
    commit: str | None
    """Head commit of the run."""
    dirty: bool | None = None
    """Files were changed and not committed when the run was made."""
    previous_run_id: str | None = None
    passed_by: str = ""
    """What said that the run passed: `goldfinch check`, or the AI quality gate."""
    has_outputs: bool = True
    goldfinch_version: str = ""
    kind: str = "baseline"
    schema_version: int = SCHEMA_VERSION


_NOT_WHOLE = {
    RunStatus.RUNNING: "the run did not end: it is under way, or was killed",
    RunStatus.REPLAYED: "the run was replayed from a recording: no model was asked",
    RunStatus.BOOTSTRAP: "this is a bootstrap: a placeholder without a run",
}


def why_not_whole(manifest: Manifest) -> Problem | None:
    """Why this run can be nobody's baseline, whatever its scores are; None where it can."""
    if manifest.status is not RunStatus.COMPLETE:
        reason = f": {manifest.reason}" if manifest.reason else ""
        what = _NOT_WHOLE.get(manifest.status, f"the run is incomplete{reason}")
        return Problem(what, hint="only a complete run can be promoted", code=codes.NOT_WHOLE)
    if manifest.replayed_from is not None:
        return Problem(_NOT_WHOLE[RunStatus.REPLAYED], hint="only a complete run can be promoted", code=codes.NOT_WHOLE)
    if manifest.dataset.selection:
        filters = ", ".join(manifest.dataset.selection)
        hint = "evaluate the whole dataset: later runs would be compared on these cases only"
        return Problem(f"the run asked a part of the dataset only (--{filters})", hint=hint, code=codes.NOT_WHOLE)
    return None


def why_dirty(manifest: Manifest) -> Problem | None:
    """Why nobody could make this run again; None where it was made from a commit, or there is no repository at all."""
    if not manifest.revision.dirty:
        return None
    return Problem(
        "the run was made from files that are not committed", hint="commit and evaluate again, or give --allow-dirty", code=codes.DIRTY
    )
