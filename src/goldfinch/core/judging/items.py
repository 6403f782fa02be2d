"""Judging stored answers outside of a run: what calibration hands in, and what it gets back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from goldfinch.core.judging.deciding import Replies, cost_of, judge_material
from goldfinch.core.judging.material import Material
from goldfinch.core.judging.pairwise import Better, compare
from goldfinch.core.judging.protocol import Question, RubricJudge
from goldfinch.core.judging.reading import Unreadable, read_preference


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """One thing to be judged: a question with an answer, or with two of them (`other`) to be compared.

    `group` names what several items share, such as their question: intervals are clustered by it.
    """

    id: str
    question: str
    answer: str
    other: str | None = None
    reference: str | None = None
    context: str | None = None
    criteria: str | None = None
    group: str | None = None

    @property
    def material(self) -> Material:
        return Material(self.question, self.answer, self.reference, self.context, self.criteria)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge said of one item, once.

    `value` (0 to 1) of a single answer, `better` of two; both None where there was no readable verdict, and `missing` says why.
    `forwards` and `backwards` are what each order said of two answers, by the answers' own names. `repeat` counts from 0.
    """

    item_id: str
    metric: str
    judge_version: str
    repeat: int = 0
    value: float | None = None
    better: Better | None = None
    forwards: Better | None = None
    backwards: Better | None = None
    reason: str = ""
    missing: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    cost_usd: float | None = None
    calls: int = 0


def judge_item(judge: RubricJudge, item: JudgedItem, repeat: int, replies: Replies) -> tuple[Question, ...] | Judgement:
    """The questions that are still to be asked of one item, or the judgement. Call again once they are answered."""
    if item.other is not None:
        return _pair(judge, item, item.other, repeat, replies)
    judged = judge_material(judge, item.material, replies, repeat=repeat)
    if isinstance(judged, tuple):
        return judged
    return replace(
        _nothing(judge, item, repeat),
        value=judged.value,
        reason=judged.reason,
        missing=judged.reason if judged.value is None else None,
        evidence=judged.evidence,
        cost_usd=judged.cost_usd,
        calls=judged.calls,
    )


def _pair(judge: RubricJudge, item: JudgedItem, other: str, repeat: int, replies: Replies) -> tuple[Question, ...] | Judgement:
    """Both orders, always: one order alone cannot tell a preference from a habit."""
    orders = (judge.compare(item.material, other, repeat), judge.compare(replace(item.material, answer=other), item.answer, repeat))
    found = [(one, replies(one)) for one in orders]
    if open_questions := tuple(one for one, reply in found if reply is None):
        return open_questions
    answered = [reply for _, reply in found if reply is not None]
    forwards, backwards = map(read_preference, answered)
    joined = compare(forwards, backwards)
    paid = replace(_nothing(judge, item, repeat), cost_usd=cost_of(answered), calls=len(answered))
    if isinstance(joined, Unreadable):
        return replace(paid, reason=str(joined), missing=str(joined))
    return replace(paid, better=joined.better, forwards=joined.forwards, backwards=joined.backwards, reason=joined.reason)


def _nothing(judge: RubricJudge, item: JudgedItem, repeat: int) -> Judgement:
    return Judgement(item.id, judge.rubric.metric, judge.version, repeat)
