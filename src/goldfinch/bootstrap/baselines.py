"""Wires baselines: which folder is whose, what says that a run passed, and what there is to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from goldfinch import __version__
from goldfinch.adapters.files.baseline_folder import BaselineFolder
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.adapters.files.run_lookup import find_run
from goldfinch.adapters.files.run_table import RunTableReader
from goldfinch.adapters.git_worktree import base_branches, branch_of, user_of
from goldfinch.adapters.system import SystemClock, new_run_id, this_host
from goldfinch.bootstrap.policy import policy_of
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.baselines import codes
from goldfinch.core.baselines.branches import folder_name
from goldfinch.core.baselines.promotion import Promotion
from goldfinch.core.errors import Problem, RunDirectoryError, UsageError
from goldfinch.core.gates import ai_quality
from goldfinch.core.gates.evidence import EvaluationEvidence, Evidence
from goldfinch.core.results.manifest import AgentIdentity, DatasetIdentity, Manifest, RunStatus
from goldfinch.core.results.summary import Summary
from goldfinch.core.verdict import Verdict
from goldfinch.operations.baseline import PromotionRequest, WhyNotPassed, promote
from goldfinch.ports.run_journal import RunReader

BASELINES_FOLDER = Path("evaluation/baselines")
"""Where baselines are kept: in the repository, so that a pull request reads them from its base branch."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the baseline of a branch is. `summary` None: a placeholder. `age_s` in seconds, None where its time cannot be read."""

    path: Path
    promotion: Promotion
    manifest: Manifest
    summary: Summary | None
    age_s: float | None


def promote_run(
    run: Path,
    *,
    branch: str | None = None,
    folder: Path = BASELINES_FOLDER,
    verdict: Path | None = None,
    config: Path | None = None,
    allow_dirty: bool = False,
    with_outputs: bool = True,
    promoted_by: str | None = None,
) -> Baseline:
    """Make the one run in the folder `run` the baseline of `branch` (the present one where None). Raises `GoldfinchError`s, E24xx."""
    branch = _branch(branch)
    found = find_run(run)
    reader = RunTableReader(found.path)
    store = BaselineFolder(folder / folder_name(branch))
    if found.path.resolve().is_relative_to(store.path.resolve()):
        raise RunDirectoryError("this run is the baseline already", where=str(found.path), code=codes.NOT_REAL)
    request = PromotionRequest(
        branch=branch,
        promoted_by=promoted_by or user_of(Path()),
        allow_dirty=allow_dirty,
        with_outputs=with_outputs,
        goldfinch_version=__version__,
    )
    judge = _by_gate(config) if verdict is None else _by_verdict(verdict)

    def judged(one: RunReader, manifest: Manifest) -> Problem | str:
        reader.table()  # files that do not belong together are an error here, and not in a later comparison
        return judge(one, manifest)

    promote(reader, store, judged, request, SystemClock())
    return baseline_of(branch, folder)


def bootstrap(branch: str | None = None, folder: Path = BASELINES_FOLDER) -> Baseline:
    """A placeholder: comparisons with it are neutral. Refused where there is a baseline (E2401), which it would throw away."""
    branch = _branch(branch)
    store = BaselineFolder(folder / folder_name(branch))
    if (there := store.promotion()) is not None and there.status is not RunStatus.BOOTSTRAP:
        raise RunDirectoryError(
            f"there is a baseline already, run {there.run_id}", where=store.location, hint="it stays", code=codes.NOT_WHOLE
        )
    clock, run_id = SystemClock(), new_run_id()
    manifest = Manifest(
        run_id=run_id,
        status=RunStatus.BOOTSTRAP,
        started_at=clock.utc_iso(),
        dataset=DatasetIdentity("", "", 0),
        agent=AgentIdentity("", ""),
        metrics=(),
        trials=1,
        seed=None,
        host=this_host(),
        reason="a placeholder until a first run is promoted",
        goldfinch_version=__version__,
    )
    store.place(
        manifest,
        Promotion(
            branch, run_id, RunStatus.BOOTSTRAP, clock.utc_iso(), user_of(Path()), None, has_outputs=False, goldfinch_version=__version__
        ),
    )
    return baseline_of(branch, folder)


def baseline_of(branch: str | None = None, folder: Path = BASELINES_FOLDER) -> Baseline:
    """The baseline of `branch` (the present one where None). Raises `RunDirectoryError` (E2408) where there is none."""
    branch = _branch(branch)
    store = BaselineFolder(folder / folder_name(branch))
    promotion = store.promotion()
    if promotion is None:
        raise RunDirectoryError(
            f"branch {branch} has no baseline",
            where=str(folder),
            hint="promote a run: goldfinch baseline promote RUN",
            code=codes.NO_BASELINE,
        )
    run = RunDirectory(store.path)
    manifest = run.manifest()
    if (manifest.run_id, manifest.status) != (promotion.run_id, promotion.status) or promotion.branch != branch:
        raise RunDirectoryError(
            f"baseline.json is of run {promotion.run_id} of {promotion.branch}, manifest.json of {manifest.run_id}",
            where=store.location,
            hint="promote the run again",
            code=codes.BROKEN,
        )
    return Baseline(store.path, promotion, manifest, run.summary(), _age_s(promotion.promoted_at))


def baselines_in(folder: Path = BASELINES_FOLDER) -> tuple[Baseline, ...]:
    """Every baseline there is, by branch."""
    if not folder.is_dir():
        return ()
    names = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    promoted = [promotion for path in names if (promotion := BaselineFolder(path).promotion()) is not None]
    return tuple(baseline_of(promotion.branch, folder) for promotion in promoted)


def find_baseline(branch: str | None = None, folder: Path = BASELINES_FOLDER) -> Path | None:
    """The folder to compare a run with: the baseline of `branch`; where that is None of the pull request's base, else of this branch or the
    default one. None where nothing was promoted. Raises `RunDirectoryError` where the one found is damaged."""
    for name in (branch,) if branch is not None else base_branches(Path()):
        store = BaselineFolder(folder / folder_name(name))
        if store.promotion() is not None:
            return baseline_of(name, folder).path
    return None


def _branch(given: str | None) -> str:
    branch = given if given is not None else branch_of(Path())
    if not branch or not branch.strip():
        raise UsageError("no branch is checked out here", hint="give --branch", code=codes.NO_BRANCH)
    return branch


def _by_gate(config: Path | None) -> WhyNotPassed:
    policy = policy_of(load_settings(config).settings)

    def judged(run: RunReader, manifest: Manifest) -> Problem | str:
        summary = run.summary()
        if summary is None or summary.run_id != manifest.run_id:
            return Problem("the run has no summary.json of its own", hint="'goldfinch score' makes it anew", code=codes.NOT_PASSED)
        outcome = ai_quality.judge(policy, Evidence(evaluation=EvaluationEvidence.of(summary)))
        if outcome.verdict is Verdict.PASS:
            return outcome.gate.shown
        hint = "promote a run that passes; --verdict takes a `goldfinch check` that passed; `gates:` sets the thresholds"
        return Problem(f"{outcome.gate.shown}: {'; '.join(outcome.failures) or outcome.verdict.value}", hint=hint, code=codes.NOT_PASSED)

    return judged


class _RunOf(msgspec.Struct):
    run_id: str


class _Check(msgspec.Struct):
    """As much of the verdict of `goldfinch check` as promoting needs."""

    kind: Literal["gate_verdict"]
    verdict: Verdict
    run: _RunOf
    is_replayed: bool = False


def _by_verdict(path: Path) -> WhyNotPassed:
    try:
        check = msgspec.json.decode(path.read_bytes(), type=_Check)
    except OSError as error:
        raise UsageError(
            f"cannot read: {error.strerror or error}", where=str(path), hint="correct --verdict", code=codes.VERDICT
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = "give the file that `goldfinch check` wrote"
        raise UsageError(f"no verdict of a check: {error}", where=str(path), hint=hint, code=codes.VERDICT) from error

    def judged(run: RunReader, manifest: Manifest) -> Problem | str:  # noqa: ARG001 - one signature for all that judge
        if check.run.run_id != manifest.run_id:
            what = f"the verdict is on run {check.run.run_id}, this is {manifest.run_id}"
            return Problem(what, where=str(path), hint="check this run", code=codes.VERDICT)
        if check.verdict is not Verdict.PASS or check.is_replayed:
            return Problem(
                f"the verdict of the check is {check.verdict.value}",
                where=str(path),
                hint="promote a run that passes",
                code=codes.NOT_PASSED,
            )
        return "goldfinch check"

    return judged


def _age_s(promoted_at: str) -> float | None:
    try:
        then = datetime.fromisoformat(promoted_at)
    except ValueError:
        return None
    return (datetime.now(UTC) - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds()
