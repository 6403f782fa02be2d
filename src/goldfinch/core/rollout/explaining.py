"""Why a rollout stands where it stands, and what would change it: for a person who was just woken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from goldfinch.core.rollout.asking import why_refused
from goldfinch.core.rollout.describing import clock, countdown
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.plan import OnInconclusive
from goldfinch.core.rollout.record import Decision
from goldfinch.core.rollout.state import TERMINAL, Phase, StepPhase


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A question and its answers, each in a sentence. Unescaped."""

    head: str
    sentences: tuple[str, ...]


def explain(overview: RolloutOverview) -> tuple[Paragraph, ...]:
    """Where it stands, since which decision, by what evidence; what happens next; what a person can do; what it cannot see."""
    paragraphs = (
        Paragraph("Where it stands", (overview.line,)),
        Paragraph("Since", tuple(_since(overview))),
        Paragraph("What was measured", tuple(_measured(overview))),
        Paragraph("What would change it", tuple(_changes(overview))),
        Paragraph("What a person can do", tuple(_verbs(overview))),
        Paragraph("What it cannot see", overview.blind_to if overview.rollout.state.phase not in TERMINAL else ()),
    )
    return tuple(paragraph for paragraph in paragraphs if paragraph.sentences)


def _since(overview: RolloutOverview) -> Iterator[str]:
    moves = [decision for decision in overview.decisions if decision.from_phase != decision.to_phase]
    if moves:
        yield decided(moves[-1], overview.now)
    cause = overview.rollout.state.cause
    if cause and (not moves or cause not in moves[-1].reason):
        yield f"it began with: {cause}"


def decided(decision: Decision, now: datetime) -> str:
    """A decision in one line."""
    by = "" if decision.by == "controller" else f", by {decision.by}"
    place = decision.from_phase if decision.from_phase == decision.to_phase else f"{decision.from_phase} -> {decision.to_phase}"
    return f"{clock(decision.at, now)} {place}{by}: {decision.reason}"


def _measured(overview: RolloutOverview) -> Iterator[str]:
    assessment = overview.assessment
    if assessment is None:
        yield "nothing yet: no check has been made"
        return
    yield f"{clock(assessment.at, overview.now)} {assessment.call}: {assessment.reason}"
    yield from (f"{check.state}: {check.reason}" for check in assessment.checks)
    if assessment.missing:
        yield f"promotion lacks {'; '.join(assessment.missing)}"


def _changes(overview: RolloutOverview) -> Iterator[str]:
    state, plan = overview.rollout.state, overview.rollout.plan
    if state.phase in TERMINAL:
        yield f"nothing: it has ended as {state.phase}"
        return
    if overview.next_action:
        due = (
            ""
            if overview.next_at is None
            else f", {clock(overview.next_at, overview.now)} (in {countdown(overview.next_at - overview.now)})"
        )
        yield f"next: {overview.next_action}{due}"
    if state.part is StepPhase.BAKING:
        yield _INCONCLUSIVE[plan.on_inconclusive].format(times=f"{plan.max_extension:g}")
    if state.weight_percent and state.phase not in (Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED, Phase.FINALISING):
        yield "a breach with evidence, a confirmed safety breach, an unhealthy canary or lost measurements roll it back, in every state"


_INCONCLUSIVE: Final = {
    OnInconclusive.HOLD: "if sessions are too few when the bake ends, it is extended once (×{times}), then held for a person",
    OnInconclusive.PROMOTE: "if sessions are too few when the bake ends, it is extended once (×{times}), then promoted: the plan says so",
    OnInconclusive.ROLLBACK: "if sessions are too few when the bake ends, it is extended once (×{times}), then rolled back",
}


def _verbs(overview: RolloutOverview) -> Iterator[str]:
    """What would not be refused now."""
    rollout = overview.rollout
    for verb, (command, meaning) in _COMMANDS.items():
        asked = OperatorRequest("asked", verb, "somebody", overview.now, "a reason")
        if not why_refused(rollout, asked):
            yield f"goldfinch rollout {command.format(id=rollout.id)}: {meaning}"
    if rollout.state.phase in TERMINAL and overview.rollback_command:
        yield f"{overview.rollback_command}: the release before it serves again"
    if rollout.state.phase in (Phase.ROLLED_BACK, Phase.FAILED, Phase.CANCELLED):
        yield f"goldfinch rollout retry {rollout.id} --force --reason WHY: the same release again, over what was said against it"


_COMMANDS: Final = {
    Verb.APPROVE: ("approve {id}", "somebody other than who asked lets it begin"),
    Verb.REJECT: ("reject {id} --reason WHY", "it ends before any traffic"),
    Verb.PROMOTE: ("promote {id} --reason WHY", "the next step now, and the rest of this bake is left out"),
    Verb.PROMOTE_FULL: ("promote {id} --full --reason WHY", "straight to 100 %"),
    Verb.PAUSE: ("pause {id}", "the weight stays until somebody resumes"),
    Verb.RESUME: ("resume {id}", "it goes on where it was held"),
    Verb.RETRY: ("retry {id}", "the way back is tried again at once"),
    Verb.ABORT: ("abort {id}", "back to the stable release"),
}
