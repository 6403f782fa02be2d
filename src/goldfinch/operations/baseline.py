"""Make a run the baseline of a branch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from goldfinch.core.baselines.promotion import Promotion, why_dirty, why_not_whole
from goldfinch.core.errors import Problem, RunDirectoryError
from goldfinch.core.results.manifest import Manifest
from goldfinch.ports.baseline_store import BaselineStore
from goldfinch.ports.clock import Clock
from goldfinch.ports.run_journal import RunReader

WhyNotPassed = Callable[[RunReader, Manifest], "Problem | str"]
"""Why a run did not pass, as a `Problem`; or in words what said that it did."""


@dataclass(frozen=True, slots=True)
class PromotionRequest:
    """`promoted_by` is who asks for it, None where nobody knows."""

    branch: str
    promoted_by: str | None = None
    allow_dirty: bool = False
    with_outputs: bool = True
    goldfinch_version: str = ""


def promote(run: RunReader, store: BaselineStore, judge: WhyNotPassed, request: PromotionRequest, clock: Clock) -> Promotion:
    """Put `run` in place of the branch's baseline. Promoting the run that is there already changes nothing.

    Raises `RunDirectoryError` (E2401, E2402, E2403) where it may not be one; the baseline that is there then stays.
    """
    manifest = run.manifest()
    problem = why_not_whole(manifest) or (None if request.allow_dirty else why_dirty(manifest))
    if problem is not None:
        raise _refused(problem, run)
    passed_by = judge(run, manifest)
    if isinstance(passed_by, Problem):
        raise _refused(passed_by, run)
    before = store.promotion()
    if before is not None and before.run_id == manifest.run_id and before.has_outputs >= request.with_outputs:
        return before
    store.replace(run, _promotion(manifest, request, passed_by, clock))
    promoted = store.promotion()
    if promoted is None:
        raise AssertionError("the store lost what it was just given")
    return promoted


def _promotion(manifest: Manifest, request: PromotionRequest, passed_by: str, clock: Clock) -> Promotion:
    return Promotion(
        branch=request.branch,
        run_id=manifest.run_id,
        status=manifest.status,
        promoted_at=clock.utc_iso(),
        promoted_by=request.promoted_by,
        commit=manifest.revision.head_sha,
        dirty=manifest.revision.dirty,
        passed_by=passed_by,
        has_outputs=request.with_outputs,
        goldfinch_version=request.goldfinch_version,
    )


def _refused(problem: Problem, run: RunReader) -> RunDirectoryError:
    return RunDirectoryError(problem.what, where=problem.where or run.location, hint=problem.hint, code=problem.code)
