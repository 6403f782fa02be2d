"""Annotations of a check: one line each, at the place to look at.

GitHub keeps 10 of a level in a step and 50 in a job, and drops the others without a word. So at most nine of a level are written, and a
tenth that says how many there are besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from goldfinch.core.escaping import for_workflow_log
from goldfinch.core.gates.outcome import Finding, GateOutcome
from goldfinch.core.results.report import excerpt
from goldfinch.core.review import CaseEvidence, Review
from goldfinch.core.reviewing import wording
from goldfinch.core.verdict import Verdict

PER_LEVEL = 10
PER_JOB = 50
_TEXT_BYTES = 1_000
_PLACE = re.compile(r"(?P<file>(?!/)[^\x00-\x1f:]{1,500}\.[A-Za-z0-9]{1,10}):(?P<line>[1-9]\d{0,8})(?::\d+)?")


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Annotation:
    """Unescaped. `file` "" is no place; `line` None is the whole file."""

    level: Level
    title: str
    text: str
    file: str = ""
    line: int | None = None

    def as_workflow_command(self) -> str:
        """`::error file=…,line=…,title=…::…`, one line, in which no other command can begin (T5)."""
        place = {"file": self.file, "line": "" if self.line is None else str(self.line), "title": excerpt(self.title, _TEXT_BYTES)}
        properties = ",".join(f"{name}={_property(value)}" for name, value in place.items() if value)
        return f"::{self.level.value} {properties}::{for_workflow_log(excerpt(self.text, _TEXT_BYTES))}"


def annotations_of(review: Review, *, already: int = 0) -> tuple[Annotation, ...]:
    """The most important first, within what GitHub keeps; `already` counts those that earlier steps of the job made."""
    found = list(_all(review))
    room = max(0, PER_JOB - already)
    kept: list[Annotation] = []
    for level in Level:
        of_level = _capped([one for one in found if one.level is level], min(PER_LEVEL, room), level)
        kept += of_level
        room -= len(of_level)
    return tuple(kept)


def _capped(found: list[Annotation], room: int, level: Level) -> list[Annotation]:
    """All of them where they fit; else the first ones and one that counts the rest."""
    if len(found) <= min(room, PER_LEVEL - 1):
        return found
    if room < 1:
        return []
    shown = found[: room - 1]
    return [*shown, Annotation(level, "Goldfinch", f"{len(found) - len(shown):,} more; the step summary has them all")]


def _all(review: Review) -> Iterator[Annotation]:
    yield from (_of_finding(outcome, finding) for outcome, finding in wording.breaches(review))
    known = {case.case_id: case for case in review.cases}
    for case in review.regressed_cases:
        yield _at(Level.ERROR, "Regressed case", wording.case_change(case), known.get(case.case_id))
    for case in review.worse_cases:
        yield _at(Level.WARNING, "Case passed less often", wording.case_change(case), known.get(case.case_id))
    yield from (Annotation(Level.WARNING, "Goldfinch", note) for note in wording.notes(review))
    for metric in wording.moved_metrics(review):
        if metric.point_breach or metric.change.value == "regressed":
            yield Annotation(Level.WARNING, "Metric", wording.metric_change(metric))
    for case in review.fixed_cases:
        yield _at(Level.NOTICE, "Fixed case", wording.case_change(case), known.get(case.case_id))


def _of_finding(outcome: GateOutcome, finding: Finding) -> Annotation:
    decides = finding.verdict is Verdict.FAIL and outcome.override is None
    text = " — ".join(filter(None, (finding.text, finding.advice)))
    file, line = place_of(finding.where)
    return Annotation(Level.ERROR if decides else Level.WARNING, outcome.gate.shown, text, file, line)


def _at(level: Level, title: str, text: str, case: CaseEvidence | None) -> Annotation:
    file, line = place_of(case.where if case is not None else "")
    return Annotation(level, title, text, file, line)


def place_of(where: str) -> tuple[str, int | None]:
    """File and line of `golden/refunds.jsonl:17`; ("", None) for what is no place in the repository, such as a case id."""
    found = _PLACE.fullmatch(where)
    if found is None or ".." in found["file"].split("/"):
        return "", None
    return found["file"], int(found["line"])


def _property(value: str) -> str:
    """Of a workflow command's properties: what ends one, and what begins the message, is escaped besides."""
    return for_workflow_log(value).replace(":", "%3A").replace(",", "%2C")
