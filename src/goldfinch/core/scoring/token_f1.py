"""How many words the answer shares with an accepted one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import accepted_answers, answer_text
from goldfinch.core.scoring.evidence import quoted
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.set_f1 import multiset_overlap, overlap
from goldfinch.core.scoring.text import fold_unicode, without_punctuation

_ARTICLES = frozenset({"a", "an", "the"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenF1:
    """F1 of the words of the answer against those of the accepted answer that it fits best.

    Words are lower case, without punctuation and the articles a, an, the; f1 = 2 * common / (given + expected), repeats counted. It lies
    where one word turns the meaning ("was not processed" scores 0.8 against "was processed") and for languages written without spaces.
    Source: the evaluation script of SQuAD, Rajpurkar et al., EMNLP 2016.
    """

    version: ClassVar[str] = "1"
    name: str = "token_f1"

    def score(self, case: Case, output: Output) -> Score | None:
        accepted = accepted_answers(case)
        if not accepted:
            return None
        given = words(answer_text(output))
        value, best = max((_f1(given, words(answer)), answer) for answer in accepted)
        return Score(value, f"token F1 {value:.2f} with {quoted(best)}")


def words(text: str) -> list[str]:
    """Lower-case words without punctuation and English articles."""
    folded = fold_unicode(text) if not text.isascii() else text
    return [word for word in without_punctuation(folded.lower()).split() if word not in _ARTICLES]


def _f1(given: list[str], expected: list[str]) -> float:
    return overlap("f1", multiset_overlap(given, expected), len(given), len(expected))
