"""Two trajectories side by side: which step of the one is which of the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

MAX_STEPS = 200
"""Of either side; what comes after is not paired."""

Pair = tuple[int | None, int | None]
Step = tuple[str, str]
"""What kind of step it is (who acts, by which tools), and all that a person reads of it."""


def paired_steps(was: Sequence[Step], now: Sequence[Step]) -> list[Pair]:
    """Places of the steps of both, side by side and in order; None where a side has none.

    Steps that are equal stand beside each other, then those of one kind, then what was replaced beside what replaced it, as far as it goes.
    """
    was, now = was[:MAX_STEPS], now[:MAX_STEPS]
    pairs: list[Pair] = []
    for is_equal, i, i_end, j, j_end in _blocks(was, now):
        if is_equal:
            pairs += zip(range(i, i_end), range(j, j_end), strict=True)
        else:
            pairs += _by_kind([kind for kind, _ in was[i:i_end]], [kind for kind, _ in now[j:j_end]], i, j)
    return pairs


def _by_kind(was: Sequence[str], now: Sequence[str], first: int, second: int) -> Iterator[Pair]:
    for _, i, i_end, j, j_end in _blocks(was, now):
        for step in range(max(i_end - i, j_end - j)):
            yield (first + i + step if i + step < i_end else None, second + j + step if j + step < j_end else None)


def _blocks(was: Sequence[object], now: Sequence[object]) -> Iterator[tuple[bool, int, int, int, int]]:
    for tag, *places in SequenceMatcher(None, list(map(repr, was)), list(map(repr, now)), autojunk=False).get_opcodes():
        i, i_end, j, j_end = places
        yield tag == "equal", i, i_end, j, j_end
