"""What of a message is the question: without pasted texts that give orders, without greetings and remarks, with mistyped words mended."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from src.models.deterministic.language import tokens
from src.models.deterministic.lexicon import DIMENSION_WORDS, KNOWN, METRIC_WORDS, PERIOD_WORDS, PLAN_WORDS
from src.models.deterministic.quarantine import gives_orders

_PASTED = re.compile(r"\"(?P<double>[^\"\n]{12,1200})\"|(?<!\w)'(?P<single>[^'\n]{12,1200})'(?!\w)|[«`](?P<other>[^»`\n]{12,1200})[»`]")
_SENTENCE = re.compile(r"(?<=[?!;])\s+|(?<=[^\W\d_]{3}\.)\s+|(?<=[\d)\]\"']\.)\s+|\n+")
_QUOTED = re.compile(r"\"[^\"\n]{2,1200}\"|(?<!\w)'[^'\n]{3,1200}'(?!\w)|[«`][^»`\n]{2,1200}[»`]")
_GREETING = re.compile(
    r"^\s*(?:hi|hello|hey|hiya|dear|sorry to \w+ you|good (?:morning|afternoon|evening|day)|morning|greetings)\b(?:\s+\w+){0,2}?\s*[,!.:]\s+(?=\S)",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^\s*(?P<lead>[^:?!.\"']{2,48}):\s+(?=\S)")
_INTRODUCTION = re.compile(r"(?:(?<=[.?!] )|^)[^.?!]*:\s*$")
"""`here is a note from the agency: `, before a pasted text."""
_MOST_LEAD_WORDS = 7
_MENDED = METRIC_WORDS.words | DIMENSION_WORDS.words | PERIOD_WORDS | PLAN_WORDS
"""Words that are mended in the text itself, because periods, amounts and labels are read from it."""


class Message(NamedTuple):
    text: str
    pasted: tuple[str, ...] = ()
    """Quoted texts that give orders: data, not what is asked."""


def without_pasted_orders(text: str, asks: Callable[[str], bool]) -> Message:
    """The message without the quoted texts that give orders, where the rest asks something; else as it is."""
    spans = [match for match in _PASTED.finditer(text) if gives_orders(_inside(match))]
    rest = text
    for match in reversed(spans):
        rest = f"{_INTRODUCTION.sub('', rest[: match.start()])} {rest[match.end() :].lstrip(' .')}".strip()
    return Message(rest, tuple(_inside(match) for match in spans)) if spans and asks(rest) else Message(text)


def _inside(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)


def without_remarks(text: str, is_remark: Callable[[str], bool]) -> str:
    """Without greeting, lead ("quick question:"), and the sentences that ask and name nothing, where something else is left."""
    text = _GREETING.sub("", text)
    lead = _LEAD.match(text)
    if lead and len(lead["lead"].split()) <= _MOST_LEAD_WORDS and is_remark(lead["lead"]):
        text = _GREETING.sub("", text[lead.end() :])
    masked = _QUOTED.sub(lambda found: f'"{"x" * (len(found[0]) - 2)}"', text)
    cuts = [0, *(match.end() for match in _SENTENCE.finditer(masked)), len(text)]
    sentences = [one for start, end in pairwise(cuts) if (one := text[start:end].strip()).strip(" .!")]
    kept = [one for one in sentences if not is_remark(one)]
    return " ".join(kept) if kept and len(kept) < len(sentences) else text


def mended_text(text: str, extra: frozenset[str], quoted: tuple[str, ...]) -> str:
    """The text with its mistyped metric, period and budget words as they should be; quoted texts and names stay as they are."""
    kept = [(at, at + len(one)) for one in quoted if (at := text.find(one)) >= 0]
    changed = text
    for token in reversed(tokens(text, KNOWN, extra)):
        if token.mended != token.text and token.mended in _MENDED and not any(a <= token.start < b for a, b in kept):
            changed = changed[: token.start] + token.mended + changed[token.end :]
    return changed
