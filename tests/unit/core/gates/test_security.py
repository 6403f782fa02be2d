from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.gates.evidence import Evidence, Issue, Scan
from goldfinch.core.gates.outcome import GateOutcome
from goldfinch.core.gates.policy import Policy, Scanner, SecurityPolicy, Severity
from goldfinch.core.gates.security import judge
from goldfinch.core.verdict import Verdict
from tests.unit.core.gates.evidence_samples import GOOD, SCANS

SHELL = Issue("B602", "shell=True", "src/a.py:3", Severity.HIGH)
IMPORT = Issue("B404", "import of subprocess", "src/a.py:1", Severity.LOW)


def judged(*scans: Scan, policy: SecurityPolicy | None = None, strict: bool = False) -> GateOutcome:
    """With the good scans of the scanners that are not among `scans`."""
    others = tuple(scan for scan in SCANS if scan.scanner not in {one.scanner for one in scans})
    return judge(Policy(security=policy or SecurityPolicy()), Evidence(scans=(*scans, *others)), strict=strict)


def bandit(*issues: Issue) -> Scan:
    return Scan(Scanner.BANDIT, issues, 900, "lines")


def test_scans_that_looked_and_found_nothing_pass() -> None:
    outcome = judge(Policy(), GOOD)
    assert outcome.verdict is Verdict.PASS
    assert [finding.text for finding in outcome.findings] == [
        "bandit: nothing found, 900 lines",
        "pip-audit: nothing found, 58 packages",
        "secret scan: nothing found",
        "SBOM: there, 58 components",
    ]


def test_a_finding_fails_at_its_place() -> None:
    outcome = judged(bandit(SHELL))
    assert outcome.failures == ("bandit: 1 finding", "src/a.py:3: B602 shell=True")
    assert outcome.findings[1].where == "src/a.py:3"


def test_findings_below_the_severity_that_fails_do_not() -> None:
    policy = SecurityPolicy(min_severity=Severity.MEDIUM)
    assert judged(bandit(IMPORT), policy=policy).verdict is Verdict.PASS
    assert judged(bandit(IMPORT, SHELL), policy=policy).failures[0] == "bandit: 1 finding of severity medium or above"
    assert judged(bandit(IMPORT)).verdict is Verdict.FAIL


def test_a_finding_of_unknown_severity_counts_as_the_worst() -> None:
    policy = SecurityPolicy(min_severity=Severity.HIGH)
    assert judged(bandit(replace(IMPORT, severity=None)), policy=policy).verdict is Verdict.FAIL


def test_only_the_first_findings_are_listed_and_the_rest_is_counted() -> None:
    outcome = judged(bandit(*[SHELL] * 14))
    assert len(outcome.failures) == 11
    assert outcome.findings[0].advice == "4 more are in the report"


class TestNotAudited:
    def test_a_scanner_that_could_not_audit_never_passes(self) -> None:
        outcome = judged(Scan(Scanner.PIP_AUDIT, not_audited="it skipped all of 58 packages"))
        assert outcome.failures == ("inconclusive: pip-audit: not audited: it skipped all of 58 packages",)
        assert judged(Scan(Scanner.PIP_AUDIT, not_audited="x"), strict=True).verdict is Verdict.FAIL

    @pytest.mark.parametrize(
        ("scan", "text"),
        [
            (Scan(Scanner.BANDIT, examined=0, unit="lines"), "bandit: not audited: it examined no line"),
            (Scan(Scanner.PIP_AUDIT, examined=0), "pip-audit: not audited: it examined no thing"),
            (Scan(Scanner.SBOM, examined=0, unit="components"), "SBOM: not audited: it examined no component"),
        ],
    )
    def test_a_scan_of_nothing_has_not_audited(self, scan: Scan, text: str) -> None:
        assert judged(scan).failures == (f"inconclusive: {text}",)

    def test_packages_that_were_left_out_are_named(self) -> None:
        scan = Scan(Scanner.PIP_AUDIT, examined=50, unit="packages", skipped=("own", "lost", "a", "b", "c", "d"))
        outcome = judged(scan)
        assert outcome.failures == ("inconclusive: pip-audit: not audited: 6 left out: a, b, c, d, lost and 1 more",)

    def test_own_packages_may_be_left_out(self) -> None:
        scan = Scan(Scanner.PIP_AUDIT, examined=50, unit="packages", skipped=("own",))
        assert judged(scan, policy=SecurityPolicy(unaudited_packages=("own",))).verdict is Verdict.PASS

    def test_findings_of_a_scan_with_gaps_fail_and_the_gaps_are_said(self) -> None:
        outcome = judged(replace(bandit(SHELL), skipped=("broken.py",)))
        assert outcome.verdict is Verdict.FAIL
        assert outcome.failures[-1] == "inconclusive: bandit: not audited: 1 left out: broken.py"


class TestAccepted:
    FLAW = Issue("PYSEC-1", "(no fix yet)", "jinja 1.0", aliases=("CVE-2026-1",))

    @pytest.mark.parametrize("name", ["PYSEC-1", "CVE-2026-1"])
    def test_an_accepted_vulnerability_passes_and_is_shown(self, name: str) -> None:
        outcome = judged(Scan(Scanner.PIP_AUDIT, (self.FLAW,), 58, "packages"), policy=SecurityPolicy(accepted={name: "not reachable"}))
        assert outcome.verdict is Verdict.PASS
        assert outcome.findings[0].text == "pip-audit: nothing found, 58 packages; accepted: PYSEC-1"

    def test_without_a_reason_nothing_is_accepted(self) -> None:
        outcome = judged(Scan(Scanner.PIP_AUDIT, (self.FLAW,), 58), policy=SecurityPolicy(accepted={"PYSEC-1": "  "}))
        assert outcome.failures == ("pip-audit: 1 vulnerability", "jinja 1.0: PYSEC-1 (no fix yet)")


def test_a_scan_that_must_be_there_and_is_not_is_open() -> None:
    outcome = judge(Policy(), Evidence(scans=SCANS[:2]))
    assert outcome.failures == ("inconclusive: secret scan: no data", "inconclusive: SBOM: no data")


def test_a_scan_that_need_not_be_there_is_judged_where_it_is() -> None:
    policy = SecurityPolicy(scanners=(Scanner.SBOM,))
    assert judged(bandit(SHELL), policy=policy).verdict is Verdict.FAIL
    assert judge(Policy(security=policy), Evidence(scans=SCANS[3:])).verdict is Verdict.PASS


def test_no_scan_is_not_measured() -> None:
    assert judge(Policy(), Evidence()).failures == ("inconclusive: Security: not measured",)
    assert judge(Policy(required=()), Evidence()).verdict is Verdict.NEUTRAL
