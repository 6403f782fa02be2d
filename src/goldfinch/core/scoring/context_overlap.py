"""The answer's sentences stand in its sources, as they are written there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import answer_text
from goldfinch.core.scoring.asked import source_texts
from goldfinch.core.scoring.evidence import quoted
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.terms import MOST_WORDS, content_of, ngrams, sentences, words

_MOST_SENTENCES = 300
_MOST_PLACES = 300
"""Sentences of the sources that are remembered for one word: a word that is everywhere tells nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextOverlap:
    """The mean over the answer's sentences of (t + b) / 2.

    t: the share of the sentence's word trigrams that stand in the sources, the case's `context` and the results of tools. b: the share of
    its content words that stand together in the one sentence of the sources that has most of them. It lies where a true answer is put in
    other words (low), and where the copied sentence answers another question (high). Reads 300 sentences of 20,000 words.
    Source: n-gram overlap, as extractive fragment coverage (Grusky, Naaman and Artzi, NAACL 2018); docs/scorers/agreement.md.
    """

    version: ClassVar[str] = "1"
    name: str = "context_overlap"

    def score(self, case: Case, output: Output) -> Score | None:
        texts = source_texts(case, output)
        if not texts:
            return None
        said = list(islice(sentences(answer_text(output)), _MOST_SENTENCES))
        if not said:
            return Score(0.0, "the answer says nothing")
        sources = _Sources(texts)
        values = [sources.support(words(sentence, MOST_WORDS // 10)) for sentence in said]
        worst = min(range(len(said)), key=values.__getitem__)
        reason = f"{len(said)} sentences; least supported ({values[worst]:.2f}): {quoted(said[worst])}"
        return Score(sum(values) / len(values), reason)


class _Sources:
    """The sources, indexed once for all sentences of an answer."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs: tuple[set[tuple[str, ...]], ...] = (set(), set(), set())
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        number, left = 0, 10 * MOST_WORDS
        for text in texts:
            found = words(text, left)
            left -= len(found)
            for n, runs in enumerate(self._runs, 1):
                runs.update(ngrams(found, n))
            for sentence in sentences(text):
                self._remember(sentence, number)
                number += 1
            if left <= 0:
                break

    def _remember(self, sentence: str, number: int) -> None:
        for word in set(content_of(words(sentence))):
            places = self._places[word]
            if len(places) < _MOST_PLACES:
                places.append(number)

    def support(self, sentence: list[str]) -> float:
        return (self._written(sentence) + self._together(sentence)) / 2

    def _written(self, sentence: list[str]) -> float:
        """The share of the trigrams that stand in the sources; of a sentence of one or two words, the sentence itself."""
        n = min(3, len(sentence))
        runs = list(ngrams(sentence, n))
        return sum(run in self._runs[n - 1] for run in runs) / len(runs)

    def _together(self, sentence: list[str]) -> float:
        """The share of the content words that one sentence of the sources has; 1 where there are none to have."""
        wanted = Counter(content_of(sentence))
        if not wanted:
            return 1.0
        hits: Counter[int] = Counter()
        for word, count in wanted.items():
            for place in self._places.get(word, ()):
                hits[place] += count
        return max(hits.values(), default=0) / wanted.total()
