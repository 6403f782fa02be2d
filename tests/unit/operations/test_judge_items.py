"""Judging stored items outside of a run: what calibration calls."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from goldfinch.core.errors import BudgetExhausted
from goldfinch.core.judging.items import JudgedItem, Judgement
from goldfinch.core.judging.pairwise import Better
from goldfinch.core.judging.protocol import JudgeProtocol, RubricJudge
from goldfinch.core.judging.rubric import RUBRICS
from goldfinch.operations.engine.judging import Judge
from goldfinch.operations.judge_items import ItemLimits, judge_items
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.judge_replies import InMemoryReplies
from goldfinch.testing.scripted_judge import scripted_judge
from goldfinch.testing.scripted_model import Messages, ScriptedModel

ACCURACY = RUBRICS["accuracy"]
SINGLES = [
    JudgedItem(f"s{number}", "Which shelf?", f"It is on shelf {number}.", reference=f"It is on shelf {number % 2}.") for number in range(4)
]
PAIR = JudgedItem("p", "Which shelf?", "On shelf 9.", other="It is on shelf 4.", reference="It is on shelf 4.")


def judge_of(model: ScriptedModel, *, budget_usd: float | None = None, replies: InMemoryReplies | None = None) -> Judge:
    kept = replies or InMemoryReplies()
    return Judge(model, JudgeProtocol(model.name, model.version), lambda: kept, budget_usd)


async def collect(judge: Judge, items: list[JudgedItem], *, repeats: int = 1, limits: ItemLimits | None = None) -> list[Judgement]:
    found = judge_items(items, judge, ACCURACY, clock=FakeClock(), repeats=repeats, limits=limits)
    return [judgement async for judgement in found]


async def test_judges_single_answers_and_pairs_with_their_cost() -> None:
    judge = judge_of(scripted_judge(cost_usd=0.5))
    found = {one.item_id: one for one in await collect(judge, [*SINGLES, PAIR])}
    assert [found[f"s{number}"].value for number in range(4)] == [1.0, 1.0, 0.75, 0.75]  # 3 of the 4 words are there
    assert (found["p"].better, found["p"].forwards, found["p"].backwards) == (Better.SECOND, Better.SECOND, Better.SECOND)
    assert found["p"].cost_usd == 1.0
    assert {one.judge_version for one in found.values()} == {RubricJudge(ACCURACY, judge.protocol).version}


async def test_repeats_ask_anew_and_each_is_told() -> None:
    model = ScriptedModel(lambda messages: json.dumps({"reason": "x", "score": 2}))
    found = await collect(judge_of(model), SINGLES, repeats=3)
    assert model.calls == 12
    assert Counter(one.item_id for one in found) == {f"s{number}": 3 for number in range(4)}
    assert {one.repeat for one in found} == {0, 1, 2}


async def test_a_judge_that_takes_the_first_one_is_inconsistent() -> None:
    model = ScriptedModel(lambda messages: json.dumps({"reason": "first", "better": "A"}))
    (found,) = await collect(judge_of(model), [PAIR])
    assert (found.better, found.forwards, found.backwards) == (Better.TIE, Better.FIRST, Better.SECOND)


async def test_unreadable_replies_are_missing_and_counted() -> None:
    found = await collect(judge_of(ScriptedModel(lambda messages: "fine")), SINGLES)
    assert [one.value for one in found] == [None] * 4
    assert all(one.missing and one.cost_usd == 0.001 for one in found)


async def test_no_more_items_are_under_way_than_allowed() -> None:
    model = ScriptedModel(lambda messages: json.dumps({"reason": "x", "score": 2}))
    await collect(judge_of(model), SINGLES * 5, limits=ItemLimits(concurrency=2))
    assert model.max_in_flight <= 2


async def test_the_budget_stops_it_and_what_was_paid_is_not_asked_again() -> None:
    kept = InMemoryReplies()

    def reply(messages: Messages) -> str:
        return json.dumps({"reason": "x", "score": 2})

    with pytest.raises(BudgetExhausted, match="the judge: budget"):
        await collect(judge_of(ScriptedModel(reply, cost_usd=1.0), budget_usd=2.0, replies=kept), SINGLES)
    model = ScriptedModel(reply, cost_usd=1.0)
    found = await collect(judge_of(model, budget_usd=4.0, replies=kept), SINGLES)
    assert (len(found), model.calls) == (4, 2)
