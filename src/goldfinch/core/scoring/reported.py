"""What the agent's own environment says of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.score import CannotScore, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A score that came with the output, such as the `reward` of a benchmark: (reported - minimum) / (maximum - minimum).

    Where it was not reported, evidence is missing. It is as right as whoever reported it: an agent that grades itself grades itself
    well. Source: `reward` of tau-bench, Yao et al., 2024.
    """

    version: ClassVar[str] = "1"
    name: str = "reported"
    key: str = "reward"
    minimum: float = 0.0
    maximum: float = 1.0

    def __post_init__(self) -> None:
        if not (isfinite(self.minimum) and isfinite(self.maximum) and self.minimum < self.maximum):
            raise ValueError(f"minimum must be below maximum, not {self.minimum} and {self.maximum}")

    def score(self, case: Case, output: Output) -> Score | None:  # noqa: ARG002 - every case is judged alike
        value = output.reported.get(self.key)
        if value is None:
            raise CannotScore(f"no {self.key!r} was reported")
        return Score((value - self.minimum) / (self.maximum - self.minimum), f"{self.key} {value:g}")
