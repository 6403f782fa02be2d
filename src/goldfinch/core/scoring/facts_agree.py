"""The answer does not contradict the expected one: the same numbers, the same yes or no, nothing negated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import accepted_answers, answer_text
from goldfinch.core.scoring.evidence import quoted
from goldfinch.core.scoring.numbers import numbers_in, spelt
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.terms import MOST_WORDS, content_of, words

_SCOPE_END = re.compile(r"[.!?;:,]\s|[\n—–()]|\b(?:and|but|although|though|because|unless|however|while|whereas|if|so|at)\b", re.IGNORECASE)
_NEGATING_WORDS = (
    "not no never none nobody nothing nowhere neither without cannot unable 0 zero ain't can't won't don't doesn't didn't isn't aren't "
    "wasn't weren't hasn't haven't hadn't shouldn't wouldn't couldn't mustn't n't"
)
_NEGATIONS = frozenset(_NEGATING_WORDS.split())
_LIMITING_WORDS = "only just after before until till later earlier more less fewer longer than even yet"
_LIMITS = frozenset(_LIMITING_WORDS.split())
"""After `not` these set a bound (`not after 30 days`) and deny nothing."""
_SCOPE = 5
"""Content words after a negation that it denies, within its part of the sentence."""
_YES, _NO = frozenset({"yes", "yeah", "yep", "correct", "true"}), frozenset({"no", "nope", "incorrect", "false"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsAgree:
    """1 where the answer agrees with an accepted answer in numbers, in yes or no, and in what is negated; else 0.

    Every number of the accepted answer must stand in the answer. A content word that one denies and the other states is a contradiction,
    unless there is one that both deny; a negation denies the five content words after it, up to the next comma, `and`, `but` and the like.
    It lies in both directions on double negation, irony and negation without a negating word ("failed to"). It is no proof of agreement:
    use it beside a measure of it, such as `answer_coverage` or `embedding_similarity`, which take "was not processed" for "was processed".
    Source: the scope of a negation as in NegEx (Chapman et al., J. Biomedical Informatics 34, 2001).
    """

    version: ClassVar[str] = "1"
    name: str = "facts_agree"

    def score(self, case: Case, output: Output) -> Score | None:
        accepted = accepted_answers(case)
        if not accepted:
            return None
        text = answer_text(output)
        given = _polarity(text)
        problems: list[str] = []
        for answer in accepted:
            problem = _missing_number(answer, text) or _other_verdict(answer, text) or _negated(answer, given)
            if problem is None:
                return Score(1.0, "no contradiction")
            problems.append(problem)
        return Score(0.0, problems[0])


def _missing_number(expected: str, text: str) -> str | None:
    stated = {spelt(value) for number in islice(numbers_in(text), MOST_WORDS) for value in number.readings()}
    for number in islice(numbers_in(expected), MOST_WORDS):
        if stated.isdisjoint(map(spelt, number.readings())) and not (number.value == 0 and _denies(text)):
            return f"does not state the number {number.value:.12g}"
    return None


def _denies(text: str) -> bool:
    """Whether the text holds a negation: "there are no rooms" states the number 0."""
    return any(word in _NEGATIONS or word.endswith("n't") for word in words(text))


def _other_verdict(expected: str, text: str) -> str | None:
    wanted, got = _verdict(expected), _verdict(text)
    if wanted is None or got is None or wanted is got:
        return None
    return f"says {'yes' if got else 'no'} where {'yes' if wanted else 'no'} is expected"


def _verdict(text: str) -> bool | None:
    """What the text begins with: yes, no, or neither."""
    first = words(text, 1)
    return None if not first else True if first[0] in _YES else False if first[0] in _NO else None


def _negated(expected: str, given: dict[str, bool | None]) -> str | None:
    """The first word that one denies and the other does not; none where something is denied in both: then they agree in that."""
    both = [(word, denied, given[word]) for word, denied in _polarity(expected).items() if given.get(word) is not None]
    if any(denied and got for _, denied, got in both):
        return None
    for word, denied, got in both:
        if denied is not None and got is not denied:
            return f"{'denies' if got else 'does not deny'} {quoted(word)}, other than the accepted answer"
    return None


def _polarity(text: str) -> dict[str, bool | None]:
    """Each content word, and whether it is denied; None where it is in one place and not in another."""
    found: dict[str, bool | None] = {}
    for part in islice(_SCOPE_END.split(f"{text} "), MOST_WORDS):
        for word, denied in _marked(words(part)):
            found[word] = denied if found.get(word, denied) is denied else None
    return found


def _marked(given: list[str]) -> Iterator[tuple[str, bool]]:
    """The content words of one part of a sentence, each with whether a negation stands before it. Two negations make none."""
    left, denied = 0, False
    for word, following in zip_longest(given, given[1:]):
        if (word in _NEGATIONS or word.endswith("n't")) and following not in _LIMITS:
            denied, left = not (denied and left), _SCOPE
        elif content := content_of([word]):
            yield content[0], denied and left > 0
            left -= 1
