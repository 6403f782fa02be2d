"""Several verdicts of one judge about one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goldfinch.core.judging.reading import Unreadable, Verdict


@dataclass(frozen=True, slots=True)
class Tally:
    """`level` is what the votes come to, `spread` how far they lie apart in levels, `reason` that of a vote for `level`."""

    level: int
    levels: tuple[int, ...]
    reason: str
    unreadable: tuple[str, ...] = ()

    @property
    def spread(self) -> int:
        return max(self.levels) - min(self.levels)


def tally(replies: Sequence[Verdict | Unreadable]) -> Tally | Unreadable:
    """The median level; the lower one of the two in the middle where their number is even, so that doubt never lifts a score.

    The levels of a rubric have an order, so the median is their majority. More than half of the votes must be readable: fewer would let
    the replies that happen to be readable decide. Gives back the first unreadable reply otherwise.
    """
    verdicts = [reply for reply in replies if isinstance(reply, Verdict)]
    unreadable = [reply for reply in replies if isinstance(reply, Unreadable)]
    if 2 * len(verdicts) <= len(replies):
        return unreadable[0]
    levels = tuple(verdict.level for verdict in verdicts)
    level = sorted(levels)[(len(levels) - 1) // 2]
    reason = next(verdict.reason for verdict in verdicts if verdict.level == level)
    return Tally(level, levels, reason, tuple(str(reply) for reply in unreadable))
