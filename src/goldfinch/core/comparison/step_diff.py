"""Two trajectories side by side: which step of the one is which of the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

MAX_STEPS = 200
"""Of either side; what comes after is not paired."""

Pair = tuple[int | None, int | None]


def paired_steps(was: Sequence[str], now: Sequence[str]) -> list[Pair]:
    """Places of the steps of both, side by side and in order; None where a side has none. Steps are told by their text, as a person reads it.

    Steps that are equal stand beside each other. Between those, what was replaced stands beside what replaced it, as far as it goes.
    """
    pairs: list[Pair] = []
    matcher = SequenceMatcher(None, was[:MAX_STEPS], now[:MAX_STEPS], autojunk=False)
    for _, i, i_end, j, j_end in matcher.get_opcodes():
        for step in range(max(i_end - i, j_end - j)):
            pairs.append((i + step if i + step < i_end else None, j + step if j + step < j_end else None))
    return pairs
