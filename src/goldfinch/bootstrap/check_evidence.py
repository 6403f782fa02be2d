"""Everything besides the run that the gates are shown: reports of other tools, a benchmark, the tests' cost, the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from goldfinch.adapters.files.benchmarks import read_benchmark, read_saturation
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.adapters.files.spending_file import read_test_costs
from goldfinch.bootstrap.base_rules import BaseFiles, Rules
from goldfinch.bootstrap.gate_evidence import ReportFiles, read_scans, read_tests, reports_in
from goldfinch.core.errors import UsageError
from goldfinch.core.gates.benchmark import benchmark_evidence
from goldfinch.core.gates.evidence import BenchmarkEvidence, Evidence
from goldfinch.core.gates.policy import Scanner
from goldfinch.core.gates.safety import SafetyVotes
from goldfinch.core.load.evidence import BenchSummary
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.operations.check import judge_run


@dataclass(frozen=True, slots=True)
class EvidenceFiles:
    """Where the reports are: in a folder, told by their names, and besides as they are named. `coverage`: file → group."""

    reports: Path | None = None
    ruff: Path | None = None
    mypy: Path | None = None
    junit: tuple[Path, ...] = ()
    coverage: Mapping[Path, str] = field(default_factory=dict)
    scans: tuple[tuple[Scanner, Path], ...] = ()
    benchmark: Path | None = None
    test_costs: Path | None = None
    saturations: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """`evidence` without the run; what a person should know of it."""

    evidence: Evidence
    notes: tuple[str, ...] = ()
    baseline_changed: bool = False


@dataclass(frozen=True, slots=True)
class SafetyEvidence:
    """`is_judged`: a model said what is safe. `note` is for a person: why a case stayed open, or what asking again came to."""

    is_judged: bool = False
    votes: Mapping[str, SafetyVotes] = field(default_factory=dict)
    note: str = ""


def gathered(files: EvidenceFiles, rules: Rules, baseline: Path | None, manifest: Manifest) -> Gathered:
    """Read every report. Raises `EvidenceUnreadable`, for the baseline `RunDirectoryError`, for benchmarks `ConfigurationError`."""
    reports = _reports(files, rules)
    before = _Baseline(None) if baseline is None else _baseline(baseline, rules.base, manifest)
    evidence = Evidence(
        tests=read_tests(reports, root=Path()),
        scans=read_scans(reports),
        benchmark=_benchmark(files),
        test_costs=None if files.test_costs is None else read_test_costs(files.test_costs),
        baseline_cost=before.cost_usd,
    )
    return Gathered(evidence, before.notes, before.is_edited)


def _benchmark(files: EvidenceFiles) -> BenchmarkEvidence | None:
    """The benchmark, with the searches for the highest rate of its scenarios. Raises `ConfigurationError`, `UsageError`."""
    if files.benchmark is None:
        if files.saturations:
            raise UsageError("a saturation search alone is no benchmark", where="--saturation", hint="give --benchmark too")
        return None
    summary = BenchSummary.of(read_benchmark(files.benchmark))
    saturations = [read_saturation(path) for path in files.saturations]
    names = [one.name for one in summary.scenarios]
    for path, one in zip(files.saturations, saturations, strict=True):
        if one.scenario not in names:
            hint = f"{files.benchmark} has {', '.join(names) or 'none'}"
            raise UsageError(f"is of scenario {one.scenario!r}, which the benchmark has not", where=str(path), hint=hint)
    return benchmark_evidence(summary, saturations)


def _reports(files: EvidenceFiles, rules: Rules) -> ReportFiles:
    found = ReportFiles() if files.reports is None else reports_in(files.reports)
    named = {scanner for scanner, _ in files.scans}
    return replace(
        found,
        ruff=files.ruff or found.ruff,
        mypy=files.mypy or found.mypy,
        type_baseline=_known_types(rules) or found.type_baseline,
        junit=files.junit or found.junit,
        coverage=files.coverage or found.coverage,
        scans=(*files.scans, *(scan for scan in found.scans if scan[0] not in named)),
    )


def _known_types(rules: Rules) -> Path | None:
    """The list of tolerated type errors, as the base branch has it: a change does not add to its own."""
    written = rules.loaded.settings.gates.code_quality.type_baseline
    if written is None:
        return None
    path = rules.loaded.path(written)
    return (rules.base.copy_of(path) if rules.base is not None and rules.base.is_tracked(path) else None) or path


@dataclass(frozen=True, slots=True)
class _Baseline:
    cost_usd: float | None
    notes: tuple[str, ...] = ()
    is_edited: bool = False


def _baseline(folder: Path, base: BaseFiles | None, manifest: Manifest) -> _Baseline:
    """What a request cost in the baseline: of the base branch where version control has it, else of the folder as it is."""
    edited = base is not None and base.is_edited(folder)
    copy = base.copy_of(folder) if base is not None else None
    if base is not None and copy is None and base.is_tracked(folder):
        return _Baseline(None, (f"the baseline {folder} is new in this change: there is none to compare with",), is_edited=True)
    reader = RunDirectory(copy or folder)
    before = reader.manifest()
    if before.status is RunStatus.BOOTSTRAP:
        return _Baseline(None, ("there is no baseline yet",), edited)
    if before.run_id == manifest.run_id:
        return _Baseline(None, ("the baseline is this very run: nothing is compared",), edited)
    return _Baseline(judge_run(reader).summary.cost.mean_usd, (), edited)
