"""Bringing two texts to the same form before they are compared. Model text is hostile: every step here is linear in its length."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_INVISIBLE = dict.fromkeys(
    [0xAD, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x2070)]
)
"""Soft hyphen, zero-width and bidirectional controls: they change what is compared, never what is read."""

_LONGEST_MARK_RUN = 30
_SHORT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRules:
    """What is ignored when texts are compared. Scorers that compare text inherit these options."""

    ignore_case: bool = True
    collapse_whitespace: bool = True
    normalise_unicode: bool = True
    """NFKC, without invisible characters: full-width letters, ligatures and no-break spaces equal their plain forms."""
    ignore_punctuation: bool = False

    def normalise(self, text: str) -> str:
        """The form of `text` in which two texts are compared."""
        if self.normalise_unicode and not text.isascii():
            text = fold_unicode(text)
        if self.ignore_case:
            text = text.casefold()
        if self.ignore_punctuation:
            text = without_punctuation(text)
        return " ".join(text.split()) if self.collapse_whitespace else text


def fold_unicode(text: str) -> str:
    """NFKC without invisible characters.

    Normalising sorts each run of combining marks in quadratic time, so runs are cut at 30 first.
    Source: Unicode Standard Annex 15, stream-safe text format.
    """
    text = text.translate(_INVISIBLE)
    return unicodedata.normalize("NFKC", text if len(text) <= _SHORT else _with_short_mark_runs(text))


def _with_short_mark_runs(text: str) -> str:
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _LONGEST_MARK_RUN:
            kept.append(character)
    return "".join(kept)


def without_punctuation(text: str) -> str:
    """Drop every character of the Unicode categories P*; `$`, `+` and `=` are symbols and stay."""
    return "".join(c for c in text if not unicodedata.category(c).startswith("P"))


def occurs(phrase: str, text: str, *, whole_words: bool) -> bool:
    """Whether `phrase` stands in `text`; with `whole_words`, not as a part of a longer word. An empty phrase occurs nowhere."""
    if not phrase:
        return False
    start = text.find(phrase)
    while start >= 0:
        if not whole_words or _stands_alone(text, start, start + len(phrase)):
            return True
        start = text.find(phrase, start + 1)
    return False


def _stands_alone(text: str, start: int, end: int) -> bool:
    cut_before = start > 0 and _in_word(text[start - 1]) and _in_word(text[start])
    cut_after = end < len(text) and _in_word(text[end]) and _in_word(text[end - 1])
    return not cut_before and not cut_after


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"
