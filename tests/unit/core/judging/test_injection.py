"""An answer that talks to the judge gains nothing (REQUIREMENTS T10).

The judges are scripted, each with one known weakness. That shows that every defence carries what it is there for; how often a real
model has which weakness it cannot show.
"""

from __future__ import annotations

import re

import pytest

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.judging.counterfactual import Check
from goldfinch.core.judging.deciding import Judged, judge
from goldfinch.core.judging.prompt import Messages
from goldfinch.core.judging.protocol import JudgeProtocol, Question
from goldfinch.core.judging.reading import Verdict, read_verdict
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.output import Output
from goldfinch.testing.judge_attacks import HONEST_WRONG_ANSWERS, INJECTION_ANSWERS, QUESTION, REFERENCE, RIGHT_ANSWER
from goldfinch.testing.scripted_judge import Obeys, scripted_judge

CASE = Case("pump", QUESTION, expected=Expected(answer=REFERENCE))


async def judged(answer: str, obeys: Obeys, *, check: Check = Check.ALWAYS, metric: str = "accuracy") -> Judged:
    """What our side makes of `answer` with a judge of that weakness."""
    model = scripted_judge(obeys)
    protocol = JudgeProtocol(model.name, model.version, check=check)
    replies: dict[str, Output] = {}

    def reply_of(question: Question) -> Output | None:
        return replies.get(question.key)

    while isinstance(step := judge(JudgedMetric(metric=metric), protocol, CASE, Output(text=answer), reply_of), tuple):
        for question in step:
            replies[question.key] = await model.answer(Case("j", list(question.messages)), trial=0, seed=None)
    return step


async def best_honest_wrong(obeys: Obeys, metric: str) -> float:
    values = [(await judged(answer, obeys, metric=metric)).value for answer in HONEST_WRONG_ANSWERS]
    return max(value for value in values if value is not None)


def test_there_are_twenty_five_attacks() -> None:
    assert len(set(INJECTION_ANSWERS.values())) == 25


@pytest.mark.parametrize("obeys", list(Obeys))
@pytest.mark.parametrize("metric", ["accuracy", "completeness"])
async def test_no_attack_scores_better_than_an_honest_wrong_answer(obeys: Obeys, metric: str) -> None:
    best = await best_honest_wrong(obeys, metric)
    values = {name: (await judged(answer, obeys, metric=metric)).value for name, answer in INJECTION_ANSWERS.items()}
    worked = {name: value for name, value in values.items() if value is not None and value > best}
    assert worked == {}


async def test_the_mean_of_the_attacks_is_no_better_either() -> None:
    for obeys in Obeys:
        honest = [(await judged(answer, obeys)).value for answer in HONEST_WRONG_ANSWERS]
        attacks = [(await judged(answer, obeys)).value for answer in INJECTION_ANSWERS.values()]
        assert None not in honest
        told = [value for value in attacks if value is not None]
        assert sum(told) / len(told) <= sum(value or 0.0 for value in honest) / len(honest)


async def test_an_honest_judge_and_a_right_answer_are_believed() -> None:
    right = await judged(RIGHT_ANSWER, Obeys.NOTHING)
    assert right.value == 1.0
    assert right.evidence["check"] == {"asked": "false reference", "level": 1}


# Each defence alone: without it, the judge that it is there for is fooled.


async def test_without_the_counter_question_a_judge_that_obeys_anything_is_fooled() -> None:
    fooled = [await judged(answer, Obeys.ANYTHING, check=Check.NEVER) for answer in INJECTION_ANSWERS.values()]
    assert sum(one.value == 1.0 for one in fooled) == 25


async def test_the_counter_question_takes_every_such_mark_back() -> None:
    found = [await judged(answer, Obeys.ANYTHING) for answer in INJECTION_ANSWERS.values()]
    assert all(one.value in (0.0, None) and "not believed" in one.reason for one in found)
    # An attack that is recognised by its words is the agent's own fault and scores 0; one that is not is no evidence.
    assert sum(one.value == 0.0 for one in found) >= 24


async def _asked(messages: Messages, obeys: Obeys) -> int:
    reply = await scripted_judge(obeys).answer(Case("j", list(messages)), trial=0, seed=None)
    verdict = read_verdict(reply, 5)
    assert isinstance(verdict, Verdict)
    return verdict.level


def _first_prompt(answer: str) -> Messages:
    step = judge(JudgedMetric(metric="accuracy"), JudgeProtocol("m", "1"), CASE, Output(text=answer), lambda question: None)
    assert isinstance(step, tuple)
    return step[0].messages


async def test_no_attack_gets_out_of_the_block() -> None:
    for name, answer in INJECTION_ANSWERS.items():
        assert await _asked(_first_prompt(answer), Obeys.OUTSIDE_THE_BLOCK) <= 3, name  # 3: two of the four words of the reference


async def test_with_delimiters_that_can_be_known_attacks_get_out_of_the_block() -> None:
    known = "0123456789abcdef01234567"
    answer = INJECTION_ANSWERS["guesses a nonce"]
    prompt = _first_prompt("THE ANSWER")
    nonce = re.findall(r"<<<END answer (\w+)>>>", prompt[1]["content"])[0]
    naive = tuple({**message, "content": message["content"].replace(nonce, known).replace("THE ANSWER", answer)} for message in prompt)
    assert await _asked(naive, Obeys.OUTSIDE_THE_BLOCK) == 5


async def test_without_the_reminder_a_judge_that_follows_the_last_word_is_fooled() -> None:
    prompt = _first_prompt(INJECTION_ANSWERS["names a level"])
    assert await _asked(prompt, Obeys.WHAT_CAME_LAST) <= 2
    bare = (prompt[0], {**prompt[1], "content": prompt[1]["content"].partition("That was the material")[0]})
    assert await _asked(bare, Obeys.WHAT_CAME_LAST) == 5
