"""Wires `goldfinch check`: a run and the reports of other tools in, a verdict out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from goldfinch import __version__
from goldfinch.adapters.files.quarantine_file import read_quarantine
from goldfinch.adapters.files.run_directory import MANIFEST, RunDirectory
from goldfinch.adapters.files.run_lookup import find_run
from goldfinch.adapters.silent_progress import SilentProgress
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.base_quarantine import JudgingQuarantine, of_base
from goldfinch.bootstrap.base_rules import Rules, rules_for
from goldfinch.bootstrap.check_evidence import EvidenceFiles, SafetyEvidence, gathered
from goldfinch.bootstrap.gate_history import DEFAULT_HISTORY, recorded_false_alarms
from goldfinch.bootstrap.gate_overrides import overrides_for
from goldfinch.bootstrap.policy import policy_hash
from goldfinch.bootstrap.quarantine import QUARANTINE_FILE
from goldfinch.bootstrap.reports import dataset_of
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.checking.codes import NO_BASE_CASES
from goldfinch.core.checking.overrides import with_overrides
from goldfinch.core.checking.verdict import Basis, CheckVerdict, GateVerdict, exit_code_of, headline, verdict_of
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.gates.check import check_all
from goldfinch.core.gates.evidence import EvaluationEvidence, Evidence, HighestCost
from goldfinch.core.gates.outcome import GateName, GateReport
from goldfinch.core.gates.policy import SAFETY, Policy
from goldfinch.core.quarantine.standing import cases_on
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.core.results.summary import Summary
from goldfinch.operations.check import JudgedRun, judge_run
from goldfinch.operations.review import run_reference
from goldfinch.ports.progress import Progress


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What a person asked for. `flags` are keys of `bootstrap.policy.FLAGS`; `gates` those that must have evidence, None: the policy's."""

    results_dir: Path
    config: Path | None = None
    base: str | None = None
    baseline: Path | None = None
    evidence: EvidenceFiles = field(default_factory=EvidenceFiles)
    flags: Mapping[str, float] = field(default_factory=dict)
    gates: tuple[GateName, ...] | None = None
    strict: bool = False
    overrides: Path | None = None
    history: Path = DEFAULT_HISTORY
    judge: str | None = None
    confirm: bool = True
    quarantine: Path = QUARANTINE_FILE


@dataclass(frozen=True, slots=True)
class FinishedCheck:
    """The verdict, with the values that reports of it are made from."""

    verdict: CheckVerdict
    report: GateReport
    summary: Summary
    manifest: Manifest


def check(request: CheckRequest, progress: Progress | None = None) -> FinishedCheck:
    """Judge a run and the reports beside it. Writes nothing but what the judge said when it was asked again.

    Raises `RunDirectoryError`, `ConfigurationError`, `UsageError`, `DatasetError` and `EvidenceUnreadable`: then nothing was decided.
    """
    loaded = load_settings(request.config)
    reader = RunDirectory(run_in(request.results_dir))
    manifest = reader.manifest()
    with TemporaryDirectory(prefix="goldfinch-base-") as scratch:
        rules = rules_for(
            loaded, manifest, Path(scratch), ref=request.base, config=request.config, flags=request.flags, gates=request.gates
        )
        judged = _judged(reader, manifest, rules)
        evidence, basis, notes = _evidence(request, reader, manifest, rules, judged=judged, progress=progress or SilentProgress())
        now = SystemClock().utc_iso()
        overrides = overrides_for(rules, request.overrides, now[:10])
        quarantine = _quarantine(request.quarantine, rules)
    report = with_overrides(check_all(rules.policy, evidence, strict=request.strict), overrides.holding)
    notes = (*overrides.refused, *notes, *_how_to_give_evidence(report))
    basis = replace(basis, quarantine_changes=quarantine.changes)
    verdict = _verdict(request, report, judged, manifest, policy=rules.policy, basis=basis, notes=notes, now=now)
    verdict = replace(verdict, quarantined=cases_on(quarantine.quarantine, now[:10]))
    return FinishedCheck(
        _without_secrets(verdict),
        report,
        judged.summary,
        manifest,
    )


def _without_secrets(verdict: CheckVerdict) -> CheckVerdict:
    """Redacted as values: in a rendered document a mask could reach from one text into the next."""
    return msgspec.convert(redactor_for().value(msgspec.to_builtins(verdict)), CheckVerdict)


def run_in(folder: Path) -> Path:
    """The folder itself, or the one run that it holds: a downloaded artifact has more around it. Raises `RunDirectoryError`."""
    return folder if (folder / MANIFEST).exists() or not folder.is_dir() else find_run(folder).path


def _quarantine(file: Path, rules: Rules) -> JudgingQuarantine:
    """Shown, and without a say here: no gate of a check rests on one case but safety, which is never excused."""
    if rules.base is None:
        return JudgingQuarantine(read_quarantine(file))
    return of_base(file, rules.base)


def _judged(reader: RunDirectory, manifest: Manifest, rules: Rules) -> JudgedRun:
    tag = rules.policy.cost.complex_tag
    dataset = rules.dataset or (dataset_of(manifest) if rules.scorers_changed else None)
    if dataset is None and rules.scorers_changed:
        what = f"scores otherwise than {rules.basis.ref}, and the cases of its run are not here to be scored anew"
        raise ConfigurationError("this change " + what, where=reader.location, hint="check where the dataset is", code=NO_BASE_CASES)
    if dataset is None:
        return judge_run(reader, tag=tag)
    from goldfinch.bootstrap.regrading import regrading_for

    is_same = rules.dataset_fingerprint == manifest.dataset.fingerprint and not rules.scorers_changed
    return judge_run(reader, base=dataset, regrading=None if is_same else regrading_for(rules, manifest), tag=tag)


def _evidence(
    request: CheckRequest, reader: RunDirectory, manifest: Manifest, rules: Rules, *, judged: JudgedRun, progress: Progress
) -> tuple[Evidence, Basis, tuple[str, ...]]:
    safety = next((metric for metric in judged.summary.metrics if metric.name == SAFETY), None)
    confirmed = SafetyEvidence()
    if safety is not None and manifest.judge is not None:
        from goldfinch.bootstrap.confirming import safety_evidence

        confirmed = safety_evidence(reader, safety, rules, ask=request.confirm, judge=request.judge, progress=progress)
    others = gathered(request.evidence, rules, request.baseline, manifest)
    evaluation = EvaluationEvidence.of(
        judged.summary,
        safety_votes=confirmed.votes,
        safety_is_judged=confirmed.is_judged,
        is_replayed=_is_replayed(manifest),
    )
    evidence = replace(others.evidence, evaluation=evaluation, complex_tasks=_complex_tasks(judged))
    basis = replace(rules.basis, dataset_changes=judged.changes, baseline_changed=others.baseline_changed)
    return evidence, basis, tuple(note for note in (*others.notes, confirmed.note) if note)


def _complex_tasks(judged: JudgedRun) -> HighestCost | None:
    """None where no price at all is known: then the run's own costs say so already."""
    return HighestCost.of(judged.costs) if any(cost is not None for _, cost in judged.costs) else None


def _how_to_give_evidence(report: GateReport) -> tuple[str, ...]:
    """What a person who has one job's results only needs to know: gates without any evidence are open, and can be left to another job."""
    missing = [one.gate for one in report if one.blocks and [finding.name for finding in one.findings] == [one.gate.value]]
    if not missing:
        return ()
    others = " ".join(f"--gate {one.gate.value}" for one in report if one.gate not in missing)
    give = f"no evidence for {', '.join(missing)}: give it (--reports, --junit, --coverage, --bandit, --benchmark …)"
    return (f"{give}, or leave these gates to another job: {others}" if others else give,)


def _is_replayed(manifest: Manifest) -> bool:
    return manifest.status is RunStatus.REPLAYED or manifest.replayed_from is not None


def _verdict(
    request: CheckRequest,
    report: GateReport,
    judged: JudgedRun,
    manifest: Manifest,
    *,
    policy: Policy,
    basis: Basis,
    notes: tuple[str, ...],
    now: str,
) -> CheckVerdict:
    is_replayed = _is_replayed(manifest)
    verdict = verdict_of(report, is_replayed=is_replayed)
    records = recorded_false_alarms(request.history)
    return CheckVerdict(
        verdict=verdict,
        exit_code=int(exit_code_of(verdict)),
        headline=headline(report, verdict, is_replayed=is_replayed),
        flags=basis.flags,
        outcomes=tuple(GateVerdict.of(outcome, records[outcome.gate]) for outcome in report),
        basis=basis,
        run=run_reference(manifest, str(request.results_dir)),
        is_replayed=is_replayed,
        strict=request.strict,
        policy_hash=policy_hash(policy),
        checked_at=now,
        new_cases=None if judged.informing is None else judged.informing.passes.rate,
        notes=notes,
        goldfinch_version=__version__,
    )
