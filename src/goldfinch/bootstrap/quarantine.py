"""Wires the quarantine: the file that counts, the runs that show who is flaky, and the owners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goldfinch.adapters.files.quarantine_file import read_quarantine, write_quarantine
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.adapters.files.run_lookup import find_runs
from goldfinch.adapters.git_worktree import user_of
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.reports import dataset_of
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.core.errors import RunDirectoryError, UsageError
from goldfinch.core.quarantine import codes
from goldfinch.core.quarantine.entries import Released
from goldfinch.core.quarantine.history import CaseHistory, counted, histories, why_not_counted
from goldfinch.core.quarantine.standing import QuarantinedCase, cases_on
from goldfinch.core.quarantine.updating import Update, UpdateRules, released, updated
from goldfinch.core.results.manifest import Manifest
from goldfinch.operations.report import RunRecords

QUARANTINE_FILE = Path("evaluation/quarantine.yaml")
"""Where the quarantine is kept: in the repository, so that a pull request is judged by that of its base branch."""
OWNER = "owner"
"""The key of a case's metadata that names who looks after it."""


@dataclass(frozen=True, slots=True)
class Updated:
    """An update, how many runs it rests on, and how many were left out by reason."""

    update: Update
    runs: int
    left_out: dict[str, int]
    cases: tuple[QuarantinedCase, ...]


def update_quarantine(
    folders: Sequence[Path], file: Path, rules: UpdateRules, *, owner: str = "", dry_run: bool = False, now: str = ""
) -> Updated:
    """Bring the file up to date with the runs in the folders and below. `owner` gets the cases that have none.

    Raises `RunDirectoryError` (E2474) where no run shows anything, `ConfigurationError` (E2470), `InfrastructureError` (E2471).
    """
    quarantine, now = read_quarantine(file), now or SystemClock().utc_iso()
    runs, left_out = _runs(folders)
    seen = histories([(manifest, counted(RunRecords(reader))) for manifest, reader in runs])
    _require_trials(seen, folders, left_out)
    redact = redactor_for()
    named = {**_owners([manifest for manifest, _ in runs]), **({"": owner.strip()} if owner.strip() else {})}
    owners = {case_id: redact(name) for case_id, name in named.items()}
    update = updated(quarantine, seen, owners=owners, now=now, rules=rules)
    if update.is_change and not dry_run:
        write_quarantine(file, update.quarantine)
    return Updated(update, len(runs), left_out, cases_on(update.quarantine, now[:10]))


def quarantined_cases(file: Path) -> tuple[QuarantinedCase, ...]:
    """Every case in the file as it stands today. Raises `ConfigurationError` (E2470)."""
    return cases_on(read_quarantine(file), today())


def release_case(case_id: str, file: Path, *, reason: str, by: str | None = None) -> Released:
    """Take a case out by hand. Raises `UsageError`: E2472 not in quarantine, E2473 without a reason or a name."""
    quarantine = read_quarantine(file)
    if case_id not in quarantine.cases:
        others = ", ".join(sorted(quarantine.cases)[:5]) or "none"
        raise UsageError(f"case {case_id} is not in quarantine", where=str(file), hint=f"there: {others}", code=codes.NOT_QUARANTINED)
    who = (by or user_of(Path()) or "").strip()
    if not reason.strip() or not who:
        missing = "--by" if reason.strip() else "--reason"
        raise UsageError("a case is released with a reason and a name", where=missing, hint=f"give {missing}", code=codes.NO_REASON)
    redact = redactor_for()
    release = Released(case_id, SystemClock().utc_iso(), redact(who), redact(reason.strip()))
    write_quarantine(file, released(quarantine, release))
    return release


def today() -> str:
    """UTC, as an ISO day."""
    return SystemClock().utc_iso()[:10]


def _runs(folders: Sequence[Path]) -> tuple[list[tuple[Manifest, RunDirectory]], dict[str, int]]:
    found: dict[str, tuple[Manifest, RunDirectory]] = {}
    left_out: Counter[str] = Counter()
    for folder in folders:
        for run in find_runs(folder):
            if why := why_not_counted(run.manifest):
                left_out[why] += 1
            else:
                found.setdefault(run.manifest.run_id, (run.manifest, RunDirectory(run.path)))
    return list(found.values()), dict(left_out)


def _require_trials(seen: dict[str, CaseHistory], folders: Sequence[Path], left_out: dict[str, int]) -> None:
    if any(history.runs for history in seen.values()):
        return
    others = f" (left out: {', '.join(f'{count} {why}' for why, count in left_out.items())})" if left_out else ""
    raise RunDirectoryError(
        f"no run with three or more trials a case{others}",
        where=", ".join(map(str, folders))[:300],
        hint="evaluate the main branch with --trials 3 or more, and name the folders of those runs",
        code=codes.NO_RUNS,
    )


def _owners(manifests: Sequence[Manifest]) -> dict[str, str]:
    """By case id, as the newest run's dataset says (`metadata: {owner: ana}`), where it is still here."""
    newest = max(manifests, key=lambda one: one.started_at)
    dataset = dataset_of(newest)
    if dataset is None:
        return {}
    named = ((case.id, case.metadata.get(OWNER)) for case, _ in dataset.cases())
    return {case_id: owner.strip() for case_id, owner in named if isinstance(owner, str) and owner.strip()}
