"""The answer equals an accepted one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import accepted_answers, answer_text
from goldfinch.core.scoring.evidence import listed, quoted
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.text import TextRules

_EQUAL = Score(1.0, "equals an accepted answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact(TextRules):
    """1 where the whole answer equals one of the accepted answers, else 0.

    Case counts unless `ignore_case`; runs of white space and Unicode forms do not. It lies for chatty agents: "It is Paris." is not
    "Paris". Source: exact match of SQuAD, Rajpurkar et al., EMNLP 2016, without its removal of articles.
    """

    version: ClassVar[str] = "1"
    name: str = "exact"
    ignore_case: bool = False

    def score(self, case: Case, output: Output) -> Score | None:
        accepted = accepted_answers(case)
        if not accepted:
            return None
        text = answer_text(output)
        if text in accepted:
            return _EQUAL
        found = self.normalise(text)
        if any(self.normalise(answer) == found for answer in accepted):
            return _EQUAL
        return Score(0.0, f"expected {listed(accepted, limit=3)}, got {quoted(text)}")
