"""Whatever bytes a report holds, its reader gives evidence that gates can judge, or one of our errors in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from goldfinch.adapters.evidence.coverage import read_coverage
from goldfinch.adapters.evidence.junit import read_junit
from goldfinch.adapters.evidence.linting import read_ruff
from goldfinch.adapters.evidence.scans import READERS
from goldfinch.adapters.evidence.type_baseline import read_type_baseline
from goldfinch.adapters.evidence.typing import read_mypy
from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates.check import check_all
from goldfinch.core.gates.evidence import Coverage, Evidence, TestEvidence
from goldfinch.core.gates.policy import Policy
from goldfinch.core.verdict import Verdict
from tests.fuzz.test_readers import bytes_like, may_refuse

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]
Read = Callable[[Path], Evidence]

DATA = Path(__file__).parents[1] / "data" / "evidence"


def seeds(*names: str) -> list[bytes]:
    return [(DATA / name).read_bytes()[:6000] for name in names]


def judge(path: Path, read: Read) -> None:
    """One report alone never passes all gates: whatever it holds, five gates have no evidence."""
    with may_refuse(EvidenceUnreadable):
        judge_evidence(read(path))


def judge_evidence(evidence: Evidence) -> None:
    report = check_all(Policy(), evidence)
    assert report.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)
    for finding in (finding for outcome in report for finding in outcome.findings):
        assert "\n" not in finding.text
        assert len(finding.text) < 1500


def fuzzed(fuzz: Fuzz, path: Path, read: Read, *names: str) -> None:
    @fuzz(150, bytes_like(*seeds(*names)))
    def _(content: bytes) -> None:
        path.write_bytes(content)
        judge(path, read)


def test_junit(fuzz: Fuzz, tmp_path: Path) -> None:
    fuzzed(fuzz, tmp_path / "r", lambda path: Evidence(tests=TestEvidence(tests=read_junit([path]))), "junit-prices.xml", "junit-label.xml")


def test_coverage(fuzz: Fuzz, tmp_path: Path) -> None:
    def read(path: Path) -> Evidence:
        return Evidence(tests=TestEvidence(coverage=Coverage.combined([read_coverage(path)])))

    fuzzed(fuzz, tmp_path / "r", read, "coverage-prices.xml", "coverage-label.json")


def test_ruff(fuzz: Fuzz, tmp_path: Path) -> None:
    fuzzed(fuzz, tmp_path / "r", lambda path: Evidence(tests=TestEvidence(lint=read_ruff(path))), "ruff.json")


def test_mypy(fuzz: Fuzz, tmp_path: Path) -> None:
    fuzzed(fuzz, tmp_path / "r", lambda path: Evidence(tests=TestEvidence(types=read_mypy(path))), "mypy.txt", "mypy.json")


def test_known_type_errors(fuzz: Fuzz, tmp_path: Path) -> None:
    content = b'{"schema_version": 1, "kind": "type_baseline", "errors": {"src/a.py [misc]": 2}}'

    @fuzz(150, bytes_like(content))
    def _(mutated: bytes) -> None:
        (tmp_path / "r").write_bytes(mutated)
        judge(tmp_path / "r", lambda path: Evidence(tests=TestEvidence(known_types=read_type_baseline(path))))


def test_scans(fuzz: Fuzz, tmp_path: Path) -> None:
    for scanner, name in zip(READERS, ("bandit.json", "pip-audit.json", "secrets.json", "sbom.cdx.json"), strict=True):
        fuzzed(fuzz, tmp_path / "r", lambda path, scanner=scanner: Evidence(scans=(READERS[scanner](path),)), name)  # type: ignore[misc]
