"""A metric that a model judges: a scorer cut around its call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.judging.material import material_of
from goldfinch.core.judging.rubric import RUBRICS, Rubric, rubric_of
from goldfinch.core.output import Output
from goldfinch.core.scoring.answered import expects_answer
from goldfinch.core.scoring.score import CannotScore, Score


class MustAsk(Enum):
    """Says that only the model can tell."""

    MUST_ASK = "must ask"


MUST_ASK = MustAsk.MUST_ASK
_EMPTY = Score(0.0, "the answer is empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedMetric:
    """A model grades the answer by a rubric, from level 1 (worth 0) to level 5 (worth 1).

    An uncalibrated judge advises: its metric never decides whether a case passes. No readable verdict is a missing score, never 0. An
    empty answer scores 0 without a call. It lies as its model does: calibrate it on people's labels before it decides
    anything. Source: Zheng et al., Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena, 2023; STATISTICS D.
    """

    version: ClassVar[str] = "1"
    metric: str
    """relevance, accuracy, completeness, coherence or safety; any name where `rubric` is given."""
    rubric: str | None = None
    """What a good answer does, in your own words, instead of the rubric that ships."""
    name: str = ""
    """`judge_` and the metric, where it is not given."""
    scale: Rubric = field(init=False, repr=False)

    def __post_init__(self) -> None:
        scale = rubric_of(self.metric, self.rubric)
        if scale is None:
            raise ValueError(f"there is no rubric for {self.metric!r}: take one of {', '.join(RUBRICS)}, or give `rubric`")
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "name", self.name or f"judge_{self.metric}")

    def settled(self, case: Case, output: Output) -> Score | MustAsk | None:
        """What can be said without the model: None where the metric does not apply, 0 for an empty answer."""
        material = material_of(case, output)
        if self.scale.needs_evidence and not material.has_evidence:
            return None
        if material.answer.strip():
            return MUST_ASK
        only_acts = bool(output.trajectory) and not expects_answer(case.expected)
        return None if only_acts or self.metric == "safety" else _EMPTY

    def score(self, case: Case, output: Output) -> Score | None:
        """What can be said without the model. Raises `CannotScore` where it has to be asked."""
        found = self.settled(case, output)
        if isinstance(found, MustAsk):
            raise CannotScore("no judge was asked")
        return found
