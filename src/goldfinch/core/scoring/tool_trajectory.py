"""The tool calls that the agent made, against those that the case expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case, ToolExpectation, ToolOrder
from goldfinch.core.output import Output, ToolCall
from goldfinch.core.scoring.evidence import listed
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.tool_matching import ArgumentRule, Pairs, candidates, match_any_order, match_in_order

_CLOSED = ("exact", "any_order")
_ORDERED = ("exact", "in_order")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolTrajectory:
    """1 where the calls made stand to `expected.tools` as `expected.tool_order` asks (exact, in_order, any_order, subset), else 0.

    With `partial_credit`: matched / expected, or matched / max(expected, made) where no other calls are allowed (exact, any_order);
    matched is the longest common subsequence where order counts, the largest matching where it does not. So a stricter order never
    scores higher than a looser one. No expected tools apply under exact and any_order only. It lies where another way to the goal is as
    good, and for agents that do not report their calls. Source: the match modes of LangChain's agentevals.
    """

    version: ClassVar[str] = "1"
    name: str = "tool_trajectory"
    arguments: ArgumentRule = "exact"
    order: ToolOrder | None = None
    """Overrides the order that the case states."""
    partial_credit: bool = False

    def score(self, case: Case, output: Output) -> Score | None:
        expected = case.expected.tools
        order = self.order or case.expected.tool_order
        if expected is None or (not expected and order not in _CLOSED):
            return None
        calls = tuple(output.tool_calls())
        fitting = candidates(expected, calls, self.arguments)
        made = match_any_order(fitting)
        matched = match_in_order(fitting) if order in _ORDERED else made
        total = max(len(expected), len(calls)) if order in _CLOSED else len(expected)
        value = len(matched) / total if total else 1.0
        if value == 1.0:
            return Score(1.0, f"{len(calls)} calls as expected ({order})")
        faults = _faults(expected, calls, made, matched, closed=order in _CLOSED)
        reason = f"{order}: " + "; ".join(f"{fault.replace('_', ' ')} {listed(names)}" for fault, names in faults.items())
        return Score(value if self.partial_credit else 0.0, reason, faults)


def _faults(
    expected: Sequence[ToolExpectation], calls: Sequence[ToolCall], made: Pairs, matched: Pairs, *, closed: bool
) -> dict[str, list[str]]:
    """What is wrong, by kind of fault; kinds without a call are left out."""
    used = set(made.values())
    spare = [call.name for index, call in enumerate(calls) if index not in used]
    absent = [one.name for index, one in enumerate(expected) if index not in made]
    faults = {
        "missing": [name for name in absent if name not in spare],
        "wrong_arguments": [name for name in absent if name in spare],
        "out_of_order": [one.name for index, one in enumerate(expected) if index in made and index not in matched],
        "unexpected": [name for name in spare if name not in absent] if closed else [],
    }
    return {kind: names for kind, names in faults.items() if names}
