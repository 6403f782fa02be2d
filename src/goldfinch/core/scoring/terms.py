"""The words of a text that carry its content, and its sentences. English; linear in the length of the text, and bounded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from goldfinch.core.scoring.text import fold_unicode

MOST_WORDS = 20_000
"""Words that lexical scorers read of one text; what comes later is not looked at, so that no text takes long."""

_LONGEST = 40
"""Characters that are read for each word: more than words have."""
_WORD = re.compile(r"[^\W_]+(?:[.,'’][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_FUNCTION_WORDS = (
    "a an the and or but if of at by for with about to from in on as into over than then too very just also so there here "
    "is are was were be been being am do does did has have had can could will would should may might must shall "
    "it its it's this that these those i you he she they we me him her them us my your his their our mine yours "
    "who whom whose which what when where why how no not never none nor cannot n't don't doesn't didn't isn't aren't "
    "i'm i've you're he's she's that's there's what's we're they're let's 's 'm 're 've 'll 'd t s m re ve ll d n"
)
_STOP = frozenset(_FUNCTION_WORDS.split())
_SUFFIXES = ("'s", "ing", "ies", "ed", "es", "s", "ly")


def words(text: str, limit: int = MOST_WORDS) -> list[str]:
    """Lower-case words and numbers of `text`, at most `limit`; `24-hour` is two words, `4.5` and `don't` are one."""
    text = text[: max(_LONGEST * limit, 1_000)]  # some single characters become eighteen when they are folded
    folded = text if text.isascii() else fold_unicode(text)
    return [match[0] for match in islice(_WORD.finditer(folded.lower().replace("’", "'")), limit)]


def content_words(text: str, limit: int = MOST_WORDS) -> list[str]:
    """The stems of the words that carry content: no function words, no negations, no single letters but digits."""
    return content_of(words(text, limit))


def content_of(given: list[str]) -> list[str]:
    """As `content_words`, of words that are taken apart already."""
    return [stem(word) for word in given if word not in _STOP and (len(word) > 1 or word.isdigit() or not word.isascii())]


def terms(text: str) -> list[str]:
    """Content words where there are any, else all words: `No` and `It is so` have terms too."""
    given = words(text)
    return content_of(given) or [stem(word) for word in given]


def stem(word: str) -> str:
    """`word` without an English ending, where three letters are left: good enough to match, not to show.

    Source: the idea of Harman's S stemmer, J. Am. Soc. Information Science 42 (1991), 7-15, with five endings more.
    """
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def sentences(text: str) -> Iterator[str]:
    """Sentences and lines that hold a word."""
    return (part for part in _SENTENCE_END.split(text) if _WORD.search(part))


def ngrams(given: list[str], n: int) -> Iterator[tuple[str, ...]]:
    """Every run of `n` words."""
    return zip(*(given[start:] for start in range(n)), strict=False)
