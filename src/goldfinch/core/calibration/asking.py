"""Labelled items as a judge is asked about them, and its answers as judgements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b

from goldfinch.core.calibration import codes
from goldfinch.core.calibration.items import PREFERS_A, PREFERS_B, TIE, LabelledItem, RecordedJudgement
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.errors import LabelsError, Problem
from goldfinch.core.judging.items import JudgedItem, Judgement
from goldfinch.core.judging.material import Material, material_of
from goldfinch.core.judging.pairwise import Better
from goldfinch.core.judging.rubric import Rubric
from goldfinch.core.output import Output

_SHOWN = 5
_PREFERENCE = {Better.FIRST: PREFERS_A, Better.SECOND: PREFERS_B, Better.TIE: TIE}


def judged_items(items: Sequence[LabelledItem], rubric: Rubric) -> list[JudgedItem]:
    """The items, shown as the answers of a run are: what is calibrated is the judge that will judge.

    Raises `LabelsError` (E1956) where the rubric needs a reference or a context and items have neither: of such cases a run asks nothing.
    """
    found = [(item, _material(item)) for item in items]
    if rubric.needs_evidence and (bare := [item.id for item, material in found if not material.has_evidence]):
        more = f" and {len(bare) - _SHOWN} more" if len(bare) > _SHOWN else ""
        what = f"{rubric.metric} is judged against a `reference` or a `context`, and {', '.join(bare[:_SHOWN])}{more} have neither"
        raise LabelsError((Problem(what, hint="add one of them to these labels", code=codes.NO_EVIDENCE),))
    return [_judged_item(item, material) for item, material in found]


def _material(item: LabelledItem) -> Material:
    case = Case(item.id, item.input, context=item.context, expected=Expected(answer=item.reference))
    return material_of(case, Output(text=item.answer if item.answer_a is None else item.answer_a))


def _judged_item(item: LabelledItem, material: Material) -> JudgedItem:
    return JudgedItem(
        item.id,
        material.question,
        material.answer,
        other=item.answer_b,
        reference=material.reference,
        context=material.context,
        group=item.cluster or None,
    )


def recorded(judgement: Judgement, judge: str, *, pair: bool) -> Iterator[RecordedJudgement]:
    """One judgement of a single answer, or one for each order of a `pair`."""
    version, repeat = judgement.judge_version, judgement.repeat
    if pair:
        for better, swapped in ((judgement.forwards, False), (judgement.backwards, True)):
            value = None if better is None else _PREFERENCE[better]
            yield RecordedJudgement(judgement.item_id, judge, value, swapped, repeat, version)
    else:
        yield RecordedJudgement(judgement.item_id, judge, judgement.value, repeat=repeat, judge_version=version)


def repeated_part(items: Sequence[JudgedItem], count: int, seed: int) -> list[JudgedItem]:
    """`count` of the items to ask again: by a hash of seed and id, so that an interrupted calibration takes up the same ones."""
    return sorted(items, key=lambda item: blake2b(f"{seed}\0{item.id}".encode("utf-8", "surrogatepass"), digest_size=8).digest())[:count]
