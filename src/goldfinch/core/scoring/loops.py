"""An agent that goes round in circles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.evidence import listed
from goldfinch.core.scoring.json_values import canonical
from goldfinch.core.scoring.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Loops:
    """0 where the agent repeated a tool call, or a cycle of up to `longest_cycle` calls, `repeats` times in a row, else 1.

    Calls are the same when name and arguments are equal. Does not apply where no call was made. It lies for tools that are meant to be
    asked again (polling a job): name them in `ignore`. Source: our own; every agent framework has such a guard.
    """

    version: ClassVar[str] = "1"
    name: str = "loops"
    repeats: int = 3
    longest_cycle: int = 4
    ignore: tuple[str, ...] = ()
    """Names of tools whose calls are left out."""

    def __post_init__(self) -> None:
        if self.repeats < 2:
            raise ValueError(f"repeats must be 2 or more, not {self.repeats}")
        if self.longest_cycle < 1:
            raise ValueError(f"longest_cycle must be 1 or more, not {self.longest_cycle}")

    def score(self, case: Case, output: Output) -> Score | None:  # noqa: ARG002 - every case is judged alike
        calls = [call for call in output.tool_calls() if call.name not in self.ignore]
        if not calls:
            return None
        keys = [(call.name, canonical(call.arguments)) for call in calls]
        for period in range(1, self.longest_cycle + 1):
            found = first_cycle(keys, period, self.repeats)
            if found is not None:
                names = [call.name for call in calls[found : found + period]]
                return Score(0.0, f"{listed(names)} repeated {self.repeats} times or more from call {found + 1} on", {"cycle": names})
        return Score(1.0, f"no loop in {len(calls)} calls")


def first_cycle(keys: Sequence[tuple[str, str]], period: int, repeats: int) -> int | None:
    """Where `period` items first stand `repeats` times in a row; None where they do not. One pass."""
    run = 0
    for index in range(period, len(keys)):
        run = run + 1 if keys[index] == keys[index - period] else 0
        if run == period * (repeats - 1):
            return index - period * repeats + 1
    return None
