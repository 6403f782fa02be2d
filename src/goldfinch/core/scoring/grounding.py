"""What the answer states as fact is known from its sources: numbers, names, quotations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import answer_text
from goldfinch.core.scoring.asked import input_text, source_texts
from goldfinch.core.scoring.evidence import listed
from goldfinch.core.scoring.numbers import numbers_in, spelt
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.terms import MOST_WORDS, content_words, words

_BULLET = re.compile(r"^[ \t]{0,20}\d{1,3}[.)][ \t]", re.MULTILINE)
_QUOTED = re.compile(r'"([^"\n]{3,300})"|“([^”\n]{3,300})”|«([^»\n]{3,300})»')
_NAME = re.compile(r"\b[A-Z][\w&'’-]{0,40}(?:[ ][A-Z][\w&'’-]{0,40}){0,5}")
_CODE = re.compile(r"\b(?=[A-Za-z-]{0,20}\d)(?=\d{0,20}-?[A-Za-z])[A-Za-z0-9]{1,20}(?:-[A-Za-z0-9]{1,20}){0,5}\b")
_STARTS = re.compile(r"(?:^|[.!?:;\n\"“«(\[*•#>-])[ \t\"“«(\[*_#>-]{0,10}$")
_BEFORE = 12
_COUNTING = (
    "zero one two three four five six seven eight nine ten eleven twelve "
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
)
_NUMBER_WORDS = {word: number for number, word in enumerate(_COUNTING.split())}
_NUMBER_WORDS |= {"once": 1, "twice": 2, "dozen": 12, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100}
_CAPITALISED = (
    "i i'm i've i'll i'd ok okay yes no please thanks thank sorry hello hi dear monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november december am pm usd eur"
)
_NO_NAMES = frozenset(_CAPITALISED.split())
_MOST_FACTS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounding:
    """The share of the answer's checkable facts that its sources know: known / stated.

    Facts are numbers (`two` and 2, 50 % and 0.5 are the same), names (capitalised words inside a sentence), codes (`ORD-1042`) and what
    stands in quotation marks. Sources are the case's input and `context` and the results of tools; without context and tool results, and
    where nothing checkable is stated, it does not apply. It lies where a number was rightly computed, or is known to everybody (low), and
    where a known number is put to the wrong thing (high); names at the start of a sentence and in lower case are not seen.
    Source: our own; the idea is the entity and number check of Nan et al., EACL 2021.
    """

    version: ClassVar[str] = "1"
    name: str = "grounding"

    def score(self, case: Case, output: Output) -> Score | None:
        texts = source_texts(case, output)
        if not texts:
            return None
        facts = list(dict.fromkeys(islice(_facts(_BULLET.sub("", answer_text(output))), _MOST_FACTS)))
        if not facts:
            return None
        known = _Known([*texts, input_text(case)])
        unknown = [fact for kind, fact in facts if not known.has(kind, fact)]
        if not unknown:
            return Score(1.0, f"all {len(facts)} facts stand in the sources")
        reason = f"{len(facts) - len(unknown)} of {len(facts)} facts stand in the sources; not {listed(unknown)}"
        return Score(1 - len(unknown) / len(facts), reason, {"not_in_sources": unknown})


class _Known:
    """The sources, as what facts are looked up in."""

    def __init__(self, texts: Iterable[str]) -> None:
        joined = "\n".join(texts)
        found = words(joined, 50 * MOST_WORDS)
        self._words = set(found) | set(content_words(joined, 50 * MOST_WORDS))
        self._text = f" {' '.join(found)} "
        self._numbers = {spelt(value) for number in islice(numbers_in(joined), 10 * MOST_WORDS) for value in number.readings()}
        self._numbers.update(spelt(abs(float(number))) for number in self._numbers.copy())
        self._numbers.update(spelt(number) for word, number in _NUMBER_WORDS.items() if word in self._words)

    def has(self, kind: str, fact: str) -> bool:
        if kind == "number":
            return any(spelt(value) in self._numbers for number in numbers_in(fact) for value in number.readings())
        found = words(fact)
        if kind == "name":
            return all(word in self._words or word.removesuffix("'s") in self._words for word in found)
        return f" {' '.join(found)} " in self._text


def _facts(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of every checkable fact."""
    for match in _QUOTED.finditer(text):
        yield "quotation", match[1] or match[2] or match[3]
    for match in _CODE.finditer(text):
        yield "code", match[0]
    for match in _NAME.finditer(text):
        if name := _without_start(match, text):
            yield "name", name
    for number in numbers_in(text):
        yield "number", f"{number.value:.12g}{'%' if number.is_percent else ''}"


def _without_start(match: re.Match[str], text: str) -> str:
    """The name that was found, without the word that is capitalised because a sentence begins with it."""
    parts = match[0].split(" ")
    if _STARTS.search(text[max(0, match.start() - _BEFORE) : match.start()]):
        parts = parts[1:]
    return " ".join(part for part in parts if part.lower().replace("’", "'") not in _NO_NAMES)
