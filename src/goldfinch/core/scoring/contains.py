"""An accepted answer stands in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import accepted_answers, answer_text
from goldfinch.core.scoring.evidence import listed, quoted
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.text import TextRules, occurs


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains(TextRules):
    """1 where at least one of the accepted answers occurs in the answer, else 0.

    It lies when the answer names the right words and denies them ("not Paris"), or lists every option; without `whole_words`, "12"
    is found in "3128". Source: the `includes` scorer of Inspect AI and `contains-any` of promptfoo, which do the same.
    """

    version: ClassVar[str] = "1"
    name: str = "contains"
    whole_words: bool = True

    def score(self, case: Case, output: Output) -> Score | None:
        accepted = accepted_answers(case)
        if not accepted:
            return None
        text = answer_text(output)
        haystack = self.normalise(text)
        for answer in accepted:
            if occurs(self.normalise(answer), haystack, whole_words=self.whole_words):
                return Score(1.0, f"contains {quoted(answer)}")
        return Score(0.0, f"contains none of {listed(accepted)}; got {quoted(text)}")
