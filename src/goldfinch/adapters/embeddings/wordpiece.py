"""Text as the token numbers of BERT (uncased). A hundred lines of our own instead of a library of 35 MB that brings a download client."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import islice

_LONGEST_WORD = 100
_READ = 20_000
"""Characters that are looked at: more than the model reads of any text."""
_CJK = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


@cache
def vocabulary() -> Mapping[str, int]:
    """Token → number; read once per process."""
    text = (files("goldfinch.adapters.embeddings") / "bert_uncased_vocabulary.txt").read_text(encoding="utf-8")
    return {token: number for number, token in enumerate(text.split("\n")[:-1])}


def token_numbers(text: str, limit: int) -> list[int]:
    """`[CLS]`, the tokens of `text`, `[SEP]`: at most `limit` numbers in all.

    Source: Devlin et al., BERT, NAACL 2019 (basic tokenizer with lower case, then WordPiece, greedy from the left).
    """
    known = vocabulary()
    tokens = (number for word in _words(text[:_READ]) for number in _pieces(word, known))
    return [known["[CLS]"], *islice(tokens, limit - 2), known["[SEP]"]]


def _words(text: str) -> Iterator[str]:
    spaced = "".join(_spaced(character) for character in text)
    for word in spaced.split():
        yield from _split_at_punctuation(_without_accents(word).lower())


def _spaced(character: str) -> str:
    code = ord(character)
    if character in "\t\n\r" or unicodedata.category(character) == "Zs":
        return " "
    if code in (0, 0xFFFD) or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs"):
        return ""
    return f" {character} " if any(low <= code <= high for low, high in _CJK) else character


def _without_accents(word: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFD", word) if unicodedata.category(character) != "Mn")


def _split_at_punctuation(word: str) -> Iterator[str]:
    start = 0
    for place, character in enumerate(word):
        if _is_punctuation(character):
            if start < place:
                yield word[start:place]
            yield character
            start = place + 1
    if start < len(word):
        yield word[start:]


def _is_punctuation(character: str) -> bool:
    code = ord(character)
    in_ascii = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return in_ascii or unicodedata.category(character).startswith("P")


def _pieces(word: str, known: Mapping[str, int]) -> list[int]:
    """The longest known beginnings, one after the other; one `[UNK]` where the word cannot be put together from known pieces."""
    if len(word) > _LONGEST_WORD:
        return [known["[UNK]"]]
    found: list[int] = []
    start = 0
    while start < len(word):
        prefix = "##" if start else ""
        end = next((end for end in range(len(word), start, -1) if prefix + word[start:end] in known), None)
        if end is None:
            return [known["[UNK]"]]
        found.append(known[prefix + word[start:end]])
        start = end
    return found
