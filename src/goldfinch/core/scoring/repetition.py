"""The answer does not say the same thing over and over."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import answer_text
from goldfinch.core.scoring.evidence import quoted
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.terms import ngrams, words

_WINDOW = 50
_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """m * d: the different words among the words, times the different word trigrams among the trigrams.

    m is the mean over all windows of 50 words (one window where the answer is shorter), so that long answers are not punished for their
    length. A date (2026-10-31) is one word: two days of a month are no repetition. Does not apply to answers without words. It lies where
    repeating is right: tables, lists, verses, forms. Source: m is the moving-average type-token ratio (Covington and McFall, J.
    Quantitative Linguistics 17, 2010); d is distinct-3 (Li et al., NAACL 2016).
    """

    version: ClassVar[str] = "2"
    name: str = "repetition"

    def score(self, case: Case, output: Output) -> Score | None:  # noqa: ARG002 - every answer is judged alike
        given = words(_DATE.sub(r"\1.\2.\3", answer_text(output)))
        if not given:
            return None
        runs = Counter(ngrams(given, 3))
        distinct = len(runs) / runs.total() if runs else 1.0
        value = _type_token_ratio(given) * distinct
        often, times = max(runs.items(), key=lambda item: item[1], default=((), 1))
        reason = f"{value:.2f} of words and trigrams are new"
        return Score(value, f"{reason}; {quoted(' '.join(often))} stands {times} times" if times > 1 else reason)


def _type_token_ratio(given: list[str]) -> float:
    """Different words over words, the mean over all windows of 50 words; a window slides in constant time."""
    if len(given) <= _WINDOW:
        return len(set(given)) / len(given)
    inside = Counter(given[:_WINDOW])
    total = different = len(inside)
    for leaving, coming in zip(given, given[_WINDOW:], strict=False):
        inside[leaving] -= 1
        different -= not inside[leaving]
        different += not inside[coming]
        inside[coming] += 1
        total += different
    return total / _WINDOW / (len(given) - _WINDOW + 1)
