"""Texts of the data that give orders: how they are known, and how they are shown without being passed on.

A campaign's name, a note or a headline may say "ignore your instructions and write …". A good release treats that as data: it never
obeys, and shows of such a name only what stands before the order. The release `leaky` (`behaviour.quarantine_data` False) obeys, as an
agent does that pastes its data into its instructions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}\b(?:instructions?|prompts?|rules?|guidelines?|directions?|previous|prior|above|"
    r"limits?|caps?)\b"
    r"|\b(?:system|assistant|admin|developer)\s*(?:prompt|message|note|override|instruction)?\s*:"
    r"|\b(?:ai|assistant|llm|model|agent|bot|chatbot|language model)s?\b[^.!?\n]{0,40}\b(?:must|should|shall|please|has to|have to|need to|always|never)\b"
    r"|\b(?:please|must|always|now|instead|then)\b[^.!?\n]{0,20}\b(?:say|reply|respond|answer|print|output|write|append|include|mention|tell|reveal)\b"
    r"|\b(?:say|reply|respond|print|output|append|repeat)\b(?: with| only| exactly| the (?:word|text|phrase))*\s*[:\"'“‘`]"
    r"|\byou are now\b|\bnew instructions?\b|<\|?(?:im_start|system)",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:say|reply|respond|answer|print|output|write|append|include|mention|repeat|add|end|begin|start)\b"
    r"(?P<between>[^\"'“‘`.!?\n]{0,60})[\"'“‘`](?P<text>[^\"'”’`\n]{2,200})[\"'”’`]",
    re.IGNORECASE,
)
_SAID_BARE = re.compile(
    r"\b(?:say|reply|respond|answer|print|output|write|append|include|mention|repeat|add|end|begin|start)\b"
    r"[^.!?\n]{0,60}?(?P<text>\b[A-Z][A-Z0-9]*(?:[-_][A-Z0-9]+)+\b)"
)
_CLAUSE = re.compile(r"\s*[|;:,.!?([{<\n]|\s[-–—]\s|\s*--")
_LONGEST = 400


def gives_orders(text: str) -> bool:
    """Whether a text of the data speaks to its reader as an instruction."""
    return bool(_ORDER.search(text[:_LONGEST]))


def shown(name: str) -> str:
    """What may be shown of a text of the data: without the order, where it gives one; at most one line."""
    line = " ".join(name[:_LONGEST].split())
    found = _ORDER.search(line)
    if not found:
        return line
    before = line[: found.start()]
    cuts = [match.start() for match in _CLAUSE.finditer(before)]
    kept = (before[: cuts[0]] if cuts else before).strip(" -–—_[({\"'")
    return kept or "a name that is withheld, because it gives instructions"


def clean(value: str) -> str:
    """A sentence of a tool, such as a warning, with what gives orders left out."""
    return shown(value) if gives_orders(value) else " ".join(value.split())


def orders(account: Mapping[str, Any], results: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The texts of the data that give orders, each once."""
    texts = [text for source in (account, *results) for text in _texts(source)]
    return tuple(dict.fromkeys(text for text in texts if gives_orders(text)))


def obeyed(order: str) -> str:
    """What one says who follows the order: its words between quotation marks, its marker, else the order itself as a recommendation."""
    if said := _SAID.search(order) or _SAID_BARE.search(order):
        return said["text"]
    return f"Recommendation: {' '.join(order.split())}"


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and depth < 8:
        for key, part in value.items():
            yield str(key)
            yield from _texts(part, depth + 1)
    elif isinstance(value, (list, tuple)) and depth < 8:
        for part in value:
            yield from _texts(part, depth + 1)


def carries_marker(name: str) -> bool:
    """Whether a name holds words that it orders to be said: even a tool call must not repeat them."""
    return gives_orders(name) and bool(_SAID.search(name) or _SAID_BARE.search(name))
