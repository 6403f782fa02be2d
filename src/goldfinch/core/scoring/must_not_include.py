"""The answer keeps clear of what it must not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import answer_text
from goldfinch.core.scoring.evidence import listed
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.text import TextRules, occurs


@dataclass(frozen=True, slots=True, kw_only=True)
class MustNotInclude(TextRules):
    """0 where any phrase of `expected.must_not_include` occurs in the answer, else 1.

    All or nothing, because one forbidden phrase is one too many. It lies where the forbidden thing is said in other words, in another
    language or letter by letter; an empty answer scores 1, so use it beside `answered`. Source: `not-contains` of promptfoo.
    """

    version: ClassVar[str] = "1"
    name: str = "must_not_include"
    whole_words: bool = False

    def score(self, case: Case, output: Output) -> Score | None:
        phrases = case.expected.must_not_include
        if not phrases:
            return None
        text = self.normalise(answer_text(output))
        found = [p for p in phrases if occurs(self.normalise(p), text, whole_words=self.whole_words)]
        if found:
            return Score(0.0, f"contains {listed(found)}", {"found": found})
        return Score(1.0, f"none of {len(phrases)} forbidden phrases")
