"""The answer takes up the words of the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import answer_text
from goldfinch.core.scoring.asked import question_text
from goldfinch.core.scoring.evidence import listed
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.terms import content_words

_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionOverlap:
    """1 - (1 - s)^3, where s is the share of the question's content words that the answer takes up.

    That is the chance that of three of the question's words, drawn at random, at least one is in the answer. It lies where the answer
    says it in other words (0) and where it only repeats the question (1). Source: recall of query terms, as in coordination-level
    matching (van Rijsbergen, Information Retrieval, 1979); agreement with people: docs/scorers/agreement.md.
    """

    version: ClassVar[str] = "1"
    name: str = "question_overlap"
    turns: int = 2
    """Of a conversation, how many of the last messages are the question."""

    def __post_init__(self) -> None:
        if self.turns < 1:
            raise ValueError(f"turns must be at least 1, not {self.turns}")

    def score(self, case: Case, output: Output) -> Score | None:
        asked = dict.fromkeys(content_words(question_text(case, turns=self.turns)))
        if not asked:
            return None
        given = set(content_words(answer_text(output)))
        missing = [word for word in asked if word not in given]
        share = 1 - len(missing) / len(asked)
        reason = f"takes up {len(asked) - len(missing)} of {len(asked)} content words of the question"
        return Score(1 - (1 - share) ** _TRIES, f"{reason}; not {listed(missing)}" if missing else reason)
