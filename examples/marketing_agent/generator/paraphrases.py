"""The same question in hundreds of ways: a seeded grammar of how marketers write.

A pattern is text with choices and slots: `[What was|What is] the {metric} of {campaign} [|please]?`. A slot is a pattern
itself, a `Name` (a campaign: people write it in lower case, but never misspell it) or `Verbatim` (copy under review, a pasted text:
stays as it is). Registers (greetings, thanks, all lower case, a typo now and then) are put on top of every pattern.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

LOWER_CASE, TYPO, GREETING, CLOSING = 0.18, 0.08, 0.22, 0.18
"""Shares of questions: in lower case, with one typo, with a greeting or a reason before, with a closing behind."""

_TOKEN = re.compile(r"\[|\]|\||\{(\w+)\}|[^\[\]|{}]+")
_NAME, _VERBATIM, _END = "\ue000", "\ue001", "\ue002"
_PROTECTED = re.compile(f"[{_NAME}{_VERBATIM}][^{_END}]*{_END}")
_OPENINGS = (
    "Hi,|Hello,|Hey,|Hi there,|Good morning,|Morning!|Hey, quick one:|Quick question:|Quick one:|One more thing:|Sorry to bother you,"
    "|I have to report to my boss in an hour.|I'm putting slides together.|We're sitting in the weekly meeting."
    "|Client is on the phone.|Before I forget:|Just to be sure:|Help me out here:"
)
_CLOSINGS = "Thanks!|Thank you.|Thx|Cheers|Many thanks!|Thanks in advance.|Keep it short.|No rush.|Just the facts please.|ta!"


class Name(str):
    """A name from the account: may be lower-cased, is never misspelt."""


class Verbatim(str):
    """A text that stands as it is: copy under review, a pasted text."""


Slot = str


@dataclass(frozen=True, slots=True)
class Ask:
    """One message of a user: patterns that mean the same, and what their slots stand for."""

    patterns: tuple[str, ...]
    slots: Mapping[str, Slot] = field(default_factory=dict)
    dressed: bool = True
    """False for a message that takes no greeting or thanks, such as a follow-up."""

    def draw(self, rng: random.Random) -> str:
        """One way to say it."""
        said = _expand(_parse(rng.choice(self.patterns)), self.slots, rng)
        return _finish(said, rng, dressed=self.dressed)

    def variants(self) -> int:
        """Number of ways to derive a text before greeting, case and typos: an upper bound of the distinct plain texts."""
        return sum(_count(_parse(pattern), self.slots) for pattern in self.patterns)


def ask(*patterns: str, **slots: Slot) -> Ask:
    """A message that may come with a greeting, a reason or thanks."""
    return Ask(patterns, slots)


def follow_up(*patterns: str, **slots: Slot) -> Ask:
    """A message within a conversation, without greeting."""
    return Ask(patterns, slots, dressed=False)


def draw(asks: Sequence[Ask], paraphrase_seed: int, case_id: str) -> list[str]:
    """The messages of a case: a function of seed and id alone, so that an added case changes no other."""
    rng = random.Random(f"{paraphrase_seed}:{case_id}")
    return [one.draw(rng) for one in asks]


# The grammar: a sequence holds texts, slots and choices; a choice holds sequences.


@dataclass(frozen=True, slots=True)
class _Hole:
    name: str


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[_Sequence, ...]


_Sequence = tuple["str | _Hole | _Choice", ...]


@lru_cache(maxsize=4096)
def _parse(pattern: str) -> _Sequence:
    tokens = list(_TOKEN.finditer(pattern))
    if "".join(token[0] for token in tokens) != pattern:
        raise ValueError(f"not a pattern: {pattern!r}")
    options, at = _options(tokens, 0)
    if at != len(tokens) or len(options) != 1:
        raise ValueError(f"a choice stands in brackets: {pattern!r}")
    return options[0]


def _options(tokens: Sequence[re.Match[str]], at: int) -> tuple[list[_Sequence], int]:
    options: list[_Sequence] = []
    parts: list[str | _Hole | _Choice] = []
    while at < len(tokens) and tokens[at][0] != "]":
        token = tokens[at]
        if token[0] == "[":
            inner, at = _options(tokens, at + 1)
            if at >= len(tokens):
                raise ValueError("a bracket is left open")
            parts.append(_Choice(tuple(inner)))
        elif token[0] == "|":
            options.append(tuple(parts))
            parts = []
        else:
            parts.append(_Hole(token[1]) if token[1] else token[0])
        at += 1
    options.append(tuple(parts))
    return options, at


def _expand(sequence: _Sequence, slots: Mapping[str, Slot], rng: random.Random) -> str:
    said = []
    for part in sequence:
        if isinstance(part, _Choice):
            said.append(_expand(rng.choice(part.options), slots, rng))
        elif isinstance(part, _Hole):
            said.append(_fill(slots[part.name], slots, rng))
        else:
            said.append(part)
    return "".join(said)


def _fill(slot: Slot, slots: Mapping[str, Slot], rng: random.Random) -> str:
    if isinstance(slot, Name):
        return f"{_NAME}{slot}{_END}"
    if isinstance(slot, Verbatim):
        return f"{_VERBATIM}{slot}{_END}"
    return _expand(_parse(slot), slots, rng)


def _count(sequence: _Sequence, slots: Mapping[str, Slot]) -> int:
    product = 1
    for part in sequence:
        if isinstance(part, _Choice):
            product *= sum(_count(option, slots) for option in part.options)
        elif isinstance(part, _Hole) and not isinstance(slots[part.name], Name | Verbatim):
            product *= _count(_parse(slots[part.name]), slots)
    return product


# Registers.


def _finish(text: str, rng: random.Random, *, dressed: bool) -> str:
    opening = rng.choice(_OPENINGS.split("|")) if dressed and rng.random() < GREETING else ""
    closing = rng.choice(_CLOSINGS.split("|")) if dressed and rng.random() < CLOSING else ""
    lower, typo = rng.random() < LOWER_CASE, rng.random() < TYPO
    text = _tidy(text)
    if opening:
        text = f"{opening} {text if opening[-1] in ',:' else _capitalised(text)}"
    text = f"{_capitalised(text)} {closing}".strip()
    if typo:
        text = _mistyped(text, rng)
    if lower:
        text = _in_lower_case(text, rng)
    return re.sub(f"[{_NAME}{_VERBATIM}{_END}]", "", text)


def _tidy(text: str) -> str:
    parts = re.split(f"({_PROTECTED.pattern})", text)
    plain = [part if index % 2 else re.sub(r"\s+", " ", part) for index, part in enumerate(parts)]
    return re.sub(r" +(?=[,.?!:](?:\s|$))", "", "".join(plain)).strip()


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _mistyped(text: str, rng: random.Random) -> str:
    """One slip of the fingers in a word of five letters or more: two neighbours swapped, or a letter lost or doubled."""
    words = [match for match in re.finditer(r"(?<![\w-])[a-z]{5,}(?![\w-])", _PROTECTED.sub(lambda found: "\x00" * len(found[0]), text))]
    if not words:
        return text
    word = rng.choice(words)
    at = word.start() + rng.randrange(1, len(word[0]) - 2)
    pair = text[at : at + 2]
    return text[:at] + rng.choice((pair[::-1], pair[0], pair[0] + pair)) + text[at + 2 :]


def _in_lower_case(text: str, rng: random.Random) -> str:
    parts = re.split(f"({_VERBATIM}[^{_END}]*{_END})", text)
    text = "".join(part if index % 2 else part.lower() for index, part in enumerate(parts))
    return text.rstrip("?.") if rng.random() < 0.5 and not text.endswith(_END) else text
