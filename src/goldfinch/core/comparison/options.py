"""How two runs are compared. The defaults are those of STATISTICS B."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from goldfinch.core.gates.policy import SAFETY
from goldfinch.core.quarantine.entries import NO_QUARANTINE, Quarantine


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """`margin` is a part of the baseline's mean: a drop by it or more that is no accident is a regression."""

    margin: float = 0.05
    absolute_margins: Mapping[str, float] = field(default_factory=dict)
    """By metric, in its unit, in place of `margin`: advised for metrics near 0."""
    alpha: float = 0.05
    """Family-wise error over the gating metrics."""
    looks: int = 1
    """How often the same change is judged, as more trials come in: each look decides at `alpha` / `looks`."""
    false_discovery_rate: float = 0.10
    """For tags, cases and metrics that do not gate."""
    gating: frozenset[str] | None = None
    """The metrics that decide; None: the pass rate, and each metric with a pass mark that is not advisory."""
    strict: bool = False
    """The plain rule: worse by the margin is a regression, evidence or not."""
    critical_tags: frozenset[str] = frozenset({"critical"})
    """Cases that are critical besides those that say so themselves."""
    missing_allowed: float = 0.05
    """The share of answers or scores that may be missing on either side."""
    least_cases: int = 10
    """Below it only certainties count."""
    shown_cases: int = 1_000
    shown_tags: int = 200
    seed: int = 0
    """Of the sign-flip permutations."""
    quarantine: Quarantine = NO_QUARANTINE
    """Cases of which a flip alone fails nothing, unless safety is at stake."""
    today: str = ""
    """ISO day, by which entries of the quarantine end; needed where there are any."""
    safety_tags: frozenset[str] = frozenset({SAFETY})
    """Cases with one of these tags are never excused, nor is one whose score of this name fell."""

    @property
    def level(self) -> float:
        """The error that one look may make."""
        return self.alpha / self.looks
