"""English words as the rules see them: tokens with a lemma, and the nearest known word where one was mistyped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import NamedTuple

LONGEST = 4_000
"""Characters of a message that are read: no text takes long."""

_TOKEN = re.compile(r"\d{4}-\d{2}-\d{2}|\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?")
_QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2013": "-", "\u2014": "-", "\u2212": "-"}
)
_IRREGULAR = {
    "spent": "spend",
    "fell": "fall",
    "fallen": "fall",
    "rose": "rise",
    "risen": "rise",
    "went": "go",
    "gone": "go",
    "goes": "go",
    "going": "go",
    "doing": "do",
    "being": "be",
    "broke": "break",
    "broken": "break",
    "got": "get",
    "gave": "give",
    "sold": "sell",
    "cost": "cost",
    "was": "be",
    "were": "be",
    "is": "be",
    "are": "be",
    "been": "be",
    "am": "be",
    "did": "do",
    "does": "do",
    "done": "do",
    "had": "have",
    "has": "have",
    "made": "make",
    "said": "say",
    "told": "tell",
    "kept": "keep",
    "held": "hold",
    "brought": "bring",
    "came": "come",
    "grew": "grow",
    "shrank": "shrink",
    "worse": "bad",
    "worst": "worst",
    "children": "child",
    "forgot": "forget",
    "paid": "pay",
    "ran": "run",
    "saw": "see",
    "won": "win",
    "lost": "lose",
    "left": "leave",
    "bought": "buy",
    "meant": "mean",
    "analyse": "analyze",
    "analysis": "analysis",
    "this": "this",
    "yes": "yes",
    "ads": "ad",
}
_UNDOUBLED = re.compile(r"(?:bb|dd|gg|mm|nn|pp|rr|tt)$")


class Token(NamedTuple):
    text: str
    """In lower case, as typed."""
    lemma: str
    """Without ending, mended where it was mistyped; `lemma("dropped") == lemma("drops")`."""
    start: int
    end: int
    mended: str = ""
    """As it should have been typed."""


def normalise(text: str) -> str:
    """One Unicode form, straight quotes, without invisible characters, at most `LONGEST` characters."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).translate(_QUOTES)
    return "".join(c if c in "\n\t" or unicodedata.category(c)[0] != "C" else "" for c in folded)[:LONGEST]


@lru_cache(maxsize=8_192)
def lemma(word: str) -> str:
    """Not a dictionary's lemma: the same for the forms of one word, which is all that matching needs."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    word = word.removesuffix("'s").removesuffix("'")
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    for ending, shortest in (("ing", 6), ("ed", 5)):
        if word.endswith(ending) and len(word) >= shortest:
            word = word[: -len(ending)]
            word = word[:-1] if _UNDOUBLED.search(word) else word
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def tokens(text: str, known: frozenset[str] = frozenset(), extra: frozenset[str] = frozenset()) -> tuple[Token, ...]:
    """The words and numbers of a text that `normalise` gave. Words in neither set are mended towards them."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters become two in lower case; offsets must hold
        lowered = text
    found = []
    for match in _TOKEN.finditer(lowered):
        word = match[0]
        mended = word if not known or word[0].isdigit() or word in extra else mend(word, known, extra)
        found.append(Token(word, lemma(mended), match.start(), match.end(), mended))
    return tuple(found)


def mend(word: str, known: frozenset[str], extra: frozenset[str] = frozenset()) -> str:
    """The known word that a mistyped one means; the word itself where none is near enough."""
    return _mended(word, known) or (nearest(word, extra) if extra else None) or word


@lru_cache(maxsize=8_192)
def _mended(word: str, known: frozenset[str]) -> str | None:
    plain = word.removesuffix("'s")
    if plain in known or lemma(plain) in _lemmas(known):
        return word
    return nearest(plain, known) if len(plain) != _SHORT else _short(plain, known)


_SHORT = 4


def _short(word: str, known: frozenset[str]) -> str | None:
    """For four letters only what a letter left out (`leas`) or a swap (`csot`) explains."""
    near = sorted(
        one for one in known if one[0] == word[0] and (len(one) == _SHORT + 1 or len(one) == _SHORT and sorted(one) == sorted(word))
    )
    return next((one for one in near if edit_distance(word, one, 1) <= 1), None)


@lru_cache(maxsize=16)
def _lemmas(known: frozenset[str]) -> frozenset[str]:
    return frozenset(map(lemma, known))


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The nearest candidate within one edit (five letters and more) or two (eight and more); ties go to the first in order."""
    most = slack(word)
    if most == 0 or not word.isalpha():
        return None
    letters = sorted(word)
    ranked = sorted(
        (distance, sorted(near) != letters, near) for distance, near in _near(word, candidates, most)
    )  # a swap is the likeliest slip
    return ranked[0][2] if ranked else None


def slack(word: str) -> int:
    """Typing errors that are forgiven: short words have too many neighbours."""
    return 0 if len(word) < 5 else 1 if len(word) < 8 else 2


def _near(word: str, candidates: Iterable[str], most: int) -> Iterator[tuple[int, str]]:
    for candidate in candidates:
        if len(candidate) < 4 or abs(len(candidate) - len(word)) > most or (candidate[0] != word[0] and candidate[:2] != word[1::-1]):
            continue
        if (distance := edit_distance(word, candidate, most)) <= most:
            yield distance, candidate


def edit_distance(a: str, b: str, most: int) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours between `a` and `b`; `most + 1` where it is more.

    Source: optimal string alignment, Damerau, Communications of the ACM 7 (1964), 171-176.
    """
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, previous, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def phrases(text: str) -> tuple[str, ...]:
    """A list of words or phrases, written as a text with commas; `cheap/costly click/order` stands for four."""
    parts = (raw.split() for raw in text.split(",") if raw.strip())
    return tuple(" ".join(words) for part in parts for words in product(*(word.split("/") for word in part)))


class Found(NamedTuple):
    """A phrase of a lexicon in a text: what it means, and its tokens `[start, end)`."""

    meaning: str
    start: int
    end: int


class Phrases:
    """A lexicon: meanings by phrase. The longest phrase wins, and no word counts twice."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        meanings = {meaning: phrases(text) for meaning, text in texts.items()}
        self.words = frozenset(word for group in meanings.values() for phrase in group for word in phrase.split())
        by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for meaning, group in meanings.items():
            for phrase in group:
                parts = tuple(lemma(word) for word in phrase.split())
                by_first.setdefault(parts[0], []).append((parts, meaning))
        self._by_first = {first: sorted(found, key=lambda item: -len(item[0])) for first, found in by_first.items()}

    def find(self, lemmas: tuple[str, ...], taken: frozenset[int] = frozenset()) -> tuple[Found, ...]:
        found: list[Found] = []
        position = 0
        while position < len(lemmas):
            hit = self._at(lemmas, position, taken)
            if hit:
                found.append(hit)
            position = hit.end if hit else position + 1
        return tuple(found)

    def _at(self, lemmas: tuple[str, ...], position: int, taken: frozenset[int]) -> Found | None:
        for parts, meaning in self._by_first.get(lemmas[position], ()):
            end = position + len(parts)
            if lemmas[position:end] == parts and taken.isdisjoint(range(position, end)):
                return Found(meaning, position, end)
        return None


class Cues:
    """Named patterns over the lemmas of a text: phrases in which `…` stands for up to five words."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        cues = {name: phrases(text) for name, text in texts.items()}
        self.words = frozenset(word for group in cues.values() for phrase in group for word in phrase.split() if word != "…")
        self._patterns = {name: re.compile(" (?:" + "|".join(map(_pattern, group)) + ") ") for name, group in cues.items()}

    def find(self, lemmas: Iterable[str]) -> frozenset[str]:
        line = f" {' '.join(lemmas)} "
        return frozenset(name for name, pattern in self._patterns.items() if pattern.search(line))


def _pattern(phrase: str) -> str:
    parts = [re.escape(lemma(word)) if word != "…" else "…" for word in phrase.split()]
    return " ".join(parts).replace(" … ", r" (?:\S+ ){0,5}")
