"""Run-to-run variation: a share of answers in other words, and a tenth of those with less in them, drawn by seed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

_SUBSTANCE = 0.1
_MOST_KEPT = 10_000
_LEADS = ("In short:", "From the data:", "To your question:")
_REWORDED = (
    ("Next come ", "Then follow "),
    ("Next comes ", "Then follows "),
    ("At the other end is ", "Last is "),
    ("It comes from ", "That rests on "),
    ("Evidence: ", "What shows it: "),
    ("Recommendation: ", "I recommend: "),
    ("What binds: ", "Limits that bind: "),
    ("so it may well be noise", "so it can be chance"),
    ("so it is real", "so it is more than chance"),
    (" a change of ", " that is a change of "),
)


@dataclass(frozen=True, slots=True)
class Draw:
    """One answer's draw; `substance` where it also says less."""

    substance: bool
    pick: int


class Draws:
    """Draws by seed, session, question and how often it was asked: the same sequence gives the same variation again."""

    def __init__(self, seed: int, share: float) -> None:
        self._seed, self._share = seed, share
        self._asked: OrderedDict[tuple[str, str], int] = OrderedDict()

    def next(self, session: str, question: str) -> Draw | None:
        """None where this answer stays as it is."""
        if self._share <= 0:
            return None
        key = (session, question)
        count = self._asked[key] = self._asked.pop(key, 0) + 1
        if len(self._asked) > _MOST_KEPT:
            self._asked.popitem(last=False)
        digest = sha256(repr((self._seed, session, question, count)).encode()).digest()
        uniform = int.from_bytes(digest[:6]) / 2**48
        return Draw(uniform < _SUBSTANCE * self._share, digest[7]) if uniform < self._share else None


def varied(reply: Mapping[str, Any], draw: Draw) -> dict[str, Any]:
    """The same figures in other words; where the substance varies, the first sentence alone, without caveats."""
    answer = str(reply["answer"])
    if draw.substance:
        cut = answer.find(". ")
        return {**reply, "answer": answer[: cut + 1] if cut > 0 else answer, "caveats": []}
    for i, (words, others) in enumerate(_REWORDED):
        if (draw.pick >> (i % 4)) & 1 or i % 2 == draw.pick % 2:
            answer = answer.replace(words, others)
    return {**reply, "answer": answer if answer != reply["answer"] else f"{_LEADS[draw.pick % len(_LEADS)]} {answer}"}
