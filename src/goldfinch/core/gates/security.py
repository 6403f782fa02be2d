"""The security gate: bandit, pip-audit, a secret scan and an SBOM. What could not audit has not audited. Source: R61, C51."""

from __future__ import annotations

from collections.abc import Iterator

from goldfinch.core.gates.deciding import Terms
from goldfinch.core.gates.evidence import Evidence, Issue, Scan
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome
from goldfinch.core.gates.policy import Policy, Scanner, SecurityPolicy, Severity
from goldfinch.core.gates.wording import SHOWN, amount, some_of
from goldfinch.core.verdict import Verdict

_SHOWN_AS = {
    Scanner.BANDIT: "bandit",
    Scanner.PIP_AUDIT: "pip-audit",
    Scanner.SECRETS: "secret scan",
    Scanner.SBOM: "SBOM",
}
_FOUND = {Scanner.PIP_AUDIT: ("vulnerability", "vulnerabilities"), Scanner.SECRETS: ("secret", "secrets")}


def judge(policy: Policy, evidence: Evidence, *, strict: bool = False) -> GateOutcome:
    """Judge every scan that must be there, and every other one that is."""
    terms, rules = Terms.of(policy, GateName.SECURITY, strict=strict), policy.security
    if not evidence.scans:
        return terms.unmeasured(GateName.SECURITY)
    given = {scan.scanner for scan in evidence.scans}
    absent = tuple(terms.absent(scanner.value, _SHOWN_AS[scanner]) for scanner in rules.scanners if scanner not in given)
    return GateOutcome(GateName.SECURITY, (*(finding for scan in evidence.scans for finding in _scan(scan, rules, terms)), *absent))


def _scan(scan: Scan, rules: SecurityPolicy, terms: Terms) -> Iterator[Finding]:
    name = _SHOWN_AS[scan.scanner]
    blocking = [issue for issue in scan.issues if _blocks(scan.scanner, issue, rules)]
    unseen = sorted(set(scan.skipped) - set(rules.unaudited_packages))
    if blocking:
        yield _breach(scan, blocking, rules)
        yield from (_issue(scan, issue) for issue in blocking[:SHOWN])
    if (reason := _not_audited(scan)) or unseen:
        words = reason or f"{len(unseen):,} left out: {some_of(unseen)}"
        yield terms.open(Finding(scan.scanner.value, Verdict.PASS, f"{name}: not audited: {words}", count=scan.examined))
    elif not blocking:
        yield Finding(scan.scanner.value, Verdict.PASS, _clean(scan, rules), value=0, threshold=0, count=scan.examined)


def _not_audited(scan: Scan) -> str:
    if scan.not_audited:
        return scan.not_audited
    return f"it examined no {scan.unit.removesuffix('s') or 'thing'}" if scan.examined == 0 else ""


def _blocks(scanner: Scanner, issue: Issue, rules: SecurityPolicy) -> bool:
    if _accepted(issue, rules):
        return False
    severe = issue.severity is None or issue.severity.rank >= rules.min_severity.rank
    return scanner is not Scanner.BANDIT or severe


def _accepted(issue: Issue, rules: SecurityPolicy) -> str:
    """Why the finding is accepted; a reason that says nothing is none."""
    reasons = (rules.accepted.get(name, "").strip() for name in (issue.id, *issue.aliases))
    return next(filter(None, reasons), "")


def _breach(scan: Scan, blocking: list[Issue], rules: SecurityPolicy) -> Finding:
    one, many = _FOUND.get(scan.scanner, ("finding", "findings"))
    of = (
        f" of severity {rules.min_severity.value} or above"
        if scan.scanner is Scanner.BANDIT and rules.min_severity is not Severity.LOW
        else ""
    )
    rest = len(blocking) - SHOWN
    return Finding(
        scan.scanner.value,
        Verdict.FAIL,
        f"{_SHOWN_AS[scan.scanner]}: {amount(len(blocking), one, many)}{of}",
        value=len(blocking),
        threshold=0,
        count=scan.examined,
        advice=f"{rest:,} more are in the report" if rest > 0 else "",
    )


def _issue(scan: Scan, issue: Issue) -> Finding:
    at = f"{issue.where}: " if issue.where else ""
    return Finding(f"{scan.scanner.value}_finding", Verdict.FAIL, f"{at}{issue.id} {issue.text}".rstrip(), where=issue.where)


def _clean(scan: Scan, rules: SecurityPolicy) -> str:
    seen = "" if scan.examined is None else f", {scan.examined:,} {scan.unit}".rstrip()
    accepted = sorted({issue.id for issue in scan.issues if _accepted(issue, rules)})
    but = f"; accepted: {some_of(accepted)}" if accepted else ""
    return f"{_SHOWN_AS[scan.scanner]}: nothing found{seen}{but}" if scan.scanner is not Scanner.SBOM else f"SBOM: there{seen}"
