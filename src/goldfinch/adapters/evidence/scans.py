"""Scanners of code and dependencies: bandit, pip-audit, detect-secrets or gitleaks, and an SBOM. Each in its own tool's JSON.

What a report shows to be left out, or not looked at, is not audited. Secrets themselves are never read into a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from goldfinch.adapters.evidence.reading import damaged, json_of, mapping, mappings, one_line, spot, whole
from goldfinch.core.gates.evidence import Issue, Scan
from goldfinch.core.gates.policy import Scanner, Severity

_SEVERITIES = {"LOW": Severity.LOW, "MEDIUM": Severity.MEDIUM, "HIGH": Severity.HIGH}
_SHOW_THE_SECRET = frozenset({"B105", "B106", "B107"})
"""Tests of bandit whose text quotes the password that they found."""


def read_bandit(path: Path) -> Scan:
    """`bandit -r src -f json`. A file that it could not parse was not audited. Raises `EvidenceUnreadable`."""
    kind = "report of bandit (-f json)"
    document = mapping(json_of(path, kind=kind), path, kind)
    totals = mapping(mapping(document.get("metrics"), path, kind, "metrics").get("_totals"), path, kind, "_totals")
    lines = whole(totals.get("loc"))
    if lines is None:
        raise damaged(path, kind, "`loc` is no count")
    issues = tuple(_bandit_issue(result) for result in mappings(document.get("results"), path, kind))
    skipped = tuple(one_line(error.get("filename")) for error in mappings(document.get("errors"), path, kind))
    return Scan(Scanner.BANDIT, issues, lines, "lines", skipped=skipped)


def _bandit_issue(result: Mapping[str, Any]) -> Issue:
    name, text = one_line(result.get("test_id")), one_line(result.get("issue_text"))
    shown = text.partition(":")[0] if name in _SHOW_THE_SECRET else text
    severity = _SEVERITIES.get(str(result.get("issue_severity")))
    return Issue(name, shown, spot(result.get("filename"), result.get("line_number")), severity)


def read_pip_audit(path: Path) -> Scan:
    """`pip-audit -f json`. It ends with 0 and "no known vulnerabilities" where it could reach no source of advisories and skipped all.

    Raises `EvidenceUnreadable`.
    """
    kind = "report of pip-audit (-f json)"
    document = mapping(json_of(path, kind=kind), path, kind)
    packages = list(mappings(document.get("dependencies"), path, kind))
    audited = [package for package in packages if "skip_reason" not in package and "vulns" in package]
    left_out = (package for package in packages if ("skip_reason" in package or "vulns" not in package) and not _is_own(package))
    skipped = tuple(one_line(package.get("name")) for package in left_out)
    issues = tuple(issue for package in audited for issue in _vulnerabilities(package, path, kind))
    why = f"it skipped all of {len(packages)} packages: its source of advisories was not reached" if skipped and not audited else ""
    return Scan(Scanner.PIP_AUDIT, issues, len(audited), "packages", why, skipped)


def _is_own(package: Mapping[str, Any]) -> bool:
    """The project itself, installed for work on it: no advisory can be about it."""
    return "marked as editable" in one_line(package.get("skip_reason"))


def _vulnerabilities(package: Mapping[str, Any], path: Path, kind: str) -> Iterator[Issue]:
    where = f"{one_line(package.get('name'))} {one_line(package.get('version'))}".strip()
    for found in mappings(package["vulns"], path, kind):
        fixes = ", ".join(filter(None, map(one_line, _list(found.get("fix_versions")))))
        aliases = tuple(filter(None, map(one_line, _list(found.get("aliases")))))
        yield Issue(one_line(found.get("id")), f"(fixed in {fixes})" if fixes else "(no fix yet)", where, aliases=aliases)


def read_secret_scan(path: Path) -> Scan:
    """`detect-secrets scan`, or `gitleaks … --report-format json`. Raises `EvidenceUnreadable`."""
    kind = "report of detect-secrets or gitleaks (JSON)"
    document = json_of(path, kind=kind)
    if isinstance(document, list):
        found = tuple(_gitleaks_issue(finding, path, kind) for finding in mappings(document, path, kind))
        return Scan(Scanner.SECRETS, found)
    plugins = mapping(document, path, kind).get("plugins_used")
    results = mapping(mapping(document, path, kind).get("results"), path, kind, "results")
    why = "" if isinstance(plugins, list) and plugins else "no detector was in use"
    return Scan(Scanner.SECRETS, tuple(_detected(results, path, kind)), not_audited=why)


def _gitleaks_issue(finding: Mapping[str, Any], path: Path, kind: str) -> Issue:
    if "RuleID" not in finding:
        raise damaged(path, kind, "a finding has no `RuleID`")
    return Issue(one_line(finding["RuleID"]), "", spot(finding.get("File"), finding.get("StartLine")))


def _detected(results: Mapping[str, Any], path: Path, kind: str) -> Iterator[Issue]:
    """What a person marked as no secret (`detect-secrets audit`) is none."""
    for file, findings in results.items():
        for finding in mappings(findings, path, kind):
            if finding.get("is_secret") is not False:
                yield Issue(one_line(finding.get("type")), "", spot(file, finding.get("line_number")))


def read_sbom(path: Path) -> Scan:
    """CycloneDX or SPDX in JSON. Raises `EvidenceUnreadable`."""
    kind = "SBOM (CycloneDX or SPDX, JSON)"
    document = mapping(json_of(path, kind=kind), path, kind)
    if document.get("bomFormat") == "CycloneDX" and isinstance(document.get("specVersion"), str):
        parts = document.get("components", [])
    elif isinstance(document.get("spdxVersion"), str):
        parts = document.get("packages", [])
    else:
        raise damaged(path, kind, "neither `bomFormat` nor `spdxVersion` says what it is")
    return Scan(Scanner.SBOM, examined=sum(1 for _ in mappings(parts, path, kind)), unit="components")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


READERS: Mapping[Scanner, Callable[[Path], Scan]] = {
    Scanner.BANDIT: read_bandit,
    Scanner.PIP_AUDIT: read_pip_audit,
    Scanner.SECRETS: read_secret_scan,
    Scanner.SBOM: read_sbom,
}
"""How the report of each scanner is read."""
