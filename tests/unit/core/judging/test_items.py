"""Stored items: single answers on the scale, pairs in both orders, each repeat with questions of its own."""

from __future__ import annotations

import json

from goldfinch.core.judging.items import JudgedItem, Judgement, judge_item
from goldfinch.core.judging.pairwise import Better
from goldfinch.core.judging.protocol import JudgeProtocol, Question, RubricJudge
from goldfinch.core.judging.rubric import RUBRICS
from goldfinch.core.output import Output

JUDGE = RubricJudge(RUBRICS["accuracy"], JudgeProtocol("m", "1"))
PAIR = JudgedItem("p", "Q?", "one", "two", reference="one")


def run(item: JudgedItem, *replies: dict[str, object], repeat: int = 0) -> tuple[Judgement, list[Question]]:
    given: dict[str, Output] = {}
    asked: list[Question] = []
    left = list(replies)
    while isinstance(step := judge_item(JUDGE, item, repeat, lambda question: given.get(question.key)), tuple):
        for question in step:
            asked.append(question)
            given[question.key] = Output(text=json.dumps(left.pop(0)), cost_usd=0.25)
    return step, asked


def test_a_single_answer_gets_a_value() -> None:
    found, _ = run(JudgedItem("s", "Q?", "A", reference="B"), {"reason": "no", "score": 2})
    assert (found.item_id, found.metric, found.value, found.missing, found.calls, found.cost_usd) == ("s", "accuracy", 0.25, None, 1, 0.25)
    assert found.judge_version == JUDGE.version


def test_a_pair_is_asked_in_both_orders() -> None:
    found, asked = run(PAIR, {"reason": "x", "better": "A"}, {"reason": "x", "better": "B"})
    assert (found.better, found.forwards, found.backwards, found.calls) == (Better.FIRST, Better.FIRST, Better.FIRST, 2)
    texts = [question.messages[1]["content"] for question in asked]
    assert texts[0].index("\none\n") < texts[0].index("\ntwo\n")
    assert texts[1].index("\ntwo\n", texts[1].index("answer A")) < texts[1].index("\none\n", texts[1].index("answer A"))


def test_a_judge_that_takes_the_first_one_has_no_preference() -> None:
    found, _ = run(PAIR, {"reason": "x", "better": "A"}, {"reason": "x", "better": "A"})
    assert (found.better, found.forwards, found.backwards) == (Better.TIE, Better.FIRST, Better.SECOND)


def test_an_unreadable_reply_is_missing_and_paid() -> None:
    found, _ = run(PAIR, {"reason": "x", "better": "A"}, {"reason": "x"})
    assert (found.better, found.missing, found.cost_usd) == (None, "a field is missing: better", 0.5)
    single, _ = run(JudgedItem("s", "Q?", "A", reference="B"), {"score": 2})
    assert (single.value, single.missing) == (None, "a field is missing: reason")


def test_every_repeat_asks_anew() -> None:
    item = JudgedItem("s", "Q?", "A", reference="B")
    keys = {question.key for repeat in range(3) for question in run(item, {"reason": "no", "score": 1}, repeat=repeat)[1]}
    pairs = {
        question.key
        for repeat in range(3)
        for question in run(PAIR, {"reason": "x", "better": "tie"}, {"reason": "x", "better": "tie"}, repeat=repeat)[1]
    }
    assert (len(keys), len(pairs)) == (3, 6)
