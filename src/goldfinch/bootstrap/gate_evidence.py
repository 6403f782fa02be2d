"""From report files to what the gates judge: each kind of file by its reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from goldfinch.adapters.evidence.coverage import read_coverage
from goldfinch.adapters.evidence.finding import find_reports
from goldfinch.adapters.evidence.junit import read_junit
from goldfinch.adapters.evidence.linting import read_ruff
from goldfinch.adapters.evidence.scans import READERS
from goldfinch.adapters.evidence.type_baseline import read_type_baseline, type_baseline_bytes
from goldfinch.adapters.evidence.typing import read_mypy
from goldfinch.adapters.files.atomic import write_atomically
from goldfinch.core.errors import EvidenceUnreadable, InfrastructureError
from goldfinch.core.gates import codes
from goldfinch.core.gates.evidence import Coverage, Scan, TestEvidence, TypeCheck
from goldfinch.core.gates.policy import Scanner


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where the reports of other tools are. `coverage`: file → name of its group; empty: the file's own."""

    ruff: Path | None = None
    mypy: Path | None = None
    type_baseline: Path | None = None
    junit: tuple[Path, ...] = ()
    coverage: Mapping[Path, str] = field(default_factory=dict)
    scans: tuple[tuple[Scanner, Path], ...] = ()


def reports_in(folder: Path) -> ReportFiles:
    """The reports below a folder, told by their names. Raises `EvidenceUnreadable`, also for two reports of which there can be one."""
    found = find_reports(folder)
    return ReportFiles(
        ruff=_only(found["ruff"], "ruff"),
        mypy=_only(found["mypy"], "mypy"),
        type_baseline=_only(found["type_baseline"], "known type errors"),
        junit=tuple(found["junit"]),
        coverage={path: _group_of(path) for path in _one_format_each(found["coverage"])},
        scans=_scan_files(found),
    )


def scans_in(folder: Path) -> tuple[Scan, ...]:
    """What the scanners say whose reports are below a folder, whatever else is there. Raises `EvidenceUnreadable`."""
    return read_scans(ReportFiles(scans=_scan_files(find_reports(folder))))


def read_tests(files: ReportFiles, *, root: Path | None = None) -> TestEvidence:
    """What linter, type checker, tests and coverage say. Paths below `root` are told from there. Raises `EvidenceUnreadable`."""
    groups = [read_coverage(path, name, root=root) for path, name in files.coverage.items()]
    return TestEvidence(
        lint=None if files.ruff is None else read_ruff(files.ruff),
        types=None if files.mypy is None else read_mypy(files.mypy),
        known_types=None if files.type_baseline is None else read_type_baseline(files.type_baseline),
        tests=read_junit(files.junit) if files.junit else None,
        coverage=Coverage.combined(groups) if groups else None,
    )


def read_scans(files: ReportFiles) -> tuple[Scan, ...]:
    """What each scanner says. Raises `EvidenceUnreadable`."""
    return tuple(READERS[scanner](path) for scanner, path in files.scans)


def write_type_baseline(path: Path, types: TypeCheck) -> None:
    """Write or replace the list of known type errors. Raises `InfrastructureError` (E2114)."""
    try:
        write_atomically(path, type_baseline_bytes(types.by_place))
    except OSError as error:
        raise InfrastructureError(f"cannot write: {error.strerror or error}", where=str(path), code=codes.NOT_WRITTEN) from error


def _scan_files(found: Mapping[str, list[Path]]) -> tuple[tuple[Scanner, Path], ...]:
    return tuple((scanner, path) for scanner in Scanner for path in found[scanner.value])


def _only(paths: list[Path], what: str) -> Path | None:
    if len(paths) > 1:
        hint = "keep the one that counts; two runs may be mixed up here"
        raise EvidenceUnreadable(f"a second report of {what}, beside {paths[0]}", where=str(paths[1]), hint=hint, code=codes.AMBIGUOUS)
    return paths[0] if paths else None


def _one_format_each(paths: list[Path]) -> list[Path]:
    """Of `coverage-a.json` and `coverage-a.xml`, which tell the same, the first."""
    by_name: dict[Path, Path] = {}
    for path in sorted(paths):
        by_name.setdefault(path.with_suffix(""), path)
    return list(by_name.values())


def _group_of(path: Path) -> str:
    """`coverage-agents.xml` is of the group `agents`; a file that is called just `coverage.xml`, of its folder."""
    name = path.stem.removeprefix("coverage").strip("-_.")
    return name or path.parent.name
