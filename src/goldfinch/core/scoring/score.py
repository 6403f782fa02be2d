"""What a scorer says about one output, and what a scorer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output


@dataclass(frozen=True, slots=True)
class Score:
    """One judgement: `value` from 0 (worst) to 1 (best), why, and what it rests on."""

    value: float
    reason: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


class CannotScore(Exception):
    """Raised by a scorer that lacks the evidence to judge: an unknown cost, a reward that was not recorded.

    Missing evidence is neither a pass nor a failure; grading records the metric as missing, with the message as its reason.
    """


class Scorer(Protocol):
    """Judges one output on one metric. Fields of an implementation are its configuration."""

    @property
    def name(self) -> str:
        """The metric that this scorer gives: lower_snake_case."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same output could get another score. Configuration is added to it by `Metric.version`."""
        ...

    def score(self, case: Case, output: Output) -> Score | None:
        """Return None where the question does not apply to this case.

        Raises `CannotScore` where the evidence is missing, anything else only on a defect.
        """
        ...


@dataclass(frozen=True, slots=True)
class Metric:
    """A scorer in use: what it must reach for a case to pass.

    `pass_mark` None makes the metric informational: reported, but never decides whether a case passes.
    `version` is the scorer's own version joined with a hash of its configuration, so that two runs are only compared on equal terms.
    `heavy` scorers burn CPU and run off the event loop. `advisory` says that the mark is None because a judge is not calibrated.
    `is_heuristic`: its agreement with people was not shown, and reports say so.
    `must_not_decide_alone`: high values do not rule a plain contradiction out (embedding similarity).
    """

    scorer: Scorer
    pass_mark: float | None = 1.0
    version: str = "1"
    heavy: bool = False
    advisory: bool = False
    is_heuristic: bool = False
    must_not_decide_alone: bool = False

    @property
    def name(self) -> str:
        return self.scorer.name
