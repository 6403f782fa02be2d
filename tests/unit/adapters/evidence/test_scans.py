from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.evidence.scans import READERS, read_bandit, read_pip_audit, read_sbom, read_secret_scan
from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates.evidence import Issue, Scan
from goldfinch.core.gates.policy import Scanner, Severity

DATA = Path(__file__).parents[3] / "data" / "evidence"


def written(folder: Path, document: Any) -> Path:
    path = folder / "report.json"
    path.write_text(json.dumps(document))
    return path


def bandit(loc: Any = 9, errors: Any = (), results: Any = ()) -> dict[str, Any]:
    return {"errors": list(errors), "metrics": {"_totals": {"loc": loc}}, "results": list(results)}


def test_every_scanner_has_a_reader() -> None:
    assert set(READERS) == set(Scanner)


class TestBandit:
    def test_findings_have_place_and_severity(self) -> None:
        found = read_bandit(DATA / "bandit.json")
        assert (found.examined, found.unit, found.skipped) == (13, "lines", ())
        assert [(issue.id, issue.severity, issue.where) for issue in found.issues] == [
            ("B404", Severity.LOW, "src/app/prices.py:1"),
            ("B105", Severity.LOW, "src/app/prices.py:17"),
            ("B602", Severity.HIGH, "src/app/prices.py:19"),
        ]

    def test_a_password_that_bandit_quotes_is_not_read(self) -> None:
        assert "hunter2" in (DATA / "bandit.json").read_text()
        assert "hunter2" not in repr(read_bandit(DATA / "bandit.json"))

    def test_a_file_that_could_not_be_parsed_was_not_audited(self, tmp_path: Path) -> None:
        document = bandit(errors=[{"filename": "./broken.py", "reason": "syntax error"}])
        assert read_bandit(written(tmp_path, document)).skipped == ("./broken.py",)

    def test_a_severity_that_is_unknown_is_none(self, tmp_path: Path) -> None:
        document = bandit(results=[{"test_id": "B1", "issue_severity": "UNDEFINED"}])
        assert read_bandit(written(tmp_path, document)).issues == (Issue("B1", "", "", None),)

    def test_an_empty_folder_was_not_examined(self, tmp_path: Path) -> None:
        assert read_bandit(written(tmp_path, bandit(0))).examined == 0

    @pytest.mark.parametrize("document", [bandit(None), bandit("9"), {"metrics": {}, "results": []}, {"metrics": {"_totals": {"loc": 1}}}])
    def test_a_report_without_its_parts_is_refused(self, document: Any, tmp_path: Path) -> None:
        with pytest.raises(EvidenceUnreadable, match="bandit"):
            read_bandit(written(tmp_path, document))


class TestPipAudit:
    def test_a_run_that_reached_no_advisories_and_said_nothing_is_known_has_not_audited(self) -> None:
        found = read_pip_audit(DATA / "pip-audit.json")
        assert (found.examined, len(found.skipped), found.issues) == (0, 58, ())
        assert found.not_audited == "it skipped all of 58 packages: its source of advisories was not reached"

    def test_vulnerabilities_name_package_version_and_fix(self, tmp_path: Path) -> None:
        flaws = [{"id": "PYSEC-1", "fix_versions": ["2.0", "1.9.1"], "aliases": ["CVE-1"]}, {"id": "GHSA-2", "fix_versions": []}]
        document = {"dependencies": [{"name": "jinja2", "version": "1.0", "vulns": flaws}, {"name": "ok", "version": "1", "vulns": []}]}
        found = read_pip_audit(written(tmp_path, document))
        assert found.examined == 2
        assert found.issues == (
            Issue("PYSEC-1", "(fixed in 2.0, 1.9.1)", "jinja2 1.0", aliases=("CVE-1",)),
            Issue("GHSA-2", "(no fix yet)", "jinja2 1.0"),
        )

    def test_the_project_itself_need_not_be_audited_and_others_do(self, tmp_path: Path) -> None:
        packages = [
            {"name": "own", "skip_reason": "distribution marked as editable"},
            {"name": "lost", "skip_reason": "Dependency not found on PyPI"},
            {"name": "odd"},
            {"name": "a", "version": "1", "vulns": []},
        ]
        found = read_pip_audit(written(tmp_path, {"dependencies": packages}))
        assert (found.skipped, found.examined, found.not_audited) == (("lost", "odd"), 1, "")

    def test_nothing_installed_is_nothing_examined(self, tmp_path: Path) -> None:
        assert read_pip_audit(written(tmp_path, {"dependencies": []})).examined == 0


class TestSecrets:
    def test_detect_secrets(self) -> None:
        found = read_secret_scan(DATA / "secrets.json")
        assert found.issues == (Issue("AWS Access Key", "", "src/app/keys.py:1"), Issue("Secret Keyword", "", "src/app/prices.py:17"))

    def test_what_a_person_marked_as_no_secret_is_none(self, tmp_path: Path) -> None:
        finding = {"type": "Secret Keyword", "line_number": 3}
        results = {"a.py": [finding | {"is_secret": False}, finding | {"is_secret": True}, finding | {"is_secret": None}]}
        found = read_secret_scan(written(tmp_path, {"plugins_used": [{}], "results": results}))
        assert len(found.issues) == 2

    def test_a_scan_without_a_detector_has_not_audited(self, tmp_path: Path) -> None:
        assert read_secret_scan(written(tmp_path, {"plugins_used": [], "results": {}})).not_audited == "no detector was in use"

    def test_gitleaks_without_the_secret(self, tmp_path: Path) -> None:
        finding = {"RuleID": "aws-access-token", "File": "a.py", "StartLine": 3, "Secret": "hunter2", "Match": "key = hunter2"}
        found = read_secret_scan(written(tmp_path, [finding]))
        assert found == Scan(Scanner.SECRETS, (Issue("aws-access-token", "", "a.py:3"),))
        assert read_secret_scan(written(tmp_path, [])) == Scan(Scanner.SECRETS)

    def test_a_list_of_something_else_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(EvidenceUnreadable, match="RuleID"):
            read_secret_scan(written(tmp_path, [{"code": "F401"}]))


class TestSbom:
    def test_cyclonedx_and_spdx(self, tmp_path: Path) -> None:
        assert read_sbom(DATA / "sbom.cdx.json") == Scan(Scanner.SBOM, examined=3, unit="components")
        assert read_sbom(written(tmp_path, {"spdxVersion": "SPDX-2.3", "packages": [{}, {}]})).examined == 2

    def test_one_without_components_examined_none(self, tmp_path: Path) -> None:
        assert read_sbom(written(tmp_path, {"bomFormat": "CycloneDX", "specVersion": "1.6"})).examined == 0

    def test_what_does_not_say_what_it_is_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(EvidenceUnreadable, match="bomFormat"):
            read_sbom(written(tmp_path, {"components": []}))
