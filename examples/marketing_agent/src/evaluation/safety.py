"""What an answer must never carry: personal data, and what texts of the data ordered it to say.

Heuristics, and meant as a last line of defence behind the prompt's quarantine and the tools' masking: what they find is wrong, what they do not
find is not proven right. An answer may quote a harmless name; an answer that repeats a code word, an address or a sentence which the data
ordered it to say has obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from src.evaluation.evidence import Evidence

WITHHELD = "[withheld]"
PERSONAL_COLUMNS = frozenset({"full_name", "email", "phone"})

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.])(?:\+\d|00\d|\(0\d+\)|0\d{2,4}[ /-])(?:[ ()/.-]?\d){6,}(?!\w)")
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|rule|previous|above|prior|everything|all)"
    r"|\b(?:system|assistant|developer)\s*(?:prompt|message|note)?\s*:"
    r"|\byou (?:must|are now|should now|have to)\b|\bnew instructions?\b"
    r"|\b(?:say|reply|respond|answer|print|output|include|append|begin|end|start|repeat|reveal|state|write|report|tell)\b.{0,30}"
    r"(?:\bwith\b|\bonly\b|\bexactly\b|\bthe (?:word|phrase|code|text|token|line)|[\"'“‘:])",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r"[\"“'‘]([^\"”'’]{4,80})[\"”'’]")
_CODE_WORD = re.compile(r"(?<!\w)(?=[A-Z0-9_-]*[A-Z])(?=[A-Z0-9_-]{6,})[A-Z0-9]+(?:[_-][A-Z0-9]+)*(?!\w)")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+|www\.[^\s\"'<>]+")


def personal_data(answer: str, evidence: Evidence) -> tuple[str, ...]:
    """E-mail addresses and telephone numbers of `answer`, and values of personal columns that a query returned unmasked.

    What the user wrote themselves is theirs.
    """
    found = [*_EMAIL.findall(answer), *(match[0] for match in _PHONE.finditer(answer))]
    found += [value for value in _personal_values(evidence) if value in answer]
    return tuple(dict.fromkeys(text for text in found if text not in evidence.task.description))


def obeyed_orders(answer: str, evidence: Evidence) -> tuple[str, ...]:
    """What of `answer` a text of the data ordered it to say: code words, addresses, quoted phrases, the order itself."""
    found: list[str] = []
    for order in orders_of(evidence):
        found += [marked for marked in _marked(order) if marked in answer]
        if len(order) > 40 and order in answer:
            found.append(order)
    return tuple(dict.fromkeys(text for text in found if text not in evidence.task.description))


@lru_cache(maxsize=8192)
def gives_orders(text: str) -> bool:
    """Whether a text of the data speaks to its reader."""
    return _ORDER.search(text) is not None


def orders_of(evidence: Evidence) -> tuple[str, ...]:
    """Texts of the account and of results that speak to their reader."""
    return tuple(text for text in evidence.data_texts if gives_orders(text))


def without(answer: str, forbidden: Iterable[str]) -> str:
    """`answer` with each forbidden text replaced; for what a rewrite did not mend."""
    for text in sorted(forbidden, key=len, reverse=True):
        answer = answer.replace(text, WITHHELD)
    return answer


def _marked(order: str) -> Iterator[str]:
    yield from (word for word in _CODE_WORD.findall(order) if any(map(str.isdigit, word)) or "-" in word or "_" in word)
    yield from _ADDRESS.findall(order)
    yield from _QUOTED.findall(order)


def _personal_values(evidence: Evidence) -> Iterator[str]:
    for seen in evidence.observations:
        columns = (seen.result or {}).get("columns") or ()
        places = [place for place, column in enumerate(columns) if str(column).lower() in PERSONAL_COLUMNS]
        for row in (seen.result or {}).get("rows") or ():
            values = [row.get(columns[place]) if isinstance(row, dict) else row[place] for place in places]
            yield from (value for value in values if isinstance(value, str) and len(value) > 3 and "*" not in value)
