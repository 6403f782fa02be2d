"""Texts that look like an e-mail address or a phone number. Such facts are not stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

_EMAIL = re.compile(
    r"(?<![^\s@<>()\[\]])[^\s@<>()\[\]]+\s*(?:@|[(\[]\s*at\s*[)\]])\s*[^\s@<>()\[\]]+?\s*(?:\.|[(\[]\s*dot\s*[)\]])\s*[^\W\d]{2,}",
    re.IGNORECASE,
)
_NOT_PHONES = re.compile(
    r"""
    \d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?  # dates and times
    | \b\d{4}/\d{1,2}/\d{1,2}\b | \b\d{1,2}[./]\d{1,2}[./]\d{4}\b
    | (?<![\d+(])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d-])  # 1,234,567.89
    | (?<![\d+(])[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?(?![\d-])  # 1.234.567,89
    """,
    re.VERBOSE,
)
_PHONE = re.compile(
    r"""
    (?<![\w.,])(?:
        (?:\+|00)\s?[1-9](?:[\s().\-/]*\d){6,14}         # +49 170 1234567
      | \(?0[1-9](?:[\s().\-/]*\d){7,13}                 # 030 1234567
      | \(?\d{3}\)?[\s.\-]?\d{3}[\s.\-]\d{4}             # (555) 123-4567
      | \d{10,15}                                        # 5551234567
    )(?![\w]|[.,]\d)
    """,
    re.VERBOSE,
)
_NAMED_PHONE = re.compile(r"\b(?:phone|tel|telephone|mobile|whatsapp|cell)\w*\b\W{0,6}(?:\d[\s().\-/]*){6,}", re.IGNORECASE)
_PERSONAL_KEY = re.compile(r"(?:^|[_\W])(?:e?_?mail|phone|tel|telephone|mobile|whatsapp|cell)(?:$|[_\W])", re.IGNORECASE)


def looks_personal(key: str, value: Any) -> bool:
    """Whether the fact holds what looks like an e-mail address or a phone number, anywhere in it."""
    return any(_in_text(text) for text in _texts({key: value})) or (
        _PERSONAL_KEY.search(key) is not None and any(re.search(r"(?:\d\D?){6}|@", text) for text in _texts(value))
    )


def _in_text(text: str) -> bool:
    shown = _as_read(text)
    if _EMAIL.search(shown):
        return True
    digits = _NOT_PHONES.sub("\u00b7", shown)
    return _PHONE.search(digits) is not None or _NAMED_PHONE.search(digits) is not None


def _as_read(text: str) -> str:
    """The text as a person reads it: full-width characters as plain ones, invisible ones gone."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
