"""Ruff's JSON (`ruff check --output-format json`)."""

from __future__ import annotations

from pathlib import Path

from goldfinch.adapters.evidence.reading import MAX_SPOTS, json_of, mapping, mappings, one_line, spot
from goldfinch.core.gates.evidence import LintCheck, Spot

_KIND = "report of ruff (--output-format json)"


def read_ruff(path: Path) -> LintCheck:
    """Problems found; a syntax error is one. Raises `EvidenceUnreadable`."""
    problems = list(mappings(json_of(path, kind=_KIND), path, _KIND))
    spots = []
    for problem in problems[:MAX_SPOTS]:
        at = mapping(problem.get("location") or {}, path, _KIND, "location")
        rule = one_line(problem.get("code")) or "invalid-syntax"
        spots.append(Spot(spot(problem.get("filename"), at.get("row")), f"{rule} {one_line(problem.get('message'))}"))
    return LintCheck(len(problems), tuple(spots))
