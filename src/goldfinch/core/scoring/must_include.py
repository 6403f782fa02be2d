"""The answer says what it has to say."""

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
class MustInclude(TextRules):
    """The share of the phrases of `expected.must_include` that occur in the answer.

    It lies where the answer means the same in other words (too low) or names a phrase only to deny it (too high).
    Source: the `contains-all` assertion of promptfoo, with the share in place of all or nothing.
    """

    version: ClassVar[str] = "1"
    name: str = "must_include"
    whole_words: bool = False

    def score(self, case: Case, output: Output) -> Score | None:
        phrases = case.expected.must_include
        if not phrases:
            return None
        text = self.normalise(answer_text(output))
        missing = [p for p in phrases if not occurs(self.normalise(p), text, whole_words=self.whole_words)]
        found = len(phrases) - len(missing)
        if not missing:
            return Score(1.0, f"all {found} phrases present")
        return Score(found / len(phrases), f"{found} of {len(phrases)} phrases present; missing {listed(missing)}", {"missing": missing})
