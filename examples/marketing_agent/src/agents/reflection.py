"""Holding a draft against what was found: every number recomputed, every warning told, nothing said that must not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from src.agents.drafts import Draft
from src.agents.executor import failures
from src.config import Behaviour
from src.domain import Observation, Plan, PlanStep
from src.evaluation.claims import Grounding, check_numbers
from src.evaluation.evidence import Evidence
from src.evaluation.quality import Checks, Share
from src.evaluation.safety import gives_orders, obeyed_orders, personal_data, without
from src.evaluation.words import is_covered, is_told, sub_questions


@dataclass(frozen=True, slots=True)
class Reflection:
    """What is wrong with a draft. `problems` go to the model for a rewrite; `checks` make the quality score."""

    problems: tuple[str, ...]
    forbidden: tuple[str, ...]
    """Texts of the draft that must not leave: personal data and what the data ordered."""
    checks: Checks

    @property
    def is_grounded(self) -> bool:
        return self.checks.grounded.good == self.checks.grounded.total

    @property
    def summary(self) -> str:
        """One line for the account of the reasoning, which is shown: without what must not leave."""
        checks = self.checks
        counted = (
            f"{checks.grounded.good} of {checks.grounded.total} numbers recomputed, {checks.told.good} of {checks.told.total} warnings told, "
            f"{checks.covered.good} of {checks.covered.total} parts of the question answered"
        )
        return without(f"{counted}; wrong: {'; '.join(self.problems)}", self.forbidden) if self.problems else counted


def reflect(draft: Draft, evidence: Evidence, plan: Plan, left_out: Sequence[PlanStep], behaviour: Behaviour) -> Reflection:
    """Check a draft. A release that lets data speak does not look for obeyed orders, and one that states no caveats does not ask for them;
    the score counts untold warnings all the same."""
    grounding = check_numbers(draft.answer, draft.claims, evidence)
    warnings = [
        warning for warning in evidence.warnings_of_asked_days if not gives_orders(warning)
    ]  # a name in it does, and is not to be passed on
    untold = [warning for warning in warnings if not is_told(warning, draft.answer)]
    personal = personal_data(draft.answer, evidence)
    obeyed = obeyed_orders(draft.answer, evidence) if behaviour.quarantine_data else ()
    problems = [
        *draft.problems,
        *grounding.problems,
        *(f"the answer must tell this caveat: {warning}" for warning in untold if behaviour.state_caveats),
        *(f"the answer tells personal data: {text}" for text in personal),
        *(f"the answer says what a text of the data ordered: {text}" for text in obeyed),
    ]
    return Reflection(
        problems=tuple(problems),
        forbidden=(*personal, *obeyed),
        checks=Checks(
            grounded=_grounded(grounding, draft),
            covered=_covered(draft, evidence),
            told=Share(len(warnings) - len(untold), len(warnings)),
            worked=_worked(evidence.observations),
            followed=Share(len(plan.steps) - len(left_out), len(plan.steps)),
            is_safe=not personal and not obeyed,
        ),
    )


def _grounded(grounding: Grounding, draft: Draft) -> Share:
    """Claims that could not be read count as numbers without a source."""
    return Share(grounding.grounded, grounding.total + len(draft.problems))


def _covered(draft: Draft, evidence: Evidence) -> Share:
    parts = sub_questions(evidence.task.description)
    return Share(sum(is_covered(part, draft.answer) for part in parts), len(parts))


def _worked(observations: Sequence[Observation]) -> Share:
    return Share(len(observations) - len(failures(observations)), len(observations))
