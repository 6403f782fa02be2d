"""From the replies that are there to the next questions or the score: the whole course of one judgement, without a single call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from goldfinch.core.datasets.case import Case
from goldfinch.core.judging.counterfactual import counter_question, is_believed, needs_check, words_to_judge
from goldfinch.core.judging.material import Material, material_of
from goldfinch.core.judging.prompt import LENGTHS, cut, cut_parts
from goldfinch.core.judging.protocol import JudgeProtocol, Question, RubricJudge
from goldfinch.core.judging.reading import Unreadable, Verdict, read_verdict
from goldfinch.core.judging.rubric import Rubric
from goldfinch.core.judging.scorer import JudgedMetric, MustAsk
from goldfinch.core.judging.votes import Tally, tally
from goldfinch.core.output import FailureKind, Output

Replies = Callable[[Question], Output | None]
"""Looks up the reply to a question; None where it has not been asked. A failed call is a reply with its `failure`."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge came to. `value` None is no evidence (with `reason`), and `applies` False no question at all.

    `cost_usd` is what the replies cost together, None where the price of any is unknown; `calls` is how many there were.
    """

    value: float | None = None
    reason: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    applies: bool = True
    cost_usd: float | None = None
    calls: int = 0


def judge(metric: JudgedMetric, protocol: JudgeProtocol, case: Case, output: Output, replies: Replies) -> tuple[Question, ...] | Judged:
    """The questions that are still to be asked, or the judgement. Call again once they are answered."""
    settled = metric.settled(case, output)
    if not isinstance(settled, MustAsk):
        return Judged(applies=False) if settled is None else Judged(settled.value, settled.reason)
    return judge_material(RubricJudge(metric.scale, protocol), material_of(case, output), replies)


def judge_material(judge: RubricJudge, material: Material, replies: Replies, *, repeat: int = 0) -> tuple[Question, ...] | Judged:
    """As `judge`, for texts from anywhere. Each `repeat` (from 0) has questions of its own."""
    first = repeat * judge.protocol.votes
    found = [(one, replies(one)) for one in (judge.grade(material, first + vote) for vote in range(judge.protocol.votes))]
    if open_questions := tuple(one for one, reply in found if reply is None):
        return open_questions
    answered = [reply for _, reply in found if reply is not None]
    tallied = tally([read_verdict(reply, len(judge.rubric.levels)) for reply in answered])
    if isinstance(tallied, Unreadable):
        return _paid(Judged(reason=str(tallied)), answered)
    words = words_to_judge(cut(material.answer, LENGTHS.answer))
    value = judge.rubric.value(tallied.level)
    judged = Judged(value, tallied.reason, _evidence(tallied, material, words))
    if not needs_check(judge.protocol.check, value, words):
        return _paid(judged, answered)
    falsehood, false_rubric, false_material = counter_question(judge.rubric, material)
    counter = replace(judge, rubric=false_rubric).grade(false_material, repeat)
    reply = replies(counter)
    if reply is None:
        return (counter,)
    return _paid(_checked(judged, judge.rubric, read_verdict(reply, len(judge.rubric.levels)), falsehood), [*answered, reply])


def _checked(judged: Judged, rubric: Rubric, counter: Verdict | Unreadable, falsehood: str) -> Judged:
    """A high level is believed where the counter-question brings it down.

    Where it does not and the answer talks to the judge, that is an attack, and so the agent's own doing: it scores 0. Else the judge is
    no evidence.
    """
    level, words = judged.evidence["level"], judged.evidence.get("words_to_judge")
    if isinstance(counter, Unreadable):
        return replace(judged, value=None, reason=f"level {level} could not be checked: {counter}")
    judged = replace(judged, evidence=judged.evidence | {"check": {"asked": falsehood, "level": counter.level}})
    if is_believed(rubric.value(level), rubric.value(counter.level)):
        return judged
    same = f"level {level} is not believed: the judge gave {counter.level} with a {falsehood} as well"
    if words is None:
        return replace(judged, value=None, reason=same)
    return replace(judged, value=0.0, reason=f"the answer talks to the judge, and {same}")


def _evidence(tallied: Tally, material: Material, words: str | None) -> dict[str, Any]:
    evidence: dict[str, Any] = {"level": tallied.level}
    if len(tallied.levels) + len(tallied.unreadable) > 1:
        evidence |= {"votes": list(tallied.levels), "spread": tallied.spread}
    if tallied.unreadable:
        evidence["unreadable"] = list(tallied.unreadable)
    if cut_off := cut_parts(material):
        evidence["cut"] = list(cut_off)
    if words is not None:
        evidence["words_to_judge"] = words[:80]
    return evidence


def _paid(judged: Judged, replies: list[Output]) -> Judged:
    cost, calls = cost_of(replies), len(replies)
    models = sorted({reply.model for reply in replies if reply.model})
    evidence = judged.evidence | ({"model": models[0] if len(models) == 1 else models} if models else {})
    return replace(judged, cost_usd=cost, calls=calls, evidence=evidence)


def cost_of(replies: Iterable[Output]) -> float | None:
    """What replies cost together in US dollars; None where the price of any is unknown. A refusal for load is not billed."""
    total = 0.0
    for reply in replies:
        if reply.cost_usd is not None:
            total += reply.cost_usd
        elif reply.failure is None or reply.failure.kind is not FailureKind.RATE_LIMITED:
            return None
    return total
