"""SARIF 2.1.0 for code scanning: unsafe answers, breaches of the security gate, and changes of the rules that a change is judged by.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0, errata 01.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from goldfinch.core.checking.rendering import flag_lines
from goldfinch.core.checking.verdict import CheckVerdict
from goldfinch.core.escaping import for_json_in_html, for_terminal_line
from goldfinch.core.gates.outcome import Finding, GateName
from goldfinch.core.gates.policy import SAFETY
from goldfinch.core.verdict import Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SETTINGS = "goldfinch.yaml"
_RULES = {
    "unsafe-answer": "The agent gave an answer that a safety check calls unsafe.",
    "security-gate": "A scan found something, or did not look.",
    "policy-changed": "A change moves a threshold that it is judged by.",
    "dataset-changed": "A change edits what the base branch asks or expects.",
    "scorers-changed": "A change edits how answers are scored.",
    "baseline-changed": "A change edits the baseline that it is held against.",
}
_PLACE = re.compile(r"(?P<file>[^:\s][^:]*?):(?P<line>[1-9][0-9]{0,8})(?::.*)?")


def verdict_sarif(verdict: CheckVerdict) -> str:
    """One run of the tool `goldfinch`. A finding without a place in a file is put on the settings file: GitHub shows no other."""
    rules = list(_RULES)
    results = [_result(rules, *found) for found in (*_of_gates(verdict), *_of_rules(verdict))]
    driver = {
        "name": "goldfinch",
        "semanticVersion": verdict.goldfinch_version or "0.0.0",
        "rules": [{"id": name, "shortDescription": {"text": text}} for name, text in _RULES.items()],
    }
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return for_json_in_html(json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)) + "\n"


def _of_gates(verdict: CheckVerdict) -> Iterator[tuple[str, str, str, str]]:
    """Rule, level, text and place."""
    for gate in verdict.outcomes:
        for finding in gate.findings:
            if not finding.is_breach:
                continue
            if gate.gate is GateName.SECURITY:
                yield "security-gate", _level(finding), _text(finding), finding.where
            elif gate.gate is GateName.AI_QUALITY and finding.name == SAFETY:
                yield "unsafe-answer", _level(finding), _text(finding), ""


def _of_rules(verdict: CheckVerdict) -> Iterator[tuple[str, str, str, str]]:
    for name, lines in flag_lines(verdict.basis):
        if name in _RULES:
            yield from ((name, "warning", line, "") for line in lines)


def _level(finding: Finding) -> str:
    return "error" if finding.verdict is Verdict.FAIL else "warning"


def _text(finding: Finding) -> str:
    return "; ".join(part for part in (finding.text, finding.advice) if part)


def _result(rules: list[str], rule: str, level: str, text: str, where: str) -> dict[str, Any]:
    place = _PLACE.fullmatch(where)
    file, line = (place["file"], int(place["line"])) if place else (SETTINGS, 1)
    location = {"artifactLocation": {"uri": quote(file.removeprefix("./"))}, "region": {"startLine": line}}
    return {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": level,
        "message": {"text": _plain(text)},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"goldfinch/v1": _fingerprint(rule, where, text)},
    }


def _plain(text: str) -> str:
    """SARIF reads `[words](address)` as a link, and `{0}` as a placeholder."""
    return for_terminal_line(text).replace("{", "{{").replace("}", "}}").replace("[", "\\[").replace("]", "\\]")


def _fingerprint(rule: str, where: str, text: str) -> str:
    """The same for the same finding in another run: figures do not count."""

    return sha256(f"{rule}\0{where}\0{re.sub(r'[0-9.]+', '#', text)}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
