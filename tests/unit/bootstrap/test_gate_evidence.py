from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.adapters.evidence import finding
from goldfinch.bootstrap.gate_evidence import ReportFiles, read_scans, read_tests, reports_in, write_type_baseline
from goldfinch.core.errors import EvidenceUnreadable, InfrastructureError
from goldfinch.core.gates.check import check_all
from goldfinch.core.gates.evidence import Evidence, TestEvidence, TypeCheck
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.gates.policy import Policy, Scanner
from goldfinch.core.verdict import Verdict

DATA = Path(__file__).parents[2] / "data" / "evidence"


def artifacts(folder: Path, *names: str) -> Path:
    """Reports as a download of artifacts lays them out: a folder for each."""
    for name in names:
        at = folder / f"artifact-{name}"
        at.mkdir()
        (at / name).write_bytes((DATA / name).read_bytes())
    return folder


def test_reports_are_found_by_their_names(tmp_path: Path) -> None:
    names = ["ruff.json", "mypy.txt", "junit-prices.xml", "junit-label.xml", "coverage-label.xml", "bandit.json", "sbom.cdx.json"]
    found = reports_in(artifacts(tmp_path, *names))
    assert found.ruff == tmp_path / "artifact-ruff.json" / "ruff.json"
    assert found.mypy == tmp_path / "artifact-mypy.txt" / "mypy.txt"
    assert [path.name for path in found.junit] == ["junit-label.xml", "junit-prices.xml"]
    assert list(found.coverage.values()) == ["label"]
    assert [scanner for scanner, _ in found.scans] == [Scanner.BANDIT, Scanner.SBOM]


def test_two_formats_of_one_groups_coverage_are_one_group(tmp_path: Path) -> None:
    for name in ("coverage-label.xml", "coverage-label.json"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    assert reports_in(tmp_path).coverage == {tmp_path / "coverage-label.json": "label"}


def test_a_second_report_of_which_there_can_be_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnreadable) as caught:
        reports_in(DATA)
    assert (caught.value.code, "mypy" in str(caught.value)) == ("E2115", True)


def test_a_coverage_file_without_a_group_in_its_name_is_of_its_folder(tmp_path: Path) -> None:
    for group in ("agents", "tools"):
        (tmp_path / group).mkdir()
        (tmp_path / group / "coverage.xml").write_bytes((DATA / "coverage-label.xml").read_bytes())
    assert list(reports_in(tmp_path).coverage.values()) == ["agents", "tools"]
    evidence = read_tests(reports_in(tmp_path))
    assert evidence.coverage is not None
    assert evidence.coverage.groups == ("agents", "tools")


def test_hidden_folders_links_and_great_depths_are_not_entered(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"abcdefghi")
    for folder in (tmp_path / ".git", deep, tmp_path / "real"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ruff.json").write_text("[]")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert finding.find_reports(tmp_path)["ruff"] == [tmp_path / "real" / "ruff.json"]


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MAX_FILES", 2)
    for name in "abc":
        (tmp_path / name).write_text("")
    with pytest.raises(EvidenceUnreadable, match="more than 2 files"):
        reports_in(tmp_path)


def test_no_report_is_no_evidence(tmp_path: Path) -> None:
    files = reports_in(tmp_path)
    assert files == ReportFiles()
    assert read_tests(files) == TestEvidence()
    assert read_scans(files) == ()


def test_the_reports_of_a_faulty_project_fail_the_gates_that_they_are_of(tmp_path: Path) -> None:
    names = ["ruff.json", "mypy.txt", "junit-prices.xml", "coverage-prices.xml", "coverage-label.json", "bandit.json", "pip-audit.json"]
    files = reports_in(artifacts(tmp_path, *names, "secrets.json", "sbom.cdx.json"))
    report = {outcome.gate: outcome for outcome in check_all(Policy(), Evidence(tests=read_tests(files), scans=read_scans(files)))}
    assert report[GateName.CODE_QUALITY].verdict is Verdict.FAIL
    assert "Type errors 2 > 0" in report[GateName.CODE_QUALITY].failures
    assert "2 of 4 tests failed" in report[GateName.CODE_QUALITY].failures
    assert report[GateName.COVERAGE].failures == ("Line coverage 61.5% < 80%",)
    assert any("not audited: it skipped all of 58" in failure for failure in report[GateName.SECURITY].failures)


def test_known_type_errors_are_written_and_tolerated(tmp_path: Path) -> None:
    artifacts(tmp_path, "mypy.txt")
    types = read_tests(reports_in(tmp_path)).types
    assert types is not None
    write_type_baseline(tmp_path / "type-baseline.json", types)
    evidence = read_tests(reports_in(tmp_path))
    assert evidence.known_types == types.by_place
    report = check_all(Policy(), Evidence(tests=evidence))
    assert any(finding.text == "Type errors 2, all known" for finding in report.outcomes[0].findings)


def test_a_baseline_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError) as caught:
        write_type_baseline(tmp_path / "none" / "type-baseline.json", TypeCheck(0))
    assert caught.value.code == "E2114"
