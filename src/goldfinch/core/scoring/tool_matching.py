"""Which of the expected tool calls were made: in order (longest common subsequence), and in any order (bipartite matching)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from goldfinch.core.datasets.case import ToolExpectation
from goldfinch.core.output import ToolCall
from goldfinch.core.scoring.json_values import contains_value, values_equal

ArgumentRule = Literal["ignore", "exact", "subset"]
"""How expected arguments are compared where a case states them; `subset`: the call may have further arguments."""

Pairs = dict[int, int]
"""Index of an expected call -> index of the call that fulfils it."""


def fulfils(call: ToolCall, expected: ToolExpectation, rule: ArgumentRule) -> bool:
    """Whether `call` is the one that `expected` asks for."""
    if call.name != expected.name:
        return False
    if rule == "ignore" or expected.arguments is None:
        return True
    compare = values_equal if rule == "exact" else contains_value
    return compare(expected.arguments, call.arguments)


def candidates(expected: Sequence[ToolExpectation], calls: Sequence[ToolCall], rule: ArgumentRule) -> list[list[int]]:
    """For each expected call, the calls that would fulfil it, in order."""
    return [[i for i, call in enumerate(calls) if fulfils(call, one, rule)] for one in expected]


def match_any_order(fitting: Sequence[Sequence[int]]) -> Pairs:
    """As many expected calls as possible, each with a call of its own.

    Greedy choice is not enough: a call with any arguments may take the only call that a stricter one could have.
    Source: augmenting paths, Kuhn, Naval Research Logistics 2 (1955), 83-97.
    """
    owner: dict[int, int] = {}
    for index in range(len(fitting)):
        _augment(index, fitting, owner, set())
    return {expected: call for call, expected in owner.items()}


def _augment(start: int, fitting: Sequence[Sequence[int]], owner: dict[int, int], seen: set[int]) -> bool:
    """Find a call for `start`, moving others to another call where that makes room."""
    for call in fitting[start]:
        if call in seen:
            continue
        seen.add(call)
        if call not in owner or _augment(owner[call], fitting, owner, seen):
            owner[call] = start
            return True
    return False


def match_in_order(fitting: Sequence[Sequence[int]]) -> Pairs:
    """As many expected calls as possible so that the calls stand in the expected order: a longest increasing chain.

    `ends[k]` is the earliest call that a chain of k + 1 expected calls can end with.
    Source: Hunt and Szymanski, Communications of the ACM 20 (1977), 350-353.
    """
    ends: list[tuple[int, int]] = []
    back: dict[tuple[int, int], tuple[int, int] | None] = {}
    for expected, calls in enumerate(fitting):
        for call in reversed(calls):
            place = _first_not_before(ends, call)
            link = (call, expected)
            back[link] = ends[place - 1] if place else None
            ends[place : place + 1] = [link]
    pairs: Pairs = {}
    at = ends[-1] if ends else None
    while at is not None:
        pairs[at[1]] = at[0]
        at = back[at]
    return pairs


def _first_not_before(ends: Sequence[tuple[int, int]], call: int) -> int:
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if ends[middle][0] < call else (low, middle)
    return low
