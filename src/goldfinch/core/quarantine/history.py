"""What runs say of single cases over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from goldfinch.core.quarantine.entries import CaseRun
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.core.results.records import ScoreRecord
from goldfinch.core.statistics.flakiness import FLAKY_FROM


@dataclass(slots=True)
class CaseHistory:
    """One case in the version that was asked last: its runs with three or more decided trials, oldest first."""

    case_hash: str
    tags: tuple[str, ...]
    runs: list[CaseRun] = field(default_factory=list)


@dataclass(slots=True)
class _Counted:
    case_hash: str
    tags: tuple[str, ...]
    passed: int = 0
    trials: int = 0


def why_not_counted(manifest: Manifest) -> str:
    """Why a run shows nothing of how steady the agent of the main branch is; empty where it does."""
    if manifest.status is not RunStatus.COMPLETE:
        return manifest.status.value
    if manifest.replayed_from is not None:
        return RunStatus.REPLAYED.value
    return "of pull requests" if manifest.revision.base_sha is not None else ""


def counted(records: Iterable[ScoreRecord]) -> Mapping[str, _Counted]:
    """Passed and decided trials by case. An answer out of the response cache is a copy of one that counted before, and no trial."""
    found: dict[str, _Counted] = {}
    for record in records:
        if record.passed is None or record.cached:
            continue
        case = found.get(record.case_id)
        if case is None:
            case = found[record.case_id] = _Counted(record.case_hash, record.tags)
        case.trials += 1
        case.passed += record.passed
    return found


def histories(runs: Sequence[tuple[Manifest, Mapping[str, _Counted]]]) -> dict[str, CaseHistory]:
    """By case id, the runs in order of time, each run once. A run that asked another version of a case says nothing of this one."""
    by_id = {manifest.run_id: (manifest, cases) for manifest, cases in runs}
    found: dict[str, CaseHistory] = {}
    for manifest, cases in sorted(by_id.values(), key=lambda run: (run[0].started_at, run[0].run_id)):
        for case_id, case in cases.items():
            history = found.get(case_id)
            if history is None or history.case_hash != case.case_hash:
                history = found[case_id] = CaseHistory(case.case_hash, case.tags)
            history.tags = case.tags
            if case.trials >= FLAKY_FROM:
                history.runs.append(CaseRun(manifest.run_id, manifest.started_at, case.passed, case.trials))
    return found
